//! The laboratory: real parts to run and test Platen on, each in a directory of its own.
//!
//! A private cupsd and system bus, IPP printers, a PostgreSQL, an OpenID provider, a virtual desktop
//! and a browser, as guards: a guard starts its part, waits until the part answers, and stops it when it
//! is dropped, also when a test panics. Even a test runner that is killed leaves nothing behind
//! ([`Process`] says how). Nothing outside the guard's directory is written, so that any number of
//! them run at once, as root and as an ordinary user.
//!
//! A [`Stage`] puts them together to a site with managed queues, and a [`Seat`] runs the client there.
//!
//! This crate knows Platen's programs from outside only and depends on next to nothing, because
//! `xtask` needs it on a machine where nothing is installed yet.

mod browser;
mod cupsd;
mod desktop;
mod gate_socket;
mod network;
mod pdf;
mod ports;
mod postgres;
mod printer;
mod process;
mod program;
mod provider;
mod recorder;
mod scratch;
mod server;
pub mod setup;
mod stage;
mod system_bus;
mod users;
mod wait;

use std::path::{Path, PathBuf};

pub use browser::{Browser, CHROMIUM_ARGUMENTS};
pub use cupsd::{Backend, Cupsd, CupsdOptions};
pub use desktop::{Desktop, DesktopOptions, Keyring};
pub use network::{Computer, Network};
pub use pdf::{grey_pdf, pdf_of};
pub use ports::free_port;
pub use postgres::{Postgres, PostgresOptions};
pub use printer::{Behaviour, Print, Printer};
pub use process::{Process, Signal, finish, output};
pub use program::{install_program, write_program};
pub use provider::Provider;
pub use recorder::{Notification, Recorder, event_time_us};
pub use scratch::Scratch;
pub use server::{Server, ServerOptions};
pub use stage::{SECURE_QUEUE, Seat, SeatOptions, Sight, Stage, StageOptions};
pub use system_bus::SystemBus;
pub use users::User;
pub use wait::{wait_for, wait_until};

/// The top directory of this source tree: of the package that cargo runs, else of the current
/// directory, else of the place this program was built in.
#[must_use]
pub fn root() -> PathBuf {
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run_by_cargo = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = std::env::current_dir().ok();
    let starts = [run_by_cargo, here, Some(built_in.to_owned())];
    starts
        .iter()
        .flatten()
        .flat_map(|start| start.ancestors())
        .find(|place| place.join("Cargo.lock").is_file())
        .unwrap_or(built_in)
        .to_owned()
}
