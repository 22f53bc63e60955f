//! The central server as its administrator meets it: starting, stopping, wrong configurations,
//! certificates, the database gone, several processes.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use platen_lab::{Scratch, Server, ServerOptions, Signal, free_port, output, wait_for, wait_until};
use platen_tests::rig::DEADLINE;
use platen_tests::server::{certificate, server_programs as programs};
use platen_tests::{ServerRig, ServerRigOptions, View, WebClient};
use reqwest::{Certificate, Method};
use serde_json::json;
use uuid::Uuid;

/// A server that nobody can sign in at, which is enough for most of this.
fn bare(name: &str, environment: &[(&str, &str)]) -> Result<(Server, Scratch)> {
    let scratch = Scratch::new(&format!("platen-{name}"))?;
    let options = ServerOptions {
        environment: pairs(environment),
        ..ServerOptions::default()
    };
    let server = Server::start(&scratch.join("server"), &programs()?, &options)?;
    Ok((server, scratch))
}

fn pairs(environment: &[(&str, &str)]) -> Vec<(String, String)> {
    environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn server_starts_stops_and_comes_back_after_a_kill() -> Result<()> {
    let (mut server, _scratch) = bare("life", &[])?;
    assert_eq!(server.ask("/healthz")?, (200, "alive\n".to_owned()));
    assert_eq!(server.ask("/readyz")?.0, 200);
    let ledger = server.data().join("ledger.sqlite");
    ensure!(ledger.is_file(), "no ledger in {}", ledger.display());

    server.process().signal(Signal::TERM)?;
    let status = server.process().wait(DEADLINE)?;
    assert_eq!(status.code(), Some(0), "{}", server.log());
    server.restart()?;
    assert_eq!(server.ask("/readyz")?.0, 200);

    server.process().kill9()?;
    server.restart()?;
    assert_eq!(server.ask("/readyz")?.0, 200);
    // Its own files are for nobody else.
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(
        fs::metadata(server.data())?.permissions().mode() & 0o777,
        0o700
    );
    Ok(())
}

#[test]
fn a_port_that_is_taken_is_told() -> Result<()> {
    let (server, scratch) = bare("taken", &[])?;
    let options = ServerOptions::default();
    let second = scratch.join("second");
    fs::create_dir_all(&second)?;
    let mut command = Server::command(&second, &programs()?, &options, server.port())?;
    let answer = output(&mut command)?;
    assert_eq!(answer.status.code(), Some(1));
    let said = String::from_utf8_lossy(&answer.stderr).into_owned();
    let address = format!("can't listen on 127.0.0.1:{}", server.port());
    assert!(said.contains(&address) && said.contains("in use"), "{said}");
    Ok(())
}

/// What `platen-server check` says of `text`, with the exit code.
fn checked(text: &str, environment: &[(&str, &str)]) -> Result<(Option<i32>, String)> {
    let scratch = Scratch::new("platen-check")?;
    let file = scratch.join("server.toml");
    fs::write(&file, text)?;
    let mut command = Command::new(programs()?.join("platen-server"));
    command.arg("--config").arg(&file).arg("check");
    command.envs(environment.iter().copied());
    let answer = output(&mut command)?;
    let said = [answer.stdout, answer.stderr].concat();
    Ok((
        answer.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}

#[test]
fn wrong_configurations_are_told_with_place_and_remedy() -> Result<()> {
    let (code, said) = checked("public_url = \"http://127.0.0.1:1\"\n", &[])?;
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("in order") && said.contains("nobody can sign in"),
        "{said}"
    );

    let wrong = "public_url = \"http://print.example.edu\"\ntimezone = \"UTC\"\n\n[tls]\nkey = \
                 \"/missing.pem\"\ncertificate = \"/missing.pem\"\n";
    let environment = [
        ("PLATEN_SERVER_LISTEN", "everywhere"),
        (
            "PLATEN_SERVER_DATABASE",
            "mysql://platen:hush-hush@db/platen",
        ),
    ];
    let (code, said) = checked(wrong, &environment)?;
    assert_eq!(code, Some(78), "{said}");
    for expected in [
        "server.toml, line 1, column 14: “http://print.example.edu/” is plain http",
        "server.toml, line 2, column 1: “timezone” is not known; did you mean “time_zone”?",
        "server.toml, line 6, column 15: /missing.pem: can't be read",
        "PLATEN_SERVER_LISTEN: “everywhere” is no address with a port",
        "PLATEN_SERVER_DATABASE: the database's address must begin with postgres://",
    ] {
        assert!(said.contains(expected), "{expected:?} is not in\n{said}");
    }
    assert!(!said.contains("hush-hush"), "{said}");
    Ok(())
}

#[test]
fn a_database_that_is_not_there_is_told_without_its_password() -> Result<()> {
    let scratch = Scratch::new("platen-nodb")?;
    let port = free_port()?;
    let options = ServerOptions {
        database: Some(format!(
            "postgres://platen:hush-hush@127.0.0.1:{port}/platen"
        )),
        ..ServerOptions::default()
    };
    let mut command = Server::command(scratch.path(), &programs()?, &options, free_port()?)?;
    let answer = output(&mut command)?;
    assert_eq!(answer.status.code(), Some(1));
    let said = String::from_utf8_lossy(&answer.stderr).into_owned();
    assert!(said.contains("can't be reached"), "{said}");
    assert!(!said.contains("hush-hush"), "{said}");
    Ok(())
}

#[test]
fn metrics_count_requests_and_are_for_the_allowed_alone() -> Result<()> {
    let (server, _scratch) = bare("metrics", &[])?;
    for _ in 0..3 {
        server.ask("/readyz")?;
    }
    server.ask("/no/such/page?secret=hush-hush")?;
    let (status, text) = server.ask("/metrics")?;
    assert_eq!(status, 200);
    let ready = r#"platen_http_requests_total{method="GET",route="/readyz",status="200"} 3"#;
    for line in [
        ready,
        "platen_ledger_up 1",
        "platen_build_info{version=",
        "# EOF",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(
        !text.contains("hush-hush") && !text.contains("no/such"),
        "{text}"
    );

    // A proxy that nobody declared stands between: its own address says nothing.
    let through = "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\n\
                   Connection: close\r\n\r\n";
    assert!(raw(server.port(), through)?.starts_with("HTTP/1.1 404"));

    let elsewhere = [("PLATEN_SERVER_METRICS_ALLOW", "192.0.2.0/24")];
    let (server, _scratch) = bare("metrics", &elsewhere)?;
    assert_eq!(server.ask("/metrics")?.0, 404);

    let port = free_port()?;
    let own = format!("127.0.0.1:{port}");
    let (server, _scratch) = bare("metrics", &[("PLATEN_SERVER_METRICS_LISTEN", own.as_str())])?;
    assert_ne!(server.ask("/metrics")?.0, 200);
    let asked = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert!(raw(port, asked)?.starts_with("HTTP/1.1 200"));
    Ok(())
}

/// Sends `request` and reads the answer to its end.
fn raw(port: u16, request: &str) -> Result<String> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.set_read_timeout(Some(DEADLINE))?;
    connection.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[test]
fn slow_heads_and_bodies_are_cut() -> Result<()> {
    let (server, _scratch) = bare("slow", &[])?;
    let port = server.port();
    // Never says anything; never ends its head; never sends the body it announced.
    let head = "POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nOrigin: \
                http://127.0.0.1:PORT\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                Content-Length: 5000\r\n\r\ngrant_type="
        .replace("PORT", &port.to_string());
    let starts = ["", "GET / HTTP/1.1\r\nHost: ", &head];
    let started = Instant::now();
    let attempts: Vec<_> = starts
        .map(str::to_owned)
        .into_iter()
        .map(|start| std::thread::spawn(move || drip(port, &start)))
        .collect();
    for attempt in attempts {
        let answer = attempt.join().expect("the attempt ends")?;
        ensure!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "a slow request was answered with {answer}"
        );
    }
    ensure!(started.elapsed() < Duration::from_secs(50));
    // Others were served all the while, and are now.
    assert_eq!(server.ask("/readyz")?.0, 200);
    Ok(())
}

/// Sends `start` and then a letter a second, until the server has had enough; gives its answer.
fn drip(port: u16, start: &str) -> Result<String> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.write_all(start.as_bytes())?;
    connection.set_read_timeout(Some(Duration::from_secs(1)))?;
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    loop {
        ensure!(Instant::now() < deadline, "it was never cut");
        match connection.read(&mut part) {
            Ok(0) => break,
            Ok(size) => answer.extend_from_slice(&part[..size]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                // Silence is a drip as well, where nothing was said at first.
                if !start.is_empty() && connection.write_all(b"x").is_err() {
                    break;
                }
            }
            Err(_) => break,
        }
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// A client that trusts this certificate alone.
fn trusting(certificate: &str) -> Result<reqwest::Client> {
    // Another test of this process may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder()
        .tls_certs_only([Certificate::from_pem(certificate.as_bytes())?])
        .no_proxy()
        .build()?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_used_at_once_and_a_bad_one_never() -> Result<()> {
    let scratch = Scratch::new("platen-tls")?;
    let (certificate_file, key_file) = (scratch.join("certificate.pem"), scratch.join("key.pem"));
    let write = |(certificate, key): &(String, String)| -> Result<()> {
        fs::write(&key_file, key)?;
        Ok(fs::write(&certificate_file, certificate)?)
    };
    let (old, new) = (certificate()?, certificate()?);
    write(&old)?;
    let options = ServerOptions {
        environment: vec![
            (
                "PLATEN_SERVER_PUBLIC_URL".into(),
                "https://127.0.0.1:PORT".into(),
            ),
            (
                "PLATEN_SERVER_TLS_CERTIFICATE".into(),
                certificate_file.display().to_string(),
            ),
            (
                "PLATEN_SERVER_TLS_KEY".into(),
                key_file.display().to_string(),
            ),
        ],
        ..ServerOptions::default()
    };
    let mut server = Server::start(&scratch.join("server"), &programs()?, &options)?;
    let url = format!("https://127.0.0.1:{}/readyz", server.port());
    let of_old = trusting(&old.0)?;
    let of_new = trusting(&new.0)?;
    assert_eq!(of_old.get(&url).send().await?.status(), 200);
    assert!(of_new.get(&url).send().await.is_err());

    // A key of another certificate: the server says so, and keeps what it has.
    fs::write(&key_file, &new.1)?;
    server.process().signal(Signal::HUP)?;
    wait_until("the bad certificate to be told", DEADLINE, || {
        server.log().contains("the new certificate can't be used")
    })?;
    assert_eq!(trusting(&old.0)?.get(&url).send().await?.status(), 200);

    write(&new)?;
    server.process().signal(Signal::HUP)?;
    wait_until("the new certificate to be read", DEADLINE, || {
        server.log().contains("the certificate was read again")
    })?;
    assert_eq!(of_new.get(&url).send().await?.status(), 200);
    assert!(trusting(&old.0)?.get(&url).send().await.is_err());
    // This one's connection is from before, and goes on.
    assert_eq!(of_old.get(&url).send().await?.status(), 200);

    // Without being told: it looks by itself.
    write(&old)?;
    wait_until("the old certificate to be back", DEADLINE, || {
        server
            .log()
            .matches("the certificate was read again")
            .count()
            == 2
    })?;
    assert_eq!(trusting(&old.0)?.get(&url).send().await?.status(), 200);
    Ok(())
}

#[test]
fn draining_is_told_before_anything_ends() -> Result<()> {
    let (mut server, _scratch) = bare("drain", &[("PLATEN_SERVER_DRAIN_S", "600")])?;
    server.process().signal(Signal::TERM)?;
    wait_for("readiness to end", DEADLINE, || {
        let (status, text) = server.ask("/readyz")?;
        Ok((status == 503 && text == "draining\n").then_some(()))
    })?;
    assert_eq!(server.ask("/healthz")?.0, 200);
    // Whoever asks twice does not want to wait.
    server.process().signal(Signal::TERM)?;
    assert_eq!(server.process().wait(DEADLINE)?.code(), Some(0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_lets_waiting_pages_go() -> Result<()> {
    let mut rig = ServerRig::start("letgo")?;
    let alice = rig.sign_in("alice").await?;
    let request = alice.request(Method::GET, "/events");
    let mut stream = alice.open(request).await?;
    assert_eq!(stream.status(), 200);
    let first = stream.chunk().await?.context("the stream says nothing")?;
    assert!(
        String::from_utf8_lossy(&first).contains("data"),
        "{first:?}"
    );
    let (status, metrics) = rig.server(0)?.ask("/metrics")?;
    assert_eq!(status, 200);
    assert!(metrics.contains("platen_http_open_streams 1"), "{metrics}");

    let started = Instant::now();
    let reading = tokio::spawn(async move { while let Ok(Some(_)) = stream.chunk().await {} });
    rig.server(0)?.stop()?;
    reading.await?;
    ensure!(
        started.elapsed() < Duration::from_secs(4),
        "it waited for the page"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_wait_are_counted_and_let_go() -> Result<()> {
    let mut rig = ServerRig::start("letclientsgo")?;
    let device = rig.device("alice", "Laptop", 1).await?;
    let streams = |rig: &mut ServerRig| -> Result<String> {
        let (_, metrics) = rig.server(0)?.ask("/metrics")?;
        let line = metrics
            .lines()
            .find(|line| line.starts_with("platen_http_open_streams"));
        Ok(line.context("nothing is counted")?.to_owned())
    };
    let mut waiting = device.wait_for_news().await?;
    let gone = device.wait_for_news().await?;
    assert_eq!(streams(&mut rig)?, "platen_http_open_streams 2");
    drop(gone);
    wait_for("the other to be gone", DEADLINE, || {
        Ok((streams(&mut rig)? == "platen_http_open_streams 1").then_some(()))
    })?;

    let started = Instant::now();
    let reading = tokio::spawn(async move {
        loop {
            match waiting.chunk().await {
                // Its end, whole: the client asks elsewhere at once.
                Ok(None) => return true,
                Ok(Some(_)) => {}
                Err(_) => return false,
            }
        }
    });
    rig.server(0)?.stop()?;
    ensure!(reading.await?, "the answer was cut off");
    ensure!(
        started.elapsed() < Duration::from_secs(4),
        "it waited for the client"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_may_not_ask_is_refused_by_name_and_logged() -> Result<()> {
    let mut rig = ServerRig::start("refusals")?;
    let mut device = rig.device("alice", "Laptop", 1).await?;
    let foreign = json!({"kind": "delete", "document": Uuid::nil()});
    let answer = device.deliver(1, &foreign).await?;
    ensure!(answer.to_string().contains("unknown_document"), "{answer}");
    let lease = json!({"kind": "return_lease", "lease": Uuid::nil()});
    let answer = device.deliver(2, &lease).await?;
    ensure!(answer.to_string().contains("unknown_lease"), "{answer}");
    let negative = json!({
        "kind": "ask_lease", "account": Uuid::nil(), "points": "-5", "lease": Uuid::nil(),
    });
    let answer = device.deliver(3, &negative).await?;
    ensure!(answer.to_string().contains("malformed"), "{answer}");
    let log = rig.server(0)?.log();
    for code in ["UnknownLease", "Malformed"] {
        let mut lines = log.lines();
        let found = lines.find(|line| line.contains("was refused") && line.contains(code));
        let line = found.with_context(|| format!("{code} is not in the log:\n{log}"))?;
        ensure!(line.contains("device"), "{line}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_and_names_are_not_logged() -> Result<()> {
    let options = ServerRigOptions {
        environment: pairs(&[("PLATEN_SERVER_LOG_LEVEL", "debug")]),
        ..ServerRigOptions::default()
    };
    let mut rig = ServerRig::with("hush", options)?;
    let alice = rig.sign_in("alice").await?;
    alice.get("/enter/hush-hush").await?;
    alice.get("/history?search=hush-hush").await?;
    let log = rig.server(0)?.log();
    assert!(log.contains("answered"), "{log}");
    let cookies = alice.cookie_header();
    let secrets = cookies
        .split("; ")
        .filter_map(|pair| pair.split_once('='))
        .map(|(_, value)| value)
        .filter(|value| value.len() > 15);
    for secret in secrets.chain(["hush-hush", "client_secret", "=development"]) {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_follows_the_database_and_work_goes_on_once_it_is_back() -> Result<()> {
    let options = ServerRigOptions {
        postgres: true,
        ..ServerRigOptions::default()
    };
    let mut rig = ServerRig::with("dbgone", options)?;
    let alice = rig.sign_in("alice").await?;
    assert_eq!(alice.get("/").await?.status, 200);

    rig.postgres()?.stop()?;
    let patience = Duration::from_secs(60);
    wait_for("readiness to end", patience, || {
        Ok((rig.server(0)?.ask("/readyz")?.0 == 503).then_some(()))
    })?;
    assert_eq!(rig.server(0)?.ask("/healthz")?.0, 200);
    let page = alice.get("/").await?;
    assert!(page.status >= 500, "{page:?}");
    let counted = rig.server(0)?.ask("/metrics")?.1;
    for line in ["platen_ledger_up 0", "platen_ledger_failures_total "] {
        assert!(counted.contains(line), "{line} is not in\n{counted}");
    }
    assert!(
        !counted.contains("platen_ledger_failures_total 0"),
        "{counted}"
    );
    let no_blank_page = page.text.contains("<h1") && !page.text.contains("postgres");
    assert!(no_blank_page, "{page:?}");

    rig.postgres()?.restart()?;
    wait_for("readiness to be back", patience, || {
        Ok((rig.server(0)?.ask("/readyz")?.0 == 200).then_some(()))
    })?;
    // The session is in the database, so nobody has to sign in again.
    assert_eq!(alice.get("/").await?.status, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_outlive_the_process_and_signing_out_ends_them() -> Result<()> {
    let mut rig = ServerRig::start("sessions")?;
    let browser = rig.browse("alice", "/history", View::default()).await?;
    let at = browser.client.current_url().await?;
    assert_eq!(at.path(), "/history");
    rig.server(0)?.process().kill9()?;
    rig.server(0)?.restart()?;
    browser.goto(&format!("{}/", rig.url())).await?;
    browser.until_text("#active-account", "Print Quota").await?;

    let http = rig.sign_in("alice").await?;
    assert_eq!(http.get("/").await?.status, 200);
    let out = http.done("/sign-out", &[]).await?;
    assert!(out.text.contains("You are signed out"), "{out:?}");
    assert_eq!(http.get("/").await?.status, 303);
    // Another session of the same person goes on, until he ends it at the provider as well.
    browser.goto(&format!("{}/", rig.url())).await?;
    browser.until_text("#active-account", "Print Quota").await?;
    let form = "const form = document.createElement('form');
                form.method = 'post'; form.action = '/sign-out';
                document.body.append(form); form.submit()";
    browser.run(form, vec![]).await?;
    browser.click("button[name=logout]").await?;
    browser.until_text("h1", "You are signed out").await?;
    let at = browser.client.current_url().await?;
    assert!(at.as_str().starts_with(&rig.url()), "{at}");
    browser.goto(&format!("{}/history", rig.url())).await?;
    let at = browser.client.current_url().await?;
    assert_ne!(at.path(), "/history", "the session is still there");
    Ok(())
}

/// The id of the account that the switch dialog offers under `name`.
async fn offered(client: &WebClient, name: &str) -> Result<String> {
    let page = client.get("/account").await?;
    let (before, _) = page
        .text
        .split_once(name)
        .with_context(|| format!("{name} is not offered: {}", page.text))?;
    let (_, value) = before
        .rsplit_once("value=\"")
        .with_context(|| format!("no value before {name}"))?;
    Ok(value.split('"').next().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_at_one_server_is_seen_at_the_other_without_reload() -> Result<()> {
    let mut rig = ServerRig::pair("pair")?;
    let browser = rig.browse_at(1, "alice", "/", View::default()).await?;
    browser.until_text("#active-account", "Print Quota").await?;
    browser.run("window.mark = 1", vec![]).await?;

    let alice = rig.sign_in_at(0, "alice").await?;
    let union = offered(&alice, "Student Union").await?;
    let changed = Instant::now();
    alice.done("/account", &[("account", &union)]).await?;
    browser
        .until_text("#active-account", "Student Union")
        .await?;
    let seen = changed.elapsed();
    ensure!(seen < Duration::from_secs(5), "it took {seen:?}");
    assert_eq!(browser.run("return window.mark", vec![]).await?, 1);

    // One of the two goes away, and the other carries on.
    rig.server(0)?.process().kill9()?;
    let at_other = rig.sign_in_at(1, "alice").await?;
    let quota = offered(&at_other, "Print Quota").await?;
    at_other.done("/account", &[("account", &quota)]).await?;
    browser.until_text("#active-account", "Print Quota").await?;
    assert_eq!(browser.run("return window.mark", vec![]).await?, 1);
    Ok(())
}
