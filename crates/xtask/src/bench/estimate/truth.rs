//! Documents with known answers: a directory with a `truth.tsv`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// A document, and what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) path: PathBuf,
    /// As `truth.tsv` names it.
    pub(super) name: String,
    /// `pdf`, `ps`, `pwg`…
    pub(super) format: String,
    /// None when the public tools could not settle it.
    pub(super) pages: Option<usize>,
    /// Colour page by page; none for pages that are not settled.
    pub(super) colour: Vec<Option<bool>>,
    /// What the public tools disagree on; empty when they agree.
    pub(super) disagree: String,
}

impl Document {
    /// Whether the count and colour are beyond doubt: boxes cost nothing here.
    pub(super) fn undisputed(&self) -> bool {
        self.pages.is_some() && matches!(self.disagree.as_str(), "" | "box")
    }
}

/// Reads `truth.tsv`: a heading, then file, format, pages, colour, boxes and
/// disagreement between tabs.
///
/// # Errors
/// When it can't be read or holds no document.
pub(super) fn read(directory: &Path) -> Result<Vec<Document>> {
    let table = directory.join("truth.tsv");
    let text =
        fs::read_to_string(&table).with_context(|| format!("reading {}", table.display()))?;
    let documents: Vec<Document> = text
        .lines()
        .skip(1)
        .filter_map(|line| document(directory, line))
        .collect();
    ensure!(
        !documents.is_empty(),
        "{} names no document",
        table.display()
    );
    Ok(documents)
}

fn document(directory: &Path, line: &str) -> Option<Document> {
    let mut cells = line.split('\t');
    let name = cells.next().filter(|name| !name.is_empty())?;
    let format = cells.next()?;
    let pages = cells.next()?.parse().ok();
    let colour = runs(cells.next().unwrap_or(""));
    let disagree = cells.nth(1).unwrap_or("");
    Some(Document {
        path: directory.join(name),
        name: name.to_owned(),
        format: format.to_owned(),
        pages,
        colour,
        disagree: disagree.to_owned(),
    })
}

/// Run lengths in page order, `C1,G351,?2`, taken apart; `C` is colour.
pub(super) fn runs(text: &str) -> Vec<Option<bool>> {
    let mut pages = Vec::new();
    for run in text.split(',') {
        let mut letters = run.chars();
        let colour = match letters.next() {
            Some('C') => Some(true),
            Some('G') => Some(false),
            Some('?') => None,
            _ => continue,
        };
        let count: usize = letters.as_str().parse().unwrap_or(0);
        pages.extend(std::iter::repeat_n(colour, count));
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_pages_colour_and_disputes() {
        let line = "a/b.pdf\tpdf\t4\tC1,?1,G2\t612x792*4\tbox\t";
        let document = document(Path::new("/set"), line).unwrap();
        assert_eq!(document.path, Path::new("/set/a/b.pdf"));
        assert_eq!(document.pages, Some(4));
        assert_eq!(
            document.colour,
            [Some(true), None, Some(false), Some(false)]
        );
        assert!(document.undisputed());
    }

    #[test]
    fn what_tools_disagree_on_is_disputed() {
        let disputed = |line| !document(Path::new(""), line).unwrap().undisputed();
        assert!(disputed("a.pdf\tpdf\t?\t\t\topen\t"));
        assert!(disputed("a.pdf\tpdf\t1\tC1\t\tcolor:1\t"));
    }
}
