//! The central server's router as browsers and programs see it: a real ledger,
//! real sockets, the real development provider.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod devices;
mod entering;
mod live;
mod pools;
mod roles;
mod sign_in;
mod signing;
// The server's own, which needs what platen-web may not import.
#[expect(unreachable_pub, reason = "it is another crate's")]
#[path = "../../../platen-server/src/signing.rs"]
mod site_signer;
mod support;
mod syncing;
mod uses;
