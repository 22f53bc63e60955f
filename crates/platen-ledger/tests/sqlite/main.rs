//! The ledger on SQLite: what every ledger promises, and what concerns files.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, where a panic is the report"
)]

mod backing_up;
mod files;
#[cfg(target_os = "linux")]
mod injected;
mod place;
#[path = "../ledger/suite.rs"]
mod suite;

use suite::support;
