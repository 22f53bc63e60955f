//! Damaged files, full disks, other files and newer schemas.

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use platen_ledger::{Change, Ledger, LedgerError};
use rusqlite::Connection;

use crate::support::*;

fn open_error(path: &Path) -> LedgerError {
    match Ledger::open(path) {
        Err(error) => error,
        Ok(_) => panic!("the file was opened"),
    }
}

#[tokio::test]
async fn newer_schema_is_refused_in_plain_words_and_left_alone() {
    let Bench { ledger, place } = Bench::new().await;
    drop(ledger);
    let path = place.path();
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let before = std::fs::read(&path).unwrap();
    let error = open_error(&path);
    assert_eq!(
        error.to_string(),
        "The ledger was written by a newer version of Platen (schema 99, this one knows 8). \
         Install that version again; nothing was changed."
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn schema_with_another_history_is_refused() {
    let Bench { ledger, place } = Bench::new().await;
    drop(ledger);
    let path = place.path();
    let connection = Connection::open(&path).unwrap();
    connection
        .execute("UPDATE migration SET checksum = zeroblob(32)", [])
        .unwrap();
    drop(connection);
    let error = open_error(&path);
    assert!(matches!(error, LedgerError::AlteredSchema { version: 1 }));
}

#[test]
fn files_that_are_no_ledger_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    std::fs::write(&text, "not a database ".repeat(100)).unwrap();
    assert!(matches!(open_error(&text), LedgerError::NotALedger));
    assert_eq!(
        std::fs::read_to_string(&text).unwrap(),
        "not a database ".repeat(100)
    );
    let foreign = folder.path().join("foreign.sqlite");
    let connection = Connection::open(&foreign).unwrap();
    connection.execute_batch("CREATE TABLE a (b)").unwrap();
    drop(connection);
    assert!(matches!(open_error(&foreign), LedgerError::NotALedger));
    assert!(matches!(
        open_error(&folder.path().join("missing/ledger.sqlite")),
        LedgerError::Unavailable(_)
    ));
    assert!(matches!(
        open_error(folder.path()),
        LedgerError::Unavailable(_)
    ));
}

#[cfg(unix)]
#[tokio::test]
async fn ledger_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new().await;
    for file in std::fs::read_dir(bench.place.path().parent().unwrap()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", file.path());
    }
}

/// A real file system that is full. Mounting one needs root, which not everyone
/// who tests has; the writer's own test runs everywhere, on a limit of SQLite's.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn full_disk_is_a_typed_error_and_changes_nothing() {
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: mounting a small file system needs root");
        return;
    };
    let path = disk.0.path().join("ledger.sqlite");
    let ledger = Ledger::open(&path).unwrap();
    let site = platen_ledger::Site::from_toml(&format!("{SITE}{CARD}")).unwrap();
    ledger.load_site(site).await.unwrap();
    let mut stored = 0;
    let error = loop {
        match ledger.submit(new_document(stored + 1, "alice")).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 100_000, "the disk never filled");
    };
    assert!(matches!(error, LedgerError::Full), "{error:?}");
    assert!(error.is_retryable());
    let verified = ledger.verify().await.unwrap();
    assert_eq!(u128::from(verified.documents), stored);
    // With space again the same ledger goes on.
    std::fs::remove_file(disk.0.path().join("ballast")).unwrap();
    ledger
        .submit(new_document(stored + 1, "alice"))
        .await
        .unwrap();
    drop(ledger);
}

/// A file system of two megabytes, half of them taken by a file.
#[cfg(target_os = "linux")]
struct SmallDisk(tempfile::TempDir);

#[cfg(target_os = "linux")]
impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "platen-test"])
            .arg(folder.path())
            .stderr(std::process::Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            return None;
        }
        std::fs::write(folder.path().join("ballast"), vec![0; 1 << 20]).unwrap();
        Some(Self(folder))
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = std::process::Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

#[tokio::test]
async fn corrupted_page_is_a_typed_error_and_stops_the_ledger() {
    let Bench { ledger, place } = Bench::new().await;
    for number in 1..=200 {
        ledger.submit(new_document(number, "alice")).await.unwrap();
    }
    drop(ledger);
    let path = place.path();
    let connection = Connection::open(&path).unwrap();
    let page: u64 = connection
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'document'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let size: u64 = connection
        .query_row("PRAGMA page_size", [], |row| row.get(0))
        .unwrap();
    drop(connection);
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start((page - 1) * size)).unwrap();
    file.write_all(&vec![0xff; size as usize]).unwrap();
    drop(file);

    let ledger = Ledger::open(&path).unwrap();
    assert!(matches!(
        ledger.verify().await,
        Err(LedgerError::Corrupt { .. })
    ));
    let submitted = ledger.submit(new_document(201, "alice")).await;
    assert!(matches!(submitted, Err(LedgerError::Corrupt { .. })));
    let submitted = ledger.submit(new_document(202, "alice")).await;
    assert!(matches!(submitted, Err(LedgerError::Halted)));
}

#[tokio::test]
async fn ledger_locked_by_another_program_is_busy_and_then_goes_on() {
    let bench = Bench::new().await;
    let other = Connection::open(bench.place.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let debit = Change::Debit(points("1"));
    let adjusted = bench.adjust(1, "quota", Some("alice"), debit).await;
    assert!(matches!(adjusted, Err(LedgerError::Busy)));
    other.execute_batch("ROLLBACK").unwrap();
    bench
        .adjust(1, "quota", Some("alice"), debit)
        .await
        .unwrap();
}
