//! Copies that a device makes.

use platen_domain::{AccountId, Balance, Finishing, PageRun, Person};
use uuid::Uuid;

use crate::activity::Activity;
use crate::view::AccountView;

/// The answer to [`Ledger::may_copy`](crate::Ledger::may_copy).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MayCopy {
    /// Whether the device may begin to copy.
    pub allowed: bool,
    /// The account that would be charged; none where accounts are not in use
    /// or the person has none.
    pub account: Option<AccountView>,
}

/// Tells of a copy that was made. *Source*: rules.md R-24.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyAsk {
    /// Made and stored by the device before it asks.
    pub id: Uuid,
    /// Who copied, with the groups of the identity provider.
    pub person: Person,
    /// The account to charge; none means the active one.
    pub account: Option<AccountId>,
    /// The device; not empty.
    pub device: String,
    /// The pages that were copied.
    pub pages: Vec<PageRun>,
    /// How they were printed.
    pub finishing: Finishing,
}

/// The answer to [`Ledger::copy`](crate::Ledger::copy).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The activity that records it; none where accounts are not in use.
    pub activity: Option<Activity>,
    /// The charged balance as it stands now.
    pub balance: Balance,
}
