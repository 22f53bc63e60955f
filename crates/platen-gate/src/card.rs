//! A rate card as it travels with a print on a lease: what printing costs, and
//! nothing else.
//!
//! A few bytes for each paper size, so that the card fits into a job beside the
//! lease that names its fingerprint.

use platen_domain::{Points, PrintRates, RateCard, RateRow, Size};
use ring::digest::{SHA256, digest};

use crate::record::{Reader, put_number};

const VERSION: u8 = 1;
/// More paper sizes than any ledger takes.
const MOST_ROWS: u64 = 1000;

/// The fingerprint of what `card` says of printing.
#[must_use]
pub fn card_digest(card: &RateCard) -> [u8; 32] {
    fingerprint(&encode(card))
}

pub(crate) fn fingerprint(encoded: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, encoded).as_ref());
    bytes
}

pub(crate) fn encode(card: &RateCard) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    put_number(&mut bytes, card.version);
    put_rates(&mut bytes, &card.other_print);
    put_number(&mut bytes, card.rows.len() as u64);
    for row in &card.rows {
        put_number(&mut bytes, row.size.width.into());
        put_number(&mut bytes, row.size.height.into());
        put_rates(&mut bytes, &row.print);
    }
    bytes
}

/// The card again, its names and its rates for copying left out.
pub(crate) fn decode(bytes: &[u8]) -> Option<RateCard> {
    let mut reader = Reader(bytes);
    let [VERSION] = reader.take::<1>()? else {
        return None;
    };
    let version = reader.number()?;
    let other_print = rates(&mut reader)?;
    let rows = reader.number().filter(|rows| *rows <= MOST_ROWS)?;
    let rows = (0..rows)
        .map(|_| {
            let (width, height) = (reader.number()?, reader.number()?);
            let print = rates(&mut reader)?;
            Some(RateRow {
                name: String::new(),
                size: Size {
                    width: width.try_into().ok()?,
                    height: height.try_into().ok()?,
                },
                print,
                copy: print,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    reader.end()?;
    Some(RateCard {
        version,
        rows,
        other_print,
        other_copy: other_print,
    })
}

fn put_rates(bytes: &mut Vec<u8>, rates: &PrintRates) {
    for points in [
        rates.mono_simplex,
        rates.mono_duplex,
        rates.colour_simplex,
        rates.colour_duplex,
    ] {
        put_number(bytes, points.hundredths().cast_unsigned());
    }
}

fn rates(reader: &mut Reader<'_>) -> Option<PrintRates> {
    let mut points = || {
        let number = reader.number()?;
        Some(Points::from_hundredths(number.cast_signed()))
    };
    Some(PrintRates {
        mono_simplex: points()?,
        mono_duplex: points()?,
        colour_simplex: points()?,
        colour_duplex: points()?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_rates() -> impl Strategy<Value = PrintRates> {
        any::<[i64; 4]>().prop_map(|hundredths| {
            let [mono_simplex, mono_duplex, colour_simplex, colour_duplex] =
                hundredths.map(Points::from_hundredths);
            PrintRates {
                mono_simplex,
                mono_duplex,
                colour_simplex,
                colour_duplex,
            }
        })
    }

    pub(crate) fn any_card() -> impl Strategy<Value = RateCard> {
        let row = (any::<(u32, u32)>(), any_rates()).prop_map(|((width, height), print)| RateRow {
            name: String::new(),
            size: Size { width, height },
            print,
            copy: print,
        });
        let rows = proptest::collection::vec(row, 0..6);
        (any::<u64>(), rows, any_rates()).prop_map(|(version, rows, other)| RateCard {
            version,
            rows,
            other_print: other,
            other_copy: other,
        })
    }

    proptest! {
        #[test]
        fn what_printing_costs_survives(card in any_card()) {
            prop_assert_eq!(decode(&encode(&card)), Some(card));
        }

        #[test]
        fn no_bytes_upset_the_reader(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}
