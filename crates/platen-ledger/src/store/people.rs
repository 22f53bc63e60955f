//! People and their active account.

use std::collections::BTreeSet;

use jiff::Timestamp;
use platen_domain::{AccountId, Person, UserId};

use super::table::{Kind, Stored, Table};
use super::value::{Row, Value, check_storable};
use super::{Result, Tx};

/// What is remembered of a person's active account. *Source*: rules.md.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Active {
    pub(crate) account: Option<AccountId>,
    pub(crate) lost_at: Option<Timestamp>,
}

/// A person as the ledger remembers him; groups are asked for anew each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredPerson {
    id: UserId,
    name: String,
    login: String,
    active: Active,
}

impl Stored for StoredPerson {
    type Key = UserId;

    const TABLE: &'static Table = &Table {
        name: "person",
        key: 1,
        // Of two choices at once the later one stands, whoever read first.
        locked: false,
        columns: &[
            ("id", Kind::Text),
            ("name", Kind::Text),
            ("login", Kind::Text),
            ("active", Kind::Bytes),
            ("lost_at", Kind::Int),
        ],
    };

    fn key_values(key: &UserId) -> Vec<Value> {
        vec![key.as_str().into()]
    }

    fn key(&self) -> UserId {
        self.id.clone()
    }

    fn values(&self) -> Result<Vec<Value>> {
        Ok(vec![
            self.id.as_str().into(),
            self.name.as_str().into(),
            self.login.as_str().into(),
            self.active.account.map(|id| id.0).into(),
            self.active.lost_at.into(),
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        Ok(Self {
            id: UserId::new(row.text()?),
            name: row.text()?,
            login: row.text()?,
            active: Active {
                account: row.optional_id()?.map(AccountId),
                lost_at: row.optional_time()?,
            },
        })
    }
}

impl Tx<'_> {
    /// Remembers who a person is.
    pub(crate) fn put_person(&self, person: &Person) -> Result<()> {
        let stored = self.row(|set| &mut set.people, &person.id)?;
        if stored
            .as_ref()
            .is_some_and(|stored| stored.name == person.name && stored.login == person.login)
        {
            return Ok(());
        }
        check_storable([person.id.as_str(), &person.name, &person.login].map(Some))?;
        self.set().people.put(StoredPerson {
            id: person.id.clone(),
            name: person.name.clone(),
            login: person.login.clone(),
            active: stored.map(|stored| stored.active).unwrap_or_default(),
        });
        Ok(())
    }

    /// People that the ledger has seen, without their groups.
    pub(crate) fn people(&self) -> Result<Vec<Person>> {
        let stored: Vec<StoredPerson> = self.list("ORDER BY login, id", &[])?;
        let person = |stored: StoredPerson| Person {
            id: stored.id,
            name: stored.name,
            login: stored.login,
            groups: BTreeSet::new(),
        };
        Ok(stored.into_iter().map(person).collect())
    }

    pub(crate) fn active(&self, user: &UserId) -> Result<Active> {
        let stored = self.row(|set| &mut set.people, user)?;
        Ok(stored.map(|stored| stored.active).unwrap_or_default())
    }

    /// The person must be known.
    pub(crate) fn set_active(&self, user: &UserId, active: Active) -> Result<()> {
        let Some(stored) = self.row(|set| &mut set.people, user)? else {
            return Ok(());
        };
        if stored.active != active {
            self.set().people.put(StoredPerson {
                active,
                ..(*stored).clone()
            });
        }
        Ok(())
    }
}
