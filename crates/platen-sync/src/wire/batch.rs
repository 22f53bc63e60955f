//! Operations together, as they are sent and as they are received.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::answer::{RefusalCode, Refused};
use super::limit::{self, Fault};
use super::operation::{Action, Operation};

/// Operations of one device in the order of their numbers, as it sends them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    json: String,
}

/// A batch, as a server reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The device has stored the answers up to this number; the server need not
    /// keep them any longer.
    pub acknowledged: u64,
    /// The operations, numbered without a gap.
    pub operations: Vec<ReceivedOperation>,
}

/// One operation, as a server reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedOperation {
    /// Names it for good.
    pub id: Uuid,
    /// Its number on its device.
    pub sequence: u64,
    /// When it was made, by the device's wall clock; none where that makes no
    /// sense.
    pub made_at: Option<Timestamp>,
    /// The operation as it was sent: the same again is the same operation.
    pub json: String,
    /// What was done, or why it can't be: such a one is refused by itself and
    /// holds up none of the others.
    pub action: Result<Action, Refused>,
}

#[derive(Deserialize)]
struct BatchForm<'json> {
    #[serde(default)]
    acknowledged: u64,
    #[serde(borrow)]
    operations: Vec<&'json RawValue>,
}

#[derive(Deserialize)]
struct OperationForm<'json> {
    id: Uuid,
    sequence: u64,
    #[serde(borrow)]
    made_at: Option<&'json RawValue>,
    #[serde(borrow)]
    action: &'json RawValue,
}

impl Batch {
    /// Puts operations together, which stand in JSON already: as many as fit.
    /// Gives how many those are, too.
    #[must_use]
    pub fn of<'json>(
        acknowledged: u64,
        operations: impl IntoIterator<Item = &'json str>,
    ) -> (Self, usize) {
        let mut json = format!("{{\"acknowledged\":{acknowledged},\"operations\":[");
        let mut number = 0;
        for operation in operations.into_iter().take(limit::OPERATIONS) {
            if json.len() + operation.len() + 3 > limit::BATCH_BYTES {
                break;
            }
            if number > 0 {
                json.push(',');
            }
            json.push_str(operation);
            number += 1;
        }
        json.push_str("]}");
        (Self { json }, number)
    }

    /// The batch as it is sent.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }
}

impl Received {
    /// Reads what a device sent.
    ///
    /// *Errors*: it is no batch, is too large, or is not numbered in order. What
    /// is wrong with one operation is that operation's alone.
    pub fn from_json(json: &[u8]) -> Result<Self, Fault> {
        limit::size(json, limit::BATCH_BYTES)?;
        let form: BatchForm<'_> =
            serde_json::from_slice(json).map_err(|error| Fault::unreadable(&error))?;
        limit::count(form.operations.len(), limit::OPERATIONS, "operations")?;
        let operations = form
            .operations
            .into_iter()
            .map(ReceivedOperation::read)
            .collect::<Result<Vec<_>, _>>()?;
        let numbers = operations.iter().map(|operation| operation.sequence);
        for (number, next) in numbers.clone().zip(numbers.clone().skip(1)) {
            if number.checked_add(1) != Some(next) {
                return Err(Fault::OutOfOrder);
            }
        }
        if numbers.min() == Some(0) {
            return Err(limit::out_of_range("number of an operation", &0));
        }
        Ok(Self {
            acknowledged: form.acknowledged,
            operations,
        })
    }
}

impl ReceivedOperation {
    fn read(json: &RawValue) -> Result<Self, Fault> {
        let form: OperationForm<'_> =
            serde_json::from_str(json.get()).map_err(|error| Fault::unreadable(&error))?;
        Ok(Self {
            id: form.id,
            sequence: form.sequence,
            made_at: form
                .made_at
                .and_then(|at| serde_json::from_str(at.get()).ok()),
            action: Self::action(form.action),
            json: json.get().to_owned(),
        })
    }

    fn action(json: &RawValue) -> Result<Action, Refused> {
        let action: Action = serde_json::from_str(json.get()).map_err(|error| {
            let fault = Fault::unreadable(&error);
            Refused::new(RefusalCode::Malformed, fault.to_string())
        })?;
        if action.is_unknown() {
            let sentence = "The print server is too old for this. Ask your administrator to \
                            update it.";
            return Err(Refused::new(RefusalCode::Unsupported, sentence));
        }
        action
            .check()
            .map_err(|fault| Refused::new(RefusalCode::Malformed, fault.to_string()))?;
        Ok(action)
    }
}

impl From<Operation> for ReceivedOperation {
    fn from(operation: Operation) -> Self {
        Self {
            id: operation.id,
            sequence: operation.sequence,
            made_at: Some(operation.made_at),
            json: operation.to_json(),
            action: Ok(operation.action),
        }
    }
}
