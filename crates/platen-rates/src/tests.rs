//! The reader on its own; the ledger's tests hold it inside a site file.

use super::*;

const CARD: &str = r#"
[rates.A4]
mono = { simplex = 1, duplex = 0.75 }
colour = { simplex = "3", duplex = 2.5 }

[rates.other]
mono = { simplex = 10, duplex = 10 }
colour = { simplex = 20, duplex = 20 }
"#;

#[track_caller]
fn check(text: &str, expected: &str) {
    let mistake = card_from_toml(text).unwrap_err().to_string();
    assert!(
        mistake.contains(expected),
        "{mistake:?} is not {expected:?}"
    );
}

#[test]
fn a_card_is_read_without_a_float() {
    let card = card_from_toml(CARD).unwrap().with_version(1);
    assert_eq!(card.rows.len(), 1);
    assert_eq!(card.rows[0].size, Size::A4);
    assert_eq!(card.rows[0].print.mono_duplex.to_string(), "0.75");
    assert_eq!(card.rows[0].print.colour_simplex.to_string(), "3");
}

#[test]
fn the_rest_of_a_site_file_is_left_alone() {
    let site = format!("[settings]\nhold_hours = 3\n{CARD}\n[groups]\nstaff = [\"anna\"]\n");
    assert_eq!(card_from_toml(&site), card_from_toml(CARD));
}

#[test]
fn mistakes_have_a_place_and_a_reason() {
    check("", "line 1, column 1: the rate card is missing");
    check("[rates.A4", "line 1, column");
    check(&CARD.replace("0.75", "-0.75"), "line 3");
    check(
        &CARD.replace("rates.A4", "rates.Napkin"),
        "line 2, column 8: unknown paper “Napkin”",
    );
    check(
        &CARD.replace("rates.other", "rates.A3"),
        "no row for other sizes",
    );
    check(&CARD.replace("duplex = 10", "duplex = 1.001"), "line 7");
}
