//! The person's own devices in the portal: points that they keep, calling them
//! back, giving them up, and signing a device out.

use jiff::{SignedDuration, Timestamp};
use platen_domain::{LeaseId, Points};
use platen_ledger::{Actor, LeaseState, Settings};
use platen_sync::wire::{Action, Answered, Answers, FailureCode};
use uuid::Uuid;

use crate::support::{Browser, Seen, Site, documents};
use crate::syncing::{self, Client};

/// A site whose devices get up to 25 points for two days.
async fn site() -> Site {
    let site = syncing::site().await;
    let desk = site.ledger.desk(Actor {
        id: platen_domain::UserId::local("root"),
        name: "root".into(),
        address: "192.0.2.1".into(),
    });
    let policy = |settings: &mut Settings| {
        settings.leasing.lease_points = 25;
        settings.leasing.lease_hours = 48;
    };
    desk.edit_settings(policy, Timestamp::now()).await.unwrap();
    site
}

/// The client asks for points and gets 12: a quarter of what is left of 50, in whole points.
async fn lease(site: &Site, client: &mut Client) -> LeaseId {
    let lease = LeaseId(Uuid::now_v7());
    let operation = client.operation(Action::AskLease {
        lease,
        account: syncing::account(site, "quota").await,
        points: Points::from_hundredths(2_500),
    });
    let seen = client.deliver(&operation).await.expect(200);
    let answers = Answers::from_json(seen.text.as_bytes()).unwrap();
    assert!(
        matches!(answers.answers[0].result, Answered::Done(_)),
        "{}",
        seen.text
    );
    lease
}

async fn get(browser: &Browser, path: &str) -> Seen {
    browser.send(browser.request("GET", path)).await
}

async fn post(browser: &Browser, path: &str) -> Seen {
    let request = browser.request("POST", path);
    let request = request
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded");
    browser.send(request).await
}

#[track_caller]
fn says(seen: &Seen, parts: &[&str]) {
    for part in parts {
        assert!(seen.text.contains(part), "no {part:?} in {}", seen.text);
    }
}

