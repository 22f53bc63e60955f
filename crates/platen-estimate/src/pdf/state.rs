//! The graphics state, as far as colour needs it.

use super::geometry::{Bounds, Matrix};
use super::space::Space;
use crate::colour::{Rgb, chroma};
use hayro_syntax::object::{Dict, Name, Object};

/// What a stroke or a fill is painted with.
#[derive(Clone)]
pub(super) struct Paint<'a> {
    pub(super) space: Space,
    pub(super) chroma: f64,
    pub(super) pattern: Option<Object<'a>>,
    pub(super) alpha: f64,
}

impl Paint<'_> {
    /// Changes the colour; patterns end.
    pub(super) fn set(&mut self, space: Space, rgb: Rgb) {
        self.space = space;
        self.chroma = chroma(rgb);
        self.pattern = None;
    }
}

/// What kind of font text is shown in.
#[derive(Clone)]
pub(super) enum Font<'a> {
    Simple,
    Composite,
    /// Glyphs that are content streams.
    Drawn(Dict<'a>),
}

/// Text position and appearance.
#[derive(Clone)]
pub(super) struct Text<'a> {
    pub(super) font: Font<'a>,
    pub(super) size: f64,
    pub(super) mode: i64,
    pub(super) leading: f64,
    pub(super) line: Matrix,
    /// Characters shown since the line's start.
    pub(super) shown: usize,
}

/// The graphics state.
#[derive(Clone)]
pub(super) struct State<'a> {
    pub(super) ctm: Matrix,
    pub(super) clip: Bounds,
    pub(super) fill: Paint<'a>,
    pub(super) stroke: Paint<'a>,
    pub(super) line_width: f64,
    pub(super) text: Text<'a>,
}

impl State<'_> {
    /// The state that a page or an appearance starts with.
    pub(super) fn new(ctm: Matrix, clip: Bounds) -> Self {
        let black = Paint {
            space: Space::Gray,
            chroma: 0.0,
            pattern: None,
            alpha: 1.0,
        };
        Self {
            ctm,
            clip,
            fill: black.clone(),
            stroke: black,
            line_width: 1.0,
            text: Text {
                font: Font::Simple,
                size: 1.0,
                mode: 0,
                leading: 0.0,
                line: Matrix::IDENTITY,
                shown: 0,
            },
        }
    }
}

/// The kind of a font, by its dictionary.
pub(super) fn font_kind(font: Dict<'_>) -> Font<'_> {
    match font.get::<Name<'_>>("Subtype").as_deref() {
        Some(b"Type3") => Font::Drawn(font),
        Some(b"Type0") => Font::Composite,
        _ => Font::Simple,
    }
}
