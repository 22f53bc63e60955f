//! The tray: its menu read and clicked over D-Bus, as a panel does.

use std::process::ExitStatus;

use anyhow::{Context, Result};
use platen_lab::{DesktopOptions, Notification, SeatOptions, Sight, StageOptions, wait_until};
use platen_tests::documents::grey;
use platen_tests::menu::{MenuItem, Shown};
use platen_tests::rig::{DEADLINE, pilot};
use platen_tests::{Rig, RigOptions};

/// Small accounts, one of them full already and one without a limit.
const ACCOUNTS: &str = r#"
[[account]]
name = "Print Quota"
code = "quota"
limit = 20
exceed_by = 10

[[account]]
name = "Used Up"
code = "used-up"
limit = 0

[[account]]
name = "Research & Teaching"
code = "research"
"#;

fn labels(items: &[MenuItem]) -> Vec<&str> {
    items.iter().map(|item| item.label.as_str()).collect()
}

fn submenu<'a>(shown: &'a Shown, label: &str) -> Result<&'a [MenuItem]> {
    let found = shown
        .items
        .iter()
        .find(|item| item.label.starts_with(label) && !item.items.is_empty());
    let found = found.with_context(|| format!("no submenu {label} in {:?}", shown.items))?;
    Ok(&found.items)
}

fn account<'a>(shown: &'a Shown, name: &str) -> Result<&'a MenuItem> {
    let lines = submenu(shown, "Active Account")?;
    let found = lines.iter().find(|item| item.label.starts_with(name));
    found.with_context(|| format!("no account {name} in {lines:?}"))
}

/// The names that are checked in the submenu of accounts.
fn checked(shown: &Shown) -> Result<Vec<&str>> {
    let lines = submenu(shown, "Active Account")?;
    let chosen = lines.iter().filter(|item| item.checked == Some(true));
    Ok(chosen.map(|item| item.label.as_str()).collect())
}

fn until_shown(rig: &Rig, what: &str, wanted: impl Fn(&Shown) -> bool) -> Result<Shown> {
    let mut last = None;
    let seen = wait_until(what, DEADLINE, || {
        last = rig.tray().ok();
        last.as_ref().is_some_and(&wanted)
    });
    seen.with_context(|| format!("the tray shows {last:#?}"))?;
    last.context("the tray showed nothing")
}

