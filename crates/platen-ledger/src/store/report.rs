//! Sums of activities over time.

use std::collections::HashMap;

use jiff::Timestamp;
use platen_domain::{AccountId, DocumentId, Person, Points, UserId};

use super::condition::Condition;
use super::directory::{padded, places, read_wide_sum, wide_sum};
use super::people::StoredPerson;
use super::value::{Row, Value};
use super::{Result, Tx};
use crate::activity::ActivityKind;
use crate::error::LedgerError;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Activities that people made themselves.
const SPENT: &str = "kind IN ('print', 'overrun', 'copy')";

/// Those activities that were made from one moment until another, and where
/// they lie in the ledger: what is asked about them then reads no others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// The first ordinal and the last.
    pub(crate) ordinals: [i64; 2],
    /// When the first was made and when the last.
    pub(crate) times: [Timestamp; 2],
    /// From when until before when they were asked for.
    asked: [Timestamp; 2],
}

/// What is added up of a [`Stretch`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Share {
    pub(crate) account: Option<AccountId>,
    pub(crate) user: Option<UserId>,
}

/// What the activities of one kind on one local day add up to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DaySum {
    /// Counted from the first day.
    pub(crate) day: i64,
    pub(crate) kind: ActivityKind,
    pub(crate) points: Points,
    pub(crate) count: u64,
}

/// Local time: what it is ahead of UTC from each of these moments on, in
/// microseconds; and the beginning of the first day as if local time were UTC.
#[derive(Clone, Debug)]
pub(crate) struct LocalTime {
    pub(crate) offsets: Vec<(Timestamp, i64)>,
    pub(crate) first_day: i64,
}

impl Stretch {
    fn condition(&self, part: &Share) -> Condition {
        let mut condition = Condition::default();
        condition.and("ordinal >= #", self.ordinals[0]);
        condition.and("ordinal <= #", self.ordinals[1]);
        condition.and("made_at >= #", self.asked[0]);
        condition.and("made_at < #", self.asked[1]);
        if let Some(account) = part.account {
            condition.and("account = #", account.0);
        }
        if let Some(user) = &part.user {
            condition.and("person = #", user.as_str());
        }
        condition
    }
}

