//! Zip archives, read by their central directory, a part at a time.
//!
//! Nothing that the archive says of itself is believed: entries are looked at
//! in place, a part is inflated only as far as it may grow, and all parts
//! together only as far as the document may. *Source*: PKWARE APPNOTE 6.3.9,
//! sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3.

use crate::limits::Budget;
use crate::report::Problem;
use flate2::read::DeflateDecoder;
use std::cell::Cell;
use std::io::Read;

/// Entries beyond this are no document's.
const MOST_ENTRIES: usize = 500_000;
/// The end of the directory, its comment included.
const LONGEST_END: usize = 22 + 65_535;
/// All parts together may inflate to this many times the limit of one.
const TOTAL_OF_PARTS: u64 = 8;

const ENTRY: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const LOCAL: &[u8] = b"PK\x03\x04";

/// An archive that lies in memory.
pub(super) struct Archive<'d> {
    data: &'d [u8],
    /// Hash of the name and where the entry begins, in order of the hash.
    entries: Vec<(u64, usize)>,
    inflated: Cell<u64>,
}

/// What the directory says of a file.
struct Entry<'d> {
    name: &'d [u8],
    method: u16,
    encrypted: bool,
    packed: u64,
    size: u64,
    local: u64,
    next: usize,
}

impl<'d> Archive<'d> {
    /// Reads the directory; none when there is none.
    pub(super) fn open(data: &'d [u8], budget: &Budget) -> Result<Option<Self>, Problem> {
        let Some(mut at) = directory(data) else {
            return Ok(None);
        };
        let mut entries = Vec::new();
        while let Some(entry) = Entry::read(data, at) {
            budget.step()?;
            if entries.len() >= MOST_ENTRIES {
                return Err(Problem::limit("parts"));
            }
            entries.push((hash(entry.name), at));
            at = entry.next;
        }
        entries.sort_unstable();
        Ok(Some(Self {
            data,
            entries,
            inflated: Cell::new(0),
        }))
    }

