//! Documents of people who have signed in.

use jiff::{SignedDuration, Timestamp};
use platen_domain::{DocumentId, LeaseId, PageFacts, PageRun, Points, Size};
use platen_ledger::{
    Actor, Device, Facts, LeaseAsk, NewDocument, Reserve, Session, SessionKind, Settings,
    Site as Data,
};
use uuid::Uuid;

use super::Site;

/// A document of one page of `login`'s that waits for its release.
pub(crate) async fn held(site: &Site, login: &str) -> DocumentId {
    let ledger = &site.ledger;
    if ledger.accounts().await.unwrap().is_empty() {
        let data = Data::from_toml(SITE).unwrap();
        ledger.load_site(data).await.unwrap();
    }
    let row = ledger
        .person_by_login(&format!("{login}@example.edu"))
        .await
        .unwrap();
    let person = row.unwrap().person;
    let new = NewDocument {
        id: DocumentId(Uuid::new_v4()),
        user: person.id.clone(),
        queue: "secure".into(),
        job_id: 1,
        name: "essay.pdf".into(),
        submitted_at: Timestamp::now(),
    };
    let id = new.id;
    ledger.submit(new).await.unwrap();
    let reserve = Reserve {
        id,
        person,
        account: None,
        facts: Facts {
            documents: vec![vec![PageRun {
                count: 1,
                page: PageFacts {
                    size: Size::A4,
                    colour: false,
                },
            }]],
            digests: vec![[7; 32]],
            format: "pdf".into(),
            ..Facts::default()
        },
        lease: None,
    };
    let now = Timestamp::now();
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    ledger.reserve(reserve, now, today).await.unwrap();
    id
}

/// A device of `login`'s that is signed in and keeps points since `then`, for a
/// day: device, session and lease have one id.
pub(crate) async fn kept(site: &Site, login: &str, id: Uuid, then: Timestamp) {
    let ledger = &site.ledger;
    let login_in_full = format!("{login}@example.edu");
    let row = ledger.person_by_login(&login_in_full);
    let person = row.await.unwrap().unwrap().person;
    let mut digest = [0; 32];
    digest[..16].copy_from_slice(id.as_bytes());
    let session = Session {
        id,
        kind: SessionKind::Device,
        person: person.clone(),
        administrator: false,
        device: "Laptop (Debian)".into(),
        address: "192.0.2.7".into(),
        logout: None,
        made_at: then,
        seen_at: then,
        expires_at: Timestamp::now() + SignedDuration::from_hours(1),
        ended_at: None,
    };
    ledger.open_session(digest, session).await.unwrap();
    let device = Device {
        id,
        user: person.id.clone(),
        name: format!("Laptop of {login}"),
        key: [7; 32],
        login: String::new(),
        gate: None,
        session: id,
        applied: 0,
        made_at: then,
        seen_at: then,
    };
    ledger.enrol(device).await.unwrap();
    // An administrator's form may have switched accounts off.
    let desk = ledger.desk(Actor {
        id: person.id.clone(),
        name: login.into(),
        address: "192.0.2.7".into(),
    });
    let on = |settings: &mut Settings| settings.account_management = true;
    desk.edit_settings(on, then).await.unwrap();
    let account = ledger.account_by_code("quota").await.unwrap().unwrap();
    let ask = LeaseAsk {
        id: LeaseId(id),
        account: account.id,
        person,
        device: id.to_string(),
        points: Points::from_hundredths(2_000),
        expires_at: then + SignedDuration::from_hours(24),
    };
    let today = then.to_zoned(jiff::tz::TimeZone::UTC).date();
    ledger.grant_lease(ask, then, today).await.unwrap();
}

const SITE: &str = r#"
[[account]]
name = "Print Quota"
code = "quota"

[rates.other]
mono = { simplex = 1, duplex = 1 }
colour = { simplex = 1, duplex = 1 }
"#;
