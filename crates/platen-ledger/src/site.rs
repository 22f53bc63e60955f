//! What an administrator sets up: accounts, rate card, groups, settings.
//!
//! A site is read from a TOML file as a whole or not at all, so that a mistake
//! can't leave half of it in force.

mod read;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use platen_domain::{Access, Account, AccountId, Kind, Points, UserId};

pub use platen_rates::{CardSpec, Mistake as SiteError};

/// A site as its file describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its accounts, in the order of the file.
    pub accounts: Vec<AccountSpec>,
    /// Its rates.
    pub card: CardSpec,
    /// Groups that the site adds to the provider's: logins by group.
    pub groups: BTreeMap<String, BTreeSet<String>>,
    /// Everything else.
    pub settings: Settings,
}

/// An account without its identity; `code` finds it in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSpec {
    /// See [`Account::name`].
    pub name: String,
    /// See [`Account::code`].
    pub code: String,
    /// See [`Account::enabled`].
    pub enabled: bool,
    /// See [`Account::start`].
    pub start: Option<Date>,
    /// See [`Account::expiry`].
    pub expiry: Option<Date>,
    /// See [`Account::kind`].
    pub kind: Kind,
    /// See [`Account::limit`].
    pub limit: Option<Points>,
    /// See [`Account::exceed_by`].
    pub exceed_by: Points,
    /// See [`Account::access`].
    pub access: Access,
    /// See [`Account::on_clients`].
    pub on_clients: bool,
}

impl AccountSpec {
    /// The account with an identity, not stored yet; archived or not is not
    /// the file's matter.
    #[must_use]
    pub fn with_id(&self, id: AccountId, archived: bool) -> Account {
        Account {
            id,
            name: self.name.clone(),
            code: self.code.clone(),
            enabled: self.enabled,
            start: self.start,
            expiry: self.expiry,
            kind: self.kind,
            limit: self.limit,
            exceed_by: self.exceed_by,
            access: self.access.clone(),
            on_clients: self.on_clients,
            archived,
            version: 0,
        }
    }
}

/// What happens to a document that can't be analysed. *Source*: rules.md R-13.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unreadable {
    /// It stays held until somebody decides.
    #[default]
    Ask,
    /// It is cancelled.
    Decline,
}

/// Hours that any setting has at most: ten years are more than any site keeps a
/// document.
pub(crate) const LONGEST_HOURS: u32 = 87_600;

/// Settings of the whole site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Settings {
    /// How long a document waits for its release, in hours.
    pub hold_hours: u32,
    /// How long a lost active account may still be charged, in hours.
    pub grace_hours: u32,
    ///
    pub unreadable: Unreadable,
    /// Whether clients show accounts and charge them.
    pub account_management: bool,
    /// Whether people have a portal.
    pub user_portal: bool,
    /// Whether documents may be uploaded in the portal.
    pub upload: bool,
    /// Whether people may quit the client.
    pub clients_may_quit: bool,
    /// How long somebody stays signed in in a browser, in hours.
    pub session_hours: u32,
    /// What clients may spend without network.
    #[serde(flatten)]
    pub leasing: Leasing,
}

/// What clients may spend without network. *Source*: rules.md R-39.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Leasing {
    /// Whole points that one device holds of one account; zero: none, so that
    /// nothing is printed without network.
    pub lease_points: u32,
    /// How long a device may spend them, in hours.
    pub lease_hours: u32,
    /// How long after that a device may report before the rest returns to the
    /// account, in days; zero: it never does by itself.
    pub lease_report_days: u32,
}

impl Leasing {
    /// Points of one lease at most.
    pub const MOST_POINTS: u32 = 100_000;
    /// Days for a report at most: ten years.
    pub const MOST_DAYS: u32 = 3_650;

    /// What a device asks for, if it may have anything.
    #[must_use]
    pub fn points(&self) -> Option<Points> {
        let points = Points::from_hundredths(i64::from(self.lease_points) * 100);
        (self.lease_points > 0).then_some(points)
    }

    /// Leases that ended at this time or before are to be written off at `now`,
    /// if any are.
    #[must_use]
    pub fn written_off(&self, now: Timestamp) -> Option<Timestamp> {
        let waited = self.waited()?;
        Some(now.saturating_sub(waited).unwrap_or(Timestamp::MIN))
    }

    /// When a lease that ends at this time is to be written off, if ever.
    #[must_use]
    pub fn is_written_off_at(&self, end: Timestamp) -> Option<Timestamp> {
        let waited = self.waited()?;
        Some(end.saturating_add(waited).unwrap_or(Timestamp::MAX))
    }

    /// How long a report is waited for: a day at least, since until then a
    /// device's clock may be wrong ([`Lease::MARGIN`](crate::Lease::MARGIN)).
    fn waited(&self) -> Option<SignedDuration> {
        let days = i64::from(self.lease_report_days.min(Self::MOST_DAYS));
        (days > 0).then(|| SignedDuration::from_hours(days * 24))
    }
}

impl Default for Leasing {
    fn default() -> Self {
        Self {
            lease_points: 50,
            lease_hours: 72,
            lease_report_days: 30,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hold_hours: 24,
            grace_hours: 12,
            unreadable: Unreadable::Ask,
            account_management: true,
            user_portal: true,
            upload: true,
            clients_may_quit: true,
            session_hours: 12,
            leasing: Leasing::default(),
        }
    }
}

/// A person as an administrator's list names him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonSpec {
    /// Who, where the list says so; else whoever has the login.
    pub id: Option<UserId>,
    /// See [`Person::login`](platen_domain::Person::login).
    pub login: String,
    /// See [`Person::name`](platen_domain::Person::name).
    pub name: String,
    /// The site's groups that he is in from now on; none: those he is in.
    pub groups: Option<BTreeSet<String>>,
}

/// What a list of people changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeopleImported {
    /// People who are new.
    pub created: u64,
    /// People whose name or login changed.
    pub updated: u64,
    /// People who were known as they are.
    pub unchanged: u64,
    /// Logins of people who are not known before they sign in; their groups wait
    /// for them.
    pub waiting: u64,
    /// Whether the site's groups changed.
    pub groups_changed: bool,
}

/// What loading a site changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadSummary {
    /// Codes of accounts that are new.
    pub created: Vec<String>,
    /// Codes of accounts that changed.
    pub updated: Vec<String>,
    /// Codes of accounts that were already so.
    pub unchanged: Vec<String>,
    /// Codes of accounts of the ledger that the file does not name; they stay.
    pub not_in_file: Vec<String>,
    /// The rate card in force.
    pub card_version: u64,
    /// Whether it is a new one.
    pub card_changed: bool,
    /// Groups that the site adds.
    pub groups: usize,
}

impl Site {
    /// Reads a site file.
    ///
    /// *Errors*: the first mistake, with its place and a reason that a person
    /// understands. *Source*: rules.md.
    pub fn from_toml(text: &str) -> Result<Self, SiteError> {
        read::site(text)
    }
}
