//! Situations worth looking at.

use jiff::{SignedDuration, Timestamp};
use platen_domain::{DocumentId, DocumentState, Sides, Verdict};
use platen_estimate::Problem;
use platen_web::{HistoryRow, PrinterChoice, Reason};
use uuid::Uuid;

use crate::sample::{Content, Sample, account, document, points};

/// `full`, `empty`, `trouble`, `many`; `central` and `central-empty` as on a
/// server; anything else is `full`.
pub(crate) fn named(name: &str) -> Content {
    let mut content = full();
    match name {
        "empty" | "central-empty" => {
            content.central = name != "empty";
            content.documents.clear();
            content.history.clear();
        }
        "trouble" => {
            content.notes = [
                Some("Your sign-in has expired. Sign in again from the Platen icon.".into()),
                Some("There is no network at the moment. What you do here is kept.".into()),
                Some(
                    "The printing system of this computer is not answering. Platen keeps trying."
                        .into(),
                ),
            ];
            content.accounts[1].1 = points(61);
        }
        "central" => content.central = true,
        "many" => {
            content.documents = (1..=200)
                .map(|number| {
                    on(
                        &content,
                        1,
                        document(number, &format!("Lecture {number}.pdf"), 1, 0),
                    )
                })
                .collect();
            content.accounts[1].0.limit = Some(points(400));
        }
        _ => {}
    }
    content
}

/// Prints one page to the secure queue.
pub(crate) fn submit(content: &mut Content, name: &str) {
    let number = 1000 + u32::try_from(content.documents.len()).unwrap_or(0);
    let mut sample = document(number, name, 1, 0);
    sample.row.submitted_at = Timestamp::now();
    sample.row.account = content.active;
    content.documents.insert(0, sample);
}

fn on(content: &Content, index: usize, mut sample: Sample) -> Sample {
    sample.row.account = Some(content.accounts[index].0.id);
    sample
}

fn full() -> Content {
    let mut content = Content {
        accounts: vec![
            (
                account(1, "Department of Comparative Linguistics", None, 0),
                points(50),
            ),
            (account(2, "Print Quota", Some(50), 0), points(4)),
            (account(3, "Research", Some(40), 10), points(38)),
            (account(4, "Student Council", Some(20), 5), points(23)),
            (account(5, "Thesis 2026", Some(100), 0), points(100)),
        ],
        printers: vec![
            printer(
                "library-1",
                "Library, ground floor",
                "Building 4, beside the lifts",
                true,
                None,
            ),
            printer(
                "lab-2",
                "Lab 2",
                "Building 7, room 7.214",
                true,
                Some("Toner is low"),
            ),
            printer("copyshop", "", "", false, Some("Out of paper")),
        ],
        ..Content::default()
    };
    content.active = Some(content.accounts[1].0.id);

    let mut essay = on(
        &content,
        1,
        document(11, "Essay – final version.pdf", 15, 0),
    );
    essay.row.submitted_at = Timestamp::now() - SignedDuration::from_mins(3);
    let mut poster = on(
        &content,
        2,
        document(
            12,
            "Conference poster with a rather long name that somebody typed without ever thinking of a list (2).pdf",
            4,
            2,
        ),
    );
    poster.finishing.sides = Sides::TwoSidedLongEdge;
    poster.row.verdict = Some(Verdict::Warning { used: points(44) });
    let mut thesis = on(&content, 4, document(13, "Thesis.pdf", 180, 4));
    thesis.row.state = DocumentState::Canceled;
    thesis.row.reason = Some(Reason::Declined {
        points: points(270),
        available: points(0),
        account_name: Some("Thesis 2026".into()),
    });
    let mut scan = on(&content, 1, document(14, "scan_0001.pdf", 0, 0));
    scan.row.state = DocumentState::Unreadable;
    scan.row.reason = Some(Reason::Unreadable(Problem::Encrypted));
    let mut slides = on(&content, 1, document(15, "Slides week 12.pdf", 0, 0));
    slides.row.state = DocumentState::Submitted;
    let mut letter = on(&content, 0, document(16, "Letter to the dean.odt", 1, 1));
    letter.row.state = DocumentState::Releasing;
    content.documents = vec![essay, poster, thesis, scan, slides, letter];
    content.history = history();
    content
}

fn printer(
    name: &str,
    info: &str,
    location: &str,
    ready: bool,
    message: Option<&str>,
) -> PrinterChoice {
    PrinterChoice {
        name: name.into(),
        info: info.into(),
        location: location.into(),
        ready,
        message: message.map(Into::into),
    }
}

fn history() -> Vec<HistoryRow> {
    let row =
        |number: u128, name: &str, state, charged: Option<i64>, reason: Option<&str>| HistoryRow {
            id: DocumentId(Uuid::from_u128(100 + number)),
            name: name.into(),
            at: Timestamp::now()
                - SignedDuration::from_hours(i64::try_from(number * number).unwrap_or(0)),
            state,
            reason: reason.map(|text| Reason::Text(text.into())),
            account_name: Some("Print Quota".into()),
            charged: charged.map(points),
            printer: charged.map(|_| "Library, ground floor".into()),
            has_receipt: charged.is_some(),
        };
    let mut entries = vec![
        row(1, "Timetable.pdf", DocumentState::Printed, Some(8), None),
        row(3, "Draft 3.pdf", DocumentState::Deleted, None, None),
        row(
            5,
            "Handout.pdf",
            DocumentState::Failed,
            None,
            Some("The printer stopped: paper jam. Nothing was charged."),
        ),
        row(
            6,
            "Map of the campus.png",
            DocumentState::Expired,
            None,
            Some("Nobody released it within 24 hours."),
        ),
    ];
    entries.extend((7..40).map(|number| {
        row(
            number,
            &format!("Reading {number}.pdf"),
            DocumentState::Printed,
            Some(8),
            None,
        )
    }));
    entries
}
