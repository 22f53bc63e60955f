//! How a job is printed, as far as that decides its price.

use crate::size::Size;

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

/// CUPS's `booklet`: pages in the order in which folded sheets show them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Booklet {
    /// Two pages on each side whatever `number-up` says; not so where only the
    /// order is asked for (`shuffle-only`).
    pub two_up: bool,
    /// Pages that are folded together (`booklet-signature`), a multiple of
    /// four; none means all.
    pub signature: Option<u32>,
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
    /// Counted as `ranges` are: a side must be in both.
    pub page_set: PageSet,
    /// Folded into a booklet.
    pub booklet: Option<Booklet>,
    /// Last side first.
    pub reverse: bool,
    /// Printed without colour whatever the pages hold.
    pub monochrome: bool,
    /// The paper asked for; none means each page's own size.
    pub media: Option<Size>,
    /// Banner pages before and after, each once and on a sheet of its own.
    pub banners: u32,
}

impl Booklet {
    /// The folds of more pages than this are no booklet, but paper wasted.
    pub const MOST_SIGNATURE: u32 = 1_000;
}

impl Finishing {
    /// One before and one after. *Source*: RFC 8011, section 5.2.3.
    pub const MOST_BANNERS: u32 = 2;
}

impl Default for Finishing {
    fn default() -> Self {
        Self {
            copies: 1,
            sides: Sides::OneSided,
            number_up: 1,
            ranges: Vec::new(),
            page_set: PageSet::All,
            booklet: None,
            reverse: false,
            monochrome: false,
            media: None,
            banners: 0,
        }
    }
}

impl Finishing {
    /// Whether the laid-out side `number`, counted from one, is printed.
    pub(crate) fn selects(&self, number: u32) -> bool {
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
