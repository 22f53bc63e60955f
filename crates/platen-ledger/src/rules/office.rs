//! What the central server keeps beside the ledger: credentials of other
//! programs, keys, addresses for push. *Source*: rules.md.

use jiff::{SignedDuration, Timestamp};
use platen_domain::UserId;
use uuid::Uuid;

use super::check_length;
use crate::push::PushAddress;
use crate::store::{Result, StoredPush, Tx};

/// A use is written down once in this time.
const USED: SignedDuration = SignedDuration::from_secs(60);

/// Characters of an endpoint and of a language, bytes of a key.
const ENDPOINT: usize = 2_000;
const LANGUAGE: usize = 35;
const KEY: usize = 200;

/// Writes down that a credential was used.
pub(crate) fn use_credential(tx: Tx<'_>, id: Uuid, now: Timestamp) -> Result<()> {
    let Some(mut stored) = tx.credential(id)? else {
        return Ok(());
    };
    let credential = &mut stored.credential;
    let lately = credential
        .used_at
        .is_some_and(|used_at| now.duration_since(used_at) < USED);
    if lately || credential.revoked_at.is_some() {
        return Ok(());
    }
    credential.used_at = Some(now);
    tx.put_credential(stored)
}

/// Keeps an address; `crowded` are those that make room for it.
///
/// *Errors*: texts that are not kept.
pub(crate) fn put_push(
    tx: Tx<'_>,
    digest: [u8; 32],
    address: &PushAddress,
    crowded: &[[u8; 32]],
    now: Timestamp,
) -> Result<()> {
    check_length(&address.endpoint, ENDPOINT, "address")?;
    check_length(&address.language, LANGUAGE, "language")?;
    for key in [&address.key, &address.auth] {
        if key.len() > KEY {
            return Err(crate::error::Refusal::TooLong { what: "key" }.into());
        }
    }
    if let Some(stored) = tx.push(&digest)?
        && stored.gone_at.is_none()
        && stored.address == *address
    {
        return Ok(());
    }
    for digest in crowded {
        remove_push(tx, *digest, None, now)?;
    }
    tx.put_push(StoredPush {
        digest,
        address: address.clone(),
        made_at: now,
        gone_at: None,
    })
}

/// Takes an address away: anybody's, or only if it is this person's.
pub(crate) fn remove_push(
    tx: Tx<'_>,
    digest: [u8; 32],
    user: Option<&UserId>,
    now: Timestamp,
) -> Result<bool> {
    let Some(stored) = tx.push(&digest)? else {
        return Ok(false);
    };
    let theirs = user.is_some_and(|user| *user != stored.address.person);
    if theirs || stored.gone_at.is_some() {
        return Ok(false);
    }
    let gone_at = Some(now);
    tx.put_push(StoredPush { gone_at, ..stored })?;
    Ok(true)
}
