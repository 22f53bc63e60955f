//! The statements that work on many rows of a table at once.

use crate::store::{Kind, Table};

const fn array(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "bigint[]",
        Kind::Text => "text[]",
        Kind::Bytes => "bytea[]",
    }
}

/// `unnest($1::bytea[], …)` of the first `count` columns.
fn unnest(table: &Table, count: usize) -> String {
    let columns: Vec<_> = (1..)
        .zip(table.columns.iter().take(count))
        .map(|(n, (_, kind))| format!("${n}::{}", array(*kind)))
        .collect();
    format!("unnest({})", columns.join(", "))
}

fn names(table: &Table, count: usize) -> Vec<&'static str> {
    let columns = table.columns.iter().take(count);
    columns.map(|(name, _)| *name).collect()
}

/// Rows by their keys, locked in the order of the keys.
pub(super) fn select(table: &Table) -> String {
    let found = look_up(table);
    if !table.locked {
        return found;
    }
    let key = names(table, table.key).join(", ");
    format!("{found} ORDER BY {key} FOR UPDATE OF {}", table.name)
}

/// Rows by their keys.
pub(super) fn look_up(table: &Table) -> String {
    let key = names(table, table.key).join(", ");
    format!(
        "SELECT {} FROM {} JOIN {} AS wanted ({key}) USING ({key})",
        table.names(),
        table.name,
        unnest(table, table.key),
    )
}

/// What a statement with one parameter gives for each key of a list of this kind.
pub(super) fn each(sql: &str, kind: Kind) -> String {
    let sql = sql.replace("?1", "wanted.key");
    let array = array(kind);
    format!(
        "SELECT found.* FROM unnest($1::{array}) AS wanted (key) CROSS JOIN LATERAL ({sql}) AS \
         found"
    )
}

/// The texts of a JSON list.
pub(super) fn texts(place: &str) -> String {
    format!("SELECT jsonb_array_elements_text(CAST(CAST({place} AS text) AS jsonb))")
}

/// New rows.
pub(super) fn insert(table: &Table) -> String {
    format!(
        "INSERT INTO {} ({}) SELECT * FROM {}",
        table.name,
        table.names(),
        unnest(table, table.columns.len()),
    )
}

/// New rows, but those that somebody else made meanwhile.
pub(super) fn insert_missing(table: &Table) -> String {
    format!("{} ON CONFLICT DO NOTHING", insert(table))
}

/// Changed rows.
pub(super) fn update(table: &Table) -> String {
    let all = names(table, table.columns.len());
    let (key, rest) = all.split_at(table.key);
    let changes: Vec<_> = rest
        .iter()
        .map(|name| format!("{name} = new.{name}"))
        .collect();
    let same: Vec<_> = key
        .iter()
        .map(|name| format!("{}.{name} = new.{name}", table.name))
        .collect();
    format!(
        "UPDATE {} SET {} FROM {} AS new ({}) WHERE {}",
        table.name,
        changes.join(", "),
        unnest(table, table.columns.len()),
        table.names(),
        same.join(" AND "),
    )
}

/// Parameters as PostgreSQL writes them.
pub(super) fn with_dollars(sql: &str) -> String {
    sql.replace('?', "$")
}
