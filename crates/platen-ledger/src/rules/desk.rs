//! What administrators change, each with its entry in the log: both or none.
//! What changes nothing is not written down.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use platen_domain::{Access, Account, AccountId, LeaseId, Points, RateCard, UserId};
use serde_json::json;
use uuid::Uuid;

use super::differ::{self, Fields};
use super::{accounts, adjust, bulk, check_length, check_name, known_account, lease, session};
use crate::activity::{Adjusted, Adjustment, BulkAdjusted, BulkAdjustment};
use crate::audit::{Actor, AuditEntry};
use crate::credential::Credential;
use crate::error::Refusal;
use crate::lease::Lease;
use crate::site::{CardSpec, LONGEST_HOURS, Leasing, Settings};
use crate::store::{Result, StoredCredential, Tx};

/// Characters of an entry's words.
const SUBJECT: usize = 500;
const DETAIL: usize = 100_000;
/// Scopes of one credential.
const SCOPES: usize = 20;

/// Who does something, when, and how its entry will be found.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    pub(crate) id: Uuid,
    pub(crate) actor: Actor,
    pub(crate) now: Timestamp,
}

/// Adds an entry to the log.
pub(super) fn write_down(
    tx: Tx<'_>,
    stamp: &Stamp,
    action: &str,
    subject: &str,
    detail: Fields,
) -> Result<()> {
    let detail = serde_json::Value::Object(detail).to_string();
    add(tx, stamp, action, subject, detail)
}

fn add(tx: Tx<'_>, stamp: &Stamp, action: &str, subject: &str, detail: String) -> Result<()> {
    tx.add_audit(AuditEntry {
        id: stamp.id,
        at: stamp.now,
        actor: stamp.actor.id.clone(),
        name: stamp.actor.name.clone(),
        address: stamp.actor.address.clone(),
        action: action.to_owned(),
        subject: subject.chars().take(SUBJECT).collect(),
        detail,
    })
}

/// Fields of an entry that have one value each.
fn fields<const N: usize>(fields: [(&str, serde_json::Value); N]) -> Fields {
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    fields.into_iter().collect()
}

/// An entry for what was changed elsewhere.
///
/// *Errors*: texts that are not kept.
pub(crate) fn note(
    tx: Tx<'_>,
    stamp: &Stamp,
    action: &str,
    subject: &str,
    detail: &str,
) -> Result<()> {
    check_length(action, SUBJECT, "action")?;
    check_length(detail, DETAIL, "detail")?;
    add(tx, stamp, action, subject, detail.to_owned())
}

/// *Errors* and *Source*: as [`accounts::save`].
pub(crate) fn save_account(tx: Tx<'_>, stamp: &Stamp, given: &Account) -> Result<Account> {
    let action = match tx.account(given.id)? {
        Some(_) => "account.change",
        None => "account.create",
    };
    save_as(tx, stamp, action, given)
}

fn save_as(tx: Tx<'_>, stamp: &Stamp, action: &str, given: &Account) -> Result<Account> {
    let before = tx.account(given.id)?;
    let saved = accounts::save(tx, given)?;
    let version = before.as_ref().map_or(0, |before| before.version);
    if saved.version != version {
        let detail = differ::of_accounts(before.as_deref(), &saved);
        write_down(tx, stamp, action, &saved.name, detail)?;
    }
    Ok(saved)
}

/// *Errors* and *Source*: as [`accounts::set_archived`].
pub(crate) fn set_archived(
    tx: Tx<'_>,
    stamp: &Stamp,
    id: AccountId,
    archived: bool,
) -> Result<Account> {
    let before = known_account(tx, id)?;
    let saved = accounts::set_archived(tx, id, archived)?;
    if saved.version != before.version {
        let action = if archived {
            "account.archive"
        } else {
            "account.restore"
        };
        let detail = differ::of_accounts(Some(&before), &saved);
        write_down(tx, stamp, action, &saved.name, detail)?;
    }
    Ok(saved)
}

/// Whether somebody is named himself: for an account, or as member of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direct {
    Yes,
    No,
}

