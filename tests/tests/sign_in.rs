//! Who prints: signing in through the provider's own pages, and everything that
//! may become of a sign-in.

use std::time::Duration;

use anyhow::{Context, Result};
use platen_lab::{
    Scratch, SeatOptions, Server, ServerOptions, StageOptions, finish, output, wait_for, wait_until,
};
use platen_tests::documents::grey;
use platen_tests::menu::MenuItem;
use platen_tests::rig::DEADLINE;
use platen_tests::server::server_programs;
use platen_tests::{Chromium, Rig, RigOptions, View, WebClient};

/// Tokens run out after so many seconds; they are renewed a second before.
const SHORT_LIFE_S: &str = "3";

fn options(variables: &[(&str, &str)]) -> RigOptions {
    RigOptions {
        stage: StageOptions {
            provider_environment: variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..StageOptions::default()
        },
        seat: SeatOptions {
            provider: true,
            ..SeatOptions::default()
        },
    }
}

fn short_lived() -> [(&'static str, &'static str); 2] {
    [
        ("PLATEN_PROVIDER_ACCESS_S", SHORT_LIFE_S),
        ("PLATEN_PROVIDER_ID_S", SHORT_LIFE_S),
    ]
}

/// What the menu says of the person: its first line.
fn who(rig: &Rig) -> Result<String> {
    let items = rig.tray()?.items;
    Ok(items.first().context("the menu is empty")?.label.clone())
}

fn until_who(rig: &Rig, wanted: &str) -> Result<()> {
    let mut last = String::new();
    let seen = wait_until(&format!("the menu to say “{wanted}”"), DEADLINE, || {
        last = who(rig).unwrap_or_else(|problem| problem.to_string());
        last == wanted
    });
    seen.with_context(|| format!("it says “{last}”"))
}

fn until_note(rig: &Rig, wanted: &str) -> Result<()> {
    rig.until(&format!("the status to say “{wanted}”"), |status| {
        status.note.contains(wanted)
    })
    .map(|_| ())
}

