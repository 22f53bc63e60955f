//! The Accounts API through its router, on a real ledger.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, where a panic is the report"
)]

mod accounts;
mod activities;
mod bad_input;
mod document;
mod once;
mod postgres;
mod rates;
mod rig;
mod tokens;
mod users;
