//! Clients that keep in step over real sockets, with tokens of a real provider.

use std::time::Duration;

use jiff::Timestamp;
use platen_domain::{AccountId, DocumentId, PageFacts, PageRun, Points, Size, Verdict};
use platen_ledger::{Actor, SessionFilter, SessionKind};
use platen_sync::wire::{
    Action, Answered, Answers, Batch, Done, Draw, Enrolled, Facts, Failure, FailureCode, Lease,
    NewDocument, Operation, Refused, View,
};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Browser, Seen, Site, tray};

pub(crate) const SITE: &str = "
[[account]]
name = \"Print Quota\"
code = \"quota\"
limit = 50

[[account]]
name = \"Research\"
code = \"research\"
kind = \"shared\"
limit = 100

[rates.A4]
mono = { simplex = 1, duplex = 0.5 }
colour = { simplex = 3, duplex = 2.5 }
[rates.other]
mono = { simplex = 10, duplex = 10 }
colour = { simplex = 20, duplex = 20 }
";

/// A client that speaks the protocol by hand.
pub(crate) struct Client {
    browser: Browser,
    pub(crate) device: Uuid,
    token: String,
    next: u64,
}

pub(crate) async fn site() -> Site {
    let site = Site::start().await;
    let file = platen_ledger::Site::from_toml(SITE).unwrap();
    site.ledger.load_site(file).await.unwrap();
    site
}

async fn enrol(site: &Site, token: &str, device: Uuid, key: &str) -> Seen {
    let body = json!({ "device": device, "name": "Laptop", "system": "Debian", "key": key });
    enrol_as(site, token, &body).await
}

async fn enrol_as(site: &Site, token: &str, body: &serde_json::Value) -> Seen {
    let browser = site.browser();
    let request = browser
        .request("POST", "/sync/enrolment")
        .header("authorization", format!("Bearer {token}"))
        .header("platen-protocol", "1")
        .body(body.to_string());
    browser.send(request).await
}

/// Thirty-two zeros.
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

impl Client {
    pub(crate) async fn new(site: &Site, login: &str) -> Self {
        let device = Uuid::now_v7();
        let body = json!({ "device": device, "name": "Laptop", "system": "Debian", "key": KEY });
        Self::of(site, login, device, &body).await
    }

    /// One that says of itself what it likes.
    pub(crate) async fn of(
        site: &Site,
        login: &str,
        device: Uuid,
        body: &serde_json::Value,
    ) -> Self {
        let token = tray::id_token(login).await;
        let seen = enrol_as(site, &token, body).await.expect(200);
        let enrolled = Enrolled::from_json(seen.text.as_bytes()).unwrap();
        assert_eq!(enrolled.device, device);
        Self {
            browser: site.browser(),
            device,
            token: enrolled.token,
            next: 1,
        }
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, versions: &str, body: String) -> Seen {
        let request = self.asking_with(method, path, versions).body(body);
        self.browser.send(request).await
    }

    pub(crate) fn asking(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.asking_with(method, path, "1")
    }

    fn asking_with(&self, method: &str, path: &str, versions: &str) -> reqwest::RequestBuilder {
        let request = self.browser.request(method, path);
        let request = request.header("authorization", format!("Bearer {}", self.token));
        request.header("platen-protocol", versions)
    }

    pub(crate) async fn look(&self, after: u64) -> View {
        let path = format!("/sync/view?after={after}");
        let seen = self.ask("GET", &path, "1", String::new()).await.expect(200);
        assert_eq!(seen.headers["platen-protocol"], "1");
        View::from_json(seen.text.as_bytes()).unwrap()
    }

    pub(crate) fn operation(&mut self, action: Action) -> Operation {
        let sequence = self.next;
        self.next += 1;
        Operation {
            id: Uuid::now_v7(),
            sequence,
            made_at: Timestamp::now(),
            action,
        }
    }

    /// Does something, and gives what came of it.
    pub(crate) async fn done(&mut self, action: Action) -> Done {
        match self.answered(action).await {
            Answered::Done(done) => *done,
            other => panic!("{other:?}"),
        }
    }

    /// Tries what the server refuses.
    pub(crate) async fn refused(&mut self, action: Action) -> Refused {
        match self.answered(action).await {
            Answered::Refused(refused) => refused,
            other => panic!("{other:?}"),
        }
    }

