//! Accounts and balances.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use platen_domain::{Account, AccountId, Balance, Kind as AccountKind, Person, Points};

use super::set::Question;
use super::site::SiteChange;
use super::table::{Kind, Stored, Table};
use super::value::{Row, Value, check_storable, count};
use super::{Holder, MISSED, Result, Tx};
use crate::chain;
use crate::codec;
use crate::engine::Sql;
use crate::error::LedgerError;
use crate::text;
use crate::view::BalanceRow;

impl Stored for Account {
    type Key = AccountId;

    const TABLE: &'static Table = &Table {
        name: "account",
        key: 1,
        locked: true,
        columns: &[
            ("id", Kind::Bytes),
            ("name", Kind::Text),
            ("name_key", Kind::Text),
            ("code", Kind::Text),
            ("code_key", Kind::Text),
            ("enabled", Kind::Int),
            ("start_day", Kind::Text),
            ("expiry_day", Kind::Text),
            ("kind", Kind::Text),
            ("soft_limit", Kind::Int),
            ("exceed_by", Kind::Int),
            ("access", Kind::Text),
            ("on_clients", Kind::Int),
            ("archived", Kind::Int),
            ("version", Kind::Int),
        ],
    };

    fn key_values(key: &AccountId) -> Vec<Value> {
        vec![key.0.into()]
    }

    fn key(&self) -> AccountId {
        self.id
    }

    fn values(&self) -> Result<Vec<Value>> {
        Ok(vec![
            self.id.0.into(),
            self.name.as_str().into(),
            text::key(&self.name).into(),
            self.code.as_str().into(),
            text::key(&self.code).into(),
            self.enabled.into(),
            self.start.map(|day| day.to_string()).into(),
            self.expiry.map(|day| day.to_string()).into(),
            kind_name(self.kind).into(),
            self.limit.into(),
            self.exceed_by.into(),
            codec::access_to_text(&self.access)?.into(),
            self.on_clients.into(),
            self.archived.into(),
            count(self.version)?,
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        let (id, name, _) = (AccountId(row.id()?), row.text()?, row.text()?);
        let (code, _) = (row.text()?, row.text()?);
        Ok(Self {
            id,
            name,
            code,
            enabled: row.truth()?,
            start: day(row.optional_text()?)?,
            expiry: day(row.optional_text()?)?,
            kind: match row.text()?.as_str() {
                "individual" => AccountKind::Individual,
                "shared" => AccountKind::Shared,
                _ => return Err(LedgerError::corrupt("the kind of an account")),
            },
            limit: row.optional_points()?,
            exceed_by: row.points()?,
            access: codec::access_from_text(&row.text()?)?,
            on_clients: row.truth()?,
            archived: row.truth()?,
            version: row.count()?,
        })
    }
}

fn day(text: Option<String>) -> Result<Option<Date>> {
    text.map(|day| {
        day.parse()
            .map_err(|_| LedgerError::corrupt("a day of an account"))
    })
    .transpose()
}

const fn kind_name(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Individual => "individual",
        AccountKind::Shared => "shared",
    }
}

/// A balance with the end of its chain of activities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredBalance {
    pub(crate) account: AccountId,
    pub(crate) holder: Holder,
    pub(crate) balance: Balance,
    pub(crate) sequence: i64,
    pub(crate) head: [u8; 32],
}

impl StoredBalance {
    /// A balance that nothing was ever charged to.
    const fn empty(account: AccountId, holder: Holder) -> Self {
        Self {
            account,
            holder,
            balance: Balance {
                posted: Points::ZERO,
                pending: Points::ZERO,
                leased: Points::ZERO,
            },
            sequence: 0,
            head: chain::START,
        }
    }

    fn is_used(&self) -> bool {
        self.sequence > 0 || self.balance != Balance::default()
    }
}

impl Stored for StoredBalance {
    type Key = (AccountId, Holder);

