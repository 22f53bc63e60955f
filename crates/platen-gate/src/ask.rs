//! Asks an IPP printer what became of its job, where the backend did not say.
//!
//! Only plain `ipp` is asked. Of the answer one number is looked for and nothing
//! else is read; where it is anything unexpected, the backend's word stands.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

/// For each step, and for the answer as a whole.
const PATIENCE: Duration = Duration::from_secs(5);
/// *Units*: bytes.
const LONGEST_ANSWER: usize = 64 * 1024;
const DEFAULT_PORT: u16 = 631;
/// *Source*: RFC 8011, section 5.3.7: canceled and aborted.
const GIVEN_UP: [u32; 2] = [7, 8];

/// The owner's job at a printer.
pub(crate) struct Printer {
    /// The device without `gate:`; it may hold a password, which is not used.
    pub(crate) device: String,
    /// As whom the backend prints.
    pub(crate) user: String,
}

impl Printer {
    /// Whether the printer gave its job `number` up, as far as it says so.
    pub(crate) fn gave_up(&self, number: u32) -> bool {
        let state = Place::of(&self.device).map(|place| place.state(&self.user, number));
        matches!(state, Some(Ok(Some(state))) if GIVEN_UP.contains(&state))
    }
}

/// Where a printer is.
#[derive(Debug, PartialEq, Eq)]
struct Place<'d> {
    host: &'d str,
    port: u16,
    path: &'d str,
}

impl<'d> Place<'d> {
    /// *Source*: RFC 3510, section 4.
    fn of(device: &'d str) -> Option<Self> {
        let rest = device.strip_prefix("ipp://")?;
        let rest = rest.split(['?', '#']).next()?;
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        let (_, authority) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (authority, DEFAULT_PORT),
        };
        let proper = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_proper = !host.is_empty() && proper(host) && proper(path);
        is_proper.then_some(Self { host, port, path })
    }

    fn state(&self, user: &str, number: u32) -> io::Result<Option<u32>> {
        let Self { host, port, path } = self;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let address = (bare, *port).to_socket_addrs()?.next();
        let address = address.ok_or_else(|| io::Error::other("no address"))?;
        let mut connection = TcpStream::connect_timeout(&address, PATIENCE)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        connection.set_write_timeout(Some(PATIENCE))?;
        let body = request(&format!("ipp://{host}:{port}{path}"), user, number);
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/ipp\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        connection.write_all(&[head.as_bytes(), &body].concat())?;
        let (mut answer, mut part) = (Vec::new(), [0; 4096]);
        let started = Instant::now();
        while answer.len() < LONGEST_ANSWER && started.elapsed() < PATIENCE {
            let read = connection.read(&mut part)?;
            answer.extend_from_slice(&part[..read]);
            let state = state_in(&answer);
            if read == 0 || state.is_some() {
                return Ok(state);
            }
        }
        Ok(None)
    }
}

/// Get-Job-Attributes for the job's state. *Source*: RFC 8011, section 4.3.4;
/// RFC 8010, section 3.1.
fn request(printer: &str, user: &str, number: u32) -> Vec<u8> {
    const HEAD: [u8; 9] = [1, 1, 0, 9, 0, 0, 0, 1, 1];
    const END: u8 = 3;
    let mut bytes = HEAD.to_vec();
    let number = number.to_be_bytes();
    let attributes: [(u8, &str, &[u8]); 6] = [
        (0x47, "attributes-charset", b"utf-8"),
        (0x48, "attributes-natural-language", b"en"),
        (0x45, "printer-uri", printer.as_bytes()),
        (0x21, "job-id", &number),
        (0x42, "requesting-user-name", user.as_bytes()),
        (0x44, "requested-attributes", b"job-state"),
    ];
    for (tag, name, value) in attributes {
        bytes.push(tag);
        for text in [name.as_bytes(), value] {
            // What is longer than any name or address is cut, and then not known.
            let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
            bytes.extend(length.to_be_bytes());
            bytes.extend_from_slice(&text[..usize::from(length)]);
        }
    }
    bytes.push(END);
    bytes
}

/// The state in an answer so far, in chunks or not; none: not there.
fn state_in(answer: &[u8]) -> Option<u32> {
    const STATE: &[u8] = b"\x23\x00\x09job-state\x00\x04";
    let status = answer.get(..13)?;
    if !(status.starts_with(b"HTTP/1.") && &status[8..13] == b" 200 ") {
        return None;
    }
    let at = answer.windows(STATE.len()).position(|part| part == STATE)?;
    let value = answer.get(at + STATE.len()..at + STATE.len() + 4)?;
    Some(u32::from_be_bytes(value.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(device: &str, place: Option<(&str, u16, &str)>) {
        let wanted = place.map(|(host, port, path)| Place { host, port, path });
        assert_eq!(Place::of(device), wanted, "{device}");
    }

    #[test]
    fn place_of_a_printer_is_taken_from_its_device() {
        check(
            "ipp://office:8631/ipp/print",
            Some(("office", 8631, "/ipp/print")),
        );
        check(
            "ipp://10.0.0.9/ipp?waitjob=true",
            Some(("10.0.0.9", 631, "/ipp")),
        );
        check("ipp://me:secret@office/p", Some(("office", 631, "/p")));
        check("ipp://[::1]/p", Some(("[::1]", 631, "/p")));
        check("ipp://[::1]:99/p", Some(("[::1]", 99, "/p")));
        check("ipp://office", Some(("office", 631, "/")));
        for none in [
            "ipps://office/p",
            "socket://office",
            "ipp://",
            "ipp://a b/",
            "ipp://a/\r\nX: y",
        ] {
            check(none, None);
        }
    }

    #[test]
    fn state_is_found_in_a_good_answer_alone() {
        let with = |status: &str, state: &[u8]| {
            let head = format!("HTTP/1.1 {status} Whatever\r\n\r\n");
            [head.as_bytes(), b"\x23\x00\x09job-state\x00\x04", state].concat()
        };
        assert_eq!(state_in(&with("200", &[0, 0, 0, 8])), Some(8));
        assert_eq!(state_in(&with("200", &[0, 0, 0])), None);
        assert_eq!(state_in(&with("401", &[0, 0, 0, 8])), None);
        assert_eq!(state_in(b"HTTP/1.1 200 OK\r\n\r\nnothing"), None);
        assert_eq!(state_in(b""), None);
    }

    #[test]
    fn request_is_as_the_standard_writes_it() {
        let bytes = request("ipp://a:1/p", "alice", 7);
        assert_eq!(bytes[..9], [1, 1, 0, 9, 0, 0, 0, 1, 1]);
        let job = b"\x21\x00\x06job-id\x00\x04\x00\x00\x00\x07";
        assert!(bytes.windows(job.len()).any(|part| part == job));
        assert_eq!(bytes.last(), Some(&3));
    }
}
