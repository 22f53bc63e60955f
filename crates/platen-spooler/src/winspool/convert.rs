//! From Windows' words to the spooler's common ones. No call is made here, so it
//! is tested on every system.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use platen_domain::{Sides, Size};
use platen_windows::{
    DeviceMode, Duplex, JobRecord, JobStatus, Moment, PrinterRecord, PrinterStatus,
};
use uuid::Uuid;

use crate::{Enforcement, Job, JobState, Queue, QueueDefaults, QueueState};

/// What names of jobs are made from; any constant does.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f0c_57d1_5c1e_4b4e_9d33_0a9a_5a57_41c2);

/// The port of a queue whose documents go nowhere.
const NOWHERE: &str = "NUL:";

/// A queue; `configured` are the names of the managed ones.
pub(crate) fn queue(record: PrinterRecord, configured: Option<&[String]>) -> Queue {
    let listed = configured.is_some_and(|names| names.iter().any(|name| same(name, &record.name)));
    let state = queue_state(record.status);
    Queue {
        info: record.comment,
        location: record.location,
        managed: listed,
        enforcement: Enforcement::Courtesy,
        is_printer: !same(&record.port, NOWHERE),
        accepting: !record.status.has(PrinterStatus::PENDING_DELETION),
        state: if record.work_offline {
            QueueState::Stopped
        } else {
            state
        },
        state_message: String::new(),
        defaults: record.mode.map(|mode| defaults(&mode)).unwrap_or_default(),
        device_uri: Some(record.port).filter(|port| !port.is_empty()),
        name: record.name,
    }
}

/// A job of `queue`, under the number that it is addressed by.
pub(crate) fn job(record: JobRecord, queue: &str, number: i32) -> Job {
    let state = job_state(record.status);
    let mode = record.mode.unwrap_or_default();
    Job {
        id: number,
        uuid: identity(&record, queue),
        mark: None,
        queue: queue.to_owned(),
        state,
        message: Some(record.status_text).filter(|text| !text.is_empty()),
        documents: u32::from(has_arrived(record.status)),
        copies: mode.copies,
        sheets: Vec::new(),
        media_size: paper(&mode),
        options: options(&mode),
        impressions_completed: record.pages_printed,
        format: Some(format_of(&record.datatype).to_owned()),
        // A job whose time is no time is still a job.
        submitted_at: timestamp(record.submitted).unwrap_or(Timestamp::UNIX_EPOCH),
        completed_at: None,
        name: record.document,
        owner: record.user,
    }
}

