//! PostScript by its document structuring comments.
//!
//! PostScript is a program: what it prints can't be known without running it.
//! Conforming documents say how many pages they have; colour is read off their
//! colour operators where they are written in the open. Where nothing is
//! declared, `showpage` is counted, and a warning says so.
//! *Source*: Adobe technical note 5001, DSC 3.0.

use crate::colour::{VISIBLE_CHROMA, chroma, rgb_from_cmyk};
use crate::limits::Budget;
use crate::report::{Format, JudgedBy, PageReport, Problem, Report, Ticket};

/// Letter, which the interpreter assumes when a document names no paper.
const DEFAULT_PT: (f64, f64) = (612.0, 792.0);

/// Counts the pages of a PostScript document.
pub(crate) fn count(document: &[u8], budget: &Budget) -> Result<Report, Problem> {
    let structure = Structure::read(document, budget)?;
    let mut warnings = Vec::new();
    let starts = structure.page_starts.len();
    let pages = match structure.declared_pages {
        Some(declared) if starts == 0 || declared == starts => declared,
        Some(declared) => {
            warnings.push(format!(
                "The document declares {declared} pages and marks {starts}; {starts} are counted."
            ));
            starts
        }
        None if starts > 0 => starts,
        None => {
            warnings.push("The document declares no page count; it is an estimate.".into());
            structure.showpages.max(1)
        }
    };
    budget.allow_pages(pages)?;
    let mut reports = Vec::with_capacity(pages);
    for page in 0..pages {
        budget.check()?;
        let (width_pt, height_pt) = structure.size(page);
        let (colour, judged_by) = match structure.page_body(document, page) {
            _ if structure.only_black => (false, JudgedBy::Declared),
            Some(body) => judge(body),
            None => judge(document),
        };
        reports.push(PageReport {
            width_pt,
            height_pt,
            colour,
            judged_by,
        });
    }
    if reports
        .iter()
        .any(|page| page.judged_by == JudgedBy::Unknown)
    {
        warnings.push(
            "Colour can't be told from this PostScript; undeclared pages are counted as colour."
                .into(),
        );
    }
    Ok(Report {
        format: Format::PostScript,
        pages: reports,
        ticket: Ticket::default(),
        warnings,
    })
}

/// What the comments declare.
#[derive(Default)]
struct Structure {
    declared_pages: Option<usize>,
    only_black: bool,
    bounding_box: Option<(f64, f64)>,
    media: Vec<(Vec<u8>, (f64, f64))>,
    page_starts: Vec<usize>,
    page_sizes: Vec<Option<(f64, f64)>>,
    trailer: Option<usize>,
    showpages: usize,
}

impl Structure {
    fn read(document: &[u8], budget: &Budget) -> Result<Self, Problem> {
        let mut structure = Self::default();
        let mut embedded = 0usize;
        let mut at = 0;
        let mut continues_media = false;
        for line in document.split(|byte| matches!(byte, b'\n' | b'\r')) {
            budget.step()?;
            let start = at;
            at += line.len() + 1;
            let Some(comment) = line.strip_prefix(b"%%") else {
                continues_media = false;
                structure.showpages += usize::from(embedded == 0) * count_words(line, b"showpage");
                continue;
            };
            // What an embedded document says is about itself.
            if comment.starts_with(b"BeginDocument") || comment.starts_with(b"BeginResource") {
                embedded += 1;
            } else if comment.starts_with(b"EndDocument") || comment.starts_with(b"EndResource") {
                embedded = embedded.saturating_sub(1);
            } else if embedded == 0 {
                structure.comment(comment, start, &mut continues_media);
                budget.allow_pages(structure.page_starts.len())?;
            }
        }
        Ok(structure)
    }

    fn comment(&mut self, comment: &[u8], start: usize, continues_media: &mut bool) {
        let was_media = std::mem::replace(continues_media, false);
        let (key, value) = split_key(comment);
        match key {
            b"Pages" => {
                // "(atend)" is no number, and the trailer's value comes later.
                if let Some(pages) = words(value).next().and_then(|word| word.parse().ok()) {
                    self.declared_pages = Some(pages);
                }
            }
            b"Page" => {
                self.page_starts.push(start);
                self.page_sizes.push(None);
            }
            b"Trailer" if self.trailer.is_none() => self.trailer = Some(start),
            b"DocumentProcessColors" => {
                let inks: Vec<_> = words(value).collect();
                self.only_black = !inks.is_empty() && inks.iter().all(|ink| *ink == "Black");
            }
            b"BoundingBox" if self.bounding_box.is_none() => {
                self.bounding_box =
                    rectangle(value).map(|[x0, y0, x1, y1]| (x1 - x0.min(0.0), y1 - y0.min(0.0)));
            }
            b"DocumentMedia" => {
                self.medium(value);
                *continues_media = true;
            }
            b"+" if was_media => {
                self.medium(value);
                *continues_media = true;
            }
            b"PageMedia" => {
                let name = words(value).next().unwrap_or_default().as_bytes();
                let size = self
                    .media
                    .iter()
                    .find(|(known, _)| known == name)
                    .map(|(_, size)| *size);
                if let (Some(size), Some(page)) = (size, self.page_sizes.last_mut()) {
                    *page = Some(size);
                }
            }
            _ => {}
        }
    }

