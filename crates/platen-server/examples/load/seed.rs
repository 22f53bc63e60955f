//! A ledger as a large site has it: people, groups, accounts, some history.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use platen_domain::{DocumentId, PageFacts, PageRun, Person, Size, UserId};
use platen_ledger::{
    Actor, Credential, Facts, Ledger, NewDocument, Reserve, Session, SessionKind, Site,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::Result;

/// Callers that fill it; the ledger commits what they ask together.
pub(crate) const CALLERS: usize = 256;
/// So many accounts of each group.
pub(crate) const ACCOUNTS_A_GROUP: usize = 5;
/// One in so many people has documents that wait.
const PRINTS: usize = 20;
/// Documents that each of those has.
const DOCUMENTS: usize = 3;
/// Programs that know a secret.
pub(crate) const PROGRAMS: usize = 128;

/// Opens the ledger at `place`.
pub(crate) async fn open(place: &str) -> Result<Ledger> {
    if place.contains("://") {
        return Ok(Ledger::connect(place).await?);
    }
    if let Some(folder) = Path::new(place).parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(Ledger::open(Path::new(place))?)
}

/// The secret of the session of the person with this number.
pub(crate) fn session_secret(number: usize) -> String {
    format!("load-session-of-person-number-{number:07}")
}

/// The secret of the administrator's session.
pub(crate) const ADMINISTRATOR: &str = "load-session-of-the-administrator";

/// Id and secret of a program.
pub(crate) fn program(number: usize) -> (Uuid, String) {
    let id = Uuid::from_u128(0x0800_0000_0000_4000_8000_0000_0000_0000 + number as u128);
    (id, format!("load-secret-of-program-number-{number:04}"))
}

/// The login, which is an e-mail address.
pub(crate) fn login(number: usize) -> String {
    format!("person{number:06}@example.edu")
}

pub(crate) fn digest(secret: &str) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, secret.as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.as_ref());
    bytes
}

pub(crate) fn person(number: usize, groups: usize) -> Person {
    Person {
        id: UserId::openid("https://login.example.edu", &format!("subject-{number}")),
        name: format!("Person Number {number}"),
        login: login(number),
        groups: BTreeSet::from([format!("group{:04}", number % groups)]),
    }
}

pub(crate) fn session(kind: SessionKind, person: Person, administrator: bool) -> Session {
    let now = Timestamp::now();
    // That it is in use again has to be written down, as on any morning.
    let before = now - SignedDuration::from_hours(1);
    Session {
        id: Uuid::now_v7(),
        kind,
        person,
        administrator,
        device: "Load".to_owned(),
        address: "127.0.0.1".to_owned(),
        logout: None,
        made_at: before,
        seen_at: before,
        expires_at: now + SignedDuration::from_hours(48),
        ended_at: None,
    }
}

/// As TOML.
pub(crate) fn site(accounts: usize) -> String {
    let mut text = String::from(
        "[[account]]\nname = \"Print Quota\"\ncode = \"quota\"\nlimit = 50\n\n\
         [[account]]\nname = \"Campus Pool\"\ncode = \"pool\"\nkind = \"shared\"\n\n",
    );
    for number in 2..accounts {
        let group = number / ACCOUNTS_A_GROUP;
        let kind = if number % 2 == 0 {
            "individual"
        } else {
            "shared"
        };
        text.push_str(&format!(
            "[[account]]\nname = \"Project {number:05}\"\ncode = \"p{number:05}\"\nkind = \
             \"{kind}\"\nlimit = 1000000\ngroups = [\"group{group:04}\"]\n\n"
        ));
    }
    text.push_str(
        "[rates.A4]\nmono = { simplex = 1, duplex = 0.75 }\ncolour = { simplex = 3, duplex = 2.5 \
         }\n\n[rates.other]\nmono = { simplex = 2, duplex = 2 }\ncolour = { simplex = 6, duplex = \
         6 }\n",
    );
    text
}

/// Fills the ledger at `place`.
pub(crate) async fn seed(place: &str, people: usize, accounts: usize) -> Result<()> {
    let ledger = open(place).await?;
    ledger.load_site(Site::from_toml(&site(accounts))?).await?;
    let groups = (accounts / ACCOUNTS_A_GROUP).max(1);
    let now = Timestamp::now();
    let admin = Person {
        id: UserId::openid("https://login.example.edu", "admin"),
        name: "Ada Admin".to_owned(),
        login: "admin@example.edu".to_owned(),
        groups: BTreeSet::from(["platen-admins".to_owned()]),
    };
    let desk = ledger.desk(Actor {
        id: admin.id.clone(),
        name: admin.login.clone(),
        address: "127.0.0.1".to_owned(),
    });
    ledger
        .open_session(
            digest(ADMINISTRATOR),
            session(SessionKind::Browser, admin, true),
        )
        .await?;
    for number in 0..PROGRAMS {
        let (id, secret) = program(number);
        let credential = Credential {
            id,
            name: format!("Program {number}"),
            scopes: vec!["cloudprint:billing-accounts".to_owned()],
            made_by: "admin".to_owned(),
            made_at: now,
            used_at: None,
            revoked_at: None,
        };
        desk.add_credential(credential, digest(&secret), now)
            .await?;
    }
    let ledger = Arc::new(ledger);
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let ledger = ledger.clone();
        callers.spawn(async move {
            for number in (caller..people).step_by(CALLERS) {
                let person = person(number, groups);
                let digest = digest(&session_secret(number));
                let session = session(SessionKind::Browser, person.clone(), false);
                ledger.open_session(digest, session).await?;
                if number % PRINTS == 0 {
                    print(&ledger, &person).await?;
                }
            }
            Ok::<_, crate::Problem>(())
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller??;
    }
    Ok(())
}

async fn print(ledger: &Ledger, person: &Person) -> Result<()> {
    let now = Timestamp::now();
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    for number in 0..DOCUMENTS {
        let id = DocumentId(Uuid::now_v7());
        let document = NewDocument {
            id,
            user: person.id.clone(),
            queue: "Platen-Secure".to_owned(),
            job_id: 1,
            name: format!("Lecture notes, week {number}.pdf"),
            submitted_at: now,
        };
        let facts = Facts {
            documents: vec![vec![PageRun {
                count: 7,
                page: PageFacts {
                    size: Size::A4,
                    colour: false,
                },
            }]],
            digests: vec![[7; 32]],
            format: "pdf".to_owned(),
            ..Facts::default()
        };
        let ask = Reserve {
            id,
            person: person.clone(),
            account: None,
            facts,
            lease: None,
        };
        ledger.place(document, ask, now, today).await?;
    }
    Ok(())
}
