//! Activities and the chain that each balance's activities form.

use jiff::Timestamp;
use platen_domain::{AccountId, DocumentId, Points, UserId};
use uuid::Uuid;

use super::table::{Kind, Stored, Table};
use super::value::{Row, Value, check_storable, count};
use super::{Holder, MISSED, Result, Tx};
use crate::activity::{Activity, ActivityFilter, ActivityKind, Change};
use crate::chain;
use crate::error::LedgerError;

/// What is posted; its place on the balance follows from the balance.
#[derive(Clone, Debug)]
pub(crate) struct NewActivity<'a> {
    pub(crate) id: Uuid,
    pub(crate) account: AccountId,
    pub(crate) holder: &'a Holder,
    pub(crate) kind: ActivityKind,
    pub(crate) points: Points,
    pub(crate) user: Option<UserId>,
    pub(crate) document: Option<DocumentId>,
    pub(crate) change: Option<Change>,
    pub(crate) reason: String,
    pub(crate) by: String,
    pub(crate) corrects: Option<Uuid>,
    pub(crate) card_version: Option<u64>,
    pub(crate) at: Timestamp,
}

impl Stored for Activity {
    type Key = Uuid;

    const TABLE: &'static Table = &Table {
        name: "activity",
        key: 1,
        locked: false,
        columns: &[
            ("id", Kind::Bytes),
            ("ordinal", Kind::Int),
            ("account", Kind::Bytes),
            ("holder", Kind::Text),
            ("sequence", Kind::Int),
            ("kind", Kind::Text),
            ("points", Kind::Int),
            ("posted_after", Kind::Int),
            ("person", Kind::Text),
            ("document", Kind::Bytes),
            ("change", Kind::Text),
            ("reason", Kind::Text),
            ("made_by", Kind::Text),
            ("corrects", Kind::Bytes),
            ("card_version", Kind::Int),
            ("made_at", Kind::Int),
            ("hash", Kind::Bytes),
        ],
    };

    fn key_values(key: &Uuid) -> Vec<Value> {
        vec![(*key).into()]
    }

    fn key(&self) -> Uuid {
        self.id
    }

    fn values(&self) -> Result<Vec<Value>> {
        let holder = self.holder.as_ref().map_or("", UserId::as_str);
        Ok(vec![
            self.id.into(),
            self.ordinal.into(),
            self.account.0.into(),
            holder.into(),
            self.sequence.into(),
            self.kind.name().into(),
            self.points.into(),
            self.posted_after.into(),
            self.user.as_ref().map(UserId::as_str).into(),
            self.document.map(|id| id.0).into(),
            self.change.map(|change| change.to_string()).into(),
            self.reason.as_str().into(),
            self.by.as_str().into(),
            self.corrects.into(),
            match self.card_version {
                Some(version) => count(version)?,
                None => Value::Null,
            },
            self.at.into(),
            self.hash.into(),
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        Ok(Self {
            id: row.id()?,
            ordinal: row.int()?,
            account: AccountId(row.id()?),
            holder: Holder::stored(row.text()?).user(),
            sequence: row.int()?,
            kind: ActivityKind::from_name(&row.text()?)
                .ok_or_else(|| LedgerError::corrupt("the kind of an activity"))?,
            points: row.points()?,
            posted_after: row.points()?,
            user: row.optional_text()?.map(UserId::new),
            document: row.optional_id()?.map(DocumentId),
            change: row
                .optional_text()?
                .map(|change| {
                    change
                        .parse()
                        .map_err(|_| LedgerError::corrupt("the change of an activity"))
                })
                .transpose()?,
            reason: row.text()?,
            by: row.text()?,
            corrects: row.optional_id()?,
            card_version: row.optional_int()?.map(version).transpose()?,
            at: row.time()?,
            hash: row.bytes()?,
        })
    }
}

fn version(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| LedgerError::corrupt("the version of a rate card"))
}

impl Tx<'_> {
    /// Adds an activity to the end of its balance's chain and to its posted
    /// points. *Source*: rules.md R-30.
    pub(crate) fn post(&self, new: NewActivity<'_>) -> Result<Activity> {
        check_storable([Some(new.reason.as_str()), Some(new.by.as_str())])?;
        let mut balance = (*self.stored_balance(new.account, new.holder)?).clone();
        balance.balance.posted = balance.balance.posted.plus(new.points)?;
        balance.sequence += 1;
        let mut activity = Activity {
            ordinal: self.set().next_ordinal().ok_or(MISSED)?,
            id: new.id,
            account: new.account,
            holder: new.holder.user(),
            sequence: balance.sequence,
            kind: new.kind,
            points: new.points,
            posted_after: balance.balance.posted,
            user: new.user,
            document: new.document,
            change: new.change,
            reason: new.reason,
            by: new.by,
            corrects: new.corrects,
            card_version: new.card_version,
            at: new.at,
            hash: [0; 32],
        };
        activity.hash = chain::link(&balance.head, &activity);
        balance.head = activity.hash;
        self.put_balance(balance);
        self.set().activities.put(activity.clone());
        Ok(activity)
    }

    pub(crate) fn activity(&self, id: Uuid) -> Result<Option<Activity>> {
        let stored = self.row(|set| &mut set.activities, &id)?;
        Ok(stored.map(|activity| (*activity).clone()))
    }

    pub(crate) fn activities(&self, filter: &ActivityFilter) -> Result<Vec<Activity>> {
        const MOST: u32 = 1_000;
        let limit = match filter.limit {
            0 => 100,
            limit => limit.min(MOST),
        };
        let mut parameters = vec![filter.before.unwrap_or(i64::MAX).into(), Value::from(limit)];
        let mut conditions = String::new();
        if let Some(account) = filter.account {
            parameters.push(account.0.into());
            conditions = format!(" AND account = ?{}", parameters.len());
        }
        if let Some(user) = &filter.user {
            parameters.push(user.as_str().into());
            conditions = format!("{conditions} AND person = ?{}", parameters.len());
        }
        self.list(
            &format!("WHERE ordinal < ?1{conditions} ORDER BY ordinal DESC LIMIT ?2"),
            &parameters,
        )
    }
}
