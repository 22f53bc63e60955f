//! Site files, good and bad.

use jiff::civil::date;
use platen_domain::Size;

use super::*;

const PILOT: &str = include_str!("../../../../tests/fixtures/pilot.toml");

/// A card that every example needs, after the lines under test.
const CARD: &str = "
[rates.other]
mono = { simplex = 10, duplex = 10 }
colour = { simplex = 20, duplex = 20 }
";

fn points(text: &str) -> Points {
    text.parse().unwrap()
}

#[track_caller]
fn check_error(text: &str, line: usize, column: usize, reason: &str) {
    let error = Site::from_toml(text).unwrap_err();
    assert!(error.message.contains(reason), "{error}");
    assert_eq!((error.line, error.column), (line, column), "{error}");
}

fn account(lines: &str) -> String {
    format!("[[account]]\nname = \"Quota\"\ncode = \"quota\"\n{lines}\n{CARD}")
}

#[test]
fn pilot_file_describes_accounts_rates_groups_and_settings() {
    let site = Site::from_toml(PILOT).unwrap();
    let codes: Vec<_> = site
        .accounts
        .iter()
        .map(|account| account.code.as_str())
        .collect();
    assert_eq!(codes, ["quota", "department", "course", "research"]);
    assert_eq!(site.accounts[0].limit, Some(points("50")));
    assert_eq!(site.accounts[0].access, Access::Everyone);
    assert_eq!(site.accounts[1].exceed_by, points("10"));
    assert_eq!(site.accounts[2].limit, Some(points("7.5")));
    assert_eq!(site.accounts[3].kind, Kind::Shared);
    assert_eq!(site.settings, Settings::default());
    assert!(site.groups["research"].contains("alice"));
    let row = |size| {
        let found = site.card.rows.iter().find(|row| row.size == size);
        found.unwrap().clone()
    };
    assert_eq!(row(Size::A4).print.mono_simplex, points("1"));
    assert_eq!(row(Size::A4).copy, row(Size::A4).print);
    assert_eq!(row(Size::A3).copy.colour_duplex, points("6"));
    assert_eq!(site.card.other_print.colour_simplex, points("20"));
}

#[test]
fn dates_access_and_switches_are_read() {
    let lines = "start = 2026-09-01\nexpiry = 2026-12-31\nusers = [\"bob\"]\nenabled = false\n\
                 on_clients = false";
    let site = Site::from_toml(&account(lines)).unwrap();
    let account = &site.accounts[0];
    assert_eq!(account.start, Some(date(2026, 9, 1)));
    assert_eq!(account.expiry, Some(date(2026, 12, 31)));
    assert!(!account.enabled && !account.on_clients);
    let only_bob = Access::Only {
        groups: BTreeSet::new(),
        users: BTreeSet::from(["bob".to_owned()]),
    };
    assert_eq!(account.access, only_bob);
}

#[test]
fn account_for_an_empty_list_of_people_is_nobodys() {
    let site = Site::from_toml(&account("users = []")).unwrap();
    let nobody = Access::Only {
        groups: BTreeSet::new(),
        users: BTreeSet::new(),
    };
    assert_eq!(site.accounts[0].access, nobody);
}

#[test]
fn points_are_read_to_the_hundredth_and_never_as_floats() {
    for (written, read) in [
        ("0", "0"),
        ("1_000", "1000"),
        ("0.07", "0.07"),
        ("1_0.5", "10.5"),
        ("\"2.25\"", "2.25"),
        ("90071992547409.93", "90071992547409.93"),
    ] {
        let site = Site::from_toml(&account(&format!("limit = {written}"))).unwrap();
        assert_eq!(site.accounts[0].limit, Some(points(read)), "{written}");
    }
    for (written, reason) in [
        ("1.005", "at most two decimal places"),
        ("1e3", "must be a number"),
        ("nan", "must be a number"),
        ("inf", "must be a number"),
        ("\"many\"", "must be a number"),
        ("9223372036854775807", "too large"),
        ("-1", "can't be negative"),
        ("-0.5", "can't be negative"),
        ("true", "expected a number of points"),
    ] {
        check_error(&account(&format!("limit = {written}")), 4, 9, reason);
    }
}

