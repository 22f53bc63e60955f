//! The writer where the disk is full, and where operations share a transaction.

use std::sync::Mutex;

use jiff::Timestamp;
use platen_domain::{AccountId, DocumentId, UserId};
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use super::*;
use crate::document::{NewDocument, Submitted};
use crate::engine::sqlite::{Sqlite, schema};
use crate::reader::NewestSite;
use crate::rules::{accounts, documents};
use crate::site::Site;

fn document(number: u128) -> NewDocument {
    NewDocument {
        id: DocumentId(Uuid::from_u128(number)),
        user: UserId::local("alice"),
        queue: "secure".into(),
        job_id: 1,
        name: "a document with a rather long name ".repeat(20),
        submitted_at: Timestamp::UNIX_EPOCH,
    }
}

fn submit(number: u128) -> (Box<dyn Operation>, oneshot::Receiver<Result<Submitted>>) {
    let new = document(number);
    operation(|_| {}, move |tx| documents::submit(tx, &new))
}

struct Parts {
    requests: mpsc::Sender<Request>,
    thread: thread::JoinHandle<()>,
    changes: watch::Receiver<u64>,
    _folder: tempfile::TempDir,
}

impl Parts {
    fn start(prepare: impl FnOnce(&Connection)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let connection = schema::open_writer(&folder.path().join("ledger.sqlite")).unwrap();
        prepare(&connection);
        let announce = Announce::new();
        let changes = announce.count();
        let (requests, thread) = start(
            Box::new(Sqlite::new(connection)),
            announce,
            NewestSite::default(),
        )
        .unwrap();
        Self {
            requests,
            thread,
            changes,
            _folder: folder,
        }
    }

    fn ask<T>(&self, asked: (Box<dyn Operation>, oneshot::Receiver<Result<T>>)) -> Result<T> {
        let (operation, answer) = asked;
        self.send(operation);
        answer.blocking_recv().unwrap()
    }

    fn send(&self, operation: Box<dyn Operation>) {
        let sent = self.requests.blocking_send(Request::Run(operation));
        assert!(sent.is_ok(), "the writer is gone");
    }

    /// Has these share one transaction: they wait while another one is held up.
    fn send_together(&self, operations: impl IntoIterator<Item = Box<dyn Operation>>) {
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let held = Mutex::new(held);
        let (first, answer) = operation(
            |_| {},
            move |_| {
                // An operation may run again; then nobody holds it up any more.
                held.lock().unwrap().recv().ok();
                Ok(())
            },
        );
        self.send(first);
        for operation in operations {
            self.send(operation);
        }
        drop(hold);
        answer.blocking_recv().unwrap().unwrap();
    }

    fn end(self) {
        drop(self.requests);
        self.thread.join().unwrap();
    }
}

#[test]
fn full_disk_takes_back_the_whole_transaction_and_the_writer_goes_on() {
    let parts = Parts::start(|connection| {
        let pages: i64 = connection
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .unwrap();
        connection
            .query_row(
                &format!("PRAGMA max_page_count = {}", pages + 8),
                [],
                |_| Ok(()),
            )
            .unwrap();
    });
    let mut stored = 0;
    let error = loop {
        match parts.ask(submit(stored + 1)) {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 1_000, "the disk never filled");
    };
    assert!(matches!(error, LedgerError::Full), "{error:?}");
    assert!(stored > 0, "the disk was full from the start");
    // What needs no space is still answered, and nothing is half there.
    assert!(matches!(parts.ask(submit(1)), Ok(Submitted::Exists(_))));
    let missing = parts.ask(operation(
        |_| {},
        move |tx| tx.document(DocumentId(Uuid::from_u128(stored + 1))),
    ));
    assert!(missing.unwrap().is_none());
    parts.end();
}

#[test]
fn refused_operation_leaves_the_others_of_its_transaction_alone() {
    let parts = Parts::start(|_| {});
    let (good, good_answer) = submit(1);
    let other_owner = NewDocument {
        user: UserId::local("bob"),
        ..document(1)
    };
    let (bad, bad_answer) = operation(|_| {}, move |tx| documents::submit(tx, &other_owner));
    let (last, last_answer) = submit(2);
    parts.send_together([good, bad, last]);
    assert_eq!(
        good_answer.blocking_recv().unwrap().unwrap(),
        Submitted::Created
    );
    assert!(matches!(
        bad_answer.blocking_recv().unwrap(),
        Err(LedgerError::Refused(_))
    ));
    assert_eq!(
        last_answer.blocking_recv().unwrap().unwrap(),
        Submitted::Created
    );
    // One transaction, announced once.
    let changes = parts.changes.clone();
    parts.end();
    assert_eq!(*changes.borrow(), 1);
}

