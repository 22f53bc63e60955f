//! Windows' print spooler, and what else Platen asks of Windows, as safe functions
//! over its C interface.
//!
//! This room knows how the spooler's functions are called and what the bytes
//! mean that they fill in. It knows nothing of Platen: what a job's flags and
//! settings amount to is for `platen-spooler` to say. What has nothing to do with
//! printing is in [`system`].
//!
//! All `unsafe` calls of Windows are here, and there is none in reading: an answer is
//! copied out of the buffer that the spooler filled, and the pointers in it are
//! read as numbers that must lie within that buffer ([`Answer`]). So an answer
//! that contradicts itself is an error, and what reads it is tested on every
//! system; the calls themselves exist on Windows only.
//!
//! *Invariant*: 64-bit Windows alone. The offsets of the structures are written
//! here as numbers, and compared with the real ones when built for Windows.

#![cfg_attr(
    windows,
    expect(
        unsafe_code,
        reason = "Windows' interface is C; the calls are in two modules"
    )
)]

mod answer;
mod devmode;
mod job;
mod printer;

#[cfg(windows)]
mod spooler;
#[cfg(windows)]
pub mod system;

pub use answer::{Answer, Malformed};
pub use devmode::{DeviceMode, Duplex};
pub use job::{JobRecord, JobStatus, Moment};
pub use printer::{PrinterRecord, PrinterStatus};

#[cfg(windows)]
pub use spooler::{
    Changes, Control, MOST_ANSWER_BYTES, Printer, Refusal, Stop, StoredDocument, Subject,
    WinspoolError, Woken, printers,
};
