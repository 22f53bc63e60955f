//! What is remembered between looks, and the files of a release.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::list::limit;
use crate::private;
use crate::version::Version;

const STATE: &str = "state.json";
const LOCK: &str = "lock";
const LIST: &str = "releases.json";
const SIGNATURE: &str = "releases.json.sig";
/// *Units*: bytes.
const STATE_BYTES: u64 = 16 << 10;

/// What is remembered. Whoever loses it asks again, and may be shown a list once more
/// that was seen before; what counts is signed, and lies beside it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct State {
    /// Draws whether this user's client has its turn; told to nobody.
    pub(crate) device: Uuid,
    /// Whose lists the next two are about.
    pub(crate) key: String,
    /// The greatest number of a list that was seen.
    pub(crate) serial: u64,
    /// The version whose files are all there.
    pub(crate) ready: Option<String>,
    /// When to ask again.
    pub(crate) next: Option<Timestamp>,
    /// The version that the person was told of.
    pub(crate) told: Option<String>,
}

/// Whoever has it is alone.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing would not do where a program is just being started, which has the file
        // open as well for a moment.
        let _ = self.0.unlock();
    }
}

/// The directory for all of it.
#[derive(Clone, Debug)]
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self(directory)
    }

    /// Keeps other programs of this user out as long as the answer lives; none: one of
    /// them is there.
    pub(crate) fn lock(&self) -> io::Result<Option<Lock>> {
        private::directory(&self.0)?;
        let lock = private::open(&self.0.join(LOCK))?;
        Ok(lock.try_lock().is_ok().then_some(Lock(lock)))
    }

    /// What is remembered of lists by the key of that name. One that can't be read counts
    /// as none: lists and files are checked all the same.
    pub(crate) fn state(&self, key: &str) -> io::Result<State> {
        let bytes = read(&self.0.join(STATE), STATE_BYTES)?;
        let known = bytes.and_then(|bytes| serde_json::from_slice::<State>(&bytes).ok());
        let mut state = known.unwrap_or_else(|| State {
            device: Uuid::new_v4(),
            key: key.to_owned(),
            serial: 0,
            ready: None,
            next: None,
            told: None,
        });
        if state.key != key {
            state.key = key.to_owned();
            state.serial = 0;
            state.ready = None;
        }
        Ok(state)
    }

    pub(crate) fn keep(&self, state: &State) -> io::Result<()> {
        let text = serde_json::to_vec(state).map_err(io::Error::other)?;
        self.replace(STATE, &text)
    }

    /// The list and its signature, as they were fetched last.
    pub(crate) fn list(&self) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
        let list = read(&self.0.join(LIST), limit::LIST_BYTES)?;
        let signature = read(&self.0.join(SIGNATURE), limit::SIGNATURE_BYTES)?;
        Ok(list.zip(signature))
    }

    pub(crate) fn keep_list(&self, list: &[u8], signature: &[u8]) -> io::Result<()> {
        self.replace(LIST, list)?;
        self.replace(SIGNATURE, signature)
    }

    /// The directory for a version's files.
    pub(crate) fn version(&self, version: Version) -> PathBuf {
        self.0.join(version.to_string())
    }

    /// Removes the files of every other version.
    pub(crate) fn forget_all_but(&self, version: Option<Version>) -> io::Result<()> {
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let name = entry.file_name();
            let other = name.to_str().and_then(|name| name.parse().ok());
            if other.is_some_and(|other: Version| Some(other) != version) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    /// After a crash there is the old file or the new one.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        private::directory(&self.0)?;
        // It is made with mode 0600, and on Windows with the directory's rights.
        let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(self.0.join(name))
            .map_err(|error| error.error)?;
        Ok(())
    }
}

fn read(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_what_is_damaged_or_of_another_key_does_not() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::new(directory.path().join("updates"));
        let mut state = place.state("one").unwrap();
        assert_eq!((state.serial, state.next), (0, None));
        state.serial = 9;
        state.ready = Some("1.2.3".into());
        state.told = Some("1.2.3".into());
        place.keep(&state).unwrap();
        assert_eq!(place.state("one").unwrap(), state);
        let other = place.state("two").unwrap();
        assert_eq!((other.serial, &other.ready), (0, &None));
        assert_eq!(other.device, state.device);
        fs::write(directory.path().join("updates").join(STATE), "{").unwrap();
        assert_eq!(place.state("one").unwrap().serial, 0);
    }

    #[test]
    fn one_program_at_a_time_has_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::new(directory.path().join("updates"));
        let first = place.lock().unwrap();
        assert!(first.is_some());
        assert!(place.lock().unwrap().is_none());
        drop(first);
        assert!(place.lock().unwrap().is_some());
    }

    #[test]
    fn files_of_other_versions_go_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::new(directory.path().to_owned());
        for name in ["1.2.3", "1.2.4", "own"] {
            fs::create_dir(directory.path().join(name)).unwrap();
            fs::write(directory.path().join(name).join("a.deb"), "x").unwrap();
        }
        place.forget_all_but("1.2.4".parse().ok()).unwrap();
        let mut left: Vec<_> = fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["1.2.4", "own"]);
        place.forget_all_but(None).unwrap();
        assert!(!directory.path().join("1.2.4").exists());
    }
}
