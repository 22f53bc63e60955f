//! The central server's router as browsers and programs see it: a real ledger,
//! real sockets, the real development provider.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod devices;
mod entering;
mod live;
mod roles;
mod sign_in;
mod support;
mod syncing;
