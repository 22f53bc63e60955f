//! What an estimate says, and why there may be none.

use platen_domain::{PageFacts, PageRun, Passage, Size};
use serde::{Deserialize, Serialize};

pub use platen_domain::Ticket;

/// The language of a document, found by its content and never by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Portable Document Format, PCLm included.
    Pdf,
    /// PostScript, Encapsulated PostScript included.
    PostScript,
    /// Plain text.
    Text,
    /// One JPEG picture.
    Jpeg,
    /// One PNG picture.
    Png,
    /// TIFF pictures, a page each.
    Tiff,
    /// PWG raster. *Source*: PWG 5102.4.
    Pwg,
    /// CUPS raster, all versions.
    #[serde(rename = "cups-raster")]
    CupsRaster,
    /// Apple raster.
    Urf,
    /// PCL 5, HP-GL/2 included.
    Pcl,
    /// PCL XL, also called PCL 6.
    PclXl,
    /// XPS and OpenXPS. *Source*: ECMA-388.
    Xps,
    /// Windows' enhanced metafile, alone or as a spool file. *Source*: MS-EMF, MS-EMFSPOOL.
    Emf,
}

impl Format {
    /// The MIME type that CUPS gives it.
    #[must_use]
    pub const fn mime_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::PostScript => "application/postscript",
            Self::Text => "text/plain",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Tiff => "image/tiff",
            Self::Pwg => "image/pwg-raster",
            Self::CupsRaster => "application/vnd.cups-raster",
            Self::Urf => "image/urf",
            Self::Pcl => "application/vnd.hp-pcl",
            Self::PclXl => "application/vnd.hp-pclxl",
            Self::Xps => "application/oxps",
            Self::Emf => "application/vnd.ms-emf",
        }
    }
}

impl Format {
    /// Whether each page is a picture.
    #[must_use]
    pub const fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Tiff)
    }

    /// How CUPS treats a document in this language: printers' own languages
    /// are not for its filters, rasters are where the printer doesn't take them,
    /// everything else is laid out anew.
    /// *Source*: the conversions and costs of CUPS 2.4 and cups-filters 1.28.
    #[must_use]
    pub const fn passage(self) -> Passage {
        match self {
            Self::Pcl | Self::PclXl | Self::Xps | Self::Emf | Self::CupsRaster => Passage::AsIs,
            Self::Pdf | Self::Text | Self::Jpeg | Self::Png | Self::Tiff => Passage::LaidOut,
            // Ghostscript, which carries the copies out; measured.
            Self::PostScript => Passage::Interpreted,
            Self::Pwg | Self::Urf => Passage::Either,
        }
    }
}

/// How a page's colour was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgedBy {
    /// By the language itself: it has no colour, or declares what it uses.
    Declared,
    /// By what is drawn: colours, shadings, pictures.
    Drawn,
    /// By the samples of the picture.
    Pixels,
    /// It could not be told; taken for colour, and the warnings say so.
    Unknown,
}

/// One page.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageReport {
    /// As printed, rotation applied. *Units*: typographic points, 1/72 inch.
    pub width_pt: f64,
    /// As printed, rotation applied. *Units*: typographic points, 1/72 inch.
    pub height_pt: f64,
    /// Something on it shows colour: chroma over 24/255.
    pub colour: bool,
    /// How that was found.
    pub judged_by: JudgedBy,
}

/// What to say of pages that could not be judged; of none, nothing. `within`
/// names the limit that was in the way, such as ` within the limit on time`.
pub(crate) fn unknown_pages(pages: &[PageReport], within: &str) -> Option<String> {
    let count = pages
        .iter()
        .filter(|page| page.judged_by == JudgedBy::Unknown)
        .count();
    match count {
        0 => None,
        1 => Some(format!(
            "One page could not be judged{within} and is counted as colour."
        )),
        more => Some(format!(
            "{more} pages could not be judged{within} and are counted as colour."
        )),
    }
}

/// What a document holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Its language.
    pub format: Format,
    /// In page order; at least one.
    pub pages: Vec<PageReport>,
    /// What it asks of the printer.
    #[serde(skip)]
    pub ticket: Ticket,
    /// What a person should know about the count. No path, no content.
    pub warnings: Vec<String>,
}

impl Report {
    /// The pages as the price needs them.
    #[must_use]
    pub fn facts(&self) -> Vec<PageFacts> {
        self.pages
            .iter()
            .map(|page| PageFacts {
                size: Size::from_typographic(page.width_pt, page.height_pt),
                colour: page.colour,
            })
            .collect()
    }

    /// The compact form that crosses the process boundary.
    #[must_use]
    pub fn analysis(&self) -> Analysis {
        Analysis {
            format: self.format,
            runs: PageRun::fold(&self.facts()),
            ticket: self.ticket,
            warnings: self.warnings.clone(),
        }
    }
}

/// A report folded into runs of pages that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// The document's language.
    pub format: Format,
    /// In page order; at least one page.
    pub runs: Vec<PageRun>,
    /// What it asks of the printer.
    pub ticket: Ticket,
    /// What a person should know about the count.
    pub warnings: Vec<String>,
}

/// Why a document can't be counted. *Source*: rules.md R-13.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// There is no such file, or it may not be read.
    #[error("The file can't be opened.")]
    NotOpened,
    /// No bytes at all.
    #[error("The document is empty.")]
    Empty,
    /// None of the languages this program reads.
    #[error("The document is in a format whose pages can't be counted.")]
    UnknownFormat,
    /// Its language is known, but it can't be read.
    #[error("The document is damaged and can't be read.")]
    Damaged,
    /// It needs a password.
    #[error("The document is protected by a password.")]
    Encrypted,
    /// It is readable and has no page.
    #[error("The document has no pages.")]
    NoPages,
    /// More bytes than are looked at.
    #[error("The document is larger than {} MB, the most that is analysed.", limit_bytes / 1_000_000)]
    TooLarge {
        /// The limit that it exceeds.
        limit_bytes: u64,
    },
    /// Counting it takes more than it may.
    #[error("The document can't be analysed within the limit on {what}.")]
    LimitReached {
        /// The limit, as a person would say it: `time`, `memory`, `pages`.
        what: String,
    },
}

impl Problem {
    /// Whether a limit, and not the document's form, is in the way.
    #[must_use]
    pub const fn is_limit(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::LimitReached { .. })
    }

    pub(crate) fn limit(what: &str) -> Self {
        Self::LimitReached { what: what.into() }
    }
}
