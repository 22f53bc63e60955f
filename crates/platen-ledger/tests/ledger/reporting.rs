//! What was used over time, by whom, and what it would cost at other rates.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use platen_domain::{PageFacts, PageRun, Person, Points, Size, UserId};
use platen_ledger::{
    Adjustment, Bucket, Change, CopyAsk, Facts, ReportFilter, ReportRow, Settlement, Site,
};
use uuid::Uuid;

use crate::support::*;

const EVERYTHING: &str = "
[[account]]
name = \"Print Quota\"
code = \"quota\"
[[account]]
name = \"Research\"
code = \"research\"
kind = \"shared\"
";

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn bench() -> Bench {
    Bench::with_site(&format!("{EVERYTHING}{CARD}")).await
}

/// Prints this many pages at a time, and charges them.
async fn print_at(bench: &Bench, number: u128, user: &str, code: &str, pages: u32, time: &str) {
    bench.print(number, user, code, pages).await;
    bench.begin_release(number).await;
    let settled = bench
        .ledger
        .settle(
            document_id(number),
            Settlement::Printed {
                sides: pages.into(),
            },
            at(time),
        )
        .await;
    settled.unwrap();
}

async fn adjust_at(bench: &Bench, number: u128, code: &str, change: Change, time: &str) {
    let adjustment = Adjustment {
        account: bench.account(code).await,
        user: (code == "quota").then(|| UserId::local("alice")),
        change,
        reason: "test".into(),
        by: "root".into(),
        corrects: None,
    };
    let adjusted = bench
        .ledger
        .adjust(Uuid::from_u128(number), adjustment, at(time))
        .await;
    adjusted.unwrap();
}

fn filter(since: Date, until: Date, by: Bucket) -> ReportFilter {
    ReportFilter {
        account: None,
        user: None,
        since,
        until,
        by,
        zone: berlin(),
    }
}

async fn report(bench: &Bench, filter: ReportFilter) -> Vec<ReportRow> {
    bench.ledger.report(filter).await.unwrap()
}

fn told(rows: &[ReportRow]) -> Vec<(String, String, String, String, u64)> {
    let text = |row: &ReportRow| {
        let [printed, copied, adjusted] =
            [row.printed, row.copied, row.adjusted].map(|it| it.to_string());
        (
            row.start.to_string(),
            printed,
            copied,
            adjusted,
            row.documents,
        )
    };
    rows.iter().map(text).collect()
}

fn row(
    start: &str,
    printed: &str,
    copied: &str,
    adjusted: &str,
    documents: u64,
) -> (String, String, String, String, u64) {
    let [start, printed, copied, adjusted] = [start, printed, copied, adjusted].map(str::to_owned);
    (start, printed, copied, adjusted, documents)
}

#[tokio::test]
async fn days_are_those_of_local_time_also_when_the_clocks_change() {
    let bench = bench().await;
    // 25 October 2026 has 25 hours in Berlin: from 22:00Z to 23:00Z the next day.
    for (number, pages, time) in [
        (1, 1, "2026-10-24T21:59:59.999999Z"),
        (2, 2, "2026-10-24T22:00:00Z"),
        (3, 4, "2026-10-25T00:30:00Z"),
        (4, 8, "2026-10-25T01:30:00Z"),
        (5, 16, "2026-10-25T22:59:59.999999Z"),
        (6, 32, "2026-10-25T23:00:00Z"),
    ] {
        print_at(&bench, number, "alice", "quota", pages, time).await;
    }
    // 28 March 2027 has 23.
    for (number, pages, time) in [
        (11, 1, "2027-03-27T22:59:59Z"),
        (12, 2, "2027-03-27T23:00:00Z"),
        (13, 4, "2027-03-28T21:59:59Z"),
        (14, 8, "2027-03-28T22:00:00Z"),
    ] {
        print_at(&bench, number, "alice", "quota", pages, time).await;
    }
    let autumn = filter(date(2026, 10, 24), date(2026, 10, 27), Bucket::Day);
    assert_eq!(
        told(&report(&bench, autumn).await),
        [
            row("2026-10-24", "1", "0", "0", 1),
            row("2026-10-25", "30", "0", "0", 4),
            row("2026-10-26", "32", "0", "0", 1),
            row("2026-10-27", "0", "0", "0", 0),
        ]
    );
    // Over both changes in one report.
    let winter = filter(date(2026, 10, 25), date(2027, 3, 29), Bucket::Day);
    let rows = report(&bench, winter).await;
    assert_eq!(rows.len(), 156);
    let used: Vec<_> = rows.into_iter().filter(|row| row.documents > 0).collect();
    assert_eq!(
        told(&used),
        [
            row("2026-10-25", "30", "0", "0", 4),
            row("2026-10-26", "32", "0", "0", 1),
            row("2027-03-27", "1", "0", "0", 1),
            row("2027-03-28", "6", "0", "0", 2),
            row("2027-03-29", "8", "0", "0", 1),
        ]
    );
    let utc = ReportFilter {
        zone: TimeZone::UTC,
        ..filter(date(2026, 10, 24), date(2026, 10, 24), Bucket::Day)
    };
    assert_eq!(
        told(&report(&bench, utc).await),
        [row("2026-10-24", "3", "0", "0", 2)]
    );
    let far = ReportFilter {
        zone: TimeZone::get("Pacific/Kiritimati").unwrap(),
        ..filter(date(2026, 10, 25), date(2026, 10, 26), Bucket::Day)
    };
    assert_eq!(
        told(&report(&bench, far).await),
        [
            row("2026-10-25", "15", "0", "0", 4),
            row("2026-10-26", "48", "0", "0", 2),
        ]
    );
}

