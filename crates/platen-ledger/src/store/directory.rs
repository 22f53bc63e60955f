//! What administrators look up: sums of balances, people by what they are found
//! by, documents and activities of one balance.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use platen_domain::{Access, AccountId, Points, UserId};

use super::condition::Condition;
use super::people::{StoredPerson, login_start};
use super::value::{Row, Value};
use super::{Holder, Result, Tx};
use crate::activity::Activity;
use crate::codec;
use crate::document::Document;
use crate::page::{Page, PageAsk};

/// Used balances: charged, or holding something.
const USED: &str = "(sequence > 0 OR posted <> 0 OR pending <> 0 OR leased <> 0)";

/// What the balances of one account add up to; a sum that does not fit stands at
/// the end of the range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// How many balances were ever used.
    pub(crate) holders: u64,
    pub(crate) posted: Points,
    pub(crate) pending: Points,
    pub(crate) leased: Points,
}

/// A sum as two numbers that always fit: of its values' upper halves, and of
/// their lower halves.
pub(super) fn wide_sum(column: &str) -> String {
    format!("CAST(SUM({column} >> 32) AS BIGINT), CAST(SUM({column} & 4294967295) AS BIGINT)")
}

/// Reads what [`wide_sum`] gave.
pub(super) fn read_wide_sum(row: &mut Row) -> Result<Points> {
    let (upper, lower) = (row.int()?, row.int()?);
    let sum = (i128::from(upper) << 32) + i128::from(lower);
    let nearest = sum.clamp(i64::MIN.into(), i64::MAX.into());
    // It was just brought into the range.
    Ok(Points::from_hundredths(
        i64::try_from(nearest).unwrap_or_default(),
    ))
}

/// `(?3, ?4, …)`: places for at least `count` values from the `first` place on,
/// and how many they are. Few lengths, so that few statements are prepared.
pub(super) fn places(first: usize, count: usize) -> (String, usize) {
    let count = count.max(1).next_power_of_two();
    let places: Vec<_> = (first..first + count).map(|n| format!("?{n}")).collect();
    (format!("({})", places.join(", ")), count)
}

/// Keys for [`places`]: the last one again until all places are taken.
pub(super) fn padded(keys: impl IntoIterator<Item = Value>, count: usize) -> Vec<Value> {
    let mut keys: Vec<_> = keys.into_iter().collect();
    let last = keys.last().cloned().unwrap_or(Value::Null);
    keys.resize(count, last);
    keys
}

