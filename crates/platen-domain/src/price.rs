//! The one pricing function. *Source*: rules.md R-12.

use crate::finishing::Finishing;
use crate::layout::{Layout, PrintedSide, lay_out, sheets};
use crate::pages::PageFacts;
use crate::points::{Points, PointsError};
use crate::rates::{Match, PrintRates, RateCard, RateRow};

/// What a job costs, and how that came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The rate card's version.
    pub card_version: u64,
    /// How often everything is printed.
    pub copies: u32,
    /// Printed sides, all copies.
    pub sides: u64,
    /// Sheets of paper, all copies.
    pub sheets: u64,
    /// Printed sides with colour, all copies.
    pub colour_sides: u64,
    /// One line for each kind of side, in the order in which they first appear.
    pub lines: Vec<ReceiptLine>,
    /// Which side of one copy is in which line, in the order of printing.
    pub runs: Vec<ReceiptRun>,
    /// The sum of all lines.
    pub total: Points,
}

/// Sides of one copy that follow each other and cost the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiptRun {
    /// The first of them, counted from one.
    pub first: u64,
    /// The last of them.
    pub last: u64,
    /// Their line's place in [`Receipt::lines`].
    pub line: usize,
}

/// Sides of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLine {
    /// The row of the card: `A4`, or `Other size`.
    pub paper: String,
    /// The sheet's own size is not on the card; the receipt says so.
    pub substituted: bool,
    /// With colour.
    pub colour: bool,
    /// Both sides of the sheet are printed.
    pub duplex: bool,
    /// Printed sides, all copies.
    pub sides: u64,
    /// Points per side.
    pub rate: Points,
    /// sides × rate.
    pub points: Points,
}

/// Prices a job: Σ over printed sides of the rate for paper, colour and sides,
/// × copies; banners once.
///
/// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md.
pub fn price(
    card: &RateCard,
    documents: &[Vec<PageFacts>],
    finishing: &Finishing,
) -> Result<Receipt, PointsError> {
    let layout = lay_out(documents, finishing);
    price_parts(
        card,
        Parts {
            work: Work::Print,
            copies: u64::from(finishing.copies.max(1)),
            once: &layout.banners,
            layout: &layout,
        },
    )
}

/// Prices what was really printed: the first `printed` sides of the job,
/// collated, its banners last, never more than the whole job.
///
/// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md R-20.
pub fn price_printed(
    card: &RateCard,
    documents: &[Vec<PageFacts>],
    finishing: &Finishing,
    printed: u64,
) -> Result<Receipt, PointsError> {
    let layout = lay_out(documents, finishing);
    let per_copy = layout.copy.len() as u64;
    let all_copies = u64::from(finishing.copies.max(1));
    // What is left for a copy that was begun, or for the banners; below the
    // length of either, which came from a usize.
    let (copies, once) = match printed.checked_div(per_copy) {
        Some(copies) if copies < all_copies => {
            (copies, &layout.copy[..(printed % per_copy) as usize])
        }
        _ => {
            let rest = printed.saturating_sub(per_copy.saturating_mul(all_copies));
            let rest = rest.min(layout.banners.len() as u64);
            (all_copies, &layout.banners[..rest as usize])
        }
    };
    price_parts(
        card,
        Parts {
            work: Work::Print,
            copies,
            once,
            layout: &layout,
        },
    )
}

/// Prices sides that were printed beyond the whole job, as if it began again.
///
/// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md R-20.
pub fn price_beyond(
    card: &RateCard,
    documents: &[Vec<PageFacts>],
    finishing: &Finishing,
    beyond: u64,
) -> Result<Receipt, PointsError> {
    let layout = lay_out(documents, finishing);
    let per_copy = layout.copy.len() as u64;
    let copies = beyond.checked_div(per_copy).unwrap_or_default();
    let rest = beyond.checked_rem(per_copy).unwrap_or_default();
    price_parts(
        card,
        Parts {
            work: Work::Print,
            copies,
            // Below the length of a copy, which came from a usize.
            once: &layout.copy[..rest as usize],
            layout: &layout,
        },
    )
}

/// Prices a copy by the card's rates for copying.
///
/// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md.
pub fn price_copy(
    card: &RateCard,
    documents: &[Vec<PageFacts>],
    finishing: &Finishing,
) -> Result<Receipt, PointsError> {
    let layout = lay_out(documents, finishing);
    price_parts(
        card,
        Parts {
            work: Work::Copy,
            copies: u64::from(finishing.copies.max(1)),
            once: &layout.banners,
            layout: &layout,
        },
    )
}