    async fn answered(&mut self, action: Action) -> Answered {
        let operation = self.operation(action);
        let seen = self.deliver(&operation).await.expect(200);
        let answers = Answers::from_json(seen.text.as_bytes()).unwrap();
        answers.answers.into_iter().next().unwrap().result
    }

    pub(crate) async fn deliver(&self, operation: &Operation) -> Seen {
        let json = operation.to_json();
        let (batch, _) = Batch::of(0, [json.as_str()]);
        self.ask("POST", "/sync/operations", "1", batch.json().to_owned())
            .await
    }

    /// Shows another secret from now on.
    pub(crate) fn show(&mut self, secret: &str) {
        secret.clone_into(&mut self.token);
    }

    /// Goes on where another session of the same device was.
    pub(crate) fn catch_up(&mut self, former: &Self) {
        self.next = former.next;
    }

    pub(crate) async fn place(
        &mut self,
        pages: u32,
        account: AccountId,
    ) -> (DocumentId, Option<Verdict>) {
        let document = essay();
        let id = document.id;
        let action = Action::Place {
            document,
            facts: facts(pages),
            account: Some(account),
        };
        (id, self.done(action).await.verdict)
    }

    pub(crate) async fn place_on_lease(&mut self, pages: u32, lease: &Lease) -> DocumentId {
        let document = essay();
        let id = document.id;
        let cost = Points::whole(i64::from(pages)).unwrap();
        let draw = Draw {
            lease: lease.id,
            account: lease.account,
            cost,
            card_version: self.look(0).await.card.unwrap().version,
            verdict: None,
        };
        let (facts, release) = (facts(pages), None);
        let action = Action::PlaceOnLease {
            document,
            facts,
            draw,
            release,
        };
        self.done(action).await;
        id
    }
}

fn essay() -> NewDocument {
    NewDocument {
        id: DocumentId(Uuid::now_v7()),
        queue: "secure".into(),
        job_id: 7,
        name: "essay.pdf".into(),
        submitted_at: Timestamp::now(),
    }
}

fn facts(pages: u32) -> Facts {
    let page = PageFacts {
        size: Size::A4,
        colour: false,
    };
    Facts {
        documents: vec![vec![PageRun { count: pages, page }]],
        digests: vec![[7; 32]],
        format: "pdf".into(),
        ..Facts::default()
    }
}

pub(crate) fn failure(seen: &Seen) -> (u16, FailureCode) {
    assert_eq!(seen.headers["platen-protocol"], "1");
    let failure = Failure::from_json(seen.text.as_bytes()).unwrap();
    assert!(failure.sentence.len() > 10, "{}", seen.text);
    (seen.status.as_u16(), failure.code)
}

pub(crate) async fn account(site: &Site, code: &str) -> AccountId {
    let account = site.ledger.account_by_code(code).await.unwrap();
    account.unwrap().id
}

