//! Accounts that documents are charged to.

use std::collections::BTreeSet;

use jiff::civil::Date;
use uuid::Uuid;

use crate::person::Person;
use crate::points::{Points, PointsError};

/// Names one account for good; name and code may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub Uuid);

/// Whose points an account holds. *Source*: rules.md R-3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Every user with access has the full allocation to himself.
    #[default]
    Individual,
    /// One pool for all who have access.
    Shared,
}

/// Who may use an account. *Source*: rules.md R-6.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Everyone.
    #[default]
    Everyone,
    /// The union of these groups and these users.
    Only {
        /// Group names as the provider or an administrator gives them.
        groups: BTreeSet<String>,
        /// Logins or user identifiers.
        users: BTreeSet<String>,
    },
}

/// An account. *Source*: rules.md R-2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its identity.
    pub id: AccountId,
    /// Shown to users; unique.
    pub name: String,
    /// For administrators and other programs; unique.
    pub code: String,
    /// Disabled accounts can neither be chosen nor charged.
    pub enabled: bool,
    /// First day of use, in the site's local date.
    pub start: Option<Date>,
    /// Last day of use, inclusive, in the site's local date.
    pub expiry: Option<Date>,
    /// Individual or shared.
    pub kind: Kind,
    /// The soft limit; none means unlimited.
    pub limit: Option<Points>,
    /// How far the soft limit may be exceeded; zero means not at all.
    pub exceed_by: Points,
    /// Who may use it.
    pub access: Access,
    /// Whether clients show it.
    pub on_clients: bool,
    /// Archived accounts stay for reports alone.
    pub archived: bool,
    /// Grows with each change, so that of two administrators who edit one
    /// account the second does not overwrite the first; zero: not stored yet.
    pub version: u64,
}

/// Why a person can't use an account now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    ///
    #[error("This account has been archived.")]
    Archived,
    ///
    #[error("This account is disabled.")]
    Disabled,
    ///
    #[error("This account is not available for printing from this computer.")]
    NotOnClients,
    ///
    #[error("This account is not open yet.")]
    NotYetOpen,
    ///
    #[error("This account has expired.")]
    Expired,
    ///
    #[error("You have no access to this account.")]
    NoAccess,
}

impl Account {
    /// The limit that is enforced: limit + what it may be exceeded by; none
    /// means unlimited.
    ///
    /// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md R-4.
    pub fn hard_limit(&self) -> Result<Option<Points>, PointsError> {
        self.limit
            .map(|limit| limit.plus(self.exceed_by))
            .transpose()
    }

    /// Whether `person` may choose and be charged on this account on `today`,
    /// the site's local date.
    ///
    /// *Errors*: the first reason that bars it. *Source*: rules.md.
    pub fn usable_by(&self, person: &Person, today: Date) -> Result<(), Barred> {
        if self.archived {
            return Err(Barred::Archived);
        }
        if !self.enabled {
            return Err(Barred::Disabled);
        }
        if !self.on_clients {
            return Err(Barred::NotOnClients);
        }
        if self.start.is_some_and(|start| today < start) {
            return Err(Barred::NotYetOpen);
        }
        if self.expiry.is_some_and(|expiry| today > expiry) {
            return Err(Barred::Expired);
        }
        if !self.access.includes(person) {
            return Err(Barred::NoAccess);
        }
        Ok(())
    }
}

impl Access {
    /// Whether `person` is among those with access. *Source*: rules.md R-6.
    #[must_use]
    pub fn includes(&self, person: &Person) -> bool {
        match self {
            Self::Everyone => true,
            Self::Only { groups, users } => {
                users.contains(person.login.as_str())
                    || users.contains(person.id.as_str())
                    || groups.iter().any(|group| person.groups.contains(group))
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::person::UserId;
    use jiff::civil::date;

    pub(crate) fn account(limit: Option<i64>, exceed_by: i64) -> Account {
        Account {
            id: AccountId(Uuid::nil()),
            name: "Print Quota".into(),
            code: "quota".into(),
            enabled: true,
            start: None,
            expiry: None,
            kind: Kind::Individual,
            limit: limit.map(|limit| Points::whole(limit).unwrap()),
            exceed_by: Points::whole(exceed_by).unwrap(),
            access: Access::Everyone,
            on_clients: true,
            archived: false,
            version: 0,
        }
    }

    fn person() -> Person {
        Person {
            id: UserId::local("alice"),
            name: "Alice".into(),
            login: "alice".into(),
            groups: BTreeSet::from(["students".to_owned()]),
        }
    }

    #[test]
    fn expiry_day_is_the_last_day_of_use() {
        let account = Account {
            start: Some(date(2026, 9, 1)),
            expiry: Some(date(2026, 12, 31)),
            ..account(None, 0)
        };
        let on = |day| account.usable_by(&person(), day);
        assert_eq!(on(date(2026, 8, 31)), Err(Barred::NotYetOpen));
        assert_eq!(on(date(2026, 9, 1)), Ok(()));
        assert_eq!(on(date(2026, 12, 31)), Ok(()));
        assert_eq!(on(date(2027, 1, 1)), Err(Barred::Expired));
    }

    #[test]
    fn access_is_the_union_of_groups_and_users() {
        let only = |group: &str, user: &str| Access::Only {
            groups: BTreeSet::from([group.to_owned()]),
            users: BTreeSet::from([user.to_owned()]),
        };
        assert!(only("students", "").includes(&person()));
        assert!(only("staff", "alice").includes(&person()));
        assert!(only("staff", "local#alice").includes(&person()));
        assert!(!only("staff", "bob").includes(&person()));
    }

    #[test]
    fn disabled_archived_and_hidden_accounts_are_barred() {
        let day = date(2026, 1, 1);
        let with = |change: fn(&mut Account)| {
            let mut account = account(None, 0);
            change(&mut account);
            account.usable_by(&person(), day)
        };
        assert_eq!(
            with(|account| account.archived = true),
            Err(Barred::Archived)
        );
        assert_eq!(
            with(|account| account.enabled = false),
            Err(Barred::Disabled)
        );
        assert_eq!(
            with(|account| account.on_clients = false),
            Err(Barred::NotOnClients)
        );
    }
}
