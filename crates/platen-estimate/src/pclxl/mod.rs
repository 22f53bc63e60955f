//! PCL XL, also called PCL 6: its pages, and what is painted on them.
//!
//! The stream is walked as a printer would, with the graphics state, but
//! without drawing: what paints is judged by its colour and its extent.
//! *Source*: PCL XL Feature Reference Protocol Class 2.0 and its supplements.

mod graphics;
mod image;
mod paint;
mod scan;
mod tag;

use crate::ink::Ink;
use crate::limits::Budget;
use crate::paper::{self, SizePt};
use crate::pjl::Settings;
use crate::printed::{Printed, Printing, UNTOLD_COLOUR, warn};
use crate::report::{JudgedBy, PageReport, Problem};
use graphics::{Graphics, Matrix, Rgb};
use image::Image;
use platen_domain::Sides;
use scan::{Next, Operator, Scanner};
use std::collections::HashMap;
use std::rc::Rc;
use tag::{attribute as a, operator as o};

/// How deep streams may carry out streams, and graphics states be saved.
const MAX_DEPTH: usize = 8;
const MAX_SAVED: usize = 256;
/// The most patterns and streams that are kept.
const MAX_KEPT: usize = 4096;

/// Prints a job up to its exit to the job language.
pub(crate) fn print(
    body: &[u8],
    settings: &Settings,
    budget: &Budget,
) -> Result<Printing, Problem> {
    let Some(scanner) = Scanner::new(body) else {
        return Err(Problem::UnknownFormat);
    };
    let mut printer = Printer::new(settings, budget);
    let used = printer.run(scanner, 0)?;
    if printer.page.is_some() {
        warn(&mut printer.warnings, CUT_SHORT);
        printer.end_page(printer.copies)?;
    }
    Ok(Printing {
        pages: printer.pages,
        warnings: printer.warnings,
        used,
    })
}

const CUT_SHORT: &str =
    "The document is damaged or cut short; what was found up to there is counted.";
const EXTENSIONS: &str = "Some pages use a maker's extensions; what they show can't be told.";
const BLANK_SIDES: &str = "The document leaves sides of some sheets blank; \
    the sides printed are counted, and it may take more sheets.";

/// A pattern, as it shows from afar.
#[derive(Clone, Copy, Debug)]
struct Tile {
    mean: Rgb,
    /// A dot of it shows colour.
    shows: bool,
    untold: bool,
}

/// The page under way.
#[derive(Debug, Default)]
struct Page {
    ink: Ink,
    untold: bool,
    pictured: bool,
}

/// A printer with a job in it.
struct Printer<'b> {
    budget: &'b Budget,
    pages: Vec<Printed>,
    warnings: Vec<String>,
    copies: u32,
    /// Points to a unit.
    unit: [f64; 2],
    usual: SizePt,
    media: SizePt,
    orientation: i64,
    sides: Option<Sides>,
    back: bool,
    page: Option<Page>,
    now: Graphics,
    saved: Vec<Graphics>,
    image: Option<Image>,
    /// The pattern being read, and its number.
    tile: Option<(i64, Image)>,
    tiles: HashMap<i64, Tile>,
    streams: HashMap<Vec<u8>, Rc<Vec<u8>>>,
    stream: Option<(Vec<u8>, Vec<u8>)>,
    stream_bytes: usize,
}

impl<'b> Printer<'b> {
    fn new(settings: &Settings, budget: &'b Budget) -> Self {
        let unit = [72.0 / 300.0; 2];
        Self {
            budget,
            pages: Vec::new(),
            warnings: Vec::new(),
            copies: settings.copies.unwrap_or(1),
            unit,
            usual: settings.sheet(),
            media: settings.sheet(),
            orientation: i64::from(settings.landscape),
            sides: settings.sides(),
            back: false,
            page: None,
            now: Graphics::new(Matrix::scale(unit[0], unit[1])),
            saved: Vec::new(),
            image: None,
            tile: None,
            tiles: HashMap::new(),
            streams: HashMap::new(),
            stream: None,
            stream_bytes: 0,
        }
    }

    /// Carries out a stream; returns the bytes used of it.
    fn run(&mut self, mut scanner: Scanner<'_>, depth: usize) -> Result<usize, Problem> {
        let mut operator = Operator::default();
        loop {
            self.budget.step()?;
            match scanner.next(&mut operator) {
                Next::Operator => self.operator(&operator, depth)?,
                Next::Exit | Next::End => break,
                Next::Broken => {
                    warn(&mut self.warnings, CUT_SHORT);
                    let used = scanner.position();
                    return Ok(used + scanner.to_exit());
                }
            }
        }
        Ok(scanner.position())
    }

