//! What the server signs for its clients, as the gates of their computers read it.

use std::time::Duration;

use platen_domain::{AccountId, DocumentId, LeaseId, Points};
use platen_gate::{
    Approval, Authority, Claims, Draw, Options, Receipt, Seen, SigningKey, Terms, card_digest,
    on_lease,
};
use platen_sync::wire::{Action, Document, Lease, View};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::Site;
use crate::syncing::{Client, account, site};

/// A computer with a gate, and a device on it.
struct Computer {
    device: SigningKey,
    gate: SigningKey,
    _directory: TempDir,
}

impl Computer {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let key = |name: &str| SigningKey::load_or_create(&directory.path().join(name)).unwrap();
        Self {
            device: key("device.key"),
            gate: key("gate.key"),
            _directory: directory,
        }
    }

    /// Alice's client there; her name at CUPS is `ana`.
    async fn client(&self, site: &Site, device: Uuid) -> Client {
        let body = json!({
            "device": device, "name": "Laptop", "login": "ana",
            "key": self.device.public().to_base64(), "gate": self.gate.public().to_base64(),
        });
        Client::of(site, "alice", device, &body).await
    }

    /// The lease goes back with what the gate says that it printed on it.
    fn returned(&self, lease: LeaseId, prints: &[(Uuid, &str)]) -> Action {
        let print = |(job, cost): &(Uuid, &str)| (*job, cost.parse().unwrap());
        let receipt = Receipt {
            lease,
            gate: self.gate.public(),
            prints: prints.iter().map(print).collect(),
        };
        let receipt = Some(receipt.sign(&self.gate));
        Action::ReturnLease { lease, receipt }
    }
}

fn trusted(site: &Site) -> Vec<Authority> {
    vec![Authority {
        key: site.authority,
        user: None,
    }]
}

fn document(view: &View, id: DocumentId) -> Document {
    let mut all = view.documents.iter();
    all.find(|document| document.id == id).unwrap().clone()
}

fn approval_of(document: &Document) -> Option<String> {
    document.release.as_ref().unwrap().approval.clone()
}

/// The job that a client of these tests has when it is released.
#[track_caller]
fn check_permits(site: &Site, text: &str, id: DocumentId, queue: &str) -> Claims {
    let claims = Claims::verify(text, "ana", &trusted(site)).unwrap();
    let options = format!(
        "job-uuid=urn:uuid:{} number-up=1 platen-approval={text} sides=one-sided",
        id.0
    );
    let options = Options::parse(&options).unwrap();
    let now = jiff::Timestamp::now().as_second().unsigned_abs();
    let seen = Seen {
        job: id.0,
        queue,
        owner: "ana",
        digests: &[[7; 32]],
        copies: 1,
        options: &options,
        now_unix_s: now + 2 * 24 * 3600,
    };
    assert_eq!(claims.permits(&seen), Ok(()));
    let late = Seen {
        now_unix_s: now + 3 * 24 * 3600 + 60,
        ..seen
    };
    assert!(claims.permits(&late).is_err());
    claims
}

async fn is_quiet(client: &Client, after: u64) {
    let wait = Duration::from_millis(300);
    let view = tokio::time::timeout(wait, client.look(after)).await;
    assert!(view.is_err(), "the view changed by itself");
}

#[tokio::test]
async fn release_comes_back_with_the_approval_that_the_gate_takes() {
    let site = site().await;
    let quota = account(&site, "quota").await;
    let computer = Computer::new();
    let mut client = computer.client(&site, Uuid::now_v7()).await;
    let other = computer.client(&site, Uuid::now_v7()).await;
    let (id, _) = client.place(3, quota).await;
    let nonce = Uuid::now_v7();
    let release = Action::BeginRelease {
        document: id,
        printer: "Library".into(),
        nonce,
    };
    let told = client.done(release).await.document.unwrap();
    let text = approval_of(&told).unwrap();
    assert_eq!(check_permits(&site, &text, id, "Library").nonce, nonce);
    // The view says the same, however often it is looked at.
    let view = client.look(0).await;
    assert_eq!(approval_of(&document(&view, id)).as_ref(), Some(&text));
    assert_eq!(document(&client.look(0).await, id), document(&view, id));
    is_quiet(&client, view.version).await;
    // It is for the device that has the document.
    let elsewhere = document(&other.look(0).await, id);
    assert_eq!(approval_of(&elsewhere), None);
}