#[tokio::test]
async fn weeks_and_months_add_up_what_is_within_the_report() {
    let bench = bench().await;
    for (number, pages, time) in [
        (1, 1, "2026-10-31T12:00:00Z"),
        (2, 2, "2026-11-01T12:00:00Z"),
        (3, 4, "2026-11-02T12:00:00Z"),
        (4, 8, "2026-11-30T12:00:00Z"),
        (5, 16, "2026-12-01T12:00:00Z"),
    ] {
        print_at(&bench, number, "alice", "quota", pages, time).await;
    }
    let weeks = filter(date(2026, 10, 31), date(2026, 11, 8), Bucket::Week);
    assert_eq!(
        told(&report(&bench, weeks).await),
        [
            row("2026-10-31", "3", "0", "0", 2),
            row("2026-11-02", "4", "0", "0", 1),
        ]
    );
    let months = filter(date(2026, 11, 1), date(2026, 12, 31), Bucket::Month);
    assert_eq!(
        told(&report(&bench, months).await),
        [
            row("2026-11-01", "14", "0", "0", 3),
            row("2026-12-01", "16", "0", "0", 1),
        ]
    );
    let within = filter(date(2026, 11, 2), date(2026, 11, 29), Bucket::Month);
    assert_eq!(
        told(&report(&bench, within).await),
        [row("2026-11-02", "4", "0", "0", 1)]
    );
}

#[tokio::test]
async fn report_tells_prints_copies_and_adjustments_apart_and_follows_its_filter() {
    let bench = Bench::with_site(&format!("{EVERYTHING}{CARD}")).await;
    let day = "2026-11-22T10:00:00Z";
    print_at(&bench, 1, "alice", "quota", 3, day).await;
    // Seven sides of five that were estimated.
    bench.print(2, "bob", "quota", 5).await;
    bench.begin_release(2).await;
    let more = Settlement::Printed { sides: 7 };
    bench
        .ledger
        .settle(document_id(2), more, at(day))
        .await
        .unwrap();
    print_at(&bench, 3, "bob", "research", 1, day).await;
    let copy = CopyAsk {
        id: Uuid::from_u128(50),
        person: person("alice"),
        account: Some(bench.account("quota").await),
        device: "copier".into(),
        pages: facts(2).documents.remove(0),
        finishing: Default::default(),
    };
    bench.ledger.copy(copy, at(day), TODAY).await.unwrap();
    adjust_at(&bench, 60, "quota", Change::Credit(points("9.5")), day).await;
    adjust_at(&bench, 61, "quota", Change::Debit(points("1")), day).await;
    adjust_at(&bench, 62, "research", Change::SetTo(points("100")), day).await;
    let all = filter(TODAY, TODAY, Bucket::Day);
    let only = async |account: Option<&str>, user: Option<&str>| {
        let filter = ReportFilter {
            account: match account {
                Some(code) => Some(bench.account(code).await),
                None => None,
            },
            user: user.map(UserId::local),
            ..all.clone()
        };
        told(&report(&bench, filter).await).remove(0)
    };
    let copied = {
        let rows = report(&bench, all.clone()).await;
        assert!(rows[0].copied > Points::ZERO);
        rows[0].copied.to_string()
    };
    let today = "2026-11-22";
    assert_eq!(only(None, None).await, row(today, "11", &copied, "90.5", 3));
    assert_eq!(
        only(Some("quota"), None).await,
        row(today, "10", &copied, "-8.5", 2)
    );
    assert_eq!(
        only(Some("research"), None).await,
        row(today, "1", "0", "99", 1)
    );
    assert_eq!(only(None, Some("bob")).await, row(today, "8", "0", "0", 2));
    assert_eq!(
        only(Some("quota"), Some("bob")).await,
        row(today, "7", "0", "0", 1)
    );
    assert_eq!(
        only(Some("quota"), Some("alice")).await,
        row(today, "3", &copied, "-8.5", 1)
    );
    for nobody in ["carol", "a\0b"] {
        let filter = ReportFilter {
            user: Some(UserId::new(nobody)),
            ..all.clone()
        };
        let rows = report(&bench, filter).await;
        assert!(rows.iter().all(|row| row.documents == 0), "{nobody:?}");
    }
}

