//! What programs send: how it is read, and how the OpenAPI document shows it.

mod activity;
mod rates;

use std::collections::BTreeSet;

use platen_domain::{Access, Account, AccountId, Kind, Points};
use utoipa::ToSchema;

use super::fields::{Fields, boolean, date, one_of, or_null, points_from_zero, text, texts};
use super::json::Json;
use super::problem::Problem;
use super::schemas::{Day, Label, PointsFromZero};

pub(crate) use activity::{ActivityAsk, AllActivityAsk, activity};
pub(crate) use rates::{RateCardAsk, rate_card};

/// People in one access list at most.
const MOST_PEOPLE: usize = 10_000;
/// Groups in one access list at most.
const MOST_GROUPS: usize = 1_000;

const KINDS: &[(&str, Kind)] = &[("individual", Kind::Individual), ("shared", Kind::Shared)];

/// How much may be used.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = LimitAsk)]
#[expect(dead_code, reason = "describes what is read")]
struct LimitAsk {
    /// The limit that users see.
    points: PointsFromZero,
    /// How far it may be exceeded before printing is declined; 0 if left out.
    #[schema(required = false)]
    allow_exceed_by: PointsFromZero,
}

/// Who may use an account.
#[derive(ToSchema)]
#[serde(untagged)]
#[schema(as = AccessAsk)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) enum AccessAsk {
    Everyone(EveryoneAsk),
    Restricted(RestrictedAsk),
}

/// Everyone may use it.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EveryoneAsk)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) struct EveryoneAsk {
    #[serde(rename = "type")]
    #[schema(pattern = "^everyone$", example = "everyone")]
    kind: String,
}

/// These groups and users may use it.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RestrictedAsk)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) struct RestrictedAsk {
    #[serde(rename = "type")]
    #[schema(pattern = "^restricted$", example = "restricted")]
    kind: String,
    /// Groups whose members may use it.
    #[schema(required = false, max_items = 1000)]
    groups: Vec<Label>,
    /// Users by the address they sign in with, whether they were seen here or not.
    #[schema(required = false, max_items = 10000)]
    users: Vec<Label>,
}

/// A new account.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AccountAsk)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) struct AccountAsk {
    /// Shown to users; unique, archived accounts included.
    name: Label,
    /// For administrators and programs; unique, archived accounts included.
    code: Label,
    /// True if left out.
    #[schema(required = false)]
    enabled: bool,
    /// The first day of use; from the beginning if left out.
    start_date: Option<Day>,
    /// The last day of use; without end if left out.
    expiry_date: Option<Day>,
    /// Individual if left out.
    #[schema(value_type = super::shapes::AccountKind, required = false)]
    kind: (),
    /// Unlimited if left out.
    limit: Option<LimitAsk>,
    /// Everyone if left out.
    #[schema(required = false)]
    access: AccessAsk,
    /// Whether portal and clients show it; true if left out.
    #[schema(required = false)]
    on_clients: bool,
}

/// What is to be changed of an account; what is left out stays.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AccountChange)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) struct AccountChange {
    #[schema(required = false)]
    name: Label,
    #[schema(required = false)]
    code: Label,
    #[schema(required = false)]
    enabled: bool,
    /// Null: from the beginning.
    start_date: Option<Day>,
    /// Null: without end.
    expiry_date: Option<Day>,
    /// Can’t be changed once the account was used.
    #[schema(value_type = super::shapes::AccountKind, required = false)]
    kind: (),
    /// Null: unlimited.
    limit: Option<LimitAsk>,
    #[schema(required = false)]
    access: AccessAsk,
    #[schema(required = false)]
    on_clients: bool,
}

/// The limit that an account gets; null: unlimited.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountLimitAsk)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) struct AccountLimitAsk {
    #[schema(required = true)]
    limit: Option<LimitAsk>,
}

/// Limit and what it may be exceeded by.
type Limit = Option<(Points, Points)>;

