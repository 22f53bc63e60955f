//! What was printed beyond what was reserved. *Source*: rules.md.

use jiff::Timestamp;
use platen_domain::price::price_beyond;
use platen_domain::{Points, Receipt};

use super::settle::post;
use super::{Record, known_account};
use crate::activity::ActivityKind;
use crate::document::Facts;
use crate::store::{Result, Tx};

/// Posts what a printer printed beyond the document's estimate as an activity
/// of its own, as far as the hard limit carries it; the document says what was
/// not charged. Its print must have been posted: `printed` is its receipt, and
/// `reported` the sides that the printer counted.
/// *Source*: rules.md.
pub(super) fn charge(
    tx: Tx<'_>,
    record: &mut Record,
    printed: &Receipt,
    reported: u64,
    now: Timestamp,
) -> Result<()> {
    let document = &record.document;
    let (Some(account), Some(holder), Some(facts)) =
        (document.account, &record.holder, &document.facts)
    else {
        return Ok(());
    };
    let beyond = beyond(printed, facts, reported);
    if beyond == 0 {
        return Ok(());
    }
    if beyond > Facts::MAX_PAGES {
        say(
            record,
            format!(
                "The printer reports {reported} sides, which can't be; nothing was charged for \
                     those beyond the estimate."
            ),
        );
        return Ok(());
    }
    let card = tx.card(printed.card_version)?;
    let priced = price_beyond(&card, &facts.pages(), &facts.finishing, beyond);
    // Out of range, it is more than any account carries.
    let points = priced.map_or(Points::MAX, |receipt| receipt.total);
    let account = known_account(tx, account)?;
    let balance = tx.balance(account.id, holder)?;
    let room = match balance.room(&account)? {
        Some(room) => room,
        // What the range of numbers leaves.
        None => Points::MAX.minus(balance.committed()?.max(Points::ZERO))?,
    };
    let room = room.min(Points::MAX.minus(document.posted.unwrap_or_default())?);
    let charged = points.min(room);
    if charged > Points::ZERO {
        post(tx, record, ActivityKind::Overrun, charged, now)?;
        record.document.overrun = Some(charged);
    }
    let missing = points.minus(charged)?;
    if missing > Points::ZERO {
        say(
            record,
            format!(
                "{beyond} more sides were printed than estimated; {missing} of their {points} \
                 points were not charged, since {} carries no more.",
                account.name
            ),
        );
    }
    Ok(())
}

/// Sides that were printed beyond the estimate.
pub(super) fn beyond(printed: &Receipt, facts: &Facts, reported: u64) -> u64 {
    reported.saturating_sub(most_sides(printed, facts))
}

/// Sides that may be reported for the whole job: printers that print on both
/// sides may count the blank backs, which nobody pays for.
fn most_sides(printed: &Receipt, facts: &Facts) -> u64 {
    let per_sheet = if facts.finishing.sides.is_two_sided() {
        2
    } else {
        1
    };
    printed.sides.max(printed.sheets.saturating_mul(per_sheet))
}

/// Adds to what the document says of itself.
fn say(record: &mut Record, sentence: String) {
    let reason = &mut record.document.reason;
    *reason = Some(match reason.take() {
        Some(before) => format!("{before} {sentence}"),
        None => sentence,
    });
}
