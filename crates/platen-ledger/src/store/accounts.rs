//! Accounts, people and balances.

use jiff::Timestamp;
use jiff::civil::Date;
use platen_domain::{Account, AccountId, Balance, Kind, Person, UserId};
use rusqlite::{OptionalExtension, Row, params};

use super::{Holder, Result, Tx, points, time, uuid};
use crate::codec;
use crate::error::LedgerError;
use crate::view::BalanceRow;

const ACCOUNT: &str = "SELECT id, name, code, enabled, start_day, expiry_day, kind, soft_limit, \
                       exceed_by, access, on_clients, archived FROM account";

/// What is remembered of a person's active account. *Source*: rules.md.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Active {
    pub(crate) account: Option<AccountId>,
    pub(crate) lost_at: Option<Timestamp>,
}

impl Tx<'_> {
    pub(crate) fn accounts(&self) -> Result<Vec<Account>> {
        let mut statement = self.connection.prepare_cached(ACCOUNT)?;
        let mut rows = statement.query([])?;
        let mut accounts = Vec::new();
        while let Some(row) = rows.next()? {
            accounts.push(account(row)?);
        }
        Ok(accounts)
    }

    pub(crate) fn account(&self, id: AccountId) -> Result<Option<Account>> {
        self.one_account(
            &format!("{ACCOUNT} WHERE id = ?1"),
            params![id.0.as_bytes()],
        )
    }

    /// Finds by a name's or a code's key, archived accounts included.
    pub(crate) fn account_by_name(&self, name: &str) -> Result<Option<Account>> {
        self.one_account(
            &format!("{ACCOUNT} WHERE name_key = ?1"),
            params![key(name)],
        )
    }

    pub(crate) fn account_by_code(&self, code: &str) -> Result<Option<Account>> {
        self.one_account(
            &format!("{ACCOUNT} WHERE code_key = ?1"),
            params![key(code)],
        )
    }

    fn one_account(&self, sql: &str, of: impl rusqlite::Params) -> Result<Option<Account>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(of)?;
        rows.next()?.map(account).transpose()
    }

    pub(crate) fn put_account(&self, account: &Account) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO account (id, name, name_key, code, code_key, enabled, start_day,
                     expiry_day, kind, soft_limit, exceed_by, access, on_clients, archived)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name,
                     name_key = excluded.name_key, code = excluded.code,
                     code_key = excluded.code_key, enabled = excluded.enabled,
                     start_day = excluded.start_day, expiry_day = excluded.expiry_day,
                     kind = excluded.kind, soft_limit = excluded.soft_limit,
                     exceed_by = excluded.exceed_by, access = excluded.access,
                     on_clients = excluded.on_clients, archived = excluded.archived",
            )?
            .execute(params![
                account.id.0.as_bytes(),
                account.name,
                key(&account.name),
                account.code,
                key(&account.code),
                account.enabled,
                account.start.map(|day| day.to_string()),
                account.expiry.map(|day| day.to_string()),
                kind_name(account.kind),
                account.limit.map(|limit| limit.hundredths()),
                account.exceed_by.hundredths(),
                codec::access_to_text(&account.access)?,
                account.on_clients,
                account.archived,
            ])?;
        Ok(())
    }

    /// Whether anything was ever charged or reserved on the account.
    pub(crate) fn account_in_use(&self, id: AccountId) -> Result<bool> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM balance WHERE account = ?1)
                     OR EXISTS (SELECT 1 FROM document WHERE account = ?1)",
            )?
            .query_row(params![id.0.as_bytes()], |row| row.get(0))?)
    }

    pub(crate) fn balance(&self, account: AccountId, holder: &Holder) -> Result<Balance> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT posted, pending, leased FROM balance WHERE account = ?1 AND holder = ?2",
            )?
            .query_row(params![account.0.as_bytes(), holder.as_str()], |row| {
                balance_from(row, 0)
            })
            .optional()?
            .unwrap_or_default())
    }

    pub(crate) fn balances(&self, account: Option<AccountId>) -> Result<Vec<BalanceRow>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT account, holder, posted, pending, leased FROM balance
             WHERE ?1 IS NULL OR account = ?1 ORDER BY account, holder",
        )?;
        let mut rows = statement.query(params![account.map(|id| id.0.into_bytes())])?;
        let mut balances = Vec::new();
        while let Some(row) = rows.next()? {
            balances.push(BalanceRow {
                account: AccountId(uuid(row.get(0)?)),
                holder: Holder::stored(row.get(1)?).user(),
                balance: balance_from(row, 2)?,
            });
        }
        Ok(balances)
    }

    /// Stores what is pending; posted points change with activities alone.
    pub(crate) fn set_pending(
        &self,
        account: AccountId,
        holder: &Holder,
        pending: platen_domain::Points,
    ) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO balance (account, holder, posted, pending, leased, sequence, head)
                 VALUES (?1, ?2, 0, ?3, 0, 0, zeroblob(32))
                 ON CONFLICT (account, holder) DO UPDATE SET pending = excluded.pending",
            )?
            .execute(params![
                account.0.as_bytes(),
                holder.as_str(),
                pending.hundredths()
            ])?;
        Ok(())
    }

    /// Remembers who a person is; groups are asked for anew each time.
    pub(crate) fn put_person(&self, person: &Person) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO person (id, name, login) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, login = excluded.login
                 WHERE name <> excluded.name OR login <> excluded.login",
            )?
            .execute(params![person.id.as_str(), person.name, person.login])?;
        Ok(())
    }

    /// People that the ledger has seen, without their groups.
    pub(crate) fn people(&self) -> Result<Vec<Person>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, name, login FROM person ORDER BY login, id")?;
        let mut rows = statement.query([])?;
        let mut people = Vec::new();
        while let Some(row) = rows.next()? {
            people.push(Person {
                id: UserId::new(row.get::<_, String>(0)?),
                name: row.get(1)?,
                login: row.get(2)?,
                groups: std::collections::BTreeSet::new(),
            });
        }
        Ok(people)
    }

    pub(crate) fn active(&self, user: &UserId) -> Result<Active> {
        let stored: Option<(Option<[u8; 16]>, Option<i64>)> = self
            .connection
            .prepare_cached("SELECT active, lost_at FROM person WHERE id = ?1")?
            .query_row(params![user.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (account, lost_at) = stored.unwrap_or_default();
        Ok(Active {
            account: account.map(|id| AccountId(uuid(id))),
            lost_at: lost_at.map(time).transpose()?,
        })
    }

    /// The person must be known.
    pub(crate) fn set_active(&self, user: &UserId, active: Active) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE person SET active = ?2, lost_at = ?3 WHERE id = ?1")?
            .execute(params![
                user.as_str(),
                active.account.map(|id| id.0.into_bytes()),
                active.lost_at.map(Timestamp::as_microsecond),
            ])?;
        Ok(())
    }
}

