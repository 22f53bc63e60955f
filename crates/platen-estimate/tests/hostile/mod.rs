//! Documents that wish the reader ill: damaged ones, made of every small
//! document with a known answer, and ones with a name of their own.
//!
//! A new language takes a file in `fixtures/known` and its line in `truth.tsv`;
//! a new trick takes one line in the list of its language.

mod bytes;
pub(crate) mod damaged;
mod packed;
mod pdf;
mod pdf_drawing;
mod printer;
mod raster;
mod text;

use std::path::Path;

/// A trick: its name, and what makes the document.
pub(crate) type Trick = (&'static str, fn() -> Vec<u8>);

/// Every trick there is.
pub(crate) fn tricks() -> impl Iterator<Item = &'static Trick> {
    [
        pdf::TRICKS,
        pdf_drawing::TRICKS,
        packed::TRICKS,
        printer::TRICKS,
        raster::TRICKS,
        text::TRICKS,
    ]
    .into_iter()
    .flatten()
}

/// The documents with known answers, by name.
pub(crate) fn seeds() -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/known");
    let table = std::fs::read_to_string(directory.join("truth.tsv")).expect("the table");
    table
        .lines()
        .skip(1)
        .filter_map(|line| line.split('\t').next())
        .map(|name| {
            let bytes = std::fs::read(directory.join(name)).expect("a document of the table");
            (name.to_owned(), bytes)
        })
        .collect()
}
