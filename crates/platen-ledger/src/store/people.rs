//! People and their active account.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use platen_domain::{AccountId, Person, UserId};

use super::table::{Kind, Stored, Table};
use super::value::{Row, Value, check_storable};
use super::{Result, Tx};
use crate::codec;
use crate::text;

/// That somebody was seen is written down once in this time.
const SEEN: SignedDuration = SignedDuration::from_secs(60);

/// Who somebody is.
const IDENTITY: Table = Table {
    name: "person",
    key: 1,
    locked: false,
    columns: &[
        ("id", Kind::Text),
        ("name", Kind::Text),
        ("login", Kind::Text),
        ("search", Kind::Text),
        ("groups", Kind::Text),
        ("seen_at", Kind::Int),
    ],
};

/// What somebody chose.
const CHOICE: Table = Table {
    name: "person",
    key: 1,
    locked: false,
    columns: &[
        ("id", Kind::Text),
        ("active", Kind::Bytes),
        ("lost_at", Kind::Int),
    ],
};

/// What is remembered of a person's active account. *Source*: rules.md.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Active {
    pub(crate) account: Option<AccountId>,
    pub(crate) lost_at: Option<Timestamp>,
}

/// A person as the ledger remembers him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredPerson {
    /// With the groups that the provider named at the last sign-in.
    pub(crate) person: Person,
    pub(crate) active: Active,
    /// When he signed in last.
    pub(crate) seen_at: Option<Timestamp>,
    /// Nobody would find him yet: an earlier program wrote the row.
    unsearchable: bool,
}

impl StoredPerson {
    /// Whether it is the same but for when he was seen.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (&self.person, self.active) == (&other.person, other.active)
    }

    fn new(person: Person) -> Self {
        Self {
            person,
            active: Active::default(),
            seen_at: None,
            unsearchable: false,
        }
    }

    /// What he is found and sorted by.
    pub(crate) fn found_by(&self) -> String {
        search_text(&self.person.login, &self.person.name)
    }
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
            ("search", Kind::Text),
            ("groups", Kind::Text),
            ("seen_at", Kind::Int),
        ],
    };

    fn changed(&self, stored: &Self) -> &'static Table {
        if self.active == stored.active {
            &IDENTITY
        } else if (&self.person, self.seen_at, self.unsearchable)
            == (&stored.person, stored.seen_at, stored.unsearchable)
        {
            &CHOICE
        } else {
            Self::TABLE
        }
    }

    fn key_values(key: &UserId) -> Vec<Value> {
        vec![key.as_str().into()]
    }

    fn key(&self) -> UserId {
        self.person.id.clone()
    }

    fn values(&self) -> Result<Vec<Value>> {
        let person = &self.person;
        Ok(vec![
            person.id.as_str().into(),
            person.name.as_str().into(),
            person.login.as_str().into(),
            self.active.account.map(|id| id.0).into(),
            self.active.lost_at.into(),
            search_text(&person.login, &person.name).into(),
            codec::groups_to_text(&person.groups).into(),
            self.seen_at.into(),
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        let (id, name, login) = (UserId::new(row.text()?), row.text()?, row.text()?);
        let active = Active {
            account: row.optional_id()?.map(AccountId),
            lost_at: row.optional_time()?,
        };
        let unsearchable = row.text()?.is_empty();
        Ok(Self {
            person: Person {
                id,
                name,
                login,
                groups: codec::groups_from_text(&row.text()?)?,
            },
            active,
            seen_at: row.optional_time()?,
            unsearchable,
        })
    }
}

/// What a person is found by: the login's key, a line break, the name's key. No
/// key has a line break, so that it starts with the whole login.
pub(super) fn search_text(login: &str, name: &str) -> String {
    format!("{}\n{}", text::key(login), text::key(name))
}

/// From where to where [`search_text`] starts with this login; none if no login
/// is like that.
pub(super) fn login_start(login: &str) -> Option<[String; 2]> {
    let key = text::key(login);
    let no_login = key.is_empty() || key.contains('\0') || login.contains('\0');
    // A vertical tab is what comes after a line break.
    (!no_login).then(|| [format!("{key}\n"), format!("{key}\x0b")])
}

impl Tx<'_> {
    /// Remembers who a person is who is charged or asks for something. Groups
    /// are remembered of those alone who sign in, since here they may be a
    /// site's own.
    pub(crate) fn put_person(&self, person: &Person) -> Result<()> {
        let stored = self.row(|set| &mut set.people, &person.id)?;
        let known = |stored: &StoredPerson| {
            stored.person.name == person.name
                && stored.person.login == person.login
                && !stored.unsearchable
        };
        if stored.as_deref().is_some_and(known) {
            return Ok(());
        }
        let groups = match &stored {
            Some(stored) => stored.person.groups.clone(),
            None => BTreeSet::new(),
        };
        let person = Person {
            groups,
            ..person.clone()
        };
        self.put(stored.as_deref(), person, |_| ())
    }

    /// Remembers a person who signs in, with the groups that the provider names
    /// at that.
    pub(crate) fn put_signed_in(&self, person: &Person, seen_at: Timestamp) -> Result<()> {
        let stored = self.row(|set| &mut set.people, &person.id)?;
        self.put(stored.as_deref(), person.clone(), |stored| {
            stored.seen_at = Some(seen_at);
        })
    }

    /// Writes down what a person is found by.
    pub(crate) fn make_searchable(&self, user: &UserId) -> Result<()> {
        let stored = self.row(|set| &mut set.people, user)?;
        match stored.filter(|stored| stored.unsearchable) {
            Some(stored) => self.put_person(&stored.person),
            None => Ok(()),
        }
    }

    /// Notes that a person who signed in before was here.
    pub(crate) fn see(&self, user: &UserId, now: Timestamp) -> Result<()> {
        let stored = self.row(|set| &mut set.people, user)?;
        if let Some(stored) = stored
            && stored
                .seen_at
                .is_none_or(|seen_at| now.duration_since(seen_at) >= SEEN)
        {
            self.set().people.put(StoredPerson {
                seen_at: Some(now),
                ..(*stored).clone()
            });
        }
        Ok(())
    }

    fn put(
        &self,
        stored: Option<&StoredPerson>,
        person: Person,
        change: impl FnOnce(&mut StoredPerson),
    ) -> Result<()> {
        check_storable([person.id.as_str(), &person.name, &person.login].map(Some))?;
        check_storable(person.groups.iter().map(|group| Some(group.as_str())))?;
        let mut row = StoredPerson::new(person);
        if let Some(stored) = stored {
            (row.active, row.seen_at) = (stored.active, stored.seen_at);
        }
        change(&mut row);
        self.set().people.put(row);
        Ok(())
    }

    /// People that the ledger has seen, without their groups.
    pub(crate) fn people(&self) -> Result<Vec<Person>> {
        let stored: Vec<StoredPerson> = self.list("ORDER BY login, id", &[])?;
        let person = |stored: StoredPerson| Person {
            groups: BTreeSet::new(),
            ..stored.person
        };
        Ok(stored.into_iter().map(person).collect())
    }

    /// One person, as he is stored.
    pub(crate) fn stored_person(&self, user: &UserId) -> Result<Option<StoredPerson>> {
        let stored = self.row(|set| &mut set.people, user)?;
        Ok(stored.map(|stored| (*stored).clone()))
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