#[test]
fn every_mistake_in_an_account_has_its_place_and_reason() {
    check_error(&account("limt = 5"), 4, 1, "unknown field");
    check_error(&account("kind = \"pool\""), 4, 8, "unknown variant");
    check_error(&account("exceed_by = 5"), 4, 13, "needs a “limit”");
    check_error(
        &account("limit = 92233720368547758\nexceed_by = 1"),
        5,
        13,
        "too large",
    );
    check_error(
        &account("start = 2026-09-01\nexpiry = 2026-08-31"),
        5,
        10,
        "would expire (2026-08-31) before it starts (2026-09-01)",
    );
    check_error(&account("start = 2026-09-01T08:00:00"), 4, 9, "a day alone");
    check_error(&account("start = 2026-02-30"), 4, 9, "");
    check_error(&account("groups = [\"a\", \" \"]"), 4, 16, "is empty");
    check_error(&account("users = [\"a\\u0000\"]"), 4, 10, "control");
    check_error(
        &format!("[[account]]\nname = \"Quota\"\n{CARD}"),
        1,
        1,
        "missing field",
    );
}

#[test]
fn names_and_codes_are_unique_whatever_their_case() {
    let two = |name: &str, code: &str| {
        account(&format!(
            "[[account]]\nname = \"{name}\"\ncode = \"{code}\""
        ))
    };
    check_error(
        &two("quota ", "other"),
        5,
        8,
        "the name “quota ” already (line 2)",
    );
    check_error(
        &two("Other", "QUOTA"),
        6,
        8,
        "the code “QUOTA” already (line 3)",
    );
    assert!(Site::from_toml(&two("Other", "other")).is_ok());
}

#[test]
fn mistakes_in_the_rate_card_have_their_place_and_reason() {
    let row = |name: &str, simplex: &str| {
        format!(
            "[rates.{name}]\nmono = {{ simplex = {simplex}, duplex = 1 }}\n\
             colour = {{ simplex = 1, duplex = 1 }}\n"
        )
    };
    let with = |text: &str| format!("{text}{CARD}");
    assert!(Site::from_toml(&with(&row("A4", "1"))).is_ok());
    check_error(&row("A4", "1"), 1, 2, "no row for other sizes");
    check_error("", 1, 1, "rate card is missing");
    check_error(&with(&row("A44", "1")), 1, 8, "unknown paper “A44”");
    check_error(&with(&row("A4", "-1")), 2, 20, "can't be negative");
    check_error(&with(&row("A4", "1, fast = 1")), 2, 23, "unknown field");
    check_error(
        &with(&(row("A4", "1") + &row("iso_a4_210x297mm", "1"))),
        4,
        8,
        "same paper as “A4”",
    );
    check_error(
        &with(&(row("A4", "1") + &row("A4", "1"))),
        4,
        8,
        "duplicate key",
    );
}

#[test]
fn mistakes_in_settings_and_groups_have_their_place_and_reason() {
    let with = |text: &str| format!("{text}\n{CARD}");
    check_error(
        &with("[settings]\nhold_hours = 0"),
        2,
        14,
        "from 1 to 87600",
    );
    check_error(&with("[settings]\ngrace_hours = -1"), 2, 15, "from 0 to");
    check_error(&with("[settings]\nhold = 3"), 2, 1, "unknown field");
    check_error(
        &with("[settings]\nunreadable = \"guess\""),
        2,
        14,
        "unknown",
    );
    check_error(&with("[groups]\nstaff = [\"é\", \"é\"]"), 2, 15, "twice");
    check_error(&with("[groups]\n\"\" = []"), 2, 1, "is empty");
    check_error(&with("[groups]\nstaff = [1]"), 2, 10, "expected a string");
    check_error("this is not TOML", 1, 6, "");
}
