//! Whether a rate card makes sense. *Source*: rules.md R-10.

use std::collections::HashMap;

use platen_domain::{Points, PrintRates};

use crate::error::CardFault;
use crate::site::CardSpec;
use crate::store::Result;
use crate::text;

/// Paper sizes of one card.
const ROWS: usize = 200;

/// *Errors*: what contradicts itself, or is no rate.
pub(super) fn check(card: &CardSpec) -> Result<()> {
    Ok(find_fault(card)
        .map_or(Ok(()), Err)
        .map_err(crate::Refusal::from)?)
}

fn find_fault(card: &CardSpec) -> Option<CardFault> {
    if card.rows.len() > ROWS {
        return Some(CardFault::TooMany);
    }
    let (mut names, mut sizes) = (HashMap::new(), HashMap::new());
    for row in &card.rows {
        let key = text::key(&row.name);
        if key.is_empty() {
            return Some(CardFault::NoName);
        }
        if text::fault(&row.name).is_some() {
            return Some(CardFault::BadName(row.name.chars().take(50).collect()));
        }
        if names.insert(key, ()).is_some() {
            return Some(CardFault::SameName(row.name.clone()));
        }
        if row.size.width == 0 || row.size.height == 0 {
            return Some(CardFault::NoSize(row.name.clone()));
        }
        if let Some(other) = sizes.insert((row.size.width, row.size.height), &row.name) {
            return Some(CardFault::SameSize(other.clone(), row.name.clone()));
        }
        if is_negative(row.print) || is_negative(row.copy) {
            return Some(CardFault::Negative(row.name.clone()));
        }
    }
    let other = is_negative(card.other_print) || is_negative(card.other_copy);
    other.then(|| CardFault::Negative("Other size".into()))
}

fn is_negative(rates: PrintRates) -> bool {
    [
        rates.mono_simplex,
        rates.mono_duplex,
        rates.colour_simplex,
        rates.colour_duplex,
    ]
    .into_iter()
    .any(Points::is_negative)
}
