//! The graphics state, as far as colour needs it.

use super::space::Space;
use crate::colour::{Rgb, VISIBLE_CHROMA, chroma};
use crate::geometry::{Bounds, Matrix};
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
    /// Whether it may leave a mark of colour.
    pub(super) fn may_show(&self) -> bool {
        self.alpha > 0.0 && (self.pattern.is_some() || self.chroma > VISIBLE_CHROMA)
    }

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
    /// Of the name that the page has for it.
    pub(super) font_name: u32,
    pub(super) size: f64,
    pub(super) mode: i64,
    pub(super) leading: f64,
    pub(super) line: Matrix,
    /// The least and the most that text shown since has moved on.
    pub(super) moved: (f64, f64),
    pub(super) character_space: f64,
    pub(super) word_space: f64,
    /// 1 for 100 %.
    pub(super) stretch: f64,
    /// Text shown has become part of the clip to be.
    pub(super) clips: bool,
}

/// What makes it doubtful that something drawn shows as it is.
#[derive(Clone, Copy, Default)]
pub(super) struct Doubts {
    /// The clip is smaller than its box.
    pub(super) rough_clip: bool,
    /// Colours are mixed otherwise than by laying one over the other.
    pub(super) blended: bool,
    /// A soft mask may hide it.
    pub(super) masked: bool,
    /// Something around this content.
    pub(super) around: bool,
}

impl Doubts {
    pub(super) fn any(self) -> bool {
        self.rough_clip || self.blended || self.masked || self.around
    }
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
    pub(super) doubts: Doubts,
    /// The opacity of the groups around.
    pub(super) group_alpha: f64,
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
                font_name: 0,
                size: 1.0,
                mode: 0,
                leading: 0.0,
                line: Matrix::IDENTITY,
                moved: (0.0, 0.0),
                character_space: 0.0,
                word_space: 0.0,
                stretch: 1.0,
                clips: false,
            },
            doubts: Doubts::default(),
            group_alpha: 1.0,
        }
    }

    /// How much of some dot is certain to be covered, given that `covered` of
    /// it is where nothing hides it; zero when that is doubtful.
    pub(super) fn certain(&self, covered: f64) -> f64 {
        if self.doubts.any() { 0.0 } else { covered }
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
