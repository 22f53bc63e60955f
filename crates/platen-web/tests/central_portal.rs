//! One person's portal on a shared ledger, with the real analyser.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use platen_domain::{AccountId, DocumentId, DocumentState, Person, Points, Sides, UserId, Verdict};
use platen_estimate::Limits;
use platen_estimate::isolated::Analyser;
use platen_lab::grey_pdf;
use platen_ledger::{Ledger, NewDocument, Reserve, Site};
use platen_web::central::{Means, Printing, PrintingError, Uploads, fetch_content};
use platen_web::portal::{
    FinishingChange, HistoryQuery, Portal, PortalError, PrinterChoice, Reason, Scope, Trouble,
    Upload, Uploaded,
};
use platen_web::{Central, CentralConfig, Language};
use tempfile::TempDir;
use url::Url;
use uuid::Uuid;

const SITE: &str = r#"
[[account]]
name = "Print Quota"
code = "quota"
limit = 50

[[account]]
name = "Seminar"
code = "seminar"
limit = 2

[rates.A4]
mono = { simplex = 1, duplex = 0.75 }
colour = { simplex = 3, duplex = 2.5 }

[rates.other]
mono = { simplex = 10, duplex = 10 }
colour = { simplex = 20, duplex = 20 }
"#;

/// Printers that remember what was released to them.
#[derive(Default)]
struct Printers {
    ledger: Mutex<Option<Ledger>>,
    released: Mutex<Vec<(DocumentId, String)>>,
}

#[async_trait]
impl Printing for Printers {
    async fn printers(&self) -> Result<Vec<PrinterChoice>, PrintingError> {
        Ok(vec![PrinterChoice {
            name: "Library".into(),
            info: String::new(),
            location: String::new(),
            ready: true,
            message: None,
        }])
    }

    async fn release(&self, document: DocumentId, printer: &str) -> Result<(), PrintingError> {
        if printer != "Library" {
            return Err(PrintingError::NoSuchPrinter);
        }
        let ledger = self.ledger.lock().unwrap().clone().unwrap();
        let number = Uuid::new_v4();
        ledger
            .begin_release(document, printer.into(), number, Timestamp::now())
            .await?;
        self.released
            .lock()
            .unwrap()
            .push((document, printer.into()));
        Ok(())
    }
}

struct Office {
    central: Arc<Central>,
    ledger: Ledger,
    printers: Arc<Printers>,
    directory: TempDir,
}

/// The analyser, where cargo put it: beside the tests.
fn estimator() -> PathBuf {
    let me = std::env::current_exe().unwrap();
    let mut places = me
        .ancestors()
        .skip(1)
        .take(2)
        .map(|place| place.join("platen-estimate"));
    let found = places.find(|place| place.is_file());
    found.expect("build the analyser first: cargo build -p platen-estimate")
}

impl Office {
    async fn open() -> Self {
        Self::with(SITE).await
    }

    async fn with(site: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&directory.path().join("ledger.sqlite")).unwrap();
        ledger
            .load_site(Site::from_toml(site).unwrap())
            .await
            .unwrap();
        let analyser = Analyser::new(estimator(), Limits::default());
        let uploads = Uploads::new(analyser, directory.path().join("documents")).unwrap();
        let printers = Arc::new(Printers::default());
        *printers.ledger.lock().unwrap() = Some(ledger.clone());
        let config = CentralConfig {
            public_url: Url::parse("https://print.example.edu/").unwrap(),
            zone: jiff::tz::TimeZone::UTC,
            administrators: BTreeSet::new(),
            identity: None,
            upload_limit_bytes: 10_000_000,
        };
        let means = Means {
            printing: Some(printers.clone()),
            uploads: Some(Arc::new(uploads)),
            push: None,
            signer: None,
        };
        let central = Central::new(ledger.clone(), config).with(means);
        Self {
            central: Arc::new(central),
            ledger,
            printers,
            directory,
        }
    }

    fn portal(&self, name: &str) -> Arc<dyn Portal> {
        self.central.portal_of(person(name), Language::English)
    }

    async fn account(&self, code: &str) -> AccountId {
        let account = self.ledger.account_by_code(code).await.unwrap();
        account.unwrap().id
    }

    fn file(&self, content: &[u8]) -> PathBuf {
        let path = self.directory.path().join(Uuid::new_v4().to_string());
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Brings a document of grey pages.
    async fn bring(&self, who: &str, pages: u32, account: Option<AccountId>) -> Uploaded {
        let file = self.file(&grey_pdf(pages));
        let upload = upload("thesis.pdf", &file, account);
        self.portal(who).upload(upload).await.unwrap()
    }

    async fn balance(&self, who: &str) -> Points {
        self.portal(who).view().await.unwrap().accounts[0].used
    }
}

