//! The container of a package. *Source*: the xar project, "The xar file format": a head
//! of 28 bytes, a compressed table of contents, and the heap it points into.

use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};

use crate::dist::Release;
use crate::dist::stage::through;

const HEAD: u16 = 28;
const VERSION: u16 = 1;
/// The checksums' kind, and how many bytes they have.
const SHA1: u32 = 1;
const SHA1_LENGTH: u64 = 20;

/// A file in the container, at the top or in one directory.
pub(super) struct Member {
    pub(super) directory: Option<String>,
    pub(super) name: &'static str,
    pub(super) content: Vec<u8>,
}

/// Puts `members` together, those of a directory one after the other.
///
/// # Errors
/// When `gzip` or `sha1sum` is not there.
pub(super) fn container(release: &Release, members: &[Member]) -> Result<Vec<u8>> {
    let at = format!("@{}", release.epoch);
    let time = through(release, "date", &["-u", "-d", &at, "+%FT%TZ"], &[])?;
    let time = String::from_utf8(time)?.trim().to_owned();
    let mut contents = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xar><toc><creation-time>{}</creation-time>\
         <checksum style=\"sha1\"><offset>0</offset><size>{SHA1_LENGTH}</size></checksum>",
        time.trim_end_matches('Z')
    );
    let mut offset = SHA1_LENGTH;
    let mut number = 0;
    let mut open: Option<&str> = None;
    for member in members {
        let directory = member.directory.as_deref();
        if directory != open {
            if open.is_some() {
                contents.push_str("</file>");
            }
            if let Some(name) = directory {
                number += 1;
                write!(
                    contents,
                    "<file id=\"{number}\"><mtime>{time}</mtime><mode>0755</mode>\
                     <type>directory</type><name>{}</name>",
                    escaped(name)
                )?;
            }
            open = directory;
        }
        number += 1;
        let sum = sha1_text(release, &member.content)?;
        let size = member.content.len() as u64;
        write!(
            contents,
            "<file id=\"{number}\"><data><length>{size}</length><offset>{offset}</offset>\
             <size>{size}</size><encoding style=\"application/octet-stream\"/>\
             <extracted-checksum style=\"sha1\">{sum}</extracted-checksum>\
             <archived-checksum style=\"sha1\">{sum}</archived-checksum></data>\
             <mtime>{time}</mtime><mode>0644</mode><type>file</type><name>{}</name></file>",
            escaped(member.name)
        )?;
        offset += size;
    }
    if open.is_some() {
        contents.push_str("</file>");
    }
    contents.push_str("</toc></xar>");
    let packed = zlib(release, contents.as_bytes())?;
    let mut bytes = b"xar!".to_vec();
    bytes.extend(HEAD.to_be_bytes());
    bytes.extend(VERSION.to_be_bytes());
    bytes.extend((packed.len() as u64).to_be_bytes());
    bytes.extend((contents.len() as u64).to_be_bytes());
    bytes.extend(SHA1.to_be_bytes());
    bytes.extend(&packed);
    bytes.extend(sha1(release, &packed)?);
    for member in members {
        bytes.extend(&member.content);
    }
    Ok(bytes)
}

/// Text inside an XML element or attribute.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn sha1_text(release: &Release, bytes: &[u8]) -> Result<String> {
    let said = String::from_utf8(through(release, "sha1sum", &["-"], bytes)?)?;
    let sum = said.split(' ').next().context("sha1sum says nothing")?;
    Ok(sum.to_owned())
}

fn sha1(release: &Release, bytes: &[u8]) -> Result<Vec<u8>> {
    let text = sha1_text(release, bytes)?;
    let pairs = (0..text.len()).step_by(2);
    let byte = |at| u8::from_str_radix(text.get(at..at + 2).unwrap_or_default(), 16);
    Ok(pairs.map(byte).collect::<Result<_, _>>()?)
}

/// The same compressed data as gzip's, in the other wrapping: RFC 1952 has a head of ten
/// bytes and a tail of eight, RFC 1950 two and the Adler-32 checksum.
fn zlib(release: &Release, bytes: &[u8]) -> Result<Vec<u8>> {
    const GZIP_HEAD: usize = 10;
    const GZIP_TAIL: usize = 8;
    let gzip = through(release, "gzip", &["-9", "-n", "-c"], bytes)?;
    ensure!(
        gzip.len() > GZIP_HEAD + GZIP_TAIL && gzip[3] == 0,
        "gzip has answered with a name in its head"
    );
    // Deflate with a window of 32 KiB, at the highest level.
    let mut zlib = vec![0x78, 0xda];
    zlib.extend(&gzip[GZIP_HEAD..gzip.len() - GZIP_TAIL]);
    zlib.extend(adler32(bytes).to_be_bytes());
    Ok(zlib)
}

/// *Source*: RFC 1950, section 8.2.
fn adler32(bytes: &[u8]) -> u32 {
    const LARGEST_PRIME: u32 = 65_521;
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % LARGEST_PRIME;
        b = (b + a) % LARGEST_PRIME;
    }
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_is_that_of_the_example() {
        // Adler-32 of "Wikipedia", as is often printed.
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
        assert_eq!(adler32(b""), 1);
    }
}