/// Names and codes that differ in case alone are the same to people.
fn key(text: &str) -> String {
    text.trim().to_lowercase()
}

const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Individual => "individual",
        Kind::Shared => "shared",
    }
}

fn balance_from(row: &Row<'_>, first: usize) -> rusqlite::Result<Balance> {
    Ok(Balance {
        posted: points(row.get(first)?),
        pending: points(row.get(first + 1)?),
        leased: points(row.get(first + 2)?),
    })
}

fn account(row: &Row<'_>) -> Result<Account> {
    let day = |index: usize| -> Result<Option<Date>> {
        row.get::<_, Option<String>>(index)?
            .map(|day| {
                day.parse()
                    .map_err(|_| LedgerError::corrupt("a day of an account"))
            })
            .transpose()
    };
    Ok(Account {
        id: AccountId(uuid(row.get(0)?)),
        name: row.get(1)?,
        code: row.get(2)?,
        enabled: row.get(3)?,
        start: day(4)?,
        expiry: day(5)?,
        kind: match row.get_ref(6)?.as_str() {
            Ok("individual") => Kind::Individual,
            Ok("shared") => Kind::Shared,
            _ => return Err(LedgerError::corrupt("the kind of an account")),
        },
        limit: row.get::<_, Option<i64>>(7)?.map(points),
        exceed_by: points(row.get(8)?),
        access: codec::access_from_text(&row.get::<_, String>(9)?)?,
        on_clients: row.get(10)?,
        archived: row.get(11)?,
    })
}
