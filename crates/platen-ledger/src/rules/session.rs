//! Opening and ending sessions, and what is good for once. *Source*: rules.md R-31.

use jiff::{SignedDuration, Timestamp};

use super::check_length;
use crate::error::Refusal;
use crate::session::Session;
use crate::store::{Result, Ticket, Tx};

/// Characters of what a device says about itself.
const DEVICE: usize = 300;
/// Characters of an address, and of what the provider wants to see again.
const ADDRESS: usize = 200;
const LOGOUT: usize = 20_000;
/// Characters of what a ticket stands for.
const PAYLOAD: usize = 50_000;

/// A use is written down once in this time.
const SEEN: SignedDuration = SignedDuration::from_secs(60);

/// Signs somebody in, and remembers him. The same again changes nothing.
///
/// *Errors*: another session has this secret; texts that are not kept.
pub(crate) fn open(tx: Tx<'_>, digest: [u8; 32], given: &Session) -> Result<()> {
    let mut session = given.clone();
    session.device = session.device.chars().take(DEVICE).collect();
    if let Some(stored) = tx.session(&digest)? {
        if stored.id == session.id && stored.person.id == session.person.id {
            return Ok(());
        }
        return Err(Refusal::ExistsWithDifferent { what: "session" }.into());
    }
    check_length(&session.address, ADDRESS, "address")?;
    check_length(session.logout.as_deref().unwrap_or(""), LOGOUT, "sign-in")?;
    super::access::check_person(&session.person)?;
    tx.put_signed_in(&session.person, session.seen_at)?;
    tx.put_session(digest, session)
}

/// Writes down that a session was used.
pub(crate) fn touch(tx: Tx<'_>, digest: [u8; 32], now: Timestamp) -> Result<()> {
    let Some(session) = tx.session(&digest)? else {
        return Ok(());
    };
    if !session.is_live(now) || now.duration_since(session.seen_at) < SEEN {
        return Ok(());
    }
    tx.see(&session.person.id, now)?;
    let seen_at = now;
    tx.put_session(digest, Session { seen_at, ..session })
}

/// Ends sessions; gives those that let somebody in until now.
pub(crate) fn end(tx: Tx<'_>, digests: &[[u8; 32]], now: Timestamp) -> Result<Vec<Session>> {
    let mut ended = Vec::new();
    for digest in digests {
        if let Some(session) = tx.session(digest)?
            && session.is_live(now)
        {
            let ended_at = Some(now);
            ended.push(session.clone());
            tx.put_session(
                *digest,
                Session {
                    ended_at,
                    ..session
                },
            )?;
        }
    }
    Ok(ended)
}

/// Keeps what a secret stands for.
///
/// *Errors*: the secret stands for something else already.
pub(crate) fn put_ticket(tx: Tx<'_>, ticket: &Ticket) -> Result<()> {
    if let Some(stored) = tx.ticket(&ticket.digest)? {
        if stored == *ticket {
            return Ok(());
        }
        return Err(Refusal::ExistsWithDifferent { what: "purpose" }.into());
    }
    check_length(&ticket.payload, PAYLOAD, "content")?;
    tx.put_ticket(ticket.clone())
}

/// Gives what a secret stands for, once.
pub(crate) fn take_ticket(
    tx: Tx<'_>,
    digest: [u8; 32],
    purpose: &str,
    now: Timestamp,
) -> Result<Option<String>> {
    let Some(ticket) = tx.ticket(&digest)? else {
        return Ok(None);
    };
    if ticket.taken_at.is_some() || ticket.purpose != purpose || ticket.expires_at <= now {
        return Ok(None);
    }
    let payload = ticket.payload.clone();
    tx.put_ticket(Ticket {
        taken_at: Some(now),
        ..ticket
    })?;
    Ok(Some(payload))
}
