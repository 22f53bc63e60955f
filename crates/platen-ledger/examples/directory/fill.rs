//! A large site, written by the databases themselves. Chains of activities are
//! not whole: nothing here checks them.

use std::path::Path;

use platen_lab::Postgres;
use rusqlite::Connection;
use uuid::Uuid;

use crate::Result;

/// People, accounts, documents that were printed, and documents with content.
const PEOPLE: u32 = 100_000;
const ACCOUNTS: u32 = 10_000;
const PRINTED: u32 = 300_000;
const STORED: u32 = 2_000;

/// One person has so many of the documents.
const BUSY: u32 = 3_000;

/// The account with this number.
pub(crate) fn account_id(number: u32) -> Uuid {
    Uuid::from_u128(number.into())
}

/// The person with this number.
pub(crate) fn user_id(number: u32) -> String {
    format!("https://id.example#{number}")
}

/// What the engines write differently: 16 bytes of a number, and zeros.
struct Dialect {
    id: fn(&str) -> String,
    zeros: &'static str,
}

/// Fills a file that a ledger has made.
pub(crate) fn sqlite(path: &Path) -> Result<()> {
    let dialect = Dialect {
        id: |number| format!("unhex(printf('%032x', {number}))"),
        zeros: "zeroblob(32)",
    };
    let connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA synchronous = OFF; BEGIN")?;
    for statement in statements(&dialect) {
        connection.execute_batch(&statement)?;
    }
    connection.execute_batch("COMMIT")?;
    Ok(())
}

/// Fills a database that a ledger has made.
pub(crate) fn postgres(server: &Postgres, database: &str) -> Result<()> {
    let dialect = Dialect {
        id: |number| format!("decode(lpad(to_hex({number}), 32, '0'), 'hex')"),
        zeros: "decode(repeat('00', 32), 'hex')",
    };
    for statement in statements(&dialect) {
        server.psql_in(database, &format!("SET search_path = platen; {statement}"))?;
    }
    server.psql_in(database, "VACUUM ANALYZE")?;
    Ok(())
}

/// `INSERT` of a row for each number from `first` up to `last`, as `i`.
fn insert(into: &str, first: u32, last: u32, select: &str) -> String {
    format!(
        "INSERT INTO {into}
         WITH RECURSIVE number(i) AS
             (SELECT CAST({first} AS BIGINT) UNION ALL SELECT i + 1 FROM number WHERE i < {last})
         SELECT {select} FROM number"
    )
}

