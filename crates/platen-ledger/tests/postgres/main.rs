//! The ledger on PostgreSQL: what every ledger promises, on a real server.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, where a panic is the report"
)]

mod crashes;
mod dumping;
mod earlier;
#[path = "../ledger/lives.rs"]
mod lives;
mod place;
mod servers;
#[path = "../ledger/suite.rs"]
mod suite;

use suite::support;