/// Gives somebody access to an account by himself, or takes it away. An account
/// that everyone has is everyone's already.
///
/// *Errors*: an unknown account, a login that is none, taking away what everyone
/// has. *Source*: rules.md.
pub(crate) fn assign(
    tx: Tx<'_>,
    stamp: &Stamp,
    id: AccountId,
    (login, direct): (&str, Direct),
) -> Result<Account> {
    let account = known_account(tx, id)?;
    check_name(login, "login")?;
    let (mut access, action) = match direct {
        Direct::Yes => (account.access.clone(), "account.assign"),
        Direct::No => (account.access.clone(), "account.unassign"),
    };
    match (&mut access, direct) {
        (Access::Everyone, Direct::Yes) => {}
        (Access::Everyone, Direct::No) => return Err(Refusal::EveryonesAccount.into()),
        (Access::Only { users, .. }, Direct::Yes) => {
            users.insert(login.to_owned());
        }
        (Access::Only { users, .. }, Direct::No) => {
            users.remove(login);
        }
    }
    let changed = Account {
        access,
        ..(*account).clone()
    };
    save_as(tx, stamp, action, &changed)
}

/// Puts other rates in force, as a new version if they differ, in place of the
/// version that was `seen`.
///
/// *Errors*: another version by now; rates that contradict themselves.
/// *Source*: rules.md.
pub(crate) fn put_card(
    tx: Tx<'_>,
    stamp: &Stamp,
    spec: &CardSpec,
    seen: Option<u64>,
) -> Result<RateCard> {
    super::card::check(spec)?;
    let before = tx.current_card()?;
    let version = before.as_ref().map_or(0, |card| card.version);
    if seen.is_some_and(|seen| seen != version) {
        return Err(Refusal::Changed.into());
    }
    if let Some(card) = &before
        && **card == spec.with_version(version)
    {
        return Ok((**card).clone());
    }
    let card = spec.with_version(version + 1);
    tx.add_card(card.clone())?;
    let detail = differ::of_cards(before.as_deref(), &card);
    let subject = card.version.to_string();
    write_down(tx, stamp, "rates.change", &subject, detail)?;
    Ok(card)
}

/// Puts other settings in force, in place of those that were `seen`. What is so
/// already stays.
///
/// *Errors*: others by now; a number of hours that makes no sense.
pub(crate) fn put_settings(
    tx: Tx<'_>,
    stamp: &Stamp,
    settings: &Settings,
    seen: Option<&Settings>,
) -> Result<()> {
    for (what, hours, least) in [
        ("hours that a document waits", settings.hold_hours, 1),
        ("hours of grace", settings.grace_hours, 0),
        ("hours of a session", settings.session_hours, 1),
    ] {
        if !(least..=LONGEST_HOURS).contains(&hours) {
            let most = LONGEST_HOURS;
            return Err(Refusal::OutOfRange { what, least, most }.into());
        }
    }
    let leasing = &settings.leasing;
    for (what, value, least, most) in [
        (
            "points for use without network",
            leasing.lease_points,
            0,
            Leasing::MOST_POINTS,
        ),
        (
            "hours without network",
            leasing.lease_hours,
            1,
            LONGEST_HOURS,
        ),
        (
            "days for a report",
            leasing.lease_report_days,
            0,
            Leasing::MOST_DAYS,
        ),
    ] {
        if !(least..=most).contains(&value) {
            return Err(Refusal::OutOfRange { what, least, most }.into());
        }
    }
    let before = tx.settings()?;
    if before == *settings {
        return Ok(());
    }
    if seen.is_some_and(|seen| *seen != before) {
        return Err(Refusal::Changed.into());
    }
    tx.put_settings(settings)?;
    let detail = differ::of_settings(&before, settings)?;
    write_down(tx, stamp, "settings.change", "", detail)
}

/// Puts other groups in force, in place of the former.
///
/// *Errors*: a group or a login without a name. *Source*: rules.md R-6.
pub(crate) fn put_groups(
    tx: Tx<'_>,
    stamp: &Stamp,
    groups: &BTreeMap<String, BTreeSet<String>>,
) -> Result<()> {
    for (group, logins) in groups {
        check_name(group, "group")?;
        for login in logins {
            check_name(login, "login")?;
        }
    }
    let before = tx.members()?;
    let detail = differ::of_groups(&before, groups);
    if detail.is_empty() {
        return Ok(());
    }
    tx.replace_groups(groups)?;
    write_down(tx, stamp, "groups.change", "", detail)
}