#[tokio::test]
async fn release_given_in_the_portal_is_approved_too() {
    let site = site().await;
    let quota = account(&site, "quota").await;
    let device = Uuid::now_v7();
    let mut client = Computer::new().client(&site, device).await;
    let (id, _) = client.place(3, quota).await;
    let before = client.look(0).await;
    let (nonce, now) = (Uuid::now_v7(), jiff::Timestamp::now());
    let ledger = &site.ledger;
    let released = ledger.begin_release(id, "Hall".into(), nonce, now);
    let (view, released) = tokio::join!(client.look(before.version), released);
    released.unwrap();
    let text = approval_of(&document(&view, id)).unwrap();
    check_permits(&site, &text, id, "Hall");
}

#[tokio::test]
async fn client_that_does_not_say_who_prints_gets_nothing_signed() {
    let site = site().await;
    let quota = account(&site, "quota").await;
    let device = Uuid::now_v7();
    let key = Computer::new().device.public().to_base64();
    let body = json!({ "device": device, "name": "Laptop", "key": key });
    let mut client = Client::of(&site, "alice", device, &body).await;
    let (id, _) = client.place(3, quota).await;
    let release = Action::BeginRelease {
        document: id,
        printer: "Library".into(),
        nonce: Uuid::now_v7(),
    };
    let told = client.done(release).await.document.unwrap();
    assert_eq!(approval_of(&told), None);
    assert_eq!(lease(&mut client, quota).await.signed, None);
}

async fn lease(client: &mut Client, account: AccountId) -> Lease {
    let ask = Action::AskLease {
        lease: LeaseId(Uuid::now_v7()),
        account,
        points: "10".parse().unwrap(),
    };
    client.done(ask).await.lease.unwrap()
}

#[tokio::test]
async fn lease_is_signed_for_its_device_and_gate_and_the_gate_takes_it() {
    let site = site().await;
    let quota = account(&site, "quota").await;
    let (computer, device) = (Computer::new(), Uuid::now_v7());
    let mut client = computer.client(&site, device).await;
    let granted = lease(&mut client, quota).await;
    let signed = granted.signed.clone().unwrap();
    let view = client.look(0).await;
    assert_eq!(view.leases[0].signed.as_ref(), Some(&signed));
    is_quiet(&client, view.version).await;

    let terms = Terms::verify(&signed, "ana", &trusted(&site)).unwrap();
    assert_eq!((terms.id, terms.account), (granted.id, quota));
    assert_eq!(terms.granted, "10".parse::<Points>().unwrap());
    assert_eq!(terms.gate, computer.gate.public());
    assert_eq!(
        terms.ends_unix_s,
        granted.ends_at.as_second().unsigned_abs()
    );
    let card = view.card.unwrap();
    assert_eq!(terms.card, card_digest(&card));
    let approval = Approval {
        job: Uuid::now_v7(),
        queue: "Library".into(),
        owner: "ana".into(),
        digests: vec![[7; 32]],
        copies: 1,
        options: [].into(),
        expires_unix_s: terms.ends_unix_s,
        nonce: Uuid::now_v7(),
    };
    let cost = "4".parse().unwrap();
    let text = on_lease(&approval, cost, &signed, &card, &computer.device).unwrap();
    let draw = Draw::verify(&text, "ana", &trusted(&site)).unwrap();
    assert_eq!((draw.cost, draw.lease), (cost, terms));

    // On another computer it is not signed again, and neither is it back here
    // for a lease that was granted there.
    let moved = Computer {
        gate: Computer::new().gate,
        ..computer
    };
    let mut there = moved.client(&site, device).await;
    there.catch_up(&client);
    let second = lease(&mut there, quota).await;
    assert!(second.signed.is_some());
    let signed = |view: &View| -> Vec<_> {
        let all = view.leases.iter();
        all.map(|lease| (lease.id, lease.signed.is_some()))
            .collect()
    };
    let seen = there.look(0).await;
    assert_eq!(signed(&seen), [(granted.id, false), (second.id, true)]);
}