    fn operator(&mut self, operator: &Operator<'_>, depth: usize) -> Result<(), Problem> {
        match operator.tag {
            o::BEGIN_SESSION => self.begin_session(operator),
            o::BEGIN_PAGE => self.begin_page(operator)?,
            o::END_PAGE => {
                let copies = operator.whole(a::PAGE_COPIES);
                let copies = copies.map_or(self.copies, |copies| {
                    u32::try_from(copies.clamp(1, 32_767)).unwrap_or(1)
                });
                if self.page.is_some() {
                    self.end_page(copies)?;
                }
            }
            o::VENDOR_UNIQUE | o::PASS_THROUGH => {
                if let Some(page) = &mut self.page {
                    page.untold = true;
                    warn(&mut self.warnings, EXTENSIONS);
                }
            }
            o::BEGIN_STREAM => {
                let name = operator.get(a::STREAM_NAME);
                self.stream = name.map(|name| (name.bytes().to_vec(), Vec::new()));
            }
            o::READ_STREAM => self.read_stream(operator.data)?,
            o::END_STREAM => {
                if let Some((name, code)) = self.stream.take()
                    && self.streams.len() < MAX_KEPT
                {
                    self.streams.insert(name, Rc::new(code));
                }
            }
            o::EXEC_STREAM => self.exec_stream(operator, depth)?,
            o::REMOVE_STREAM => {
                if let Some(name) = operator.get(a::STREAM_NAME) {
                    self.streams.remove(name.bytes());
                }
            }
            _ => self.graphics(operator),
        }
        Ok(())
    }

    fn begin_session(&mut self, operator: &Operator<'_>) {
        let measure = measure_pt(operator.whole(a::MEASURE).unwrap_or(0));
        if let Some(units) = operator.point(a::UNITS_PER_MEASURE) {
            self.unit = units.map(|units| if units >= 1.0 { measure / units } else { 0.24 });
        }
        self.tiles.clear();
    }

    fn begin_page(&mut self, operator: &Operator<'_>) -> Result<(), Problem> {
        if self.page.is_some() {
            self.end_page(self.copies)?;
        }
        self.media = self.medium(operator).unwrap_or(self.media);
        if let Some(orientation) = operator.whole(a::ORIENTATION) {
            self.orientation = if matches!(orientation, 0..=3) {
                orientation
            } else {
                0
            };
        }
        if operator.get(a::SIMPLEX).is_some() {
            self.sides = Some(Sides::OneSided);
        } else if let Some(binding) = operator.whole(a::DUPLEX) {
            let upright = self.orientation & 1 == 0;
            self.sides = Some(if (binding == 1) == upright {
                Sides::TwoSidedLongEdge
            } else {
                Sides::TwoSidedShortEdge
            });
            if let Some(side) = operator.whole(a::DUPLEX_SIDE) {
                let back = side == 1;
                if back != self.back {
                    warn(&mut self.warnings, BLANK_SIDES);
                }
                self.back = back;
            }
        }
        self.page = Some(Page::default());
        self.now = Graphics::new(Matrix::scale(self.unit[0], self.unit[1]));
        self.saved.clear();
        Ok(())
    }

    /// The paper that a page names; none when it names none.
    fn medium(&self, operator: &Operator<'_>) -> Option<SizePt> {
        if let Some(media) = operator.get(a::MEDIA_SIZE) {
            if media.len() == 1 {
                let number = media.number(0)? as i64;
                return paper::by_pclxl(number).or(Some(self.usual));
            }
            return paper::by_name(media.bytes()).or(Some(self.usual));
        }
        let [width, height] = operator.point(a::CUSTOM_SIZE)?;
        let measure = measure_pt(operator.whole(a::CUSTOM_UNITS)?);
        paper::custom(width * measure, height * measure)
    }

    fn end_page(&mut self, copies: u32) -> Result<(), Problem> {
        self.end_image();
        let page = self.page.take().unwrap_or_default();
        self.budget.allow_pages(self.pages.len() + 1)?;
        let (width, height) = self.media;
        let (width_pt, height_pt) = if self.orientation & 1 == 1 {
            (height, width)
        } else {
            (width, height)
        };
        let untold = page.untold && !page.ink.shows_colour();
        if untold {
            warn(&mut self.warnings, UNTOLD_COLOUR);
        }
        self.pages.push(Printed {
            page: PageReport {
                width_pt,
                height_pt,
                colour: page.ink.shows_colour() || untold,
                judged_by: match (untold, page.pictured) {
                    (true, _) => JudgedBy::Unknown,
                    (false, true) => JudgedBy::Pixels,
                    (false, false) => JudgedBy::Drawn,
                },
            },
            copies,
            sides: self.sides,
        });
        let duplex = !matches!(self.sides, None | Some(Sides::OneSided));
        self.back = duplex && !self.back;
        Ok(())
    }

    fn read_stream(&mut self, data: &[u8]) -> Result<(), Problem> {
        if let Some((_, code)) = &mut self.stream {
            self.stream_bytes += data.len();
            if self.stream_bytes > self.budget.inflated_bytes {
                return Err(Problem::limit("memory"));
            }
            code.extend_from_slice(data);
        }
        Ok(())
    }

    fn exec_stream(&mut self, operator: &Operator<'_>, depth: usize) -> Result<(), Problem> {
        let name = operator.get(a::STREAM_NAME);
        let Some(code) = name.and_then(|name| self.streams.get(name.bytes()).cloned()) else {
            return Ok(());
        };
        if depth < MAX_DEPTH
            && let Some(scanner) = Scanner::new(&code)
        {
            self.run(scanner, depth + 1)?;
        }
        Ok(())
    }
}

/// Inches, millimetres, tenths of a millimetre. *Units*: points.
const fn measure_pt(measure: i64) -> f64 {
    match measure {
        1 => 72.0 / 25.4,
        2 => 7.2 / 25.4,
        _ => 72.0,
    }
}

#[cfg(test)]
mod tests;
