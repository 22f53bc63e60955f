//! PCL 5, with HP-GL/2: which pages a job ejects and what they show.
//!
//! The job is carried out as a printer would, without drawing: the cursor, the
//! page's geometry, colours and macros are followed, rasters are unpacked only
//! while it is open whether the page shows colour.
//! *Source*: PCL 5 Technical Reference; PCL 5 Color Technical Reference.

mod colour;
mod command;
mod environment;
mod layout;
mod palette;
mod plotter;
mod raster;
pub(crate) mod rows;
mod scan;

use crate::ink::{Area, Ink};
use crate::limits::Budget;
use crate::pjl::Settings;
use crate::printed::{Printed, Printing, UNTOLD_COLOUR, warn};
use crate::report::{JudgedBy, PageReport, Problem};
use environment::Environment;
use palette::{Palette, Rgb};
use scan::{Scanner, Token};
use std::collections::HashMap;

/// How deep macros may call macros. *Source*: PCL 5 Technical Reference,
/// chapter 12.
const MAX_DEPTH: usize = 3;
const MAX_MACROS: usize = 4096;

/// Prints a job up to its exit to the job language.
pub(crate) fn print(
    body: &[u8],
    settings: &Settings,
    budget: &Budget,
) -> Result<Printing, Problem> {
    let mut printer = Printer::new(settings, budget);
    let used = printer.run(body, 0)?;
    printer.reset()?;
    Ok(Printing {
        pages: printer.pages,
        warnings: printer.warnings,
        used,
    })
}

/// A macro: a part of the job itself.
#[derive(Clone, Copy, Debug)]
struct Macro<'d> {
    code: &'d [u8],
    permanent: bool,
}

/// A printer with a job in it.
struct Printer<'d, 'b> {
    settings: &'b Settings,
    budget: &'b Budget,
    pages: Vec<Printed>,
    warnings: Vec<String>,
    now: Environment,
    /// Something stands on the page.
    marked: bool,
    ink: Ink,
    /// The page holds a raster whose colour can't be told.
    untold: bool,
    /// The page holds rasters.
    pictured: bool,
    macros: HashMap<i64, Macro<'d>>,
    overlay: Option<i64>,
    /// Raster rows looked at.
    rows: u32,
    palettes: HashMap<i64, Palette>,
    palette_stack: Vec<Palette>,
    /// The mean colour of patterns; none for those in the foreground's.
    patterns: HashMap<i64, Option<Rgb>>,
}

impl<'d, 'b> Printer<'d, 'b> {
    fn new(settings: &'b Settings, budget: &'b Budget) -> Self {
        Self {
            settings,
            budget,
            pages: Vec::new(),
            warnings: Vec::new(),
            now: Environment::new(settings),
            marked: false,
            ink: Ink::default(),
            untold: false,
            pictured: false,
            macros: HashMap::new(),
            overlay: None,
            rows: 0,
            palettes: HashMap::new(),
            palette_stack: Vec::new(),
            patterns: HashMap::new(),
        }
    }

    /// Carries out a stream, or a macro when `depth` is above zero; returns the
    /// bytes used.
    fn run(&mut self, stream: &'d [u8], depth: usize) -> Result<usize, Problem> {
        let mut scanner = Scanner::new(stream);
        // The macro that is being recorded, and where its code begins.
        let mut recording: Option<(i64, usize)> = None;
        loop {
            self.budget.step()?;
            if self.now.plotting && recording.is_none() {
                let code = scanner.raw();
                if !code.is_empty() {
                    self.plot(code)?;
                }
            }
            let Some(token) = scanner.next() else { break };
            if let Some((id, start)) = recording {
                let ends = matches!(
                    token,
                    Token::Command(command) if &command.name == b"&fX" && command.value.whole() == 1
                );
                if ends || token == Token::Exit {
                    recording = None;
                    self.record(id, &stream[start..scanner.sequence_start().max(start)]);
                }
                if token != Token::Exit {
                    continue;
                }
            }
            match token {
                Token::Exit => break,
                Token::Command(command)
                    if &command.name == b"&fX" && command.value.whole() == 0 && depth == 0 =>
                {
                    recording = Some((self.now.macro_id, scanner.position()));
                }
                Token::Command(command) => self.command(&command, depth)?,
                Token::Text(text) => self.text(text)?,
                Token::Control(code) => self.control(code)?,
                Token::Simple(b'E') if depth == 0 => self.reset()?,
                Token::Simple(b'9') => self.now.layout.clear_margins(),
                Token::Simple(b'=') => self.feed(0.5)?,
                Token::Simple(_) => {}
            }
        }
        Ok(scanner.position())
    }

    fn record(&mut self, id: i64, code: &'d [u8]) {
        if self.macros.len() < MAX_MACROS || self.macros.contains_key(&id) {
            let permanent = false;
            self.macros.insert(id, Macro { code, permanent });
        }
    }

    /// Carries out a macro in place, or with the settings put back after.
    fn call(&mut self, id: i64, keep: bool, depth: usize) -> Result<(), Problem> {
        let Some(code) = self.macros.get(&id).map(|known| known.code) else {
            return Ok(());
        };
        if depth >= MAX_DEPTH {
            return Ok(());
        }
        self.budget.step()?;
        self.end_raster();
        let before = keep.then(|| self.now.clone());
        self.run(code, depth + 1)?;
        self.end_raster();
        if let Some(mut before) = before {
            before.back = self.now.back;
            self.now = before;
        }
        Ok(())
    }

