//! Who is signed in, and what is good for once.

use jiff::Timestamp;
use platen_domain::UserId;
use uuid::Uuid;

use super::Ledger;
use crate::error::LedgerError;
use crate::page::Page;
use crate::rules::session;
use crate::session::{Session, SessionFilter};
use crate::store::{Hints, Ticket, kept};

/// An operation that needs these sessions.
pub(super) fn of(digests: &[[u8; 32]]) -> impl Fn(&mut Hints) + Send + 'static {
    let digests = digests.to_vec();
    move |hints| hints.sessions.extend(&digests)
}

impl Ledger {
    /// Signs somebody in under the SHA-256 of a secret, and remembers who it is:
    /// name, login, groups. The same again changes nothing.
    ///
    /// *Errors*: another session has this secret; a text that is too long or
    /// can't be stored. *Source*: rules.md R-31.
    pub async fn open_session(
        &self,
        digest: [u8; 32],
        mut session: Session,
    ) -> Result<(), LedgerError> {
        for time in [
            &mut session.made_at,
            &mut session.seen_at,
            &mut session.expires_at,
        ] {
            *time = kept(*time);
        }
        let person = session.person.id.clone();
        let hints = move |hints: &mut Hints| {
            hints.sessions.push(digest);
            hints.people.push(person.clone());
        };
        self.write(hints, move |tx| session::open(tx, digest, &session))
            .await
    }

    /// The session of a secret; none if there is none, or if it is over.
    pub async fn session(
        &self,
        digest: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<Session>, LedgerError> {
        let session = self.look_up(move |tx| tx.session(&digest)).await?;
        Ok(session.filter(|session| session.is_live(now)))
    }

    /// Writes down that sessions were used; more often than once a minute
    /// changes nothing.
    pub async fn touch_sessions(
        &self,
        digests: Vec<[u8; 32]>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let now = kept(now);
        self.write(of(&digests), move |tx| {
            tx.each(&digests, |digest| session::touch(tx, *digest, now))
        })
        .await
    }

    /// The session that administrators know by this name, over or not.
    pub async fn session_named(&self, id: Uuid) -> Result<Option<Session>, LedgerError> {
        self.read(move |tx| tx.session_named(id)).await
    }

    /// Ends a session; false if it was over, or never there.
    pub async fn end_session(&self, id: Uuid, now: Timestamp) -> Result<bool, LedgerError> {
        let now = kept(now);
        let digests = self.read(move |tx| tx.session_digests(id)).await?;
        let ended = self.end_sessions(digests, now).await?;
        Ok(ended > 0)
    }

    /// Ends all sessions of a person; gives how many there were.
    pub async fn end_sessions_of(&self, user: &UserId, now: Timestamp) -> Result<u64, LedgerError> {
        let now = kept(now);
        let user = user.clone();
        let digests = self.read(move |tx| tx.live_digests(&user, now)).await?;
        self.end_sessions(digests, now).await
    }

    pub(super) async fn end_sessions(
        &self,
        digests: Vec<[u8; 32]>,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        if digests.is_empty() {
            return Ok(0);
        }
        let hints = of(&digests);
        self.write(hints, move |tx| {
            Ok(session::end(tx, &digests, now)?.len() as u64)
        })
        .await
    }

    /// Sessions, those that were opened last first.
    pub async fn sessions(&self, filter: SessionFilter) -> Result<Page<Session>, LedgerError> {
        self.read(move |tx| tx.sessions(&filter)).await
    }

    /// Keeps what a secret stands for until it is taken: a link, a sign-in under
    /// way.
    ///
    /// *Errors*: the secret stands for something else; a text that is too long
    /// or can't be stored.
    pub async fn put_ticket(
        &self,
        digest: [u8; 32],
        purpose: &'static str,
        payload: String,
        expires_at: Timestamp,
    ) -> Result<(), LedgerError> {
        let ticket = Ticket {
            digest,
            purpose: purpose.to_owned(),
            payload,
            expires_at: kept(expires_at),
            taken_at: None,
        };
        let hints = move |hints: &mut Hints| hints.tickets.push(digest);
        self.write(hints, move |tx| session::put_ticket(tx, &ticket))
            .await
    }

    /// Gives what a secret stands for, once for all servers and callers; none
    /// if it was taken, is too old, or is for another purpose.
    pub async fn take_ticket(
        &self,
        digest: [u8; 32],
        purpose: &'static str,
        now: Timestamp,
    ) -> Result<Option<String>, LedgerError> {
        let now = kept(now);
        let hints = move |hints: &mut Hints| hints.tickets.push(digest);
        self.write(hints, move |tx| {
            session::take_ticket(tx, digest, purpose, now)
        })
        .await
    }
}
