//! An administrator at work: every change with its entry in the log.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use platen_domain::{Account, AccountId, LeaseId, RateCard, UserId};
use uuid::Uuid;

use super::Ledger;
use super::administration::{adjusting, adjusting_all, whole_site};
use super::sessions;
use crate::activity::{Adjusted, Adjustment, BulkAdjusted, BulkAdjustment};
use crate::audit::Actor;
use crate::credential::Credential;
use crate::error::LedgerError;
use crate::lease::Lease;
use crate::rules::desk::{self, Direct, Stamp};
use crate::site::{CardSpec, Settings};
use crate::store::{Hints, Tx, kept};

/// Changes the ledger in somebody's name. Each change and its entry in the audit
/// log are written in one transaction; where nothing changes, none is.
///
/// *Cancel safety*: as [`Ledger`].
#[derive(Clone)]
pub struct Desk {
    ledger: Ledger,
    actor: Actor,
}

impl Ledger {
    /// Changes in the name of `actor`.
    #[must_use]
    pub fn desk(&self, actor: Actor) -> Desk {
        Desk {
            ledger: self.clone(),
            actor,
        }
    }
}

impl Desk {
    /// Who works here.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    pub(super) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(super) fn stamp(&self, now: Timestamp) -> Stamp {
        Stamp {
            id: Uuid::now_v7(),
            actor: self.actor.clone(),
            now: kept(now),
        }
    }

    /// As [`Ledger::save_account`].
    ///
    /// *Errors*: as there. *Source*: rules.md.
    pub async fn save_account(
        &self,
        account: Account,
        now: Timestamp,
    ) -> Result<Account, LedgerError> {
        let stamp = self.stamp(now);
        let save = move |tx: Tx<'_>| desk::save_account(tx, &stamp, &account);
        self.ledger.write(whole_site, save).await
    }

    /// As [`Ledger::archive_account`].
    ///
    /// *Errors*: an unknown account. *Source*: rules.md R-8.
    pub async fn archive_account(
        &self,
        id: AccountId,
        now: Timestamp,
    ) -> Result<Account, LedgerError> {
        self.set_archived(id, true, now).await
    }

    /// As [`Ledger::restore_account`].
    ///
    /// *Errors*: an unknown account. *Source*: rules.md R-8.
    pub async fn restore_account(
        &self,
        id: AccountId,
        now: Timestamp,
    ) -> Result<Account, LedgerError> {
        self.set_archived(id, false, now).await
    }

    async fn set_archived(
        &self,
        id: AccountId,
        archived: bool,
        now: Timestamp,
    ) -> Result<Account, LedgerError> {
        let stamp = self.stamp(now);
        self.ledger
            .write(whole_site, move |tx| {
                desk::set_archived(tx, &stamp, id, archived)
            })
            .await
    }

    /// Gives a person access to an account by himself. `login` is a login or a
    /// person's identifier. Everyone's account is his already.
    ///
    /// *Errors*: an unknown account, a login that is none.
    /// *Source*: rules.md.
    pub async fn assign(
        &self,
        account: AccountId,
        login: &str,
        now: Timestamp,
    ) -> Result<Account, LedgerError> {
        self.set_direct(account, login, Direct::Yes, now).await
    }

    /// Takes a person's own access to an account away; groups may still give it.
    ///
    /// *Errors*: an unknown account, or one that everyone has.
    /// *Source*: rules.md.
    pub async fn unassign(
        &self,
        account: AccountId,
        login: &str,
        now: Timestamp,
    ) -> Result<Account, LedgerError> {
        self.set_direct(account, login, Direct::No, now).await
    }

    async fn set_direct(
        &self,
        account: AccountId,
        login: &str,
        direct: Direct,
        now: Timestamp,
    ) -> Result<Account, LedgerError> {
        let (stamp, login) = (self.stamp(now), login.trim().to_owned());
        self.ledger
            .write(whole_site, move |tx| {
                desk::assign(tx, &stamp, account, (&login, direct))
            })
            .await
    }

    /// Puts other rates in force, as a new version if they differ from those in
    /// force; gives the card in force. `seen` is the version that they are to
    /// replace, zero where there was none; none: whichever there is.
    ///
    /// *Errors*: [`Refusal::Changed`](crate::Refusal::Changed) where another version
    /// is in force by now, [`Refusal::InvalidCard`](crate::Refusal::InvalidCard).
    /// *Source*: rules.md.
    pub async fn put_card(
        &self,
        card: CardSpec,
        seen: Option<u64>,
        now: Timestamp,
    ) -> Result<RateCard, LedgerError> {
        let stamp = self.stamp(now);
        self.ledger
            .write(whole_site, move |tx| {
                desk::put_card(tx, &stamp, &card, seen)
            })
            .await
    }

    /// Puts other settings in force, in place of those that were `seen`.
    ///
    /// *Errors*: [`Refusal::Changed`](crate::Refusal::Changed) where others are in
    /// force by now, [`Refusal::OutOfRange`](crate::Refusal::OutOfRange).
    pub async fn put_settings(
        &self,
        settings: Settings,
        seen: Settings,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let stamp = self.stamp(now);
        self.ledger
            .write(whole_site, move |tx| {
                desk::put_settings(tx, &stamp, &settings, Some(&seen))
            })
            .await
    }

    /// Changes the settings as they are by then: what others change meanwhile
    /// stays.
    ///
    /// *Errors*: [`Refusal::OutOfRange`](crate::Refusal::OutOfRange).
    pub async fn edit_settings(
        &self,
        edit: impl Fn(&mut Settings) + Send + 'static,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let stamp = self.stamp(now);
        self.ledger
            .write(whole_site, move |tx| {
                let mut settings = tx.settings()?;
                edit(&mut settings);
                desk::put_settings(tx, &stamp, &settings, None)
            })
            .await
    }

    /// Puts other groups in force: logins by group, in place of all former ones.
    ///
    /// *Errors*: a group or login without a name. *Source*: rules.md R-6.
    pub async fn put_groups(
        &self,
        groups: BTreeMap<String, BTreeSet<String>>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let stamp = self.stamp(now);
        self.ledger
            .write(whole_site, move |tx| desk::put_groups(tx, &stamp, &groups))
            .await
    }

    /// Puts somebody into a group of the site; false if he was in it already.
    /// `login` is a login or a person's identifier.
    ///
    /// *Errors*: a group or login without a name. *Source*: rules.md R-6.
    pub async fn add_member(
        &self,
        group: &str,
        login: &str,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        self.set_member(group, login, Direct::Yes, now).await
    }

    /// Takes somebody out of a group of the site; false if he was not in it. What
    /// the identity provider says stays.
    ///
    /// *Errors*: as [`Desk::add_member`]. *Source*: rules.md R-6.
    pub async fn remove_member(
        &self,
        group: &str,
        login: &str,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        self.set_member(group, login, Direct::No, now).await
    }

    async fn set_member(
        &self,
        group: &str,
        login: &str,
        direct: Direct,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let stamp = self.stamp(now);
        let [group, login] = [group, login].map(|text| text.trim().to_owned());
        let people = self.ledger.known_as(&login).await?;
        self.ledger
            .write(whole_site, move |tx| {
                let change = (group.as_str(), login.as_str(), direct);
                desk::set_member(tx, &stamp, change, people.clone())
            })
            .await
    }

    /// As [`Ledger::adjust`], in the actor's name, whatever `by` says.
    ///
    /// *Errors*: as there. *Source*: rules.md.
    pub async fn adjust(
        &self,
        id: Uuid,
        mut adjustment: Adjustment,
        now: Timestamp,
    ) -> Result<Adjusted, LedgerError> {
        adjustment.by.clone_from(&self.actor.name);
        let (stamp, needs) = (self.stamp(now), adjusting(id, &adjustment));
        let user = adjustment.user.clone();
        let hints = move |hints: &mut Hints| {
            needs(hints);
            hints.people.extend(user.clone());
        };
        self.ledger
            .write(hints, move |tx| desk::adjust(tx, &stamp, id, &adjustment))
            .await
    }

    /// As [`Ledger::adjust_all`], in the actor's name, whatever `by` says.
    ///
    /// *Errors*: as there. *Source*: rules.md.
    pub async fn adjust_all(
        &self,
        id: Uuid,
        mut adjustment: BulkAdjustment,
        now: Timestamp,
    ) -> Result<BulkAdjusted, LedgerError> {
        adjustment.by.clone_from(&self.actor.name);
        let stamp = self.stamp(now);
        let hints = adjusting_all(&self.ledger, id, adjustment.account).await?;
        self.ledger
            .write(hints, move |tx| {
                desk::adjust_all(tx, &stamp, id, &adjustment)
            })
            .await
    }

    /// Lets another program in, with the SHA-256 of its secret; who made it and
    /// when is the desk's to say. The same again changes nothing.
    ///
    /// *Errors*: a name or scope that is none, other content under the same id.
    /// *Source*: rules.md R-32.
    pub async fn add_credential(
        &self,
        credential: Credential,
        secret: [u8; 32],
        now: Timestamp,
    ) -> Result<Credential, LedgerError> {
        let (stamp, id) = (self.stamp(now), credential.id);
        let hints = move |hints: &mut Hints| hints.credentials.push(id);
        self.ledger
            .write(hints, move |tx| {
                desk::add_credential(tx, &stamp, &credential, secret)
            })
            .await
    }

    /// Lets another program in no more, at once and on all servers; false if it
    /// was so already, or if there is none.
    ///
    /// *Source*: rules.md R-32.
    pub async fn revoke_credential(&self, id: Uuid, now: Timestamp) -> Result<bool, LedgerError> {
        let stamp = self.stamp(now);
        let hints = move |hints: &mut Hints| hints.credentials.push(id);
        self.ledger
            .write(hints, move |tx| desk::revoke_credential(tx, &stamp, id))
            .await
    }

    /// As [`Ledger::end_session`].
    pub async fn end_session(&self, id: Uuid, now: Timestamp) -> Result<bool, LedgerError> {
        let digests = self.ledger.read(move |tx| tx.session_digests(id)).await?;
        let ended = self.end_sessions("session.end", digests, now).await?;
        Ok(ended > 0)
    }

    /// As [`Ledger::end_sessions_of`].
    pub async fn end_sessions_of(&self, user: &UserId, now: Timestamp) -> Result<u64, LedgerError> {
        let user = user.clone();
        let at = kept(now);
        let digests = self.ledger.read(move |tx| tx.live_digests(&user, at));
        let digests = digests.await?;
        self.end_sessions("sessions.end", digests, now).await
    }

    async fn end_sessions(
        &self,
        action: &'static str,
        digests: Vec<[u8; 32]>,
        now: Timestamp,
    ) -> Result<u64, LedgerError> {
        if digests.is_empty() {
            return Ok(0);
        }
        let stamp = self.stamp(now);
        self.ledger
            .write(sessions::of(&digests), move |tx| {
                desk::end_sessions(tx, &stamp, action, &digests)
            })
            .await
    }

    /// As [`Ledger::call_back_lease`], of anybody's.
    ///
    /// *Errors*: an unknown lease. *Source*: rules.md R-39.
    pub async fn call_back_lease(&self, id: LeaseId, now: Timestamp) -> Result<Lease, LedgerError> {
        let stamp = self.stamp(now);
        let hints = move |hints: &mut Hints| hints.leases.push(id);
        self.ledger
            .write(hints, move |tx| desk::call_back_lease(tx, &stamp, id))
            .await
    }

    /// As [`Ledger::write_off_lease`], of anybody's.
    ///
    /// *Errors*: as there. *Source*: rules.md.
    pub async fn write_off_lease(&self, id: LeaseId, now: Timestamp) -> Result<Lease, LedgerError> {
        let stamp = self.stamp(now);
        let hints = move |hints: &mut Hints| hints.leases.push(id);
        self.ledger
            .write(hints, move |tx| desk::write_off_lease(tx, &stamp, id))
            .await
    }

    /// Adds an entry about something that was done elsewhere. `detail` is JSON.
    ///
    /// *Errors*: a text that is too long or can't be stored.
    pub async fn note(
        &self,
        action: &str,
        subject: &str,
        detail: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let stamp = self.stamp(now);
        let texts = [action, subject, detail].map(str::to_owned);
        self.ledger
            .write(
                |_| {},
                move |tx| {
                    let [action, subject, detail] = &texts;
                    desk::note(tx, &stamp, action, subject, detail)
                },
            )
            .await
    }
}
