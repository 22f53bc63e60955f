//! Values on their way to PostgreSQL and back.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::store::{Kind, Table, Value};

type Fault = Box<dyn Error + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, to: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql(to, out),
            Self::Text(text) => text.to_sql(to, out),
            Self::Bytes(bytes) => bytes.to_sql(to, out),
        }
    }

    fn accepts(of: &Type) -> bool {
        matches!(*of, Type::INT8 | Type::TEXT | Type::BYTEA)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        Ok(match *of {
            Type::INT8 => Self::Int(i64::from_sql(of, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(of, raw)?.into()),
            Type::BYTEA => Self::Bytes(raw.to_vec()),
            Type::VOID => Self::Null,
            _ => Self::Text(<&str>::from_sql(of, raw)?.to_owned()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Fault> {
        Ok(Self::Null)
    }

    fn accepts(of: &Type) -> bool {
        matches!(
            *of,
            Type::INT8 | Type::INT4 | Type::TEXT | Type::BYTEA | Type::VOID
        )
    }
}

/// All values of one column, as one array.
#[derive(Debug)]
pub(super) enum Column<'rows> {
    /// Whole numbers.
    Int(Vec<Option<i64>>),
    /// Texts.
    Text(Vec<Option<&'rows str>>),
    /// Bytes.
    Bytes(Vec<Option<&'rows [u8]>>),
}

impl Column<'_> {
    pub(super) fn as_parameter(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Int(values) => values,
            Self::Text(values) => values,
            Self::Bytes(values) => values,
        }
    }
}

/// The first `count` columns of rows, each as an array.
pub(super) fn columns<'rows>(
    table: &Table,
    count: usize,
    rows: &'rows [Vec<Value>],
) -> Vec<Column<'rows>> {
    table
        .columns
        .iter()
        .take(count)
        .enumerate()
        .map(|(index, (_, kind))| {
            let values = rows
                .iter()
                .map(|row| row.get(index).unwrap_or(&Value::Null));
            column(*kind, values)
        })
        .collect()
}

/// Values of one kind as an array.
pub(super) fn column<'rows>(
    kind: Kind,
    values: impl Iterator<Item = &'rows Value>,
) -> Column<'rows> {
    match kind {
        Kind::Int => Column::Int(values.map(int).collect()),
        Kind::Text => Column::Text(values.map(text).collect()),
        Kind::Bytes => Column::Bytes(values.map(bytes).collect()),
    }
}

/// The kind of a value that stands for itself.
pub(super) const fn kind(value: &Value) -> Kind {
    match value {
        Value::Int(_) => Kind::Int,
        Value::Bytes(_) => Kind::Bytes,
        Value::Text(_) | Value::Null => Kind::Text,
    }
}

const fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        _ => None,
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}
