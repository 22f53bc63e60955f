//! Print-Job in one request, so that no program's start is measured.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

const PATIENCE: Duration = Duration::from_secs(20);

/// Prints `document` and returns the job's number.
///
/// Source: RFC 8011, section 4.2.1 (Print-Job) and section 3.1.1 of RFC 8010 (its encoding).
pub(super) fn print_job(
    socket: &Path,
    queue: &str,
    user: &str,
    name: &str,
    document: &[u8],
) -> Result<i32> {
    // Version 2.0, operation 0x0002, request 1, operation attributes.
    let mut ipp = vec![2, 0, 0, 2, 0, 0, 0, 1, 1];
    let uri = format!("ipp://localhost/printers/{queue}");
    for (tag, attribute, value) in [
        (0x47, "attributes-charset", "utf-8"),
        (0x48, "attributes-natural-language", "en"),
        (0x45, "printer-uri", uri.as_str()),
        (0x42, "requesting-user-name", user),
        (0x42, "job-name", name),
        (0x49, "document-format", "application/pdf"),
    ] {
        ipp.push(tag);
        for text in [attribute, value] {
            ipp.extend(u16::try_from(text.len())?.to_be_bytes());
            ipp.extend(text.bytes());
        }
    }
    ipp.push(3); // end of attributes
    let head = format!(
        "POST /printers/{queue} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Authorization: PeerCred {user}\r\nContent-Type: application/ipp\r\nContent-Length: {}\r\n\r\n",
        ipp.len() + document.len()
    );
    let request = [head.as_bytes(), &ipp, document].concat();
    let mut connection = UnixStream::connect(socket).context("connecting to cupsd")?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.write_all(&request)?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    job_number(&answer).with_context(|| {
        format!(
            "cupsd did not accept {name}: {}",
            String::from_utf8_lossy(&answer)
        )
    })
}

/// The value of `job-id` (an integer, tag 0x21) in an answer.
fn job_number(answer: &[u8]) -> Result<i32> {
    let mark = b"\x21\x00\x06job-id\x00\x04";
    let at = answer.windows(mark.len()).position(|part| part == mark);
    let value = at.and_then(|at| answer.get(at + mark.len()..at + mark.len() + 4));
    ensure!(value.is_some(), "there is no job number");
    Ok(i32::from_be_bytes(value.unwrap_or_default().try_into()?))
}
