//! Values as both engines store them, and rows of them.

use jiff::Timestamp;
use platen_domain::Points;
use uuid::Uuid;

use super::Result;
use crate::error::{LedgerError, Refusal};

/// One stored value. Truth is 0 or 1, times are microseconds since 1970,
/// points hundredths, ids 16 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Int(truth.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<Uuid> for Value {
    fn from(id: Uuid) -> Self {
        Self::Bytes(id.as_bytes().to_vec())
    }
}

impl From<Points> for Value {
    fn from(points: Points) -> Self {
        Self::Int(points.hundredths())
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Int(time.as_microsecond())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A count as it is stored; one that no honest record reaches is refused.
pub(crate) fn count(number: u64) -> Result<Value> {
    let number = i64::try_from(number).map_err(|_| Refusal::Unstorable)?;
    Ok(Value::Int(number))
}

/// A row that is read from its first column to its last.
#[derive(Debug)]
pub(crate) struct Row(std::vec::IntoIter<Value>);

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    fn next(&mut self) -> Result<Value> {
        self.0
            .next()
            .ok_or_else(|| LedgerError::corrupt("a row is too short"))
    }

    pub(crate) fn optional_int(&mut self) -> Result<Option<i64>> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(number)),
            _ => Err(LedgerError::corrupt("a number is not a number")),
        }
    }

    pub(crate) fn int(&mut self) -> Result<i64> {
        present(self.optional_int()?)
    }

    pub(crate) fn truth(&mut self) -> Result<bool> {
        Ok(self.int()? != 0)
    }

    pub(crate) fn count(&mut self) -> Result<u64> {
        u64::try_from(self.int()?).map_err(|_| LedgerError::corrupt("a count is negative"))
    }

    pub(crate) fn optional_count(&mut self) -> Result<Option<u64>> {
        let number = self.optional_int()?.map(u64::try_from).transpose();
        number.map_err(|_| LedgerError::corrupt("a count is negative"))
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<String>> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            _ => Err(LedgerError::corrupt("a text is not a text")),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String> {
        present(self.optional_text()?)
    }

    /// Bytes of any number.
    pub(crate) fn blob(&mut self) -> Result<Vec<u8>> {
        match self.next()? {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(LedgerError::corrupt("bytes are not bytes")),
        }
    }

    pub(crate) fn optional_bytes<const N: usize>(&mut self) -> Result<Option<[u8; N]>> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Bytes(bytes) => bytes
                .try_into()
                .map(Some)
                .map_err(|_| LedgerError::corrupt("bytes of another length")),
            _ => Err(LedgerError::corrupt("bytes are not bytes")),
        }
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> Result<[u8; N]> {
        present(self.optional_bytes()?)
    }

    /// Bytes of any length.
    pub(crate) fn any_bytes(&mut self) -> Result<Vec<u8>> {
        match self.next()? {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(LedgerError::corrupt("bytes are not bytes")),
        }
    }

    pub(crate) fn id(&mut self) -> Result<Uuid> {
        self.bytes().map(Uuid::from_bytes)
    }

    pub(crate) fn optional_id(&mut self) -> Result<Option<Uuid>> {
        Ok(self.optional_bytes()?.map(Uuid::from_bytes))
    }

    pub(crate) fn points(&mut self) -> Result<Points> {
        self.int().map(Points::from_hundredths)
    }

    pub(crate) fn optional_points(&mut self) -> Result<Option<Points>> {
        Ok(self.optional_int()?.map(Points::from_hundredths))
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp> {
        self.int().and_then(time)
    }

    pub(crate) fn optional_time(&mut self) -> Result<Option<Timestamp>> {
        self.optional_int()?.map(time).transpose()
    }
}

fn present<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| LedgerError::corrupt("a value is missing"))
}

/// A time as it is kept: whole microseconds, and no later than what is read back.
pub(crate) fn kept(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond())
        // Only the fraction of the very last second is not read back.
        .or_else(|_| Timestamp::from_second(time.as_second()))
        .unwrap_or(time)
}

/// Refuses a text that PostgreSQL can't store, before it harms the operations
/// that share its transaction; SQLite's ledgers are to hold nothing else.
pub(crate) fn check_storable<'text>(
    texts: impl IntoIterator<Item = Option<&'text str>>,
) -> Result<()> {
    if texts.into_iter().flatten().any(|text| text.contains('\0')) {
        return Err(Refusal::Unstorable.into());
    }
    Ok(())
}

fn time(microseconds: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(microseconds)
        .map_err(|_| LedgerError::corrupt("a time is out of range"))
}
