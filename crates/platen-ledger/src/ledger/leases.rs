//! What the ledger does with leases.

use jiff::Timestamp;
use jiff::civil::Date;
use platen_domain::{LeaseId, UserId};

use super::Ledger;
use crate::error::LedgerError;
use crate::lease::{Lease, LeaseAsk, LeaseFilter, LeaseQuery};
use crate::page::Page;
use crate::rules::{Moment, lease};
use crate::store::{Hints, Tx, kept};

impl Ledger {
    /// Sets points aside for a device: what it asks for, or what the hard
    /// limit leaves. They count as spent until they are returned or the lease
    /// expires.
    ///
    /// Asked again with the same content it gives the lease as it stands.
    /// *Errors*: other content under the same id, an end that is past, an
    /// account that can't be used, no points asked for, none left.
    /// *Source*: rules.md.
    pub async fn grant_lease(
        &self,
        mut ask: LeaseAsk,
        now: Timestamp,
        today: Date,
    ) -> Result<Lease, LedgerError> {
        let now = kept(now);
        ask.expires_at = kept(ask.expires_at);
        let moment = Moment { now, today };
        let (id, account, user) = (ask.id, ask.account, ask.person.id.clone());
        let hints = move |hints: &mut Hints| {
            hints.leases.push(id);
            hints.people.push(user.clone());
            hints.balances.push((account, Some(user.clone())));
        };
        self.write(hints, move |tx| lease::grant(tx, &ask, moment))
            .await
    }

    /// Gives back what a device did not draw. Asked again, or after the lease
    /// expired, it gives the lease as it stands.
    ///
    /// *Errors*: an unknown lease; [`Refusal::NoReceipt`](crate::Refusal) where a gate
    /// counts on it. *Source*: rules.md R-39.
    pub async fn return_lease(&self, id: LeaseId, now: Timestamp) -> Result<Lease, LedgerError> {
        let give_back: fn(Tx<'_>, LeaseId, Timestamp) -> _ =
            |tx, id, now| Ok(lease::give_back(tx, id, None, now)?.lease);
        self.change_lease(id, None, now, give_back).await
    }

    /// Leases of one person that a gate counts on, that ended since then and that were
    /// written off without its word; the one that ended first comes first.
    /// *Source*: rules.md.
    pub async fn unaccounted_leases(
        &self,
        user: &UserId,
        since: Timestamp,
    ) -> Result<Vec<Lease>, LedgerError> {
        let (user, since) = (user.clone(), kept(since));
        let read = move |tx: Tx<'_>| tx.unaccounted_leases(&user, since);
        self.read(read).await
    }

    /// Asks for a lease's points back: its device draws no more, delivers what it
    /// drew and returns the lease, once it hears of it.
    ///
    /// *Errors*: an unknown lease, or, where `user` is given, another person's.
    /// *Source*: rules.md R-39.
    pub async fn call_back_lease(
        &self,
        id: LeaseId,
        user: Option<&UserId>,
        now: Timestamp,
    ) -> Result<Lease, LedgerError> {
        self.change_lease(id, user, now, lease::call_back).await
    }

    /// Gives up the points of a lease whose device did not report. What the
    /// device delivers later is charged all the same, beyond the limit if need
    /// be.
    ///
    /// *Errors*: [`Refusal::LeaseLasts`](crate::Refusal) until
    /// [`Lease::MARGIN`] after its end; an unknown lease, or, where `user` is
    /// given, another person's, or one that a gate counts on.
    /// *Source*: rules.md.
    pub async fn write_off_lease(
        &self,
        id: LeaseId,
        user: Option<&UserId>,
        now: Timestamp,
    ) -> Result<Lease, LedgerError> {
        let (now, user) = (kept(now), user.cloned());
        let hints = move |hints: &mut Hints| hints.leases.push(id);
        self.write(hints, move |tx| {
            if let Some(user) = &user {
                lease::own_to_write_off(tx, id, user)?;
            }
            lease::write_off(tx, id, now)
        })
        .await
    }

    /// Changes one lease; where `user` is given, only his own.
    async fn change_lease(
        &self,
        id: LeaseId,
        user: Option<&UserId>,
        now: Timestamp,
        change: fn(Tx<'_>, LeaseId, Timestamp) -> Result<Lease, LedgerError>,
    ) -> Result<Lease, LedgerError> {
        let (now, user) = (kept(now), user.cloned());
        let hints = move |hints: &mut Hints| hints.leases.push(id);
        self.write(hints, move |tx| {
            if let Some(user) = &user {
                lease::own(tx, id, user)?;
            }
            change(tx, id, now)
        })
        .await
    }

    /// Writes off every open lease that ended at `now` or before; what was not
    /// drawn goes back to its account. Gives those that were written off now.
    /// Whoever lets devices report late asks with a time that is as long ago.
    /// *Source*: rules.md R-39.
    pub async fn expire_leases(&self, now: Timestamp) -> Result<Vec<Lease>, LedgerError> {
        let now = kept(now);
        let due = self.read(move |tx| tx.overdue_leases(now)).await?;
        let mut expired = Vec::new();
        for few in due.chunks(super::EXPIRED_AT_ONCE) {
            let few: Vec<_> = few.iter().map(|record| record.lease.clone()).collect();
            let ids: Vec<_> = few.iter().map(|lease| lease.id).collect();
            let hints = move |hints: &mut Hints| {
                for lease in &few {
                    hints.leases.push(lease.id);
                    hints
                        .balances
                        .push((lease.account, Some(lease.user.clone())));
                }
            };
            let leases = self
                .write(hints, move |tx| lease::expire(tx, &ids, now))
                .await?;
            expired.extend(leases);
        }
        Ok(expired)
    }

    /// Writes off what the site's settings no longer wait for. Gives the leases
    /// that were written off now. *Source*: rules.md R-39.
    pub async fn write_off_due(&self, now: Timestamp) -> Result<Vec<Lease>, LedgerError> {
        match self.settings().await?.leasing.written_off(now) {
            Some(ended) => self.expire_leases(ended).await,
            None => Ok(Vec::new()),
        }
    }

    /// One lease.
    pub async fn lease(&self, id: LeaseId) -> Result<Option<Lease>, LedgerError> {
        self.read(move |tx| Ok(tx.lease(id)?.map(|record| record.lease)))
            .await
    }

    /// Open leases, a page of them, those that end first first.
    /// *Source*: rules.md R-39.
    pub async fn leases_page(&self, query: LeaseQuery) -> Result<Page<Lease>, LedgerError> {
        self.read(move |tx| tx.leases_page(&query)).await
    }

    /// Leases, oldest first. *Source*: rules.md R-39.
    pub async fn leases(&self, filter: LeaseFilter) -> Result<Vec<Lease>, LedgerError> {
        self.read(move |tx| tx.leases(&filter)).await
    }
}
