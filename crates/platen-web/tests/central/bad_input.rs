//! Whatever is sent, somebody reads a sentence: on a page, or in a problem
//! document; never nothing, never what only a programmer understands.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use platen_domain::{Person, UserId};
use platen_ledger::{Session, SessionKind};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::roles::LISTS;
use crate::support::browser::digest;
use crate::support::{Browser, Seen, Site, programs};

/// Says what is wrong with an answer to a bad request, if anything is.
fn fault(seen: &Seen) -> Option<String> {
    let status = seen.status.as_u16();
    let kind = seen
        .headers
        .get("content-type")
        .map_or("", |kind| kind.to_str().unwrap());
    let text = &seen.text;
    let leaks = [
        "panicked",
        "src/",
        ".rs:",
        "SELECT ",
        "rusqlite",
        "Backtrace",
        "serde",
    ];
    if let Some(leak) = leaks.iter().find(|leak| text.contains(**leak)) {
        return Some(format!("{status} shows “{leak}”"));
    }
    if !seen.headers.contains_key("content-security-policy") {
        return Some(format!("{status} without protective headers"));
    }
    match status {
        500 | 502 | 504.. => Some(format!("{status}: {text:.300}")),
        200..400 => None,
        _ if kind == "application/problem+json" => {
            let json: Value = serde_json::from_str(text).ok()?;
            let detail = json["detail"].as_str().or(json["title"].as_str());
            detail
                .is_none_or(str::is_empty)
                .then(|| format!("{status} says nothing: {text}"))
        }
        _ if kind == "application/json"
            && (text.contains("error_description") || text.contains("\"sentence\"")) =>
        {
            None
        }
        _ if kind.starts_with("text/html") => {
            let marks = ["data-problem", "role=\"alert\"", "aria-invalid"];
            let says = marks.iter().any(|mark| text.contains(mark));
            let whole = text.contains("<h1") && text.contains("</html>");
            (!says || !whole).then(|| format!("{status} is no page: {text:.300}"))
        }
        _ => Some(format!("{status} is “{kind}”: {text:.300}")),
    }
}

/// What is sent, and as what.
fn bodies() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let form = "application/x-www-form-urlencoded";
    let json = "application/json";
    let multipart = "multipart/form-data; boundary=x";
    vec![
        ("nothing", form, Vec::new()),
        (
            "wrong types",
            form,
            b"id=x&account=7&copies=-1&limit=NaN&page=99999999999999999999".to_vec(),
        ),
        (
            "broken UTF-8",
            form,
            b"account=\xff\xfe&name=%ff%fe&reason=%00".to_vec(),
        ),
        (
            "names twice",
            form,
            b"account=1&account=2&name=a&name=b&limit=1&limit=2".to_vec(),
        ),
        (
            "foreign ids",
            form,
            format!(
                "account={0}&document={0}&id={0}&user=nobody",
                Uuid::new_v4()
            )
            .into_bytes(),
        ),
        ("no JSON", json, b"{\"account\":".to_vec()),
        (
            "JSON of another kind",
            json,
            b"[1,\"\\ud800\",null]".to_vec(),
        ),
        (
            "deep JSON",
            json,
            [vec![b'['; 5000], vec![b']'; 5000]].concat(),
        ),
        (
            "broken multipart",
            multipart,
            b"--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc".to_vec(),
        ),
        ("unknown kind", "image/\u{fc}", b"abc".to_vec()),
        (
            "far too much",
            form,
            [b"name=".to_vec(), vec![b'a'; 3 << 20]].concat(),
        ),
    ]
}

async fn send(
    browser: &Browser,
    token: &str,
    method: &str,
    path: &str,
    kind: &str,
    body: &[u8],
) -> Option<Seen> {
    let mut request = browser
        .request(method, path)
        .header("sec-fetch-site", "same-origin");
    if path.starts_with("/{") || !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if method != "GET" {
        request = request.header("content-type", kind).body(body.to_vec());
    }
    // A server may stop reading what is far too much.
    browser.try_send(request).await
}

/// Another session of the administrator, where he needs one.
async fn signed_in_again(site: &Site, needed: bool) -> Option<Browser> {
    if needed {
        Some(site.signed_in("admin").await)
    } else {
        None
    }
}

