//! Does what a program asks for once, however often it asks.
//!
//! A program names its request with `Idempotency-Key`. Of that name and its
//! credential the id is made under which the ledger carries the request out, so
//! that a repetition is the same to every server and after every crash.
//! Three steps: what is asked is noted, then done under that id, then the answer
//! is kept; whatever is interrupted is taken up again by the repetition.
//! *Source*: rules.md; draft-ietf-httpapi-idempotency-key-header.

use axum::http::{HeaderMap, Method, Uri};
use platen_ledger::KeptAnswer;
use ring::digest::{Context, SHA256};
use uuid::Uuid;

use super::caller::Caller;
use super::fields::Fault;
use super::problem::{Kind, Problem};
use super::reply::Reply;
use crate::central::Central;

/// Characters of a key at most.
const LONGEST: usize = 255;

/// A request that may be a repetition.
pub(crate) struct Errand {
    key: Option<String>,
    request: [u8; 32],
}

impl Errand {
    /// *Errors*: a key that is none.
    pub(crate) fn new(
        headers: &HeaderMap,
        (method, uri): (&Method, &Uri),
        body: &[u8],
    ) -> Result<Self, Problem> {
        let mut given = headers.get_all("idempotency-key").iter();
        let key = match (given.next(), given.next()) {
            (None, _) => None,
            (Some(value), None) => {
                let printable = |key: &&str| key.bytes().all(|byte| byte.is_ascii_graphic());
                let key = value.to_str().ok().filter(printable);
                let key = key.filter(|key| !key.is_empty() && key.len() <= LONGEST);
                Some(key.ok_or_else(bad_key)?.to_owned())
            }
            _ => return Err(bad_key()),
        };
        let mut request = Context::new(&SHA256);
        let path = uri.path_and_query().map_or("", |path| path.as_str());
        request.update(format!("{method}\n{path}\n").as_bytes());
        request.update(body);
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(request.finish().as_ref());
        Ok(Self {
            key,
            request: fingerprint,
        })
    }

    /// Carries the request out under an id of its own, or gives the answer that
    /// it had before.
    ///
    /// *Errors*: the key came with another request; whatever `act` says.
    /// *Cancel safety*: a repetition takes up what was left.
    pub(crate) async fn carry_out(
        self,
        central: &Central,
        caller: &Caller,
        act: impl AsyncFnOnce(Uuid) -> Result<Reply, Problem>,
    ) -> Result<Reply, Problem> {
        let Some(key) = self.key else {
            return act(Uuid::now_v7()).await;
        };
        let id = Uuid::new_v5(&caller.credential.id, key.as_bytes());
        let asked = Uuid::new_v5(&id, b"asked");
        let answered = Uuid::new_v5(&id, b"answered");
        let note = |answer: String| KeptAnswer {
            request: self.request,
            answer,
        };
        if let Some(before) = central.ledger.kept_answer(answered).await? {
            return Ok(again(&before, self.request)?.repeated());
        }
        let first = central
            .ledger
            .keep_answer(asked, note(String::new()), central.now())
            .await?;
        if first.request != self.request {
            return Err(reused());
        }
        let reply = act(id).await?;
        let answer = serde_json::to_string(&reply).map_err(|error| {
            tracing::error!(%error, "an answer can't be kept");
            Problem::from_status(axum::http::StatusCode::INTERNAL_SERVER_ERROR)
        })?;
        // Of two repetitions at the same time both give the answer of one.
        let kept = central
            .ledger
            .keep_answer(answered, note(answer), central.now())
            .await?;
        again(&kept, self.request)
    }
}

fn again(before: &KeptAnswer, request: [u8; 32]) -> Result<Reply, Problem> {
    if before.request != request {
        return Err(reused());
    }
    serde_json::from_str(&before.answer).map_err(|error| {
        tracing::error!(%error, "an answer that was kept can't be read");
        Problem::from_status(axum::http::StatusCode::INTERNAL_SERVER_ERROR)
    })
}

fn reused() -> Problem {
    Problem::new(
        Kind::KeyReused,
        "This Idempotency-Key came with another request before; nothing was done. Use a new key \
         for each new request.",
    )
}

fn bad_key() -> Problem {
    let detail = "This must be one text of 1 to 255 printable ASCII characters without spaces.";
    Problem::invalid(vec![Fault::of("Idempotency-Key", detail)])
}
