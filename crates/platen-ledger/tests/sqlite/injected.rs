//! A process that dies, and a disk that fails, at every single write.
//!
//! strace starts this test program as a child that works through a script on a
//! copy of a ledger, and at the child's n-th system call of a kind kills it or
//! makes the call fail, for every n until a child gets through unharmed.
//! Afterwards the ledger must be the one after the last acknowledged step, or
//! after the next, to the last byte of its hashes; and the rest of the script,
//! begun with the step that was not acknowledged, must lead to the same end.

mod child;
mod script;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use platen_ledger::Ledger;

use crate::support::*;
use child::Child;
use script::{STEPS, picture};

/// Children at most; far above what any script takes, so that none runs forever.
const MOST: u32 = 3_000;

/// A ledger with a site, and what the script makes of it step by step.
struct Stage {
    folder: tempfile::TempDir,
    /// The picture before any step, after the first, and so on.
    pictures: Vec<String>,
    answers: Vec<String>,
}

/// How much SQLite's write-ahead log holds when a child begins.
#[derive(Clone, Copy)]
enum Log {
    Little,
    /// So much that it is carried over into the file during the script.
    AlmostAll,
}

impl Stage {
    async fn new(log: Log) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("made.sqlite");
        let ledger = Ledger::open(&made).unwrap();
        let site = platen_ledger::Site::from_toml(&format!("{SITE}{CARD}")).unwrap();
        ledger.load_site(site).await.unwrap();
        if let Log::AlmostAll = log {
            fill_log(&ledger, &made).await;
        }
        // While it is open: closing it carries the log over.
        let base = folder.path().join("base.sqlite");
        copy(&made, &base);
        drop(ledger);
        let undisturbed = folder.path().join("undisturbed.sqlite");
        copy(&base, &undisturbed);
        let ledger = Ledger::open(&undisturbed).unwrap();
        let mut pictures = vec![picture(&ledger).await];
        let mut answers = Vec::new();
        for step in 0..STEPS {
            answers.push(script::run(&ledger, step).await.unwrap());
            pictures.push(picture(&ledger).await);
        }
        Self {
            folder,
            pictures,
            answers,
        }
    }

    /// Lets one child work on a copy of its own and checks what it left.
    async fn disturb(&self, inject: &str) -> Child {
        let folder = tempfile::tempdir_in(self.folder.path()).unwrap();
        let path = folder.path().join("ledger.sqlite");
        copy(&self.folder.path().join("base.sqlite"), &path);
        let child = Child::run(&path, inject);
        let acknowledged = child.acknowledged.len();
        assert_eq!(
            child.acknowledged,
            self.answers[..acknowledged],
            "{inject}: other answers"
        );
        if let Some(failure) = &child.failure {
            let before = format!("{:?}", self.pictures[failure.step]);
            assert_eq!(
                failure.picture, before,
                "{inject}: changed in spite of {}",
                failure.error
            );
        }
        let ledger = Ledger::open(&path).unwrap();
        self.go_on(&ledger, acknowledged, inject).await;
        child
    }

    /// Nothing that was acknowledged is missing, at most one step more is
    /// there, and asking for that again leads on as if nothing had happened.
    async fn go_on(&self, ledger: &Ledger, acknowledged: usize, inject: &str) {
        let found = picture(ledger).await;
        let next = (acknowledged + 1).min(STEPS);
        let [before, after] = [acknowledged, next].map(|step| self.pictures[step] == found);
        assert!(
            before || after,
            "{inject}: after {acknowledged} acknowledged steps: {found}"
        );
        for step in acknowledged..STEPS {
            let answer = script::run(ledger, step).await;
            let answer = answer.unwrap_or_else(|error| panic!("{inject}: step {step}: {error:?}"));
            let again = step == acknowledged && after;
            assert!(
                answer == self.answers[step] || again,
                "{inject}: step {step} answers {answer}"
            );
        }
        assert_eq!(picture(ledger).await, self.pictures[STEPS], "{inject}");
    }
}

