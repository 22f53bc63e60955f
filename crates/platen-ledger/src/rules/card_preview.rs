//! What printed documents would cost at other rates. *Source*: rules.md.

use platen_domain::price::price_beyond;
use platen_domain::{Points, RateCard};

use super::documents::receipt_of;
use super::overrun::beyond;
use super::report::nearest;
use crate::document::{Document, Settlement};
use crate::report::CardPreview;
use crate::store::{Result, Stretch, Tx};

/// Documents of one step, and those of them that are in memory at once, since
/// each may have the facts of a million pages.
const PAGE: u32 = 256;
const AT_ONCE: usize = 16;

/// Documents that are looked at in the end, and the sum of their pages: together
/// they bound the time that a preview takes.
const DOCUMENTS: u64 = 50_000;
const PAGES: u64 = 20_000_000;

/// How far a preview has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course {
    pub(crate) seen: CardPreview,
    pages: u64,
    before: i64,
}

impl Course {
    pub(crate) fn start() -> Self {
        Self {
            seen: CardPreview::default(),
            pages: 0,
            before: i64::MAX,
        }
    }

    /// As much was looked at as one preview may.
    fn is_long(&self) -> bool {
        self.seen.documents >= DOCUMENTS || self.pages >= PAGES
    }
}

/// Goes on to the next documents; none once the end is reached.
pub(crate) fn go_on(
    tx: Tx<'_>,
    mut course: Course,
    stretch: &Stretch,
    card: &RateCard,
) -> Result<(Course, bool)> {
    let prints = tx.prints_before(stretch, course.before, PAGE)?;
    if prints.is_empty() {
        course.seen.complete = true;
        return Ok((course, false));
    }
    for few in prints.chunks(AT_ONCE) {
        if course.is_long() {
            return Ok((course, false));
        }
        let ids: Vec<_> = few.iter().map(|(_, id)| *id).collect();
        let documents = tx.documents_by_id(&ids)?;
        for document in &documents {
            let facts = document.facts.as_ref();
            course.pages += facts.map_or(0, |facts| facts.page_count());
            match compare(tx, document, card) {
                Some(prices) => count(&mut course.seen, prices),
                None => course.seen.unpriced += 1,
            }
        }
        course.seen.documents += few.len() as u64;
        course.seen.unpriced += (few.len() - documents.len()) as u64;
        course.before = few.last().map_or(course.before, |(ordinal, _)| *ordinal);
    }
    Ok((course, true))
}

fn count(seen: &mut CardPreview, [charged, would_be]: [Points; 2]) {
    seen.charged = nearest(seen.charged, charged);
    seen.would_be = nearest(seen.would_be, would_be);
    match would_be.cmp(&charged) {
        std::cmp::Ordering::Greater => seen.dearer += 1,
        std::cmp::Ordering::Less => seen.cheaper += 1,
        std::cmp::Ordering::Equal => seen.same += 1,
    }
}

/// What a document costs by the card of its time and by another one; none where
/// it can't be priced by both.
fn compare(tx: Tx<'_>, document: &Document, card: &RateCard) -> Option<[Points; 2]> {
    let then = tx.card(document.card_version?).ok()?;
    Some([charge(document, &then)?, charge(document, card)?])
}

/// What was printed of a document, by a card: beyond the estimate as well where
/// that was charged.
fn charge(document: &Document, card: &RateCard) -> Option<Points> {
    let printed = receipt_of(document, card).ok()?;
    let facts = document.facts.as_ref()?;
    let reported = match document.settlement {
        Some(Settlement::Printed { sides } | Settlement::Stopped { sides }) => sides,
        _ => 0,
    };
    if document.overrun.is_none() {
        return Some(printed.total);
    }
    let beyond = beyond(&printed, facts, reported);
    let more = price_beyond(card, &facts.pages(), &facts.finishing, beyond).ok()?;
    printed.total.plus(more.total).ok()
}