#[tokio::test]
async fn verdict_comes_in_one_round_trip_and_the_view_follows() {
    let site = site().await;
    let quota = account(&site, "quota").await;
    let mut client = Client::new(&site, "alice").await;
    let first = client.look(0).await;
    assert_eq!((first.applied, first.accounts.len()), (0, 2));
    let (document, verdict) = client.place(15, quota).await;
    assert!(
        matches!(verdict, Some(Verdict::Ready { .. })),
        "{verdict:?}"
    );
    let second = client.look(first.version).await;
    assert_eq!(second.applied, 1);
    assert_eq!(second.documents[0].id, document);
    assert_eq!(second.documents[0].device, Some(client.device));
    assert_eq!(second.active, Some(quota));
    site.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn who_does_not_want_to_wait_is_told_at_once_that_nothing_changed() {
    let site = site().await;
    let client = Client::new(&site, "alice").await;
    let view = client.look(0).await;
    let path = format!("/sync/view?after={}&wait=false", view.version);
    let seen = client.ask("GET", &path, "1", String::new());
    // It would wait for most of a minute.
    let seen = tokio::time::timeout(Duration::from_secs(20), seen).await;
    assert_eq!(seen.expect("an answer at once").status, 204);
    let seen = client.ask("GET", "/sync/view?after=1&wait=no", "1", String::new());
    assert_eq!(failure(&seen.await), (400, FailureCode::Malformed));
}

#[tokio::test]
async fn who_waits_hears_of_changes_made_anywhere_and_of_nobody_else_s() {
    let site = site().await;
    let (quota, research) = (
        account(&site, "quota").await,
        account(&site, "research").await,
    );
    let alice = Client::new(&site, "alice").await;
    let mut bob = Client::new(&site, "bob").await;
    let (seen, others) = (alice.look(0).await, bob.look(0).await);
    // What is Bob's alone wakes nobody else.
    bob.place(3, quota).await;
    let quiet = tokio::time::timeout(Duration::from_millis(300), alice.look(seen.version));
    assert!(quiet.await.is_err(), "Alice was told of what is Bob's");
    // A shared pool is everybody's.
    let waiting = alice.look(seen.version);
    let (seen, _) = tokio::join!(waiting, bob.place(4, research));
    let shared = seen.accounts.iter().find(|one| one.id == research).unwrap();
    assert_eq!(shared.balance.pending.to_string(), "4");
    // An administrator's change of the site.
    let root = Actor {
        id: platen_domain::UserId::local("root"),
        name: "root".into(),
        address: "192.0.2.1".into(),
    };
    let desk = site.ledger.desk(root);
    let stay = |settings: &mut platen_ledger::Settings| settings.clients_may_quit = false;
    let waiting = alice.look(seen.version);
    let (seen, saved) = tokio::join!(waiting, desk.edit_settings(stay, Timestamp::now()));
    saved.unwrap();
    assert!(!seen.settings.clients_may_quit);
    // The other one has all that happened in one step.
    let others = bob.look(others.version).await;
    assert_eq!((others.applied, others.documents.len()), (2, 2));
}

#[tokio::test]
async fn who_comes_back_to_wait_has_missed_nothing_in_between() {
    let site = site().await;
    let research = account(&site, "research").await;
    let (alice, mut bob) = (
        Client::new(&site, "alice").await,
        Client::new(&site, "bob").await,
    );
    let soon = |after| tokio::time::timeout(Duration::from_secs(5), alice.look(after));
    let mut seen = alice.look(0).await;
    for pages in 1..=3 {
        // Before she asks again, while she waits, and both.
        bob.place(pages, research).await;
        seen = soon(seen.version).await.expect("told at once");
        let (told, _) = tokio::join!(soon(seen.version), bob.place(pages, research));
        seen = told.expect("told while waiting");
    }
    // All at once, and each is told what is his.
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(Client::new(&site, "alice").await);
    }
    let views = others.iter().map(|client| client.look(0));
    let views = futures_util::future::join_all(views).await;
    let waiting = others
        .iter()
        .zip(&views)
        .map(|(client, seen)| client.look(seen.version));
    let all = futures_util::future::join_all(waiting);
    let (told, _) = tokio::join!(all, bob.place(5, research));
    for view in told {
        let shared = view.accounts.iter().find(|one| one.id == research);
        assert_eq!(shared.unwrap().balance.pending.to_string(), "17");
        assert_eq!(
            (view.user.login.as_str(), view.documents.len()),
            ("alice@example.edu", 0)
        );
    }
    // The end of the session is no less of a change.
    let seen = alice.look(0).await;
    let ledger = &site.ledger;
    ledger
        .end_sessions_of(&seen.user.id, Timestamp::now())
        .await
        .unwrap();
    let path = format!("/sync/view?after={}", seen.version);
    let told = alice.ask("GET", &path, "1", String::new()).await;
    assert_eq!(failure(&told), (401, FailureCode::SignedOut));
}

#[tokio::test]
async fn session_that_is_ended_wakes_its_client_and_shuts_it_out() {
    let site = site().await;
    let client = Client::new(&site, "alice").await;
    let seen = client.look(0).await;
    let sessions = site
        .ledger
        .sessions(SessionFilter {
            kind: Some(SessionKind::Device),
            ..SessionFilter::default()
        })
        .await
        .unwrap();
    assert_eq!(sessions.rows[0].device, "Laptop (Debian)");
    assert!(!sessions.rows[0].administrator);
    let path = format!("/sync/view?after={}", seen.version);
    let waiting = client.ask("GET", &path, "1", String::new());
    let ledger = &site.ledger;
    let (told, ended) = tokio::join!(
        waiting,
        ledger.end_session(sessions.rows[0].id, Timestamp::now())
    );
    assert!(ended.unwrap());
    assert_eq!(failure(&told), (401, FailureCode::SignedOut));
    assert_eq!(told.headers["www-authenticate"], "Bearer realm=\"Platen\"");
}