#[tokio::test]
async fn points_on_devices_are_shown_and_a_call_reaches_the_device() {
    let site = site().await;
    let mut client = Client::new(&site, "alice").await;
    let id = lease(&site, &mut client).await;
    let (alice, bob) = (site.signed_in("alice").await, site.signed_in("bob").await);
    let choice = get(&alice, "/account").await;
    says(
        &choice,
        &["12 points set aside on 1 device", "href=\"/devices\""],
    );
    let page = get(&alice, "/devices").await;
    says(
        &page,
        &[
            "Laptop",
            "Granted: 12",
            "Used, as far as known: 0",
            "12 points left",
        ],
    );
    let path = format!("/devices/points/{}/call-back", id.0);
    assert!(page.text.contains(&path));
    // Too early to be given up.
    let early = format!("/devices/points/{}/give-up", id.0);
    assert!(!page.text.contains(&early));
    assert_eq!(get(&alice, &early).await.status, 409);
    let refused = post(&alice, &early).await.expect(409);
    says(&refused, &["role=\"alert\""]);
    for path in ["/devices", "/account"] {
        let seen = get(&bob, path).await.expect(200);
        assert!(!seen.text.contains("12 points"), "{path} shows Bob Alice's");
    }
    assert_eq!(get(&bob, &path).await.status, 404);
    assert_eq!(post(&bob, &path).await.status, 404);

    let seen = client.look(0).await;
    assert!(!seen.leases[0].called_back);
    says(&get(&alice, &path).await, &["Call these points back?"]);
    let waiting = client.look(seen.version);
    let (seen, done) = tokio::join!(waiting, post(&alice, &path));
    assert_eq!(done.expect(303).location(), Some("/devices"));
    assert!(seen.leases[0].called_back);
    let page = get(&alice, "/devices").await;
    says(
        &page,
        &["Called back", "The points are called back from “Laptop”."],
    );
    assert!(!page.text.contains(&path));
    let operation = client.operation(Action::ReturnLease {
        lease: id,
        receipt: None,
    });
    client.deliver(&operation).await.expect(200);
    let page = get(&alice, "/devices").await;
    says(&page, &["No device keeps points at the moment."]);
    assert!(!get(&alice, "/account").await.text.contains("set aside"));
    assert_eq!(get(&alice, &path).await.status, 404);
    site.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn points_that_nobody_reports_can_be_given_up_a_day_after_their_end() {
    let site = site().await;
    let alice = site.signed_in("alice").await;
    let ago = |hours| Timestamp::now() - SignedDuration::from_hours(hours);
    // Each lasts for a day.
    let [over, long_over] = [Uuid::now_v7(), Uuid::now_v7()];
    documents::kept(&site, "alice", over, ago(30)).await;
    documents::kept(&site, "alice", long_over, ago(60)).await;
    let page = get(&alice, "/devices").await;
    let path = |id| format!("/devices/points/{id}/give-up");
    says(
        &page,
        &[
            "Not reported",
            "you can give them up. Possible from",
            &path(long_over),
        ],
    );
    assert!(!page.text.contains(&path(over)));
    assert_eq!(post(&alice, &path(over)).await.status, 409);
    let question = get(&alice, &path(long_over)).await;
    says(
        &question,
        &["gets 20 points back now", "even beyond your limit"],
    );
    let bob = site.signed_in("bob").await;
    assert_eq!(post(&bob, &path(long_over)).await.status, 404);
    let done = post(&alice, &path(long_over)).await.expect(303);
    assert_eq!(done.location(), Some("/devices"));
    let page = get(&alice, "/devices").await;
    says(&page, &["“Print Quota” has got 20 points back."]);
    let states = [over, long_over].map(|id| site.ledger.lease(LeaseId(id)));
    let [over, long_over] = futures_util::future::join_all(states)
        .await
        .try_into()
        .unwrap();
    assert_eq!(over.unwrap().unwrap().state, LeaseState::Open);
    assert_eq!(long_over.unwrap().unwrap().state, LeaseState::Expired);
    site.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn device_is_signed_out_by_its_person_alone_and_its_points_stay() {
    let site = site().await;
    let mut client = Client::new(&site, "alice").await;
    lease(&site, &mut client).await;
    let (alice, bob) = (site.signed_in("alice").await, site.signed_in("bob").await);
    let path = format!("/devices/{}/sign-out", client.device);
    assert_eq!(post(&bob, &path).await.status, 404);
    assert_eq!(client.look(0).await.applied, 1);
    says(&get(&alice, &path).await, &["Sign “Laptop” out?"]);
    let done = post(&alice, &path).await.expect(303);
    assert_eq!(done.location(), Some("/devices"));
    let seen = client.ask("GET", "/sync/view", "1", String::new()).await;
    assert_eq!(syncing::failure(&seen), (401, FailureCode::SignedOut));
    let page = get(&alice, "/devices").await;
    says(
        &page,
        &[
            "“Laptop” is signed out.",
            "You are not signed in on any computer.",
            "You are signed out on this device.",
            "12 points left",
        ],
    );
    assert_eq!(post(&alice, &path).await.status, 404);
    // The browser's own session is no device's.
    assert_eq!(get(&alice, "/").await.status, 200);
}

#[tokio::test]
async fn finishing_of_a_document_on_a_device_is_not_set_in_the_portal() {
    let site = site().await;
    let mut client = Client::new(&site, "alice").await;
    let quota = syncing::account(&site, "quota").await;
    let (document, _) = client.place(3, quota).await;
    let alice = site.signed_in("alice").await;
    let path = format!("/documents/{}/finishing", document.0);
    let page = get(&alice, "/").await.expect(200);
    says(&page, &["essay.pdf"]);
    assert!(!page.text.contains(&path));
    says(
        &get(&alice, &path).await.expect(409),
        &["The finishing options of that document can’t be changed now."],
    );
    let wish = "copies=2&sides=one-sided&colour=colour";
    alice.post(&path, wish).await.expect(409);
    let document = site.ledger.document(document).await.unwrap().unwrap();
    assert_eq!(document.facts.unwrap().finishing.copies, 1);
}

#[tokio::test]
async fn portal_without_devices_says_so_in_both_languages() {
    let site = site().await;
    let alice = site.signed_in("alice").await;
    says(
        &get(&alice, "/devices").await,
        &["No devices", "id=\"to-devices\""],
    );
    *alice.language.lock().unwrap() = "de";
    says(
        &get(&alice, "/devices").await,
        &["Keine Geräte", ">Geräte</a>"],
    );
    for path in ["/devices/x/sign-out", "/devices/points/x/give-up"] {
        assert_eq!(get(&alice, path).await.status, 404, "{path}");
    }
}
