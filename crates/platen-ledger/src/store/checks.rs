//! What the check of the ledger reads: everything, in pages.

use platen_domain::{AccountId, UserId};
use uuid::Uuid;

use super::accounts::StoredBalance;
use super::value::{Row, Value};
use super::{Holder, Result, Tx};
use crate::activity::Activity;

/// Rows in memory at once.
const PAGE: u32 = 2_000;

/// Where a walk through all chains has come to.
#[derive(Clone, Debug)]
pub(crate) struct Mark([Value; 3]);

impl Mark {
    /// Before the first activity.
    pub(crate) const fn start() -> Self {
        Self([
            Value::Bytes(Vec::new()),
            Value::Text(String::new()),
            Value::Int(0),
        ])
    }

    /// After an activity.
    pub(crate) fn after(activity: &Activity) -> Self {
        let holder = activity.holder.as_ref().map_or("", UserId::as_str);
        Self([
            activity.account.0.into(),
            holder.into(),
            activity.sequence.into(),
        ])
    }
}

/// What adds up on balances, in hundredths; those with nothing are left out.
pub(crate) type Sums = Vec<(AccountId, Holder, i64)>;

impl Tx<'_> {
    /// How many activities there are.
    pub(crate) fn activity_count(&self) -> Result<u64> {
        let count = self
            .sql()?
            .query_one("SELECT COUNT(*) FROM activity", &[])?;
        count.map_or(Ok(0), |mut row| row.count())
    }

    /// The next activities, those of each balance together and in their order.
    pub(crate) fn activities_after(&self, mark: &Mark) -> Result<Vec<Activity>> {
        let [account, holder, sequence] = mark.0.clone();
        self.list(
            "WHERE (account, holder, sequence) > (?1, ?2, ?3)
             ORDER BY account, holder, sequence LIMIT ?4",
            &[account, holder, sequence, PAGE.into()],
        )
    }

    /// A document that activities between two marks say was printed, and that
    /// was not.
    pub(crate) fn document_not_printed(&self, from: &Mark, to: &Mark) -> Result<Option<Uuid>> {
        let found = self.sql()?.query_one(
            "SELECT activity.document FROM activity
                 LEFT JOIN document ON document.id = activity.document
             WHERE (activity.account, activity.holder, activity.sequence) > (?1, ?2, ?3)
                 AND (activity.account, activity.holder, activity.sequence) <= (?4, ?5, ?6)
                 AND activity.document IS NOT NULL
                 AND (document.id IS NULL OR document.state <> 'printed')
             ORDER BY activity.account, activity.holder, activity.sequence LIMIT 1",
            &[from.0.clone(), to.0.clone()].concat(),
        )?;
        found.map(|mut row| row.id()).transpose()
    }

    /// The next balances, in the order of [`Tx::activities_after`].
    pub(crate) fn balances_after(
        &self,
        last: Option<&StoredBalance>,
    ) -> Result<Vec<StoredBalance>> {
        let [account, holder] = match last {
            Some(last) => [last.account.0.into(), last.holder.as_str().into()],
            // Before any account.
            None => [Value::Bytes(Vec::new()), "".into()],
        };
        self.list(
            "WHERE (account, holder) > (?1, ?2) ORDER BY account, holder LIMIT ?3",
            &[account, holder, PAGE.into()],
        )
    }

    /// The next documents, and of each whether it contradicts its activities.
    pub(crate) fn documents_after(&self, last: Option<Uuid>) -> Result<Vec<(Uuid, bool)>> {
        let last = last.map_or(Value::Bytes(Vec::new()), Value::from);
        let rows = self.sql()?.query(
            "SELECT document.id, CAST(CASE
                 WHEN document.state = 'printed' AND document.account IS NOT NULL
                     AND (paid.points IS NULL OR paid.points <> document.posted
                         OR paid.account <> document.account
                         OR paid.holder <> document.holder)
                     OR document.overrun IS DISTINCT FROM more.points
                     OR more.account <> document.account OR more.holder <> document.holder
                 THEN 1 ELSE 0 END AS BIGINT)
             FROM document
                 LEFT JOIN activity AS paid ON paid.id = document.id AND paid.kind = 'print'
                 LEFT JOIN activity AS more
                     ON more.document = document.id AND more.kind = 'overrun'
             WHERE document.id > ?1 ORDER BY document.id LIMIT ?2",
            &[last, PAGE.into()],
        )?;
        let judged = |mut row: Row| Ok((row.id()?, row.truth()?));
        rows.into_iter().map(judged).collect()
    }

    /// What documents hold reserved on each balance.
    pub(crate) fn reserved_sums(&self) -> Result<Sums> {
        self.sums(
            "SELECT account, holder, CAST(SUM(cost) AS BIGINT) FROM document
             WHERE state IN ('held', 'releasing') AND account IS NOT NULL
             GROUP BY account, holder",
        )
    }

    /// What open leases hold of each balance.
    pub(crate) fn leased_sums(&self) -> Result<Sums> {
        self.sums(
            "SELECT account, holder, CAST(SUM(granted - drawn) AS BIGINT) FROM lease
             WHERE state = 'open' GROUP BY account, holder",
        )
    }

    fn sums(&self, sql: &str) -> Result<Sums> {
        let sum = |mut row: Row| {
            let (account, holder) = (AccountId(row.id()?), Holder::stored(row.text()?));
            Ok((account, holder, row.int()?))
        };
        self.sql()?.query(sql, &[])?.into_iter().map(sum).collect()
    }

    /// What the storage engine itself finds wrong with what it stores.
    pub(crate) fn check_storage(&self) -> Result<()> {
        self.sql()?.check_storage()
    }
}
