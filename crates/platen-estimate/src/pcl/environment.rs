//! What a PCL job has set: all that a reset puts back.

use super::layout::Layout;
use super::palette::{Palette, Rgb, is_grey};
use super::plotter::{Plotter, TEXT_SHARE};
use super::raster::Raster;
use crate::operation::Operation;
use crate::pjl::Settings;
use platen_domain::Sides;
use std::collections::HashMap;

/// The most palettes and patterns that are kept.
pub(crate) const MAX_KEPT: usize = 256;

/// The settings of the moment.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    pub(crate) layout: Layout,
    pub(crate) plotter: Plotter,
    pub(crate) raster: Raster,
    pub(crate) palette: Palette,
    pub(crate) foreground: Rgb,
    pub(crate) pattern: Pattern,
    /// Named by `ESC * c # G`.
    pub(crate) pattern_id: i64,
    /// The size of the next rectangle, in 1/7200 inch.
    pub(crate) rectangle: (f64, f64),
    pub(crate) font_pt: f64,
    /// Everything is rendered in greys.
    pub(crate) monochrome: bool,
    pub(crate) operation: Operation,
    pub(crate) plotting: bool,
    pub(crate) copies: u32,
    pub(crate) sides: Option<Sides>,
    /// The next page is the back of its sheet.
    pub(crate) back: bool,
    pub(crate) source: i64,
    pub(crate) palette_id: i64,
    pub(crate) palette_target: i64,
    pub(crate) macro_id: i64,
}

/// What areas and text are filled with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pattern {
    Solid,
    White,
    /// Per cent.
    Shade(f64),
    Hatch,
    Own(i64),
}

impl Environment {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            layout: Layout::new(settings),
            plotter: Plotter::default(),
            raster: Raster::default(),
            palette: Palette::default(),
            foreground: [0; 3],
            pattern: Pattern::Solid,
            pattern_id: 0,
            rectangle: (0.0, 0.0),
            font_pt: 12.0,
            monochrome: false,
            operation: Operation::default(),
            plotting: false,
            copies: settings.copies.unwrap_or(1),
            sides: settings.sides(),
            back: false,
            source: 0,
            palette_id: 0,
            palette_target: 0,
            macro_id: 0,
        }
    }

    pub(crate) fn is_duplex(&self) -> bool {
        !matches!(self.sides, None | Some(Sides::OneSided))
    }

    /// The pattern that a number names, with the pattern's own number.
    pub(crate) fn pattern(&self, number: i64) -> Pattern {
        match number {
            1 => Pattern::White,
            2 => Pattern::Shade(self.pattern_id as f64),
            3 => Pattern::Hatch,
            4 => Pattern::Own(self.pattern_id),
            _ => Pattern::Solid,
        }
    }

    /// The colour that a filled area shows, and how much of it is covered.
    pub(crate) fn fill(
        &self,
        pattern: Pattern,
        patterns: &HashMap<i64, Option<Rgb>>,
    ) -> (Rgb, f64) {
        let (rgb, share) = match pattern {
            Pattern::Solid => (self.foreground, 1.0),
            Pattern::White => ([255; 3], 1.0),
            Pattern::Shade(percent) => (self.foreground, (percent / 100.0).clamp(0.0, 1.0)),
            Pattern::Hatch => (self.foreground, 0.3),
            Pattern::Own(id) => match patterns.get(&id) {
                Some(Some(mean)) => (*mean, 1.0),
                _ => (self.foreground, 0.5),
            },
        };
        (self.operation.on_paper(rgb, [0; 3]), share)
    }

    /// Whether text and areas can't show colour.
    pub(crate) fn draws_grey(&self) -> bool {
        self.monochrome || is_grey(self.foreground) && !matches!(self.pattern, Pattern::Own(_))
    }

    pub(crate) fn text_share(&self) -> f64 {
        TEXT_SHARE
    }

    /// What an overlay finds: the job's sheet, and otherwise a reset printer.
    pub(crate) fn for_overlay(&self, settings: &Settings) -> Self {
        let mut fresh = Self {
            copies: self.copies,
            sides: self.sides,
            back: self.back,
            source: self.source,
            layout: self.layout.clone(),
            ..Self::new(settings)
        };
        fresh.layout.for_overlay();
        fresh
    }
}
