//! Activities and the chain that each balance's activities form.

use jiff::Timestamp;
use platen_domain::{AccountId, Balance, DocumentId, Points, UserId};
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::{Holder, Result, Tx, points, time, uuid};
use crate::activity::{Activity, ActivityFilter, ActivityKind, Change};
use crate::chain;
use crate::error::LedgerError;

const ACTIVITY: &str = "SELECT ordinal, id, account, holder, sequence, kind, points, posted_after, \
     person, document, change, reason, made_by, corrects, card_version, made_at, hash \
     FROM activity";

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

/// A balance's row as the check of the ledger reads it.
#[derive(Clone, Debug)]
pub(crate) struct StoredBalance {
    pub(crate) account: AccountId,
    pub(crate) holder: Holder,
    pub(crate) balance: Balance,
    pub(crate) sequence: i64,
    pub(crate) head: [u8; 32],
}

impl Tx<'_> {
    /// Adds an activity to the end of its balance's chain and to its posted
    /// points. *Source*: rules.md R-30.
    pub(crate) fn post(&self, new: NewActivity<'_>) -> Result<Activity> {
        let (posted, sequence, head) = self.end_of_chain(new.account, new.holder)?;
        let posted_after = posted.plus(new.points)?;
        let mut activity = Activity {
            ordinal: 0,
            id: new.id,
            account: new.account,
            holder: new.holder.user(),
            sequence: sequence + 1,
            kind: new.kind,
            points: new.points,
            posted_after,
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
        activity.hash = chain::link(&head, &activity);
        self.insert_activity(&activity, new.holder)?;
        activity.ordinal = self.connection.last_insert_rowid();
        self.connection
            .prepare_cached(
                "INSERT INTO balance (account, holder, posted, pending, leased, sequence, head)
                 VALUES (?1, ?2, ?3, 0, 0, ?4, ?5)
                 ON CONFLICT (account, holder) DO UPDATE SET posted = excluded.posted,
                     sequence = excluded.sequence, head = excluded.head",
            )?
            .execute(params![
                new.account.0.as_bytes(),
                new.holder.as_str(),
                posted_after.hundredths(),
                activity.sequence,
                activity.hash,
            ])?;
        Ok(activity)
    }

    fn end_of_chain(&self, account: AccountId, holder: &Holder) -> Result<(Points, i64, [u8; 32])> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT posted, sequence, head FROM balance WHERE account = ?1 AND holder = ?2",
            )?
            .query_row(params![account.0.as_bytes(), holder.as_str()], |row| {
                Ok((points(row.get(0)?), row.get(1)?, row.get(2)?))
            })
            .optional()?
            .unwrap_or((Points::ZERO, 0, chain::START)))
    }

    fn insert_activity(&self, activity: &Activity, holder: &Holder) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO activity (id, account, holder, sequence, kind, points, posted_after,
                     person, document, change, reason, made_by, corrects, card_version, made_at,
                     hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            )?
            .execute(params![
                activity.id.as_bytes(),
                activity.account.0.as_bytes(),
                holder.as_str(),
                activity.sequence,
                activity.kind.name(),
                activity.points.hundredths(),
                activity.posted_after.hundredths(),
                activity.user.as_ref().map(UserId::as_str),
                activity.document.map(|id| id.0.into_bytes()),
                activity.change.map(|change| change.to_string()),
                activity.reason,
                activity.by,
                activity.corrects.map(Uuid::into_bytes),
                activity.card_version,
                activity.at.as_microsecond(),
                activity.hash,
            ])?;
        Ok(())
    }

    pub(crate) fn activity(&self, id: Uuid) -> Result<Option<Activity>> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("{ACTIVITY} WHERE id = ?1"))?;
        let mut rows = statement.query(params![id.as_bytes()])?;
        rows.next()?.map(activity).transpose()
    }

    /// Newest first.
    pub(crate) fn activities(&self, filter: &ActivityFilter) -> Result<Vec<Activity>> {
        let limit = match filter.limit {
            0 => 100,
            limit => limit.min(1_000),
        };
        // Only what is asked for is in the statement, so that an index serves.
        let account = filter.account.map_or("?1 IS NULL", |_| "account = ?1");
        let person = filter.user.as_ref().map_or("?2 IS NULL", |_| "person = ?2");
        let mut statement = self.connection.prepare_cached(&format!(
            "{ACTIVITY} WHERE {account} AND {person} AND ordinal < ?3
             ORDER BY ordinal DESC LIMIT ?4"
        ))?;
        let mut rows = statement.query(params![
            filter.account.map(|id| id.0.into_bytes()),
            filter.user.as_ref().map(UserId::as_str),
            filter.before.unwrap_or(i64::MAX),
            limit,
        ])?;
        let mut activities = Vec::new();
        while let Some(row) = rows.next()? {
            activities.push(activity(row)?);
        }
        Ok(activities)
    }

    /// Walks all activities of all balances, each balance in its own order.
    pub(crate) fn walk_activities(
        &self,
        mut visit: impl FnMut(&Activity) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("{ACTIVITY} ORDER BY account, holder, sequence"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            visit(&activity(row)?)?;
        }
        Ok(())
    }

    pub(crate) fn stored_balances(&self) -> Result<Vec<StoredBalance>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT account, holder, posted, pending, leased, sequence, head FROM balance
             ORDER BY account, holder",
        )?;
        let mut rows = statement.query([])?;
        let mut balances = Vec::new();
        while let Some(row) = rows.next()? {
            balances.push(StoredBalance {
                account: AccountId(uuid(row.get(0)?)),
                holder: Holder::stored(row.get(1)?),
                balance: Balance {
                    posted: points(row.get(2)?),
                    pending: points(row.get(3)?),
                    leased: points(row.get(4)?),
                },
                sequence: row.get(5)?,
                head: row.get(6)?,
            });
        }
        Ok(balances)
    }

    /// What the storage engine itself finds wrong with the file.
    pub(crate) fn check_pages(&self) -> Result<()> {
        let found: String = self
            .connection
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        match found.as_str() {
            "ok" => Ok(()),
            _ => Err(LedgerError::corrupt(found)),
        }
    }
}

fn activity(row: &Row<'_>) -> Result<Activity> {
    let change: Option<String> = row.get(10)?;
    Ok(Activity {
        ordinal: row.get(0)?,
        id: uuid(row.get(1)?),
        account: AccountId(uuid(row.get(2)?)),
        holder: Holder::stored(row.get(3)?).user(),
        sequence: row.get(4)?,
        kind: ActivityKind::from_name(row.get_ref(5)?.as_str().unwrap_or_default())
            .ok_or_else(|| LedgerError::corrupt("the kind of an activity"))?,
        points: points(row.get(6)?),
        posted_after: points(row.get(7)?),
        user: row.get::<_, Option<String>>(8)?.map(UserId::new),
        document: row.get::<_, Option<_>>(9)?.map(|id| DocumentId(uuid(id))),
        change: change
            .map(|change| {
                change
                    .parse()
                    .map_err(|_| LedgerError::corrupt("the change of an activity"))
            })
            .transpose()?,
        reason: row.get(11)?,
        by: row.get(12)?,
        corrects: row.get::<_, Option<_>>(13)?.map(uuid),
        card_version: row.get(14)?,
        at: time(row.get(15)?)?,
        hash: row.get(16)?,
    })
}
