//! Backups of a ledger file, and putting them back.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use platen_ledger::{BalanceRow, Change, Ledger, LedgerError};

use crate::support::*;

async fn balances(ledger: &Ledger) -> Vec<BalanceRow> {
    ledger.balances(None).await.unwrap()
}

async fn charge(bench: &Bench, numbers: std::ops::Range<u128>) {
    for number in numbers {
        let debit = Change::Debit(points("0.01"));
        bench
            .adjust(number, "quota", Some("alice"), debit)
            .await
            .unwrap();
    }
}

/// The files beside the ledger of which the name starts so.
fn files(folder: &Path, start: &str) -> Vec<String> {
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    names.filter(|name| name.starts_with(start)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn backup_made_while_others_write_is_whole_and_restores_what_was_there() {
    let bench = Bench::new().await;
    charge(&bench, 1..100).await;
    let folder = bench.place.path().parent().unwrap().to_owned();
    let backup = folder.join("backup.sqlite");
    let before = balances(&bench.ledger).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (bench, stop) = (bench.ledger.clone(), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut number = 10_000;
            while !stop.load(Ordering::Relaxed) {
                bench.submit(new_document(number, "bob")).await.unwrap();
                number += 1;
            }
            number
        })
    };
    let (sender, said) = std::sync::mpsc::channel();
    let made = bench.ledger.back_up(&backup, move |progress| {
        sender.send(progress).unwrap();
    });
    made.await.unwrap();
    stop.store(true, Ordering::Relaxed);
    let written = writer.await.unwrap();
    let said: Vec<_> = said.into_iter().collect();
    assert!(said.windows(2).all(|pair| pair[0].done <= pair[1].done));
    assert!(
        said.last()
            .is_some_and(|last| last.done == last.total && last.total > 0)
    );
    assert!(written > 10_000);
    assert!(files(&folder, ".").is_empty());
    assert_eq!(files(&folder, "backup"), ["backup.sqlite"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&backup).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    charge(&bench, 200..210).await;
    let later = balances(&bench.ledger).await;
    assert_ne!(before, later);
    let Bench { ledger, place } = bench;
    drop(ledger);
    let bytes = fs::read(&backup).unwrap();
    let restored = Ledger::restore(&backup, &place.path()).unwrap();
    assert_eq!(restored.verified.activities, 99);
    assert_eq!(fs::read(&backup).unwrap(), bytes);
    assert!(files(&folder, ".").is_empty());
    let ledger = place.open().await;
    assert_eq!(balances(&ledger).await, before);
    ledger.verify().await.unwrap();
    ledger.submit(new_document(1, "alice")).await.unwrap();
    // What was there before is whole, too.
    let former = Ledger::open(&restored.former.unwrap()).unwrap();
    assert_eq!(balances(&former).await, later);
}

#[tokio::test]
async fn backup_never_replaces_a_file_and_leaves_none_that_is_not_complete() {
    let bench = Bench::new().await;
    let folder = bench.place.path().parent().unwrap().to_owned();
    let there = folder.join("there");
    fs::write(&there, "mine").unwrap();
    let made = bench.ledger.back_up(&there, |_| ()).await;
    assert!(matches!(made, Err(LedgerError::Exists)));
    assert_eq!(fs::read_to_string(&there).unwrap(), "mine");
    let made = bench
        .ledger
        .back_up(&folder.join("missing/backup"), |_| ())
        .await;
    assert!(matches!(made, Err(LedgerError::Unwritable(_))), "{made:?}");
    assert!(files(&folder, ".").is_empty());
}

#[tokio::test]
async fn bad_backups_are_refused_and_the_ledger_stays_as_it_is() {
    let bench = Bench::new().await;
    charge(&bench, 1..5).await;
    let folder = bench.place.path().parent().unwrap().to_owned();
    let good = folder.join("good");
    bench.ledger.back_up(&good, |_| ()).await.unwrap();
    let Bench { ledger, place } = bench;
    drop(ledger);
    let altered = |name: &str, sql: &str| {
        let path = folder.join(name);
        fs::copy(&good, &path).unwrap();
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute_batch(sql).unwrap();
        path
    };
    let newer = altered("newer", "PRAGMA user_version = 99");
    let tampered = altered(
        "tampered",
        "DROP TRIGGER activity_is_never_changed; UPDATE activity SET points = 7 WHERE sequence = 2",
    );
    let foreign = folder.join("foreign");
    fs::write(&foreign, "not a database ".repeat(100)).unwrap();
    let empty = folder.join("empty");
    fs::write(&empty, "").unwrap();
    let damaged = folder.join("damaged");
    let mut bytes = fs::read(&good).unwrap();
    let half = bytes.len() / 2;
    bytes[8192..half].fill(0xff);
    fs::write(&damaged, bytes).unwrap();
    let cut = folder.join("cut");
    fs::write(&cut, &fs::read(&good).unwrap()[..half]).unwrap();
    let missing = folder.join("missing");

    // Opening and closing it once more settles its log.
    drop(rusqlite::Connection::open(place.path()).unwrap());
    for backup in [newer, tampered, foreign, empty, damaged, cut, missing] {
        let restored = Ledger::restore(&backup, &place.path());
        assert!(
            matches!(restored, Err(LedgerError::BadBackup(_))),
            "{backup:?}: {restored:?}"
        );
        assert!(files(&folder, ".").is_empty(), "{backup:?}");
        assert!(files(&folder, "ledger.sqlite.before").is_empty());
        let ledger = place.open().await;
        assert_eq!(ledger.verify().await.unwrap().activities, 4);
    }
}

#[tokio::test]
async fn ledger_in_use_is_not_replaced() {
    let bench = Bench::new().await;
    let backup = bench.place.path().with_file_name("backup");
    bench.ledger.back_up(&backup, |_| ()).await.unwrap();
    charge(&bench, 1..3).await;
    let restored = Ledger::restore(&backup, &bench.place.path());
    assert!(matches!(restored, Err(LedgerError::InUse)), "{restored:?}");
    assert_eq!(bench.activity_count().await, 2);
    charge(&bench, 3..5).await;
}

#[tokio::test]
async fn ledger_that_is_damaged_is_replaced_and_kept_with_its_log() {
    let bench = Bench::new().await;
    charge(&bench, 1..3).await;
    let path = bench.place.path();
    let backup = path.with_file_name("backup");
    bench.ledger.back_up(&backup, |_| ()).await.unwrap();
    let Bench { ledger, place } = bench;
    drop(ledger);
    fs::write(&path, "garbage ".repeat(1000)).unwrap();
    fs::write(path.with_file_name("ledger.sqlite-wal"), "log").unwrap();
    let restored = Ledger::restore(&backup, &path).unwrap();
    let former = restored.former.unwrap();
    assert!(fs::read_to_string(&former).unwrap().starts_with("garbage"));
    let mut log = former.into_os_string();
    log.push("-wal");
    assert_eq!(fs::read_to_string(log).unwrap(), "log");
    let ledger = place.open().await;
    assert_eq!(ledger.verify().await.unwrap().activities, 2);
}

#[tokio::test]
async fn backup_is_restored_where_no_ledger_is() {
    let bench = Bench::new().await;
    let backup = bench.place.path().with_file_name("backup");
    bench.ledger.back_up(&backup, |_| ()).await.unwrap();
    let new = bench.place.path().with_file_name("new.sqlite");
    let restored = Ledger::restore(&backup, &new).unwrap();
    assert_eq!(restored.former, None);
    assert_eq!(
        Ledger::open(&new).unwrap().accounts().await.unwrap().len(),
        3
    );
}
