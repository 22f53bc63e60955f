//! A job, from a `JOB_INFO_2W`.

use crate::answer::{Answer, Malformed};
use crate::devmode::DeviceMode;

/// Offsets in the structure on 64-bit Windows. *Units*: bytes.
pub(crate) mod offset {
    pub(crate) const ID: usize = 0;
    pub(crate) const PRINTER: usize = 8;
    pub(crate) const MACHINE: usize = 16;
    pub(crate) const USER: usize = 24;
    pub(crate) const DOCUMENT: usize = 32;
    pub(crate) const DATATYPE: usize = 48;
    pub(crate) const DEVMODE: usize = 80;
    pub(crate) const STATUS_TEXT: usize = 88;
    pub(crate) const STATUS: usize = 104;
    pub(crate) const TOTAL_PAGES: usize = 124;
    pub(crate) const SIZE: usize = 128;
    pub(crate) const SUBMITTED: usize = 132;
    pub(crate) const PAGES_PRINTED: usize = 152;
    /// Of the whole structure.
    pub(crate) const END: usize = 160;
}

/// What the spooler says of a job, as flags. *Source*: learn.microsoft.com,
/// “`JOB_INFO_2` structure”; winspool.h.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct JobStatus(pub u32);

impl JobStatus {
    /// Somebody paused it.
    pub const PAUSED: Self = Self(0x1);
    /// Something is wrong with it.
    pub const ERROR: Self = Self(0x2);
    /// It is being deleted.
    pub const DELETING: Self = Self(0x4);
    /// Its document is still arriving.
    pub const SPOOLING: Self = Self(0x8);
    /// It is being printed.
    pub const PRINTING: Self = Self(0x10);
    /// Its printer is off line.
    pub const OFFLINE: Self = Self(0x20);
    /// Its printer is out of paper.
    pub const PAPER_OUT: Self = Self(0x40);
    /// It was printed.
    pub const PRINTED: Self = Self(0x80);
    /// It was deleted.
    pub const DELETED: Self = Self(0x100);
    /// The driver can't print it.
    pub const BLOCKED: Self = Self(0x200);
    /// Somebody has to do something at the printer.
    pub const USER_INTERVENTION: Self = Self(0x400);
    /// It was started anew.
    pub const RESTART: Self = Self(0x800);
    /// It was sent to the printer, which may still print.
    pub const COMPLETE: Self = Self(0x1000);
    /// It stays in the queue after it was printed.
    pub const RETAINED: Self = Self(0x2000);
    /// It is made into the printer's language on this computer.
    pub const RENDERING_LOCALLY: Self = Self(0x4000);

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

/// A `SYSTEMTIME` in UTC, as it was written: it need not be a real day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Moment {
    /// Since year 0.
    pub year: u16,
    /// From one.
    pub month: u16,
    /// From one.
    pub day: u16,
    /// From zero.
    pub hour: u16,
    /// From zero.
    pub minute: u16,
    /// From zero.
    pub second: u16,
    /// From zero.
    pub millisecond: u16,
}

/// A job, as the spooler tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobRecord {
    /// Its number, unique among the jobs of its print server while it is there.
    pub id: u32,
    /// The printer that it is for.
    pub printer: String,
    /// The computer that it came from.
    pub machine: String,
    /// The user who submitted it.
    pub user: String,
    /// Its name, as the application gave it.
    pub document: String,
    /// What its document consists of: `RAW`, `NT EMF 1.008`, `XPS_PASS`, ….
    pub datatype: String,
    /// How it is to be printed, where it says so.
    pub mode: Option<DeviceMode>,
    /// What the print monitor says of it; often empty.
    pub status_text: String,
    /// Where it stands.
    pub status: JobStatus,
    /// How many pages it has; zero where its document does not say.
    pub total_pages: u32,
    /// How large its document is so far, below 4 GiB. *Units*: bytes.
    pub size: u32,
    /// When it was submitted.
    pub submitted: Moment,
    /// How many pages were printed; zero where its document does not say.
    pub pages_printed: u32,
}

impl JobRecord {
    /// Reads the `count` jobs at the front of an answer.
    ///
    /// # Errors
    /// The answer breaks off or points outside itself. A device mode that makes
    /// no sense counts as none: drivers make them, not the spooler.
    pub fn read_all(answer: &Answer, count: usize) -> Result<Vec<Self>, Malformed> {
        answer.records(count, offset::END, Self::read)
    }