/// What names a job for good: Windows gives numbers to other jobs again, but not
/// in the millisecond in which the first one came from the same computer.
pub(crate) fn identity(record: &JobRecord, queue: &str) -> Uuid {
    let Moment {
        year,
        month,
        day,
        hour,
        minute,
        second,
        millisecond,
    } = record.submitted;
    let name = format!(
        "{}\0{queue}\0{}\0{}\0{year}-{month}-{day}T{hour}:{minute}:{second}.{millisecond}",
        record.machine, record.id, record.user,
    );
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// Whether the whole document is there, as far as it still is.
pub(crate) const fn has_arrived(status: JobStatus) -> bool {
    !status.has(
        JobStatus::SPOOLING
            .with(JobStatus::DELETING)
            .with(JobStatus::DELETED),
    )
}

/// What a job's flags amount to. A job is deleted once it was printed, so that
/// it was printed counts more than that it is deleted.
pub(crate) const fn job_state(status: JobStatus) -> JobState {
    const TROUBLE: JobStatus = JobStatus::ERROR
        .with(JobStatus::OFFLINE)
        .with(JobStatus::PAPER_OUT)
        .with(JobStatus::BLOCKED)
        .with(JobStatus::USER_INTERVENTION);
    const AT_WORK: JobStatus = JobStatus::PRINTING
        .with(JobStatus::RENDERING_LOCALLY)
        .with(JobStatus::RESTART);
    if status.has(JobStatus::PRINTED.with(JobStatus::COMPLETE)) {
        JobState::Completed
    } else if status.has(JobStatus::DELETING.with(JobStatus::DELETED)) {
        JobState::Canceled
    } else if status.has(JobStatus::PAUSED) {
        if status.has(JobStatus::PRINTING) {
            JobState::Stopped
        } else {
            JobState::Held
        }
    } else if status.has(TROUBLE) {
        JobState::Stopped
    } else if status.has(AT_WORK) {
        JobState::Processing
    } else {
        JobState::Pending
    }
}

const fn queue_state(status: PrinterStatus) -> QueueState {
    const TROUBLE: PrinterStatus = PrinterStatus::PAUSED
        .with(PrinterStatus::ERROR)
        .with(PrinterStatus::PENDING_DELETION)
        .with(PrinterStatus::PAPER_JAM)
        .with(PrinterStatus::PAPER_OUT)
        .with(PrinterStatus::OFFLINE)
        .with(PrinterStatus::NOT_AVAILABLE)
        .with(PrinterStatus::USER_INTERVENTION)
        .with(PrinterStatus::DOOR_OPEN);
    const AT_WORK: PrinterStatus = PrinterStatus::BUSY
        .with(PrinterStatus::PRINTING)
        .with(PrinterStatus::PROCESSING);
    if status.has(TROUBLE) {
        QueueState::Stopped
    } else if status.has(AT_WORK) {
        QueueState::Processing
    } else {
        QueueState::Idle
    }
}

/// Settings as print options by their IPP names, so that one reader reads those
/// of every system. Copies and paper are not among them, as with cupsd.
fn options(mode: &DeviceMode) -> BTreeMap<String, String> {
    let colour = mode
        .colour
        .map(|colour| if colour { "color" } else { "monochrome" });
    let collate = mode.collate.map(|collate| {
        if collate {
            "separate-documents-collated-copies"
        } else {
            "separate-documents-uncollated-copies"
        }
    });
    // *Source*: RFC 8011, section 5.2.10.
    let orientation = mode
        .landscape
        .map(|landscape| if landscape { "4" } else { "3" });
    [
        ("sides", mode.duplex.map(|duplex| sides(duplex).keyword())),
        ("print-color-mode", colour),
        ("multiple-document-handling", collate),
        ("orientation-requested", orientation),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
    .collect()
}

fn defaults(mode: &DeviceMode) -> QueueDefaults {
    QueueDefaults {
        copies: mode.copies,
        sides: mode.duplex.map(sides),
        number_up: None,
        colour_mode: options(mode).remove("print-color-mode"),
        media: paper(mode),
        sheets: Vec::new(),
    }
}

const fn sides(duplex: Duplex) -> Sides {
    match duplex {
        Duplex::Simplex => Sides::OneSided,
        Duplex::LongEdge => Sides::TwoSidedLongEdge,
        Duplex::ShortEdge => Sides::TwoSidedShortEdge,
    }
}

/// The paper's own measure, which wins over its number.
/// *Source*: learn.microsoft.com, “DEVMODEW”, `dmPaperLength`.
fn paper(mode: &DeviceMode) -> Option<Size> {
    let measured = mode.paper_width.zip(mode.paper_length);
    let measured = measured.map(|(width, height)| Size {
        width: width * 10,
        height: height * 10,
    });
    measured.or_else(|| mode.paper.and_then(numbered_paper))
}

/// The papers that have a number everywhere. *Source*: wingdi.h, `DMPAPER_…`.
fn numbered_paper(number: u16) -> Option<Size> {
    let (width, height) = match number {
        1 | 2 | 18 => return Some(Size::LETTER),
        5 => return Some(Size::LEGAL),
        8 => return Some(Size::A3),
        9 | 10 => return Some(Size::A4),
        3 | 17 => (27_940, 43_180),
        4 => (43_180, 27_940),
        6 => (13_970, 21_590),
        7 => (18_415, 26_670),
        11 => (14_800, 21_000),
        12 => (25_000, 35_400),
        13 => (18_200, 25_700),
        14 => (21_590, 33_020),
        15 => (21_500, 27_500),
        16 => (25_400, 35_560),
        66 => (42_000, 59_400),
        70 => (10_500, 14_800),
        _ => return None,
    };
    Some(Size { width, height })
}

/// The format of a stored document. Windows stores what the driver made: the
/// printer's own language, or a recording of drawing commands.
/// *Source*: learn.microsoft.com, “Print Processor Data Types”.
pub(crate) fn format_of(datatype: &str) -> &'static str {
    let datatype = datatype.to_ascii_uppercase();
    if datatype.starts_with("NT EMF") {
        "application/x-windows-emf-spool"
    } else if datatype.starts_with("XPS") {
        "application/vnd.ms-xpsdocument"
    } else if datatype == "TEXT" {
        "text/plain"
    } else {
        "application/octet-stream"
    }
}

fn timestamp(moment: Moment) -> Option<Timestamp> {
    let narrow = |number: u16| i8::try_from(number).ok();
    let time = DateTime::new(
        i16::try_from(moment.year).ok()?,
        narrow(moment.month)?,
        narrow(moment.day)?,
        narrow(moment.hour)?,
        narrow(moment.minute)?,
        narrow(moment.second)?,
        i32::from(moment.millisecond) * 1_000_000,
    );
    TimeZone::UTC.to_timestamp(time.ok()?).ok()
}

/// Windows' names of users, printers and ports mean the same in any case.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use platen_domain::{Passage, Ticket};
    use proptest::prelude::*;

    use super::*;
    use crate::finishing;

    #[track_caller]
    fn check(status: &[JobStatus], expect: JobState) {
        let status = status
            .iter()
            .fold(JobStatus::default(), |all, one| all.with(*one));
        assert_eq!(job_state(status), expect, "{status:?}");
    }

    #[test]
    fn flags_amount_to_a_state() {
        check(&[], JobState::Pending);
        check(&[JobStatus::SPOOLING], JobState::Pending);
        check(&[JobStatus::PAUSED], JobState::Held);
        check(&[JobStatus::PAUSED, JobStatus::SPOOLING], JobState::Held);
        check(&[JobStatus::PRINTING], JobState::Processing);
        check(&[JobStatus::PRINTING, JobStatus::PAUSED], JobState::Stopped);
        check(
            &[JobStatus::PRINTING, JobStatus::PAPER_OUT],
            JobState::Stopped,
        );
        check(&[JobStatus::BLOCKED], JobState::Stopped);
        check(&[JobStatus::DELETING], JobState::Canceled);
        check(
            &[JobStatus::DELETING, JobStatus::PRINTING],
            JobState::Canceled,
        );
        check(&[JobStatus::PRINTED], JobState::Completed);
        check(
            &[JobStatus::PRINTED, JobStatus::DELETING],
            JobState::Completed,
        );
        check(
            &[JobStatus::COMPLETE, JobStatus::RETAINED],
            JobState::Completed,
        );
    }

    fn letter() -> JobRecord {
        JobRecord {
            id: 7,
            printer: "Laser".into(),
            user: "anna".into(),
            document: "Letter".into(),
            datatype: "NT EMF 1.008".into(),
            mode: Some(DeviceMode {
                copies: Some(2),
                duplex: Some(Duplex::ShortEdge),
                colour: Some(false),
                paper: Some(8),
                ..DeviceMode::default()
            }),
            submitted: Moment {
                year: 2026,
                month: 11,
                day: 30,
                hour: 16,
                minute: 5,
                second: 1,
                millisecond: 20,
            },
            ..JobRecord::default()
        }
    }

    #[test]
    fn a_job_says_what_its_price_needs() {
        let job = job(letter(), "Laser", 7);
        assert_eq!(job.documents, 1);
        assert_eq!(job.submitted_at.to_string(), "2026-11-30T16:05:01.02Z");
        assert_eq!(
            job.format.as_deref(),
            Some("application/x-windows-emf-spool")
        );
        let finishing = finishing(
            &job,
            &QueueDefaults::default(),
            &Ticket::default(),
            Passage::LaidOut,
        );
        assert_eq!(finishing.copies, 2);
        assert_eq!(finishing.sides, Sides::TwoSidedShortEdge);
        assert!(finishing.monochrome);
        assert_eq!(finishing.media, Some(Size::A3));
    }

    #[test]
    fn a_jobs_name_for_good_does_not_change_with_its_state() {
        let mut later = letter();
        later.status = JobStatus::PRINTING;
        later.pages_printed = 3;
        assert_eq!(identity(&later, "Laser"), identity(&letter(), "Laser"));
        let mut another = letter();
        another.submitted.millisecond += 1;
        assert_ne!(identity(&another, "Laser"), identity(&letter(), "Laser"));
        let mut another = letter();
        another.id = 8;
        assert_ne!(identity(&another, "Laser"), identity(&letter(), "Laser"));
    }

    #[test]
    fn a_measured_paper_wins_over_its_number() {
        let mode = DeviceMode {
            paper: Some(9),
            paper_width: Some(1000),
            paper_length: Some(2000),
            ..DeviceMode::default()
        };
        let measured = Size {
            width: 10_000,
            height: 20_000,
        };
        assert_eq!(paper(&mode), Some(measured));
        let numbered = DeviceMode {
            paper_length: None,
            ..mode
        };
        assert_eq!(paper(&numbered), Some(Size::A4));
    }

    #[test]
    fn queues_are_managed_by_name_in_any_case() {
        let record = || PrinterRecord {
            name: "Büro".into(),
            port: "nul:".into(),
            status: PrinterStatus::PAUSED,
            ..PrinterRecord::default()
        };
        let listed = queue(record(), Some(&["BÜRO".to_owned()]));
        assert!(listed.managed && !listed.is_printer && listed.accepting);
        assert_eq!(listed.enforcement, Enforcement::Courtesy);
        assert_eq!(listed.state, QueueState::Stopped);
        assert!(!queue(record(), None).managed);
    }

    proptest! {
        #[test]
        fn every_record_becomes_a_job(
            status in any::<u32>(),
            paper in any::<Option<u16>>(),
            measure in any::<Option<(u16, u16)>>(),
            moment in any::<[u16; 7]>(),
            datatype in ".*",
        ) {
            let [year, month, day, hour, minute, second, millisecond] = moment;
            let record = JobRecord {
                status: JobStatus(status),
                datatype,
                mode: Some(DeviceMode {
                    paper,
                    paper_width: measure.map(|measure| measure.0.into()),
                    paper_length: measure.map(|measure| measure.1.into()),
                    ..DeviceMode::default()
                }),
                submitted: Moment { year, month, day, hour, minute, second, millisecond },
                ..JobRecord::default()
            };
            let job = job(record, "Laser", 1);
            prop_assert!(!job.state.is_finished() || status & 0x1184 != 0);
        }
    }
}