/// Fills the log almost to the 1,000 pages at which SQLite carries it over.
async fn fill_log(ledger: &Ledger, path: &Path) {
    const FRAME: u64 = 24 + 4_096;
    for number in 1_000.. {
        let length = std::fs::metadata(log_of(path)).unwrap().len();
        if length > 960 * FRAME {
            return assert!(length < 1_000 * FRAME, "the log is carried over too soon");
        }
        ledger.submit(new_document(number, "bob")).await.unwrap();
    }
}

/// Copies a ledger as it would be found if its program died now.
fn copy(from: &Path, to: &Path) {
    std::fs::copy(from, to).unwrap();
    std::fs::copy(log_of(from), log_of(to)).unwrap();
}

fn log_of(path: &Path) -> PathBuf {
    path.with_extension("sqlite-wal")
}

/// Disturbs a child at its first call, at its second, and so on, until one is
/// not disturbed any more; gives how many were.
fn at_every_call(
    log: Log,
    inject: impl Fn(u32) -> String + Sync,
    judge: impl Fn(&Child) + Sync,
) -> u32 {
    let stage = runtime().block_on(Stage::new(log));
    let next = AtomicU32::new(1);
    let disturbed = AtomicU32::new(0);
    let work = || {
        let runtime = runtime();
        loop {
            let inject = inject(match next.fetch_add(1, Ordering::Relaxed) {
                number if number > MOST => return,
                number => number,
            });
            let child = runtime.block_on(stage.disturb(&inject));
            if !child.disturbed {
                return next.store(MOST + 1, Ordering::Relaxed);
            }
            judge(&child);
            disturbed.fetch_add(1, Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let disturbed = disturbed.into_inner();
    println!("{disturbed} children were disturbed");
    disturbed
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// What a person reads says what the matter is; a commit that was half written
/// is not told as something else.
#[track_caller]
fn check_error(child: &Child, expected: &str) {
    if let Some(failure) = &child.failure {
        assert!(failure.error.starts_with(expected), "{}", failure.error);
    }
}

#[test]
fn killed_at_any_write_it_keeps_what_was_acknowledged_and_nothing_twice() {
    let inject = |number| format!("pwrite64:signal=SIGKILL:when={number}");
    assert!(at_every_call(Log::Little, inject, |_| ()) > 50);
}

#[test]
fn killed_at_any_sync_it_keeps_what_was_acknowledged_and_nothing_twice() {
    let inject = |number| format!("fsync,fdatasync:signal=SIGKILL:when={number}");
    assert!(at_every_call(Log::Little, inject, |_| ()) > 10);
}

#[test]
fn killed_while_the_log_is_carried_over_it_keeps_what_was_acknowledged() {
    let inject = |number| format!("pwrite64:signal=SIGKILL:when={}", number * 9);
    assert!(at_every_call(Log::AlmostAll, inject, |_| ()) > 10);
}

#[test]
fn disk_that_is_full_while_the_log_is_carried_over_changes_nothing() {
    let inject = |number| format!("pwrite64:error=ENOSPC:when={}+", number * 16);
    assert!(at_every_call(Log::AlmostAll, inject, |child| check_error(child, "Full")) > 5);
}

#[test]
fn disk_that_is_full_for_a_moment_is_a_typed_error_and_changes_nothing() {
    let inject = |number| format!("pwrite64:error=ENOSPC:when={}", number * 3);
    assert!(at_every_call(Log::Little, inject, |child| check_error(child, "Full")) > 50);
}

#[test]
fn disk_that_stays_full_is_a_typed_error_and_changes_nothing() {
    let inject = |number| format!("pwrite64:error=ENOSPC:when={}+", number * 12);
    assert!(at_every_call(Log::Little, inject, |child| check_error(child, "Full")) > 5);
}

#[test]
fn disk_that_fails_at_any_sync_is_a_typed_error_and_changes_nothing() {
    let inject = |number| format!("fsync,fdatasync:error=EIO:when={number}");
    assert!(at_every_call(Log::Little, inject, |child| check_error(child, "Storage")) > 10);
}