    fn medium(&mut self, value: &[u8]) {
        let mut words = words(value);
        let name = words.next();
        let mut number = || {
            words
                .next()?
                .parse::<f64>()
                .ok()
                .filter(|pt| *pt > 0.0 && *pt < 1e6)
        };
        if let (Some(name), Some(width), Some(height)) = (name, number(), number())
            && self.media.len() < 1000
        {
            self.media.push((name.as_bytes().to_vec(), (width, height)));
        }
    }

    /// The page's paper: named for it, the document's first, or the box.
    fn size(&self, page: usize) -> (f64, f64) {
        self.page_sizes
            .get(page)
            .copied()
            .flatten()
            .or_else(|| self.media.first().map(|(_, size)| *size))
            .or(self
                .bounding_box
                .filter(|(width, height)| *width > 0.0 && *height > 0.0))
            .unwrap_or(DEFAULT_PT)
    }

    fn page_body<'d>(&self, document: &'d [u8], page: usize) -> Option<&'d [u8]> {
        let start = *self.page_starts.get(page)?;
        let end = self
            .page_starts
            .get(page + 1)
            .copied()
            .or(self.trailer.filter(|trailer| *trailer > start))
            .unwrap_or(document.len());
        document.get(start..end)
    }
}

/// Reads the colour operators of a page: numbers, then an operator.
///
/// Drivers abbreviate the operators; those of the common ones are known. What
/// is compressed or computed can't be seen: such a page is assumed to be colour.
fn judge(body: &[u8]) -> (bool, JudgedBy) {
    let mut numbers: Vec<f64> = Vec::new();
    let mut hidden = false;
    for line in body.split(|byte| matches!(byte, b'\n' | b'\r')) {
        if line.starts_with(b"%") {
            continue;
        }
        // Lines of encoded data: long and without a space.
        hidden |= line.len() > 60 && !line.contains(&b' ');
        for word in line.split(u8::is_ascii_whitespace) {
            let text = std::str::from_utf8(word).unwrap_or_default();
            if let Ok(number) = text.trim_matches(['[', ']', '{', '}']).parse::<f64>() {
                numbers.push(number);
                if numbers.len() > 8 {
                    numbers.remove(0);
                }
                continue;
            }
            if let Some(rgb) = colour(text, &numbers)
                && chroma(rgb) > VISIBLE_CHROMA
            {
                return (true, JudgedBy::Drawn);
            }
            hidden |= matches!(
                text,
                "colorimage" | "sethsbcolor" | "shfill" | "currentfile"
            );
            if !word.is_empty() {
                numbers.clear();
            }
        }
    }
    if hidden {
        (true, JudgedBy::Unknown)
    } else {
        (false, JudgedBy::Drawn)
    }
}

fn colour(operator: &str, numbers: &[f64]) -> Option<[f64; 3]> {
    let last = |count: usize| numbers.get(numbers.len().checked_sub(count)?..);
    match operator {
        "setrgbcolor" | "rg" | "RG" => last(3)?.try_into().ok(),
        "setcmykcolor" | "k" | "K" => last(4)?.try_into().ok().map(rgb_from_cmyk),
        "sc" | "SC" | "scn" | "SCN" | "setcolor" | "fCol" | "sCol" => match numbers.len() {
            3 => numbers.try_into().ok(),
            4 => last(4)?.try_into().ok().map(rgb_from_cmyk),
            _ => None,
        },
        _ => None,
    }
}

fn split_key(comment: &[u8]) -> (&[u8], &[u8]) {
    if let Some(rest) = comment.strip_prefix(b"+") {
        return (b"+", rest);
    }
    match comment.iter().position(|byte| matches!(byte, b':' | b' ')) {
        Some(end) => (&comment[..end], &comment[end + 1..]),
        None => (comment, b""),
    }
}

