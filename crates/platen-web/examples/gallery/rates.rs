//! The sample's accounts and its rate card.

use std::collections::BTreeSet;

use platen_domain::{
    Access, Account, AccountId, Kind, Points, PrintRates, RateCard, RateRow, Size,
};
use uuid::Uuid;

pub(crate) fn account(number: u128, name: &str, limit: Option<i64>, exceed_by: i64) -> Account {
    Account {
        id: AccountId(Uuid::from_u128(number)),
        name: name.into(),
        code: name.to_lowercase(),
        enabled: true,
        start: None,
        expiry: None,
        kind: Kind::Individual,
        limit: limit.map(points),
        exceed_by: points(exceed_by),
        access: Access::Only {
            groups: BTreeSet::new(),
            users: BTreeSet::new(),
        },
        on_clients: true,
        archived: false,
        version: 1,
    }
}

pub(crate) fn points(whole: i64) -> Points {
    Points::from_hundredths(whole * 100)
}

pub(crate) fn card() -> RateCard {
    let rates = |mono: i64, colour: i64| PrintRates {
        mono_simplex: points(mono),
        mono_duplex: Points::from_hundredths(mono * 75),
        colour_simplex: points(colour),
        colour_duplex: Points::from_hundredths(colour * 80),
    };
    let a4 = RateRow {
        name: "A4".into(),
        size: Size::A4,
        print: rates(1, 3),
        copy: rates(1, 3),
    };
    let a3 = RateRow {
        name: "A3".into(),
        size: Size::A3,
        print: rates(2, 6),
        copy: rates(2, 6),
    };
    RateCard {
        version: 3,
        rows: vec![a4, a3],
        other_print: rates(10, 20),
        other_copy: rates(10, 20),
    }
}