    fn reset(&mut self) -> Result<(), Problem> {
        self.eject_if_marked()?;
        self.now = Environment::new(self.settings);
        self.overlay = None;
        self.macros.retain(|_, known| known.permanent);
        self.palettes.clear();
        self.palette_stack.clear();
        Ok(())
    }

    fn eject_if_marked(&mut self) -> Result<(), Problem> {
        if self.marked { self.eject() } else { Ok(()) }
    }

    /// Ends the page, whether or not anything stands on it.
    fn eject(&mut self) -> Result<(), Problem> {
        self.end_raster();
        if let Some(id) = self.overlay.take() {
            let before = self.now.clone();
            self.now = before.for_overlay(self.settings);
            self.call(id, false, 0)?;
            self.end_raster();
            self.now = before;
            self.overlay = Some(id);
        }
        self.budget.allow_pages(self.pages.len() + 1)?;
        let (width_pt, height_pt) = self.now.layout.sheet_pt();
        let ink = std::mem::take(&mut self.ink);
        let untold = std::mem::take(&mut self.untold) && !ink.shows_colour();
        if untold {
            warn(&mut self.warnings, UNTOLD_COLOUR);
        }
        let pictured = std::mem::take(&mut self.pictured);
        self.pages.push(Printed {
            page: PageReport {
                width_pt,
                height_pt,
                colour: ink.shows_colour() || untold,
                judged_by: match (untold, pictured) {
                    (true, _) => JudgedBy::Unknown,
                    (false, true) => JudgedBy::Pixels,
                    (false, false) => JudgedBy::Drawn,
                },
            },
            copies: self.now.copies,
            sides: self.now.sides,
        });
        self.marked = false;
        self.now.back = self.now.is_duplex() && !self.now.back;
        Ok(())
    }

    /// The rest of a sheet's sides stays blank.
    fn skip_side(&mut self) {
        warn(&mut self.warnings, BLANK_SIDES);
    }

    fn control(&mut self, code: u8) -> Result<(), Problem> {
        let (returns, feeds) = self.now.layout.implied(code);
        match code {
            b'\r' | b'\n' | 0x0c => {
                if returns {
                    self.now.layout.carriage_return();
                }
                if code == b'\n' || feeds {
                    self.feed(1.0)?;
                }
                if code == 0x0c {
                    self.eject()?;
                    self.now.layout.next_page();
                }
            }
            b'\t' => self.now.layout.tab(),
            0x08 => self.now.layout.back_space(),
            _ => {}
        }
        Ok(())
    }

    fn feed(&mut self, lines: f64) -> Result<(), Problem> {
        let pages = self.now.layout.line_feed(lines);
        self.eject_times(pages)
    }

    fn eject_times(&mut self, pages: usize) -> Result<(), Problem> {
        for _ in 0..pages {
            self.eject()?;
        }
        Ok(())
    }

    /// Prints characters; those beyond the margin wrap or are lost.
    fn text(&mut self, text: &[u8]) -> Result<(), Problem> {
        if !self.now.layout.wrap {
            if text.iter().any(|byte| prints(*byte)) {
                self.show(text);
            }
            let columns = text.len().min(1 << 20) as f64;
            self.now.layout.advance_x(columns * self.now.layout.hmi);
            return Ok(());
        }
        for byte in text {
            self.budget.step()?;
            if self.now.layout.overflows(self.now.layout.hmi) {
                self.now.layout.carriage_return();
                self.feed(1.0)?;
            }
            if prints(*byte) {
                self.show(&[*byte]);
            }
            self.now.layout.advance_x(self.now.layout.hmi);
        }
        Ok(())
    }

    fn show(&mut self, text: &[u8]) {
        let layout = &self.now.layout;
        if !layout.on_page() || self.settings.textless {
            return;
        }
        self.marked = true;
        if self.ink.shows_colour() || self.now.draws_grey() {
            return;
        }
        let (rgb, share) = self.now.fill(self.now.pattern, &self.patterns);
        let tall = self.now.font_pt * 0.7;
        let area = Area {
            left: layout.x / 100.0,
            top: layout.y / 100.0 - tall,
            width: layout.hmi / 100.0 * text.len().min(256) as f64,
            height: tall,
        };
        self.ink.mark(area, rgb, share * self.now.text_share());
    }

    fn plot(&mut self, code: &[u8]) -> Result<(), Problem> {
        let now = &mut self.now;
        let mut unseen = Ink::default();
        let hidden = now.monochrome;
        let ink = if hidden { &mut unseen } else { &mut self.ink };
        let drawn = now.plotter.run(code, &mut now.palette, ink, self.budget)?;
        self.marked |= drawn;
        Ok(())
    }

    fn end_raster(&mut self) {
        self.now.raster.end(&mut self.ink);
    }
}

const BLANK_SIDES: &str = "The document leaves sides of some sheets blank; \
    the sides printed are counted, and it may take more sheets.";

/// Characters that leave a mark: neither spaces nor control codes.
const fn prints(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7f | 0xa1..)
}

#[cfg(test)]
mod tests;