#[tokio::test]
async fn every_route_answers_nonsense_with_a_sentence() {
    let site = Site::start().await;
    let (customer, token) = programs::admit(&site).await;
    let admin = site.signed_in("admin").await;
    let mut wrong = Vec::new();
    for (method, path) in LISTS.iter().flat_map(|list| list.iter()) {
        // Signing out would end what the next rows need.
        let signed_out = *path == "/sign-out";
        let token = if path.starts_with("/{customer-id}") {
            token.as_str()
        } else {
            ""
        };
        for hole in ["%ff%fe", "0", "..%2f..%2fetc", "%00", &"9".repeat(500), "ü"] {
            let mut filled = path.replace("{customer-id}", &customer);
            while let (Some(start), Some(end)) = (filled.find('{'), filled.find('}')) {
                filled.replace_range(start..=end, hole);
            }
            let asked = format!("{filled}?page=%ff&account=x&search=%00%ff&until=never&sort=1");
            let form = "application/x-www-form-urlencoded";
            let another = signed_in_again(&site, signed_out).await;
            let admin = another.as_ref().unwrap_or(&admin);
            let seen = send(admin, token, method, &asked, form, b"").await;
            if let Some(fault) = seen.as_ref().and_then(fault) {
                wrong.push(format!("{method} {asked:.90}: {fault}"));
            }
            if !path.contains('{') {
                break;
            }
        }
        if *method == "GET" {
            continue;
        }
        let filled = path
            .replace("{customer-id}", &customer)
            .replace("{kind}", "accounts");
        let filled = filled.split('/').map(|part| {
            if part.starts_with('{') {
                Uuid::nil().to_string()
            } else {
                part.to_owned()
            }
        });
        let filled = filled.collect::<Vec<_>>().join("/");
        for (what, kind, body) in bodies() {
            let another = signed_in_again(&site, signed_out).await;
            let admin = another.as_ref().unwrap_or(&admin);
            let seen = send(admin, token, method, &filled, kind, &body).await;
            if let Some(fault) = seen.as_ref().and_then(fault) {
                wrong.push(format!("{method} {path} with {what}: {fault}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Whatever was asked, the administrator is still signed in.
    admin.get("/console").await.expect(200);
}

/// Sends a head and a bit of the body it promises, and waits for the answer.
async fn dawdle(site: &Site, method: &str, path: &str, headers: &str) -> (String, Duration) {
    let started = Instant::now();
    let mut stream = TcpStream::connect(&site.host).await.unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: 1000\r\n{headers}\r\n",
        site.host
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let reading = async {
        let mut part = [0; 4096];
        loop {
            tokio::select! {
                read = stream.read(&mut part) => match read.unwrap() {
                    0 => break,
                    count => answer.extend_from_slice(&part[..count]),
                },
                // Always a bit more, never all of it.
                () = tokio::time::sleep(Duration::from_millis(100)) => {
                    let _ = stream.write_all(b"a").await;
                }
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(15), reading)
        .await
        .expect("it waits for ever");
    (
        String::from_utf8_lossy(&answer).into_owned(),
        started.elapsed(),
    )
}

#[tokio::test]
async fn who_sends_too_slowly_is_told_and_let_go() {
    let site = Site::start_patient(Duration::from_secs(1)).await;
    let alice = site.signed_in("alice").await;
    let form = "content-type: application/x-www-form-urlencoded\r\nsec-fetch-site: same-origin\r\n";
    let headers = format!(
        "{form}cookie: {}\r\naccept-language: de\r\n",
        alice.cookie_header()
    );
    let (answer, took) = dawdle(&site, "POST", "/account", &headers).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer:.400}");
    assert!(answer.contains("kam nicht rechtzeitig an"), "{answer}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    let (answer, _) = dawdle(&site, "POST", "/enter", "authorization: Bearer x\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer:.400}");
    assert!(answer.contains("application/problem+json"), "{answer}");
}

#[tokio::test]
async fn addresses_of_nothing_get_a_page() {
    let site = Site::start().await;
    let browser = site.browser();
    for (path, status) in [
        ("/nowhere", 404),
        ("/%ff%fe", 404),
        ("/documents", 404),
        ("/static/../../Cargo.toml", 404),
        ("/static/%2e%2e%2fsecret", 404),
        ("/static/%ff", 400),
    ] {
        let seen = browser.get(path).await;
        assert_eq!(seen.status, status, "{path}");
        assert_eq!(fault(&seen), None, "{path}");
    }
    let seen = browser.post("/history", "").await.expect(405);
    assert!(!seen.problem().is_empty());
    // Nothing of this is said to another host's name, or to another site.
    let host = browser.request("GET", "/").header("host", "evil.example");
    browser.send(host).await.expect(403);
    let origin = browser
        .request("POST", "/sign-out")
        .header("origin", "https://evil.example");
    browser.send(origin).await.expect(403);
}

#[tokio::test]
async fn session_that_has_run_out_leads_to_the_sign_in() {
    let site = Site::start().await;
    let browser = site.browser();
    let now = Timestamp::now();
    let session = |id, expires_at| Session {
        id: Uuid::from_u128(id),
        kind: SessionKind::Browser,
        person: Person {
            id: UserId::new("https://id.example/#alice"),
            name: "Alice".into(),
            login: "alice@example.edu".into(),
            groups: std::collections::BTreeSet::new(),
        },
        administrator: true,
        device: String::new(),
        address: "127.0.0.1".into(),
        logout: None,
        made_at: now - SignedDuration::from_hours(13),
        seen_at: now - SignedDuration::from_hours(2),
        expires_at,
        ended_at: None,
    };
    let over = session(1, now - SignedDuration::from_secs(1));
    site.ledger
        .open_session(digest("over"), over)
        .await
        .unwrap();
    let live = session(2, now + SignedDuration::from_mins(1));
    site.ledger
        .open_session(digest("live"), live)
        .await
        .unwrap();
    let with = |secret: &str| browser.remember(secret);
    with("over");
    assert_eq!(
        browser.get("/history").await.expect(303).location(),
        Some("/sign-in?to=%2Fhistory")
    );
    let seen = browser.post("/account", "").await.expect(401);
    assert!(seen.problem().contains("signed out"));
    with("live");
    browser.get("/history").await.expect(200);
    for secret in ["", "nonsense", &"A".repeat(43), &"A".repeat(3000)] {
        with(secret);
        assert_eq!(browser.get("/").await.status, 303, "{secret:.9}");
    }
}

#[tokio::test]
async fn portal_that_is_switched_off_is_there_for_administrators_alone() {
    let site = Site::start().await;
    let (alice, admin) = (site.signed_in("alice").await, site.signed_in("admin").await);
    let desk = programs::desk(&site);
    let switched = desk.edit_settings(|settings| settings.user_portal = false, Timestamp::now());
    switched.await.unwrap();
    let seen = alice.get("/").await.expect(403);
    assert!(seen.problem().contains("switched off"), "{}", seen.text);
    admin.get("/").await.expect(200);
}
