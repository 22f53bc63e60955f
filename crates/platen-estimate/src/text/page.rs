//! The page that text is laid out on, and the options that shape it.
//!
//! *Source*: CUPS "Command-Line Printing and Options", "Text Options".

use platen_domain::options::BadOption;
use platen_domain::{JobOptions, Size};

/// Distances from the paper's edges. *Units*: points.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Margins {
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
}

impl Margins {
    /// As the page lies that is turned by a quarter: its left edge is at the top.
    fn turned(self) -> Self {
        Self {
            left: self.bottom,
            right: self.top,
            top: self.left,
            bottom: self.right,
        }
    }
}

/// What a queue without a description of its own leaves at the edges.
const USUAL: Margins = Margins {
    left: 18.0,
    right: 18.0,
    top: 36.0,
    bottom: 36.0,
};
const PRETTY: Margins = Margins {
    left: 72.0,
    right: 36.0,
    top: 36.0,
    bottom: 36.0,
};
/// The title above a page that is printed prettily. *Units*: lines.
const TITLE_LINES: f32 = 3.0;
/// More lines, columns or strips than this make no difference to any text.
const MOST: i64 = 1 << 20;

/// How text is laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct TextPage {
    paper: Size,
    landscape: bool,
    /// `page-left` and its like, as the text stands.
    left: Option<f32>,
    right: Option<f32>,
    top: Option<f32>,
    bottom: Option<f32>,
    characters_per_inch: Option<f32>,
    lines_per_inch: Option<f32>,
    strips: i64,
    wraps: bool,
    /// `prettyprint`: a title on each page, smaller print, keywords in colour.
    pub(super) pretty: bool,
}

impl Default for TextPage {
    /// A4, upright, ten characters and six lines to the inch.
    fn default() -> Self {
        Self {
            paper: Size::A4,
            landscape: false,
            left: None,
            right: None,
            top: None,
            bottom: None,
            characters_per_inch: None,
            lines_per_inch: None,
            strips: 1,
            wraps: true,
            pretty: false,
        }
    }
}

/// What fits on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) lines: i64,
    /// Of one strip.
    pub(super) columns: i64,
    /// Text columns side by side.
    pub(super) strips: i64,
    pub(super) wraps: bool,
}

/// The options that shape it.
const OPTIONS: &[&str] = &[
    "columns",
    "cpi",
    "landscape",
    "lpi",
    "media",
    "orientation-requested",
    "page-bottom",
    "page-left",
    "page-right",
    "page-top",
    "PageRegion",
    "PageSize",
    "prettyprint",
    "wrap",
];

impl TextPage {
    /// Whether an option of that name makes a difference.
    #[must_use]
    pub fn reads(name: &str) -> bool {
        OPTIONS.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Reads the text options among a job's; its paper is the job's.
    ///
    /// Values that make no sense count as not given and are returned, too.
    #[must_use]
    pub fn read<'text>(
        pairs: impl IntoIterator<Item = (&'text str, &'text str)> + Clone,
    ) -> (Self, Vec<BadOption>) {
        let mut page = Self {
            paper: JobOptions::read(pairs.clone())
                .options
                .media
                .unwrap_or(Size::A4),
            ..Self::default()
        };
        let mut bad = Vec::new();
        let mut orientation = None;
        let mut landscape = None;
        for (name, value) in pairs {
            let read = match name.to_ascii_lowercase().as_str() {
                "cpi" => positive(value).map(|cpi| page.characters_per_inch = Some(cpi)),
                "lpi" => positive(value).map(|lpi| page.lines_per_inch = Some(lpi)),
                "columns" => whole(value).map(|strips| page.strips = strips),
                "page-left" => points(value).map(|left| page.left = Some(left)),
                "page-right" => points(value).map(|right| page.right = Some(right)),
                "page-top" => points(value).map(|top| page.top = Some(top)),
                "page-bottom" => points(value).map(|bottom| page.bottom = Some(bottom)),
                "orientation-requested" => turned(value).map(|turn| orientation = Some(turn)),
                // Like CUPS, which knows no wrong value for these.
                "landscape" => {
                    landscape = Some(!is_off(value));
                    Ok(())
                }
                "prettyprint" => {
                    page.pretty = !is_off(value);
                    Ok(())
                }
                "wrap" => {
                    page.wraps = is_on(value);
                    Ok(())
                }
                _ => Ok(()),
            };
            if let Err(expected) = read {
                bad.push(BadOption {
                    name: name.to_owned(),
                    value: value.to_owned(),
                    expected,
                });
            }
        }
        page.landscape = landscape.or(orientation).unwrap_or(false);
        (page, bad)
    }

