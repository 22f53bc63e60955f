//! A site with accounts, people and a month of use, on a ledger of its own.

#![expect(
    clippy::unwrap_used,
    reason = "made for tests, where a panic is the report"
)]

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use platen_domain::{
    AccountId, DocumentId, Finishing, LeaseId, PageFacts, PageRun, Person, Points, Size, UserId,
};
use platen_ledger::{
    Change, CopyAsk, Device, Facts, LeaseAsk, Ledger, NewDocument, Reserve, Session, SessionKind,
    Settlement, Site,
};
use uuid::Uuid;

pub(crate) const SITE: &str = r#"
[settings]
hold_hours = 24

[[account]]
name = "Print Quota"
code = "quota"
limit = 500

[[account]]
name = "Chemistry Department"
code = "CHEM-01"
kind = "shared"
limit = 100
exceed_by = 20
groups = ["chemistry", "staff"]

[[account]]
name = "Research"
code = "research"
kind = "shared"
groups = ["staff"]
users = ["alice@example.edu"]

[[account]]
name = "Thesis printing"
code = "thesis"
limit = 60
expiry = 2027-03-31
users = ["bob@example.edu"]

[[account]]
name = "Summer school"
code = "summer"
limit = 40
start = 2026-06-01
expiry = 2026-08-31
groups = ["guests"]

[[account]]
name = "Closed for now"
code = "closed"
enabled = false
on_clients = false
limit = 10

[rates.A4]
mono = { simplex = 1, duplex = 0.75 }
colour = { simplex = 3, duplex = 2.5 }
[rates.A3]
mono = { simplex = 2, duplex = 1.5 }
colour = { simplex = 6, duplex = 5 }
[rates.other]
mono = { simplex = 10, duplex = 10 }
colour = { simplex = 20, duplex = 20 }

[groups]
chemistry = ["bob@example.edu"]
"#;

/// A directory that goes with its value.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("platen-console-{}", Uuid::new_v4()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn id_of(name: &str) -> UserId {
    UserId::openid("https://id.example.edu", name)
}

