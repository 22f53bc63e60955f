//! The administrators' console in Chromium, at a real server: every page and flow, on a desktop and
//! on a telephone, by mouse and by keyboard.

use anyhow::{Result, ensure};
use fantoccini::Locator;
use fantoccini::key::Key;
use platen_tests::documents::grey;
use platen_tests::{Chromium, ServerRig, View, faults};
use serde_json::Value;

const DESKTOP: View = View {
    width: 1280,
    height: 900,
    mobile: false,
    dark: false,
};

const TELEPHONE: View = View {
    width: 390,
    height: 844,
    mobile: true,
    dark: false,
};

/// Every page that has an address of its own.
const PAGES: [&str; 17] = [
    "/console",
    "/console/users",
    "/console/accounts",
    "/console/accounts/new",
    "/console/accounts?archived=yes",
    "/console/groups",
    "/console/group?name=students",
    "/console/rates",
    "/console/reports",
    "/console/settings",
    "/console/api",
    "/console/sessions",
    "/console/leases",
    "/console/leases?unreported=yes",
    "/console/audit",
    "/console/transfer",
    "/console/accounts?search=nothing-like-it",
];

async fn go(rig: &ServerRig, browser: &Chromium, path: &str) -> Result<()> {
    browser.goto(&format!("{}{path}", rig.url())).await
}

/// Something of everything: a document, credentials, points on a device, an archived account.
async fn seed(rig: &ServerRig) -> Result<()> {
    let alice = rig.sign_in("alice").await?;
    alice.upload("notes.pdf", &grey(2)).await?;
    let admin = rig.sign_in("admin").await?;
    for name in ["Library kiosk", "Student portal"] {
        admin.done("/console/api", &[("name", name)]).await?;
    }
    let member = [("new_user", "carol@example.edu")];
    admin.done("/console/group?name=students", &member).await?;
    let mut laptop = rig.device("alice", "Alice’s laptop", 1).await?;
    let quota = rig.account("quota").await?;
    laptop.lease(&quota, 8, 1).await?;
    let called = laptop.lease(&quota, 4, 2).await?;
    admin
        .done(&format!("/console/leases/{called}/end"), &[])
        .await?;
    let id = rig.account("course").await?;
    admin
        .done(&format!("/console/accounts/{id}/archive"), &[])
        .await?;
    Ok(())
}

async fn every_page(name: &str, view: View) -> Result<()> {
    let rig = ServerRig::start(name)?;
    seed(&rig).await?;
    let browser = rig.browse("admin", "/console", view).await?;
    for page in PAGES {
        go(&rig, &browser, page).await?;
        ensure!(
            !browser.text("h1").await?.is_empty(),
            "{page} has no heading"
        );
        faults::none(&browser, page).await?;
    }
    every_dialog(&rig, &browser).await?;
    // The navigation leads everywhere, from wherever one is.
    go(&rig, &browser, "/console").await?;
    if view.mobile {
        browser.click("#menu-button").await?;
        browser.until_text("#side", "Audit log").await?;
        faults::none(&browser, "the menu").await?;
    }
    browser.click(".side a[href='/console/audit']").await?;
    browser.until_text("h1", "Audit log").await?;
    Ok(())
}

