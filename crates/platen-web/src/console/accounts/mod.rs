//! Account Management. *Source*: rules.md.

pub(super) mod archive;
pub(super) mod bulk;
pub(super) mod edit;
mod entry;
pub(super) mod list;
pub(super) mod members;

use axum::extract::Path;
use platen_domain::{Account, AccountId};

use super::frame::Ask;
use super::stop::Stop;

/// The account that an address names, archived or not.
async fn named(ask: &Ask, id: &Path<String>) -> Result<Account, Stop> {
    let id = id.parse().map(AccountId).map_err(|_| Stop::Gone)?;
    ask.central.ledger.account(id).await?.ok_or(Stop::Gone)
}

/// Where an account's properties are.
pub(super) fn path(account: &Account) -> String {
    format!("/console/accounts/{}", account.id.0)
}
