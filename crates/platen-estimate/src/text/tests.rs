//! By hand; the real filter's answers are in `tests/text_filter.rs`.

use super::*;
use crate::limits::Limits;
use proptest::prelude::*;

const LETTER: &[(&str, &str)] = &[("media", "Letter")];

fn report(text: &[u8], options: &[(&str, &str)]) -> Report {
    let budget = Budget::start(&Limits::default());
    let (page, bad) = TextPage::read(options.iter().copied());
    assert!(bad.is_empty(), "{bad:?}");
    count(text, &page, &budget).unwrap()
}

#[track_caller]
fn check(text: &str, pages: usize) {
    check_with(text, LETTER, pages);
}

#[track_caller]
fn check_with(text: &str, options: &[(&str, &str)], pages: usize) {
    let report = report(text.as_bytes(), options);
    assert_eq!(report.pages.len(), pages);
    assert!(report.pages.iter().all(|page| !page.colour));
}

#[test]
fn a_letter_page_has_sixty_lines_and_an_a4_page_sixty_four() {
    check("one line", 1);
    check(&"line\n".repeat(60), 1);
    check(&"line\n".repeat(61), 2);
    check(&"line\n".repeat(121), 3);
    check_with(&"line\n".repeat(64), &[], 1);
    check_with(&"line\n".repeat(65), &[], 2);
}

#[test]
fn long_lines_wrap_at_the_last_column() {
    check(&"x".repeat(80 * 60), 1);
    check(&"x".repeat(80 * 60 + 1), 2);
    // Each ü is two bytes and one column, and so is a wide character.
    check(&"ü".repeat(80 * 60), 1);
    check(&"漢".repeat(80 * 60), 1);
    check(&"\tx".repeat(10 * 60), 2);
    check_with(
        &"x".repeat(9000),
        &[("media", "Letter"), ("wrap", "false")],
        1,
    );
}

#[test]
fn form_feed_ends_the_page() {
    check("a\x0cb\x0cc", 3);
    check("a\x0c", 1);
    check("\x0c\x0c", 2);
}

#[test]
fn options_shape_the_page() {
    let lines = |options: &[(&str, &str)], lines: usize| {
        let options = [LETTER, options].concat();
        check_with(&"x\n".repeat(lines), &options, 1);
        check_with(&"x\n".repeat(lines + 1), &options, 2);
    };
    lines(&[("landscape", "true")], 48);
    lines(&[("orientation-requested", "5")], 48);
    lines(&[("landscape", "no"), ("orientation-requested", "4")], 60);
    lines(&[("lpi", "8")], 80);
    lines(&[("page-top", "72"), ("page-bottom", "72")], 54);
    lines(&[("columns", "3")], 180);
    lines(&[("lpi", "0.01")], 1);
}

#[test]
fn pretty_pages_hold_more_and_may_be_coloured() {
    let text = "x\n".repeat(78);
    let report = report(
        text.as_bytes(),
        &[("media", "Letter"), ("prettyprint", "true")],
    );
    assert_eq!(report.pages.len(), 2);
    assert!(report.pages[0].colour);
    assert_eq!(report.pages[0].judged_by, JudgedBy::Unknown);
    assert_eq!(report.warnings.len(), 1);
}

#[test]
fn text_ends_where_the_filter_ends_it() {
    let text = format!("before\n😀{}", "after\n".repeat(500));
    let report = report(text.as_bytes(), LETTER);
    assert_eq!(report.pages.len(), 1);
    assert_eq!(report.warnings.len(), 1);
}

#[test]
fn what_moves_nothing_prints_nothing() {
    check("\r", 0);
    check("\x08", 0);
    check(" ", 1);
    check("\n", 1);
}

#[test]
fn values_that_make_no_sense_are_named() {
    for (name, value) in [
        ("cpi", "0"),
        ("lpi", "-1"),
        ("cpi", "NaN"),
        ("columns", "0"),
        ("page-left", "wide"),
        ("orientation-requested", "9"),
    ] {
        let (page, bad) = TextPage::read([(name, value)]);
        assert_eq!(page, TextPage::default());
        assert_eq!(bad.len(), 1, "{name}={value}");
    }
}

#[test]
fn endless_text_reaches_the_limit_on_pages() {
    let limits = Limits {
        max_pages: 3,
        ..Limits::default()
    };
    assert_eq!(
        count(&[0x0c; 5], &TextPage::default(), &Budget::start(&limits)),
        Err(Problem::limit("pages"))
    );
}

proptest! {
    #[test]
    fn no_bytes_and_no_options_upset_the_count(
        text in proptest::collection::vec(any::<u8>(), 0..400),
        number in any::<f32>(), columns in any::<i64>(),
    ) {
        let (number, columns) = (number.to_string(), columns.to_string());
        let options = [
            ("cpi", number.as_str()), ("lpi", &number), ("page-left", &number),
            ("columns", &columns), ("page-top", &number),
        ];
        let (page, _) = TextPage::read(options);
        let _ = count(&text, &page, &Budget::start(&Limits::default()));
    }
}
