//! How a session is opened.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use jiff::SignedDuration;
use platen_domain::Person;
use platen_ledger::{LedgerError, Session, SessionKind};
use uuid::Uuid;

use crate::central::Central;
use crate::session::{address, fresh_secret};

/// Characters that a browser says about itself; real ones say fewer.
const DEVICE_CHARS: usize = 300;
/// An ID token that is longer is not kept for the sign-out at the provider.
const LOGOUT_BYTES: usize = 16_000;
const HOUR_S: u32 = 3600;

/// From where somebody comes in.
pub(crate) struct Visitor {
    device: String,
    address: IpAddr,
}

impl Visitor {
    /// The network address.
    pub(crate) const fn address(&self) -> IpAddr {
        self.address
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let device = parts.headers.get(header::USER_AGENT);
        let device = device.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let device = device.unwrap_or_default();
        Ok(Self {
            device: device
                .chars()
                .filter(|letter| !letter.is_control())
                .take(DEVICE_CHARS)
                .collect(),
            address: address(&parts.extensions),
        })
    }
}

/// Who comes in.
pub(super) struct Opening {
    pub(super) person: Person,
    pub(super) administrator: bool,
    /// What the provider wants to see at sign-out.
    pub(super) logout: Option<String>,
    /// The session that this one takes the place of.
    pub(super) instead_of: Option<Uuid>,
}

/// A session's secret, which only its browser keeps.
pub(super) struct Secret {
    pub(super) text: String,
    pub(super) lifetime_s: u32,
}

impl Opening {
    /// Opens a session under a fresh secret, whatever the browser came with, and
    /// ends the one that it had.
    ///
    /// *Errors*: the ledger does not answer.
    pub(super) async fn open(
        self,
        central: &Central,
        visitor: Visitor,
    ) -> Result<Secret, LedgerError> {
        let now = central.now();
        let hours = central.ledger.settings().await?.session_hours.max(1);
        let lifetime_s = hours.saturating_mul(HOUR_S);
        let (text, digest) = fresh_secret();
        let session = Session {
            id: Uuid::now_v7(),
            kind: SessionKind::Browser,
            person: self.person,
            administrator: self.administrator,
            device: visitor.device,
            address: visitor.address.to_string(),
            logout: self.logout.filter(|token| token.len() <= LOGOUT_BYTES),
            made_at: now,
            seen_at: now,
            expires_at: now + SignedDuration::from_secs(lifetime_s.into()),
            ended_at: None,
        };
        central.ledger.open_session(digest, session).await?;
        if let Some(old) = self.instead_of {
            central.ledger.end_session(old, now).await?;
        }
        Ok(Secret { text, lifetime_s })
    }
}