fn upload(name: &str, file: &Path, account: Option<AccountId>) -> Upload {
    Upload {
        name: name.into(),
        account,
        finishing: finishing(1),
        file: file.to_owned(),
    }
}

fn finishing(copies: u32) -> FinishingChange {
    FinishingChange {
        copies,
        sides: Sides::OneSided,
        monochrome: false,
    }
}

fn person(name: &str) -> Person {
    Person {
        id: UserId::openid("https://id.example.edu", name),
        name: name.into(),
        login: format!("{name}@example.edu"),
        groups: BTreeSet::new(),
    }
}

fn points(whole: i64) -> Points {
    Points::from_hundredths(whole * 100)
}

#[tokio::test]
async fn brought_document_is_priced_kept_and_released() {
    let office = Office::open().await;
    let uploaded = office.bring("alice", 3, None).await;
    let answer = uploaded.outcome.unwrap();
    assert_eq!(answer.points, points(3));
    assert_eq!(answer.account_name, "Print Quota");
    let portal = office.portal("alice");
    let view = portal.view().await.unwrap();
    let row = view.document(uploaded.id).unwrap();
    assert_eq!(
        (row.name.as_str(), row.points),
        ("thesis.pdf", Some(points(3)))
    );
    assert!(row.can_release && row.can_delete && row.can_set_finishing && !row.can_retry);
    assert_eq!(view.accounts[0].used, points(3));

    // What is kept is what was brought, and what an approval will name.
    let copy = office.directory.path().join("copy");
    let digest = fetch_content(&office.ledger, uploaded.id, &copy)
        .await
        .unwrap();
    assert_eq!(std::fs::read(&copy).unwrap(), grey_pdf(3));
    let stored = office.ledger.document(uploaded.id).await.unwrap().unwrap();
    assert_eq!(stored.facts.unwrap().digests, [digest.unwrap()]);

    let nowhere = portal.release(uploaded.id, "Nowhere").await;
    assert_eq!(nowhere, Err(PortalError::NotFound));
    portal.release(uploaded.id, "Library").await.unwrap();
    let released = office.printers.released.lock().unwrap().clone();
    assert_eq!(released, [(uploaded.id, "Library".to_owned())]);
    assert!(portal.release(uploaded.id, "Library").await.is_err());
    assert!(portal.delete(uploaded.id).await.is_err());
}

