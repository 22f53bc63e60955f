//! What the end-to-end tests share: the whole of Platen on real parts.
//!
//! [`Rig`] is one machine with a print system, printers, managed queues and a
//! person at a desktop. The files in `tests/` tell the stories.

pub mod axe;
pub mod cable;
pub mod chromium;
pub mod disk;
pub mod documents;
pub mod faults;
pub mod headless;
pub mod media;
pub mod menu;
pub mod picture;
pub mod portal;
pub mod rig;
pub mod server;
pub mod site;

pub use cable::Cable;
pub use chromium::{Chromium, View};
pub use headless::Headless;
pub use portal::PortalClient;
pub use rig::{Rig, RigOptions};
pub use server::{EnrolledDevice, ServerRig, ServerRigOptions, WebClient, WebPage};
pub use site::Site;
