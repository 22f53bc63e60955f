//! IPP's binary form: requests out, bounded answers in.
//!
//! Requests are built with the `ipp` crate. Answers are decoded here, because
//! that crate's decoder panics on a text whose inner length is wrong, mixes up
//! collection members with several values, and rejects a whole answer for one
//! value that is too long: one job must not hide the others.
//! *Source*: RFC 8010, section 3.

mod attributes;

use ipp::{
    attribute::IppAttribute, model::DelimiterTag, parser::IppParseError,
    request::IppRequestResponse, value::IppValue,
};

use crate::error::SpoolerError;

pub(crate) use attributes::{Attributes, Value};

/// Deepest nesting of collections that is read; CUPS itself nests two deep.
const MAX_DEPTH: usize = 8;

/// Operations that the `ipp` crate has no names for, and those that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    CreateJob = 0x0005,
    SendDocument = 0x0006,
    CancelJob = 0x0008,
    GetJobAttributes = 0x0009,
    GetJobs = 0x000a,
    HoldJob = 0x000c,
    ReleaseJob = 0x000d,
    RestartJob = 0x000e,
    SetJobAttributes = 0x0014,
    CreatePrinterSubscriptions = 0x0016,
    RenewSubscription = 0x001a,
    CancelSubscription = 0x001b,
    GetNotifications = 0x001c,
    CupsGetPrinters = 0x4002,
    CupsMoveJob = 0x400d,
    CupsGetDocument = 0x4027,
}

impl Operation {
    /// Whether sending it a second time, after the answer was lost, changes
    /// nothing more than sending it once.
    pub(crate) const fn is_idempotent(self) -> bool {
        !matches!(
            self,
            Self::CreatePrinterSubscriptions
                | Self::RestartJob
                | Self::CreateJob
                | Self::SendDocument
        )
    }
}

/// A request under construction.
pub(crate) struct Request {
    pub(crate) operation: Operation,
    /// Whether cupsd is shown who asks, rather than only told.
    pub(crate) proven: bool,
    message: IppRequestResponse,
    failure: Option<IppParseError>,
}

impl Request {
    /// Starts a request about the whole server.
    pub(crate) fn server(operation: Operation, user: &str) -> Self {
        Self::new(operation, user, "printer-uri", "ipp://localhost/".into())
    }

    /// Starts a request about one job.
    pub(crate) fn job(operation: Operation, user: &str, job_id: i32) -> Self {
        let uri = format!("ipp://localhost/jobs/{job_id}");
        Self::new(operation, user, "job-uri", uri)
    }

    /// Starts a request about one queue.
    pub(crate) fn printer(operation: Operation, user: &str, uri: String) -> Self {
        Self::new(operation, user, "printer-uri", uri)
    }

    /// Leaves it to cupsd whether it believes the name.
    pub(crate) fn unproven(mut self) -> Self {
        self.proven = false;
        self
    }

    fn new(operation: Operation, user: &str, target: &str, uri: String) -> Self {
        let mut message = IppRequestResponse::new(
            ipp::model::IppVersion::v2_0(),
            ipp::model::Operation::GetJobs,
            None,
        )
        .expect("a request without a URI has nothing that could be too long");
        message.header_mut().operation_or_status = operation as i16;
        let mut request = Self {
            operation,
            proven: true,
            message,
            failure: None,
        };
        request.put(
            DelimiterTag::OperationAttributes,
            target,
            ipp::value::IppString::new(uri).map(IppValue::Uri),
        );
        request.name("requesting-user-name", user)
    }

    /// Adds a value to a group; the first one that IPP can't carry is reported
    /// when the request is encoded.
    fn put(&mut self, group: DelimiterTag, name: &str, value: Result<IppValue, IppParseError>) {
        match value.and_then(|value| IppAttribute::with_name(name, value)) {
            Ok(attribute) => self.message.attributes_mut().add(group, attribute),
            Err(problem) => self.failure = self.failure.take().or(Some(problem)),
        }
    }

    pub(crate) fn value(mut self, group: DelimiterTag, name: &str, value: IppValue) -> Self {
        self.put(group, name, Ok(value));
        self
    }

    pub(crate) fn name(mut self, name: &str, value: &str) -> Self {
        let value = IppValue::new_name_without_language(value);
        self.put(DelimiterTag::OperationAttributes, name, value);
        self
    }