fn words(value: &[u8]) -> impl Iterator<Item = &str> {
    value
        .split(u8::is_ascii_whitespace)
        .filter_map(|word| std::str::from_utf8(word).ok())
        .filter(|word| !word.is_empty())
}

fn rectangle(value: &[u8]) -> Option<[f64; 4]> {
    let numbers: Vec<f64> = words(value)
        .map_while(|word| word.parse().ok())
        .take(4)
        .collect();
    numbers.try_into().ok()
}

fn count_words(line: &[u8], word: &[u8]) -> usize {
    line.split(|byte| !byte.is_ascii_alphanumeric())
        .filter(|found| *found == word)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use proptest::prelude::*;

    fn run(document: &str) -> Report {
        count(document.as_bytes(), &Budget::start(&Limits::default())).unwrap()
    }

    fn colours(report: &Report) -> Vec<bool> {
        report.pages.iter().map(|page| page.colour).collect()
    }

    #[test]
    fn pages_may_be_declared_at_the_end() {
        let report = run(
            "%!PS-Adobe-3.0\n%%Pages: (atend)\n%%EndComments\n%%Page: 1 1\n0 g\n\
             %%Page: 2 2\n1 0 0 setrgbcolor\n%%Trailer\n%%Pages: 2\n%%EOF\n",
        );
        assert_eq!(colours(&report), [false, true]);
        assert!(report.warnings.is_empty());
    }

    #[test]
    fn an_embedded_document_does_not_change_the_count() {
        let report = run(
            "%!PS-Adobe-3.0\n%%Pages: 1\n%%Page: 1 1\n%%BeginDocument: x.eps\n\
             %%Pages: 7\n%%Page: 1 1\n%%EndDocument\nshowpage\n%%EOF\n",
        );
        assert_eq!(report.pages.len(), 1);
    }

    #[test]
    fn contradicting_counts_are_told() {
        let report = run("%!PS-Adobe-3.0\n%%Pages: 9\n%%Page: 1 1\n%%Page: 2 2\n");
        assert_eq!(report.pages.len(), 2);
        assert_eq!(report.warnings.len(), 1);
    }

    #[test]
    fn without_comments_showpage_is_counted_and_said_to_be_an_estimate() {
        let report = run("%!\n0 0 moveto (x) show showpage\nshowpage\n");
        assert_eq!(report.pages.len(), 2);
        assert!(report.warnings[0].contains("estimate"));
    }

    #[test]
    fn each_page_has_its_own_paper() {
        let report = run(
            "%!PS-Adobe-3.0\n%%DocumentMedia: A4 595 842 0 () ()\n%%+ A3 842 1191 0 () ()\n\
             %%Pages: 2\n%%Page: 1 1\n%%PageMedia: A4\n%%Page: 2 2\n%%PageMedia: A3\n",
        );
        assert_eq!(report.pages[1].width_pt, 842.0);
        assert_eq!(report.pages[0].width_pt, 595.0);
    }

    #[test]
    fn what_is_encoded_is_assumed_to_be_colour_and_told() {
        let report = run(&format!(
            "%!PS-Adobe-3.0\n%%Pages: 1\n%%Page: 1 1\n{}\n",
            "Gb\"0;".repeat(20)
        ));
        assert_eq!(report.pages[0].judged_by, JudgedBy::Unknown);
        assert_eq!(report.warnings.len(), 1);
        let black = run(&format!(
            "%!PS-Adobe-3.0\n%%DocumentProcessColors: Black\n%%Pages: 1\n%%Page: 1 1\n{}\n",
            "Gb\"0;".repeat(20)
        ));
        assert_eq!(black.pages[0].judged_by, JudgedBy::Declared);
    }

    proptest! {
        #[test]
        fn no_bytes_upset_it(document in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = count(&document, &Budget::start(&Limits::default()));
        }

        #[test]
        fn no_comments_upset_it(lines in proptest::collection::vec(proptest::sample::select(vec![
            "%%Pages: -1", "%%Pages: 99999999999999999999", "%%Page:", "%%+ x 1 2", "%%Trailer",
            "%%BoundingBox: 1e999 0 x", "%%EndDocument", "%%BeginDocument", "%%PageMedia:",
            "%%DocumentMedia: a nan inf", "1 2 rg", "4 4 4 4 4 4 4 4 4 4 k", "sc",
        ]), 0..20)) {
            let _ = count(lines.join("\n").as_bytes(), &Budget::start(&Limits::default()));
        }
    }
}
