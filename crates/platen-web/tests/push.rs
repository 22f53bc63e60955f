//! Web Push, received by a push service on this machine and opened by a browser's
//! side that shares no code with ours.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use platen_domain::UserId;
use platen_ledger::{Ledger, PushAddress};
use platen_web::Language;
use platen_web::central::{Message, Push, PushServices};
use platen_web::portal::PushSubscription;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

const DEADLINE: Duration = Duration::from_secs(20);

struct Received {
    browser: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// A push service that keeps what it receives, and answers as it is told.
#[derive(Clone, Default)]
struct Service {
    received: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<Vec<StatusCode>>>,
}

async fn take(
    State(service): State<Service>,
    Path(browser): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    service.received.lock().unwrap().push(Received {
        browser,
        headers,
        body: body.to_vec(),
    });
    let answer = service.answers.lock().unwrap().pop();
    let answer = answer.unwrap_or(StatusCode::CREATED);
    (answer, [(header::RETRY_AFTER, "0")]).into_response()
}

struct Site {
    ledger: Ledger,
    service: Service,
    origin: String,
    push: Push,
    _directory: TempDir,
}

impl Site {
    async fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&directory.path().join("ledger.sqlite")).unwrap();
        let service = Service::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/push/{browser}", post(take))
            .with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let services = PushServices::only(vec![origin.clone()]);
        let (push, work) = Push::new(ledger.clone(), &public_url(), services)
            .await
            .unwrap();
        tokio::spawn(work.run());
        Self {
            ledger,
            service,
            origin,
            push,
            _directory: directory,
        }
    }

    async fn subscribe(&self, browser: &str, keys: &Value, language: Language) {
        let address = PushAddress {
            person: alice(),
            endpoint: format!("{}/push/{browser}", self.origin),
            key: bytes(&keys["key"]),
            auth: bytes(&keys["auth"]),
            language: language.tag().to_owned(),
        };
        self.ledger
            .put_push(address, Timestamp::now())
            .await
            .unwrap();
    }

    async fn tell(&self) {
        let alice = alice();
        let said = self.push.tell(&alice, |language| Some(message(language)));
        said.await.unwrap();
    }

    /// Waits until the service has received so many.
    async fn received(&self, count: usize) -> Vec<Received> {
        self.until(|| self.service.received.lock().unwrap().len() >= count)
            .await;
        std::mem::take(&mut *self.service.received.lock().unwrap())
    }

    async fn until(&self, is_so: impl Fn() -> bool) {
        let started = Instant::now();
        while !is_so() {
            assert!(started.elapsed() < DEADLINE, "waited in vain");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn public_url() -> Url {
    Url::parse("https://print.example.edu/").unwrap()
}

fn alice() -> UserId {
    UserId::openid("https://id.example.edu", "alice")
}

fn message(language: Language) -> Message {
    let title = match language {
        Language::English => "Job Ready",
        Language::German => "Druckauftrag bereit",
    };
    Message {
        title: title.into(),
        body: "“thesis – Übung.pdf” costs 7.5 points.".into(),
        tag: "verdicts".into(),
        url: "/".into(),
        urgent: false,
    }
}

fn bytes(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}

/// Asks the browser's side, in a process of its own.
fn browser(what: &str, asked: &Value) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/push/browser.mjs");
    let mut node = Command::new("node")
        .args([script, what])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = node.stdin.take();
    input
        .unwrap()
        .write_all(asked.to_string().as_bytes())
        .unwrap();
    let answer = node.wait_with_output().unwrap();
    assert!(answer.status.success(), "the browser can't open it");
    serde_json::from_slice(&answer.stdout).unwrap()
}

fn open(keys: &Value, received: &Received) -> Value {
    let mut asked = keys.clone();
    asked["body"] = json!(URL_SAFE_NO_PAD.encode(&received.body));
    let authorization = received.headers[header::AUTHORIZATION].to_str().unwrap();
    asked["authorization"] = json!(authorization);
    browser("open", &asked)
}

#[tokio::test]
async fn each_browser_reads_its_own_message_in_its_language() {
    let site = Site::open().await;
    let (laptop, phone) = (browser("keys", &json!({})), browser("keys", &json!({})));
    site.subscribe("laptop", &laptop, Language::English).await;
    site.subscribe("phone", &phone, Language::German).await;
    site.tell().await;

    let received = site.received(2).await;
    assert_eq!(received.len(), 2);
    for one in &received {
        let (keys, language) = match one.browser.as_str() {
            "laptop" => (&laptop, Language::English),
            _ => (&phone, Language::German),
        };
        assert_eq!(one.headers[header::CONTENT_ENCODING], "aes128gcm");
        assert_eq!(one.headers["ttl"], "86400");
        assert_eq!(one.headers["urgency"], "normal");
        let plain = String::from_utf8_lossy(&one.body);
        assert!(!plain.contains("thesis"), "it is readable on the way");

        let opened = open(keys, one);
        let shown: Value = serde_json::from_str(opened["text"].as_str().unwrap()).unwrap();
        assert_eq!(shown, serde_json::to_value(message(language)).unwrap());
        let sender = &opened["sender"];
        assert_eq!(sender["header"]["alg"], "ES256");
        assert_eq!(sender["key"], json!(site.push.public_key()));
        assert_eq!(sender["claims"]["aud"], json!(site.origin));
        assert_eq!(sender["claims"]["sub"], "https://print.example.edu");
        let life = sender["claims"]["exp"].as_i64().unwrap() - Timestamp::now().as_second();
        assert!((0..=24 * 3600).contains(&life), "{life} s");
    }
}

#[tokio::test]
async fn browser_that_is_gone_is_forgotten_and_a_busy_service_is_asked_again() {
    let site = Site::open().await;
    let keys = browser("keys", &json!({}));
    site.subscribe("phone", &keys, Language::English).await;
    let busy = StatusCode::TOO_MANY_REQUESTS;
    site.service.answers.lock().unwrap().push(busy);
    site.tell().await;
    let received = site.received(2).await;
    assert_eq!(received.len(), 2);
    assert_eq!(site.ledger.push_addresses(&alice()).await.unwrap().len(), 1);

    let gone = StatusCode::GONE;
    site.service.answers.lock().unwrap().push(gone);
    site.tell().await;
    site.received(1).await;
    let started = Instant::now();
    while !site
        .ledger
        .push_addresses(&alice())
        .await
        .unwrap()
        .is_empty()
    {
        assert!(started.elapsed() < DEADLINE, "it is not forgotten");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    site.tell().await;
    assert!(site.service.received.lock().unwrap().is_empty());
}

#[tokio::test]
async fn site_keeps_its_key_and_calls_nobody_but_known_services() {
    let site = Site::open().await;
    let services = PushServices::default();
    let (again, work) = Push::new(site.ledger.clone(), &public_url(), services)
        .await
        .unwrap();
    assert_eq!(again.public_key(), site.push.public_key());

    let keys = browser("keys", &json!({}));
    let subscription = |endpoint: &str| PushSubscription {
        endpoint: endpoint.into(),
        key: bytes(&keys["key"]),
        auth: bytes(&keys["auth"]),
        language: Language::English,
    };
    let here = format!("{}/push/phone", site.origin);
    assert!(site.push.accepts(&subscription(&here)));
    assert!(!again.accepts(&subscription(&here)));
    assert!(again.accepts(&subscription("https://fcm.googleapis.com/fcm/send/x")));
    let mut no_point = subscription(&here);
    no_point.key[10] ^= 1;
    assert!(!site.push.accepts(&no_point));

    // It was allowed when it was stored.
    site.subscribe("phone", &keys, Language::English).await;
    let alice = alice();
    let told = again.tell(&alice, |language| Some(message(language)));
    told.await.unwrap();
    drop(again);
    work.run().await;
    assert!(site.service.received.lock().unwrap().is_empty());
}
