//! From pages to the sides that a printer puts toner on.

use crate::finishing::{Booklet, Finishing, PageSet};
use crate::pages::PageFacts;
use crate::size::Size;

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

/// A job on paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The printed sides of one copy, in the order of printing.
    pub copy: Vec<PrintedSide>,
    /// Sheets of one copy that leave the printer empty: CUPS fills up an odd
    /// number of even sides, and booklets. They are paper, but no printed side.
    pub blank_sheets: Vec<Size>,
    /// Banner pages: once, however many copies there are.
    pub banners: Vec<PrintedSide>,
}

/// What a job takes of one paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PaperUse {
    /// The paper, as its first side has it.
    pub size: Size,
    /// Printed sides.
    pub sides: u64,
    /// Printed sides with colour.
    pub colour_sides: u64,
    /// Sheets, empty ones included.
    pub sheets: u64,
}

/// Lays a job's documents out.
///
/// Each document of a job, and each copy, starts on a new sheet. A booklet's
/// order comes first, then number-up, then ranges and page set, as CUPS's
/// filters do it. A sheet holds two sides of the same paper only, so a change
/// of size starts a new one. A side whose other side stays blank counts as
/// simplex.
/// *Source*: rules.md R-11; cups-filters 1.28 `pdftopdf`, measured.
#[must_use]
pub fn lay_out(documents: &[Vec<PageFacts>], finishing: &Finishing) -> Layout {
    let mut layout = Layout::default();
    for pages in documents {
        let sides = laid_out_sides(pages, finishing);
        put_on_sheets(&sides, finishing, &mut layout);
    }
    let banner = PrintedSide {
        size: finishing
            .media
            .or_else(|| first_size(documents))
            .unwrap_or(Size::A4),
        colour: false,
        duplex: false,
    };
    // Whoever made the job up gets no more memory than an honest one takes.
    let banners = finishing.banners.min(Finishing::MOST_BANNERS);
    layout.banners = vec![banner; banners as usize];
    layout
}

/// Sheets of paper that these printed sides take.
#[must_use]
pub fn sheets(sides: &[PrintedSide]) -> u64 {
    let duplex = sides.iter().filter(|side| side.duplex).count() as u64;
    duplex / 2 + (sides.len() as u64 - duplex)
}

impl Layout {
    /// What `copies` copies and the banners take, paper by paper in the order
    /// in which they first appear.
    #[must_use]
    pub fn by_size(&self, copies: u32) -> Vec<PaperUse> {
        let copies = u64::from(copies.max(1));
        let mut papers = Papers::default();
        for (sides, times) in [(&self.copy, copies), (&self.banners, 1)] {
            for side in sides {
                let paper = papers.of(side.size);
                paper.sides += times;
                paper.colour_sides += if side.colour { times } else { 0 };
                // Halves for now: a duplex sheet has two sides.
                paper.sheets += if side.duplex { times } else { 2 * times };
            }
        }
        for size in &self.blank_sheets {
            papers.of(*size).sheets += 2 * copies;
        }
        let mut papers = papers.0;
        for paper in &mut papers {
            paper.sheets /= 2;
        }
        papers
    }
}

#[derive(Default)]
struct Papers(Vec<PaperUse>);

impl Papers {
    fn of(&mut self, size: Size) -> &mut PaperUse {
        let known = self.0.iter().position(|paper| paper.size.same_paper(size));
        let at = known.unwrap_or_else(|| {
            self.0.push(PaperUse {
                size,
                sides: 0,
                colour_sides: 0,
                sheets: 0,
            });
            self.0.len() - 1
        });
        &mut self.0[at]
    }
}

/// A side before it has a sheet.
#[derive(Clone, Copy)]
struct Side {
    size: Size,
    /// With colour or without; none is blank.
    mark: Option<bool>,
}

/// The sides of one document that go to the printer, blank ones included.
fn laid_out_sides(pages: &[PageFacts], finishing: &Finishing) -> Vec<Side> {
    let number_up = match finishing.booklet {
        Some(Booklet { two_up: true, .. }) => 2,
        _ => finishing.number_up.max(1) as usize,
    };
    let blank_size = finishing
        .media
        .or_else(|| largest(pages))
        .unwrap_or(Size::A4);
    let side_of = |group: &[Option<PageFacts>]| {
        let size = finishing
            .media
            .or_else(|| largest(group.iter().flatten()))
            .unwrap_or(blank_size);
        let coloured = |page: &PageFacts| page.colour && !finishing.monochrome;
        let printed = group.iter().any(Option::is_some);
        Side {
            size,
            mark: printed.then(|| group.iter().flatten().any(coloured)),
        }
    };
    let slots: Vec<Option<PageFacts>> = match finishing.booklet {
        None => pages.iter().copied().map(Some).collect(),
        Some(booklet) => booklet_order(pages.len(), booklet.signature)
            .map(|index| pages.get(index).copied())
            .collect(),
    };
    let mut sides: Vec<Side> = slots
        .chunks(number_up)
        .zip(1u32..)
        .filter(|(_, number)| finishing.selects(*number))
        .map(|(group, _)| side_of(group))
        .collect();
    let filled_up =
        finishing.page_set == PageSet::Even || finishing.reverse && finishing.sides.is_two_sided();
    if filled_up && !sides.len().is_multiple_of(2) {
        sides.push(Side {
            size: sides.last().map_or(blank_size, |side| side.size),
            mark: None,
        });
    }
    if finishing.reverse {
        sides.reverse();
    }
    sides
}

fn put_on_sheets(sides: &[Side], finishing: &Finishing, layout: &mut Layout) {
    let mut rest = sides;
    while let [first, others @ ..] = rest {
        let second = others
            .first()
            .filter(|second| finishing.sides.is_two_sided() && second.size.same_paper(first.size));
        rest = if second.is_some() {
            &others[1..]
        } else {
            others
        };
        let sheet = [Some(first), second];
        let duplex = sheet
            .iter()
            .all(|side| side.is_some_and(|it| it.mark.is_some()));
        let mut empty = true;
        for side in sheet.into_iter().flatten() {
            if let Some(colour) = side.mark {
                empty = false;
                layout.copy.push(PrintedSide {
                    size: side.size,
                    colour,
                    duplex,
                });
            }
        }
        if empty {
            layout.blank_sheets.push(first.size);
        }
    }
}

/// Which page each place of a booklet shows, counted from zero; places beyond
/// the last page stay blank. Of each signature's sheets, the outermost first:
/// its front has the last and the first page, its back the second and the last
/// but one.
fn booklet_order(pages: usize, signature: Option<u32>) -> impl Iterator<Item = usize> {
    let whole = pages.next_multiple_of(4).max(4);
    let length = signature
        .map_or(whole, |pages| pages.min(Booklet::MOST_SIGNATURE) as usize)
        .next_multiple_of(4)
        .max(4);
    (0..pages).step_by(length).flat_map(move |start| {
        (0..length / 4).flat_map(move |sheet| {
            let (first, last) = (start + 2 * sheet, start + length - 1 - 2 * sheet);
            [last, first, first + 1, last - 1]
        })
    })
}

fn first_size(documents: &[Vec<PageFacts>]) -> Option<Size> {
    documents
        .iter()
        .find_map(|pages| pages.first())
        .map(|page| page.size)
}

fn largest<'pages>(pages: impl IntoIterator<Item = &'pages PageFacts>) -> Option<Size> {
    pages
        .into_iter()
        .map(|page| page.size)
        .max_by_key(|size| size.area())
}

#[cfg(test)]
pub(crate) mod tests;
