//! The documents of a job as cupsd stores them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};

/// The spooled documents of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spooled {
    directory: PathBuf,
    job: u32,
    /// The files, in the order they are printed.
    pub files: Vec<PathBuf>,
}

impl Spooled {
    /// Lists the documents of `job` in cupsd's `RequestRoot`.
    ///
    /// # Errors
    /// The directory cannot be read, there is no document, or one is missing.
    /// *Source*: CUPS 2.4 names them `dJJJJJ-NNN`, counted from one.
    pub fn list(directory: &Path, job: u32) -> io::Result<Self> {
        let prefix = format!("d{job:05}-");
        let mut numbers = Vec::new();
        for entry in fs::read_dir(directory)? {
            let name = entry?.file_name();
            if let Some(number) = name.to_str().and_then(|name| name.strip_prefix(&prefix)) {
                numbers.push(number.parse::<u32>().map_err(io::Error::other)?);
            }
        }
        numbers.sort_unstable();
        if numbers.is_empty() || !numbers.iter().copied().eq(1..=numbers.len() as u32) {
            return Err(io::Error::other("the job's documents are not complete"));
        }
        Ok(Self::known(directory.to_owned(), job, numbers.len() as u32))
    }

    /// A job of which it is known how many documents it has.
    #[must_use]
    pub fn known(directory: PathBuf, job: u32, documents: u32) -> Self {
        let name = |number: u32| directory.join(format!("d{job:05}-{number:03}"));
        Self {
            files: (1..=documents).map(name).collect(),
            directory,
            job,
        }
    }

    /// The fingerprint of each document.
    ///
    /// # Errors
    /// A file cannot be read, or is none.
    pub fn digests(&self) -> io::Result<Vec<[u8; 32]>> {
        self.files.iter().map(|path| sha256(path)).collect()
    }

    /// Whether a document has been added since the list was made.
    #[must_use]
    pub fn has_grown(&self) -> bool {
        let next = format!("d{:05}-{:03}", self.job, self.files.len() + 1);
        fs::symlink_metadata(self.directory.join(next)).is_ok()
    }
}

fn sha256(path: &Path) -> io::Result<[u8; 32]> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("a spooled document is not a file"));
    }
    let mut file = File::open(path)?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        context.update(&buffer[..read]);
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    Ok(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spool(names: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            fs::write(dir.path().join(name), name.as_bytes()).unwrap();
        }
        dir
    }

    #[test]
    fn documents_come_in_order_and_only_of_this_job() {
        let dir = spool(&["d00007-002", "d00007-001", "c00007", "d00070-001", "d00007"]);
        let spooled = Spooled::list(dir.path(), 7).unwrap();
        assert_eq!(
            spooled.files,
            [dir.path().join("d00007-001"), dir.path().join("d00007-002")]
        );
        assert_eq!(spooled.digests().unwrap().len(), 2);
    }

    #[test]
    fn missing_or_odd_documents_are_an_error() {
        for names in [
            &[][..],
            &["d00007-002"],
            &["d00007-001", "d00007-003"],
            &["d00007-001", "d00007-x"],
            &["d00007-001", "d00007-1"],
        ] {
            let dir = spool(names);
            assert!(Spooled::list(dir.path(), 7).is_err(), "{names:?}");
        }
    }

    #[test]
    fn added_document_is_noticed() {
        let dir = spool(&["d00007-001"]);
        let spooled = Spooled::list(dir.path(), 7).unwrap();
        assert!(!spooled.has_grown());
        fs::write(dir.path().join("d00007-002"), "").unwrap();
        assert!(spooled.has_grown());
    }

    #[test]
    fn link_in_place_of_a_document_is_refused() {
        let dir = spool(&["other"]);
        std::os::unix::fs::symlink(dir.path().join("other"), dir.path().join("d00007-001"))
            .unwrap();
        let spooled = Spooled::list(dir.path(), 7).unwrap();
        assert!(spooled.digests().is_err());
    }
}
