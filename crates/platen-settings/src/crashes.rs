//! Where the client leaves reports of its crashes, which administrators' tools read.

use std::fs;
use std::path::{Path, PathBuf};

/// The directory for them, beside everything else that the client keeps.
const DIRECTORY: &str = "crashes";
/// How many reports stay, the newest ones.
pub const MOST_CRASHES: usize = 5;
/// A report is not longer. *Units*: bytes.
pub const LARGEST_CRASH: usize = 64 * 1024;

/// The directory for reports, under the one where the client keeps everything.
#[must_use]
pub fn crash_directory(data_dir: &Path) -> PathBuf {
    data_dir.join(DIRECTORY)
}

/// The reports there, the newest first; their names begin with their time.
#[must_use]
pub fn crash_reports(data_dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(crash_directory(data_dir));
    let entries = entries.into_iter().flatten().flatten();
    let mut reports: Vec<_> = entries.map(|entry| entry.path()).collect();
    reports.retain(|path| path.extension().is_some_and(|end| end == "txt"));
    reports.sort_unstable_by(|one, other| other.cmp(one));
    reports
}