/// Which of the card's rates count.
#[derive(Clone, Copy)]
enum Work {
    Print,
    Copy,
}

/// Whole copies, and sides that are printed once after them.
struct Parts<'job> {
    work: Work,
    copies: u64,
    once: &'job [PrintedSide],
    layout: &'job Layout,
}

fn price_parts(card: &RateCard, parts: Parts<'_>) -> Result<Receipt, PointsError> {
    let Parts {
        work,
        copies,
        once,
        layout,
    } = parts;
    let mut lines: Vec<ReceiptLine> = Vec::new();
    let mut runs: Vec<ReceiptRun> = Vec::new();
    for (sides, times) in [(layout.copy.as_slice(), copies), (once, 1)] {
        if times == 0 {
            continue;
        }
        // What is printed once after whole copies is no part of them.
        let is_first = runs.is_empty();
        for (number, side) in (1..).zip(sides) {
            let line = add_side(&mut lines, rates_of(card, side, work), side, times)?;
            if is_first {
                add_to_runs(&mut runs, number, line);
            }
        }
    }
    let mut total = Points::ZERO;
    for line in &mut lines {
        line.points = line.rate.times(line.sides)?;
        total = total.plus(line.points)?;
    }
    let count = |lines: &[ReceiptLine], colour_only: bool| {
        lines
            .iter()
            .filter(|line| line.colour || !colour_only)
            .map(|line| line.sides)
            .sum()
    };
    let per_copy = sheets(&layout.copy) + layout.blank_sheets.len() as u64;
    Ok(Receipt {
        card_version: card.version,
        copies: u32::try_from(copies).unwrap_or(u32::MAX),
        sides: count(&lines, false),
        sheets: per_copy.saturating_mul(copies).saturating_add(sheets(once)),
        colour_sides: count(&lines, true),
        lines,
        runs,
        total,
    })
}

fn add_to_runs(runs: &mut Vec<ReceiptRun>, number: u64, line: usize) {
    match runs.last_mut() {
        Some(run) if run.line == line => run.last = number,
        _ => runs.push(ReceiptRun {
            first: number,
            last: number,
            line,
        }),
    }
}

/// The row that a side is charged by, its rates, and whether it is another
/// paper's.
fn rates_of<'card>(
    card: &'card RateCard,
    side: &PrintedSide,
    work: Work,
) -> (&'card str, &'card PrintRates, bool) {
    let of = |row: &'card RateRow| match work {
        Work::Print => &row.print,
        Work::Copy => &row.copy,
    };
    match (card.find(side.size), work) {
        (Match::Exact(row), _) => (&row.name, of(row), false),
        (Match::Larger(row), _) => (&row.name, of(row), true),
        (Match::Other, Work::Print) => ("Other size", &card.other_print, true),
        (Match::Other, Work::Copy) => ("Other size", &card.other_copy, true),
    }
}

