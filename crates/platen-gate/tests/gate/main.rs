//! The gate on a real, private cupsd, whose policy lets everything through.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bypasses;
mod leasing;
mod printing;
mod support;