/// Puts somebody into a group of the site, or takes him out; false where it was
/// so already. `people` are those known by this login: they hear of it.
///
/// *Errors*: a group or a login without a name. *Source*: rules.md R-6.
pub(crate) fn set_member(
    tx: Tx<'_>,
    stamp: &Stamp,
    (group, login, direct): (&str, &str, Direct),
    people: Vec<UserId>,
) -> Result<bool> {
    check_name(group, "group")?;
    check_name(login, "login")?;
    let stored = tx.groups_by_login()?.get(login).cloned();
    let mut groups = stored.unwrap_or_default();
    let (changed, change) = match direct {
        Direct::Yes => (groups.insert(group.to_owned()), json!([[], [login]])),
        Direct::No => (groups.remove(group), json!([[login], []])),
    };
    if changed {
        tx.change_groups(&BTreeMap::from([(login.to_owned(), groups)]), people)?;
        let detail = fields([("users", change)]);
        write_down(tx, stamp, "groups.change", group, detail)?;
    }
    Ok(changed)
}

/// *Errors* and *Source*: as [`adjust::adjust`].
pub(crate) fn adjust(tx: Tx<'_>, stamp: &Stamp, id: Uuid, ask: &Adjustment) -> Result<Adjusted> {
    let repeated = tx.activity(id)?.is_some();
    let adjusted = adjust::adjust(tx, id, ask, stamp.now)?;
    if repeated {
        return Ok(adjusted);
    }
    let account = known_account(tx, ask.account)?;
    let after = adjusted.activity.posted_after;
    let before = after.minus(adjusted.activity.points)?;
    let mut detail = fields([
        ("change", json!(ask.change.to_string())),
        ("reason", json!(ask.reason)),
        ("points", json!([before.to_string(), after.to_string()])),
    ]);
    if let Some(user) = &ask.user {
        detail.insert("user".to_owned(), json!(name_of(tx, user)?));
    }
    write_down(tx, stamp, "points.adjust", &account.name, detail)?;
    Ok(adjusted)
}

/// A person in words: the login where it is known.
fn name_of(tx: Tx<'_>, user: &UserId) -> Result<String> {
    let login = tx.stored_person(user)?.map(|stored| stored.person.login);
    let login = login.filter(|login| !login.trim().is_empty());
    Ok(login.unwrap_or_else(|| user.as_str().to_owned()))
}

/// *Errors* and *Source*: as [`bulk::adjust_all`].
pub(crate) fn adjust_all(
    tx: Tx<'_>,
    stamp: &Stamp,
    id: Uuid,
    ask: &BulkAdjustment,
) -> Result<BulkAdjusted> {
    let repeated = tx.operation(id)?.is_some();
    let adjusted = bulk::adjust_all(tx, id, ask, stamp.now)?;
    if !repeated {
        let detail = fields([
            ("change", json!(ask.change.to_string())),
            ("reason", json!(ask.reason)),
            ("balances", json!(adjusted.balances)),
        ]);
        let account = known_account(tx, ask.account)?;
        write_down(tx, stamp, "points.adjust-all", &account.name, detail)?;
    }
    Ok(adjusted)
}

/// Lets another program in. The same again changes nothing.
///
/// *Errors*: a name that is none, other content under the same id.
/// *Source*: rules.md R-32.
pub(crate) fn add_credential(
    tx: Tx<'_>,
    stamp: &Stamp,
    credential: &Credential,
    secret: [u8; 32],
) -> Result<Credential> {
    check_name(&credential.name, "name")?;
    if credential.scopes.len() > SCOPES {
        return Err(Refusal::TooLong {
            what: "list of scopes",
        }
        .into());
    }
    for scope in &credential.scopes {
        check_name(scope, "scope")?;
    }
    let credential = Credential {
        made_by: stamp.actor.name.clone(),
        made_at: stamp.now,
        used_at: None,
        revoked_at: None,
        ..credential.clone()
    };
    if let Some(stored) = tx.credential(credential.id)? {
        let known = &stored.credential;
        let same = (&known.name, &known.scopes) == (&credential.name, &credential.scopes);
        if same && stored.secret == secret {
            return Ok(stored.credential);
        }
        return Err(Refusal::ExistsWithDifferent { what: "content" }.into());
    }
    let detail = fields([
        ("id", json!(credential.id.to_string())),
        ("scopes", json!(credential.scopes)),
    ]);
    write_down(tx, stamp, "credential.create", &credential.name, detail)?;
    tx.put_credential(StoredCredential {
        credential: credential.clone(),
        secret,
    })?;
    Ok(credential)
}