#[tokio::test]
async fn odd_ranges_have_the_rows_that_they_should() {
    let bench = bench().await;
    let none = filter(date(2026, 11, 2), date(2026, 11, 1), Bucket::Day);
    assert_eq!(report(&bench, none).await, []);
    let empty = filter(date(2026, 11, 1), date(2026, 11, 3), Bucket::Day);
    assert_eq!(report(&bench, empty.clone()).await.len(), 3);
    print_at(&bench, 1, "alice", "quota", 3, "1969-07-20T20:17:40Z").await;
    print_at(&bench, 2, "alice", "quota", 4, "2026-11-02T12:00:00Z").await;
    // Longer than any chart: only what has something in it.
    for (by, starts) in [
        (Bucket::Day, ["1969-07-20", "2026-11-02"]),
        (Bucket::Month, ["1969-07-01", "2026-11-01"]),
    ] {
        let rows = report(&bench, filter(Date::MIN, Date::MAX, by)).await;
        let expected = [
            row(starts[0], "3", "0", "0", 1),
            row(starts[1], "4", "0", "0", 1),
        ];
        assert_eq!(told(&rows), expected, "{by:?}");
    }
    assert_eq!(report(&bench, empty).await.len(), 3);
    // A clock that was wrong.
    print_at(&bench, 3, "alice", "quota", 5, "9990-01-01T00:00:00Z").await;
    let rows = report(&bench, filter(Date::MIN, Date::MAX, Bucket::Day)).await;
    assert_eq!(rows.len(), 3);
    let most = points("90000000000000000");
    for number in [4, 5] {
        adjust_at(
            &bench,
            number,
            if number == 4 { "quota" } else { "research" },
            Change::SetTo(most),
            "2026-11-02T12:00:00Z",
        )
        .await;
    }
    let rows = report(
        &bench,
        filter(date(2026, 11, 2), date(2026, 11, 2), Bucket::Day),
    )
    .await;
    assert_eq!(rows[0].adjusted, Points::MAX);
}

#[tokio::test]
async fn top_lists_name_those_who_were_charged_most() {
    let bench = bench().await;
    let day = "2026-11-22T10:00:00Z";
    let bob = Person {
        name: "Bob Builder".into(),
        ..person("bob")
    };
    print_at(&bench, 1, "alice", "quota", 3, day).await;
    print_at(&bench, 2, "bob", "quota", 4, day).await;
    print_at(&bench, 3, "bob", "research", 5, day).await;
    print_at(&bench, 4, "carol", "research", 5, day).await;
    print_at(&bench, 5, "carol", "research", 50, "2026-11-23T10:00:00Z").await;
    // Adjustments are nobody's prints.
    adjust_at(&bench, 60, "quota", Change::Debit(points("1000")), day).await;
    bench.ledger.remember(&bob, now()).await.unwrap();
    let accounts = async |limit| {
        let top = bench
            .ledger
            .top_accounts(TODAY, TODAY, &berlin(), limit)
            .await
            .unwrap();
        top.into_iter()
            .map(|it| (it.account.code, it.points.to_string(), it.documents))
            .collect::<Vec<_>>()
    };
    let research = ("research".to_owned(), "10".to_owned(), 2);
    let quota = ("quota".to_owned(), "7".to_owned(), 2);
    assert_eq!(accounts(10).await, [research.clone(), quota]);
    assert_eq!(accounts(1).await, [research]);
    let people = bench
        .ledger
        .top_people(TODAY, TODAY, &berlin(), 10)
        .await
        .unwrap();
    let people: Vec<_> = people
        .iter()
        .map(|it| {
            (
                it.name.as_str(),
                it.login.as_str(),
                it.points.to_string(),
                it.documents,
            )
        })
        .collect();
    assert_eq!(
        people,
        [
            ("Bob Builder", "bob", "9".into(), 2),
            ("carol", "carol", "5".into(), 1),
            ("alice", "alice", "3".into(), 1),
        ]
    );
    let before = date(2026, 11, 1);
    let none = bench.ledger.top_people(before, before, &berlin(), 10).await;
    assert_eq!(none.unwrap(), []);
    let none = bench
        .ledger
        .top_accounts(before, before, &berlin(), 10)
        .await;
    assert_eq!(none.unwrap(), []);
}

fn card(text: &str) -> platen_ledger::site::CardSpec {
    Site::from_toml(text).unwrap().card
}

