//! What the link makes of a server whose messages are well formed and can't be true, and of one
//! that does not come to an end.
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use platen_domain::{DocumentId, PageFacts, PageRun, Size};
use platen_link::{Comeback, Link, Told};
use platen_sync::engine::{Away, Decision, Event, Link as State, Stop, Submission, Wait};
use platen_sync::wire::{Facts, NewDocument};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedReceiver;
use uuid::Uuid;

use support::{Alice, DEADLINE, config, until};

const OURS: &str = "Platen-Protocol: 1\r\nContent-Type: application/json\r\n";
const ACCOUNT: &str = "00000000-0000-4000-8000-000000000001";
const FOREIGN: &str = "00000000-0000-4000-8000-00000000000f";

/// A server that says of its state what a test wants.
#[derive(Clone)]
struct Forger {
    view: Arc<Mutex<Value>>,
}

impl Forger {
    async fn start() -> (Self, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let forger = Self {
            view: Arc::new(Mutex::new(honest())),
        };
        let server = forger.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(server.clone().answer(connection));
            }
        });
        (forger, port)
    }

    async fn answer(self, mut connection: TcpStream) {
        let mut request = vec![0; 64 << 10];
        let read = connection.read(&mut request).await.unwrap_or_default();
        let asked = String::from_utf8_lossy(&request[..read]).into_owned();
        let body = if asked.starts_with("POST /sync/enrolment") {
            json!({"device": Uuid::nil(), "user": "alice", "token": "secret"})
        } else if asked.starts_with("GET /sync/view") {
            // A server that answers at once is asked again after a second or two.
            self.view.lock().unwrap().clone()
        } else {
            // Operations are never answered.
            return std::future::pending().await;
        };
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\n{OURS}Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let _ = connection.write_all((head + &body).as_bytes()).await;
        let _ = connection.shutdown().await;
    }

    /// The next state has this changed in it.
    fn say(&self, version: u64, change: impl FnOnce(&mut Value)) {
        let mut view = honest();
        view["version"] = version.into();
        change(&mut view);
        *self.view.lock().unwrap() = view;
    }
}

fn honest() -> Value {
    let rates = json!({"mono_simplex": "1", "mono_duplex": "1", "colour_simplex": "1",
        "colour_duplex": "1"});
    json!({
        "protocol": 1, "version": 5, "server_time": jiff::Timestamp::now(),
        "user": {"id": "alice", "name": "Alice", "login": "alice"},
        "accounts": [{"id": ACCOUNT, "name": "Course", "limit": "100",
            "balance": {"posted": "3", "pending": "0", "leased": "0"}}],
        "active": ACCOUNT,
        "card": {"version": 1, "rows": [], "other_print": rates, "other_copy": rates},
        "applied": 0,
    })
}

type Telling = UnboundedReceiver<(Option<DocumentId>, Told)>;

async fn link(port: u16, dir: &std::path::Path) -> (Link, Telling) {
    Link::start(config(port, dir, Comeback::None), Box::new(Alice))
        .await
        .unwrap()
}

fn submission(number: u128) -> Event {
    let page = PageFacts {
        size: Size::A4,
        colour: false,
    };
    Event::Submitted(Box::new(Submission {
        document: NewDocument {
            id: DocumentId(Uuid::from_u128(number)),
            queue: "secure".into(),
            job_id: 1,
            name: "Thesis".into(),
            submitted_at: jiff::Timestamp::now(),
        },
        facts: Facts {
            documents: vec![vec![PageRun { count: 2, page }]],
            ..Facts::default()
        },
        account: None,
    }))
}

async fn decision(telling: &mut Telling) -> Decision {
    let waiting = async {
        loop {
            if let (_, Told::Decided(decision)) = telling.recv().await.unwrap() {
                break decision;
            }
        }
    };
    tokio::time::timeout(DEADLINE, waiting).await.unwrap()
}