#[tokio::test]
async fn large_document_goes_in_parts_and_comes_back_whole() {
    let office = Office::open().await;
    let mut content = grey_pdf(1);
    content.extend(vec![b'%'; 3 * Ledger::CONTENT_PART + 17]);
    let file = office.file(&content);
    let uploaded = office
        .portal("alice")
        .upload(upload("big.pdf", &file, None))
        .await
        .unwrap();
    assert!(uploaded.outcome.is_ok());
    let size = office
        .ledger
        .content_size(uploaded.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((size.parts, size.bytes), (4, content.len() as u64));
    let copy = office.directory.path().join("copy");
    fetch_content(&office.ledger, uploaded.id, &copy)
        .await
        .unwrap();
    assert_eq!(std::fs::read(&copy).unwrap(), content);
}

#[tokio::test]
async fn declined_document_is_listed_as_canceled_and_revived_on_another_account() {
    let office = Office::open().await;
    let (quota, seminar) = (
        office.account("quota").await,
        office.account("seminar").await,
    );
    let uploaded = office.bring("alice", 5, Some(seminar)).await;
    let declined = uploaded.outcome.unwrap();
    assert_eq!(
        declined.verdict,
        Verdict::Declined {
            available: points(2)
        }
    );
    let portal = office.portal("alice");
    let view = portal.view().await.unwrap();
    let row = view.document(uploaded.id).unwrap();
    assert_eq!(row.state, DocumentState::Canceled);
    let reason = Some(Reason::Declined {
        points: points(5),
        available: points(2),
        account_name: Some("Seminar".into()),
    });
    assert_eq!(row.reason, reason);
    assert!(
        view.accounts
            .iter()
            .all(|account| account.used == Points::ZERO)
    );

    let scope = Scope::ThisDocument;
    let answer = portal
        .change_account(uploaded.id, quota, scope)
        .await
        .unwrap();
    assert!(matches!(answer.verdict, Verdict::Ready { .. }));
    assert_eq!(office.balance("alice").await, points(5));
    portal.release(uploaded.id, "Library").await.unwrap();
}

#[tokio::test]
async fn finishing_is_repriced_and_a_declined_wish_changes_nothing() {
    let office = Office::open().await;
    let uploaded = office.bring("alice", 4, None).await;
    let portal = office.portal("alice");
    let wish = FinishingChange {
        copies: 2,
        sides: Sides::TwoSidedLongEdge,
        monochrome: true,
    };
    let answer = portal.set_finishing(uploaded.id, wish).await.unwrap();
    assert_eq!(answer.points, points(6));
    assert_eq!(office.balance("alice").await, points(6));
    let answer = portal
        .set_finishing(uploaded.id, finishing(13))
        .await
        .unwrap();
    assert!(matches!(answer.verdict, Verdict::Declined { .. }));
    let view = portal.view().await.unwrap();
    let row = view.document(uploaded.id).unwrap();
    assert_eq!(
        (row.state, row.points),
        (DocumentState::Held, Some(points(6)))
    );
    assert_eq!(row.finishing.unwrap().copies, 2);
}

#[tokio::test]
async fn finishing_is_not_set_where_the_pages_are_elsewhere() {
    let office = Office::open().await;
    let now = Timestamp::now();
    let brought = office.bring("alice", 4, None).await;
    let stored = office.ledger.document(brought.id).await.unwrap().unwrap();
    let facts = stored.facts.unwrap();
    // As a spooler elsewhere delivers it: without its pages.
    let new = NewDocument {
        id: DocumentId(Uuid::new_v4()),
        user: stored.user,
        queue: "secure".into(),
        job_id: 7,
        name: "essay.pdf".into(),
        submitted_at: now,
    };
    let id = new.id;
    office.ledger.submit(new).await.unwrap();
    let reserve = Reserve {
        id,
        person: person("alice"),
        facts,
        account: None,
        lease: None,
    };
    office
        .ledger
        .reserve(reserve, now, now.to_zoned(jiff::tz::TimeZone::UTC).date())
        .await
        .unwrap();
    let portal = office.portal("alice");
    let view = portal.view().await.unwrap();
    let row = view.document(id).unwrap();
    assert_eq!(row.state, DocumentState::Held);
    assert!(!row.can_set_finishing && !row.can_release && row.can_change_account);
    assert_eq!(
        portal.set_finishing(id, finishing(2)).await.err(),
        Some(PortalError::NotFound)
    );
    let row = portal.view().await.unwrap();
    assert_eq!(row.document(id).unwrap().points, Some(points(4)));
}

#[tokio::test]
async fn deletion_returns_the_points_and_can_be_taken_back() {
    let office = Office::open().await;
    let uploaded = office.bring("alice", 4, None).await;
    let portal = office.portal("alice");
    portal.delete(uploaded.id).await.unwrap();
    assert_eq!(office.balance("alice").await, Points::ZERO);
    let history = portal.history(HistoryQuery::default()).await.unwrap();
    assert_eq!((history.total, history.entries[0].id), (1, uploaded.id));
    let answer = portal.undelete(uploaded.id).await.unwrap();
    assert_eq!(answer.points, points(4));
    assert_eq!(office.balance("alice").await, points(4));
    assert_eq!(
        portal.history(HistoryQuery::default()).await.unwrap().total,
        0
    );
    let receipt = portal.receipt(uploaded.id).await.unwrap();
    assert_eq!(receipt.receipt.total, points(4));
}

#[tokio::test]
async fn what_is_somebody_elses_is_not_there() {
    let office = Office::open().await;
    let quota = office.account("quota").await;
    let id = office.bring("alice", 1, None).await.id;
    let bob = office.portal("bob");
    let gone = Some(PortalError::NotFound);
    assert!(bob.view().await.unwrap().documents.is_empty());
    for id in [id, DocumentId(Uuid::nil())] {
        let scope = Scope::AndActive;
        assert_eq!(bob.change_account(id, quota, scope).await.err(), gone);
        assert_eq!(bob.set_finishing(id, finishing(2)).await.err(), gone);
        assert_eq!(bob.delete(id).await.err(), gone);
        assert_eq!(bob.undelete(id).await.err(), gone);
        assert_eq!(bob.release(id, "Library").await.err(), gone);
        assert_eq!(bob.retry(id).await.err(), gone);
        assert_eq!(bob.receipt(id).await.err(), gone);
    }
    assert!(office.printers.released.lock().unwrap().is_empty());
    assert_eq!(office.balance("alice").await, points(1));
    let view = office.portal("alice").view().await.unwrap();
    assert_eq!(view.document(id).unwrap().state, DocumentState::Held);
}

#[tokio::test]
async fn document_that_can_not_be_read_is_held_uncharged_and_read_again() {
    let office = Office::open().await;
    let file = office.file(b"%PDF-1.4 and nothing else");
    let portal = office.portal("alice");
    let uploaded = portal
        .upload(upload("torn.pdf", &file, None))
        .await
        .unwrap();
    assert!(
        matches!(uploaded.outcome, Err(Reason::Unreadable(_))),
        "{uploaded:?}"
    );
    let view = portal.view().await.unwrap();
    let row = view.document(uploaded.id).unwrap();
    assert_eq!(row.state, DocumentState::Unreadable);
    assert!(row.can_retry && !row.can_release);
    assert_eq!(office.balance("alice").await, Points::ZERO);
    portal.retry(uploaded.id).await.unwrap();
    let view = portal.view().await.unwrap();
    assert_eq!(
        view.document(uploaded.id).unwrap().state,
        DocumentState::Unreadable
    );
}

#[tokio::test]
async fn document_that_can_not_be_read_is_cancelled_where_the_site_declines_it() {
    let office = Office::with(&format!("[settings]\nunreadable = \"decline\"\n{SITE}")).await;
    let file = office.file(b"%PDF-1.4 and nothing else");
    let portal = office.portal("alice");
    let uploaded = portal.upload(upload("torn.pdf", &file, None)).await;
    let id = uploaded.unwrap().id;
    let view = portal.view().await.unwrap();
    let row = view.document(id).unwrap();
    assert_eq!(row.state, DocumentState::Canceled);
    assert!(
        matches!(row.reason, Some(Reason::Unreadable(_))),
        "{:?}",
        row.reason
    );
    assert!(!row.can_change_account && !row.can_retry && !row.can_release);
    assert_eq!(office.balance("alice").await, Points::ZERO);
}

#[tokio::test]
async fn a_person_has_a_few_uploads_open_at_once_in_the_servers_own_directory() {
    let office = Office::open().await;
    let alice = office.portal("alice");
    let mut rooms = Vec::new();
    for _ in 0..4 {
        rooms.push(alice.upload_room().await.unwrap());
    }
    let full = alice.upload_room().await.err();
    assert_eq!(full, Some(PortalError::Trouble(Trouble::TooManyAtOnce)));
    office.portal("bob").upload_room().await.unwrap();
    // Another page of the same person counts as well, and frees its place.
    rooms.pop();
    let room = office.portal("alice").upload_room().await.unwrap();
    let file = room.file().unwrap();
    let directory = office.directory.path().join("documents");
    assert_eq!(file.path().parent(), Some(directory.as_path()));
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(&directory), mode(file.path())),
        (0o700, 0o600),
        "others can read it"
    );
}

