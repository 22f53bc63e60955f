//! The client's mind: what happens next with a document, and what the tray and
//! the notifications say, as plain data.
//!
//! *Invariant*: no IO, no clock, no task. The tray app asks [`next_step`] what
//! to do with a document, does it, and asks again; since every answer follows
//! from what the ledger and the spooler say *now*, a crash, a restart or a lost
//! event anywhere in between costs nothing but the repetition.

pub mod menu;
pub mod notification;
pub mod step;
pub mod tray;

pub use menu::{Command, Item, Menu};
pub use notification::{Action, Notification, Slot};
pub use step::{JobPhase, KnownDocument, SeenJob, Settlement, Step, next_step};
pub use tray::{Look, Shape};