    pub(crate) fn integer(self, name: &str, value: i32) -> Self {
        self.value(
            DelimiterTag::OperationAttributes,
            name,
            IppValue::Integer(value),
        )
    }

    pub(crate) fn boolean(self, name: &str, value: bool) -> Self {
        self.value(
            DelimiterTag::OperationAttributes,
            name,
            IppValue::Boolean(value),
        )
    }

    pub(crate) fn keyword(mut self, group: DelimiterTag, name: &str, value: &str) -> Self {
        let value = ipp::value::IppKeyword::new(value).map(IppValue::Keyword);
        self.put(group, name, value);
        self
    }

    pub(crate) fn keywords(mut self, group: DelimiterTag, name: &str, values: &[&str]) -> Self {
        let values: Result<Vec<_>, _> = values
            .iter()
            .map(|value| ipp::value::IppKeyword::new(*value).map(IppValue::Keyword))
            .collect();
        self.put(group, name, values.map(IppValue::Array));
        self
    }

    pub(crate) fn mime(mut self, name: &str, value: &str) -> Self {
        let value = ipp::value::IppMimeMediaType::new(value).map(IppValue::MimeMediaType);
        self.put(DelimiterTag::OperationAttributes, name, value);
        self
    }

    pub(crate) fn text(mut self, group: DelimiterTag, name: &str, value: &str) -> Self {
        self.put(group, name, IppValue::new_text_without_language(value));
        self
    }

    pub(crate) fn uri(mut self, group: DelimiterTag, name: &str, value: &str) -> Self {
        let value = ipp::value::IppString::new(value).map(IppValue::Uri);
        self.put(group, name, value);
        self
    }

    /// Asks for these attributes only.
    pub(crate) fn requesting(self, names: &[&str]) -> Self {
        self.keywords(
            DelimiterTag::OperationAttributes,
            "requested-attributes",
            names,
        )
    }

    /// Marks a job attribute for deletion. *Source*: RFC 3380, section 8.2.
    pub(crate) fn delete(self, name: &str) -> Self {
        const DELETE_ATTRIBUTE: u8 = 0x16;
        let value = IppValue::Other {
            tag: DELETE_ATTRIBUTE,
            data: bytes::Bytes::new(),
        };
        self.value(DelimiterTag::JobAttributes, name, value)
    }

    /// The bytes to send.
    pub(crate) fn encode(self) -> Result<bytes::Bytes, SpoolerError> {
        if let Some(problem) = self.failure {
            return Err(SpoolerError::Unsendable(problem));
        }
        Ok(self.message.to_bytes())
    }
}

/// A decoded answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    groups: Vec<(u8, Attributes)>,
    /// Where the document begins, in bytes from the start of the answer.
    pub(crate) document_offset: usize,
}

/// Why bytes could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Incomplete {
    /// They end before the attributes do: with more bytes they may be fine.
    NeedsMore,
    /// More bytes will not help.
    Malformed(&'static str),
}

const MALFORMED: Incomplete = Incomplete::Malformed("a value without an attribute");

impl Response {
    pub(crate) fn groups(&self, tag: DelimiterTag) -> impl Iterator<Item = &Attributes> {
        self.groups
            .iter()
            .filter(move |(other, _)| *other == tag as u8)
            .map(|(_, attributes)| attributes)
    }

    /// The answer itself, or the error that its status stands for.
    pub(crate) fn checked(self) -> Result<Self, SpoolerError> {
        let message = || {
            self.groups(DelimiterTag::OperationAttributes)
                .find_map(|group| group.text("status-message"))
                .unwrap_or_default()
                .to_owned()
        };
        Err(match self.status {
            0x0000..=0x00ff => return Ok(self),
            0x0401..=0x0403 => SpoolerError::NotPermitted(message()),
            0x0404 => SpoolerError::NotPossible(message()),
            0x0406 | 0x0407 => SpoolerError::NotFound,
            status => SpoolerError::Refused {
                status,
                message: message(),
            },
        })
    }