fn asked_to_sign_in(rig: &Rig) -> Result<()> {
    rig.recorder
        .wait_for(DEADLINE, |note| note.summary == "Sign In to Print")
        .map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn person_signs_in_on_the_providers_page_and_waiting_documents_get_their_verdict()
-> Result<()> {
    let rig = Rig::with("browser-in", options(&[]))?;
    assert_eq!(who(&rig)?, "Not signed in");
    rig.print("early.pdf", &grey(3), &[])?;
    rig.print("earlier.pdf", &grey(2), &[])?;
    asked_to_sign_in(&rig)?;
    assert!(rig.status()?.accounts.is_empty());

    rig.click("Sign In…")?;
    let link = wait_for("the browser to be opened", DEADLINE, || {
        Ok(rig.seat.desktop()?.browsed().first().cloned())
    })?;
    let issuer = rig.stage.provider()?.issuer().to_owned();
    assert!(link.starts_with(&issuer), "{link}");
    let browser = Chromium::open(&rig.path("browser"), View::default()).await?;
    let page = browser.sign_in(&link, "bob").await?;
    assert!(page.contains("You are signed in"), "{page}");
    assert!(page.contains("Welcome, Bob Baker."), "{page}");
    let place = browser.client.current_url().await?;
    assert_eq!(place.host_str(), Some("127.0.0.1"));
    assert!(!place.as_str().starts_with(&issuer), "{place}");

    rig.told("Job Ready", "early.pdf")?;
    rig.told("Job Ready", "earlier.pdf")?;
    until_who(&rig, "Bob Baker")?;
    let status = rig.status()?;
    assert_eq!(status.note, "Signed in as Bob Baker.");
    assert_eq!(status.balance("Print Quota"), Some("5/50 points used"));
    // The provider says that Bob is of the group “research”.
    rig.click("Research Grant")?;
    rig.until("the group's account to be active", |status| {
        status.active_account.as_deref() == Some("Research Grant")
    })?;
    rig.print("paper.pdf", &grey(4), &[])?;
    let note = rig.told("Job Ready", "paper.pdf")?;
    assert!(note.body.contains("Research Grant"), "{}", note.body);
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn account_of_a_group_is_only_for_its_members() -> Result<()> {
    let rig = Rig::with("group", options(&[]))?;
    rig.seat.sign_in(&rig.stage, "alice")?;
    until_who(&rig, "Alice Archer")?;
    let status = rig.status()?;
    assert!(status.account_id("Print Quota").is_ok());
    assert!(status.account_id("Research Grant").is_err(), "{status:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_renewed_when_they_run_out_and_printing_goes_on() -> Result<()> {
    let rig = Rig::with("renew", options(&short_lived()))?;
    rig.seat.sign_in(&rig.stage, "alice")?;
    until_who(&rig, "Alice Archer")?;
    let sealed = rig.seat.data().join("session.sealed");
    // Each renewal brings another refresh token, which is sealed at once.
    let mut seen = std::fs::read(&sealed)?;
    for _ in 0..2 {
        wait_until("the tokens to be renewed", DEADLINE, || {
            let now = std::fs::read(&sealed).unwrap_or_default();
            !now.is_empty() && std::mem::replace(&mut seen, now.clone()) != now
        })?;
    }
    assert_eq!(rig.status()?.note, "Signed in as Alice Archer.");
    rig.print("later.pdf", &grey(1), &[])?;
    rig.told("Job Ready", "later.pdf")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_out_withdraws_and_forgets_everything() -> Result<()> {
    let kept = Scratch::new("out-kept")?;
    let file = kept.join("state.json");
    let state = file.display().to_string();
    let mut rig = Rig::with("out", options(&[("PLATEN_PROVIDER_STATE", &state)]))?;
    rig.seat.sign_in(&rig.stage, "alice")?;
    until_who(&rig, "Alice Archer")?;
    let tokens = |kind: &str| -> Result<usize> {
        let text = std::fs::read_to_string(&file)?;
        Ok(text.matches(&format!("\"{kind}:")).count())
    };
    assert_eq!(tokens("RefreshToken")?, 1);
    let link = finish(&mut rig.seat.platen(&["open", "--print-link"]))?;
    let portal = platen_tests::PortalClient::enter(link.trim()).await?;
    assert_eq!(portal.get("/").await?.status, 200);
    let in_keyring = |rig: &Rig| -> Result<bool> {
        let mut search = rig.seat.command("secret-tool");
        let answer = output(search.args(["search", "--all", "service", "Platen"]))?;
        Ok(!answer.stdout.is_empty())
    };
    assert!(in_keyring(&rig)?);

    rig.click("Sign Out")?;
    until_who(&rig, "Not signed in")?;
    assert_eq!(tokens("RefreshToken")?, 0, "the tokens were not withdrawn");
    assert!(!rig.seat.data().join("session.sealed").exists());
    assert!(!in_keyring(&rig)?, "the key stayed in the keyring");
    // The provider's own session ends in the browser.
    let issuer = rig.stage.provider()?.issuer().to_owned();
    wait_until("the browser to be opened", DEADLINE, || {
        let browsed = rig.seat.desktop().map(|desktop| desktop.browsed());
        browsed.is_ok_and(|all| {
            all.iter()
                .any(|url| url.starts_with(&format!("{issuer}/session/end")))
        })
    })?;
    // Nobody reads on in a page that was open.
    assert_ne!(portal.get("/").await?.status, 200);

    rig.print("after.pdf", &grey(1), &[])?;
    asked_to_sign_in(&rig)?;
    rig.seat.quit_client()?;
    rig.seat.start_client()?;
    assert_eq!(rig.status()?.note, "Nobody is signed in.");
    assert_eq!(rig.times_told("after.pdf"), 0);
    rig.seat.sign_in(&rig.stage, "alice")?;
    rig.told("Job Ready", "after.pdf")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_that_is_down_at_the_start_stops_nobody_from_printing() -> Result<()> {
    let kept = Scratch::new("down-kept")?;
    let state = kept.join("state.json").display().to_string();
    let mut variables = short_lived().to_vec();
    variables.push(("PLATEN_PROVIDER_STATE", &state));
    let mut rig = Rig::with("down", options(&variables))?;
    rig.seat.sign_in(&rig.stage, "bob")?;
    until_who(&rig, "Bob Baker")?;
    rig.seat.quit_client()?;
    rig.stage.provider_mut()?.stop()?;

    rig.seat.start_client()?;
    until_note(&rig, "Offline, last signed in as Bob Baker.")?;
    until_note(&rig, "can't be reached")?;
    until_who(&rig, "Bob Baker (offline)")?;
    let tooltip = rig.tray()?.tooltip;
    assert!(tooltip.contains("offline"), "{tooltip}");
    rig.print("offline.pdf", &grey(2), &[])?;
    rig.told("Job Ready", "offline.pdf")?;

    rig.stage.provider_mut()?.start_again()?;
    wake_up(&rig)?;
    until_who(&rig, "Bob Baker")?;
    until_note(&rig, "Signed in as Bob Baker.")
}

/// The computer sleeps and wakes: the print system, and then the provider, are asked at once.
fn wake_up(rig: &Rig) -> Result<()> {
    let mut signal = rig.seat.command("dbus-send");
    signal.args([
        "--system",
        "--type=signal",
        "/org/freedesktop/login1",
        "org.freedesktop.login1.Manager.PrepareForSleep",
        "boolean:false",
    ]);
    finish(&mut signal).map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn session_that_the_provider_withdrew_is_said_and_documents_wait() -> Result<()> {
    let mut rig = Rig::with("revoked", options(&short_lived()))?;
    rig.seat.sign_in(&rig.stage, "alice")?;
    until_who(&rig, "Alice Archer")?;
    rig.print("before.pdf", &grey(1), &[])?;
    rig.told("Job Ready", "before.pdf")?;
    // Without a memory it knows none of its tokens.
    rig.stage.provider_mut()?.start_again()?;
    until_note(
        &rig,
        "The sign-in of Alice Archer has ended or was withdrawn.",
    )?;
    until_who(&rig, "Not signed in (the sign-in has ended)")?;
    assert_eq!(rig.tray()?.tooltip, "Platen: the sign-in has ended");
    rig.print("wait.pdf", &grey(2), &[])?;
    asked_to_sign_in(&rig)?;
    assert_eq!(rig.times_told("wait.pdf"), 0);

    rig.seat.sign_in(&rig.stage, "alice")?;
    rig.told("Job Ready", "wait.pdf")?;
    let status = rig.until_state("wait.pdf", "held")?;
    assert_eq!(status.balance("Print Quota"), Some("3/50 points used"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn locked_keyring_is_said_and_signing_in_again_is_enough() -> Result<()> {
    let mut rig = Rig::with("locked", options(&[]))?;
    rig.seat.sign_in(&rig.stage, "alice")?;
    until_who(&rig, "Alice Archer")?;
    rig.seat.quit_client()?;
    rig.seat.desktop_mut()?.lock_keyring()?;
    rig.seat.start_client()?;
    until_note(&rig, "keyring is locked")?;
    until_who(&rig, "Not signed in (the keyring is locked)")?;
    let items = rig.tray()?.items;
    assert!(MenuItem::find(&items, "Sign In…").is_some(), "{items:?}");
    rig.print("locked.pdf", &grey(1), &[])?;
    asked_to_sign_in(&rig)?;

    rig.seat.sign_in(&rig.stage, "alice")?;
    rig.told("Job Ready", "locked.pdf")?;
    until_note(
        &rig,
        "It is forgotten when Platen closes, because the desktop's keyring is locked.",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_keyring_is_said_and_the_session_is_taken_up_when_it_comes() -> Result<()> {
    let mut rig = Rig::with("nokeyring", options(&[]))?;
    rig.seat.sign_in(&rig.stage, "alice")?;
    until_who(&rig, "Alice Archer")?;
    rig.seat.quit_client()?;
    rig.seat.desktop_mut()?.stop_keyring();
    rig.seat.start_client()?;
    until_note(&rig, "keyring")?;
    until_who(&rig, "Not signed in (there is no keyring)")?;
    assert!(rig.seat.client()?.is_running());

    rig.seat.desktop_mut()?.start_keyring()?;
    wake_up(&rig)?;
    until_who(&rig, "Alice Archer")
}

#[tokio::test(flavor = "multi_thread")]
async fn issuer_that_does_not_exist_is_named_clearly() -> Result<()> {
    let rig = Rig::with(
        "noissuer",
        RigOptions {
            stage: StageOptions {
                provider: false,
                ..StageOptions::default()
            },
            seat: SeatOptions {
                settings: "issuer = \"https://id.platen.invalid\"\nclient_id = \"platen\""
                    .to_owned(),
                ..SeatOptions::default()
            },
        },
    )?;
    assert_eq!(rig.status()?.note, "Nobody is signed in.");
    let refused = output(&mut rig.seat.platen(&["sign-in", "--print-link"]))?;
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    let sentence = "The sign-in service id.platen.invalid can't be reached. \
                    Check the network connection and try again.";
    assert!(said.contains(sentence), "{said}");
    rig.click("Sign In…")?;
    let note = rig.recorder.wait_for(Duration::from_secs(30), |note| {
        note.summary == "Sign-In Failed"
    })?;
    assert_eq!(note.body, sentence);
    Ok(())
}

/// A seat whose client knows the site's server, both at the same provider.
fn with_server(name: &str) -> Result<(Rig, Server)> {
    let mut rig = Rig::without_client(name, options(&[]))?;
    let server = ServerOptions {
        issuer: Some(rig.stage.provider()?.issuer().to_owned()),
        pilot: Some(platen_lab::root().join("tests/fixtures/pilot.toml")),
        ..ServerOptions::default()
    };
    let server = Server::start(&rig.path("server"), &server_programs()?, &server)?;
    rig.seat
        .configure(&format!("server_url = \"{}\"", server.url()))?;
    rig.seat.start_client()?;
    Ok((rig, server))
}

/// Waits for the portal's problem to be told with these words.
fn told_no_portal(rig: &Rig, words: &str) -> Result<()> {
    rig.recorder
        .wait_for(DEADLINE, |note| {
            note.summary == "The User Portal Can’t Be Opened" && note.body.contains(words)
        })
        .map(|_| ())
}

/// The links that the tray gave to the person's browser.
fn links(rig: &Rig, server: &Server) -> Result<Vec<String>> {
    let mut browsed = rig.seat.desktop()?.browsed();
    browsed.retain(|link| link.starts_with(&format!("{}/enter/", server.url())));
    Ok(browsed)
}

#[tokio::test(flavor = "multi_thread")]
async fn tray_opens_the_servers_portal_where_its_user_is_signed_in_already() -> Result<()> {
    let (rig, mut server) = with_server("tray-server")?;
    rig.click("Open User Portal")?;
    told_no_portal(&rig, "Please sign in first.")?;
    assert!(links(&rig, &server)?.is_empty());

    rig.seat.sign_in(&rig.stage, "alice")?;
    until_who(&rig, "Alice Archer")?;
    rig.click("Open User Portal")?;
    let link = wait_for("the browser to be opened", DEADLINE, || {
        Ok(links(&rig, &server)?.pop())
    })?;
    let browser = Chromium::open(&rig.path("browser"), View::default()).await?;
    browser.goto(&link).await?;
    browser.until_text("#active-account", "Print Quota").await?;
    browser.until_text("#foot", "alice@example.edu").await?;
    // The link is used up, and it is nowhere to be seen any more.
    assert_eq!(browser.client.current_url().await?.path(), "/");
    let path = link.strip_prefix(&server.url()).context("another server")?;
    let again = WebClient::new(&server.url())?.get(path).await?;
    assert_eq!(again.status, 403, "{again:?}");
    assert!(again.text.contains("used"), "{again:?}");
    // It is the same person as at the server's own sign-in.
    let signed_in = WebClient::sign_in(&server.url(), "alice").await?;
    let sent = signed_in.upload("notes.pdf", &grey(2)).await?;
    assert_eq!(sent.status, 303, "{sent:?}");
    browser.until_text("#content", "notes.pdf").await?;
    // Its own window stays closed.
    assert_eq!(rig.windows("Platen")?, 0);

    let fresh = finish(&mut rig.seat.platen(&["open", "--print-link"]))?;
    assert_ne!(fresh.trim(), link);
    let path = fresh.trim().strip_prefix(&server.url());
    let entered = WebClient::new(&server.url())?
        .get(path.context("another server")?)
        .await?;
    assert_eq!(entered.status, 303, "{entered:?}");

    // Without the server it is the window of this computer.
    server.stop()?;
    rig.until("the server to be away", |status| {
        let server = status.server.as_ref();
        server.is_some_and(|server| server.link == "away")
    })?;
    let here = finish(&mut rig.seat.platen(&["open", "--print-link"]))?;
    assert!(!here.starts_with(&server.url()), "{here}");
    rig.click("Open User Portal")?;
    wait_until("the window of this computer", DEADLINE, || {
        rig.windows("Platen").is_ok_and(|windows| windows > 0)
    })
}
