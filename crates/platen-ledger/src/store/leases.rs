//! Leases.

use jiff::Timestamp;
use platen_domain::{AccountId, LeaseId, Points, UserId};

use super::condition::Condition;
use super::table::{Kind, Stored, Table};
use super::value::{Row, Value, check_storable};
use super::{Holder, Result, Tx};
use crate::error::LedgerError;
use crate::lease::{Lease, LeaseFilter, LeaseQuery, LeaseState};
use crate::page::Page;

/// A lease with what only the rules need to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeaseRecord {
    pub(crate) lease: Lease,
    /// What was asked for, of which the lease has what could be granted.
    pub(crate) asked: Points,
}

impl Stored for LeaseRecord {
    type Key = LeaseId;

    const TABLE: &'static Table = &Table {
        name: "lease",
        key: 1,
        locked: true,
        columns: &[
            ("id", Kind::Bytes),
            ("account", Kind::Bytes),
            ("holder", Kind::Text),
            ("person", Kind::Text),
            ("device", Kind::Text),
            ("asked", Kind::Int),
            ("granted", Kind::Int),
            ("drawn", Kind::Int),
            ("state", Kind::Text),
            ("expires_at", Kind::Int),
            ("made_at", Kind::Int),
            ("changed_at", Kind::Int),
            ("called_at", Kind::Int),
            ("gate", Kind::Bytes),
        ],
    };

    fn key_values(key: &LeaseId) -> Vec<Value> {
        vec![key.0.into()]
    }

    fn key(&self) -> LeaseId {
        self.lease.id
    }

    fn values(&self) -> Result<Vec<Value>> {
        let lease = &self.lease;
        Ok(vec![
            lease.id.0.into(),
            lease.account.0.into(),
            lease.holder.as_ref().map_or("", UserId::as_str).into(),
            lease.user.as_str().into(),
            lease.device.as_str().into(),
            self.asked.into(),
            lease.granted.into(),
            lease.drawn.into(),
            lease.state.name().into(),
            lease.expires_at.into(),
            lease.made_at.into(),
            lease.changed_at.into(),
            lease.called_at.into(),
            lease.gate.into(),
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        let id = LeaseId(row.id()?);
        let account = AccountId(row.id()?);
        let holder = Holder::stored(row.text()?).user();
        let user = UserId::new(row.text()?);
        let device = row.text()?;
        let asked = row.points()?;
        let (granted, drawn) = (row.points()?, row.points()?);
        let state = LeaseState::from_name(&row.text()?)
            .ok_or_else(|| LedgerError::corrupt("the state of a lease"))?;
        let lease = Lease {
            id,
            account,
            holder,
            user,
            device,
            granted,
            drawn,
            state,
            expires_at: row.time()?,
            made_at: row.time()?,
            changed_at: row.time()?,
            called_at: row.optional_time()?,
            gate: row.optional_bytes()?,
        };
        Ok(Self { lease, asked })
    }
}

impl Tx<'_> {
    pub(crate) fn lease(&self, id: LeaseId) -> Result<Option<LeaseRecord>> {
        let stored = self.row(|set| &mut set.leases, &id)?;
        Ok(stored.map(|record| (*record).clone()))
    }

    pub(crate) fn put_lease(&self, record: &LeaseRecord) -> Result<()> {
        check_storable([Some(record.lease.device.as_str())])?;
        self.set().leases.put(record.clone());
        Ok(())
    }

    /// Oldest first.
    pub(crate) fn leases(&self, filter: &LeaseFilter) -> Result<Vec<Lease>> {
        let mut conditions = vec!["TRUE".to_owned()];
        let mut parameters = Vec::new();
        let mut is = |column: &str, value: Option<Value>| {
            if let Some(value) = value {
                parameters.push(value);
                conditions.push(format!("{column} = ?{}", parameters.len()));
            }
        };
        is("account", filter.account.map(|id| id.0.into()));
        is(
            "person",
            filter.user.as_ref().map(|user| user.as_str().into()),
        );
        is("device", filter.device.as_ref().map(Value::from));
        if filter.open_only {
            // Written out, so that the index of open leases serves.
            conditions.push("state = 'open'".to_owned());
        }
        let conditions = conditions.join(" AND ");
        let found: Vec<LeaseRecord> = self.list(
            &format!("WHERE {conditions} ORDER BY made_at, id"),
            &parameters,
        )?;
        Ok(found.into_iter().map(|record| record.lease).collect())
    }

    /// Open leases, those that end first first.
    pub(crate) fn leases_page(&self, query: &LeaseQuery) -> Result<Page<Lease>> {
        let mut condition = Condition::default();
        condition.and_always("state = 'open'");
        if let Some(user) = &query.user {
            condition.and("person = #", user.as_str());
        }
        if let Some(time) = query.ended_at {
            condition.and("expires_at <= #", time);
        }
        let page: Page<LeaseRecord> = self.page(&condition, "expires_at, id", query.page)?;
        Ok(page.map(|record| record.lease))
    }

    /// Leases of one person with a gate that ended since then and were written off.
    pub(crate) fn unaccounted_leases(&self, user: &UserId, since: Timestamp) -> Result<Vec<Lease>> {
        let found: Vec<LeaseRecord> = self.list(
            "WHERE person = ?1 AND state = 'expired' AND gate IS NOT NULL AND expires_at > ?2 \
             ORDER BY expires_at, id",
            &[user.as_str().into(), since.into()],
        )?;
        Ok(found.into_iter().map(|record| record.lease).collect())
    }

    /// Open leases whose time is over.
    pub(crate) fn overdue_leases(&self, now: Timestamp) -> Result<Vec<LeaseRecord>> {
        self.list(
            "WHERE state = 'open' AND expires_at <= ?1 ORDER BY expires_at, id",
            &[now.into()],
        )
    }

    /// When the next open lease ends.
    pub(crate) fn next_lease_end(&self) -> Result<Option<Timestamp>> {
        let next = "SELECT MIN(expires_at) FROM lease WHERE state = 'open'";
        let row = self.sql()?.query_one(next, &[])?;
        row.map_or(Ok(None), |mut row| row.optional_time())
    }
}
