//! A printer, from a `PRINTER_INFO_2W`.

use crate::answer::{Answer, Malformed};
use crate::devmode::DeviceMode;

/// Offsets in the structure on 64-bit Windows. *Units*: bytes.
pub(crate) mod offset {
    pub(crate) const SERVER: usize = 0;
    pub(crate) const NAME: usize = 8;
    pub(crate) const PORT: usize = 24;
    pub(crate) const DRIVER: usize = 32;
    pub(crate) const COMMENT: usize = 40;
    pub(crate) const LOCATION: usize = 48;
    pub(crate) const DEVMODE: usize = 56;
    pub(crate) const ATTRIBUTES: usize = 104;
    pub(crate) const STATUS: usize = 124;
    pub(crate) const JOBS: usize = 128;
    /// Of the whole structure.
    pub(crate) const END: usize = 136;
}

/// What the spooler says of a printer, as flags. *Source*: learn.microsoft.com,
/// “`PRINTER_INFO_2` structure”; winspool.h.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PrinterStatus(pub u32);

impl PrinterStatus {
    /// Somebody paused it.
    pub const PAUSED: Self = Self(0x1);
    /// It is broken.
    pub const ERROR: Self = Self(0x2);
    /// It is being deleted.
    pub const PENDING_DELETION: Self = Self(0x4);
    /// Paper is stuck.
    pub const PAPER_JAM: Self = Self(0x8);
    /// It is out of paper.
    pub const PAPER_OUT: Self = Self(0x10);
    /// It is off line.
    pub const OFFLINE: Self = Self(0x80);
    /// It works.
    pub const BUSY: Self = Self(0x200);
    /// It prints.
    pub const PRINTING: Self = Self(0x400);
    /// It can't be used.
    pub const NOT_AVAILABLE: Self = Self(0x1000);
    /// It works on a job.
    pub const PROCESSING: Self = Self(0x4000);
    /// Somebody has to do something.
    pub const USER_INTERVENTION: Self = Self(0x10_0000);
    /// A door is open.
    pub const DOOR_OPEN: Self = Self(0x40_0000);

    /// Whether one of these flags is set.
    #[must_use]
    pub const fn has(self, flags: Self) -> bool {
        self.0 & flags.0 != 0
    }

    /// The flags of both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The user set it to be used off line. *Source*: `PRINTER_ATTRIBUTE_WORK_OFFLINE`.
const WORK_OFFLINE: u32 = 0x400;

/// A printer, as the spooler tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrinterRecord {
    /// The server that it is on; empty for this computer.
    pub server: String,
    /// Its name, with its server before it where it has one.
    pub name: String,
    /// Where its data goes.
    pub port: String,
    /// The driver.
    pub driver: String,
    /// For people.
    pub comment: String,
    /// Where it stands, for people.
    pub location: String,
    /// What its jobs get when they don't say otherwise.
    pub mode: Option<DeviceMode>,
    /// Whether it is set to be used off line.
    pub work_offline: bool,
    /// What it does.
    pub status: PrinterStatus,
    /// How many jobs wait.
    pub jobs: u32,
}

impl PrinterRecord {
    /// Reads the `count` printers at the front of an answer.
    ///
    /// # Errors
    /// The answer breaks off or points outside itself.
    pub fn read_all(answer: &Answer, count: usize) -> Result<Vec<Self>, Malformed> {
        answer.records(count, offset::END, Self::read)
    }

    fn read(answer: &Answer, at: usize) -> Result<Self, Malformed> {
        let mode = answer.pointed(at + offset::DEVMODE)?;
        Ok(Self {
            server: answer.text(at + offset::SERVER)?,
            name: answer.text(at + offset::NAME)?,
            port: answer.text(at + offset::PORT)?,
            driver: answer.text(at + offset::DRIVER)?,
            comment: answer.text(at + offset::COMMENT)?,
            location: answer.text(at + offset::LOCATION)?,
            mode: mode.and_then(DeviceMode::read),
            work_offline: answer.u32(at + offset::ATTRIBUTES)? & WORK_OFFLINE != 0,
            status: PrinterStatus(answer.u32(at + offset::STATUS)?),
            jobs: answer.u32(at + offset::JOBS)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::answer::tests::{ADDRESS, Draft};

    fn printer() -> Draft {
        let mut draft = Draft::new(offset::END);
        draft.text(offset::NAME, "Laser");
        draft.text(offset::PORT, "IP_10.0.0.9");
        draft.text(offset::LOCATION, "1st floor");
        draft.put(offset::ATTRIBUTES, &WORK_OFFLINE.to_le_bytes());
        draft.put(offset::STATUS, &PrinterStatus::PAUSED.0.to_le_bytes());
        draft.put(offset::JOBS, &2_u32.to_le_bytes());
        draft
    }

    #[test]
    fn a_printer_is_read() {
        let printers = PrinterRecord::read_all(&printer().answer(), 1).expect("it is whole");
        let expected = PrinterRecord {
            name: "Laser".to_owned(),
            port: "IP_10.0.0.9".to_owned(),
            location: "1st floor".to_owned(),
            work_offline: true,
            status: PrinterStatus::PAUSED,
            jobs: 2,
            ..PrinterRecord::default()
        };
        assert_eq!(printers, [expected]);
    }

    proptest! {
        #[test]
        fn a_changed_answer_is_read_or_refused(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
            length in any::<prop::sample::Index>(),
            count in 0..3_usize,
        ) {
            let mut bytes = printer().bytes;
            for (index, byte) in changes {
                let at = index.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(length.index(bytes.len() + 1));
            let fits = count * offset::END <= bytes.len();
            let read = PrinterRecord::read_all(&Answer::new(bytes, ADDRESS), count);
            prop_assert!(fits || read.is_err());
        }
    }
}