#[tokio::test]
async fn signing_in_again_takes_the_former_secret_s_place_and_keeps_the_outbox() {
    let site = site().await;
    let quota = account(&site, "quota").await;
    let mut client = Client::new(&site, "alice").await;
    client.place(3, quota).await;
    let token = tray::id_token("alice").await;
    let seen = enrol(&site, &token, client.device, KEY).await.expect(200);
    let again = Enrolled::from_json(seen.text.as_bytes()).unwrap();
    let old = client.ask("GET", "/sync/view", "1", String::new()).await;
    assert_eq!(failure(&old), (401, FailureCode::SignedOut));
    client.token = again.token;
    assert_eq!(client.look(0).await.applied, 1);
    client.place(4, quota).await;
    assert_eq!(client.look(0).await.applied, 2);
}

#[tokio::test]
async fn device_belongs_to_its_person_and_its_key() {
    let site = site().await;
    let client = Client::new(&site, "alice").await;
    let (alice, bob) = (tray::id_token("alice").await, tray::id_token("bob").await);
    let other_key = KEY.replacen('A', "B", 1);
    for (token, key) in [(&bob, KEY), (&alice, other_key.as_str())] {
        let seen = enrol(&site, token, client.device, key).await;
        assert_eq!(failure(&seen), (409, FailureCode::Diverged));
    }
    for key in ["", "short", &KEY[4..], "not base64 at all!"] {
        let seen = enrol(&site, &alice, Uuid::now_v7(), key).await;
        assert_eq!(failure(&seen), (400, FailureCode::Malformed), "{key}");
    }
    let seen = enrol(&site, "made-up", Uuid::now_v7(), KEY).await;
    assert_eq!(failure(&seen), (401, FailureCode::SignedOut));
    // The session of a browser is none of a device's, nor the other way round.
    let browser = site.signed_in("alice").await;
    let request = browser.request("GET", "/sync/view");
    let seen = browser.send(request.header("platen-protocol", "1")).await;
    assert_eq!(failure(&seen), (401, FailureCode::SignedOut));
    let request = site.browser().request("GET", "/");
    let cookie = format!("platen_session={}", client.token);
    let seen = site.browser().send(request.header("cookie", cookie)).await;
    assert_eq!(seen.status, 303);
}

#[tokio::test]
async fn sides_that_share_no_version_say_who_must_be_updated() {
    let site = site().await;
    let client = Client::new(&site, "alice").await;
    for (versions, status, code) in [
        ("9-12", 400, FailureCode::ServerTooOld),
        ("", 400, FailureCode::Malformed),
        ("new", 400, FailureCode::Malformed),
    ] {
        let seen = client
            .ask("GET", "/sync/view", versions, String::new())
            .await;
        assert_eq!(failure(&seen), (status, code), "{versions}");
    }
    let seen = client.ask("GET", "/sync/view", "1-4", String::new()).await;
    seen.expect(200);
}

#[tokio::test]
async fn what_makes_no_sense_is_told_and_changes_nothing() {
    let site = site().await;
    let client = Client::new(&site, "alice").await;
    let large = "x".repeat((4 << 20) + 1);
    for (body, status) in [
        ("", 400),
        ("null", 400),
        ("[]", 400),
        ("{\"operations\":[7]}", 400),
        ("{\"operations\":[{\"id\":\"x\"}]}", 400),
        (&large, 413),
    ] {
        let seen = client.ask("POST", "/sync/operations", "1", body.to_owned());
        let seen = seen.await;
        assert_eq!(failure(&seen).0, status, "{body:.40}");
    }
    for after in ["-1", "x", "18446744073709551616"] {
        let path = format!("/sync/view?after={after}");
        let seen = client.ask("GET", &path, "1", String::new()).await;
        assert_eq!(failure(&seen), (400, FailureCode::Malformed), "{after}");
    }
    assert_eq!(client.look(0).await.applied, 0);
}