    fn read(answer: &Answer, at: usize) -> Result<Self, Malformed> {
        let mode = answer.pointed(at + offset::DEVMODE)?;
        Ok(Self {
            id: answer.u32(at + offset::ID)?,
            printer: answer.text(at + offset::PRINTER)?,
            machine: answer.text(at + offset::MACHINE)?,
            user: answer.text(at + offset::USER)?,
            document: answer.text(at + offset::DOCUMENT)?,
            datatype: answer.text(at + offset::DATATYPE)?,
            mode: mode.and_then(DeviceMode::read),
            status_text: answer.text(at + offset::STATUS_TEXT)?,
            status: JobStatus(answer.u32(at + offset::STATUS)?),
            total_pages: answer.u32(at + offset::TOTAL_PAGES)?,
            size: answer.u32(at + offset::SIZE)?,
            submitted: Moment::read(answer, at + offset::SUBMITTED)?,
            pages_printed: answer.u32(at + offset::PAGES_PRINTED)?,
        })
    }
}

impl Moment {
    /// *Source*: minwinbase.h; the third member is the day of the week.
    fn read(answer: &Answer, at: usize) -> Result<Self, Malformed> {
        let member = |index: usize| answer.u16(at + 2 * index);
        Ok(Self {
            year: member(0)?,
            month: member(1)?,
            day: member(3)?,
            hour: member(4)?,
            minute: member(5)?,
            second: member(6)?,
            millisecond: member(7)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::answer::tests::{ADDRESS, Draft};
    use crate::devmode::tests::devmode;

    fn two_jobs() -> Draft {
        let mut draft = Draft::new(2 * offset::END);
        for (index, id) in [(0, 7_u32), (1, 8)] {
            let at = index * offset::END;
            draft.put(at + offset::ID, &id.to_le_bytes());
            draft.put(at + offset::STATUS, &0x11_u32.to_le_bytes());
            draft.put(at + offset::TOTAL_PAGES, &4_u32.to_le_bytes());
            draft.put(at + offset::SIZE, &5000_u32.to_le_bytes());
            draft.put(at + offset::PAGES_PRINTED, &2_u32.to_le_bytes());
            let moment: Vec<u8> = [2026_u16, 11, 1, 30, 16, 5, 59, 999]
                .into_iter()
                .flat_map(u16::to_le_bytes)
                .collect();
            draft.put(at + offset::SUBMITTED, &moment);
            draft.text(at + offset::PRINTER, "Laser");
            draft.text(at + offset::USER, "anna");
            draft.text(at + offset::DOCUMENT, "Letter");
            draft.text(at + offset::DATATYPE, "RAW");
            draft.point(at + offset::DEVMODE, &devmode(&[(0x100, 86, 3)], 12));
        }
        draft
    }

    #[test]
    fn every_job_of_an_answer_is_read() {
        let jobs = JobRecord::read_all(&two_jobs().answer(), 2).expect("it is whole");
        assert_eq!(jobs.len(), 2);
        let expected = JobRecord {
            id: 8,
            printer: "Laser".to_owned(),
            user: "anna".to_owned(),
            document: "Letter".to_owned(),
            datatype: "RAW".to_owned(),
            mode: Some(DeviceMode {
                copies: Some(3),
                ..DeviceMode::default()
            }),
            status: JobStatus::PAUSED.with(JobStatus::PRINTING),
            total_pages: 4,
            size: 5000,
            submitted: Moment {
                year: 2026,
                month: 11,
                day: 30,
                hour: 16,
                minute: 5,
                second: 59,
                millisecond: 999,
            },
            pages_printed: 2,
            ..JobRecord::default()
        };
        assert_eq!(jobs[1], expected);
    }

    #[test]
    fn a_bad_device_mode_does_not_hide_its_job() {
        let mut draft = Draft::new(offset::END);
        draft.point(offset::DEVMODE, &[0xff; 90]);
        let jobs = JobRecord::read_all(&draft.answer(), 1).expect("it is whole");
        assert_eq!(jobs[0].mode, None);
    }

    #[test]
    fn an_answer_that_breaks_off_is_refused() {
        let draft = two_jobs();
        let cut = draft.bytes.len() - 1;
        let answer = Answer::new(draft.bytes[..cut].to_vec(), ADDRESS);
        assert_eq!(
            JobRecord::read_all(&answer, 2).map(|jobs| jobs[1].mode),
            Ok(None)
        );
        let answer = Answer::new(draft.bytes[..2 * offset::END].to_vec(), ADDRESS);
        assert!(JobRecord::read_all(&answer, 2).is_err());
        let answer = Answer::new(draft.bytes[..2 * offset::END - 1].to_vec(), ADDRESS);
        assert!(JobRecord::read_all(&answer, 2).is_err());
    }

    proptest! {
        #[test]
        fn a_changed_answer_is_read_or_refused(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
            length in any::<prop::sample::Index>(),
            count in 0..5_usize,
        ) {
            let mut bytes = two_jobs().bytes;
            for (index, byte) in changes {
                let at = index.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(length.index(bytes.len() + 1));
            let fits = count * offset::END <= bytes.len();
            let read = JobRecord::read_all(&Answer::new(bytes, ADDRESS), count);
            prop_assert!(fits || read.is_err());
            if let Ok(jobs) = read {
                prop_assert_eq!(jobs.len(), count);
            }
        }
    }
}