fn until_tooltip(rig: &Rig, wanted: &str) -> Result<Shown> {
    until_shown(rig, &format!("the tooltip “{wanted}”"), |shown| {
        shown.tooltip == wanted
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn menu_says_who_prints_what_is_charged_and_what_was_printed() -> Result<()> {
    let rig = Rig::with_accounts("menu", ACCOUNTS)?;
    rig.print("notes.pdf", &grey(3), &[])?;
    rig.told("Job Ready", "notes.pdf")?;
    let shown = until_shown(&rig, "the document in the menu", |shown| {
        submenu(shown, "Recent Documents").is_ok_and(|items| items[0].label.contains("notes.pdf"))
    })?;
    let top = labels(&shown.items);
    assert!(top[0].ends_with("(this computer’s user)"), "{top:?}");
    assert_eq!(
        top[1..],
        [
            "",
            "Active Account: Print Quota",
            "Open User Portal",
            "Recent Documents",
            "",
            "About & Diagnostics",
            "Quit"
        ]
    );
    assert!(!shown.items[0].enabled);
    assert_eq!(
        labels(submenu(&shown, "Active Account")?),
        [
            "Print Quota — 3/20 points used",
            "Research & Teaching — 0 points",
            "Used Up — 0/0 points used, at its limit"
        ]
    );
    assert_eq!(checked(&shown)?, ["Print Quota — 3/20 points used"]);
    assert_eq!(
        labels(submenu(&shown, "Recent Documents")?),
        ["notes.pdf — 3 points, Ready to release"]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_account_is_active_at_once_and_stays_checked_when_clicked_again() -> Result<()> {
    let rig = Rig::with_accounts("choose", ACCOUNTS)?;
    rig.click("Research & Teaching")?;
    let is_research = |shown: &Shown| {
        checked(shown).is_ok_and(|names| names == ["Research & Teaching — 0 points"])
    };
    until_shown(&rig, "the account to be checked", is_research)?;
    rig.until("the account to be active", |status| {
        status.active_account.as_deref() == Some("Research & Teaching")
    })?;
    // A panel switches a check mark by itself when it is clicked.
    rig.click("Research & Teaching")?;
    rig.print("next.pdf", &grey(1), &[])?;
    let note = rig.told("Job Ready", "next.pdf")?;
    assert_eq!(
        note.body,
        "“next.pdf” costs 1 point.\nResearch &amp; Teaching: 1 point"
    );
    let shown = until_shown(&rig, "the balance in the menu", |shown| {
        account(shown, "Research").is_ok_and(|item| item.label.ends_with("— 1 point"))
    })?;
    assert_eq!(checked(&shown)?.len(), 1, "{shown:#?}");
    assert_eq!(account(&shown, "Research")?.checked, Some(true));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn account_at_its_limit_can_not_be_chosen() -> Result<()> {
    let rig = Rig::with_accounts("full", ACCOUNTS)?;
    let shown = rig.tray()?;
    assert!(!account(&shown, "Used Up")?.enabled);
    assert!(rig.click("Used Up").is_err());
    // Nor by a panel that shows an older menu.
    rig.click_anyway("Used Up")?;
    rig.click("Research & Teaching")?;
    let status = rig.until("the other account to be active", |status| {
        status.active_account.as_deref() != Some("Print Quota")
    })?;
    assert_eq!(
        status.active_account.as_deref(),
        Some("Research & Teaching")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn icon_and_tooltip_follow_the_standing() -> Result<()> {
    let rig = Rig::with_accounts("standing", ACCOUNTS)?;
    let mut icons = Vec::new();
    // The icon and the tooltip are read one after the other, and may change in between.
    let mut another = |tooltip: &str| {
        let shown = until_shown(&rig, &format!("another icon, “{tooltip}”"), |shown| {
            shown.tooltip == tooltip && !icons.contains(&shown.icon)
        })?;
        icons.push(shown.icon);
        anyhow::Ok(())
    };
    another("Print Quota: 0/20 points used")?;
    rig.print("a.pdf", &grey(15), &[])?;
    another("Print Quota: 15/20 points used (Running low)")?;
    rig.print("b.pdf", &grey(6), &[])?;
    another("Print Quota: 21/20 points used (Over limit)")?;
    rig.click("Research & Teaching")?;
    another("Research & Teaching: 0 points")
}

#[tokio::test(flavor = "multi_thread")]
async fn item_comes_back_with_the_panel() -> Result<()> {
    let mut rig = Rig::with_accounts("panel", ACCOUNTS)?;
    let seen = |rig: &Rig| rig.in_panel().is_ok_and(|seen| seen);
    wait_until("the item in the panel", DEADLINE, || seen(&rig))?;
    rig.seat.desktop_mut()?.stop_tray();
    rig.print("alone.pdf", &grey(2), &[])?;
    rig.told("Job Ready", "alone.pdf")?;
    rig.seat.desktop_mut()?.start_tray()?;
    wait_until("the item in the new panel", DEADLINE, || seen(&rig))?;
    until_tooltip(&rig, "Print Quota: 2/20 points used").map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn panel_that_comes_after_the_client_shows_the_item() -> Result<()> {
    let parts = DesktopOptions {
        tray: false,
        ..DesktopOptions::default()
    };
    let mut rig = Rig::with("latepanel", on_desktop(parts, ""))?;
    rig.print("early.pdf", &grey(2), &[])?;
    rig.told("Job Ready", "early.pdf")?;
    rig.seat.desktop_mut()?.start_tray()?;
    wait_until("the item in the panel", DEADLINE, || {
        rig.in_panel().is_ok_and(|seen| seen)
    })?;
    until_tooltip(&rig, "Print Quota: 2/20 points used").map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn verdict_without_a_notification_service_is_in_the_menu_and_the_next_is_notified()
-> Result<()> {
    let parts = DesktopOptions {
        notifications: false,
        ..DesktopOptions::default()
    };
    let mut rig = Rig::with("silent", on_desktop(parts, ""))?;
    rig.print("unheard.pdf", &grey(2), &[])?;
    rig.until_state("unheard.pdf", "held")?;
    let listed = |shown: &Shown, name: &str| {
        submenu(shown, "Recent Documents")
            .is_ok_and(|items| items.iter().any(|item| item.label.contains(name)))
    };
    until_shown(&rig, "the document in the menu", |shown| {
        listed(shown, "unheard.pdf — 2 points, Ready to release")
    })?;
    assert!(
        !rig.seat
            .desktop()?
            .has_name("org.freedesktop.Notifications")
    );

    rig.seat.desktop_mut()?.start_notifications()?;
    rig.print("heard.pdf", &grey(1), &[])?;
    rig.told("Job Ready", "heard.pdf")?;
    let shown = rig.tray()?;
    assert!(listed(&shown, "unheard.pdf") && listed(&shown, "heard.pdf"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn about_opens_a_window_and_quit_ends_the_client() -> Result<()> {
    let mut rig = Rig::with_accounts("quit", ACCOUNTS)?;
    rig.click("About & Diagnostics")?;
    wait_until("the window", DEADLINE, || {
        rig.windows("Platen").is_ok_and(|count| count == 1)
    })?;
    rig.click("Quit")?;
    let status: ExitStatus = rig.seat.client()?.wait(DEADLINE)?;
    assert!(status.success(), "{status}");
    assert!(rig.tray().is_err(), "the item stayed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn german_desktop_is_told_in_german_and_offers_no_quit_where_the_site_forbids_it()
-> Result<()> {
    let mut options = on_desktop(DesktopOptions::default(), "allow_quit = false");
    options.seat.locale = "de_DE.UTF-8".to_owned();
    let rig = Rig::with("noquit", options)?;
    rig.print("notes.pdf", &grey(3), &["-o", "sides=two-sided-long-edge"])?;
    let ready = |note: &Notification| note.summary == "Dokument bereit";
    let note = rig.recorder.wait_for(DEADLINE, ready)?;
    assert_eq!(
        note.body,
        "„notes.pdf“ kostet 2,5 Punkte.\nPrint Quota: 2,5/20 Punkte verbraucht, 17,5 verfügbar"
    );
    let change = (String::from("change-account"), String::from("Konto ändern"));
    assert!(note.actions.contains(&change), "{note:?}");
    let shown = until_shown(&rig, "the document in the menu", |shown| {
        submenu(shown, "Letzte Dokumente")
            .is_ok_and(|items| items[0].label == "notes.pdf — 2,5 Punkte, Bereit zur Freigabe")
    })?;
    let top = labels(&shown.items);
    assert!(top[0].ends_with("(Benutzer dieses Computers)"), "{top:?}");
    assert_eq!(
        top[1..],
        [
            "",
            "Aktives Konto: Print Quota",
            "Benutzerportal öffnen",
            "Letzte Dokumente",
            "",
            "Info & Diagnose"
        ]
    );
    assert_eq!(shown.tooltip, "Print Quota: 2,5/20 Punkte verbraucht");
    Ok(())
}

fn on_desktop(parts: DesktopOptions, settings: &str) -> RigOptions {
    RigOptions {
        stage: StageOptions {
            provider: false,
            ..StageOptions::default()
        },
        seat: SeatOptions {
            sight: Sight::Virtual(parts),
            pilot: Some(pilot(ACCOUNTS)),
            settings: settings.to_owned(),
            ..SeatOptions::default()
        },
    }
}