fn statements(dialect: &Dialect) -> Vec<String> {
    let Dialect { id, zeros } = dialect;
    let text = |number: &str| format!("CAST({number} AS TEXT)");
    let (i, person_number) = (text("i"), text("1 + i % 100000"));
    // Three years' worth of minutes lies between the first print and the last.
    let time = "(1767225600000000 + i * 105000000)";
    let faculty = text("i % 40");
    let person = format!(
        "'https://id.example#' || {i}, 'Person Number ' || {i}, 'User' || {i} || '@uni.example',
         'user' || {i} || '@uni.example' || CHR10 || 'person number ' || {i},
         CASE WHEN i % 10 < 8 THEN '[\"students\",\"faculty-' || {faculty} || '\"]' ELSE '[]' END,
         i"
    );
    let names: Vec<_> = (1..=1_000)
        .map(|n| format!("\"User{n}@uni.example\""))
        .collect();
    let access = format!(
        "CASE WHEN i < 3 OR i % 100 = 0 THEN 'null'
              WHEN i = 3 THEN '{{\"groups\":[\"faculty-3\",\"site-3\"],\"users\":[]}}'
              WHEN i = 4 THEN '{{\"groups\":[],\"users\":[{}]}}'
              ELSE '{{\"groups\":[\"group-' || {i} || '\"],\"users\":[\"User' || {i} || '@uni.example\"]}}' END",
        names.join(",")
    );
    let account = format!(
        "{}, 'Laboratory ' || {i}, 'laboratory ' || {i}, 'LAB-' || {i}, 'lab-' || {i}, 1,
         CASE WHEN i = 1 OR i % 2 = 0 AND i > 2 THEN 'individual' ELSE 'shared' END, 10000 * i, 0,
         {access}, 1, 0, 1",
        id("i")
    );
    let holder = format!("'https://id.example#' || {i}");
    let balance = |account: &str| format!("{account}, {holder}, i % 5000, i % 700, 0, 1, {zeros}");
    let busy = format!("CASE WHEN i <= {BUSY} THEN '1' ELSE {person_number} END");
    let of_account = format!(
        "CASE WHEN i % 3 = 0 THEN {} ELSE {} END",
        id("1 + i % 10000"),
        id("1")
    );
    let facts = "'{\"documents\":[[[3,21000,29700,false],[1,21000,29700,true]]],\"digests\":[],\
         \"format\":\"pdf\",\"finishing\":{\"copies\":1,\"sides\":\"one-sided\",\"number_up\":1,\
         \"ranges\":[],\"page_set\":\"all\",\"monochrome\":false,\"media\":null,\"banners\":0},\
         \"priced_options\":{},\"warnings\":[]}'";
    let document = |state: &str, open: u32, number: &str, person: &str, account: &str| {
        format!(
            "{}, 'https://id.example#' || {person}, 'secure', 1, 'Document ' || {i} || '.pdf',
             '{state}', {open}, {account}, 'https://id.example#' || {person}, 500, 500, {facts}, 1,
             CASE WHEN {open} = 0 THEN 'printed' END, CASE WHEN {open} = 0 THEN 4 END, {time}, {time}",
            id(number)
        )
    };
    let columns = "document (id, person, queue, job_id, name, state, open, account, holder, cost,
         posted, facts, card_version, settlement, settlement_sides, submitted_at, changed_at)";
    let activity = format!(
        "i, {}, {of_account}, 'https://id.example#' || {busy}, i, 'print', 500, 500,
         'https://id.example#' || {busy}, {}, 'Document', 'somebody', 1, {time}, {zeros}",
        id("i"),
        id("i")
    );
    let (largest, pool) = (id("1"), id("2"));
    let second = id("1 + i % 9000");
    let content = format!("{}, 0, {zeros}, {time}", id("1000000 + i"));
    let more_content = content.replace(", 0, ", ", 1, ");
    let stored = 1_000_000 + STORED;
    vec![
        insert(
            "person (id, name, login, search, groups, seen_at)",
            1,
            PEOPLE,
            &person.replace("CHR10", "'\n'"),
        ),
        insert(
            "account (id, name, name_key, code, code_key, enabled, kind, soft_limit, exceed_by,
             access, on_clients, archived, version)",
            1,
            ACCOUNTS,
            &account,
        ),
        insert(
            "membership (login, group_name)",
            1,
            20_000,
            &format!(
                "'User' || {i} || '@uni.example', 'site-' || {}",
                text("i % 50")
            ),
        ),
        insert("balance", 1, PEOPLE, &balance(&largest)),
        insert(
            "balance",
            10_000,
            PEOPLE,
            &balance(&second).replace("'https", "'x-https"),
        ),
        insert(
            columns,
            1,
            PRINTED,
            &document("printed", 0, "i", &busy, &of_account),
        ),
        insert(
            columns,
            1_000_001,
            stored,
            &document("held", 1, "i", &person_number, &pool).replace(
                &format!("{pool}, 'https://id.example#' || {person_number}"),
                &format!("{pool}, ''"),
            ),
        ),
        insert(
            "activity (ordinal, id, account, holder, sequence, kind, points, posted_after, person,
             document, reason, made_by, card_version, made_at, hash)",
            1,
            PRINTED,
            &activity,
        ),
        insert("content", 1, STORED, &content),
        insert("content", 1, STORED, &more_content),
        "UPDATE document SET state = 'releasing' WHERE open = 1
             AND (submitted_at - 1767225600000000) / 105000000 % 20 = 0"
            .into(),
        "INSERT INTO setting (name, value) VALUES ('version', '1000')
             ON CONFLICT (name) DO UPDATE SET value = excluded.value"
            .into(),
    ]
}
