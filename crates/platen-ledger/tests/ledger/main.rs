//! The ledger through its public face, on real files.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, where a panic is the report"
)]

mod access;
mod adjusting;
mod concurrency;
mod documents;
mod model;
mod repeating;
mod storage;
mod support;
