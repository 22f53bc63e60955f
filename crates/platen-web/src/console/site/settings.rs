//! Settings of the whole site. *Source*: rules.md.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use platen_ledger::site::Unreadable;
use platen_ledger::{Leasing, LedgerError, Refusal, Settings};

use super::super::fields::{Faults, Fields};
use super::super::frame::{Ask, Frame, Here, page, page_with};
use super::super::stop::Stop;
use crate::flash::see_other_with_notice;
use crate::words::console::{Fill as _, FrameWords, SiteWords};

/// Ten years, as in the site file.
const MOST_HOURS: u32 = 87_600;
/// A month: longer is no session.
const MOST_SESSION_HOURS: u32 = 744;

#[derive(Template)]
#[template(path = "console/settings.html")]
struct SettingsPage {
    frame: Frame,
    w: &'static SiteWords,
    entry: Entry,
    faults: Faults,
    conflict: bool,
    portal_url: String,
    site_id: String,
}

/// The settings as they are typed, right or wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Entry {
    user_portal: bool,
    upload: bool,
    account_management: bool,
    clients_may_quit: bool,
    hold_hours: String,
    grace_hours: String,
    decline: bool,
    session_hours: String,
    lease_points: String,
    lease_hours: String,
    lease_report_days: String,
    /// What the settings were when they were loaded.
    base: String,
}

impl Entry {
    fn of(settings: &Settings) -> Self {
        Self {
            user_portal: settings.user_portal,
            upload: settings.upload,
            account_management: settings.account_management,
            clients_may_quit: settings.clients_may_quit,
            hold_hours: settings.hold_hours.to_string(),
            grace_hours: settings.grace_hours.to_string(),
            decline: settings.unreadable == Unreadable::Decline,
            session_hours: settings.session_hours.to_string(),
            lease_points: settings.leasing.lease_points.to_string(),
            lease_hours: settings.leasing.lease_hours.to_string(),
            lease_report_days: settings.leasing.lease_report_days.to_string(),
            base: mark(settings),
        }
    }

    fn read(fields: &Fields) -> Self {
        Self {
            user_portal: fields.is_on("user_portal"),
            upload: fields.is_on("upload"),
            account_management: fields.is_on("account_management"),
            clients_may_quit: fields.is_on("clients_may_quit"),
            hold_hours: fields.get("hold_hours").to_owned(),
            grace_hours: fields.get("grace_hours").to_owned(),
            decline: fields.get("unreadable") == "decline",
            session_hours: fields.get("session_hours").to_owned(),
            lease_points: fields.get("lease_points").to_owned(),
            lease_hours: fields.get("lease_hours").to_owned(),
            lease_report_days: fields.get("lease_report_days").to_owned(),
            base: fields.get("base").to_owned(),
        }
    }

    fn settings(&self, w: &FrameWords) -> Result<Settings, Faults> {
        let mut faults = Faults::default();
        let mut number = |field: &str, text: &str, least, most| {
            faults.take(field, w.read_number(text, least, most))
        };
        let hold = number("hold_hours", &self.hold_hours, 1, MOST_HOURS);
        let grace = number("grace_hours", &self.grace_hours, 0, MOST_HOURS);
        let session = number("session_hours", &self.session_hours, 1, MOST_SESSION_HOURS);
        let points = Leasing::MOST_POINTS;
        let points = number("lease_points", &self.lease_points, 0, points);
        let hours = number("lease_hours", &self.lease_hours, 1, MOST_HOURS);
        let days = Leasing::MOST_DAYS;
        let days = number("lease_report_days", &self.lease_report_days, 0, days);
        let (Some(hold_hours), Some(grace_hours), Some(session_hours)) = (hold, grace, session)
        else {
            return Err(faults);
        };
        let (Some(lease_points), Some(lease_hours), Some(lease_report_days)) =
            (points, hours, days)
        else {
            return Err(faults);
        };
        Ok(Settings {
            user_portal: self.user_portal,
            upload: self.upload,
            account_management: self.account_management,
            clients_may_quit: self.clients_may_quit,
            hold_hours,
            grace_hours,
            unreadable: if self.decline {
                Unreadable::Decline
            } else {
                Unreadable::Ask
            },
            session_hours,
            leasing: Leasing {
                lease_points,
                lease_hours,
                lease_report_days,
            },
        })
    }
}

/// Tells apart the settings that two administrators edit.
fn mark(settings: &Settings) -> String {
    let switch = |on: bool| if on { '1' } else { '0' };
    let switches: String = [
        settings.user_portal,
        settings.upload,
        settings.account_management,
        settings.clients_may_quit,
        settings.unreadable == Unreadable::Decline,
    ]
    .map(switch)
    .iter()
    .collect();
    let numbers = [
        settings.hold_hours,
        settings.grace_hours,
        settings.session_hours,
        settings.leasing.lease_points,
        settings.leasing.lease_hours,
        settings.leasing.lease_report_days,
    ];
    numbers
        .iter()
        .fold(switches, |mark, number| format!("{mark}-{number}"))
}

pub(in crate::console) async fn settings(ask: Ask) -> Result<Response, Stop> {
    let stored = ask.central.ledger.settings().await?;
    let shown = build(&ask, Entry::of(&stored), Faults::default(), false).await?;
    page(&shown)
}

async fn build(
    ask: &Ask,
    entry: Entry,
    faults: Faults,
    conflict: bool,
) -> Result<SettingsPage, Stop> {
    let site_id = ask.central.ledger.site_id().await?;
    Ok(SettingsPage {
        frame: ask.frame(Here::Settings),
        w: &ask.words().site,
        entry,
        faults,
        conflict,
        portal_url: ask.central.config.public_url.to_string(),
        site_id: site_id.to_string(),
    })
}

pub(in crate::console) async fn save(ask: Ask, fields: Fields) -> Result<Response, Stop> {
    let stored = ask.central.ledger.settings().await?;
    let mut entry = Entry::read(&fields);
    let wanted = match entry.settings(&ask.words().frame) {
        Ok(wanted) => wanted,
        Err(faults) => {
            let shown = build(&ask, entry, faults, false).await?;
            return page_with(StatusCode::UNPROCESSABLE_ENTITY, &shown);
        }
    };
    let saved = if entry.base == mark(&stored) || wanted == stored {
        let desk = ask.desk();
        desk.put_settings(wanted, stored, ask.central.now()).await
    } else {
        Err(Refusal::Changed.into())
    };
    match saved {
        Err(LedgerError::Refused(Refusal::Changed)) => {
            entry.base = mark(&ask.central.ledger.settings().await?);
            let shown = build(&ask, entry, Faults::default(), true).await?;
            return page_with(StatusCode::CONFLICT, &shown);
        }
        saved => saved?,
    }
    let w = &ask.words().site;
    let notice = if wanted == stored {
        w.settings_unchanged
    } else {
        w.settings_saved
    };
    Ok(see_other_with_notice("/console/settings", notice))
}
