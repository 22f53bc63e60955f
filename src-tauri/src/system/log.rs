//! The client's log, which begins anew before it is large.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write};

/// As `platenctl doctor` looks for it.
pub(super) const NAME: &str = "platen.log";
/// *Units*: bytes.
const LARGEST: u64 = 1 << 20;

/// The file, and how long it is.
pub(super) struct LogFile {
    file: File,
    length: u64,
}

impl LogFile {
    /// Goes on after what the file holds.
    ///
    /// *Errors*: it has no end.
    pub(super) fn after(mut file: File) -> io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        Ok(Self { file, length })
    }
}

impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.length >= LARGEST {
            self.file.set_len(0)?;
            self.length = self.file.seek(SeekFrom::Start(0))?;
        }
        let written = self.file.write(line)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_goes_on_and_stays_small() {
        let place = tempfile::tempdir().unwrap();
        let line = [b'x'; 4096];
        for _ in 0..2 {
            let mut options = File::options();
            let file = options.create(true).truncate(false).write(true);
            let mut log = LogFile::after(file.open(place.path().join(NAME)).unwrap()).unwrap();
            for _ in 0..200 {
                log.write_all(&line).unwrap();
            }
        }
        let length = std::fs::metadata(place.path().join(NAME)).unwrap().len();
        assert_eq!(length, (400 - 256) * 4096);
    }
}
