//! Users Management, groups and usage. *Source*: rules.md.

pub(super) mod assign;
pub(super) mod find;
pub(super) mod group;
pub(super) mod groups;
pub(super) mod list;
pub(super) mod usage;
pub(super) mod user;

use platen_domain::UserId;
use platen_ledger::PersonRow;
use url::form_urlencoded::byte_serialize;

use super::frame::Ask;
use super::stop::Stop;

/// Where a user's properties are. An identifier may hold anything, so that it
/// stands behind the `?`.
pub(super) fn path(user: &UserId) -> String {
    let id: String = byte_serialize(user.as_str().as_bytes()).collect();
    format!("/console/user?id={id}")
}

/// The user that `id` names.
async fn named(ask: &Ask, id: &str) -> Result<PersonRow, Stop> {
    let found = ask.central.ledger.person(&UserId::new(id)).await?;
    found.ok_or(Stop::Gone)
}
