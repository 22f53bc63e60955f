//! Documents as files: mapped into memory, not read.
//!
//! A file of hundreds of megabytes then costs address space and page cache, and
//! no memory of this process' own. What is no regular file, a pipe as
//! standard input say, is first copied to an unnamed temporary file.
//!
//! Whoever shortens the file meanwhile makes the system end this process with
//! SIGBUS where the missing part is looked at. That is why the client analyses
//! in a process of its own: [`crate::isolated`] answers it as *damaged*.

use crate::report::Problem;
use memmap2::Mmap;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

/// The standard input, as commands name it.
const STANDARD_INPUT: &str = "-";

/// A file's bytes.
#[derive(Debug)]
pub struct Mapped(Option<Mmap>);

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}

/// A file that may be mapped.
#[derive(Debug)]
pub struct Opened {
    file: File,
    length: u64,
}

/// Opens a file, or standard input where `path` is `-`.
///
/// # Errors
/// [`Problem::TooLarge`] when it holds more than `limit_bytes`, which is known
/// before any of it is read; [`Problem::NotOpened`] when it can't be read.
pub fn open(path: &Path, limit_bytes: u64) -> Result<Opened, Problem> {
    let opened = if path.as_os_str() == STANDARD_INPUT {
        crate::system::standard_input().and_then(|input| opened(input, limit_bytes))
    } else {
        File::open(path).and_then(|file| opened(file, limit_bytes))
    };
    match opened {
        Ok(opened) if opened.length > limit_bytes => Err(Problem::TooLarge { limit_bytes }),
        Ok(opened) => Ok(opened),
        Err(_) => Err(Problem::NotOpened),
    }
}

/// A regular file from its beginning as it is; a copy of anything else.
fn opened(mut file: File, limit_bytes: u64) -> std::io::Result<Opened> {
    // Windows has no metadata of a pipe.
    let metadata = file.metadata().ok().filter(std::fs::Metadata::is_file);
    if let Some(metadata) = metadata
        && file.stream_position()? == 0
    {
        let length = metadata.len();
        return Ok(Opened { file, length });
    }
    spool(file, limit_bytes)
}

/// Copies what arrives to a temporary file, at most one byte beyond the limit.
fn spool(from: impl Read, limit_bytes: u64) -> std::io::Result<Opened> {
    let mut file = tempfile::tempfile()?;
    let length = std::io::copy(&mut from.take(limit_bytes.saturating_add(1)), &mut file)?;
    Ok(Opened { file, length })
}

impl Opened {
    /// How long it is. *Units*: bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Maps it.
    ///
    /// # Errors
    /// [`Problem::LimitReached`] when there is no room for it in the address space.
    #[expect(
        unsafe_code,
        reason = "a mapping is the one way to see a file without a copy of it"
    )]
    pub fn map(self) -> Result<Mapped, Problem> {
        if self.length == 0 {
            return Ok(Mapped(None));
        }
        // SAFETY: the mapping is private and read-only: nothing here writes to
        // it, and it lives as long as what is borrowed from it. That nobody
        // else writes to the file meanwhile can't be enforced. Spooled files
        // are written once; where one is written to nevertheless, the bytes
        // change under their readers, which take them for any bytes at all and
        // check each index where it is used, and where one is shortened, SIGBUS
        // ends this process, which serves no purpose but this document.
        let mapped = unsafe { Mmap::map(&self.file) };
        mapped
            .map(|map| Mapped(Some(map)))
            .map_err(|_| Problem::limit("memory"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_is_seen_as_it_is() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"one\x0ctwo").unwrap();
        let opened = open(file.path(), 100).unwrap();
        assert_eq!(opened.length(), 7);
        assert_eq!(opened.map().unwrap().as_ref(), b"one\x0ctwo");
    }

    #[test]
    fn an_empty_file_maps_to_nothing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mapped = open(file.path(), 100).unwrap().map().unwrap();
        assert_eq!(mapped.as_ref(), b"");
    }

    #[test]
    fn what_exceeds_the_limit_is_refused_file_or_not() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[b'x'; 11]).unwrap();
        let too_large = Problem::TooLarge { limit_bytes: 10 };
        assert_eq!(open(file.path(), 10).unwrap_err(), too_large);
        let endless = open(Path::new("/dev/zero"), 10).unwrap_err();
        assert_eq!(endless, too_large);
    }

    #[test]
    fn what_is_no_regular_file_is_copied_first() {
        let opened = spool(&b"a page"[..], 100).unwrap();
        assert_eq!(opened.map().unwrap().as_ref(), b"a page");
    }

    #[test]
    fn a_directory_or_nothing_at_all_is_unreadable() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(open(directory.path(), 10).unwrap_err(), Problem::NotOpened);
        let missing = directory.path().join("missing");
        assert_eq!(open(&missing, 10).unwrap_err(), Problem::NotOpened);
    }
}
