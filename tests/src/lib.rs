//! What the end-to-end tests share: the whole of Platen on real parts.
//!
//! [`Rig`] is one machine with a print system, printers, managed queues and

//! `tests/` tell the stories.

pub mod documents;
pub mod menu;
pub mod portal;
pub mod rig;

pub use portal::PortalClient;
pub use rig::{Rig, RigOptions};
