//! Newer versions of the client: asks a signed list of releases, fetches what it offers,
//! and says which files may be handed to the system's installer.
//!
//! *Invariants*: nothing in a list counts before its signature was checked; a version that
//! is not newer than the running one is never offered; a file leaves this crate only as a
//! path whose content was compared with the signed list just before. Nothing is started
//! here, and nobody is told: that is the tray app's. *Source*: docs/decisions/0013.

mod error;
mod fetch;
mod key;
mod list;
mod private;
mod state;
mod updater;
mod version;

pub use error::{CheckError, FetchError, NoUpdates};
pub use key::PublicKey;
pub use list::{ListError, Release, ReleaseFile, ReleaseList, limit};
pub use updater::{Config, Found, Kind, Updater, kind_here, platform_here};
pub use version::Version;
