//! The administrators' console, through the router, on a ledger in SQLite.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, where a panic is the report"
)]

mod access;
mod accounts;
mod people;
mod rates;
mod reports;
mod seed;
mod site;
mod support;
mod transfer;
