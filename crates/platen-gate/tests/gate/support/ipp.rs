//! Just enough IPP to do to cupsd what no well-behaved client does.
//! *Source*: RFC 8010 (encoding), RFC 8011 (operations).

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Operations. *Source*: RFC 8011, section 5.4.15; CUPS IPP extensions.
pub(crate) const CREATE_JOB: u16 = 0x05;
pub(crate) const SEND_DOCUMENT: u16 = 0x06;
pub(crate) const GET_JOB_ATTRIBUTES: u16 = 0x09;
pub(crate) const RELEASE_JOB: u16 = 0x0d;
pub(crate) const RESTART_JOB: u16 = 0x0e;
pub(crate) const SET_JOB_ATTRIBUTES: u16 = 0x14;
pub(crate) const MOVE_JOB: u16 = 0x400d;

const OPERATION_GROUP: u8 = 1;
const JOB_GROUP: u8 = 2;

/// A value with its type.
#[derive(Clone)]
pub(crate) enum Value {
    Integer(i32),
    Boolean(bool),
    Keyword(&'static str),
    Name(String),
    Text(String),
    Uri(String),
    Mime(&'static str),
    /// A `media-size` of this width and height within `media-col`.
    MediaSize(i32, i32),
}

impl Value {
    fn tag_and_bytes(&self) -> (u8, Vec<u8>) {
        match self {
            Self::Integer(number) => (0x21, number.to_be_bytes().to_vec()),
            Self::Boolean(value) => (0x22, vec![u8::from(*value)]),
            Self::Text(text) => (0x41, text.clone().into_bytes()),
            Self::Name(text) => (0x42, text.clone().into_bytes()),
            Self::Keyword(text) => (0x44, text.as_bytes().to_vec()),
            Self::Uri(text) => (0x45, text.clone().into_bytes()),
            Self::Mime(text) => (0x49, text.as_bytes().to_vec()),
            Self::MediaSize(..) => (0x34, Vec::new()),
        }
    }
}

/// One request.
pub(crate) struct Request {
    body: Vec<u8>,
    job_attributes: Vec<u8>,
    document: Vec<u8>,
}

fn put(into: &mut Vec<u8>, tag: u8, name: &str, bytes: &[u8]) {
    into.push(tag);
    for part in [name.as_bytes(), bytes] {
        into.extend_from_slice(&u16::try_from(part.len()).unwrap().to_be_bytes());
        into.extend_from_slice(part);
    }
}

fn put_value(into: &mut Vec<u8>, name: &str, value: &Value) {
    let (tag, bytes) = value.tag_and_bytes();
    put(into, tag, name, &bytes);
    if let Value::MediaSize(width, height) = value {
        put(into, 0x4a, "", b"media-size");
        put(into, 0x34, "", b"");
        for (member, number) in [("x-dimension", width), ("y-dimension", height)] {
            put(into, 0x4a, "", member.as_bytes());
            put(into, 0x21, "", &number.to_be_bytes());
        }
        put(into, 0x37, "", b"");
        put(into, 0x37, "", b"");
    }
}

impl Request {
    pub(crate) fn new(operation: u16) -> Self {
        let mut body = vec![2, 0];
        body.extend_from_slice(&operation.to_be_bytes());
        body.extend_from_slice(&1_u32.to_be_bytes());
        body.push(OPERATION_GROUP);
        put(&mut body, 0x47, "attributes-charset", b"utf-8");
        put(&mut body, 0x48, "attributes-natural-language", b"en");
        Self {
            body,
            job_attributes: Vec::new(),
            document: Vec::new(),
        }
    }

    pub(crate) fn queue(self, queue: &str) -> Self {
        let uri = format!("ipp://localhost/printers/{queue}");
        self.with("printer-uri", Value::Uri(uri))
    }

    pub(crate) fn job(self, job: i32) -> Self {
        let uri = format!("ipp://localhost/jobs/{job}");
        self.with("job-uri", Value::Uri(uri))
    }

    pub(crate) fn user(self, user: &str) -> Self {
        self.with("requesting-user-name", Value::Name(user.to_owned()))
    }

    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        put_value(&mut self.body, name, &value);
        self
    }

    pub(crate) fn option(mut self, name: &str, value: &Value) -> Self {
        put_value(&mut self.job_attributes, name, value);
        self
    }

    pub(crate) fn document(mut self, document: &[u8]) -> Self {
        self.document = document.to_vec();
        self
    }

    /// Sends the request as root does, over the socket without a password.
    pub(crate) fn send(mut self, socket: &Path) -> Response {
        if !self.job_attributes.is_empty() {
            self.body.push(JOB_GROUP);
            self.body.append(&mut self.job_attributes);
        }
        self.body.push(3);
        self.body.append(&mut self.document);
        let mut stream = UnixStream::connect(socket).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\n\
             Connection: close\r\nContent-Length: {}\r\n\r\n",
            self.body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&self.body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        Response::read(&answer)
    }
}

/// The answer: its status, and each attribute's first value.
pub(crate) struct Response {
    pub(crate) status: u16,
    attributes: Vec<(String, Vec<u8>)>,
}

impl Response {
    fn read(http: &[u8]) -> Self {
        // A first "100 Continue" has a head and no body.
        let mut rest = http;
        loop {
            let end = rest.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
            let head = String::from_utf8_lossy(&rest[..end]).into_owned();
            rest = &rest[end + 4..];
            if head.starts_with("HTTP/1.1 100") {
                continue;
            }
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
            break;
        }
        let status = u16::from_be_bytes([rest[2], rest[3]]);
        let mut attributes = Vec::new();
        let mut at = 8;
        while rest[at] != 3 {
            if rest[at] < 0x10 {
                at += 1;
                continue;
            }
            at += 1;
            let mut part = || {
                let length = usize::from(u16::from_be_bytes([rest[at], rest[at + 1]]));
                let bytes = &rest[at + 2..at + 2 + length];
                at += 2 + length;
                bytes
            };
            let name = String::from_utf8_lossy(part()).into_owned();
            let bytes = part().to_vec();
            if !name.is_empty() {
                attributes.push((name, bytes));
            }
        }
        Self { status, attributes }
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.status < 0x100
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let (_, bytes) = self.attributes.iter().find(|(n, _)| n == name)?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    pub(crate) fn number(&self, name: &str) -> Option<i32> {
        let (_, bytes) = self.attributes.iter().find(|(n, _)| n == name)?;
        Some(i32::from_be_bytes(bytes.as_slice().try_into().ok()?))
    }
}
