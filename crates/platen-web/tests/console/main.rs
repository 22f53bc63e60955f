//! The administrators' console, through the router, on a ledger in SQLite.

mod access;
mod accounts;
mod people;
mod rates;
mod reports;
mod seed;
mod site;
mod support;
mod transfer;
