//! One page of a raster stream: where it ends, and whether it shows colour.

use super::cells::{Cells, cell_dots};
use super::header::{Order, PageHeader, Stream};
use super::judge::{BlackFirst, Judge, Pixel, ThenBlack, Three};
use super::rows::{Coding, Ink, Line, Unseen, walk};
use super::samples::Samples;
use super::space::Space;
use crate::limits::Budget;
use crate::report::JudgedBy;

/// Wider pages are counted, but not looked at: 22 m at 1,200 dots an inch.
const MAX_WIDTH: usize = 1 << 20;
/// Longer lines are not expanded.
const MAX_LINE_BYTES: usize = 16 << 20;

/// What was found of a page.
pub(super) struct Seen {
    /// Where its pixels end.
    pub(super) end: usize,
    /// The data ended before the page did.
    pub(super) is_cut: bool,
    pub(super) colour: Colour,
}

/// What a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    /// No colour, by its colour space.
    Declared,
    /// By its pixels.
    Shown(bool),
    /// It can't be told.
    Unknown(Reason),
}

/// Why a page's colour can't be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// Inks without a name, or no colour space that is defined.
    Space,
    /// Samples of a size or order that is not looked at.
    Layout,
    /// The rest of the page is missing.
    Cut,
    /// There was no time.
    Time,
}

impl Colour {
    /// As a report has it: what can't be told is taken for colour.
    pub(super) fn verdict(self) -> (bool, JudgedBy) {
        match self {
            Self::Declared => (false, JudgedBy::Declared),
            Self::Shown(colour) => (colour, JudgedBy::Pixels),
            Self::Unknown(_) => (true, JudgedBy::Unknown),
        }
    }
}

/// Looks through the page whose pixels begin at `at`.
pub(super) fn look(
    data: &[u8],
    at: usize,
    header: &PageHeader,
    stream: Stream,
    budget: &Budget,
) -> Seen {
    let coding = Coding {
        packed: stream.packed,
        line_bytes: header.line_bytes,
    };
    let mut rest = Rest {
        at,
        rows: header.lines(),
        is_cut: false,
    };
    let colour = judge(data, &mut rest, header, coding, stream.little, budget);
    rest.skip(data, coding, header.unit());
    let colour = match colour {
        Colour::Shown(false) if rest.is_cut => Colour::Unknown(Reason::Cut),
        colour => colour,
    };
    Seen {
        end: rest.at,
        is_cut: rest.is_cut,
        colour,
    }
}

/// The part of a page that is still to be read.
struct Rest {
    at: usize,
    rows: u64,
    is_cut: bool,
}

impl Rest {
    /// Steps over a line; its repetitions end with the page.
    fn take(&mut self, line: Line) {
        self.at = line.end;
        self.rows = self.rows.saturating_sub(line.times as u64);
    }

    /// The data ends within the page.
    fn cut(&mut self, data: &[u8]) {
        self.at = data.len();
        self.rows = 0;
        self.is_cut = true;
    }

    /// Goes to the end of the page without a look.
    fn skip(&mut self, data: &[u8], coding: Coding, unit: usize) {
        if !coding.packed {
            let left = (data.len().saturating_sub(self.at)) as u64;
            let needed = self.rows.saturating_mul(coding.line_bytes as u64);
            if needed > left {
                self.cut(data);
            } else {
                // No more than what is left.
                self.at += needed as usize;
                self.rows = 0;
            }
        }
        while self.rows > 0 {
            let line = match unit {
                1 => walk(data, self.at, coding, 1, &mut Unseen),
                3 => walk(data, self.at, coding, 3, &mut Unseen),
                4 => walk(data, self.at, coding, 4, &mut Unseen),
                unit => walk(data, self.at, coding, unit, &mut Unseen),
            };
            match line {
                Some(line) => self.take(line),
                None => self.cut(data),
            }
        }
    }
}

fn judge(
    data: &[u8],
    rest: &mut Rest,
    header: &PageHeader,
    coding: Coding,
    little: bool,
    budget: &Budget,
) -> Colour {
    if header.space.is_neutral() {
        return Colour::Declared;
    }
    if !header.space.is_defined() {
        return blank(data, rest, header, coding, budget);
    }
    if header.width > MAX_WIDTH || header.line_bytes > MAX_LINE_BYTES {
        return Colour::Unknown(Reason::Layout);
    }
    let size_pt = header.size_pt.unwrap_or((0.0, 0.0));
    let cells = Cells::new(
        header.width,
        (
            cell_dots(header.width, size_pt.0, header.resolution.0),
            cell_dots(header.height, size_pt.1, header.resolution.1),
        ),
        header.space.gain(),
    );
    let plain = header.order == Order::Chunked && header.bits == 8;
    let gain = header.space.gain();
    match (header.space, header.pixel_bits) {
        (Space::Rgb | Space::AdobeRgb, 24) if plain => {
            whole_bytes(data, rest, Judge::<Three>::new(cells, coding, gain), budget)
        }
        (Space::InksBlack, 32) if plain => whole_bytes(
            data,
            rest,
            Judge::<ThenBlack>::new(cells, coding, gain),
            budget,
        ),
        (Space::BlackInks | Space::SixInks, 32) if plain => whole_bytes(
            data,
            rest,
            Judge::<BlackFirst>::new(cells, coding, gain),
            budget,
        ),
        _ => match Samples::new(header, coding, little, cells) {
            Some(samples) => sample_by_sample(data, rest, samples, budget),
            None => Colour::Unknown(Reason::Layout),
        },
    }
}

fn whole_bytes<P: Pixel>(
    data: &[u8],
    rest: &mut Rest,
    mut judge: Judge<P>,
    budget: &Budget,
) -> Colour {
    while rest.rows > 0 {
        if budget.is_short() || budget.step().is_err() {
            return Colour::Unknown(Reason::Time);
        }
        match judge.line(data, rest.at, rest.rows) {
            Some((line, shows)) => {
                rest.take(line);
                if shows {
                    return Colour::Shown(true);
                }
            }
            None => rest.cut(data),
        }
    }
    Colour::Shown(judge.finish(data))
}

fn sample_by_sample(
    data: &[u8],
    rest: &mut Rest,
    mut samples: Samples<'_>,
    budget: &Budget,
) -> Colour {
    while rest.rows > 0 {
        if budget.is_short() || budget.check().is_err() {
            return Colour::Unknown(Reason::Time);
        }
        match samples.line(data, rest.at, rest.rows) {
            Some((line, shows)) => {
                rest.take(line);
                if shows {
                    return Colour::Shown(true);
                }
            }
            None => rest.cut(data),
        }
    }
    Colour::Shown(samples.finish())
}

/// Inks without a name: where there is none, there is no colour.
fn blank(
    data: &[u8],
    rest: &mut Rest,
    header: &PageHeader,
    coding: Coding,
    budget: &Budget,
) -> Colour {
    if !matches!(header.space, Space::Inks(_)) {
        return Colour::Unknown(Reason::Space);
    }
    let mut ink = Ink::default();
    while rest.rows > 0 && !ink.seen {
        if budget.is_short() || budget.step().is_err() {
            return Colour::Unknown(Reason::Time);
        }
        match walk(data, rest.at, coding, header.unit(), &mut ink) {
            Some(line) => rest.take(line),
            None => rest.cut(data),
        }
    }
    if ink.seen {
        Colour::Unknown(Reason::Space)
    } else {
        Colour::Shown(false)
    }
}
