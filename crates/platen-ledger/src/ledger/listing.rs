//! Lists that a program reads part by part while others change them.

use platen_domain::Account;

use super::Ledger;
use crate::directory::{AccountQuery, PeopleQuery, PersonRow};
use crate::error::LedgerError;
use crate::rules::listing;

/// A place in the order of a list: what the row before it is sorted by.
pub type Place = (String, String);

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// Where the next part begins; none after the last one.
    pub next: Option<Place>,
}

impl Ledger {
    /// The accounts that fit and come after a place in alphabetical order, as
    /// many as the query's page has. Accounts that come or go meanwhile never
    /// make another one be left out or come twice. *Source*: rules.md.
    pub async fn accounts_after(
        &self,
        query: AccountQuery,
        after: Option<Place>,
    ) -> Result<Listed<Account>, LedgerError> {
        self.read(move |tx| listing::accounts_after(tx, &query, after.as_ref()))
            .await
    }

    /// The people that fit and come after a place in the order of logins, as
    /// many as the query's page has.
    ///
    /// *Errors*: an unknown account. *Source*: rules.md.
    pub async fn people_after(
        &self,
        query: PeopleQuery,
        after: Option<Place>,
    ) -> Result<Listed<PersonRow>, LedgerError> {
        self.make_searchable().await?;
        self.read(move |tx| listing::people_after(tx, &query, after.as_ref()))
            .await
    }
}
