//! Settings, API credentials, sessions and devices, audit log.

use futures_util::future::join_all;
use platen_domain::UserId;
use platen_ledger::SessionKind;
use platen_ledger::site::Unreadable;
use url::form_urlencoded::byte_serialize;
use uuid::Uuid;

use crate::seed::{id_of, person, session};
use crate::support::Console;

fn settings<'a>(base: &'a str, hold: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("base", base),
        ("user_portal", "yes"),
        ("account_management", "yes"),
        ("hold_hours", hold),
        ("grace_hours", "0"),
        ("session_hours", "8"),
        ("unreadable", "decline"),
        ("lease_points", "0"),
        ("lease_hours", "24"),
        ("lease_report_days", "7"),
    ]
}

#[tokio::test]
async fn settings_are_saved_and_written_down() {
    let console = Console::new().await;
    let page = console.get("/console/settings").await;
    page.is(200).says("Enable User Portal for end users");
    let base = page.field("base");
    let answer = console
        .post("/console/settings", &settings(&base, "48"))
        .await;
    assert_eq!(
        answer.leads_to("/console/settings"),
        "The settings are in force."
    );
    let stored = console.ledger.settings().await.unwrap();
    assert_eq!(
        (stored.hold_hours, stored.grace_hours, stored.session_hours),
        (48, 0, 8)
    );
    let leasing = stored.leasing;
    assert_eq!(
        (
            leasing.lease_points,
            leasing.lease_hours,
            leasing.lease_report_days
        ),
        (0, 24, 7)
    );
    assert_eq!(stored.unreadable, Unreadable::Decline);
    assert!(stored.user_portal && !stored.upload && !stored.clients_may_quit);
    let page = console.get("/console/settings").await;
    let base = page.field("base");
    let same = console
        .post("/console/settings", &settings(&base, "48"))
        .await;
    assert_eq!(
        same.leads_to("/console/settings"),
        "The settings were so already."
    );
    assert_eq!(console.actions().await, ["settings.change"]);
}

#[tokio::test]
async fn settings_that_can_not_be_stand_beside_their_field() {
    let console = Console::new().await;
    let base = console.get("/console/settings").await.field("base");
    for hold in ["", "0", "-1", "1.5", "87601", "9999999999999999999"] {
        let answer = console
            .post("/console/settings", &settings(&base, hold))
            .await;
        answer.is(422);
        assert!(
            answer.fault("hold_hours").contains("from 1 to 87600"),
            "{hold}"
        );
        assert_eq!(answer.field("hold_hours"), hold);
    }
}

#[tokio::test]
async fn the_second_of_two_administrators_keeps_his_settings() {
    let console = Console::new().await;
    let base = console.get("/console/settings").await.field("base");
    console
        .post("/console/settings", &settings(&base, "48"))
        .await
        .leads_to("/console/settings");
    let told = console
        .post("/console/settings", &settings(&base, "72"))
        .await;
    told.is(409).says("Somebody else changed the settings");
    assert_eq!(told.field("hold_hours"), "72");
    let base = told.field("base");
    console
        .post("/console/settings", &settings(&base, "72"))
        .await
        .leads_to("/console/settings");
    assert_eq!(console.ledger.settings().await.unwrap().hold_hours, 72);
}

