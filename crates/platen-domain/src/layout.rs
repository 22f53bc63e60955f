//! From pages to the sides that a printer puts toner on.

use crate::size::Size;

/// What the estimate needs to know of one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageFacts {
    /// The page's size as it would be printed.
    pub size: Size,
    /// Whether anything on it shows colour.
    pub colour: bool,
}

/// Pages in a row that are alike; how long documents are stored and sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageRun {
    /// How many pages; at least one.
    pub count: u32,
    /// What each of them is.
    pub page: PageFacts,
}

impl PageRun {
    /// Folds pages into runs, in page order.
    #[must_use]
    pub fn fold(pages: &[PageFacts]) -> Vec<Self> {
        let mut runs: Vec<Self> = Vec::new();
        for page in pages {
            match runs.last_mut() {
                Some(run) if run.page == *page && run.count < u32::MAX => run.count += 1,
                _ => runs.push(Self {
                    count: 1,
                    page: *page,
                }),
            }
        }
        runs
    }

    /// Unfolds runs into pages; the inverse of [`PageRun::fold`].
    #[must_use]
    pub fn unfold(runs: &[Self]) -> Vec<PageFacts> {
        runs.iter()
            .flat_map(|run| std::iter::repeat_n(run.page, run.count as usize))
            .collect()
    }
}

/// One-sided or two-sided. *Source*: RFC 8011, section 5.2.8 (`sides`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sides {
    /// `one-sided`.
    #[default]
    OneSided,
    /// `two-sided-long-edge`.
    TwoSidedLongEdge,
    /// `two-sided-short-edge`.
    TwoSidedShortEdge,
}

impl Sides {
    /// Reads IPP's keyword.
    #[must_use]
    pub fn from_keyword(keyword: &str) -> Option<Self> {
        Some(match keyword {
            "one-sided" => Self::OneSided,
            "two-sided-long-edge" => Self::TwoSidedLongEdge,
            "two-sided-short-edge" => Self::TwoSidedShortEdge,
            _ => return None,
        })
    }

    /// IPP's keyword.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::OneSided => "one-sided",
            Self::TwoSidedLongEdge => "two-sided-long-edge",
            Self::TwoSidedShortEdge => "two-sided-short-edge",
        }
    }

    /// Whether sheets are printed on both sides.
    #[must_use]
    pub const fn is_two_sided(self) -> bool {
        !matches!(self, Self::OneSided)
    }
}

/// CUPS's `page-set`: which of the laid-out sides are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PageSet {
    /// All of them.
    #[default]
    All,
    /// The second, fourth and so on.
    Even,
    /// The first, third and so on.
    Odd,
}

/// The options of a job that change what it costs. *Source*: rules.md R-11.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Finishing {
    /// How often everything is printed; at least one.
    pub copies: u32,
    /// One-sided or two-sided.
    pub sides: Sides,
    /// Pages on one side; at least one.
    pub number_up: u32,
    /// Which laid-out sides are printed, first and last inclusive, counted from
    /// one; empty means all. CUPS counts sides after number-up, not pages.
    pub ranges: Vec<(u32, u32)>,
    /// Applied after `ranges`.
    pub page_set: PageSet,
    /// Printed without colour whatever the pages hold.
    pub monochrome: bool,
    /// The paper asked for; none means each page's own size.
    pub media: Option<Size>,
    /// Banner pages before and after, each a sheet of its own.
    pub banners: u32,
}

impl Default for Finishing {
    fn default() -> Self {
        Self {
            copies: 1,
            sides: Sides::OneSided,
            number_up: 1,
            ranges: Vec::new(),
            page_set: PageSet::All,
            monochrome: false,
            media: None,
            banners: 0,
        }
    }
}

/// One side of one sheet with something on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PrintedSide {
    /// The paper.
    pub size: Size,
    /// Printed with colour.
    pub colour: bool,
    /// The other side of its sheet is printed as well.
    pub duplex: bool,
}

/// Lays one copy of a job's documents out, in the order of printing.
///
/// Each document of a job starts on a new sheet. Number-up comes first, then
/// the ranges, then the page set, as CUPS's filters do it; blank sides that
/// only fill up a sheet are not printed sides.
/// *Source*: rules.md R-11; cups-filters 1.28 `pdftopdf`, measured.
#[must_use]
pub fn lay_out(documents: &[Vec<PageFacts>], finishing: &Finishing) -> Vec<PrintedSide> {
    let mut printed = Vec::new();
    for _ in 0..finishing.banners {
        let size = finishing
            .media
            .or_else(|| first_size(documents))
            .unwrap_or(Size::A4);
        printed.push(PrintedSide {
            size,
            colour: false,
            duplex: false,
        });
    }
    for pages in documents {
        let group = finishing.number_up.max(1) as usize;
        let chosen = pages
            .chunks(group)
            .zip(1u32..)
            .filter(|(_, number)| finishing.selects(*number))
            .map(|(group, _)| PrintedSide {
                size: finishing.media.unwrap_or_else(|| largest(group)),
                colour: !finishing.monochrome && group.iter().any(|page| page.colour),
                duplex: false,
            });
        let start = printed.len();
        printed.extend(chosen);
        if finishing.sides.is_two_sided() {
            // A last odd side has a sheet to itself and counts as simplex.
            for sheet in printed[start..].chunks_exact_mut(2) {
                sheet[0].duplex = true;
                sheet[1].duplex = true;
            }
        }
    }
    printed
}