#[tokio::test]
async fn what_a_crash_left_is_cleared_at_the_start_unless_somebody_is_at_work() {
    let folder = tempfile::tempdir().unwrap();
    let scratch = folder.path().join("documents");
    std::fs::create_dir(&scratch).unwrap();
    let start = || {
        Uploads::new(
            Analyser::new(estimator(), Limits::default()),
            scratch.clone(),
        )
    };
    let left = ["upload-abc", "print-abc"].map(|name| scratch.join(name));
    let leave = || {
        left.iter()
            .for_each(|file| std::fs::write(file, "x").unwrap())
    };
    leave();
    let first = start().unwrap();
    assert!(left.iter().all(|file| !file.exists()));
    leave();
    let second = start().unwrap();
    assert!(left.iter().all(|file| file.exists()));
    drop(first);
    let third = start().unwrap();
    assert!(left.iter().all(|file| file.exists()));
    drop((second, third));
    start().unwrap();
    assert!(left.iter().all(|file| !file.exists()));
}

#[tokio::test]
async fn refused_upload_leaves_nothing_behind() {
    let office = Office::open().await;
    let file = office.file(&grey_pdf(1));
    let portal = office.portal("alice");
    let nobodys = AccountId(Uuid::from_u128(7));
    let refused = portal.upload(upload("a.pdf", &file, Some(nobodys))).await;
    assert!(refused.is_err());
    assert!(portal.view().await.unwrap().documents.is_empty());
    let ledger = &office.ledger;
    // Nothing is left to sweep, even for one who comes much later.
    let later = Timestamp::now() + SignedDuration::from_hours(48);
    assert_eq!(ledger.sweep_content(later).await.unwrap(), 0);
}

