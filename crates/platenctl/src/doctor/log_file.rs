//! The client's log, where it is a file.

use std::fs;

use crate::client;

/// Lines of a log at most, the last ones.
const LINES: usize = 500;

/// What the tray app wrote last; empty where it never ran.
pub(super) fn log() -> String {
    let file = client::load().and_then(|loaded| client::data_directory(&loaded));
    let file = file.map(|directory| directory.join(client::LOG_FILE));
    let text = file.ok().and_then(|file| fs::read_to_string(file).ok());
    let text = text.unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