/// Sheets of paper that one copy of `sides` takes.
#[must_use]
pub fn sheets(sides: &[PrintedSide]) -> u64 {
    let duplex = sides.iter().filter(|side| side.duplex).count() as u64;
    duplex / 2 + (sides.len() as u64 - duplex)
}

fn first_size(documents: &[Vec<PageFacts>]) -> Option<Size> {
    documents
        .iter()
        .find_map(|pages| pages.first())
        .map(|page| page.size)
}

fn largest(group: &[PageFacts]) -> Size {
    group
        .iter()
        .map(|page| page.size)
        .max_by_key(|size| size.area())
        .unwrap_or(Size::A4)
}

impl Finishing {
    fn selects(&self, number: u32) -> bool {
        let in_range = self.ranges.is_empty()
            || self
                .ranges
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&number));
        let in_set = match self.page_set {
            PageSet::All => true,
            PageSet::Even => number.is_multiple_of(2),
            PageSet::Odd => !number.is_multiple_of(2),
        };
        in_range && in_set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pages(colours: &[bool]) -> Vec<PageFacts> {
        colours
            .iter()
            .map(|colour| PageFacts {
                size: Size::A4,
                colour: *colour,
            })
            .collect()
    }

    #[test]
    fn last_odd_page_of_a_duplex_document_is_a_simplex_sheet() {
        let finishing = Finishing {
            sides: Sides::TwoSidedLongEdge,
            ..Finishing::default()
        };
        let sides = lay_out(&[pages(&[false, true, false])], &finishing);
        let seen: Vec<_> = sides
            .iter()
            .map(|side| (side.colour, side.duplex))
            .collect();
        assert_eq!(seen, [(false, true), (true, true), (false, false)]);
        assert_eq!(sheets(&sides), 2);
    }

    #[test]
    fn ranges_count_sides_after_number_up() {
        let finishing = Finishing {
            number_up: 2,
            ranges: vec![(2, 3)],
            ..Finishing::default()
        };
        let sides = lay_out(
            &[pages(&[true, false, false, false, false, true, true, true])],
            &finishing,
        );
        // Sides: 1-2, 3-4, 5-6, 7-8. Chosen: 3-4 (grey) and 5-6 (colour).
        assert_eq!(
            sides.iter().map(|side| side.colour).collect::<Vec<_>>(),
            [false, true]
        );
    }

    #[test]
    fn monochrome_printing_takes_all_colour_away() {
        let finishing = Finishing {
            monochrome: true,
            ..Finishing::default()
        };
        assert!(
            lay_out(&[pages(&[true, true])], &finishing)
                .iter()
                .all(|side| !side.colour)
        );
    }

    #[test]
    fn banners_and_documents_each_take_their_own_sheets() {
        let finishing = Finishing {
            sides: Sides::TwoSidedLongEdge,
            banners: 1,
            ..Finishing::default()
        };
        let sides = lay_out(&[pages(&[false]), pages(&[false, false])], &finishing);
        assert_eq!(sides.len(), 4);
        assert_eq!(sheets(&sides), 3);
    }

    proptest! {
        #[test]
        fn runs_unfold_to_the_pages_they_were_folded_from(
            colours in proptest::collection::vec(any::<bool>(), 0..40),
        ) {
            let pages = pages(&colours);
            prop_assert_eq!(PageRun::unfold(&PageRun::fold(&pages)), pages);
        }

        #[test]
        fn sides_and_sheets_agree_with_counting_by_hand(
            count in 0u32..60, number_up in 1u32..10, two_sided: bool,
            first in 1u32..40, length in 0u32..20, set in 0u8..3,
        ) {
            let finishing = Finishing {
                number_up,
                sides: if two_sided { Sides::TwoSidedShortEdge } else { Sides::OneSided },
                ranges: vec![(first, first + length)],
                page_set: [PageSet::All, PageSet::Even, PageSet::Odd][usize::from(set)],
                ..Finishing::default()
            };
            let mut expected = 0u64;
            for side in 1..=count.div_ceil(number_up) {
                let chosen = side >= first && side <= first + length
                    && match set { 0 => true, 1 => side % 2 == 0, _ => side % 2 == 1 };
                expected += u64::from(chosen);
            }
            let sides = lay_out(&[pages(&vec![false; count as usize])], &finishing);
            prop_assert_eq!(sides.len() as u64, expected);
            let expected_sheets = if two_sided { expected.div_ceil(2) } else { expected };
            prop_assert_eq!(sheets(&sides), expected_sheets);
        }
    }
}
