//! Runs the client's half of keeping in step: gives the engine of `platen-sync` a
//! disk, a network and a clock.
//!
//! One task owns the engine. What a program has to know comes out as [`Told`] and
//! [`Link::shown`]. *Source*: docs/sync.md.

mod clock;
mod host;
mod http;
mod session;
mod store;
mod transport;

pub use host::{Comeback, Link, LinkConfig, Released, StartError, Told};
pub use http::http;
pub use session::{NoToken, SignIn};
