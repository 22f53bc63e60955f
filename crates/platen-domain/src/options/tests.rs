//! The reader's tables: what was measured on a real cupsd.

use super::*;
use proptest::prelude::*;

#[track_caller]
fn check(pairs: &[(&str, &str)], expected: JobOptions) {
    let reading = JobOptions::read(pairs.iter().copied());
    assert_eq!(reading.options, expected);
    assert_eq!((reading.bad, reading.unknown), (vec![], vec![]));
}

#[track_caller]
fn check_bad(name: &str, value: &str) {
    let reading = JobOptions::read([(name, value)]);
    assert_eq!(reading.options, JobOptions::default(), "{name}={value}");
    assert_eq!(reading.bad.len(), 1, "{name}={value}");
    let message = reading.bad[0].to_string();
    assert!(
        message.contains(&format!("{name}={value}")) && message.contains("must be"),
        "{message}"
    );
}

#[test]
fn names_are_read_in_any_case() {
    check(
        &[("Number-Up", "4"), ("pagesize", "A3"), ("COPIES", "2")],
        JobOptions {
            copies: Some(2),
            number_up: Some(4),
            media: Some(Size::A3),
            ..JobOptions::default()
        },
    );
}

#[test]
fn booklet_is_on_off_or_an_order() {
    let booklet = |booklet| JobOptions {
        booklet: Some(booklet),
        ..JobOptions::default()
    };
    check(&[("booklet", "off")], booklet(None));
    check(
        &[("booklet", "on")],
        booklet(Some(Booklet {
            two_up: true,
            signature: None,
        })),
    );
    check(
        &[("booklet", "shuffle-only"), ("booklet-signature", "8")],
        booklet(Some(Booklet {
            two_up: false,
            signature: Some(8),
        })),
    );
}

#[test]
fn last_of_two_values_counts() {
    check(
        &[("copies", "2"), ("copies", "3")],
        JobOptions {
            copies: Some(3),
            ..JobOptions::default()
        },
    );
}

#[test]
fn raw_is_an_option_or_a_format() {
    let raw = |raw| JobOptions {
        raw: Some(raw),
        ..JobOptions::default()
    };
    check(&[("raw", "true")], raw(true));
    check(
        &[("document-format", "application/vnd.cups-raw")],
        raw(true),
    );
    check(&[("document-format", "application/pdf")], raw(false));
}

#[test]
fn values_that_make_no_sense_are_named() {
    for (name, value) in [
        ("copies", "0"),
        ("copies", "-1"),
        ("copies", "many"),
        ("sides", "both"),
        ("Duplex", "Perhaps"),
        ("number-up", "5"),
        ("number-up", "17"),
        ("page-ranges", "1,x"),
        ("page-ranges", ""),
        ("page-set", "prime"),
        ("booklet", "1"),
        ("booklet-signature", "6"),
        ("booklet-signature", "4000000000"),
        ("print-color-mode", "blue"),
        ("PageSize", "Napkin"),
        ("OutputOrder", "random"),
        ("raw", "perhaps"),
    ] {
        check_bad(name, value);
    }
}

#[test]
fn pictures_are_spread_by_what_makes_them_larger_than_the_page() {
    let spreads = |name, value| JobOptions::read([(name, value)]).options.spreads_pictures;
    assert!(spreads("scaling", "200") && spreads("ppi", "10") && spreads("natural-scaling", "50"));
    assert!(!spreads("scaling", "100") && !spreads("fit-to-page", "true"));
}

#[test]
fn trays_are_media_without_a_size() {
    check(&[("media", "tray-2")], JobOptions::default());
}

#[test]
fn unknown_options_are_told_and_harmless_ones_are_not() {
    let pairs = [
        ("fit-to-page", "true"),
        ("job-priority", "50"),
        ("orientation-requested", "4"),
        ("numberup", "2"),
    ];
    let reading = JobOptions::read(pairs);
    assert_eq!(reading.options, JobOptions::default());
    assert_eq!(reading.unknown, ["numberup"]);
}

#[test]
fn what_the_printer_gets_as_it_is_obeys_itself() {
    let pairs = [
        ("copies", "2"),
        ("number-up", "4"),
        ("page-ranges", "1"),
        ("sides", "one-sided"),
        ("print-color-mode", "monochrome"),
        ("media", "A3"),
    ];
    let options = JobOptions::read(pairs).options;
    let ticket = Ticket {
        copies: Some(3),
        sides: Some(Sides::TwoSidedLongEdge),
        monochrome: None,
    };
    let finishing = options.finishing(&JobOptions::default(), &ticket, Passage::AsIs);
    let expected = Finishing {
        copies: 2,
        sides: Sides::TwoSidedLongEdge,
        ..Finishing::default()
    };
    assert_eq!(finishing, expected);
    assert_eq!(Passage::AsIs.repeats(&ticket), 3);
    assert_eq!(Passage::LaidOut.repeats(&ticket), 1);
}

#[test]
fn pages_that_a_filter_repeats_are_not_multiplied_again() {
    let ticket = Ticket {
        copies: Some(3),
        sides: Some(Sides::TwoSidedLongEdge),
        monochrome: None,
    };
    let silent = JobOptions::default();
    let finishing = silent.finishing(&silent, &ticket, Passage::Interpreted);
    assert_eq!(
        (finishing.copies, finishing.sides),
        (1, Sides::TwoSidedLongEdge)
    );
    assert_eq!(Passage::Interpreted.repeats_of_pages(&ticket, 1), 3);
    assert_eq!(Passage::Interpreted.repeats_of_pages(&ticket, 2), 1);
    assert_eq!(Passage::LaidOut.repeats_of_pages(&ticket, 1), 1);
    let stated = JobOptions::read([("copies", "2"), ("number-up", "4")]).options;
    let finishing = stated.finishing(&silent, &ticket, Passage::Interpreted);
    assert_eq!((finishing.copies, finishing.number_up), (2, 4));
}

#[test]
fn filters_that_may_not_be_there_are_not_counted_on() {
    let pairs = [
        ("number-up", "4"),
        ("page-ranges", "1"),
        ("sides", "two-sided-long-edge"),
        ("print-color-mode", "monochrome"),
    ];
    let options = JobOptions::read(pairs).options;
    let ticket = Ticket {
        copies: Some(3),
        sides: Some(Sides::OneSided),
        monochrome: None,
    };
    let finishing = options.finishing(&JobOptions::default(), &ticket, Passage::Either);
    let expected = Finishing {
        copies: 3,
        sides: Sides::TwoSidedLongEdge,
        monochrome: true,
        ..Finishing::default()
    };
    assert_eq!(finishing, expected);
}

proptest! {
    #[test]
    fn no_value_upsets_the_reader(
        at in 0usize..8,
        value in "[0-9a-z,_. -]{0,12}|.{0,12}",
    ) {
        let names = [
            "page-ranges", "media", "copies", "sides", "booklet", "job-sheets", "ColorModel",
            "number-up",
        ];
        let reading = JobOptions::read([(names[at], value.as_str())]);
        let _ = reading.options.finishing(
            &JobOptions::default(), &Ticket::default(), Passage::LaidOut,
        );
    }
}
