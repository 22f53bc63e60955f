//! What an administrator typed about an account.

use std::collections::BTreeSet;

use platen_domain::{Access, Account, AccountId, Kind, Points};
use uuid::Uuid;

use super::super::fields::{Faults, Fields};
use super::super::show::Show;

/// The longest name or code.
const LONGEST: usize = 200;
/// Users that the properties list by name; the rest have a page of their own.
pub(super) const USERS_SHOWN: usize = 50;

/// The properties as they are typed, right or wrong.
///
/// Access is typed as differences from what is stored: an account may have
/// thousands of users, and nobody sends them all to rename it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) code: String,
    pub(super) enabled: bool,
    pub(super) start: String,
    pub(super) expiry: String,
    pub(super) shared: bool,
    pub(super) limit: String,
    pub(super) exceed: bool,
    pub(super) exceed_by: String,
    pub(super) on_clients: bool,
    pub(super) everyone: bool,
    pub(super) groups: Difference,
    pub(super) users: Difference,
    pub(super) version: u64,
}

/// Names to be added to a list and taken from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) added: Vec<String>,
    pub(super) dropped: BTreeSet<String>,
    /// What stands in the field where another one is typed.
    pub(super) typed: String,
}

impl Difference {
    fn read(fields: &Fields, names: [&str; 3]) -> Self {
        let [add, drop, typed] = names;
        Self {
            added: fields.list(add),
            dropped: fields.list(drop).into_iter().collect(),
            typed: fields.get(typed).to_owned(),
        }
    }

    /// Takes what was typed into those to be added.
    fn settle(&mut self) {
        let typed = std::mem::take(&mut self.typed);
        for name in typed.split([',', ';']).map(str::trim) {
            if !name.is_empty() && !self.added.iter().any(|added| added == name) {
                self.added.push(name.to_owned());
            }
        }
    }

    /// Whether a name is to be taken away.
    pub(super) fn drops(&self, name: &str) -> bool {
        self.dropped.contains(name)
    }

    fn applied(&self, stored: &BTreeSet<String>) -> BTreeSet<String> {
        let kept = stored.iter().filter(|name| !self.dropped.contains(*name));
        kept.chain(&self.added).cloned().collect()
    }
}

impl Entry {
    /// What a new account is by default. *Source*: rules.md R-3.
    pub(super) fn fresh() -> Self {
        Self {
            enabled: true,
            on_clients: true,
            everyone: true,
            ..Self::default()
        }
    }

    /// The properties of a stored account.
    pub(super) fn of(account: &Account, show: &Show) -> Self {
        let date = |date: Option<jiff::civil::Date>| {
            date.map_or_else(String::new, |date| date.to_string())
        };
        let exceeds = account.exceed_by > Points::ZERO;
        Self {
            name: account.name.clone(),
            code: account.code.clone(),
            enabled: account.enabled,
            start: date(account.start),
            expiry: date(account.expiry),
            shared: account.kind == Kind::Shared,
            limit: account
                .limit
                .map_or_else(String::new, |limit| show.typed(limit)),
            exceed: exceeds,
            exceed_by: if exceeds {
                show.typed(account.exceed_by)
            } else {
                String::new()
            },
            on_clients: account.on_clients,
            everyone: account.access == Access::Everyone,
            version: account.version,
            ..Self::default()
        }
    }

    pub(super) fn read(fields: &Fields) -> Self {
        let text = |name| fields.get(name).to_owned();
        let mut entry = Self {
            name: text("name"),
            code: text("code"),
            enabled: fields.get("status") != "disabled",
            start: text("start"),
            expiry: text("expiry"),
            shared: fields.get("kind") == "shared",
            limit: text("limit"),
            exceed: fields.is_on("exceed"),
            exceed_by: text("exceed_by"),
            on_clients: fields.is_on("on_clients"),
            everyone: fields.get("access") != "only",
            groups: Difference::read(fields, ["add_group", "drop_group", "new_group"]),
            users: Difference::read(fields, ["add_user", "drop_user", "new_user"]),
            version: fields.number("version"),
        };
        entry.groups.settle();
        entry.users.settle();
        entry
    }

    /// The account that was typed, from `base`, the one that is stored.
    ///
    /// *Errors*: what is wrong, by field. *Source*: rules.md.
    pub(super) fn account(&self, base: Option<&Account>, show: &Show) -> Result<Account, Faults> {
        let words = show.words();
        let (frame, w) = (&words.frame, &words.accounts);
        let mut faults = Faults::default();
        let name = faults.take("name", frame.read_text(&self.name, LONGEST));
        let code = faults.take("code", frame.read_text(&self.code, LONGEST));
        let start = faults.take("start", frame.read_date(&self.start)).flatten();
        let expiry = faults
            .take("expiry", frame.read_date(&self.expiry))
            .flatten();
        if let (Some(first), Some(last)) = (start, expiry)
            && first > last
        {
            faults.add("expiry", w.expiry_before_start);
        }
        let limit = faults
            .take("limit", frame.read_limit(&self.limit))
            .flatten();
        let exceed_by = self.read_exceed_by(limit, show, &mut faults);
        for (field, list) in [("new_group", &self.groups), ("new_user", &self.users)] {
            for name in &list.added {
                faults.take(field, frame.read_text(name, LONGEST));
            }
        }
        let (Some(name), Some(code), true) = (name, code, faults.is_empty()) else {
            return Err(faults);
        };
        Ok(Account {
            id: base.map_or_else(|| AccountId(Uuid::now_v7()), |base| base.id),
            name,
            code,
            enabled: self.enabled,
            start,
            expiry,
            kind: if self.shared {
                Kind::Shared
            } else {
                Kind::Individual
            },
            limit,
            exceed_by,
            access: self.access(base),
            on_clients: self.on_clients,
            archived: base.is_some_and(|base| base.archived),
            version: self.version,
        })
    }

    fn read_exceed_by(&self, limit: Option<Points>, show: &Show, faults: &mut Faults) -> Points {
        let words = show.words();
        if !self.exceed {
            return Points::ZERO;
        }
        if self.limit.is_empty() {
            faults.add("exceed_by", words.accounts.exceed_needs_limit);
            return Points::ZERO;
        }
        if self.exceed_by.is_empty() {
            faults.add("exceed_by", words.accounts.exceed_missing);
            return Points::ZERO;
        }
        let amount = faults.take("exceed_by", words.frame.read_points(&self.exceed_by));
        let amount = amount.unwrap_or_default();
        if limit.is_some_and(|limit| limit.plus(amount).is_err()) {
            faults.add("exceed_by", words.frame.points_too_large);
        }
        amount
    }

    fn access(&self, base: Option<&Account>) -> Access {
        if self.everyone {
            return Access::Everyone;
        }
        let (groups, users) = lists(base);
        Access::Only {
            groups: self.groups.applied(&groups),
            users: self.users.applied(&users),
        }
    }
}

/// Groups and users of an account; none if it is everyone's.
pub(super) fn lists(account: Option<&Account>) -> (BTreeSet<String>, BTreeSet<String>) {
    match account.map(|account| &account.access) {
        Some(Access::Only { groups, users }) => (groups.clone(), users.clone()),
        _ => Default::default(),
    }
}
