//! What Platen asks of macOS beside what Unix has, as safe functions over its C interfaces.
//!
//! This room knows how the functions are called. It knows nothing of Platen. All
//! `unsafe` calls of macOS are here; on other systems it is empty.

#![cfg(target_os = "macos")]
#![expect(unsafe_code, reason = "macOS' interfaces are C")]

mod boot;
mod memory;
mod notifications;
mod posts;
mod time;

pub use boot::boot_session;
pub use memory::address_space;
pub use notifications::{Choice, Note, NoteError, Notifications};
pub use posts::Posts;
pub use time::ThreadClock;