#[tokio::test]
async fn a_secret_is_shown_once_and_kept_as_its_digest_alone() {
    let console = Console::new().await;
    console.get("/console/api").await.says("No credentials yet");
    let answer = console
        .post("/console/api", &[("name", "Student portal")])
        .await;
    answer.is(200).says("shown this once");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let value = |id: &str| {
        let at = answer.body.find(&format!("id=\"{id}\"")).unwrap();
        let rest = &answer.body[at..];
        let rest = &rest[rest.find("value=\"").unwrap() + 7..];
        rest[..rest.find('"').unwrap()].to_owned()
    };
    let (id, secret) = (value("client-id"), value("client-secret"));
    assert_eq!(secret.len(), 43);
    let (credential, digest) = console
        .ledger
        .credential(id.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(credential.name, "Student portal");
    assert_eq!(credential.scopes, ["cloudprint:billing-accounts"]);
    assert_eq!(credential.made_by, "admin@example.edu");
    let expected = ring::digest::digest(&ring::digest::SHA256, secret.as_bytes());
    assert_eq!(digest, expected.as_ref());
    for page in ["/console/api", "/console/audit"] {
        let page = console.get(page).await;
        page.says("Student portal");
        assert!(!page.body.contains(&secret));
    }
    console.get("/console/api").await.says(&id).says("In use");
}

#[tokio::test]
async fn credentials_need_a_name_and_are_revoked_after_a_question() {
    let console = Console::new().await;
    let refused = console.post("/console/api", &[("name", " ")]).await;
    refused.is(422);
    assert_eq!(refused.fault("name"), "Please fill this in.");
    let long = "x".repeat(101);
    let refused = console.post("/console/api", &[("name", &long)]).await;
    assert!(refused.fault("name").contains("100 characters"));
    console
        .post("/console/api", &[("name", "Old program")])
        .await
        .is(200);
    let id = console.ledger.credentials().await.unwrap()[0].id;
    let path = format!("/console/api/{id}/revoke");
    console.get(&path).await.says("Revoke “Old program”?");
    let answer = console.post(&path, &[]).await;
    assert!(answer.leads_to("/console/api").contains("was revoked"));
    let again = console.post(&path, &[]).await;
    assert!(
        again
            .leads_to("/console/api")
            .contains("had been revoked before")
    );
    console.get("/console/api").await.says("Revoked");
    assert_eq!(
        console.actions().await,
        ["credential.revoke", "credential.create"]
    );
    console.get("/console/api/nonsense/revoke").await.is(404);
}

#[tokio::test]
async fn sessions_are_found_and_ended_one_or_all() {
    let mut console = Console::used().await;
    let now = console.seed.now;
    let mut device = session(person("alice", &[]), false, now);
    device.kind = SessionKind::Device;
    device.device = "alice-laptop, Platen 1.0".to_owned();
    let device = console.seed.sign_in([77; 32], device).await;
    let page = console.get("/console/sessions").await;
    page.says("This session")
        .says("alice-laptop")
        .says("Administrator");
    let page = console.get("/console/sessions?kind=device").await;
    page.says("alice-laptop").says_not("Chromium");
    let page = console.get("/console/sessions?search=laptop").await;
    page.says("Alice Example").says_not("Bob");
    let path = format!("/console/sessions/{}/end", device.id);
    console
        .get(&path)
        .await
        .says("Alice Example is signed out there at once");
    let answer = console.post(&path, &[]).await;
    let notice = answer.leads_to("/console/sessions");
    assert_eq!(notice, "The session of Alice Example was ended.");
    let again = console.post(&path, &[]).await;
    assert_eq!(
        again.leads_to("/console/sessions"),
        "The session had ended already."
    );
    let ended = console
        .get("/console/sessions?search=laptop&ended=yes")
        .await;
    ended.says("Ended");
    console
        .get("/console/sessions?search=laptop")
        .await
        .says("Nothing found");

    let user = id_of("user");
    let answer = console
        .post("/console/sessions/end", &[("user", user.as_str())])
        .await;
    assert!(answer.location().starts_with("/console/user?id="));
    console.ask_as("user");
    assert_ne!(console.get("/").await.status, 200);
    console.ask_as("admin");
    assert_eq!(console.actions().await, ["sessions.end", "session.end"]);
    console
        .post("/console/sessions/end", &[("user", "nobody")])
        .await
        .is(404);
}

#[tokio::test]
async fn ending_ones_own_session_is_said_before_and_done() {
    let console = Console::new().await;
    let own = platen_ledger::SessionFilter {
        user: Some(UserId::new(id_of("admin").as_str())),
        ..platen_ledger::SessionFilter::default()
    };
    let own = console.ledger.sessions(own).await.unwrap().rows[0].id;
    let path = format!("/console/sessions/{own}/end");
    console.get(&path).await.says("you will be signed out");
    console.post(&path, &[]).await.is(303);
    assert_eq!(console.get("/console").await.status, 303);
}

#[tokio::test]
async fn the_audit_log_is_searched_and_filtered() {
    let console = Console::new().await;
    console.post("/console/clients", &[("on", "no")]).await;
    console
        .post("/console/api", &[("name", "Sync program")])
        .await;
    let page = console.get("/console/audit").await;
    page.says("Settings changed")
        .says("Account Management on clients")
        .says("Credentials generated")
        .says("admin@example.edu");
    let page = console.get("/console/audit?action=credential.create").await;
    page.says("Sync program")
        .says_not("Account Management on clients:");
    let page = console.get("/console/audit?search=sync").await;
    page.says("Sync program");
    let page = console.get("/console/audit?until=2020-01-01").await;
    page.says("Nothing found");
    let page = console.get("/console/audit?since=garbage").await;
    page.is(200).says("Sync program");
    Console::empty()
        .await
        .get("/console/audit")
        .await
        .says("No changes yet");
}

#[tokio::test]
async fn points_on_devices_are_found_called_back_and_given_up() {
    let console = Console::used().await;
    let ledger = console.ledger.clone();
    console
        .get("/console/leases")
        .await
        .says("No points on devices");
    let alice = person("alice", &["staff"]);
    let ids = console.seed.laptop(&alice, &[24, -48, -5]).await;
    let page = console.get("/console/leases").await;
    page.says("Alice Example")
        .says("alice-laptop")
        .says("12.5 of 12.5")
        .says("Not reported")
        .says("Give up");
    let unreported = console.get("/console/leases?unreported=yes").await;
    unreported.says("Not reported").says_not("In use");
    let user: String = byte_serialize(alice.id.as_str().as_bytes()).collect();
    let his = format!("/console/leases?user={user}");
    console.get(&his).await.says("alice-laptop");
    console
        .get("/console/leases?user=nobody")
        .await
        .says("Nothing found");
    for (id, asks, done, left) in [
        (
            ids[0],
            "Call these points back?",
            "The points of Alice Example are called back.",
            "Called back",
        ),
        (
            ids[1],
            "Stop waiting for this device?",
            "The points of Alice Example are back on the account.",
            "Not reported",
        ),
    ] {
        let path = format!("/console/leases/{id}/end");
        console.get(&path).await.says(asks);
        let answer = console.post(&path, &[]).await;
        assert_eq!(answer.leads_to("/console/leases"), done);
        if left == "Called back" {
            console.get("/console/leases").await.says(left);
        } else {
            let rest = console.get("/console/leases").await;
            rest.says_not("Give up");
        }
    }
    assert_eq!(
        console.actions().await,
        ["lease.write-off", "lease.call-back"]
    );
    let log = console.get("/console/audit").await;
    log.says("Points called back from a device")
        .says("Points of a device given up")
        .says("Granted")
        .says("alice@example.edu")
        .says("Device: alice-laptop");
    // It is over, and its device may still report.
    let over = format!("/console/leases/{}/end", ids[2]);
    console.get("/console/leases").await.says_not(&over);
    for answer in [console.get(&over).await, console.post(&over, &[]).await] {
        let told = answer.leads_to("/console/leases");
        assert!(told.starts_with("There is nothing to do"), "{told}");
    }
    let nobody = format!("/console/leases/{}/end", Uuid::nil());
    console.get(&nobody).await.is(404);
    console.get("/console/leases/nonsense/end").await.is(404);
    ledger.verify().await.unwrap();
}

#[tokio::test]
async fn of_administrators_who_save_the_same_settings_at_once_exactly_one_wins() {
    let console = Console::new().await;
    for round in 1..=3 {
        let base = console.get("/console/settings").await.field("base");
        let hours: Vec<_> = (1..=10).map(|n| (round * 20 + n).to_string()).collect();
        let forms = hours.iter().map(|hours| settings(&base, hours));
        let answers = forms.map(async |form| console.post("/console/settings", &form).await);
        let answers = join_all(answers).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 303);
        assert_eq!(won.len(), 1, "round {round}");
        for answer in lost {
            answer.is(409).says("Somebody else changed the settings");
        }
    }
    assert_eq!(console.actions().await.len(), 3);
}
