//! From domain values to the names of styles and icons. Colour is never the
//! only sign: each tone comes with an icon and a word. *Source*: rules.md R-27.

use platen_domain::{DocumentState, Sides, Standing, Verdict};

use crate::portal::{DocumentRow, HistoryQuery, HistorySort, PrinterChoice};
use crate::words::Words;

pub(super) const SIDES: &[Sides] = &[
    Sides::OneSided,
    Sides::TwoSidedLongEdge,
    Sides::TwoSidedShortEdge,
];

pub(super) const PAST_STATES: &[DocumentState] = &HistoryQuery::STATES;
pub(super) const SORTS: &[HistorySort] = &HistorySort::ALL;

pub(super) fn standing(standing: &Standing) -> &'static str {
    match standing {
        Standing::Unlimited => "unlimited",
        Standing::Good => "good",
        Standing::Low => "low",
        Standing::Over => "over",
    }
}

pub(super) fn is_unlimited(standing: &Standing) -> bool {
    *standing == Standing::Unlimited
}

pub(super) fn state_tone(state: &DocumentState) -> &'static str {
    match state {
        DocumentState::Submitted | DocumentState::Releasing => "busy",
        DocumentState::Unreadable => "low",
        DocumentState::Held => "ready",
        DocumentState::Printed => "good",
        DocumentState::Canceled | DocumentState::Failed => "over",
        DocumentState::Deleted | DocumentState::Expired => "past",
    }
}

pub(super) fn state_icon(state: &DocumentState) -> &'static str {
    match state {
        DocumentState::Submitted => "busy",
        DocumentState::Unreadable => "low",
        DocumentState::Held => "ready",
        DocumentState::Releasing => "printer",
        DocumentState::Printed => "good",
        DocumentState::Canceled => "stopped",
        DocumentState::Failed => "over",
        DocumentState::Deleted => "delete",
        DocumentState::Expired => "busy",
    }
}

/// A document is told of once its state is one of these.
pub(super) fn arrival_state(document: &DocumentRow) -> &'static str {
    document.state.name()
}

pub(super) fn arrival_tone(document: &DocumentRow) -> &'static str {
    match document.verdict {
        _ if was_taken_back(document) => "low",
        Some(Verdict::Warning { .. }) if document.state.is_reserved() => "low",
        _ => state_tone(&document.state),
    }
}

pub(super) fn arrival_icon(document: &DocumentRow) -> &'static str {
    match document.verdict {
        _ if was_taken_back(document) => "low",
        Some(Verdict::Warning { .. }) if document.state.is_reserved() => "low",
        _ => state_icon(&document.state),
    }
}

/// It was released, and why it was not printed is said with it.
fn was_taken_back(document: &DocumentRow) -> bool {
    document.state == DocumentState::Held && document.reason.is_some()
}

pub(super) fn is_counting(document: &DocumentRow) -> bool {
    document.state == DocumentState::Submitted && !waits(document)
}

/// It has been counted, and can't get a verdict yet; why is said with it.
fn waits(document: &DocumentRow) -> bool {
    document.state == DocumentState::Submitted && document.reason.is_some()
}

/// Where an open document stands, in a word.
pub(super) fn state_word(words: &Words, document: &DocumentRow) -> &'static str {
    if waits(document) {
        words.state_waits
    } else {
        words.state(&document.state)
    }
}

/// A declined document's next step is another account.
pub(super) fn wants_account(document: &DocumentRow) -> bool {
    document.state == DocumentState::Canceled && document.can_change_account
}

pub(super) fn printer_name(printer: &PrinterChoice) -> &str {
    if printer.info.is_empty() {
        &printer.name
    } else {
        &printer.info
    }
}
