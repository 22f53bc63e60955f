//! Databases of earlier schemas, and of later ones.

use ring::digest::{SHA256, digest};
use rusqlite::Connection;
use rusqlite::types::Value;

use platen_ledger::LedgerError;

use crate::place::Place;

const FROZEN_1: &str = include_str!("../../src/engine/postgres/migrations/0001_ledger.sql");
/// What the same program wrote into a file.
const FILE_1: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/schema-1.sqlite"
);
const TABLES_1: [&str; 8] = [
    "setting",
    "rate_card",
    "membership",
    "account",
    "person",
    "balance",
    "document",
    "activity",
];

/// Statements that make a database of schema 1 with the rows of the file.
pub(crate) fn schema_1() -> String {
    let checksum = literal(Value::Blob(
        digest(&SHA256, FROZEN_1.as_bytes()).as_ref().to_vec(),
    ));
    let mut sql = format!(
        "CREATE SCHEMA platen;
         SET search_path = platen;
         CREATE TABLE migration (version BIGINT NOT NULL PRIMARY KEY, checksum BYTEA NOT NULL);
         {FROZEN_1}
         INSERT INTO migration VALUES (1, {checksum});
         INSERT INTO setting VALUES ('version', '1');"
    );
    let file = Connection::open(FILE_1).unwrap();
    for table in TABLES_1 {
        let mut rows = file.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let names = rows.column_names().collect::<Vec<_>>().join(", ");
        let count = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<_> = (0..count)
                .map(|index| literal(row.get(index).unwrap()))
                .collect();
            let values = values.join(", ");
            sql.push_str(&format!(
                "INSERT INTO {table} ({names}) VALUES ({values});\n"
            ));
        }
    }
    sql.push_str("SELECT setval('activity_ordinal', (SELECT max(ordinal) FROM activity));");
    sql
}

fn literal(value: Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Blob(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("'\\x{hex}'")
        }
        Value::Real(number) => panic!("no ledger has a {number}"),
    }
}

#[tokio::test]
async fn newer_schema_is_refused_in_plain_words() {
    let place = Place::new().await;
    place.run("INSERT INTO platen.migration VALUES (9, '')");
    let Err(error) = place.try_open().await else {
        panic!("the database was opened");
    };
    assert_eq!(
        error.to_string(),
        "The ledger was written by a newer version of Platen (schema 9, this one knows 8). \
         Install that version again; nothing was changed."
    );
}

#[tokio::test]
async fn schema_with_another_history_is_refused() {
    let place = Place::new().await;
    place.run("UPDATE platen.migration SET checksum = decode(repeat('00', 32), 'hex')");
    let opened = place.try_open().await;
    assert!(matches!(
        opened.err(),
        Some(LedgerError::AlteredSchema { version: 1 })
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn servers_that_start_at_once_migrate_once() {
    let place = Place::of_schema_1().await;
    let opened = tokio::join!(
        place.try_open(),
        place.try_open(),
        place.try_open(),
        place.try_open()
    );
    let ledgers = [opened.0, opened.1, opened.2, opened.3].map(Result::unwrap);
    for ledger in ledgers {
        assert_eq!(ledger.verify().await.unwrap().activities, 7);
    }
}