    /// Whether there is a file of that name.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The names of all files, in no order.
    pub(super) fn names(&self) -> impl Iterator<Item = &'d [u8]> {
        self.entries
            .iter()
            .filter_map(|(_, at)| Entry::read(self.data, *at))
            .map(|entry| entry.name)
    }

    /// A file's content; none when it is missing, damaged or larger than
    /// `limit`, as far as anybody can tell.
    pub(super) fn read(
        &self,
        name: &str,
        limit: usize,
        budget: &Budget,
    ) -> Result<Option<Vec<u8>>, Problem> {
        let Some(entry) = self.find(name) else {
            return Ok(None);
        };
        let Some(packed) = self.packed(&entry) else {
            return Ok(None);
        };
        match entry.method {
            0 if packed.len() <= limit => Ok(Some(packed.to_vec())),
            8 => self.inflate(packed, entry.size, limit, budget),
            _ => Ok(None),
        }
    }

    fn inflate(
        &self,
        packed: &[u8],
        size: u64,
        limit: usize,
        budget: &Budget,
    ) -> Result<Option<Vec<u8>>, Problem> {
        let most = (budget.inflated_bytes as u64).saturating_mul(TOTAL_OF_PARTS);
        // Deflate never shrinks further than 1 : 1032.
        let likely = size.min(limit as u64).min(packed.len() as u64 * 1032);
        let mut content = Vec::with_capacity(usize::try_from(likely.min(1 << 20)).unwrap_or(0));
        let mut decoder = DeflateDecoder::new(packed);
        let mut chunk = [0; 1 << 14];
        loop {
            budget.step()?;
            let count = match decoder.read(&mut chunk) {
                Ok(0) => return Ok(Some(content)),
                Ok(count) => count,
                Err(_) => return Ok(None),
            };
            self.inflated.set(self.inflated.get() + count as u64);
            if self.inflated.get() > most {
                return Err(Problem::limit("memory"));
            }
            if content.len() + count > limit {
                return Ok(None);
            }
            content.extend_from_slice(&chunk[..count]);
        }
    }

    fn find(&self, name: &str) -> Option<Entry<'d>> {
        let wanted = hash(name.as_bytes());
        let from = self.entries.partition_point(|(hash, _)| *hash < wanted);
        self.entries[from..]
            .iter()
            .take_while(|(hash, _)| *hash == wanted)
            .filter_map(|(_, at)| Entry::read(self.data, *at))
            .find(|entry| entry.name.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// The packed bytes, which follow a header of the file's own.
    fn packed(&self, entry: &Entry<'d>) -> Option<&'d [u8]> {
        let at = usize::try_from(entry.local).ok()?;
        let header = self.data.get(at..at.checked_add(30)?)?;
        if !header.starts_with(LOCAL) || entry.encrypted {
            return None;
        }
        let start = at + 30 + usize::from(short(header, 26)?) + usize::from(short(header, 28)?);
        let end = start.checked_add(usize::try_from(entry.packed).ok()?)?;
        self.data.get(start..end)
    }
}

impl<'d> Entry<'d> {
    fn read(data: &'d [u8], at: usize) -> Option<Self> {
        let fixed = data.get(at..at.checked_add(46)?)?;
        if !fixed.starts_with(ENTRY) {
            return None;
        }
        let length = |at: usize| short(fixed, at).map(usize::from);
        let name_at = at + 46;
        let extra_at = name_at + length(28)?;
        let next = extra_at + length(30)? + length(32)?;
        let mut entry = Self {
            name: data.get(name_at..extra_at)?,
            method: short(fixed, 10)?,
            encrypted: short(fixed, 8)? & 1 != 0,
            packed: u64::from(long(fixed, 20)?),
            size: u64::from(long(fixed, 24)?),
            local: u64::from(long(fixed, 42)?),
            next,
        };
        if let Some(extra) = data.get(extra_at..extra_at + length(30)?) {
            entry.widen(extra);
        }
        Some(entry)
    }

    /// Takes the 64-bit numbers of those that don't fit into 32 bits.
    fn widen(&mut self, mut extra: &[u8]) {
        while let (Some(tag), Some(length)) = (short(extra, 0), short(extra, 2)) {
            let Some(body) = extra.get(4..4 + usize::from(length)) else {
                return;
            };
            if tag == 1 {
                let mut numbers = body
                    .chunks_exact(8)
                    .filter_map(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)));
                for field in [&mut self.size, &mut self.packed, &mut self.local] {
                    if *field == u64::from(u32::MAX) {
                        *field = numbers.next().unwrap_or(*field);
                    }
                }
                return;
            }
            extra = &extra[4 + usize::from(length)..];
        }
    }
}

/// Where the directory begins.
fn directory(data: &[u8]) -> Option<usize> {
    let from = data.len().saturating_sub(LONGEST_END);
    let end = from
        + data[from..]
            .windows(END.len())
            .rposition(|bytes| bytes == END)?;
    let mut start = u64::from(long(data, end + 16)?);
    if let Some(locator) = end.checked_sub(20)
        && data[locator..].starts_with(LOCATOR_64)
    {
        let end = usize::try_from(wide(data, locator + 8)?).ok()?;
        if data.get(end..)?.starts_with(END_64) {
            start = wide(data, end.checked_add(48)?)?;
        }
    }
    let start = usize::try_from(start).ok()?;
    data.get(start..)?.starts_with(ENTRY).then_some(start)
}

fn short(data: &[u8], at: usize) -> Option<u16> {
    let bytes = data.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}

fn long(data: &[u8], at: usize) -> Option<u32> {
    let bytes = data.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

fn wide(data: &[u8], at: usize) -> Option<u64> {
    let bytes = data.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

/// FNV-1a of the name, whatever the case of its letters.
fn hash(name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    })
}
