//! Backups of a database, with PostgreSQL's own programs.

use platen_ledger::{Change, LedgerError};

use crate::support::*;

#[tokio::test]
async fn dump_restored_into_a_new_database_is_the_same_ledger() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 3).await;
    let debit = Change::Debit(points("1.5"));
    for number in 50..60 {
        bench.adjust(number, "research", None, debit).await.unwrap();
    }
    let restored = bench.place.dump_and_restore();
    let other = restored.open().await;
    assert_eq!(
        other.verify().await.unwrap(),
        bench.ledger.verify().await.unwrap()
    );
    assert_eq!(
        other.balances(None).await.unwrap(),
        bench.ledger.balances(None).await.unwrap()
    );
    // It goes on where the other one was, and the database still refuses changes.
    other.submit(new_document(2, "alice")).await.unwrap();
    let copy = Bench {
        ledger: other,
        place: restored,
    };
    copy.adjust(60, "research", None, debit).await.unwrap();
    assert_eq!(copy.activity_count().await, 11);
    let refused = copy.place.refusal_of("DELETE FROM activity").await;
    assert!(refused.contains("append-only"), "{refused}");
}

#[tokio::test]
async fn backup_to_a_file_names_the_program_that_makes_one() {
    let bench = Bench::new().await;
    let folder = tempfile::tempdir().unwrap();
    let made = bench
        .ledger
        .back_up(&folder.path().join("backup"), |_| ())
        .await;
    let Err(error @ LedgerError::InPostgres) = made else {
        panic!("{made:?}");
    };
    assert!(error.to_string().contains("pg_dump"));
}
