//! TIFF: a page for each picture of the file, its colour judged by the samples.
//!
//! Thumbnails and masks are no pages. Fax printers and drivers print each
//! picture on a sheet of its own; CUPS's own filter (`imagetopdf`, as measured
//! with cups-filters 1.28) prints the first one only, which a warning says.
//! *Source*: TIFF 6.0, sections 2, 8 and 12 (NewSubfileType).

mod directory;
mod jpeg;
mod picture;
mod source;
mod space;

use crate::bitmap::sheet;
use crate::limits::Budget;
use crate::report::{Format, JudgedBy, PageReport, Problem, Report, Ticket};
use directory::{Directory, File};
use picture::{Colour, Reason};
use std::collections::HashSet;

const NEW_SUBFILE_TYPE: u16 = 254;
const SUBFILE_TYPE: u16 = 255;
const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const ORIENTATION: u16 = 274;

/// Counts the pictures that are pages.
pub(crate) fn count(document: &[u8], budget: &Budget) -> Result<Report, Problem> {
    let (file, first) = File::open(document).ok_or(Problem::Damaged)?;
    let chain = Chain::follow(&file, first, budget)?;
    let mut pictures: Vec<_> = chain.pictures.iter().filter(|p| !p.is_aside).collect();
    if pictures.is_empty() {
        // A file of nothing but thumbnails is printed as it is.
        pictures = chain.pictures.iter().collect();
    }
    if pictures.is_empty() {
        return Err(Problem::Damaged);
    }
    let mut warnings = Vec::new();
    if chain.is_broken {
        warnings.push(
            "The list of the document's pictures is damaged; there may be more of them.".into(),
        );
    }
    if pictures.len() > 1 {
        warnings.push(format!(
            "The document holds {} pictures, which are counted as a page each; some printing \
             systems print only the first.",
            pictures.len()
        ));
    }
    let mut unknown = Vec::new();
    let pages = pictures
        .iter()
        .map(|picture| page(picture, &mut unknown, budget))
        .collect();
    warnings.extend(told(&unknown));
    Ok(Report {
        format: Format::Tiff,
        pages,
        ticket: Ticket::default(),
        warnings,
    })
}

/// The first picture of a file that is a part of another document, drawn on so
/// many dots.
pub(crate) fn decode(
    file: &[u8],
    drawn: (f64, f64),
    budget: &Budget,
) -> Option<crate::canvas::Picture> {
    let (file, first) = File::open(file)?;
    let picture = Picture::of(file.directory(first)?.0)?;
    picture::shrink(&picture.directory, picture.size, drawn, budget)
}

fn page(picture: &Picture<'_>, unknown: &mut Vec<Reason>, budget: &Budget) -> PageReport {
    let side = |side: u64| usize::try_from(side).unwrap_or(usize::MAX);
    let (width, height) = (side(picture.size.0), side(picture.size.1));
    // Orientations 5 to 8 lie on their side. *Source*: TIFF 6.0, section 8.
    let on_side = matches!(picture.directory.first(ORIENTATION), Some(5..=8));
    let (sheet_pt, drawn_pt) = if on_side {
        let sheet = sheet((height, width));
        (sheet, (sheet.1, sheet.0))
    } else {
        (sheet((width, height)), sheet((width, height)))
    };
    let colour = picture::judge(&picture.directory, picture.size, drawn_pt, budget);
    let (colour, judged_by) = match colour {
        Colour::Declared => (false, JudgedBy::Declared),
        Colour::Shown(colour) => (colour, JudgedBy::Pixels),
        Colour::Unknown(reason) => {
            unknown.push(reason);
            (true, JudgedBy::Unknown)
        }
    };
    PageReport {
        width_pt: sheet_pt.0,
        height_pt: sheet_pt.1,
        colour,
        judged_by,
    }
}

/// Why colours aren't known, each reason once.
fn told(unknown: &[Reason]) -> Vec<String> {
    let reasons = [
        (Reason::Unread, "they are written in an unusual way"),
        (Reason::Cut, "a part of them is missing or damaged"),
        (Reason::Time, "there was no time left to look at them"),
    ];
    let mut warnings = Vec::new();
    for (reason, why) in reasons {
        let count = unknown.iter().filter(|known| **known == reason).count();
        if count > 0 {
            warnings.push(format!(
                "The colour of {count} of the pages can't be told, since {why}; they are counted \
                 as colour."
            ));
        }
    }
    warnings
}

/// One picture of the file.
struct Picture<'d> {
    directory: Directory<'d>,
    size: (u64, u64),
    /// A thumbnail or a mask of another.
    is_aside: bool,
}

/// The pictures, in the order of their directories.
struct Chain<'d> {
    pictures: Vec<Picture<'d>>,
    /// It ends in the middle, or in itself.
    is_broken: bool,
}

impl<'d> Chain<'d> {
    fn follow(file: &File<'d>, first: u64, budget: &Budget) -> Result<Self, Problem> {
        let mut chain = Self {
            pictures: Vec::new(),
            is_broken: false,
        };
        let mut seen = HashSet::new();
        let mut at = first;
        while at != 0 {
            budget.step()?;
            let fresh = seen.insert(at);
            let Some((directory, next)) = file.directory(at).filter(|_| fresh) else {
                chain.is_broken = true;
                break;
            };
            budget.allow_pages(seen.len())?;
            if let Some(picture) = Picture::of(directory) {
                chain.pictures.push(picture);
            }
            chain.is_broken |= next.is_none();
            at = next.unwrap_or(0);
        }
        Ok(chain)
    }
}

impl<'d> Picture<'d> {
    /// None for a directory that is no picture.
    fn of(directory: Directory<'d>) -> Option<Self> {
        let size = (directory.first(WIDTH)?, directory.first(HEIGHT)?);
        // Bit 0 a smaller version of another picture, bit 2 a mask.
        let is_aside = match directory.first(NEW_SUBFILE_TYPE) {
            Some(kind) => kind & 0b101 != 0,
            None => directory.first(SUBFILE_TYPE) == Some(2),
        };
        (size.0 > 0 && size.1 > 0).then_some(Self {
            directory,
            size,
            is_aside,
        })
    }
}

#[cfg(test)]
mod tests;
