//! The audit log: searched and filtered, never changed.

use askama::Template;
use axum::response::Response;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use platen_ledger::{ACTIONS, AuditEntry, AuditFilter};

use super::super::frame::{Ask, Frame, Here, page};
use super::super::listing::Listing;
use super::super::stop::Stop;
use crate::language::Language;
use crate::words::console::{AuditWords, Fill as _, SiteWords};

const NAMES: [&str; 4] = ["search", "action", "since", "until"];

/// What the console writes down beside what the ledger does.
const EXPORTS: [&str; 2] = ["accounts.export", "people.export"];

#[derive(Template)]
#[template(path = "console/audit.html")]
struct AuditPage {
    frame: Frame,
    w: &'static SiteWords,
    list: Listing,
    rows: Vec<AuditEntry>,
    actions: Vec<&'static str>,
}

pub(in crate::console) async fn list(ask: Ask) -> Result<Response, Stop> {
    let mut list = Listing::read("/console/audit", &NAMES, &ask.query);
    let ledger = &ask.central.ledger;
    let found = ledger
        .audit(AuditFilter {
            search: list.get("search").to_owned(),
            action: Some(list.get("action").to_owned()).filter(|action| !action.is_empty()),
            since: midnight(&ask, list.get("since"), 0),
            until: midnight(&ask, list.get("until"), 1),
            page: list.ask(),
        })
        .await?;
    list.found(found.total);
    page(&AuditPage {
        frame: ask.frame(Here::Audit),
        w: &ask.words().site,
        list,
        rows: found.rows,
        actions: ACTIONS.into_iter().chain(EXPORTS).collect(),
    })
}

/// The beginning of the day, or of the day after it; the days are the site's.
fn midnight(ask: &Ask, text: &str, later: i32) -> Option<Timestamp> {
    let day: Date = text.parse().ok()?;
    let day = day.checked_add(later.days()).ok()?;
    let start = day.to_zoned(ask.central.config.zone.clone()).ok()?;
    Some(start.timestamp())
}

impl AuditPage {
    fn action(&self, action: &str) -> String {
        named(self.frame.language, action)
    }

    /// What changed, in words: `Limit: 50 → 60`.
    fn details(&self, entry: &AuditEntry) -> Vec<String> {
        details(self.frame.language, &entry.detail)
    }
}

/// What was done, in words; what nobody has words for, as it stands there.
pub(in crate::console) fn named(language: Language, action: &str) -> String {
    let w = &language.console().audit;
    let known = match action {
        "account.create" => w.account_create,
        "account.change" => w.account_change,
        "account.archive" => w.account_archive,
        "account.restore" => w.account_restore,
        "account.assign" => w.account_assign,
        "account.unassign" => w.account_unassign,
        "accounts.import" => w.accounts_import,
        "accounts.export" => w.accounts_export,
        "rates.change" => w.rates_change,
        "settings.change" => w.settings_change,
        "groups.change" => w.groups_change,
        "people.import" => w.people_import,
        "people.export" => w.people_export,
        "points.adjust" => w.points_adjust,
        "points.adjust-all" => w.points_adjust_all,
        "credential.create" => w.credential_create,
        "credential.revoke" => w.credential_revoke,
        "release.taken-back" => w.release_taken_back,
        "release.unknown" => w.release_unknown,
        "session.end" => w.session_end,
        "sessions.end" => w.sessions_end,
        "lease.call-back" => w.lease_call_back,
        "lease.write-off" => w.lease_write_off,
        "lease.late" => w.lease_late,
        "lease.unreported" => w.lease_unreported,
        "note" => w.note,
        other => return other.to_owned(),
    };
    known.to_owned()
}

/// Of changes, each field's value before and after.
fn details(language: Language, detail: &str) -> Vec<String> {
    let w = &language.console().audit;
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(detail) else {
        return vec![detail.to_owned()];
    };
    fields
        .iter()
        .map(|(name, value)| {
            let name = field(w, name);
            match value.as_array().map(Vec::as_slice) {
                Some([before, after]) => {
                    format!("{name}: {} → {}", plain(before), plain(after))
                }
                _ => format!("{name}: {}", plain(value)),
            }
        })
        .collect()
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "–".to_owned(),
        serde_json::Value::String(text) if text.is_empty() => "–".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(list) if list.is_empty() => "–".to_owned(),
        serde_json::Value::Array(list) => {
            let list: Vec<_> = list.iter().map(plain).collect();
            list.join(", ")
        }
        other => other.to_string(),
    }
}

fn field(w: &AuditWords, name: &str) -> String {
    let known = match name {
        "name" => w.field_name,
        "code" => w.field_code,
        "enabled" => w.field_enabled,
        "start" => w.field_start,
        "expiry" => w.field_expiry,
        "kind" => w.field_kind,
        "limit" => w.field_limit,
        "exceed_by" => w.field_exceed_by,
        "access" => w.field_access,
        "groups" => w.field_groups,
        "users" => w.field_users,
        "on_clients" => w.field_on_clients,
        "reason" => w.field_reason,
        "change" => w.field_change,
        "points" => w.field_points,
        "version" => w.field_version,
        "hold_hours" => w.field_hold_hours,
        "grace_hours" => w.field_grace_hours,
        "session_hours" => w.field_session_hours,
        "unreadable" => w.field_unreadable,
        "account_management" => w.field_account_management,
        "user_portal" => w.field_user_portal,
        "upload" => w.field_upload,
        "clients_may_quit" => w.field_clients_may_quit,
        "lease_points" => w.field_lease_points,
        "lease_hours" => w.field_lease_hours,
        "lease_report_days" => w.field_lease_report_days,
        "account" => w.field_account,
        "device" => w.field_device,
        "granted" => w.field_granted,
        "drawn" => w.field_drawn,
        "unreported" => w.field_unreported,
        "printer" => w.field_printer,
        "host" => w.field_host,
        "job" => w.field_job,
        "user" => w.field_user,
        "trouble" => w.field_trouble,
        "written" => w.field_written,
        other => return other.to_owned(),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_of_the_ledger_has_words_in_both_languages() {
        for action in ACTIONS.into_iter().chain(EXPORTS) {
            for language in Language::ALL {
                assert_ne!(named(language, action), action, "{action}");
            }
        }
        assert_eq!(named(Language::English, "somewhere.else"), "somewhere.else");
    }

    #[test]
    fn changes_are_told_before_and_after() {
        let told = |detail| details(Language::English, detail);
        assert_eq!(told(r#"{"limit": ["50", null]}"#), ["Limit: 50 → –"]);
        assert_eq!(told(r#"{"users": [[], ["a"]]}"#), ["Users: – → a"]);
        assert_eq!(told(r#"{"added": ["a"], "n": 3}"#), ["added: a", "n: 3"]);
        assert_eq!(told("not JSON"), ["not JSON"]);
    }
}