#[tokio::test]
async fn new_prices_are_signed_anew() {
    let site = site().await;
    let quota = account(&site, "quota").await;
    let mut client = Computer::new().client(&site, Uuid::now_v7()).await;
    let before = lease(&mut client, quota).await.signed.unwrap();
    let file = crate::syncing::SITE.replace("simplex = 3", "simplex = 4");
    let file = platen_ledger::Site::from_toml(&file).unwrap();
    site.ledger.load_site(file).await.unwrap();
    let view = client.look(0).await;
    let after = view.leases[0].signed.clone().unwrap();
    assert_ne!(before, after);
    let terms = Terms::verify(&after, "ana", &trusted(&site)).unwrap();
    assert_eq!(terms.card, card_digest(&view.card.unwrap()));
}

#[tokio::test]
async fn document_on_a_lease_is_approved_only_when_the_lease_is_over() {
    let site = site().await;
    let quota = account(&site, "quota").await;
    let computer = Computer::new();
    let mut client = computer.client(&site, Uuid::now_v7()).await;
    let lease = lease(&mut client, quota).await;
    let id = client.place_on_lease(3, &lease).await;
    let release = Action::BeginRelease {
        document: id,
        printer: "Library".into(),
        nonce: Uuid::now_v7(),
    };
    let told = client.done(release).await.document.unwrap();
    assert_eq!(approval_of(&told), None);
    assert_eq!(approval_of(&document(&client.look(0).await, id)), None);
    client.done(computer.returned(lease.id, &[])).await;
    let text = approval_of(&document(&client.look(0).await, id)).unwrap();
    check_permits(&site, &text, id, "Library");
}

#[tokio::test]
async fn prints_that_a_changed_client_hides_are_charged() {
    let site = site().await;
    let quota = account(&site, "quota").await;
    let (computer, stranger) = (Computer::new(), Computer::new());
    let mut client = computer.client(&site, Uuid::now_v7()).await;
    let lease = lease(&mut client, quota).await;
    // Without the gate's word, or with a stranger's, nothing comes back.
    let without = Action::ReturnLease {
        lease: lease.id,
        receipt: None,
    };
    let forged = |receipt: &str| Action::ReturnLease {
        lease: lease.id,
        receipt: Some(receipt.to_owned()),
    };
    let strangers = stranger.returned(lease.id, &[]);
    for wrong in [without, strangers, forged(""), forged("AAAA")] {
        let refused = client.refused(wrong.clone()).await;
        assert!(!refused.sentence.is_empty(), "{wrong:?}");
        assert_eq!(client.look(0).await.leases.len(), 1);
    }
    // The gate printed two documents of which it says nothing.
    let hidden = [(Uuid::now_v7(), "3"), (Uuid::now_v7(), "4")];
    client.done(computer.returned(lease.id, &hidden)).await;
    let view = client.look(0).await;
    assert_eq!(view.leases, []);
    let shown = view.accounts.iter().find(|one| one.id == quota).unwrap();
    let balance = shown.balance;
    assert_eq!(balance.posted, "7".parse().unwrap());
    assert_eq!(balance.leased, Points::ZERO);
    let admin = site.signed_in("admin").await;
    let page = admin.get("/console/audit").await.expect(200);
    for told in ["Not reported: 7", "Device: Laptop"] {
        assert!(page.text.contains(told), "{told}");
    }
    site.ledger.verify().await.unwrap();
}