fn read_limit(fields: &mut Fields<'_>) -> Option<Limit> {
    match fields.take("limit")? {
        Json::Null => Some(None),
        value => Some(fields.within("limit", value, |limit| {
            let points = limit.required("points", points_from_zero);
            let beyond = limit.optional("allowExceedBy", points_from_zero);
            Some((points, beyond.unwrap_or_default()))
        })),
    }
}

fn set_limit(account: &mut Account, limit: Limit) {
    account.limit = limit.map(|(points, _)| points);
    account.exceed_by = limit.map(|(_, beyond)| beyond).unwrap_or_default();
}

/// Reads who may use an account.
fn read_access(fields: &mut Fields<'_>) -> Access {
    let restricted = fields.required("type", one_of(&[("everyone", false), ("restricted", true)]));
    if restricted != Some(true) {
        return Access::Everyone;
    }
    let mut names = |name, most| -> BTreeSet<String> {
        let names = fields.optional(name, texts(most));
        names.unwrap_or_default().into_iter().collect()
    };
    Access::Only {
        groups: names("groups", MOST_GROUPS),
        users: names("users", MOST_PEOPLE),
    }
}

fn finish(fields: Fields<'_>) -> Result<(), Problem> {
    fields.finish().map_err(Problem::invalid)
}

/// Changes what the fields say of `account`.
fn change(account: &mut Account, fields: &mut Fields<'_>) {
    if let Some(name) = fields.optional("name", text) {
        account.name = name;
    }
    if let Some(code) = fields.optional("code", text) {
        account.code = code;
    }
    if let Some(enabled) = fields.optional("enabled", boolean) {
        account.enabled = enabled;
    }
    if let Some(start) = fields.optional("startDate", or_null(date)) {
        account.start = start;
    }
    if let Some(expiry) = fields.optional("expiryDate", or_null(date)) {
        account.expiry = expiry;
    }
    if let Some(kind) = fields.optional("kind", one_of(KINDS)).flatten() {
        account.kind = kind;
    }
    if let Some(limit) = read_limit(fields) {
        set_limit(account, limit);
    }
    if let Some(access) = fields.take("access") {
        account.access = fields.within("access", access, read_access);
    }
    if let Some(on_clients) = fields.optional("onClients", boolean) {
        account.on_clients = on_clients;
    }
}

/// Reads a new account.
pub(crate) fn new_account(json: &Json, id: AccountId) -> Result<Account, Problem> {
    let mut fields = Fields::new(json, "");
    let mut account = Account {
        id,
        name: String::new(),
        code: String::new(),
        enabled: true,
        start: None,
        expiry: None,
        kind: Kind::default(),
        limit: None,
        exceed_by: Points::ZERO,
        access: Access::Everyone,
        on_clients: true,
        archived: false,
        version: 0,
    };
    account.name = fields.required("name", text);
    account.code = fields.required("code", text);
    change(&mut account, &mut fields);
    finish(fields)?;
    Ok(account)
}

/// Reads what is to be changed of an account, and changes it.
pub(crate) fn changed_account(json: &Json, mut account: Account) -> Result<Account, Problem> {
    let mut fields = Fields::new(json, "");
    change(&mut account, &mut fields);
    finish(fields)?;
    Ok(account)
}

/// Reads an account's new limit, and sets it.
pub(crate) fn limited_account(json: &Json, mut account: Account) -> Result<Account, Problem> {
    let mut fields = Fields::new(json, "");
    match read_limit(&mut fields) {
        Some(limit) => set_limit(&mut account, limit),
        None => fields.fault("limit", "This is missing."),
    }
    finish(fields)?;
    Ok(account)
}

/// Reads an account's new access, and sets it.
pub(crate) fn shared_account(json: &Json, mut account: Account) -> Result<Account, Problem> {
    let mut fields = Fields::new(json, "");
    account.access = read_access(&mut fields);
    finish(fields)?;
    Ok(account)
}
