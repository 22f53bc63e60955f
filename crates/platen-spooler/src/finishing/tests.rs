//! The table of spellings that was measured on a real cupsd.

use jiff::Timestamp;
use uuid::Uuid;

use platen_domain::{PageSet, Sides, Size};

use super::*;
use crate::job::JobState;

fn finishing(job: &Job, defaults: &QueueDefaults) -> Finishing {
    super::finishing(job, defaults, &Ticket::default(), Passage::LaidOut)
}

fn job(options: &[(&str, &str)]) -> Job {
    Job {
        id: 1,
        mark: None,
        uuid: Uuid::nil(),
        queue: "sec".into(),
        name: String::new(),
        owner: "alice".into(),
        state: JobState::Held,
        message: None,
        documents: 1,
        copies: None,
        sheets: Vec::new(),
        media_size: None,
        options: options
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        impressions_completed: 0,
        format: None,
        submitted_at: Timestamp::UNIX_EPOCH,
        completed_at: None,
    }
}

#[track_caller]
fn check(options: &[(&str, &str)], expect: Finishing) {
    assert_eq!(finishing(&job(options), &QueueDefaults::default()), expect);
}

fn plain() -> Finishing {
    Finishing::default()
}

#[test]
fn sides_win_over_duplex_of_the_ppd() {
    let long = Finishing {
        sides: Sides::TwoSidedLongEdge,
        ..plain()
    };
    let short = Finishing {
        sides: Sides::TwoSidedShortEdge,
        ..plain()
    };
    check(&[], plain());
    check(&[("Duplex", "DuplexNoTumble")], long.clone());
    check(&[("Duplex", "DuplexTumble")], short);
    check(&[("Duplex", "None")], plain());
    check(
        &[("sides", "one-sided"), ("Duplex", "DuplexNoTumble")],
        plain(),
    );
    check(
        &[("sides", "two-sided-long-edge"), ("Duplex", "None")],
        long.clone(),
    );
    check(&[("sides", "nonsense"), ("Duplex", "DuplexNoTumble")], long);
}

#[test]
fn the_colour_model_wins_over_the_colour_mode() {
    let mono = Finishing {
        monochrome: true,
        ..plain()
    };
    check(&[("print-color-mode", "monochrome")], mono.clone());
    check(&[("print-color-mode", "color")], plain());
    check(
        &[("ColorModel", "Gray"), ("print-color-mode", "color")],
        mono.clone(),
    );
    check(
        &[("ColorModel", "RGB"), ("print-color-mode", "monochrome")],
        plain(),
    );
    check(&[("ColorModel", "FastGray")], mono);
    check(&[("ColorModel", "CMYK")], plain());
}

#[test]
fn ranges_sets_and_number_up_are_read() {
    check(
        &[
            ("page-ranges", "1-2,4"),
            ("page-set", "even"),
            ("number-up", "2"),
        ],
        Finishing {
            ranges: vec![(1, 2), (4, 4)],
            page_set: PageSet::Even,
            number_up: 2,
            ..plain()
        },
    );
    check(
        &[
            ("page-ranges", "0-3,5-4,7-"),
            ("number-up", "0"),
            ("page-set", "all"),
        ],
        Finishing {
            ranges: vec![(1, 3), (5, 4), (7, u32::MAX)],
            ..plain()
        },
    );
}

#[test]
fn every_spelling_of_the_paper_is_known() {
    let paper = |media| Finishing {
        media: Some(media),
        ..plain()
    };
    check(&[("media", "A4")], paper(Size::A4));
    check(&[("media", "iso_a4_210x297mm")], paper(Size::A4));
    check(
        &[("media", "tray-2,na_letter_8.5x11in")],
        paper(Size::LETTER),
    );
    check(&[("PageSize", "A3"), ("media", "A4")], paper(Size::A3));
    let mut column = job(&[]);
    column.media_size = Some(Size::A3);
    assert_eq!(
        finishing(&column, &QueueDefaults::default()),
        paper(Size::A3)
    );
}

#[test]
fn banners_count_one_by_one() {
    let sheets = |names: &[&str]| {
        let mut job = job(&[]);
        job.sheets = names.iter().map(|name| (*name).to_owned()).collect();
        finishing(&job, &QueueDefaults::default()).banners
    };
    assert_eq!(sheets(&["none", "none"]), 0);
    assert_eq!(sheets(&["standard", "none"]), 1);
    assert_eq!(sheets(&["standard", "secret"]), 2);
}

#[test]
fn what_a_job_leaves_out_the_queue_fills_in() {
    let defaults = QueueDefaults {
        copies: Some(2),
        sides: Some(Sides::TwoSidedLongEdge),
        number_up: Some(4),
        colour_mode: Some("monochrome".into()),
        media: Some(Size::A3),
        sheets: vec!["standard".into(), "none".into()],
    };
    assert_eq!(
        finishing(&job(&[]), &defaults),
        Finishing {
            copies: 2,
            sides: Sides::TwoSidedLongEdge,
            number_up: 4,
            monochrome: true,
            media: Some(Size::A3),
            banners: 1,
            ..plain()
        }
    );
    let mut own = job(&[
        ("sides", "one-sided"),
        ("number-up", "1"),
        ("print-color-mode", "color"),
        ("media", "A4"),
    ]);
    own.copies = Some(3);
    own.sheets = vec!["none".into(), "none".into()];
    assert_eq!(
        finishing(&own, &defaults),
        Finishing {
            copies: 3,
            media: Some(Size::A4),
            ..plain()
        }
    );
}

#[test]
fn document_asks_where_the_job_is_silent() {
    let ticket = Ticket {
        copies: Some(4),
        sides: Some(Sides::TwoSidedLongEdge),
        monochrome: None,
    };
    let asked = |job: &Job, passage| {
        super::finishing(
            job,
            &QueueDefaults {
                sides: Some(Sides::TwoSidedShortEdge),
                ..QueueDefaults::default()
            },
            &ticket,
            passage,
        )
    };
    let mut job = job(&[]);
    let silent = asked(&job, Passage::LaidOut);
    assert_eq!((silent.copies, silent.sides), (4, Sides::TwoSidedLongEdge));
    job.copies = Some(1);
    job.options.insert("sides".into(), "one-sided".into());
    let stated = asked(&job, Passage::LaidOut);
    assert_eq!((stated.copies, stated.sides), (1, Sides::OneSided));
    let as_is = asked(&job, Passage::AsIs);
    assert_eq!((as_is.copies, as_is.sides), (1, Sides::TwoSidedLongEdge));
}