impl Tx<'_> {
    /// Finds the activities of a time; none if there are none.
    pub(crate) fn stretch(&self, since: Timestamp, until: Timestamp) -> Result<Option<Stretch>> {
        let found = self.sql()?.query_one(
            "SELECT MIN(ordinal), MAX(ordinal), MIN(made_at), MAX(made_at) FROM activity
             WHERE made_at >= ?1 AND made_at < ?2",
            &[since.into(), until.into()],
        )?;
        let Some(mut row) = found else {
            return Ok(None);
        };
        let (Some(first), Some(last)) = (row.optional_int()?, row.optional_int()?) else {
            return Ok(None);
        };
        Ok(Some(Stretch {
            ordinals: [first, last],
            times: [row.time()?, row.time()?],
            asked: [since, until],
        }))
    }

    /// Adds activities up by local day and kind, in one pass.
    pub(crate) fn day_sums(
        &self,
        stretch: &Stretch,
        part: &Share,
        local: &LocalTime,
    ) -> Result<Vec<DaySum>> {
        let mut condition = stretch.condition(part);
        let mut ahead = String::from("CASE");
        let changes = local.offsets.iter().skip(1).map(|(from, _)| *from);
        let mut place = |value: i64| condition.place(value);
        for ((_, offset), until) in local.offsets.iter().zip(changes) {
            let (until, offset) = (place(until.as_microsecond()), place(*offset));
            ahead = format!("{ahead} WHEN made_at < {until} THEN CAST({offset} AS BIGINT)");
        }
        let last = place(local.offsets.last().map_or(0, |(_, offset)| *offset));
        let ahead = match ahead.as_str() {
            "CASE" => format!("CAST({last} AS BIGINT)"),
            _ => format!("{ahead} ELSE CAST({last} AS BIGINT) END"),
        };
        let first_day = place(local.first_day);
        let points = wide_sum("points");
        let select = format!(
            "SELECT (made_at + {ahead} - CAST({first_day} AS BIGINT)) / {DAY} AS day, kind,
                 {points}, COUNT(*)
             FROM activity"
        );
        let rows = self.rows(&select, &condition, "GROUP BY day, kind")?;
        let read = |mut row: Row| {
            Ok(DaySum {
                day: row.int()?,
                kind: ActivityKind::from_name(&row.text()?)
                    .ok_or_else(|| LedgerError::corrupt("the kind of an activity"))?,
                points: read_wide_sum(&mut row)?,
                count: row.count()?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// The accounts that were charged most, with points and documents.
    pub(crate) fn top_accounts(
        &self,
        stretch: &Stretch,
        limit: u32,
    ) -> Result<Vec<(AccountId, Points, u64)>> {
        let rows = self.top(stretch, "account", limit)?;
        let read = |mut row: Row| {
            let account = AccountId(row.id()?);
            Ok((account, read_wide_sum(&mut row)?, row.count()?))
        };
        rows.into_iter().map(read).collect()
    }

    /// The people who were charged most, with points and documents.
    pub(crate) fn top_people(
        &self,
        stretch: &Stretch,
        limit: u32,
    ) -> Result<Vec<(UserId, Points, u64)>> {
        let rows = self.top(stretch, "person", limit)?;
        let read = |mut row: Row| {
            let user = UserId::new(row.text()?);
            Ok((user, read_wide_sum(&mut row)?, row.count()?))
        };
        rows.into_iter().map(read).collect()
    }

    fn top(&self, stretch: &Stretch, column: &str, limit: u32) -> Result<Vec<Row>> {
        let mut condition = stretch.condition(&Share::default());
        condition.and_always(SPENT);
        condition.and_always(&format!("{column} IS NOT NULL"));
        let limit = condition.place(limit);
        let points = wide_sum("points");
        let select = format!(
            "SELECT {column}, {points},
                 CAST(SUM(CASE WHEN kind = 'print' THEN 1 ELSE 0 END) AS BIGINT)
             FROM activity"
        );
        // The two halves of each sum, with what of the lower one belongs to the
        // upper.
        let [upper, lower] = ["points >> 32", "points & 4294967295"]
            .map(|half| format!("CAST(SUM({half}) AS BIGINT)"));
        let rest = format!(
            "GROUP BY {column}
             ORDER BY {upper} + ({lower} >> 32) DESC, {lower} & 4294967295 DESC, {column}
             LIMIT {limit}"
        );
        self.rows(&select, &condition, &rest)
    }

    /// The next printed documents of a time before an ordinal, the last one
    /// first, each with its print's ordinal.
    pub(crate) fn prints_before(
        &self,
        stretch: &Stretch,
        before: i64,
        limit: u32,
    ) -> Result<Vec<(i64, DocumentId)>> {
        let mut condition = stretch.condition(&Share::default());
        condition.and_always("kind = 'print'");
        condition.and("ordinal < #", before);
        let limit = condition.place(limit);
        let rest = format!("ORDER BY ordinal DESC LIMIT {limit}");
        let rows = self.rows("SELECT ordinal, id FROM activity", &condition, &rest)?;
        let read = |mut row: Row| Ok((row.int()?, DocumentId(row.id()?)));
        rows.into_iter().map(read).collect()
    }

    /// Those of the people who are known.
    pub(crate) fn people_by_id(&self, users: &[UserId]) -> Result<HashMap<UserId, Person>> {
        const AT_ONCE: usize = 256;
        let mut found = HashMap::new();
        for few in users.chunks(AT_ONCE) {
            let (list, count) = places(1, few.len());
            let ids = few.iter().map(|user| Value::from(user.as_str()));
            let rows: Vec<StoredPerson> =
                self.list(&format!("WHERE id IN {list}"), &padded(ids, count))?;
            found.extend(rows.into_iter().map(|it| (it.person.id.clone(), it.person)));
        }
        Ok(found)
    }
}