/// Lets another program in no more; false if it was so already.
pub(crate) fn revoke_credential(tx: Tx<'_>, stamp: &Stamp, id: Uuid) -> Result<bool> {
    let Some(mut stored) = tx.credential(id)? else {
        return Ok(false);
    };
    if stored.credential.revoked_at.is_some() {
        return Ok(false);
    }
    stored.credential.revoked_at = Some(stamp.now);
    let detail = fields([("id", json!(id.to_string()))]);
    write_down(
        tx,
        stamp,
        "credential.revoke",
        &stored.credential.name,
        detail,
    )?;
    tx.put_credential(stored)?;
    Ok(true)
}

/// Ends a session of somebody, or all of them under one entry; gives how many
/// let somebody in until now.
pub(crate) fn end_sessions(
    tx: Tx<'_>,
    stamp: &Stamp,
    action: &str,
    digests: &[[u8; 32]],
) -> Result<u64> {
    let ended = session::end(tx, digests, stamp.now)?;
    if let Some(first) = ended.first() {
        let devices: BTreeSet<_> = ended.iter().map(|session| &session.device).collect();
        let detail = fields([
            ("devices", json!(devices)),
            ("sessions", json!(ended.len())),
        ]);
        write_down(tx, stamp, action, &first.person.login, detail)?;
    }
    Ok(ended.len() as u64)
}

/// *Errors* and *Source*: as [`lease::call_back`].
pub(crate) fn call_back_lease(tx: Tx<'_>, stamp: &Stamp, id: LeaseId) -> Result<Lease> {
    let before = lease::known(tx, id)?.lease;
    let called = lease::call_back(tx, id, stamp.now)?;
    if called != before {
        lease_entry(tx, stamp, "lease.call-back", &called)?;
    }
    Ok(called)
}

/// *Errors* and *Source*: as [`lease::write_off`].
pub(crate) fn write_off_lease(tx: Tx<'_>, stamp: &Stamp, id: LeaseId) -> Result<Lease> {
    let before = lease::known(tx, id)?.lease;
    let given_up = lease::write_off(tx, id, stamp.now)?;
    if given_up != before {
        lease_entry(tx, stamp, "lease.write-off", &given_up)?;
    }
    Ok(given_up)
}

/// Writes down what was done to a lease.
pub(super) fn lease_entry(tx: Tx<'_>, stamp: &Stamp, action: &str, lease: &Lease) -> Result<()> {
    let detail = lease_detail(tx, lease)?;
    write_down(tx, stamp, action, &name_of(tx, &lease.user)?, detail)
}

/// Writes down that a gate printed on a lease what its device had not reported.
pub(super) fn unreported_entry(
    tx: Tx<'_>,
    stamp: &Stamp,
    lease: &Lease,
    unreported: Points,
) -> Result<()> {
    let mut detail = lease_detail(tx, lease)?;
    detail.insert("unreported".to_owned(), json!(unreported.to_string()));
    let user = name_of(tx, &lease.user)?;
    write_down(tx, stamp, "lease.unreported", &user, detail)
}

fn lease_detail(tx: Tx<'_>, lease: &Lease) -> Result<Fields> {
    let account = known_account(tx, lease.account)?;
    Ok(fields([
        ("account", json!(account.name)),
        ("device", json!(device_in_words(tx, &lease.device)?)),
        ("granted", json!(lease.granted.to_string())),
        ("drawn", json!(lease.drawn.to_string())),
    ]))
}

/// A device in words: what people call it where it is known.
fn device_in_words(tx: Tx<'_>, device: &str) -> Result<String> {
    let known = match device.parse() {
        Ok(id) => tx.device(id)?,
        Err(_) => None,
    };
    Ok(known.map_or_else(|| device.to_owned(), |device| device.name))
}
