use jiff::Timestamp;
use jiff::tz::TimeZone;
use platen_domain::{Points, Verdict};

use crate::portal::{Answer, FinishingView};
use crate::words::{ENGLISH, GERMAN};

fn points(hundredths: i64) -> Points {
    Points::from_hundredths(hundredths)
}

#[test]
fn finishing_is_told_in_one_line() {
    let finishing = FinishingView {
        copies: 2,
        has_colour: true,
        sheets: 6,
        ..FinishingView::default()
    };
    assert_eq!(
        ENGLISH.finishing_summary(&finishing),
        "2 copies, one-sided, colour, 6 sheets"
    );
    assert_eq!(
        GERMAN.finishing_summary(&finishing),
        "2 Exemplare, einseitig, farbig, 6 Blatt"
    );
    let mono = FinishingView {
        copies: 1,
        monochrome: true,
        sheets: 1,
        ..finishing
    };
    assert_eq!(
        ENGLISH.finishing_summary(&mono),
        "One-sided, black and white, 1 sheet"
    );
}

#[test]
fn declined_answer_says_what_is_left_and_that_nothing_changed() {
    let answer = Answer {
        verdict: Verdict::Declined {
            available: points(300),
        },
        points: points(1500),
        account_name: "Research".into(),
    };
    assert_eq!(
        ENGLISH.account_answer(&answer),
        "“Research” can’t carry it: that takes 15 points, and 3 points are left. Nothing was \
         changed."
    );
    assert_eq!(
        GERMAN.account_answer(&answer),
        "„Research“ reicht dafür nicht: nötig sind 15 Punkte, übrig sind 3 Punkte. Es wurde \
         nichts geändert."
    );
}

#[test]
fn recent_days_have_names() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let now = at("2026-11-22T12:00:00Z");
    for (text, english, german) in [
        ("2026-11-22T09:05:00Z", "Today, 09:05", "Heute, 09:05"),
        ("2026-11-21T23:59:00Z", "Yesterday, 23:59", "Gestern, 23:59"),
        (
            "2026-01-02T03:04:00Z",
            "2 Jan 2026, 03:04",
            "2.1.2026, 03:04",
        ),
    ] {
        assert_eq!(ENGLISH.when_in(&at(text), &TimeZone::UTC, now), english);
        assert_eq!(GERMAN.when_in(&at(text), &TimeZone::UTC, now), german);
    }
}