#[tokio::test]
async fn preview_of_a_card_compares_what_was_printed_by_the_card_of_its_time() {
    let bench = bench().await;
    let day = "2026-11-22T10:00:00Z";
    // 1 point a side.
    print_at(&bench, 1, "alice", "quota", 10, day).await;
    // Half a point a side when printed on both sides.
    let mut duplex = facts(10);
    duplex.finishing.sides = platen_domain::Sides::TwoSidedLongEdge;
    let quota = Some(bench.account("quota").await);
    bench.submit(2, "alice").await;
    bench.reserve(2, "alice", quota, duplex).await.unwrap();
    // Stopped after three of its ten sides.
    bench.print(3, "alice", "quota", 10).await;
    // 12 sides of 10.
    bench.print(4, "alice", "quota", 10).await;
    // In colour: 3 points a side.
    let mut colour = facts(0);
    colour.documents = vec![vec![PageRun {
        count: 2,
        page: PageFacts {
            size: Size::A4,
            colour: true,
        },
    }]];
    bench.submit(5, "alice").await;
    bench.reserve(5, "alice", quota, colour).await.unwrap();
    for (number, settlement) in [
        (2, Settlement::Printed { sides: 0 }),
        (3, Settlement::Stopped { sides: 3 }),
        (4, Settlement::Printed { sides: 12 }),
        (5, Settlement::Printed { sides: 2 }),
    ] {
        bench.begin_release(number).await;
        bench
            .ledger
            .settle(document_id(number), settlement, at(day))
            .await
            .unwrap();
    }
    // Not printed, or not then.
    bench.print(6, "alice", "quota", 10).await;
    print_at(&bench, 7, "alice", "quota", 10, "2026-11-23T10:00:00Z").await;
    // Another card is in force meanwhile.
    bench
        .load(&format!(
            "{EVERYTHING}{}",
            CARD.replace("simplex = 1,", "simplex = 9,")
        ))
        .await;
    let preview = async |text: &str| {
        bench
            .ledger
            .card_preview(
                card(text),
                at("2026-11-22T00:00:00Z"),
                at("2026-11-23T00:00:00Z"),
            )
            .await
            .unwrap()
    };
    let same = preview(CARD).await;
    assert_eq!((same.documents, same.same, same.complete), (5, 5, true));
    // 10 + 5 + 3 + 12 + 6
    assert_eq!((same.charged, same.would_be), (points("36"), points("36")));
    let charged: Points = {
        let mut sum = Points::ZERO;
        for number in 1..=5 {
            let document = bench.document(number).await;
            sum = sum.plus(document.charged().unwrap()).unwrap();
        }
        sum
    };
    assert_eq!(same.charged, charged);
    // Mono simplex dearer, colour cheaper, mono duplex the same.
    let other = CARD
        .replace("simplex = 1,", "simplex = 2,")
        .replace("simplex = 3,", "simplex = 1,");
    let other = preview(&other).await;
    assert_eq!((other.dearer, other.cheaper, other.same), (3, 1, 1));
    assert_eq!(other.charged, points("36"));
    // 20 + 5 + 6 + 24 + 2
    assert_eq!(other.would_be, points("57"));
    let free = preview(
        "[rates.other]\nmono = { simplex = 0, duplex = 0 }\ncolour = { simplex = 0, duplex = 0 }\n",
    )
    .await;
    assert_eq!((free.would_be, free.cheaper), (Points::ZERO, 5));
    let huge = "[rates.other]\nmono = { simplex = 92233720368547758, duplex = 1 }\n\
                colour = { simplex = 1, duplex = 1 }\n";
    let huge = preview(huge).await;
    assert_eq!((huge.documents, huge.unpriced), (5, 3));
    assert_eq!((huge.cheaper, huge.dearer, huge.same), (1, 1, 0));
    let none = bench
        .ledger
        .card_preview(
            card(CARD),
            at("2026-01-01T00:00:00Z"),
            at("2026-01-02T00:00:00Z"),
        )
        .await
        .unwrap();
    assert_eq!((none.documents, none.complete), (0, true));
}

#[tokio::test]
async fn preview_goes_through_more_documents_than_one_step() {
    let bench = bench().await;
    let quota = Some(bench.account("quota").await);
    for number in 1..=600u128 {
        let ask = platen_ledger::Reserve {
            id: document_id(number),
            person: person("alice"),
            account: quota,
            facts: Facts { ..facts(1) },
            lease: None,
        };
        let new = new_document(number, "alice");
        bench.ledger.place(new, ask, now(), TODAY).await.unwrap();
        let printed = Settlement::Printed { sides: 1 };
        bench
            .ledger
            .settle(document_id(number), printed, now())
            .await
            .unwrap();
    }
    let preview = bench
        .ledger
        .card_preview(card(CARD), now(), hours_later(1))
        .await
        .unwrap();
    assert_eq!((preview.documents, preview.same), (600, 600));
    assert_eq!((preview.charged, preview.complete), (points("600"), true));
}
