//! The tables whose rows the rules read by key and write.

use super::Result;
use super::value::{Row, Value};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Whole numbers.
    Int,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
}

/// A table; its key's columns come first.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// How many columns its key has.
    pub(crate) key: usize,
    pub(crate) columns: &'static [(&'static str, Kind)],
    /// Whether its rows are locked while operations work on them: those of which
    /// a lost change would matter.
    pub(crate) locked: bool,
}

impl Table {
    /// The names of all columns, separated by commas.
    pub(crate) fn names(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// `SELECT` of all columns, up to the table's name.
    pub(crate) fn select(&self) -> String {
        format!("SELECT {} FROM {}", self.names(), self.name)
    }

    /// `SELECT` of one row by its key, as `?1` and so on.
    pub(crate) fn select_one(&self) -> String {
        format!("{} WHERE {}", self.select(), self.key_is())
    }

    /// `INSERT` of one row.
    pub(crate) fn insert_one(&self) -> String {
        let places: Vec<_> = (1..=self.columns.len()).map(|n| format!("?{n}")).collect();
        format!(
            "INSERT INTO {} ({}) VALUES ({})",
            self.name,
            self.names(),
            places.join(", ")
        )
    }

    /// `UPDATE` of one row, its parameters in the order of the columns.
    pub(crate) fn update_one(&self) -> String {
        let changes: Vec<_> = (1..)
            .zip(self.columns)
            .skip(self.key)
            .map(|(n, (name, _))| format!("{name} = ?{n}"))
            .collect();
        format!(
            "UPDATE {} SET {} WHERE {}",
            self.name,
            changes.join(", "),
            self.key_is()
        )
    }

    /// Whether this is the same table, or the same part of it.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.name == other.name && self.columns.len() == other.columns.len()
    }

    fn key_is(&self) -> String {
        let key: Vec<_> = (1..)
            .zip(self.columns)
            .take(self.key)
            .map(|(n, (name, _))| format!("{name} = ?{n}"))
            .collect();
        key.join(" AND ")
    }
}

/// What is stored as a row of a table.
pub(crate) trait Stored: Sized {
    /// Finds a row.
    type Key: Clone + Ord + std::hash::Hash;
    /// Where it is stored.
    const TABLE: &'static Table;

    /// The key as it is stored.
    fn key_values(key: &Self::Key) -> Vec<Value>;

    /// The key of a row that was read.
    fn key(&self) -> Self::Key;

    /// All columns, in the table's order.
    fn values(&self) -> Result<Vec<Value>>;

    /// The table, or the part of it that holds all that changed since
    /// `_stored`: what stayed as it was is not written, so that of two servers
    /// none undoes the other's change of something else.
    fn changed(&self, _stored: &Self) -> &'static Table {
        Self::TABLE
    }

    /// The columns of a part of the table.
    fn values_of(&self, part: &Table) -> Result<Vec<Value>> {
        let values = self.values()?;
        if part.is(Self::TABLE) {
            return Ok(values);
        }
        let columns = Self::TABLE.columns.iter().zip(values);
        let wanted = columns.filter(|(column, _)| part.columns.contains(column));
        Ok(wanted.map(|(_, value)| value).collect())
    }

    /// Reads all columns, in the table's order.
    fn read(row: &mut Row) -> Result<Self>;
}
