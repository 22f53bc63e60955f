//! What administrators look up: accounts, people, who may use what, and how
//! much of it is used.

use jiff::Timestamp;
use platen_domain::{Account, AccountId, Balance, Barred, Kind, Person, Points, Standing, UserId};

use crate::activity::Activity;
use crate::document::Document;
use crate::page::PageAsk;

/// Which accounts to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountQuery {
    /// Words that the name or the code has in it, in whatever case; empty: all.
    pub search: String,
    /// Archived accounts, which are in no other list; else the others.
    pub archived: bool,
    /// Enabled or disabled ones only.
    pub enabled: Option<bool>,
    /// Of this kind only.
    pub kind: Option<Kind>,
    /// Those only that this person has access to, usable now or not.
    pub access_of: Option<Person>,
    /// The order; those that are equal in it are in alphabetical order.
    pub sort: AccountSort,
    /// The other way round.
    pub descending: bool,
    /// Which part of the list.
    pub page: PageAsk,
}

/// An order of accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccountSort {
    /// By name.
    #[default]
    Name,
    /// By code.
    Code,
    /// By limit; unlimited ones are the highest.
    Limit,
    /// By the last day of use; those without one are the latest.
    Expiry,
    /// By the points used on all balances.
    Used,
}

/// An account in a list, with what all its balances add up to. A sum that does
/// not fit stands at the end of the range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// The account.
    pub account: Account,
    /// How many balances were ever used; one at most for a shared pool.
    pub holders: u64,
    /// Points that were charged or adjusted.
    pub posted: Points,
    /// Points of documents that wait.
    pub pending: Points,
    /// Points leased to devices.
    pub leased: Points,
}

/// Which people to list; they come by login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeopleQuery {
    /// Words that the name or the login has in it, in whatever case; empty: all.
    pub search: String,
    /// Members of this group only, by the provider or by the site.
    pub group: Option<String>,
    /// Those only who have access to this account, usable now or not.
    pub account: Option<AccountId>,
    /// Which part of the list.
    pub page: PageAsk,
}

/// A person whom the ledger knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// The person, with the groups of the last sign-in and of the site.
    pub person: Person,
    /// When he signed in last; none if he never did here.
    pub seen_at: Option<Timestamp>,
}

/// Somebody whom the site puts into a group. *Source*: rules.md R-6.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The login or identifier that he is named by.
    pub login: String,
    /// Who that is; none: nobody of this login has signed in or printed yet.
    pub person: Option<Person>,
}

/// An account that a person has access to. *Source*: rules.md R-33.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The account.
    pub account: Account,
    /// The person's own balance, or the pool's.
    pub balance: Balance,
    /// How full it is.
    pub standing: Standing,
    /// Why he has it.
    pub how: How,
    /// He is named in person, be there another reason as well.
    pub direct: bool,
    /// Whether he can use it now, or why not.
    pub usable: Result<(), Barred>,
    /// It is the one that his next document is charged to.
    pub active: bool,
}

/// Why a person has access to an account. *Source*: rules.md R-6.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// Everyone has.
    Everyone,
    /// He is in these of its groups.
    Groups(Vec<String>),
    /// He is named in person, and there is no other reason.
    Direct,
}

/// How much of an account is used: by one person, or by all of a shared pool.
/// *Source*: rules.md R-33.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The account.
    pub account: Account,
    /// Whose balance it is; none for a shared pool.
    pub holder: Option<UserId>,
    /// The balance.
    pub balance: Balance,
    /// How full it is.
    pub standing: Standing,
    /// It carries nothing more.
    pub at_limit: bool,
    /// Documents that hold points on it, newest first.
    pub pending: Vec<Document>,
    /// Its last activities, newest first: of a shared pool everybody's.
    pub activities: Vec<Activity>,
}
