//! The writer where the disk is full, and where operations share a transaction.

use std::sync::Mutex;

use jiff::Timestamp;
use platen_domain::{DocumentId, UserId};
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use super::*;
use crate::document::{NewDocument, Submitted};
use crate::engine::sqlite::{Sqlite, schema};
use crate::reader::NewestSite;
use crate::rules::documents;

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
        let sent = self.requests.blocking_send(Request::Run(operation));
        assert!(sent.is_ok(), "the writer is gone");
        answer.blocking_recv().unwrap()
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
    // Held up by the first, the others wait and then share one transaction.
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let held = Mutex::new(held);
    let (first, first_answer) = operation(
        |_| {},
        move |_| {
            // An operation may run again; then nobody holds it up any more.
            held.lock().unwrap().recv().ok();
            Ok(())
        },
    );
    let (good, good_answer) = submit(1);
    let other_owner = NewDocument {
        user: UserId::local("bob"),
        ..document(1)
    };
    let (bad, bad_answer) = operation(|_| {}, move |tx| documents::submit(tx, &other_owner));
    let (last, last_answer) = submit(2);
    for operation in [first, good, bad, last] {
        let sent = parts.requests.blocking_send(Request::Run(operation));
        assert!(sent.is_ok(), "the writer is gone");
    }
    drop(hold);
    first_answer.blocking_recv().unwrap().unwrap();
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
