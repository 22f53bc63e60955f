//! Sessions say when they were last in use, though nobody waits for that to be written.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use platen_domain::{Person, UserId};
use platen_ledger::{Device, Ledger, Session, SessionKind};
use uuid::Uuid;

use crate::support::browser::digest;
use crate::syncing::Client;

const PATIENCE: Duration = Duration::from_secs(20);

async fn last_used(ledger: &Ledger, id: Uuid) -> Timestamp {
    let session = ledger.session_named(id).await.unwrap();
    session.unwrap().seen_at
}

async fn wait_until_noted(ledger: &Ledger, id: Uuid, since: Timestamp) {
    let noted = async {
        while last_used(ledger, id).await < since {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let noted = tokio::time::timeout(PATIENCE, noted).await;
    noted.expect("the use is noted");
}

#[tokio::test]
async fn use_of_a_page_and_of_a_device_is_noted_behind_the_answer() {
    let site = crate::syncing::site().await;
    // As exactly as it is kept.
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    let long_ago = now - SignedDuration::from_hours(1);
    // Sessions that were last used an hour ago: a browser's, and a device's own.
    let mut client = Client::new(&site, "alice").await;
    let device = site.ledger.device(client.device).await.unwrap().unwrap();
    let opened = site.ledger.session_named(device.session).await.unwrap();
    let opened = opened.unwrap();
    let of_device = Session {
        id: Uuid::from_u128(1),
        seen_at: long_ago,
        ..opened
    };
    let of_page = Session {
        id: Uuid::from_u128(2),
        kind: SessionKind::Browser,
        person: Person {
            id: UserId::local("bob"),
            login: "bob".into(),
            ..of_device.person.clone()
        },
        ..of_device.clone()
    };
    let enrolled = Device {
        session: of_device.id,
        ..device
    };
    site.ledger.enrol(enrolled).await.unwrap();
    for (secret, session) in [("device", &of_device), ("page", &of_page)] {
        let opened = site.ledger.open_session(digest(secret), session.clone());
        opened.await.unwrap();
    }
    assert_eq!(last_used(&site.ledger, of_page.id).await, long_ago);

    client.show("device");
    client.look(0).await;
    wait_until_noted(&site.ledger, of_device.id, now).await;

    let browser = site.browser();
    browser.remember("page");
    browser.get("/").await.expect(200);
    wait_until_noted(&site.ledger, of_page.id, now).await;
}
