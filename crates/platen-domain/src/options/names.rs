//! The names of options.

/// Names under which PPDs know duplex printing.
pub const DUPLEX_OPTIONS: &[&str] = &["Duplex", "EFDuplex", "ARDuplex", "KD03Duplex", "JCLDuplex"];

/// An option by what it does to the price.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Copies,
    Sides,
    Duplex,
    NumberUp,
    PageRanges,
    PageSet,
    Booklet,
    BookletSignature,
    OutputOrder,
    ColorModel,
    PrintColorMode,
    PageSize,
    PageRegion,
    Media,
    JobSheets,
    Raw,
    DocumentFormat,
    /// `scaling`: of the page, in percent.
    Scaling,
    /// Sets a picture's size without regard to the page.
    PictureSize,
    /// Changes how a page looks or when it is printed, not what it costs.
    Harmless,
}

const BY_NAME: &[(&str, Name)] = &[
    ("booklet", Name::Booklet),
    ("booklet-signature", Name::BookletSignature),
    ("ColorModel", Name::ColorModel),
    ("copies", Name::Copies),
    ("document-format", Name::DocumentFormat),
    ("job-sheets", Name::JobSheets),
    ("media", Name::Media),
    ("natural-scaling", Name::PictureSize),
    ("number-up", Name::NumberUp),
    ("output-order", Name::OutputOrder),
    ("OutputOrder", Name::OutputOrder),
    ("page-delivery", Name::OutputOrder),
    ("page-ranges", Name::PageRanges),
    ("page-set", Name::PageSet),
    ("PageRegion", Name::PageRegion),
    ("PageSize", Name::PageSize),
    ("ppi", Name::PictureSize),
    ("print-color-mode", Name::PrintColorMode),
    ("raw", Name::Raw),
    ("scaling", Name::Scaling),
    ("sides", Name::Sides),
];

/// Of CUPS, its filters, IPP and PPDs.
const HARMLESS: &[&str] = &[
    "Collate",
    "columns",
    "cpi",
    "crop-to-fit",
    "fill",
    "finishings",
    "fit-to-page",
    "fitplot",
    "InputSlot",
    "ipp-attribute-fidelity",
    "landscape",
    "lpi",
    "media-col",
    "media-source",
    "media-type",
    "MediaType",
    "mirror",
    "multiple-document-handling",
    "number-up-layout",
    "orientation-requested",
    "output-bin",
    "OutputBin",
    "page-border",
    "page-bottom",
    "page-label",
    "page-left",
    "page-right",
    "page-top",
    "platen-approval",
    "position",
    "prettyprint",
    "print-content-optimize",
    "print-quality",
    "print-rendering-intent",
    "print-scaling",
    "printer-resolution",
    "Resolution",
    "sheet-collate",
    "wrap",
];

impl Name {
    pub(super) fn find(name: &str) -> Option<Self> {
        let same = |known: &str| known.eq_ignore_ascii_case(name);
        if DUPLEX_OPTIONS.iter().any(|known| same(known)) {
            return Some(Self::Duplex);
        }
        let found = BY_NAME.iter().find(|(known, _)| same(known));
        if let Some((_, name)) = found {
            return Some(*name);
        }
        // Whose job it is and when it is printed: job-priority, job-hold-until …
        let of_the_job = name.len() > 4 && name.as_bytes()[..4].eq_ignore_ascii_case(b"job-");
        (of_the_job || HARMLESS.iter().any(|known| same(known))).then_some(Self::Harmless)
    }
}