fn add_side(
    lines: &mut Vec<ReceiptLine>,
    (paper, rates, substituted): (&str, &PrintRates, bool),
    side: &PrintedSide,
    times: u64,
) -> Result<usize, PointsError> {
    let same = |line: &ReceiptLine| {
        line.paper == paper
            && line.substituted == substituted
            && line.colour == side.colour
            && line.duplex == side.duplex
    };
    if let Some(at) = lines.iter().position(same) {
        let sides = &mut lines[at].sides;
        *sides = sides.checked_add(times).ok_or(PointsError::Overflow)?;
        return Ok(at);
    }
    lines.push(ReceiptLine {
        paper: paper.to_owned(),
        substituted,
        colour: side.colour,
        duplex: side.duplex,
        sides: times,
        rate: rates.of(side.colour, side.duplex),
        points: Points::ZERO,
    });
    Ok(lines.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finishing::Sides;
    use crate::layout::tests::pages;
    use crate::rates::tests::card;
    use crate::size::Size;
    use proptest::prelude::*;

    #[test]
    fn one_colour_page_does_not_make_the_document_colour() {
        let receipt = price(
            &card(),
            &[pages(&[false, true, false])],
            &Finishing::default(),
        )
        .unwrap();
        assert_eq!(receipt.total.to_string(), "5");
        assert_eq!(
            (receipt.sides, receipt.colour_sides, receipt.sheets),
            (3, 1, 3)
        );
    }

    #[test]
    fn duplex_rates_hold_for_full_sheets_only() {
        let finishing = Finishing {
            sides: Sides::TwoSidedLongEdge,
            copies: 2,
            ..Finishing::default()
        };
        let receipt = price(&card(), &[pages(&[false, false, false])], &finishing).unwrap();
        // 2 × (2 × 0.75 + 1 × 1)
        assert_eq!(receipt.total.to_string(), "5");
        assert_eq!(receipt.sheets, 4);
    }

    #[test]
    fn banners_are_printed_and_charged_once() {
        let finishing = Finishing {
            copies: 5,
            banners: 2,
            ..Finishing::default()
        };
        let documents = [pages(&[false])];
        let receipt = price(&card(), &documents, &finishing).unwrap();
        assert_eq!((receipt.sides, receipt.sheets), (7, 7));
        assert_eq!(receipt.total.to_string(), "7");
    }

    #[test]
    fn unknown_paper_is_charged_by_the_larger_row_and_says_so() {
        let page = PageFacts {
            size: Size::LETTER,
            colour: false,
        };
        let receipt = price(&card(), &[vec![page]], &Finishing::default()).unwrap();
        assert_eq!(receipt.lines[0].paper, "A3");
        assert!(receipt.lines[0].substituted);
    }

    #[test]
    fn runs_name_the_sides_of_one_copy_line_by_line() {
        let finishing = Finishing {
            copies: 3,
            banners: 2,
            ..Finishing::default()
        };
        let documents = [pages(&[false, true, true, false])];
        let receipt = price(&card(), &documents, &finishing).unwrap();
        let runs: Vec<_> = (receipt.runs.iter())
            .map(|run| (run.first, run.last, receipt.lines[run.line].colour))
            .collect();
        assert_eq!(runs, [(1, 1, false), (2, 3, true), (4, 4, false)]);
        let begun = price_printed(&card(), &documents, &finishing, 2).unwrap();
        assert_eq!(begun.runs.last().unwrap().last, 2);
    }

    #[test]
    fn copies_are_charged_by_the_rates_for_copying() {
        let mut card = card();
        card.rows[0].copy.mono_simplex = Points::from_hundredths(50);
        card.other_copy.mono_simplex = Points::from_hundredths(700);
        let documents = [pages(&[false, true])];
        let receipt = price_copy(&card, &documents, &Finishing::default()).unwrap();
        assert_eq!(receipt.total.to_string(), "3.5");
        let page = PageFacts {
            size: Size {
                width: 90_000,
                height: 90_000,
            },
            colour: false,
        };
        let receipt = price_copy(&card, &[vec![page]], &Finishing::default()).unwrap();
        assert_eq!(receipt.total.to_string(), "7");
    }

    #[test]
    fn sides_beyond_the_job_cost_what_its_first_sides_cost() {
        let finishing = Finishing {
            banners: 1,
            ..Finishing::default()
        };
        let documents = [pages(&[false, true])];
        let beyond = |sides| {
            let receipt = price_beyond(&card(), &documents, &finishing, sides);
            receipt.unwrap().total.to_string()
        };
        assert_eq!(
            ["0", "1", "4", "5"],
            [beyond(0), beyond(1), beyond(2), beyond(3)]
        );
        let nothing = price_beyond(&card(), &[], &Finishing::default(), 3).unwrap();
        assert_eq!(nothing.total, Points::ZERO);
        assert_eq!(
            price_beyond(&card(), &documents, &finishing, u64::MAX),
            Err(PointsError::Overflow)
        );
    }

    #[test]
    fn amounts_beyond_the_range_are_an_error() {
        let mut card = card();
        card.rows[0].print.mono_simplex = Points::MAX;
        let finishing = Finishing {
            copies: 2,
            ..Finishing::default()
        };
        assert_eq!(
            price(&card, &[pages(&[false])], &finishing),
            Err(PointsError::Overflow)
        );
    }

    proptest! {
        #[test]
        fn printing_part_of_a_job_costs_at_most_the_job_and_never_falls(
            colours in proptest::collection::vec(any::<bool>(), 0..12),
            copies in 1u32..4, banners in 0u32..3, two_sided: bool, printed in 0u64..60,
        ) {
            let sides = if two_sided { Sides::TwoSidedLongEdge } else { Sides::OneSided };
            let finishing = Finishing { copies, sides, banners, ..Finishing::default() };
            let documents = [pages(&colours)];
            let whole = price(&card(), &documents, &finishing).unwrap();
            let part = price_printed(&card(), &documents, &finishing, printed).unwrap();
            let next = price_printed(&card(), &documents, &finishing, printed + 1).unwrap();
            prop_assert!(part.total <= next.total && next.total <= whole.total);
            prop_assert_eq!(part.sides, printed.min(whole.sides));
        }
    }
}
