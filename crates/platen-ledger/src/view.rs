//! What readers of the ledger are shown.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use platen_domain::{Account, AccountId, Balance, Person, Standing, UserId};
use uuid::Uuid;

use crate::document::Document;

/// One account with the balance that counts for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// The account.
    pub account: Arc<Account>,
    /// The person's own balance, or the pool's.
    pub balance: Balance,
    /// It carries nothing more: shown, but disabled when switching.
    pub at_limit: bool,
    /// How full it is.
    pub standing: Standing,
    /// The person has lost it and may still be charged for a while.
    pub in_grace: bool,
}

/// Everything that one person's client and portal show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserView {
    /// The person, with the site's groups added.
    pub person: Person,
    /// The accounts he may use, in alphabetical order; empty while accounts
    /// are not in use.
    pub accounts: Vec<AccountView>,
    /// The account that the next document is charged to.
    pub active: Option<AccountId>,
    /// His open documents, newest first.
    pub documents: Vec<Document>,
}

impl UserView {
    /// The active account's view.
    #[must_use]
    pub fn active_account(&self) -> Option<&AccountView> {
        let active = self.active?;
        self.accounts.iter().find(|view| view.account.id == active)
    }
}

/// One stored balance, for administrators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceRow {
    /// The account.
    pub account: AccountId,
    /// Whose; none for a shared pool.
    pub holder: Option<UserId>,
    /// What has been spent.
    pub balance: Balance,
}

/// A page of documents that are no longer open, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// The documents.
    pub documents: Vec<Document>,
    /// Where the next page starts; none on the last one.
    pub next: Option<Cursor>,
}

/// A place in a person's history. Its text form is opaque.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) submitted_at: Timestamp,
    pub(crate) id: Uuid,
}

/// A text that is not a place in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This page of the history does not exist.")]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}",
            self.submitted_at.as_microsecond(),
            self.id.simple()
        )
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (time, id) = text.split_once('.').ok_or(CursorError)?;
        let time = time.parse().map_err(|_| CursorError)?;
        Ok(Self {
            submitted_at: Timestamp::from_microsecond(time).map_err(|_| CursorError)?,
            id: id.parse().map_err(|_| CursorError)?,
        })
    }
}

/// What a check of the whole ledger went through. *Source*: rules.md R-30.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Balances that agree with their records.
    pub balances: u64,
    /// Activities whose chain holds.
    pub activities: u64,
    /// Documents that agree with their activities.
    pub documents: u64,
}

/// A backup that took a ledger's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the former file is now; none if there was none.
    pub former: Option<PathBuf>,
    /// What the check of the backup went through.
    pub verified: Verified,
}

/// How far something long has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What is done of it.
    pub done: u64,
    /// All of it.
    pub total: u64,
}
