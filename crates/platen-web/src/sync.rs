//! Clients that keep in step: they sign in once, wait for what changes, and
//! deliver what they did.
//!
//! *Source*: rules.md. Messages are platen-sync's; what they do
//! is platen-authority's.

mod enrolling;
mod known;
mod looks;
mod reply;
mod telling;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::HeaderMap;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use platen_authority::{Caller, Looker, Moment};
use platen_sync::wire::{
    Answer, Answered, FailureCode, HEADER, Protocols, Received, RefusalCode, WhoUpdates, limit,
};
use serde::Deserialize;
use tokio::time::sleep;

use self::reply::{fail, message, nothing};
use self::telling::{News, Telling};
use crate::central::Central;
use crate::router::Served;
use crate::session::{Digest, digest_of};
use crate::sign_in::{self, bearer};

pub(crate) use looks::Looks;

/// Every route of clients; a test asks for each as everybody.
pub const ROUTES: &[(&str, &str)] = &[
    ("POST", "/sync/enrolment"),
    ("GET", "/sync/view"),
    ("POST", "/sync/operations"),
];

/// How long a client waits for something to change before it asks again: less
/// than proxies allow a connection to be quiet.
pub(crate) const WAIT: Duration = Duration::from_secs(50);

pub(crate) fn routes(central: &Arc<Central>) -> Router<Arc<Served>> {
    let enrolment = post(enrolling::enrol)
        .route_layer(from_fn_with_state(central.clone(), sign_in::limit_programs));
    Router::new()
        .route("/sync/enrolment", enrolment)
        .route("/sync/view", get(view))
        .route("/sync/operations", post(operations))
        .layer(DefaultBodyLimit::max(limit::BATCH_BYTES))
}

#[derive(Clone, Copy, Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
    /// Whether it may wait until something differs; else it is told at once.
    #[serde(default = "may_wait")]
    wait: bool,
    /// Whether it takes the balances of shared pools alone.
    #[serde(default)]
    changes: bool,
}

const fn may_wait() -> bool {
    true
}

/// Gives a client what it shows as soon as that is not what it has, or nothing
/// after [`WAIT`].
///
/// The answer to one that takes changes begins at once: what comes is then only what is
/// new.
async fn view(
    State(served): State<Arc<Served>>,
    headers: HeaderMap,
    asked: Result<Query<After>, QueryRejection>,
) -> Result<Response, Response> {
    let central = served.central().ok_or_else(no_server)?;
    let digest = digest_of(bearer(&headers).ok_or_else(signed_out)?);
    let spoken = speaks_ours(&headers);
    // Who waits for long holds nothing that he does not need.
    drop(headers);
    let asked = asked.map(|Query(asked)| asked).map_err(|_| {
        let sentence = "“after” must be the version of the last view, or nothing; “wait” and \
                        “changes” true or false.";
        (FailureCode::Malformed, sentence.to_owned())
    });
    let asked = match spoken.and(asked) {
        Ok(asked) => asked,
        Err((code, sentence)) => {
            // Whoever is not signed in is told that and nothing else.
            looker(central, digest).await?;
            return Err(fail(code, sentence));
        }
    };
    let mut telling = Telling::new(central, digest, asked);
    let stays = asked.wait && asked.changes;
    let until = pin!(sleep(WAIT));
    let until = (asked.wait && !asked.changes).then_some(until);
    Ok(match telling.next(central, until).await? {
        Some(News::View(view)) => message(view.to_json()),
        None if !stays => nothing(),
        first => reply::lines(telling.lines(central, first, stays)),
    })
}

/// Who shows this secret, and what he sees.
///
/// *Errors*: the answer to one who is not let in.
async fn looker(central: &Central, digest: Digest) -> Result<Looker, Response> {
    let looker = central.looks.look(digest, moment(central)).await;
    let looker = looker.map_err(|error| reply::away(&error))?;
    looker.ok_or_else(signed_out)
}

/// Carries a client's operations out.
async fn operations(
    State(served): State<Arc<Served>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Response> {
    let central = served.central().ok_or_else(no_server)?;
    let inside = Inside::find(central, &headers).await?;
    let body = body.map_err(|rejection| reply::unreadable(&rejection))?;
    let received = Received::from_json(&body)
        .map_err(|fault| fail(FailureCode::Malformed, fault.to_string()))?;
    let at = moment(central);
    let answers = platen_authority::apply(central.authority(), &inside.caller, received, at).await;
    let answers = answers.map_err(|failure| {
        tracing::warn!(device = %inside.caller.device, code = ?failure.code, "a client was refused");
        reply::failure(&failure)
    })?;
    for answer in &answers.answers {
        note_refusal(&inside.caller, answer);
    }
    Ok(message(answers.to_json()))
}

/// What no client of ours asks for may be somebody's attempt. Its content is not written
/// down.
fn note_refusal(caller: &Caller, answer: &Answer) {
    let Answered::Refused(refused) = &answer.result else {
        return;
    };
    let (device, sequence, code) = (caller.device, answer.sequence, refused.code);
    match code {
        RefusalCode::Malformed
        | RefusalCode::ExistsWithDifferent
        | RefusalCode::NotYours
        | RefusalCode::UnknownLease
        | RefusalCode::Invalid => {
            tracing::warn!(%device, sequence, ?code, "a client's operation was refused");
        }
        _ => tracing::debug!(%device, sequence, ?code, "a client's operation was refused"),
    }
}

/// A client that showed the secret of its session.
struct Inside {
    caller: Caller,
}

impl Inside {
    /// *Errors*: it showed none that lets anybody in, or speaks no protocol that
    /// this server does.
    async fn find(central: &Central, headers: &HeaderMap) -> Result<Self, Response> {
        let digest = digest_of(bearer(headers).ok_or_else(signed_out)?);
        let found = central.ledger.device_session(digest, central.now()).await;
        let found = found.map_err(|error| reply::away(&error))?;
        let (session, device) = found.ok_or_else(signed_out)?;
        speaks_ours(headers).map_err(|(code, sentence)| fail(code, sentence))?;
        central.uses.note(digest, &session, central.now());
        Ok(Self {
            caller: Caller {
                device: device.id,
                person: session.person,
            },
        })
    }
}

fn signed_out() -> Response {
    let sentence = "Nobody is signed in here any more. Sign in again.";
    fail(FailureCode::SignedOut, sentence)
}

/// *Errors*: a client that says nothing of versions, or names none that this server
/// speaks.
fn speaks_ours(headers: &HeaderMap) -> Result<(), (FailureCode, String)> {
    let said = headers.get(HEADER).and_then(|value| value.to_str().ok());
    let client = said.and_then(|said| said.parse::<Protocols>().ok());
    let client = client.ok_or_else(|| {
        let sentence = format!("Send the header {HEADER} with the versions that you speak.");
        (FailureCode::Malformed, sentence)
    })?;
    let Err(none) = client.common(Protocols::OURS) else {
        return Ok(());
    };
    let code = match none.who {
        WhoUpdates::Client => FailureCode::ClientTooOld,
        WhoUpdates::Server => FailureCode::ServerTooOld,
    };
    Err((code, none.to_string()))
}

fn moment(central: &Central) -> Moment {
    Moment {
        now: central.now(),
        today: central.today(),
    }
}

fn no_server() -> Response {
    fail(FailureCode::Unknown, "This program serves no clients.")
}