    const TABLE: &'static Table = &Table {
        name: "balance",
        key: 2,
        locked: true,
        columns: &[
            ("account", Kind::Bytes),
            ("holder", Kind::Text),
            ("posted", Kind::Int),
            ("pending", Kind::Int),
            ("leased", Kind::Int),
            ("sequence", Kind::Int),
            ("head", Kind::Bytes),
        ],
    };

    fn key_values((account, holder): &Self::Key) -> Vec<Value> {
        vec![account.0.into(), holder.as_str().into()]
    }

    fn key(&self) -> Self::Key {
        (self.account, self.holder.clone())
    }

    fn values(&self) -> Result<Vec<Value>> {
        Ok(vec![
            self.account.0.into(),
            self.holder.as_str().into(),
            self.balance.posted.into(),
            self.balance.pending.into(),
            self.balance.leased.into(),
            self.sequence.into(),
            self.head.into(),
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        Ok(Self {
            account: AccountId(row.id()?),
            holder: Holder::stored(row.text()?),
            balance: Balance {
                posted: row.points()?,
                pending: row.points()?,
                leased: row.points()?,
            },
            sequence: row.int()?,
            head: row.bytes()?,
        })
    }
}

/// Whose balances of an account were ever used.
pub(super) fn fetch_holders(sql: &dyn Sql, id: AccountId) -> Result<BTreeSet<Holder>> {
    let used = "SELECT holder FROM balance WHERE account = ?1
         AND (sequence > 0 OR posted <> 0 OR pending <> 0 OR leased <> 0)";
    let rows = sql.query(used, &[id.0.into()])?;
    let holder = |mut row: Row| row.text().map(Holder::stored);
    rows.into_iter().map(holder).collect()
}

/// Whether anything was ever charged or reserved on an account.
pub(super) fn fetch_in_use(sql: &dyn Sql, id: AccountId) -> Result<bool> {
    let used = "SELECT 1 FROM balance WHERE account = ?1
         AND (sequence > 0 OR posted <> 0 OR pending <> 0 OR leased <> 0)
         UNION ALL SELECT 1 FROM document WHERE account = ?1 LIMIT 1";
    Ok(sql.query_one(used, &[id.0.into()])?.is_some())
}

impl Tx<'_> {
    /// All accounts, in alphabetical order.
    pub(crate) fn accounts(&self) -> Result<Vec<Arc<Account>>> {
        let site = Arc::clone(&self.set().site);
        let accounts = site.order.values().filter_map(|id| site.accounts.get(id));
        Ok(accounts.cloned().collect())
    }

    /// Those that give a person access, in alphabetical order. The person comes with
    /// the site's groups.
    pub(crate) fn accounts_of(&self, person: &Person) -> Result<Vec<Arc<Account>>> {
        let site = Arc::clone(&self.set().site);
        Ok(site.accounts_of(person))
    }

    pub(crate) fn account(&self, id: AccountId) -> Result<Option<Arc<Account>>> {
        Ok(self.set().site.accounts.get(&id).cloned())
    }

    /// Finds by a name's or a code's key, archived accounts included.
    pub(crate) fn account_by_name(&self, name: &str) -> Result<Option<Arc<Account>>> {
        let id = self.set().site.by_name.get(&text::key(name)).copied();
        id.map_or(Ok(None), |id| self.account(id))
    }

    pub(crate) fn account_by_code(&self, code: &str) -> Result<Option<Arc<Account>>> {
        let id = self.set().site.by_code.get(&text::key(code)).copied();
        id.map_or(Ok(None), |id| self.account(id))
    }

    pub(crate) fn put_account(&self, account: &Account) -> Result<()> {
        check_storable([Some(account.name.as_str()), Some(account.code.as_str())])?;
        self.change_site(SiteChange::Account(Arc::new(account.clone())))
    }

    /// Whether anything was ever charged or reserved on the account.
    pub(crate) fn account_in_use(&self, id: AccountId) -> Result<bool> {
        let mut set = self.set();
        let staged = set
            .balances
            .present()
            .any(|balance| balance.account == id && balance.is_used())
            || set
                .documents
                .present()
                .any(|record| record.document.account == Some(id));
        match (set.in_use.get(&id), self.sql) {
            _ if staged => Ok(true),
            (Some(used), _) => Ok(*used),
            (None, Some(sql)) => fetch_in_use(sql, id),
            (None, None) => {
                set.question(Question::InUse(id));
                Err(MISSED)
            }
        }
    }

    /// Whose balances of an account were ever used: charged, or holding
    /// something.
    pub(crate) fn holders(&self, id: AccountId) -> Result<Vec<Holder>> {
        let mut set = self.set();
        let stored = match (set.holders.get(&id), self.sql) {
            (Some(holders), _) => holders.clone(),
            (None, Some(sql)) => fetch_holders(sql, id)?,
            (None, None) => {
                set.question(Question::Holders(id));
                return Err(MISSED);
            }
        };
        // What the batch did before counts as well.
        let of_account = set
            .balances
            .present()
            .filter(|balance| balance.account == id);
        let (used, unused): (Vec<_>, Vec<_>) = of_account.partition(|balance| balance.is_used());
        let mut holders = stored;
        for balance in unused {
            holders.remove(&balance.holder);
        }
        holders.extend(used.into_iter().map(|balance| balance.holder.clone()));
        Ok(holders.into_iter().collect())
    }

    pub(crate) fn balance(&self, account: AccountId, holder: &Holder) -> Result<Balance> {
        Ok(self.stored_balance(account, holder)?.balance)
    }

    /// A balance with the end of its chain.
    pub(super) fn stored_balance(
        &self,
        account: AccountId,
        holder: &Holder,
    ) -> Result<Arc<StoredBalance>> {
        let key = (account, holder.clone());
        let stored = self.row(|set| &mut set.balances, &key)?;
        Ok(stored.unwrap_or_else(|| Arc::new(StoredBalance::empty(account, key.1))))
    }

    pub(super) fn put_balance(&self, balance: StoredBalance) {
        self.set().balances.put(balance);
    }

    pub(crate) fn balances(&self, account: Option<AccountId>) -> Result<Vec<BalanceRow>> {
        let stored: Vec<StoredBalance> = match account {
            Some(id) => self.list("WHERE account = ?1 ORDER BY holder", &[id.0.into()])?,
            None => self.list("ORDER BY account, holder", &[])?,
        };
        let row = |stored: StoredBalance| BalanceRow {
            account: stored.account,
            holder: stored.holder.user(),
            balance: stored.balance,
        };
        Ok(stored.into_iter().map(row).collect())
    }

    /// Stores what is pending; posted points change with activities alone.
    pub(crate) fn set_pending(
        &self,
        account: AccountId,
        holder: &Holder,
        pending: Points,
    ) -> Result<()> {
        let mut stored = (*self.stored_balance(account, holder)?).clone();
        stored.balance.pending = pending;
        self.put_balance(stored);
        Ok(())
    }

    /// Stores what is leased.
    pub(crate) fn set_leased(
        &self,
        account: AccountId,
        holder: &Holder,
        leased: Points,
    ) -> Result<()> {
        let mut stored = (*self.stored_balance(account, holder)?).clone();
        stored.balance.leased = leased;
        self.put_balance(stored);
        Ok(())
    }
}