    /// Width and height as the text stands. *Units*: points.
    pub(super) fn size_pt(&self) -> (f64, f64) {
        let points = |hundredths: u32| f64::from(hundredths) * 72.0 / 2540.0;
        let (width, height) = (points(self.paper.width), points(self.paper.height));
        if self.landscape {
            (height, width)
        } else {
            (width, height)
        }
    }

    /// The arithmetic of the filter: single precision for lengths, double for
    /// quotients, and fractions of a line or column cut off.
    pub(super) fn grid(&self) -> Grid {
        let usual = if self.pretty { PRETTY } else { USUAL };
        let usual = if self.landscape {
            usual.turned()
        } else {
            usual
        };
        let (width, height) = self.size_pt();
        let (width, height) = (width as f32, height as f32);
        let left = self.left.unwrap_or(usual.left);
        let right = width - self.right.unwrap_or(usual.right);
        let bottom = self.bottom.unwrap_or(usual.bottom);
        let mut top = height - self.top.unwrap_or(usual.top);
        let (usual_cpi, usual_lpi) = if self.pretty {
            (12.0, 8.0)
        } else {
            (10.0, 6.0)
        };
        let cpi = self.characters_per_inch.unwrap_or(usual_cpi);
        let lpi = self.lines_per_inch.unwrap_or(usual_lpi);
        if self.pretty {
            top -= TITLE_LINES * 72.0 / lpi;
        }
        let fits = |length: f32, per_inch: f32| {
            let count = f64::from(length) / 72.0 * f64::from(per_inch);
            // Saturates, and NaN gives zero.
            (count as i64).clamp(1, MOST)
        };
        let all_columns = fits(right - left, cpi);
        let columns = if self.strips > 1 {
            let gutter = (cpi / 2.0) as i64;
            (all_columns - gutter.min(MOST) * (self.strips - 1)) / self.strips
        } else {
            all_columns
        };
        Grid {
            lines: fits(top - bottom, lpi),
            columns,
            strips: self.strips,
            wraps: self.wraps,
        }
    }
}

fn positive(value: &str) -> Result<f32, &'static str> {
    value
        .trim()
        .parse::<f32>()
        .ok()
        .filter(|number| number.is_finite() && *number > 0.0)
        .ok_or("a number above 0")
}

fn points(value: &str) -> Result<f32, &'static str> {
    value
        .trim()
        .parse::<f32>()
        .ok()
        .filter(|number| number.is_finite())
        .ok_or("a length in points")
}

fn whole(value: &str) -> Result<i64, &'static str> {
    value
        .trim()
        .parse::<i64>()
        .ok()
        .filter(|number| (1..=MOST).contains(number))
        .ok_or("a whole number, at least 1")
}

/// *Source*: RFC 8011, section 5.2.10: 4 and 5 are turned by a quarter.
fn turned(value: &str) -> Result<bool, &'static str> {
    match value {
        "3" | "6" | "7" | "portrait" | "reverse-portrait" | "none" => Ok(false),
        "4" | "5" | "landscape" | "reverse-landscape" => Ok(true),
        _ => Err("3, 4, 5 or 6"),
    }
}

fn is_off(value: &str) -> bool {
    ["no", "off", "false"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
}

fn is_on(value: &str) -> bool {
    ["yes", "on", "true"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
}