/// Every dialog that is not part of a flow below.
async fn every_dialog(rig: &ServerRig, browser: &Chromium) -> Result<()> {
    for (page, next, opener) in [
        ("/console/accounts", None, "a[id^=usage-]"),
        ("/console/accounts", Some("tbody .lead a"), "#archive"),
        (
            "/console/users?search=alice",
            Some("tbody .lead a"),
            "#end-all",
        ),
        ("/console/sessions?search=alice", None, "tbody a[id^=end-]"),
        ("/console/leases", None, "tbody a[id^=end-]"),
        ("/console/api", None, "tbody a[id^=revoke-]"),
    ] {
        go(rig, browser, page).await?;
        if let Some(next) = next {
            browser.click(next).await?;
        }
        browser.click(opener).await?;
        browser.until_text("dialog[open]", " ").await?;
        faults::none(browser, &format!("{opener} of {page}")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn every_page_is_whole_on_a_desktop() -> Result<()> {
    every_page("console-desktop", DESKTOP).await
}

#[tokio::test]
async fn every_page_is_whole_on_a_telephone() -> Result<()> {
    every_page("console-telephone", TELEPHONE).await
}

#[tokio::test]
async fn an_account_is_added_found_changed_and_archived() -> Result<()> {
    let rig = ServerRig::start("console-accounts")?;
    // Somebody to find while typing.
    rig.sign_in("alice").await?;
    for view in [DESKTOP, TELEPHONE] {
        let name = format!("Art School {}", view.width);
        let browser = rig.browse("admin", "/console/accounts/new", view).await?;
        browser.click("#save").await?;
        browser
            .until_text("#name-fault", "Please fill this in.")
            .await?;
        faults::none(&browser, "a form with mistakes").await?;
        // The mistake has the focus; Enter saves, and adds nobody.
        browser.press(&name).await?;
        browser
            .write("#code", &format!("art-{}", view.width))
            .await?;
        browser.click("#access-only").await?;
        browser.write("#new_user", "ali").await?;
        browser
            .until_text(".matches [role=option]", "alice")
            .await?;
        browser
            .press(&format!("{}{}", Key::Down, Key::Enter))
            .await?;
        browser.until_text("#user-chips", "alice").await?;
        browser.write("#new_group", "artists").await?;
        browser.press(&Key::Enter.to_string()).await?;
        browser.until_text("#group-chips", "artists").await?;
        browser
            .write("#limit", &format!("12.5{}", Key::Enter))
            .await?;
        browser
            .until_text("#notice", &format!("“{name}” was added."))
            .await?;
        faults::none(&browser, "the list").await?;

        browser
            .write("#search", &format!("art-{}{}", view.width, Key::Enter))
            .await?;
        browser.until_text("tbody", "1 group, 1 user").await?;
        browser.click("tbody .lead a").await?;
        browser.until_text("h1", &name).await?;
        faults::none(&browser, "the properties").await?;
        browser.click("#archive").await?;
        browser
            .until_text("dialog[open] h1", &format!("Archive “{name}”?"))
            .await?;
        browser.press(&Key::Escape.to_string()).await?;
        browser.until_gone("dialog[open]").await?;
        browser.click("#archive").await?;
        browser.click("dialog[open] .danger").await?;
        browser.until_text("#notice", "was archived.").await?;
        browser.client.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn several_accounts_are_changed_at_once() -> Result<()> {
    let rig = ServerRig::start("console-bulk")?;
    let browser = rig.browse("admin", "/console/accounts", DESKTOP).await?;
    browser.click("#select-all").await?;
    browser.click("#bulk-disable").await?;
    browser
        .until_text("#notice", "accounts were changed.")
        .await?;
    browser.until_text("tbody", "Disabled").await?;
    browser.click("tbody .pick input").await?;
    browser.click("#bulk-enable").await?;
    browser
        .until_text("#notice", "1 account was changed.")
        .await?;
    Ok(())
}

#[tokio::test]
async fn points_are_adjusted_in_the_usage_panel() -> Result<()> {
    let rig = ServerRig::start("console-usage")?;
    rig.sign_in("alice").await?;
    for (view, now) in [(DESKTOP, "5"), (TELEPHONE, "10")] {
        let browser = rig
            .browse("admin", "/console/users?search=alice", view)
            .await?;
        browser.click("tbody .lead a").await?;
        browser
            .until_text("main", "Global and group assignments")
            .await?;
        faults::none(&browser, "the user").await?;
        browser.click(".assignment a.button[id^=global-]").await?;
        browser
            .until_text("dialog[open]", "Account balance")
            .await?;
        faults::none(&browser, "the panel").await?;
        browser.click("dialog[open] #change-increase").await?;
        browser.write("dialog[open] #amount", "5").await?;
        browser.click("dialog[open] #apply").await?;
        // Without a reason it stays open, with what was typed.
        browser
            .until_text("#reason-fault", "Please say why.")
            .await?;
        browser
            .write("#reason", &format!("3D print{}", Key::Enter))
            .await?;
        browser
            .until_text("#notice", &format!("Done: {now}"))
            .await?;
        browser.click(".assignment a.button[id^=global-]").await?;
        browser
            .until_text("dialog[open] .activities", "3D print")
            .await?;
        browser.client.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn rates_are_tried_and_saved() -> Result<()> {
    let rig = ServerRig::start("console-rates")?;
    for view in [DESKTOP, TELEPHONE] {
        let browser = rig.browse("admin", "/console/rates", view).await?;
        let rows = "return document.querySelectorAll('input[name=name]').length";
        let at = browser.run(rows, Vec::new()).await?.as_u64().unwrap_or(0);
        browser.click("#add-size").await?;
        browser
            .write(
                &format!("#name-{at}"),
                if view.mobile { "B5" } else { "A5" },
            )
            .await?;
        browser.click("#preview").await?;
        browser
            .until_text("#mistakes", "8 fields need another look")
            .await?;
        faults::none(&browser, "rates with mistakes").await?;
        for column in ["pms", "pmd", "pcs", "pcd", "cms", "cmd", "ccs", "ccd"] {
            browser.write(&format!("#r{at}-{column}"), "0.5").await?;
        }
        browser.click("#preview").await?;
        browser
            .until_text("#preview-result", "Nothing was printed")
            .await?;
        browser.click("#save").await?;
        browser
            .until_text("#notice", "The new rates are in force")
            .await?;
        browser.client.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn credentials_are_shown_once_and_revoked() -> Result<()> {
    let rig = ServerRig::start("console-api")?;
    let browser = rig.browse("admin", "/console/api", TELEPHONE).await?;
    browser
        .write("#name", &format!("Student portal{}", Key::Enter))
        .await?;
    browser.until_text("main", "Save both now").await?;
    faults::none(&browser, "the secret").await?;
    let secret = "return document.getElementById('client-secret').value";
    let secret = browser.run(secret, Vec::new()).await?;
    ensure!(
        secret.as_str().is_some_and(|secret| secret.len() == 43),
        "{secret}"
    );
    // A change elsewhere does not take it away.
    let other = rig.browse("admin", "/console/settings", DESKTOP).await?;
    other
        .write("#hold_hours", &format!("30{}", Key::Enter))
        .await?;
    other
        .until_text("#notice", "The settings are in force.")
        .await?;
    browser.until_text("main", "Save both now").await?;
    browser.click("#saved").await?;
    browser.until_text("tbody", "Student portal").await?;
    browser.click("tbody a[id^=revoke-]").await?;
    browser.click("dialog[open] .danger").await?;
    browser.until_text("#notice", "was revoked").await?;
    browser.until_text("tbody", "Revoked").await?;
    Ok(())
}

#[tokio::test]
async fn ending_somebodys_sessions_puts_him_out() -> Result<()> {
    let rig = ServerRig::start("console-sessions")?;
    let alice = rig.browse("alice", "/", DESKTOP).await?;
    let browser = rig
        .browse("admin", "/console/sessions?search=alice", DESKTOP)
        .await?;
    browser.click("tbody a[id^=end-]").await?;
    browser
        .until_text("dialog[open]", "signed out there at once")
        .await?;
    browser.click("dialog[open] .danger").await?;
    browser.until_text("#notice", "was ended.").await?;
    go(&rig, &alice, "/history").await?;
    // The sign-in page leads on to the provider.
    let at = alice.client.current_url().await?;
    let inside = format!("{}/history", rig.url());
    ensure!(!at.as_str().starts_with(&inside), "alice is still at {at}");
    Ok(())
}

#[tokio::test]
async fn points_on_a_device_are_called_back_and_a_member_is_added() -> Result<()> {
    let rig = ServerRig::start("console-leases")?;
    let mut laptop = rig.device("alice", "Alice’s laptop", 1).await?;
    let quota = rig.account("quota").await?;
    let lease = laptop.lease(&quota, 8, 1).await?;
    let browser = rig.browse("admin", "/console/leases", TELEPHONE).await?;
    browser.until_text("tbody", "Alice’s laptop").await?;
    browser.until_text("tbody", "8 of 8").await?;
    browser.click(&format!("#end-{lease}")).await?;
    browser
        .until_text("dialog[open]", "Left, as far as known: 8 points.")
        .await?;
    browser.click("dialog[open] .primary").await?;
    browser.until_text("#notice", "are called back.").await?;
    browser.until_text("tbody", "Called back").await?;

    go(&rig, &browser, "/console/groups").await?;
    browser
        .write("#new-group", &format!("printers’ club{}", Key::Enter))
        .await?;
    browser.until_text("h1", "printers’ club").await?;
    browser.write("#new_user", "ali").await?;
    browser
        .until_text(".matches [role=option]", "alice")
        .await?;
    browser
        .press(&format!("{}{}", Key::Down, Key::Enter))
        .await?;
    browser.click("#add-member").await?;
    browser
        .until_text("#notice", "is in the group “printers’ club” now.")
        .await?;
    browser.until_text(".rows", "alice").await?;
    faults::none(&browser, "a group with a member").await?;
    Ok(())
}

#[tokio::test]
async fn a_file_is_looked_through_and_imported() -> Result<()> {
    let rig = ServerRig::start("console-import")?;
    let browser = rig.browse("admin", "/console/transfer", DESKTOP).await?;
    let file = rig.path("file.csv");
    let choose = async |kind: &str, text: &str| -> Result<()> {
        std::fs::write(&file, text)?;
        let field = format!("#file-{kind}");
        let field = browser.client.find(Locator::Css(&field)).await?;
        field.send_keys(&file.display().to_string()).await?;
        browser.click(&format!("#check-{kind}")).await
    };
    choose("accounts", "code,name,limit\nart,Art,many\n").await?;
    browser.until_text("main", "1 line has a mistake").await?;
    browser
        .until_text("tbody", "must be a number of points")
        .await?;
    faults::none(&browser, "mistakes of a file").await?;
    go(&rig, &browser, "/console/transfer").await?;
    choose("accounts", "code,name,limit\nart,Art,40\n").await?;
    browser.until_text("#preview-result", "1 new").await?;
    browser.click("#apply").await?;
    browser.until_text("#notice", "Imported: 1 new").await?;
    browser.until_text("tbody", "Art").await?;

    // A long one goes on by itself, and the page follows it to its end.
    go(&rig, &browser, "/console/transfer").await?;
    let lines = (0..1_300).map(|n| format!("student{n:05}@example.edu,,students\n"));
    let lines: String = lines.collect();
    choose("users", &format!("login,name,groups\n{lines}")).await?;
    browser.until_text("#preview-result", "1,300").await?;
    browser.click("#apply").await?;
    browser
        .until_text("#import-run", "1,300 of 1,300 lines written")
        .await?;
    browser
        .until_text("#import-told", "1,300 not signed in yet")
        .await?;
    faults::none(&browser, "an import that has ended").await?;
    Ok(())
}

#[tokio::test]
async fn everything_is_there_without_a_script() -> Result<()> {
    let rig = ServerRig::start("console-plain")?;
    let admin = rig.sign_in("admin").await?;
    for page in PAGES {
        let answer = admin.get(page).await?;
        ensure!(answer.status == 200, "{page}: {}", answer.status);
        for forbidden in ["<script>", " style=", " onclick=", "javascript:"] {
            ensure!(!answer.text.contains(forbidden), "{forbidden} on {page}");
        }
    }
    let user = rig.sign_in("alice").await?;
    for page in PAGES {
        ensure!(
            user.get(page).await?.status == 403,
            "{page} is open to alice"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_second_of_two_administrators_sees_both_values() -> Result<()> {
    let rig = ServerRig::start("console-conflict")?;
    let first = rig.browse("admin", "/console/accounts", DESKTOP).await?;
    first.click("tbody .lead a").await?;
    first.until_text("main", "Account Properties").await?;
    let path = first.client.current_url().await?.path().to_owned();
    let second = rig.browse("admin", &path, TELEPHONE).await?;
    second.write("#limit", "77").await?;
    first.write("#limit", &format!("66{}", Key::Enter)).await?;
    first.until_text("#notice", "was saved.").await?;
    second.press(&Key::Enter.to_string()).await?;
    second
        .until_text("main", "Somebody else changed this account")
        .await?;
    second.until_text("main", "Stored now: 66").await?;
    let typed = "return document.getElementById('limit').value";
    let typed = second.run(typed, Vec::<Value>::new()).await?;
    ensure!(typed == "77", "{typed}");
    faults::none(&second, "the conflict").await?;
    Ok(())
}
