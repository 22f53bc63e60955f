//! What hostile documents are put together from.

use flate2::write::{GzEncoder, ZlibEncoder};
use flate2::{Compress, Compression, Crc, FlushCompress};
use std::io::Write;

/// Compressed as PDF and PNG do.
pub(crate) fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// Compressed as a job file may be.
pub(crate) fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

const MEBIBYTE: usize = 1 << 20;

/// So many MiB of one byte, in the middle of a deflate stream: each MiB packs
/// to the same bytes, so that only the first is worked for.
fn packed(byte: u8, mebibytes: usize) -> Vec<u8> {
    let mut state = Compress::new(Compression::best(), false);
    let mut out = Vec::with_capacity(MEBIBYTE);
    state
        .compress_vec(&vec![byte; MEBIBYTE], &mut out, FlushCompress::Full)
        .expect("memory takes it");
    let mut all = out.repeat(mebibytes);
    // An empty last block.
    all.extend([3, 0]);
    all
}

/// What inflates to so many MiB of one byte. *Source*: RFC 1950.
pub(crate) fn bomb(byte: u8, mebibytes: usize) -> Vec<u8> {
    const BASE: u64 = 65_521;
    let length = (mebibytes * MEBIBYTE) as u64;
    let value = u64::from(byte);
    let low = (1 + length % BASE * value) % BASE;
    let triangle = length * (length + 1) / 2 % BASE;
    let high = (length + triangle * value) % BASE;
    let mut out = vec![0x78, 0xda];
    out.extend(packed(byte, mebibytes));
    out.extend(((high << 16 | low) as u32).to_be_bytes());
    out
}

/// As [`bomb`], in a gzip file. *Source*: RFC 1952.
pub(crate) fn gzip_bomb(byte: u8, mebibytes: usize) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    out.extend(packed(byte, mebibytes));
    out.extend(check(byte, mebibytes).sum().to_le_bytes());
    out.extend(((mebibytes * MEBIBYTE) as u32).to_le_bytes());
    out
}

fn check(byte: u8, mebibytes: usize) -> Crc {
    let mut one = Crc::new();
    one.update(&vec![byte; MEBIBYTE]);
    let mut all = Crc::new();
    (0..mebibytes).for_each(|_| all.combine(&one));
    all
}

/// A PDF of these objects, numbered from 1, the first being the catalogue.
pub(crate) fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{} 0 obj\n", index + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    out.extend(table.bytes());
    let size = objects.len() + 1;
    out.extend(format!("trailer << /Size {size} /Root 1 0 R >>\n").bytes());
    out.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
    out
}

/// A PDF's stream object.
pub(crate) fn stream(entries: &str, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = format!("<< {entries} /Length {length} >>\nstream\n").into_bytes();
    out.extend(content);
    out.extend(b"\nendstream");
    out
}

/// A PDF of one page: its content, its resources, and objects from number 6 on.
pub(crate) fn page(content: &str, resources: &str, more: &[Vec<u8>]) -> Vec<u8> {
    page_with(stream("", content.as_bytes()), resources, more)
}

/// As [`page`], of a content stream as it stands.
pub(crate) fn page_with(content: Vec<u8>, resources: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources 5 0 R >>".to_vec(),
        content,
        format!("<< {resources} >>").into_bytes(),
    ];
    objects.extend_from_slice(more);
    pdf(&objects)
}

/// A part of a ZIP archive: its name, and what it takes to write it.
pub(crate) struct Part<'n> {
    name: &'n str,
    packed: Vec<u8>,
    check: u32,
    length: usize,
}

/// A part that holds `content`.
pub(crate) fn part<'n>(name: &'n str, content: &[u8]) -> Part<'n> {
    let mut check = Crc::new();
    check.update(content);
    let wrapped = deflated(content);
    Part {
        name,
        // Two bytes of zlib's heading and four of its checksum are not in a ZIP.
        packed: wrapped[2..wrapped.len() - 4].to_vec(),
        check: check.sum(),
        length: content.len(),
    }
}

/// A part of so many MiB of one byte.
pub(crate) fn bomb_part(name: &str, byte: u8, mebibytes: usize) -> Part<'_> {
    Part {
        name,
        packed: packed(byte, mebibytes),
        check: check(byte, mebibytes).sum(),
        length: mebibytes * MEBIBYTE,
    }
}

/// A ZIP archive; the sizes it declares are true.
pub(crate) fn zip(parts: &[Part<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for part in parts {
        let mut common = Vec::new();
        common.extend([20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0x5c]);
        common.extend(part.check.to_le_bytes());
        common.extend((part.packed.len() as u32).to_le_bytes());
        common.extend((part.length as u32).to_le_bytes());
        common.extend((part.name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend((out.len() as u32).to_le_bytes());
        directory.extend(part.name.bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(part.name.bytes());
        out.extend(&part.packed);
    }
    let (start, length) = (out.len() as u32, directory.len() as u32);
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    let count = (parts.len() as u16).to_le_bytes();
    out.extend(count);
    out.extend(count);
    out.extend(length.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}