pub(crate) fn person(name: &str, groups: &[&str]) -> Person {
    let mut letters = name.chars();
    let first = letters.next().unwrap().to_uppercase().collect::<String>();
    Person {
        id: id_of(name),
        name: format!("{first}{} Example", letters.as_str()),
        login: format!("{name}@example.edu"),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

/// What a session is known by: here its name, so that tests can come in by it.
pub(crate) fn session(person: Person, administrator: bool, now: Timestamp) -> Session {
    Session {
        id: Uuid::now_v7(),
        kind: SessionKind::Browser,
        person,
        administrator,
        device: "Mozilla/5.0 (X11; Linux x86_64) Chromium/140".to_owned(),
        address: "192.0.2.17".to_owned(),
        logout: None,
        made_at: now,
        seen_at: now,
        expires_at: now + SignedDuration::from_hours(12),
        ended_at: None,
    }
}

pub(crate) fn facts(pages: u32, colour: bool) -> Facts {
    Facts {
        documents: vec![vec![PageRun {
            count: pages,
            page: PageFacts {
                size: Size::A4,
                colour,
            },
        }]],
        digests: vec![[7; 32]],
        format: "pdf".to_owned(),
        finishing: Finishing::default(),
        ..Facts::default()
    }
}

pub(crate) struct Seed {
    pub(crate) ledger: Ledger,
    pub(crate) now: Timestamp,
    number: u128,
}

impl Seed {
    /// A laptop with points of the first account until these hours from now.
    pub(crate) async fn laptop(&self, person: &Person, hours: &[i64]) -> Vec<Uuid> {
        let (ledger, now) = (&self.ledger, self.now);
        let session = Session {
            kind: SessionKind::Device,
            ..session(person.clone(), false, now)
        };
        let device = Device {
            id: Uuid::now_v7(),
            user: person.id.clone(),
            name: format!("{}-laptop", person.login.split('@').next().unwrap()),
            key: [1; 32],
            login: String::new(),
            gate: None,
            session: session.id,
            applied: 0,
            made_at: now,
            seen_at: now,
        };
        let digest = device.session.as_bytes().repeat(2);
        self.sign_in(digest.try_into().unwrap(), session).await;
        let device = ledger.enrol(device).await.unwrap().id;
        let account = ledger.account_by_code("quota").await.unwrap().unwrap().id;
        let mut leases = Vec::new();
        for hours in hours {
            let id = Uuid::now_v7();
            let ask = LeaseAsk {
                id: LeaseId(id),
                account,
                person: person.clone(),
                device: device.to_string(),
                points: "12.5".parse().unwrap(),
                expires_at: now + SignedDuration::from_hours(*hours),
            };
            let then = now - SignedDuration::from_hours(hours.abs() + 1);
            let day = then.to_zoned(TimeZone::UTC).date();
            ledger.grant_lease(ask, then, day).await.unwrap();
            leases.push(id);
        }
        leases
    }

    /// A ledger in `directory` with nothing in it.
    pub(crate) fn empty(directory: &Path, now: Timestamp) -> Self {
        Self {
            ledger: Ledger::open(&directory.join("ledger.sqlite")).unwrap(),
            now,
            number: 0,
        }
    }

    /// Accounts, rates and groups.
    pub(crate) async fn site(&self) {
        let site = Site::from_toml(SITE).unwrap();
        self.ledger.load_site(site).await.unwrap();
    }

    pub(crate) async fn account(&self, code: &str) -> AccountId {
        let account = self.ledger.account_by_code(code).await.unwrap();
        account.unwrap().id
    }

    /// Signs somebody in, so that the ledger knows him; gives the session.
    pub(crate) async fn sign_in(&self, secret: [u8; 32], session: Session) -> Session {
        self.ledger
            .open_session(secret, session.clone())
            .await
            .unwrap();
        session
    }

    fn today(&self, at: Timestamp) -> Date {
        at.to_zoned(TimeZone::UTC).date()
    }

    /// Submits a document of so many pages; it waits.
    pub(crate) async fn submit(
        &mut self,
        person: &Person,
        code: &str,
        pages: u32,
        at: Timestamp,
    ) -> DocumentId {
        self.number += 1;
        let id = DocumentId(Uuid::from_u128(self.number));
        let document = NewDocument {
            id,
            user: person.id.clone(),
            queue: "secure".to_owned(),
            job_id: i32::try_from(self.number).unwrap(),
            name: format!("Lecture notes {}.pdf", self.number),
            submitted_at: at,
        };
        self.ledger.submit(document).await.unwrap();
        let ask = Reserve {
            id,
            person: person.clone(),
            account: Some(self.account(code).await),
            facts: facts(pages, self.number.is_multiple_of(3)),
            lease: None,
        };
        self.ledger.reserve(ask, at, self.today(at)).await.unwrap();
        id
    }

    /// Prints a document of so many pages, on the account with this code.
    pub(crate) async fn print(&mut self, person: &Person, code: &str, pages: u32, at: Timestamp) {
        let id = self.submit(person, code, pages, at).await;
        let attempt = Uuid::new_v4();
        self.ledger
            .begin_release(id, "Library".to_owned(), attempt, at)
            .await
            .unwrap();
        self.ledger
            .settle(id, Settlement::Printed { sides: 0 }, at)
            .await
            .unwrap();
    }

    pub(crate) async fn copy(&self, person: &Person, code: &str, pages: u32, at: Timestamp) {
        let ask = CopyAsk {
            id: Uuid::new_v4(),
            person: person.clone(),
            account: Some(self.account(code).await),
            device: "Copier, 2nd floor".to_owned(),
            pages: vec![PageRun {
                count: pages,
                page: PageFacts {
                    size: Size::A4,
                    colour: false,
                },
            }],
            finishing: Finishing::default(),
        };
        self.ledger.copy(ask, at, self.today(at)).await.unwrap();
    }

    pub(crate) async fn adjust(&self, person: &Person, code: &str, change: Change, reason: &str) {
        let adjustment = platen_ledger::Adjustment {
            account: self.account(code).await,
            user: Some(person.id.clone()),
            change,
            reason: reason.to_owned(),
            by: "admin@example.edu".to_owned(),
            corrects: None,
        };
        self.ledger
            .adjust(Uuid::new_v4(), adjustment, self.now)
            .await
            .unwrap();
    }

    /// Three people and a month in which they printed, copied and were given
    /// points back.
    pub(crate) async fn month(&mut self) {
        let alice = person("alice", &["staff", "chemistry"]);
        let bob = person("bob", &["students"]);
        let carol = person("carol", &["staff"]);
        for (at, person) in [&alice, &bob, &carol].into_iter().enumerate() {
            let digest = [u8::try_from(at).unwrap() + 100; 32];
            let session = session(person.clone(), false, self.now);
            self.sign_in(digest, session).await;
        }
        for day in (0..30).rev() {
            let at = self.now - SignedDuration::from_hours(24 * day) - SignedDuration::from_mins(5);
            let pages = u32::try_from(day % 7 + 1).unwrap();
            self.print(&alice, "quota", pages, at).await;
            if day % 2 == 0 {
                self.print(&bob, "quota", pages + 2, at).await;
            }
            if day % 3 == 0 {
                self.copy(&carol, "CHEM-01", 2, at).await;
                self.copy(&bob, "quota", 1, at).await;
            }
        }
        self.print(
            &alice,
            "CHEM-01",
            12,
            self.now - SignedDuration::from_mins(50),
        )
        .await;
        self.submit(&bob, "quota", 4, self.now - SignedDuration::from_mins(3))
            .await;
        let refund = Change::Credit(Points::whole(5).unwrap());
        self.adjust(&bob, "quota", refund, "The printer ate page 3")
            .await;
    }

    /// So many people with nothing but a name.
    pub(crate) async fn crowd(&self, count: u32) {
        for number in 0..count {
            let name = format!("student{number:03}");
            let mut digest = [9; 32];
            digest[..4].copy_from_slice(&number.to_be_bytes());
            let mut session = session(person(&name, &["students"]), false, self.now);
            session.expires_at = self.now;
            self.sign_in(digest, session).await;
        }
    }
}
