//! The queues of the spooler, and which of them Platen looks after.
//!
//! **What marks a managed queue is its `device-uri`**: `gate:` alone is a secure
//! queue without a printer, `gate:REAL-URI` one that prints on REAL-URI once a
//! job is approved. cupsd shows `device-uri` to every ordinary user, unchanged
//! (measured, CUPS 2.4.2), so no other marker is needed, and none that a user's
//! description field could fake. It hides no password in it either: device URIs
//! of managed queues must not carry one.

use platen_domain::{Sides, Size};

#[cfg(unix)]
mod ipp;

#[cfg(unix)]
pub(crate) use ipp::REQUESTED;

/// Whether jobs can get past the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Enforcement {
    /// The queue's device is the gate: nothing prints without an approval.
    Enforced,
    /// The queue merely holds jobs by default; its users can release them.
    Courtesy,
}

/// A queue of the spooler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Its name, as used for printing.
    pub name: String,
    /// Its description, for people.
    pub info: String,
    /// Where it stands, for people.
    pub location: String,
    /// Its device, as far as the spooler tells.
    pub device_uri: Option<String>,
    /// Whether Platen watches its jobs: behind the gate, or configured.
    pub managed: bool,
    /// How sure it is that nothing prints unpaid.
    pub enforcement: Enforcement,
    /// Whether a real device is behind it, so that documents can be released to it.
    pub is_printer: bool,
    /// Whether it takes new jobs.
    pub accepting: bool,
    /// What it does.
    pub state: QueueState,
    /// What it says about it.
    pub state_message: String,
    /// What its jobs get when they don't say otherwise.
    pub defaults: QueueDefaults,
}

/// What a queue does. *Source*: RFC 8011, section 5.4.11.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueState {
    /// Ready.
    Idle,
    /// Printing.
    Processing,
    /// Paused or broken.
    Stopped,
}

/// The `…-default` attributes that change what a job costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueDefaults {
    /// `copies-default`.
    pub copies: Option<u32>,
    /// `sides-default`.
    pub sides: Option<Sides>,
    /// `number-up-default`.
    pub number_up: Option<u32>,
    /// `print-color-mode-default`, as the keyword.
    pub colour_mode: Option<String>,
    /// `media-default`.
    pub media: Option<Size>,
    /// `job-sheets-default`: banners before and after.
    pub sheets: Vec<String>,
}