#[test]
fn operation_that_asks_for_one_row_after_another_spoils_nothing_for_the_others() {
    let parts = Parts::start(|_| {});
    let (greedy, greedy_answer) = operation(
        |_| {},
        move |tx| {
            let mut known = 0;
            for number in 1..=2 * ROUNDS as u128 {
                let document = tx.document(DocumentId(Uuid::from_u128(number)))?;
                known += usize::from(document.is_some());
            }
            Ok(known)
        },
    );
    let (good, good_answer) = submit(1);
    parts.send_together([good, greedy]);
    let good = good_answer.blocking_recv().unwrap();
    assert!(matches!(good, Ok(Submitted::Created)), "{good:?}");
    assert_eq!(greedy_answer.blocking_recv().unwrap().unwrap(), 1);
    parts.end();
}

#[test]
fn rows_that_are_missed_for_many_are_loaded_together() {
    let parts = Parts::start(|_| {});
    let runs = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let ran = runs.clone();
    let seen = parts.ask(operation(
        |_| {},
        move |tx| {
            ran.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            tx.each(1..=300, |number| {
                let id = DocumentId(Uuid::from_u128(number));
                tx.document(id).map(drop)
            })
        },
    ));
    seen.unwrap();
    assert_eq!(runs.load(std::sync::atomic::Ordering::Relaxed), 2);
    parts.end();
}

#[test]
fn what_the_database_refuses_spoils_nothing_for_the_others() {
    let parts = Parts::start(|_| {});
    let entry = |number: u128| crate::audit::AuditEntry {
        id: Uuid::from_u128(number),
        at: Timestamp::UNIX_EPOCH,
        actor: UserId::local("root"),
        name: String::new(),
        address: String::new(),
        action: "look".into(),
        subject: String::new(),
        detail: "{}".into(),
    };
    let note = |number| {
        let entry = entry(number);
        operation(|_| {}, move |tx| tx.add_audit(entry.clone()))
    };
    parts.ask(note(1)).unwrap();
    // Nobody looks whether there is one of this number: the database does.
    let (bad, bad_answer) = note(1);
    let (good, good_answer) = submit(1);
    parts.send_together([bad, good]);
    let bad = bad_answer.blocking_recv().unwrap();
    assert!(matches!(bad, Err(LedgerError::Storage(_))), "{bad:?}");
    let good = good_answer.blocking_recv().unwrap();
    assert!(matches!(good, Ok(Submitted::Created)), "{good:?}");
    parts.end();
}

#[test]
fn accounts_that_become_of_another_kind_are_asked_about_together() {
    const ACCOUNTS: u128 = 100;
    let parts = Parts::start(|_| {});
    let site = |kind: &str| {
        let account = |number| {
            format!("[[account]]\nname = \"{number}\"\ncode = \"{number}\"\nkind = \"{kind}\"\n")
        };
        let accounts: String = (0..ACCOUNTS).map(account).collect();
        let card = "[rates.other]\nmono = { simplex = 1, duplex = 1 }
            colour = { simplex = 1, duplex = 1 }";
        Site::from_toml(&format!("{accounts}{card}")).unwrap()
    };
    let runs = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let load = |kind| {
        let (site, ran) = (site(kind), runs.clone());
        let fresh: Vec<_> = (0..ACCOUNTS)
            .map(|number| AccountId(Uuid::from_u128(number)))
            .collect();
        parts.ask(operation(
            |_| {},
            move |tx| {
                ran.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                accounts::load_site(tx, &site, &fresh)
            },
        ))
    };
    load("individual").unwrap();
    runs.store(0, std::sync::atomic::Ordering::Relaxed);
    let loaded = load("shared").unwrap();
    assert_eq!(loaded.updated.len(), ACCOUNTS as usize);
    let runs = runs.load(std::sync::atomic::Ordering::Relaxed);
    assert!(runs <= 3, "it ran {runs} times");
    parts.end();
}