    /// Decodes an answer's attributes; never panics, whatever the bytes are.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Incomplete> {
        let mut reader = Reader { bytes, at: 0 };
        reader.take(2)?;
        let status = reader.u16()?;
        reader.take(4)?;
        let mut groups: Vec<(u8, Attributes)> = Vec::new();
        let mut open: Vec<Attributes> = Vec::new();
        loop {
            let tag = reader.u8()?;
            match tag {
                0x03 => break,
                0x00..=0x0f => {
                    if !open.is_empty() {
                        return Err(Incomplete::Malformed("a group inside a collection"));
                    }
                    groups.push((tag, Attributes::default()));
                    continue;
                }
                _ => {}
            }
            let name = reader.string()?;
            let data = reader.field()?;
            let (_, group) = groups
                .last_mut()
                .ok_or(Incomplete::Malformed("an attribute outside a group"))?;
            decode_value(tag, name, data, group, &mut open)?;
        }
        if !open.is_empty() {
            return Err(Incomplete::Malformed("a collection without an end"));
        }
        Ok(Self {
            status,
            groups,
            document_offset: reader.at,
        })
    }
}

const BEGIN_COLLECTION: u8 = 0x34;
const END_COLLECTION: u8 = 0x37;
const MEMBER_NAME: u8 = 0x4a;

/// Files one value under its attribute, or under the innermost open collection.
fn decode_value(
    tag: u8,
    name: String,
    data: &[u8],
    group: &mut Attributes,
    open: &mut Vec<Attributes>,
) -> Result<(), Incomplete> {
    let value = match tag {
        BEGIN_COLLECTION => {
            if open.len() >= MAX_DEPTH {
                return Err(Incomplete::Malformed("collections nested too deep"));
            }
            if open.is_empty() && !name.is_empty() {
                group.0.push((name, Vec::new()));
            }
            open.push(Attributes::default());
            return Ok(());
        }
        END_COLLECTION => {
            let members = open
                .pop()
                .ok_or(Incomplete::Malformed("the end of no collection"))?;
            let value = Value::Collection(members);
            return open.last_mut().unwrap_or(group).add_to_last(value);
        }
        MEMBER_NAME => {
            let collection = open
                .last_mut()
                .ok_or(Incomplete::Malformed("a member of no collection"))?;
            let member = String::from_utf8_lossy(data).into_owned();
            collection.0.push((member, Vec::new()));
            return Ok(());
        }
        _ => decode_scalar(tag, data),
    };
    match open.last_mut() {
        Some(collection) => collection.add_to_last(value),
        None if name.is_empty() => group.add_to_last(value),
        None => {
            group.add(name, value);
            Ok(())
        }
    }
}

/// A value of the wrong length counts as no value: it must not hide the rest.
fn decode_scalar(tag: u8, data: &[u8]) -> Value {
    let mut reader = Reader { bytes: data, at: 0 };
    let value = match tag {
        0x21 => reader.i32().map(Value::Integer),
        0x22 => reader.u8().map(|byte| Value::Boolean(byte != 0)),
        0x23 => reader.i32().map(Value::Enum),
        0x32 => resolution(&mut reader),
        0x33 => range(&mut reader),
        0x35 | 0x36 => language_text(&mut reader),
        0x41..=0x48 => Ok(Value::Text(String::from_utf8_lossy(data).into_owned())),
        0x49 => Ok(Value::Hidden(String::from_utf8_lossy(data).into_owned())),
        _ => Ok(Value::Other),
    };
    value.unwrap_or(Value::Other)
}

fn resolution(reader: &mut Reader<'_>) -> Result<Value, Incomplete> {
    Ok(Value::Resolution(
        reader.i32()?,
        reader.i32()?,
        reader.u8()?,
    ))
}

fn range(reader: &mut Reader<'_>) -> Result<Value, Incomplete> {
    Ok(Value::Range(reader.i32()?, reader.i32()?))
}

fn language_text(reader: &mut Reader<'_>) -> Result<Value, Incomplete> {
    reader.field()?;
    reader.string().map(Value::Hidden)
}

/// Reads big-endian fields and never past the end.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Incomplete> {
        let taken = self
            .bytes
            .get(self.at..)
            .and_then(|rest| rest.get(..count))
            .ok_or(Incomplete::NeedsMore)?;
        self.at += count;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, Incomplete> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> Result<u16, Incomplete> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn i32(&mut self) -> Result<i32, Incomplete> {
        let bytes = self.take(4)?;
        Ok(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn field(&mut self) -> Result<&'a [u8], Incomplete> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    fn string(&mut self) -> Result<String, Incomplete> {
        self.field()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }
}

#[cfg(test)]
mod tests;