/// What can't be true is no state: what was known before stays, and the words say whose fault it is.
#[tokio::test]
async fn impossible_balances_are_never_shown() {
    let (forger, port) = Forger::start().await;
    let dir = tempfile::tempdir().unwrap();
    let (link, _telling) = link(port, dir.path()).await;
    until(&link, State::Connected).await;
    let most = "92233720368547758.07";
    for (version, (part, value)) in (6..).zip([
        ("/accounts/0/balance/posted", most),
        ("/accounts/0/balance/pending", "-1"),
        ("/accounts/0/balance/leased", "-0.01"),
        ("/accounts/0/balance/leased", most),
        ("/accounts/0/balance/posted", "999999999999999999999999"),
        ("/accounts/0/limit", "-5"),
        ("/accounts/0/exceed_by", "-5"),
        ("/accounts/0/exceed_by", most),
    ]) {
        forger.say(version, |view| {
            view["accounts"][0]["exceed_by"] = "0".into();
            // Something is pending, so that the most can't be added to.
            view["accounts"][0]["balance"]["pending"] = "1".into();
            *view.pointer_mut(part).unwrap() = value.into();
        });
        until(&link, State::Away(Away::Garbled)).await;
        let shown = link.shown().borrow().clone();
        assert_eq!(shown.accounts[0].balance.posted.hundredths(), 300, "{part}");
        forger.say(version, |_| {});
        link.happened(Event::NetworkChanged).await;
        until(&link, State::Connected).await;
    }
}

#[tokio::test]
async fn lease_that_was_never_asked_for_is_not_drawn_on() {
    let (forger, port) = Forger::start().await;
    let lease = |id: &str, account: &str| {
        json!({"id": id, "account": account, "granted": "50", "drawn": "0", "state": "open",
            "ends_at": "2099-01-01T00:00:00Z", "left_ms": 1_000_000_000_000_u64})
    };
    forger.say(5, |view| {
        view["leases"] = json!([lease(FOREIGN, ACCOUNT), lease(ACCOUNT, FOREIGN)]);
    });
    let dir = tempfile::tempdir().unwrap();
    let (link, mut telling) = link(port, dir.path()).await;
    until(&link, State::Connected).await;
    assert_eq!(link.shown().borrow().leases, []);
    link.happened(submission(1)).await;
    assert_eq!(decision(&mut telling).await, Decision::Waits(Wait::NoLease));
}

#[tokio::test]
async fn accounts_and_documents_of_others_do_no_harm() {
    let (forger, port) = Forger::start().await;
    let dir = tempfile::tempdir().unwrap();
    let (link, mut telling) = link(port, dir.path()).await;
    until(&link, State::Connected).await;
    let nonce = Uuid::from_u128(9);
    forger.say(6, |view| {
        view["active"] = FOREIGN.into();
        view["documents"] = json!([{
            "id": FOREIGN, "device": FOREIGN, "name": "Somebody else’s", "state": "releasing",
            "account": FOREIGN, "cost": "5", "submitted_at": "2026-11-29T10:00:00Z",
            "release": {"printer": "Office", "nonce": nonce},
        }]);
    });
    let mut shown = link.shown();
    let active = shown.wait_for(|shown| shown.active.is_some_and(|it| it.0.to_string() == FOREIGN));
    tokio::time::timeout(DEADLINE, active)
        .await
        .unwrap()
        .unwrap();
    // It is told of the release, with its id: whoever has no such document prints nothing.
    let told = telling.recv().await.unwrap();
    assert!(matches!(told, (Some(id), Told::Release(_)) if id.0.to_string() == FOREIGN));
    // Nothing can be judged on an account that is not among his own.
    link.happened(submission(1)).await;
    assert_eq!(decision(&mut telling).await, Decision::Waits(Wait::NoLease));
    link.happened(Event::Deleted {
        document: DocumentId(Uuid::from_u128(1)),
    })
    .await;
}

#[tokio::test]
async fn server_that_knows_too_much_or_less_than_before_is_not_the_one_it_was() {
    let (forger, port) = Forger::start().await;
    // It says that it carried out what was never sent.
    forger.say(5, |view| view["applied"] = 7.into());
    let dir = tempfile::tempdir().unwrap();
    let (one, _telling) = link(port, dir.path()).await;
    until(&one, State::Stopped(Stop::Diverged)).await;
    // Its state goes back, again and again.
    forger.say(5, |_| {});
    let dir = tempfile::tempdir().unwrap();
    let (two, _telling) = link(port, dir.path()).await;
    until(&two, State::Connected).await;
    forger.say(2, |view| {
        view["accounts"][0]["balance"]["posted"] = "1".into()
    });
    until(&two, State::Stopped(Stop::Diverged)).await;
    let shown = two.shown().borrow().clone();
    assert_eq!(shown.accounts[0].balance.posted.hundredths(), 300);
    // It knows another user.
    forger.say(5, |view| view["user"]["id"] = "bob".into());
    let dir = tempfile::tempdir().unwrap();
    let (three, _telling) = link(port, dir.path()).await;
    until(&three, State::Stopped(Stop::SomebodyElse)).await;
    assert_eq!(three.shown().borrow().user, None);
}

