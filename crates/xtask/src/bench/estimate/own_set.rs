//! A small set for everybody: our fixtures, and what Ghostscript makes of them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use platen_lab::root;

use super::child;
use super::truth::{self, Document};

/// Device, ending, format, and whether it keeps colour.
const LANGUAGES: [(&str, &str, &str, bool); 8] = [
    ("ps2write", "ps", "ps", true),
    ("pclm", "pclm", "pclm", true),
    ("pxlcolor", "pxl", "pxl", true),
    ("pxlmono", "mono.pxl", "pxl", false),
    ("ljet4", "pcl", "pcl", false),
    ("cljet5", "colour.pcl", "pcl", true),
    ("pwgraster", "pwg", "pwg", true),
    ("urfrgb", "urf", "urf", true),
];

/// Makes it in `directory`.
///
/// # Errors
/// When the fixtures can't be read. What Ghostscript can't make is left out.
pub(super) fn make(directory: &Path) -> Result<Vec<Document>> {
    let fixtures = root().join("crates/platen-estimate/tests/fixtures/known");
    let mut documents = truth::read(&fixtures)?;
    let sources: Vec<Document> = documents
        .iter()
        .filter(|document| document.format == "pdf" && document.undisputed())
        .cloned()
        .collect();
    fs::create_dir_all(directory).context("a place for the set")?;
    for source in &sources {
        for language in LANGUAGES {
            documents.extend(converted(directory, source, language));
        }
    }
    Ok(documents)
}

fn converted(
    directory: &Path,
    source: &Document,
    (device, ending, format, colour): (&str, &str, &str, bool),
) -> Option<Document> {
    let stem = source.name.trim_end_matches(".pdf").replace('/', "-");
    let name = format!("{stem}.{ending}");
    let path = directory.join(&name);
    let (device, output) = (
        format!("-sDEVICE={device}"),
        format!("-sOutputFile={}", path.display()),
    );
    let arguments = [
        "-q",
        "-dSAFER",
        "-dBATCH",
        "-dNOPAUSE",
        "-r75",
        &device,
        &output,
        source.path.to_str()?,
    ];
    let done = child::run(Path::new("gs"), &arguments, b"").ok()?;
    let written = fs::metadata(&path).is_ok_and(|file| file.len() > 0);
    (done.status.success() && written).then(|| Document {
        path,
        name,
        format: format.to_owned(),
        pages: source.pages,
        colour: source
            .colour
            .iter()
            .map(|page| page.map(|page| page && colour))
            .collect(),
        disagree: String::new(),
    })
}
