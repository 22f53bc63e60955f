//! Directories of a TIFF file: the chain of them, and the values in them.
//! *Source*: TIFF 6.0, section 2; for files beyond 4 GB, libtiff's BigTIFF
//! design (8-byte offsets, 20-byte entries).

/// More entries than any writer makes; what follows is not looked at.
const MAX_ENTRIES: u64 = 512;

/// A TIFF file's bytes and how its numbers are written.
#[derive(Clone, Copy)]
pub(super) struct File<'d> {
    pub(super) bytes: &'d [u8],
    pub(super) little: bool,
    big: bool,
}

impl<'d> File<'d> {
    /// The file, and where its first directory stands.
    pub(super) fn open(bytes: &'d [u8]) -> Option<(Self, u64)> {
        let (little, big) = match bytes.first_chunk::<4>()? {
            b"II*\0" => (true, false),
            b"MM\0*" => (false, false),
            b"II+\0" => (true, true),
            b"MM\0+" => (false, true),
            _ => return None,
        };
        let file = Self { bytes, little, big };
        let first = file.offset(if big { 8 } else { 4 })?;
        Some((file, first))
    }

    fn number(&self, at: u64, length: usize) -> Option<u64> {
        let at = usize::try_from(at).ok()?;
        let bytes = self.bytes.get(at..at.checked_add(length)?)?;
        Some(number(bytes, self.little))
    }

    fn offset(&self, at: u64) -> Option<u64> {
        self.number(at, if self.big { 8 } else { 4 })
    }

    /// The directory at `at`, and where the next one stands: 0 for none, and
    /// nothing when the file ends before it says.
    pub(super) fn directory(&self, at: u64) -> Option<(Directory<'d>, Option<u64>)> {
        let (count_bytes, entry_bytes) = if self.big { (8, 20) } else { (2, 12) };
        let count = self.number(at, count_bytes)?;
        let start = at.checked_add(count_bytes as u64)?;
        let end = start.checked_add(count.checked_mul(entry_bytes)?)?;
        let used = start.checked_add(count.min(MAX_ENTRIES) * entry_bytes)?;
        let entries = self
            .bytes
            .get(usize::try_from(start).ok()?..usize::try_from(used).ok()?)?;
        let directory = Directory {
            file: *self,
            entries,
        };
        Some((directory, self.offset(end)))
    }
}

fn number(bytes: &[u8], little: bool) -> u64 {
    let join = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    if little {
        bytes.iter().rev().fold(0, join)
    } else {
        bytes.iter().fold(0, join)
    }
}

/// One directory: a picture, as a rule.
#[derive(Clone, Copy)]
pub(super) struct Directory<'d> {
    pub(super) file: File<'d>,
    entries: &'d [u8],
}

impl<'d> Directory<'d> {
    /// The values under a tag.
    pub(super) fn values(&self, tag: u16) -> Option<Values<'d>> {
        let length = if self.file.big { 20 } else { 12 };
        let entry = self
            .entries
            .chunks_exact(length)
            .find(|entry| number(&entry[..2], self.file.little) == u64::from(tag))?;
        let size = match number(&entry[2..4], self.file.little) {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            _ => return None,
        };
        let field = if self.file.big { 8 } else { 4 };
        let (count, value) = entry[4..].split_at(field);
        let count = usize::try_from(number(count, self.file.little)).ok()?;
        let total = count.checked_mul(size)?;
        let bytes = if total <= field {
            value.get(..total)?
        } else {
            let at = usize::try_from(number(value, self.file.little)).ok()?;
            self.file.bytes.get(at..at.checked_add(total)?)?
        };
        Some(Values {
            bytes,
            size,
            little: self.file.little,
        })
    }

    /// The only or first number under a tag.
    pub(super) fn first(&self, tag: u16) -> Option<u64> {
        self.values(tag)?.get(0)
    }

    /// The only or first fraction under a tag.
    pub(super) fn ratio(&self, tag: u16) -> Option<f64> {
        let (above, below) = self.values(tag)?.bytes.get(..8)?.split_at(4);
        let part = |bytes| number(bytes, self.file.little) as f64;
        Some(part(above) / part(below))
    }
}

/// Numbers as they lie in the file.
#[derive(Clone, Copy)]
pub(super) struct Values<'d> {
    pub(super) bytes: &'d [u8],
    size: usize,
    little: bool,
}

impl Values<'_> {
    pub(super) fn count(&self) -> usize {
        self.bytes.len() / self.size
    }

    pub(super) fn get(&self, index: usize) -> Option<u64> {
        let at = index.checked_mul(self.size)?;
        let bytes = self.bytes.get(at..at.checked_add(self.size)?)?;
        Some(number(bytes, self.little))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u64> {
        self.bytes
            .chunks_exact(self.size)
            .map(|bytes| number(bytes, self.little))
    }
}
