//! What the central server keeps beside the ledger: the log, credentials of
//! other programs, keys, addresses for push.

use jiff::{SignedDuration, Timestamp};
use platen_domain::UserId;
use ring::digest::{SHA256, digest};
use uuid::Uuid;

use super::Ledger;
use crate::audit::{AuditEntry, AuditFilter};
use crate::credential::Credential;
use crate::error::LedgerError;
use crate::page::Page;
use crate::push::PushAddress;
use crate::rules::office;
use crate::store::{Ends, Hints, MOST_PUSHES, Swept, kept};

/// The site's identity among its keys.
const SITE: &str = "site";

/// How long sessions and addresses are kept that are over.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How long tickets are kept that are over.
const TICKETS_KEPT: SignedDuration = SignedDuration::from_hours(24);

fn digest_of(endpoint: &str) -> [u8; 32] {
    let mut found = [0; 32];
    found.copy_from_slice(digest(&SHA256, endpoint.as_bytes()).as_ref());
    found
}

impl Ledger {
    /// What administrators did, the newest first.
    pub async fn audit(&self, filter: AuditFilter) -> Result<Page<AuditEntry>, LedgerError> {
        self.read(move |tx| tx.audits(&filter)).await
    }

    /// All credentials of other programs, the newest first, revoked ones
    /// included. *Source*: rules.md R-32.
    pub async fn credentials(&self) -> Result<Vec<Credential>, LedgerError> {
        self.read(|tx| tx.credentials()).await
    }

    /// A credential with the SHA-256 of its secret, revoked or not.
    /// *Source*: rules.md R-32.
    pub async fn credential(
        &self,
        id: Uuid,
    ) -> Result<Option<(Credential, [u8; 32])>, LedgerError> {
        let stored = self.read(move |tx| tx.credential(id)).await?;
        Ok(stored.map(|stored| (stored.credential, stored.secret)))
    }

    /// Writes down that a credential was used; more often than once a minute
    /// changes nothing.
    pub async fn credential_used(&self, id: Uuid, now: Timestamp) -> Result<(), LedgerError> {
        let now = kept(now);
        let hints = move |hints: &mut Hints| hints.credentials.push(id);
        self.write(hints, move |tx| office::use_credential(tx, id, now))
            .await
    }

    /// A key of the site; `fresh` is stored where there is none of this name
    /// yet. Of all servers that bring one, the first one's stays.
    pub async fn site_secret(&self, name: &str, fresh: Vec<u8>) -> Result<Vec<u8>, LedgerError> {
        let name = name.to_owned();
        let asked = name.clone();
        if let Some(stored) = self.read(move |tx| tx.site_secret(&asked, None)).await? {
            return Ok(stored);
        }
        let asked = name.clone();
        let hints = move |hints: &mut Hints| hints.secrets.push(asked.clone());
        let kept = self.write(hints, move |tx| tx.site_secret(&name, Some(&fresh)));
        kept.await?.ok_or(LedgerError::Closed)
    }

    /// The site's identity, made when it is asked for the first time.
    /// *Source*: rules.md R-32 (customer id).
    pub async fn site_id(&self) -> Result<Uuid, LedgerError> {
        let fresh = Uuid::new_v4().as_bytes().to_vec();
        let stored = self.site_secret(SITE, fresh).await?;
        Uuid::from_slice(&stored).map_err(|_| LedgerError::corrupt("the identity of the site"))
    }

    /// Keeps the address of one browser of one person, in place of whosever it
    /// was. Of a person's addresses the newest twenty are kept.
    ///
    /// *Errors*: a text that is too long or can't be stored.
    pub async fn put_push(&self, address: PushAddress, now: Timestamp) -> Result<(), LedgerError> {
        let now = kept(now);
        let digest = digest_of(&address.endpoint);
        let person = address.person.clone();
        let others = self.read(move |tx| tx.pushes(&person)).await?;
        let others = others.into_iter().map(|push| push.digest);
        let crowded: Vec<_> = others
            .filter(|other| *other != digest)
            .skip(MOST_PUSHES - 1)
            .collect();
        let wanted = crowded.clone();
        let hints = move |hints: &mut Hints| {
            hints.pushes.push(digest);
            hints.pushes.extend(&wanted);
        };
        self.write(hints, move |tx| {
            office::put_push(tx, digest, &address, &crowded, now)
        })
        .await
    }

    /// Takes an address away, with `user` only if it is that person's; false if
    /// there is none.
    pub async fn remove_push(
        &self,
        endpoint: &str,
        user: Option<&UserId>,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let now = kept(now);
        let digest = digest_of(endpoint);
        let user = user.cloned();
        let hints = move |hints: &mut Hints| hints.pushes.push(digest);
        self.write(hints, move |tx| {
            office::remove_push(tx, digest, user.as_ref(), now)
        })
        .await
    }

    /// A person's addresses, the newest first.
    pub async fn push_addresses(&self, user: &UserId) -> Result<Vec<PushAddress>, LedgerError> {
        let user = user.clone();
        let stored = self.read(move |tx| tx.pushes(&user)).await?;
        Ok(stored.into_iter().map(|push| push.address).collect())
    }

    /// Removes what is of no use any more: tickets a day after they ended,
    /// sessions, addresses and imports after ninety days, answers a day after they
    /// were given. Gives how many of each; a few
    /// thousand at once, so that others don't wait.
    pub async fn sweep(&self, now: Timestamp) -> Result<Swept, LedgerError> {
        let before = |long: SignedDuration| now.checked_sub(long).unwrap_or(Timestamp::MIN);
        let ends = Ends {
            answers: kept(now),
            tickets: kept(before(TICKETS_KEPT)),
            others: kept(before(KEPT)),
        };
        let swept = self.read(move |tx| tx.stale(ends)).await?;
        if swept != Swept::default() {
            self.write(
                |_| {},
                move |tx| {
                    tx.remove_stale(&swept, ends);
                    Ok(())
                },
            )
            .await?;
        }
        Ok(swept)
    }
}
