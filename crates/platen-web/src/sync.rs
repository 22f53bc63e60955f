//! Clients that keep in step: they sign in once, wait for what changes, and
//! deliver what they did.
//!
//! *Source*: rules.md. Messages are platen-sync's; what they do
//! is platen-authority's.

mod enrolling;
mod reply;

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
use platen_authority::{Caller, Moment, Sighting};
use platen_ledger::{LedgerError, Session, SessionKind};
use platen_sync::wire::{FailureCode, HEADER, Protocols, Received, WhoUpdates, limit};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use self::reply::{fail, message, nothing};
use crate::central::Central;
use crate::hub::Topic;
use crate::router::Served;
use crate::session::digest_of;
use crate::sign_in::{self, bearer};

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

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
    /// Whether it may wait until something differs; else it is told at once.
    #[serde(default = "may_wait")]
    wait: bool,
}

const fn may_wait() -> bool {
    true
}

/// Gives a client what it shows as soon as that is not what it has, or nothing
/// after [`WAIT`].
async fn view(
    State(served): State<Arc<Served>>,
    headers: HeaderMap,
    asked: Result<Query<After>, QueryRejection>,
) -> Result<Response, Response> {
    let central = served.central().ok_or_else(no_server)?;
    let user = session(central, &headers).await?.person.id;
    let asked = asked.map_err(|_| {
        let sentence = "“after” must be the version of the last view, or nothing, and “wait” true \
                        or false.";
        fail(FailureCode::Malformed, sentence)
    })?;
    let after = asked.after;
    let until = Instant::now() + WAIT;
    let line = central.hub.line(Topic::Own(user)).await;
    let line = line.map_err(|error| reply::away(&error))?;
    loop {
        // What is told may be the end of the session. The line is there before the
        // first look, so that nothing is missed in between.
        let inside = Inside::find(central, &headers).await?;
        let at = moment(central);
        match platen_authority::view(central.authority(), &inside.caller, after, at).await {
            Ok(Sighting::New(view)) => return Ok(message(view.to_json())),
            Ok(Sighting::Same) if !asked.wait => return Ok(nothing()),
            Ok(Sighting::Same) => {}
            Err(failure) => return Err(reply::failure(&failure)),
        }
        if timeout_at(until, line.changed()).await.is_err() {
            return Ok(nothing());
        }
    }
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
    answers
        .map(|answers| message(answers.to_json()))
        .map_err(|failure| reply::failure(&failure))
}

/// A client that showed the secret of its session.
struct Inside {
    caller: Caller,
}

impl Inside {
    /// *Errors*: it showed none that lets anybody in, or speaks no protocol that
    /// this server does.
    async fn find(central: &Central, headers: &HeaderMap) -> Result<Self, Response> {
        let session = session(central, headers).await?;
        if let Some(refusal) = speaks_otherwise(headers) {
            return Err(refusal);
        }
        let device = central.ledger.device_of_session(session.id).await;
        let device = device.map_err(|error| reply::away(&error))?;
        let device = device.filter(|device| device.user == session.person.id);
        let Some(device) = device else {
            // Another sign-in of the same device took this one's place.
            return Err(signed_out());
        };
        Ok(Self {
            caller: Caller {
                device: device.id,
                person: session.person,
            },
        })
    }
}

async fn session(central: &Central, headers: &HeaderMap) -> Result<Session, Response> {
    let secret = bearer(headers).ok_or_else(signed_out)?;
    let (digest, now) = (digest_of(secret), central.now());
    let session = async {
        let session = central.ledger.session(digest, now).await?;
        let session = session.filter(|session| session.kind == SessionKind::Device);
        if session.is_some() {
            central.ledger.touch_session(digest, now).await?;
        }
        Ok::<_, LedgerError>(session)
    };
    let session = session.await.map_err(|error| reply::away(&error))?;
    session.ok_or_else(signed_out)
}

fn signed_out() -> Response {
    let sentence = "Nobody is signed in here any more. Sign in again.";
    fail(FailureCode::SignedOut, sentence)
}

/// The refusal for a client that says nothing of versions, or names none that this
/// server speaks.
fn speaks_otherwise(headers: &HeaderMap) -> Option<Response> {
    let said = headers.get(HEADER).and_then(|value| value.to_str().ok());
    let Some(client) = said.and_then(|said| said.parse::<Protocols>().ok()) else {
        let sentence = format!("Send the header {HEADER} with the versions that you speak.");
        return Some(fail(FailureCode::Malformed, sentence));
    };
    let none = client.common(Protocols::OURS).err()?;
    let code = match none.who {
        WhoUpdates::Client => FailureCode::ClientTooOld,
        WhoUpdates::Server => FailureCode::ServerTooOld,
    };
    Some(fail(code, none.to_string()))
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
