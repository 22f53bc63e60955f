//! A client shows the ID token of who signed in on it, and is known from then on
//! by a secret of its own. *Source*: rules.md.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use platen_ledger::{Device, Ledger, LedgerError, Refusal, Session, SessionKind};
use platen_sync::wire::{Enrolled, Enrolment, FailureCode};
use uuid::Uuid;

use super::reply::{away, fail, message, unreadable};
use super::{no_server, speaks_ours};
use crate::central::Central;
use crate::router::Served;
use crate::session::fresh_secret;
use crate::sign_in::{HolderError, Visitor, holder};

/// How long a client stays signed in without its user's token: a vacation. While
/// it is connected it comes again with every fresh token, so that groups are those
/// of today.
const LIFETIME: SignedDuration = SignedDuration::from_hours(24 * 90);

/// Opens a session for a device, in place of the one that it had.
pub(super) async fn enrol(
    State(served): State<Arc<Served>>,
    headers: HeaderMap,
    visitor: Visitor,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Response> {
    let central = served.central().ok_or_else(no_server)?;
    let holder = holder(central, &headers)
        .await
        .map_err(|error| match error {
            HolderError::NoSignIn => fail(
                FailureCode::Busy,
                "This server has no sign-in service set up.",
            ),
            HolderError::NoToken => fail(
                FailureCode::SignedOut,
                "Send the ID token as Authorization: Bearer.",
            ),
            HolderError::Away(sentence) => fail(FailureCode::Busy, sentence),
            HolderError::Refused => fail(
                FailureCode::SignedOut,
                "The sign-in is not one that this server trusts, or it has run out. Sign in again.",
            ),
            HolderError::Ledger(error) => away(&error),
        })?;
    speaks_ours(&headers).map_err(|(code, sentence)| fail(code, sentence))?;
    let body = body.map_err(|rejection| unreadable(&rejection))?;
    let malformed = |sentence: String| fail(FailureCode::Malformed, sentence);
    let asked = Enrolment::from_json(&body).map_err(|fault| malformed(fault.to_string()))?;
    let no_key = || malformed("The key is not one for Ed25519.".to_owned());
    let keys = Keys {
        device: key_of(&asked.key).ok_or_else(no_key)?,
        gate: match asked.gate.as_str() {
            "" => None,
            gate => Some(key_of(gate).ok_or_else(no_key)?),
        },
    };
    let opened = open(central, &asked, keys, (holder.person, visitor)).await;
    let opened = opened.map_err(|error| match error {
        LedgerError::Refused(Refusal::ExistsWithDifferent { .. }) => fail(
            FailureCode::Diverged,
            "This device is known as somebody else's, or with another key.",
        ),
        LedgerError::Refused(refusal) => malformed(refusal.to_string()),
        error => away(&error),
    })?;
    let (token, user) = opened.ok_or_else(|| {
        fail(
            FailureCode::Revoked,
            "This device was signed out at the print server. Sign out and in again on it.",
        )
    })?;
    let enrolled = Enrolled {
        device: asked.device,
        user,
        token,
    };
    let json = serde_json::to_string(&enrolled).expect("texts always have a JSON form");
    Ok(message(json))
}

/// The public keys of a device and of its computer's gate.
struct Keys {
    device: [u8; 32],
    gate: Option<[u8; 32]>,
}

fn key_of(base64: &str) -> Option<[u8; 32]> {
    STANDARD.decode(base64).ok()?.try_into().ok()
}

/// None: the device was shut out.
async fn open(
    central: &Central,
    asked: &Enrolment,
    keys: Keys,
    (person, visitor): (platen_domain::Person, Visitor),
) -> Result<Option<(String, platen_domain::UserId)>, LedgerError> {
    let (ledger, now) = (&central.ledger, central.now());
    let former = ledger.device(asked.device).await?;
    if let Some(former) = &former
        && !asked.again
        && is_shut_out(ledger, former).await?
    {
        return Ok(None);
    }
    let user = person.id.clone();
    let id = Uuid::now_v7();
    let device = Device {
        id: asked.device,
        user: user.clone(),
        name: asked.name.clone(),
        key: keys.device,
        login: asked.login.clone(),
        gate: keys.gate,
        session: id,
        applied: 0,
        made_at: now,
        seen_at: now,
    };
    let (secret, digest) = fresh_secret();
    let session = Session {
        id,
        kind: SessionKind::Device,
        person,
        administrator: false,
        device: described(asked),
        address: visitor.address().to_string(),
        logout: None,
        made_at: now,
        seen_at: now,
        expires_at: now + LIFETIME,
        ended_at: None,
    };
    // The device first: who may not have it opens no session.
    ledger.enrol(device).await?;
    ledger.open_session(digest, session).await?;
    if let Some(former) = former {
        ledger.end_session(former.session, now).await?;
    }
    Ok(Some((secret, user)))
}

/// Whether somebody ended the device's session. It stays out until its user has
/// signed in again; whoever is to stay out altogether is shut out by the provider.
async fn is_shut_out(ledger: &Ledger, device: &Device) -> Result<bool, LedgerError> {
    let session = ledger.session_named(device.session).await?;
    if session.is_none_or(|session| session.ended_at.is_none()) {
        return Ok(false);
    }
    // Another enrolment may just have ended it, and taken its place.
    let now = ledger.device(device.id).await?;
    Ok(now.is_some_and(|now| now.session == device.session))
}

fn described(asked: &Enrolment) -> String {
    if asked.system.is_empty() {
        return asked.name.clone();
    }
    format!("{} ({})", asked.name, asked.system)
}
