//! What a document's comments declare. *Source*: Adobe technical note 5001, DSC 3.0.

use crate::limits::Budget;
use crate::report::Problem;

/// What the comments declare.
#[derive(Default)]
pub(super) struct Structure {
    declared_pages: Option<usize>,
    encapsulated: bool,
    bounding_box: Option<(f64, f64)>,
    media: Vec<(Vec<u8>, (f64, f64))>,
    page_sizes: Vec<Option<(f64, f64)>>,
}

impl Structure {
    pub(super) fn read(document: &[u8], budget: &Budget) -> Result<Self, Problem> {
        Self::scan(document, || budget.step(), budget.max_pages)
    }

    /// The comments that open a document.
    pub(super) fn read_head(document: &[u8]) -> Result<Self, Problem> {
        let head = &document[..document.len().min(1 << 16)];
        Self::scan(head, || Ok(()), usize::MAX)
    }

    fn scan(
        document: &[u8],
        step: impl Fn() -> Result<(), Problem>,
        max_pages: usize,
    ) -> Result<Self, Problem> {
        let mut structure = Self {
            encapsulated: is_encapsulated(document),
            ..Self::default()
        };
        let mut embedded = 0usize;
        let mut continues_media = 0;
        let mut at = 0;
        while let Some(found) = document[at..].iter().position(|byte| *byte == b'%') {
            let start = at + found;
            at = start + 1;
            let begins_line = start
                .checked_sub(1)
                .is_none_or(|before| matches!(document[before], b'\n' | b'\r'));
            if !begins_line || document.get(at) != Some(&b'%') {
                continue;
            }
            step()?;
            let rest = &document[at + 1..];
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let comment = &rest[..end.unwrap_or(rest.len())];
            at += 1 + comment.len();
            // What an embedded document says is about itself.
            if comment.starts_with(b"BeginDocument") || comment.starts_with(b"BeginResource") {
                embedded += 1;
            } else if comment.starts_with(b"EndDocument") || comment.starts_with(b"EndResource") {
                embedded = embedded.saturating_sub(1);
            } else if embedded == 0 {
                let follows = start.saturating_sub(continues_media) <= 2;
                continues_media = 0;
                if structure.comment(comment, follows) {
                    continues_media = at;
                }
                if structure.page_sizes.len() > max_pages {
                    return Err(Problem::limit("pages"));
                }
            }
        }
        Ok(structure)
    }

    /// How many pages the comments speak of: those marked, or those declared.
    pub(super) fn pages(&self) -> Option<usize> {
        match (self.declared_pages, self.page_sizes.len()) {
            (declared, 0) => declared,
            (_, marked) => Some(marked),
        }
    }

    /// Takes a comment in; says whether the next may go on with a list of media.
    fn comment(&mut self, comment: &[u8], goes_on: bool) -> bool {
        let (key, value) = split_key(comment);
        match key {
            b"Pages" => {
                // "(atend)" is no number, and the trailer's value comes later.
                if let Some(pages) = words(value).next().and_then(|word| word.parse().ok()) {
                    self.declared_pages = Some(pages);
                }
            }
            b"Page" => {
                self.page_sizes.push(None);
            }
            b"BoundingBox" if self.bounding_box.is_none() => {
                // A picture is as large as its box; a page reaches from its corner.
                self.bounding_box = rectangle(value).map(|[x0, y0, x1, y1]| {
                    if self.encapsulated {
                        (x1 - x0, y1 - y0)
                    } else {
                        (x1 - x0.min(0.0), y1 - y0.min(0.0))
                    }
                });
            }
            b"DocumentMedia" => {
                self.medium(value);
                return true;
            }
            b"+" if goes_on => {
                self.medium(value);
                return true;
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
        false
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
    pub(super) fn size(&self, page: usize) -> Option<(f64, f64)> {
        self.page_sizes
            .get(page)
            .copied()
            .flatten()
            .or_else(|| self.media.first().map(|(_, size)| *size))
            .or(self
                .bounding_box
                .filter(|(width, height)| *width > 0.0 && *height > 0.0))
    }
}

/// Whether the first line says that it is a picture for other documents.
pub(super) fn is_encapsulated(document: &[u8]) -> bool {
    let line = document.split(|byte| matches!(byte, b'\n' | b'\r')).next();
    let line = line.unwrap_or_default();
    line.windows(5).any(|part| part == b" EPSF")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use proptest::prelude::*;

    fn read(document: &str) -> Structure {
        Structure::read(document.as_bytes(), &Budget::start(&Limits::default())).unwrap()
    }

    #[test]
    fn pages_may_be_declared_at_the_end() {
        let structure = read("%!PS-Adobe-3.0\n%%Pages: (atend)\n%%Trailer\n%%Pages: 2\n%%EOF\n");
        assert_eq!(structure.pages(), Some(2));
    }

    #[test]
    fn marked_pages_count_for_more_than_declared_ones() {
        let structure = read("%!PS-Adobe-3.0\n%%Pages: 9\n%%Page: 1 1\n%%Page: 2 2\n");
        assert_eq!(structure.pages(), Some(2));
        assert_eq!(read("%!\nshowpage\n").pages(), None);
    }

    #[test]
    fn an_embedded_document_speaks_of_itself() {
        let structure = read(
            "%!PS-Adobe-3.0\n%%Pages: 1\n%%Page: 1 1\n%%BeginDocument: x.eps\n\
             %%Pages: 7\n%%Page: 1 1\n%%EndDocument\nshowpage\n%%EOF\n",
        );
        assert_eq!(structure.pages(), Some(1));
    }

    #[test]
    fn each_page_has_its_own_paper() {
        let structure = read(
            "%!PS-Adobe-3.0\n%%DocumentMedia: A4 595 842 0 () ()\n%%+ A3 842 1191 0 () ()\n\
             %%Pages: 2\n%%Page: 1 1\n%%PageMedia: A4\n%%Page: 2 2\n%%PageMedia: A3\n",
        );
        assert_eq!(structure.size(0), Some((595.0, 842.0)));
        assert_eq!(structure.size(1), Some((842.0, 1191.0)));
    }

    #[test]
    fn a_picture_is_as_large_as_its_box() {
        let body = "\n%%BoundingBox: 10 20 110 220\n";
        let picture = read(&format!("%!PS-Adobe-3.0 EPSF-3.0{body}"));
        assert_eq!(picture.size(0), Some((100.0, 200.0)));
        let page = read(&format!("%!PS-Adobe-3.0{body}"));
        assert_eq!(page.size(0), Some((110.0, 220.0)));
    }

    proptest! {
        #[test]
        fn no_comments_upset_it(lines in proptest::collection::vec(proptest::sample::select(vec![
            "%%Pages: -1", "%%Pages: 99999999999999999999", "%%Page:", "%%+ x 1 2", "%%Trailer",
            "%%BoundingBox: 1e999 0 x", "%%EndDocument", "%%BeginDocument", "%%PageMedia:",
            "%%DocumentMedia: a nan inf", "%", "%%", "x%%Page: 1 1",
        ]), 0..20)) {
            let _ = Structure::read(lines.join("\n").as_bytes(), &Budget::start(&Limits::default()));
        }
    }
}