/// A place that sends `head` and then `more` for ever.
async fn endless(head: String, more: &'static str, pause: Duration) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let head = head.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 64 << 10];
                let _ = connection.read(&mut request).await;
                let _ = connection.write_all(head.as_bytes()).await;
                while connection.write_all(more.as_bytes()).await.is_ok() {
                    tokio::time::sleep(pause).await;
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn answer_without_an_end_is_cut_off() {
    let long: &'static str = "x".repeat(64 << 10).leak();
    let many: &'static str = "X-Many: 1\r\n".repeat(1000).leak();
    let body = format!("HTTP/1.1 200 OK\r\n{OURS}Content-Length: 1000000000000\r\n\r\n{{\"a\":\"");
    for (head, more, wanted) in [
        (body, long, Away::Garbled),
        (
            "HTTP/1.1 200 OK\r\nX-Long: ".to_owned(),
            long,
            Away::Unreachable,
        ),
        ("HTTP/1.1 200 OK\r\n".to_owned(), many, Away::Unreachable),
    ] {
        let port = endless(head, more, Duration::ZERO).await;
        let dir = tempfile::tempdir().unwrap();
        let (link, _telling) = link(port, dir.path()).await;
        until(&link, State::Away(wanted)).await;
    }
}

#[tokio::test]
async fn nobody_waits_longer_than_promised_for_an_answer_that_drips() {
    let head = format!("HTTP/1.1 200 OK\r\n{OURS}Content-Length: 100000\r\n\r\n");
    let port = endless(head, " ", Duration::from_millis(50)).await;
    let dir = tempfile::tempdir().unwrap();
    let (link, mut telling) = link(port, dir.path()).await;
    let asked = Instant::now();
    link.happened(submission(1)).await;
    assert_eq!(decision(&mut telling).await, Decision::Waits(Wait::NoLease));
    assert!(
        asked.elapsed() < Duration::from_millis(4_500),
        "{:?}",
        asked.elapsed()
    );
    until(&link, State::Away(Away::Silent)).await;
}

#[tokio::test]
async fn damaged_memory_is_said_and_kept_aside_where_its_user_begins_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("device.sqlite");
    let (first, _telling) = link(1, dir.path()).await;
    first.close().await;
    drop(first);
    // The log goes into the file when it is closed, and a page of it is lost.
    let log = dir.path().join("device.sqlite-wal");
    let closed = async || {
        let gone = async {
            while log.exists() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(DEADLINE, gone).await.unwrap();
    };
    closed().await;
    let mut bytes = std::fs::read(&path).unwrap();
    assert!(bytes.len() > 4096, "{} bytes", bytes.len());
    bytes[4096..].fill(0x5a);
    for damaged in [bytes, b"no database at all".repeat(500)] {
        closed().await;
        std::fs::write(&path, &damaged).unwrap();
        let refused = Link::start(config(1, dir.path(), Comeback::None), Box::new(Alice)).await;
        assert!(refused.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), damaged, "it was changed");
        let anew = config(1, dir.path(), Comeback::Anew);
        let (link, _telling) = Link::start(anew, Box::new(Alice)).await.unwrap();
        link.close().await;
        drop(link);
        let beside = std::fs::read_dir(dir.path()).unwrap();
        let kept = beside.filter_map(Result::ok).any(|file| {
            file.file_name().to_string_lossy().contains(".damaged-")
                && std::fs::read(file.path()).is_ok_and(|kept| kept == damaged)
        });
        assert!(kept, "the damaged file is gone");
    }
    // Both are there, also if they were put aside in the same second.
    let beside = std::fs::read_dir(dir.path()).unwrap();
    let aside = beside.filter_map(Result::ok).filter(|file| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        name.contains(".damaged-") && !name.ends_with("-wal") && !name.ends_with("-shm")
    });
    assert_eq!(aside.count(), 2);
}