impl Tx<'_> {
    /// What the balances of accounts add up to. Accounts that were never used are
    /// left out.
    pub(crate) fn balance_sums(&self, accounts: &[AccountId]) -> Result<HashMap<AccountId, Sums>> {
        let (list, count) = places(1, accounts.len());
        let parameters = padded(accounts.iter().map(|id| id.0.into()), count);
        let [posted, pending, leased] = ["posted", "pending", "leased"].map(wide_sum);
        let sql = format!(
            "SELECT account, COUNT(*), {posted}, {pending}, {leased} FROM balance
             WHERE account IN {list} AND {USED} GROUP BY account"
        );
        let read = |mut row: Row| {
            let account = AccountId(row.id()?);
            let sums = Sums {
                holders: row.count()?,
                posted: read_wide_sum(&mut row)?,
                pending: read_wide_sum(&mut row)?,
                leased: read_wide_sum(&mut row)?,
            };
            Ok((account, sums))
        };
        let rows = self.sql()?.query(&sql, &parameters)?;
        rows.into_iter().map(read).collect()
    }

    /// Points used on all balances of each account, pending ones included; those
    /// that were never used are left out.
    pub(crate) fn used_sums(&self) -> Result<HashMap<AccountId, Points>> {
        // What a balance has used fits: no larger one is written.
        let used = wide_sum("(posted + pending)");
        let sql = format!("SELECT account, {used} FROM balance GROUP BY account");
        let read = |mut row: Row| Ok((AccountId(row.id()?), read_wide_sum(&mut row)?));
        let rows = self.sql()?.query(&sql, &[])?;
        rows.into_iter().map(read).collect()
    }

    /// Balances of one person and pools, of these accounts, by account; those
    /// that were never charged are left out.
    pub(crate) fn balances_for(
        &self,
        user: &UserId,
        accounts: &[(AccountId, Holder)],
    ) -> Result<HashMap<AccountId, platen_domain::Balance>> {
        const AT_ONCE: usize = 256;
        let mut found = HashMap::new();
        for few in accounts.chunks(AT_ONCE) {
            let (list, count) = places(2, few.len());
            let mut parameters = vec![Value::from(user.as_str())];
            parameters.extend(padded(few.iter().map(|(id, _)| id.0.into()), count));
            let rows: Vec<super::StoredBalance> = self.list(
                &format!("WHERE account IN {list} AND holder IN (?1, '')"),
                &parameters,
            )?;
            let wanted: BTreeMap<_, _> = few.iter().map(|(id, holder)| (*id, holder)).collect();
            for row in rows {
                if wanted.get(&row.account) == Some(&&row.holder) {
                    found.insert(row.account, row.balance);
                }
            }
        }
        Ok(found)
    }

    /// A page of the people that fit, by login.
    pub(crate) fn people_found(
        &self,
        search: &str,
        group: Option<&str>,
        access: Option<&Access>,
        page: PageAsk,
    ) -> Result<Page<StoredPerson>> {
        let condition = self.people_condition(search, group, access)?;
        self.page(&condition, "search, id", page)
    }

    /// People that fit and come after a place in the order of logins.
    pub(crate) fn people_after(
        &self,
        (search, group, access): (&str, Option<&str>, Option<&Access>),
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<StoredPerson>> {
        let mut condition = self.people_condition(search, group, access)?;
        if let Some((found_by, id)) = after {
            let places = [condition.place(found_by), condition.place(id)];
            condition.and_always(&format!("(search, id) > ({})", places.join(", ")));
        }
        self.listed(&condition, "search, id", limit)
    }

    fn people_condition(
        &self,
        search: &str,
        group: Option<&str>,
        access: Option<&Access>,
    ) -> Result<Condition> {
        let mut condition = Condition::default();
        condition.and_words("search", search);
        if let Some(group) = group {
            let groups = BTreeSet::from([group.to_owned()]);
            self.and_access(&mut condition, &groups, &BTreeSet::new())?;
        }
        if let Some(Access::Only { groups, users }) = access {
            self.and_access(&mut condition, groups, users)?;
        }
        Ok(condition)
    }

    /// Adds that a person is in one of these groups, by the provider or by the
    /// site, or is one of these users. *Source*: rules.md R-6.
    fn and_access(
        &self,
        condition: &mut Condition,
        groups: &BTreeSet<String>,
        users: &BTreeSet<String>,
    ) -> Result<()> {
        let sql = self.sql()?;
        let mut ways = Vec::new();
        if !users.is_empty() {
            let users = sql.texts(&condition.place(codec::groups_to_text(users)));
            ways.push(format!("login IN ({users}) OR id IN ({users})"));
        }
        if !groups.is_empty() {
            let named = sql.texts(&condition.place(codec::groups_to_text(groups)));
            let site = format!("SELECT login FROM membership WHERE group_name IN ({named})");
            ways.push(format!("login IN ({site}) OR id IN ({site})"));
        }
        for group in groups {
            let group = condition.place(codec::group_to_text(group));
            ways.push(format!("replace(groups, {group}, '') <> groups"));
        }
        if ways.is_empty() {
            // An account for nobody.
            ways.push("0 = 1".to_owned());
        }
        condition.and_always(&format!("({})", ways.join(" OR ")));
        Ok(())
    }

    /// Who has this login, upper and lower case being the same. Of several, the
    /// one who writes it so; then the one who was seen last.
    pub(crate) fn person_with_login(&self, login: &str) -> Result<Option<StoredPerson>> {
        let Some([from, to]) = login_start(login) else {
            return Ok(None);
        };
        let found: Vec<StoredPerson> = self.list(
            "WHERE search >= ?1 AND search < ?2
             ORDER BY CASE WHEN login = ?3 THEN 0 ELSE 1 END, COALESCE(seen_at, 0) DESC, id
             LIMIT 1",
            &[from.into(), to.into(), login.into()],
        )?;
        Ok(found.into_iter().next())
    }

    /// People that an earlier program wrote, whom no search finds yet.
    pub(crate) fn unsearchable_people(&self, limit: u32) -> Result<Vec<UserId>> {
        let rows = self.sql()?.query(
            "SELECT id FROM person WHERE search = '' LIMIT ?1",
            &[limit.into()],
        )?;
        let id = |mut row: Row| row.text().map(UserId::new);
        rows.into_iter().map(id).collect()
    }

    /// How many known people the provider put into each group, and who else is in
    /// a group of the site.
    pub(crate) fn group_sizes(&self) -> Result<BTreeMap<String, u64>> {
        let sql = self.sql()?;
        let mut sizes = BTreeMap::new();
        let claimed = "SELECT groups, COUNT(*) FROM person WHERE groups <> '[]' GROUP BY groups";
        for mut row in sql.query(claimed, &[])? {
            let (groups, count) = (codec::groups_from_text(&row.text()?)?, row.count()?);
            for group in groups {
                *sizes.entry(group).or_default() += count;
            }
        }
        let added = "SELECT membership.group_name, person.groups, person.id FROM membership
                 JOIN person ON person.login = membership.login
             UNION SELECT membership.group_name, person.groups, person.id FROM membership
                 JOIN person ON person.id = membership.login";
        for mut row in sql.query(added, &[])? {
            let (group, groups) = (row.text()?, row.text()?);
            if !groups.contains(&codec::group_to_text(&group)) {
                *sizes.entry(group).or_default() += 1;
            }
        }
        Ok(sizes)
    }

    /// Documents that hold points on one balance, newest first.
    pub(crate) fn reserved_documents(
        &self,
        account: AccountId,
        holder: &Holder,
        limit: u32,
    ) -> Result<Vec<Document>> {
        let mut parameters = vec![account.0.into(), holder.as_str().into(), limit.into()];
        let mut of_person = "";
        if let Some(user) = holder.user() {
            // Found by his own documents, not by everybody's on the account.
            parameters.push(user.as_str().into());
            of_person = " AND person = ?4";
        }
        self.documents(
            &format!(
                "WHERE account = ?1 AND open = 1 AND holder = ?2{of_person}
                     AND state IN ('held', 'releasing')
                 ORDER BY submitted_at DESC, id DESC LIMIT ?3"
            ),
            &parameters,
        )
    }

    /// The last activities on one balance, newest first.
    pub(crate) fn activities_on(
        &self,
        account: AccountId,
        holder: &Holder,
        limit: u32,
    ) -> Result<Vec<Activity>> {
        self.list(
            "WHERE account = ?1 AND holder = ?2 ORDER BY sequence DESC LIMIT ?3",
            &[account.0.into(), holder.as_str().into(), limit.into()],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_that_do_not_fit_stand_at_the_end_of_the_range() {
        let halves = |values: &[i64]| {
            let upper = values.iter().map(|value| value >> 32).sum::<i64>();
            let lower = values.iter().map(|value| value & 0xffff_ffff).sum::<i64>();
            let mut row = Row::new(vec![upper.into(), lower.into()]);
            read_wide_sum(&mut row).unwrap().hundredths()
        };
        assert_eq!(halves(&[1, 2, -4]), -1);
        assert_eq!(halves(&[i64::MAX, -1]), i64::MAX - 1);
        assert_eq!(halves(&[i64::MAX, i64::MAX, 5]), i64::MAX);
        assert_eq!(halves(&[i64::MIN, -1]), i64::MIN);
    }

    #[test]
    fn places_come_in_few_lengths_and_are_all_taken() {
        assert_eq!(places(2, 3), ("(?2, ?3, ?4, ?5)".to_owned(), 4));
        assert_eq!(places(1, 0), ("(?1)".to_owned(), 1));
        assert_eq!(padded([7i64.into()], 2), [Value::Int(7), Value::Int(7)]);
        assert_eq!(padded([], 1), [Value::Null]);
    }
}
