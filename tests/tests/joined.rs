//! The tray app of a site with a server: in step while it can be reached, within leased points
//! while it can't.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use platen_lab::{Server, ServerOptions, Signal, finish, output, wait_for};
use platen_tests::documents::grey;
use platen_tests::rig::DEADLINE;
use platen_tests::server::{ApiProgram, certificate, server_programs};
use platen_tests::site::{release, said};
use platen_tests::{Cable, Site, WebClient};
use serde_json::json;

/// Who only asked again whenever an answer is over would see a change after 40 seconds or more.
const PUSHED: Duration = Duration::from_secs(15);

/// Says how long a change took to get here, which must have been told and not asked for.
fn was_pushed(what: &str, since: Instant) -> Result<()> {
    let took = since.elapsed();
    eprintln!("{what}, seen here after {took:?}");
    ensure!(took < PUSHED, "{what}: {took:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn document_is_judged_by_the_server_and_what_changes_there_is_on_the_tray() -> Result<()> {
    let site = Site::start("joined")?;
    let rig = &site.rig;
    rig.print("notes.pdf", &grey(3), &[])?;
    let told = rig.told("Job Ready", "notes.pdf")?;
    ensure!(told.body.contains("3 points"), "{told:?}");
    let status = rig.until_state("notes.pdf", "held")?;
    assert_eq!(status.document("notes.pdf")?.points.as_deref(), Some("3"));

    // The server's portal has it, and what is done there is here at once.
    let portal = site.portal().await?;
    let page = portal.get("/").await?;
    ensure!(page.text.contains("notes.pdf"), "{page:?}");
    let other = if status.active_account.as_deref() == Some("Course") {
        "Print Quota"
    } else {
        "Course"
    };
    let account = site.account(other).await?;
    portal
        .done("/account", &[("account", account.as_str())])
        .await?;
    let switched = Instant::now();
    rig.until("the other account", |status| {
        status.active_account.as_deref() == Some(other)
    })?;
    was_pushed("switched in the portal", switched)?;

    // Printed here, charged there.
    rig.print("paid.pdf", &grey(2), &[])?;
    rig.told("Job Ready", "paid.pdf")?;
    let status = rig.until_state("paid.pdf", "held")?;
    release(rig, &status.document("paid.pdf")?.id).await?;
    // What is charged is the server's to say, a moment after it is printed.
    let status = rig.until("the points to be charged", |status| {
        let paid = status.document("paid.pdf");
        paid.is_ok_and(|paid| paid.state == "printed" && paid.charged.as_deref() == Some("2"))
    })?;
    let page = portal.get("/history").await?;
    ensure!(page.text.contains("paid.pdf"), "{page:?}");

    // Points that an administrator takes are on the tray as well.
    let admin = WebClient::sign_in(&site.server.url(), "admin").await?;
    let user = status.user_id.clone().context("nobody is signed in")?;
    let taken = [
        ("account", account.as_str()),
        ("user", user.as_str()),
        ("id", "6e1d9a54-3f0b-4c0e-9d6a-0a4c1f5f7b21"),
        ("change", "increase"),
        ("amount", "5"),
        ("reason", "Plotter paper"),
    ];
    admin.done("/console/usage", &taken).await?;
    let taken = Instant::now();
    rig.until("the points to be taken", |status| {
        let balance = status.balance(other);
        balance.is_some_and(|balance| balance.starts_with("7/"))
    })?;
    wait_for("the menu to say so", DEADLINE, || {
        Ok(format!("{:?}", rig.tray()?).contains("7/").then_some(()))
    })?;
    was_pushed("taken in the console", taken)?;

    // And those that a program gives.
    let program = ApiProgram::admitted(&site.server.url()).await?;
    let credit = json!({
        "userEmail": "alice@example.edu", "accountId": account,
        "activityType": "credit", "amount": -4,
    });
    let token = program.token().await?;
    program.ask(&token, "POST", "/activities", &credit).await?;
    let given = Instant::now();
    wait_for("the menu to say so", DEADLINE, || {
        Ok(format!("{:?}", rig.tray()?).contains("3/").then_some(()))
    })?;
    was_pushed("given by a program", given)?;

    // Deleted there, gone here and from the spooler.
    let document = status.document("notes.pdf")?;
    portal
        .done(&format!("/documents/{}/delete", document.id), &[])
        .await?;
    rig.until_state("notes.pdf", "deleted")?;
    wait_for("the job to be cancelled", DEADLINE, || {
        let jobs = rig.lpstat(&["-W", "not-completed", "-o"])?;
        Ok(jobs.trim().is_empty().then_some(()))
    })?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_server_it_prints_on_leased_points_and_delivers_once() -> Result<()> {
    let mut site = Site::start("offline")?;
    site.until_leased()?;
    site.server.process().kill9()?;
    site.until_link("away")?;

    site.rig.print("small.pdf", &grey(2), &[])?;
    let told = site.rig.told("Job Ready", "small.pdf")?;
    ensure!(told.body.contains("2 points"), "{told:?}");
    site.rig.print("large.pdf", &grey(9), &[])?;
    let told = site.rig.told("Document Waits", "large.pdf")?;
    ensure!(
        told.body.contains("9 points") && told.body.contains("3 are left"),
        "{told:?}"
    );

    // Released, printed, and the program killed before anything could be delivered.
    let status = site.rig.until_state("small.pdf", "held")?;
    release(&site.rig, &status.document("small.pdf")?.id).await?;
    let status = site.rig.until_state("small.pdf", "printed")?;
    ensure!(
        status
            .server
            .as_ref()
            .is_some_and(|server| server.undelivered > 0),
        "{status:?}"
    );
    site.rig.crash()?;
    site.rig.seat.start_client()?;
    let status = site.until_link("away")?;
    assert_eq!(status.document("small.pdf")?.state, "printed");
    assert_eq!(status.document("large.pdf")?.state, "submitted");

    site.server.restart()?;
    site.until_delivered()?;
    site.rig.told("Job Ready", "large.pdf")?;
    let status = site.rig.status()?;
    assert_eq!(status.document("small.pdf")?.charged.as_deref(), Some("2"));
    assert_eq!(status.document("large.pdf")?.points.as_deref(), Some("9"));
    assert_eq!(site.rig.times_told("small.pdf"), 1);

    let portal = site.portal().await?;
    let history = portal.get("/history").await?;
    // Once in the list, with its name in the words of its link as well.
    assert_eq!(history.text.matches("small.pdf").count(), 2, "{history:?}");
    site.server.stop()?;
    let mut verify = site.rig.stage.platenctl();
    verify.args(["accounts", "verify", "--data-dir"]);
    finish(verify.arg(site.server.data()))?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn points_that_are_called_back_come_with_the_word_of_the_gate() -> Result<()> {
    let mut site = Site::start("called")?;
    site.until_leased()?;
    site.server.process().kill9()?;
    site.until_link("away")?;
    site.rig.print("small.pdf", &grey(2), &[])?;
    let status = site.rig.until_state("small.pdf", "held")?;
    release(&site.rig, &status.document("small.pdf")?.id).await?;
    site.rig.until_state("small.pdf", "printed")?;
    site.server.restart()?;
    site.until_delivered()?;

    let portal = site.portal().await?;
    let page = portal.get("/devices").await?;
    let (_, lease) = page
        .text
        .split_once("/devices/points/")
        .context("no points to call back")?;
    let (lease, _) = lease.split_once('/').context("a path without an end")?;
    portal
        .done(&format!("/devices/points/{lease}/call-back"), &[])
        .await?;
    let end = Instant::now() + DEADLINE;
    while !portal
        .get("/devices")
        .await?
        .text
        .contains("No device keeps points")
    {
        ensure!(Instant::now() < end, "the points did not come back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    site.until_delivered()?;
    // The gate counted what was reported, and nothing else.
    let mut counted = site.rig.stage.platenctl();
    let counted = output(counted.arg("leases"))?;
    let counted = String::from_utf8(counted.stdout)?;
    ensure!(counted.contains(lease), "{counted}");
    let admin = WebClient::sign_in(&site.server.url(), "admin").await?;
    let audit = admin.get("/console/audit").await?;
    ensure!(audit.text.contains("No changes yet"), "{audit:?}");
    let status = site.rig.status()?;
    assert_eq!(status.document("small.pdf")?.charged.as_deref(), Some("2"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_says_nothing_is_not_waited_for() -> Result<()> {
    let mut site = Site::start("silent")?;
    site.until_leased()?;
    site.server.process().signal(Signal::STOP)?;
    site.rig.print("small.pdf", &grey(1), &[])?;
    site.rig.told("Job Ready", "small.pdf")?;
    let status = site.until_link("away")?;
    ensure!(
        status
            .server
            .as_ref()
            .is_some_and(|server| server.undelivered > 0),
        "{status:?}"
    );
    site.server.process().signal(Signal::CONT)?;
    site.until_delivered()?;
    let status = site.rig.status()?;
    assert_eq!(status.document("small.pdf")?.state, "held");
    assert_eq!(status.document("small.pdf")?.points.as_deref(), Some("1"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_answers_in_the_servers_place_are_named_and_nothing_is_lost() -> Result<()> {
    let mut site = Site::start("captive")?;
    site.until_leased()?;
    let port = site.server.port();
    site.server.stop()?;
    // A captive portal takes the server's place.
    let captive = captive_portal(port).await?;
    site.rig
        .until("the captive portal to be noticed", |status| {
            let server = status.server.as_ref();
            server.is_some_and(|server| server.sentence.contains("Something else answers"))
        })?;
    site.rig.print("small.pdf", &grey(1), &[])?;
    site.rig.told("Job Ready", "small.pdf")?;
    captive.abort();
    wait_for("the port to be free", Duration::from_secs(10), || {
        Ok(site.server.restart().ok())
    })?;
    site.until_delivered()?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn computer_that_is_signed_out_at_the_server_stops_until_its_user_comes_back() -> Result<()> {
    let site = Site::start("revoked")?;
    let rig = &site.rig;
    rig.print("earlier.pdf", &grey(1), &[])?;
    rig.told("Job Ready", "earlier.pdf")?;
    site.until_leased()?;
    let portal = site.portal().await?;
    let page = portal.get("/devices").await?;
    let mut links = page.text.split("/devices/").skip(1);
    let device = links.find_map(|rest| {
        let (id, rest) = rest.split_once('/')?;
        rest.starts_with("sign-out").then_some(id)
    });
    let device = device.context("no device")?;
    portal
        .done(&format!("/devices/{device}/sign-out"), &[])
        .await?;
    let status = site.until_link("stopped")?;
    ensure!(
        said(&status).contains("Sign out and in again"),
        "{status:?}"
    );
    // No token of the same sign-in lets it in again; what is printed stays held.
    rig.print("later.pdf", &grey(1), &[])?;
    let told = rig.told("Document Waits", "later.pdf")?;
    ensure!(told.body.contains("sign in"), "{told:?}");
    finish(&mut rig.seat.platen(&["sign-out"]))?;
    rig.seat.sign_in(&rig.stage, "alice")?;
    site.until_link("connected")?;
    rig.told("Job Ready", "later.pdf")?;
    // It is the same device: what it held is still its own, and prints.
    let status = rig.until_state("earlier.pdf", "held")?;
    release(rig, &status.document("earlier.pdf")?.id).await?;
    rig.until_state("earlier.pdf", "printed")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn document_of_one_person_waits_while_another_is_signed_in() -> Result<()> {
    let site = Site::start("two-people")?;
    let rig = &site.rig;
    rig.print("alices.pdf", &grey(2), &[])?;
    rig.told("Job Ready", "alices.pdf")?;
    finish(&mut rig.seat.platen(&["sign-out"]))?;
    rig.seat.sign_in(&rig.stage, "bob")?;
    site.until_link("connected")?;
    rig.print("bobs.pdf", &grey(1), &[])?;
    rig.told("Job Ready", "bobs.pdf")?;
    let status = rig.status()?;
    ensure!(status.document("alices.pdf").is_err(), "{status:?}");
    let jobs = rig.lpstat(&["-W", "not-completed", "-o"])?;
    assert_eq!(jobs.lines().count(), 2, "{jobs}");
    finish(&mut rig.seat.platen(&["sign-out"]))?;
    rig.seat.sign_in(&rig.stage, "alice")?;
    site.until_link("connected")?;
    let status = rig.until_state("alices.pdf", "held")?;
    ensure!(status.document("bobs.pdf").is_err(), "{status:?}");
    release(rig, &status.document("alices.pdf")?.id).await?;
    rig.until_state("alices.pdf", "printed")?;
    assert_eq!(rig.times_told("alices.pdf"), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn certificate_that_is_not_trusted_gets_nothing() -> Result<()> {
    let mut site = Site::prepare("certificate")?;
    // Whoever reads along shows a certificate of his own for the server's name.
    let (certificate, key) = certificate()?;
    let files = [
        site.rig.file("certificate.pem", certificate.as_bytes())?,
        site.rig.file("key.pem", key.as_bytes())?,
    ];
    let [certificate, key] = files.map(|file| file.display().to_string());
    let options = ServerOptions {
        issuer: Some(site.rig.stage.provider()?.issuer().to_owned()),
        environment: vec![
            ("PLATEN_SERVER_TLS_CERTIFICATE".into(), certificate),
            ("PLATEN_SERVER_TLS_KEY".into(), key),
            (
                "PLATEN_SERVER_PUBLIC_URL".into(),
                "https://127.0.0.1:PORT".into(),
            ),
        ],
        ..ServerOptions::default()
    };
    let between = Server::start(&site.rig.path("between"), &server_programs()?, &options)?;
    site.begin_at(&format!("https://127.0.0.1:{}", between.port()), "")?;
    let status = site.until_link("away")?;
    ensure!(
        said(&status).contains("a certificate that is not trusted"),
        "{status:?}"
    );
    ensure!(!between.log().contains("/sync/"), "{}", between.log());
    // Nothing was ever set aside, so the document waits, and says so.
    site.rig.print("first.pdf", &grey(1), &[])?;
    site.rig.told("Document Waits", "first.pdf")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn configured_proxy_leads_to_the_server() -> Result<()> {
    let site = Site::prepare("proxy")?;
    let cable = Cable::lay().await?;
    let site = site.begin(&format!("proxy = \"{}\"", cable.url()))?;
    site.until_link("connected")?;
    site.rig.print("notes.pdf", &grey(2), &[])?;
    site.rig.told("Job Ready", "notes.pdf")?;
    ensure!(cable.passed() > 2, "the proxy was not asked");
    Ok(())
}

/// Answers everything with a page of its own, as networks do that want a sign-in first.
async fn captive_portal(port: u16) -> Result<tokio::task::JoinHandle<()>> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
        .await
        .context("the server's port")?;
    Ok(tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = connection.read(&mut request).await;
                let page = "<!doctype html><title>Welcome to our network</title>";
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\
                     Connection: close\r\n\r\n{page}",
                    page.len()
                );
                let _ = connection.write_all(head.as_bytes()).await;
            });
        }
    }))
}