#[tokio::test]
async fn site_that_takes_no_documents_says_so() {
    let office = Office::with(&format!("[settings]\nupload = false\n{SITE}")).await;
    let portal = office.portal("alice");
    portal.view().await.unwrap();
    assert_eq!(portal.upload_limit(), None);
    let file = office.file(&grey_pdf(1));
    let refused = portal.upload(upload("a.pdf", &file, None)).await;
    assert_eq!(refused.map(|_| ()), Err(PortalError::NotFound));
}

#[tokio::test]
async fn document_whose_server_went_down_is_read_by_the_next() {
    let office = Office::open().await;
    let ledger = &office.ledger;
    let id = DocumentId(Uuid::new_v4());
    let long_ago = Timestamp::now() - SignedDuration::from_mins(5);
    // It was stored, and then the server went down.
    ledger
        .put_content(id, 0, grey_pdf(2), long_ago)
        .await
        .unwrap();
    let new = platen_ledger::NewDocument {
        id,
        user: person("alice").id,
        queue: String::new(),
        job_id: 0,
        name: "late.pdf".into(),
        submitted_at: long_ago,
    };
    // Whoever brings something has been seen before.
    office.bring("alice", 1, None).await;
    ledger.submit(new).await.unwrap();
    office.central.catch_up().await.unwrap();
    let document = ledger.document(id).await.unwrap().unwrap();
    assert_eq!(
        (document.state, document.cost),
        (DocumentState::Held, Some(points(2)))
    );
    assert!(document.notified_at.is_some());
}
