//! How right a tool is.

use super::tools::Answer;
use super::truth::Document;

/// Sums over documents; those in dispute count for time alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Score {
    pub(super) documents: usize,
    pub(super) undisputed: usize,
    pub(super) refused: usize,
    pub(super) pages_wrong: usize,
    pub(super) pages_judged: usize,
    pub(super) falsely_colour: usize,
    pub(super) falsely_grey: usize,
    pub(super) unknown: usize,
    /// Units: microseconds of processor time, user and system.
    pub(super) spent_us: f64,
}

impl Score {
    pub(super) fn of<'a>(pairs: impl Iterator<Item = (&'a Document, &'a Answer)>) -> Self {
        let mut score = Self::default();
        for (document, answer) in pairs {
            score.add(document, answer);
        }
        score
    }

    fn add(&mut self, document: &Document, answer: &Answer) {
        self.documents += 1;
        self.spent_us += answer.spent_us;
        if !document.undisputed() {
            return;
        }
        self.undisputed += 1;
        let Ok(pages) = &answer.pages else {
            self.refused += 1;
            return;
        };
        if Some(pages.len()) != document.pages {
            self.pages_wrong += 1;
            return;
        }
        for (at, (said, settled)) in pages.iter().zip(&document.colour).enumerate() {
            let Some(settled) = settled else { continue };
            self.pages_judged += 1;
            self.unknown += usize::from(answer.way(at) == "unknown");
            match (*said, *settled) {
                (true, false) => self.falsely_colour += 1,
                (false, true) => self.falsely_grey += 1,
                _ => {}
            }
        }
    }

    /// Of the pages judged, such as `99.85`; a dash when there were none.
    pub(super) fn right(&self) -> String {
        if self.pages_judged == 0 {
            return "–".to_owned();
        }
        let wrong = self.falsely_colour + self.falsely_grey;
        let right = (self.pages_judged - wrong) as f64 / self.pages_judged as f64;
        format!("{:.2}", 100.0 * right)
    }

    /// Units: milliseconds.
    pub(super) fn each_ms(&self) -> f64 {
        self.spent_us / 1000.0 / self.documents as f64
    }
}

/// What a tool said otherwise than the table, in words; none when it agrees.
pub(super) fn difference(document: &Document, answer: &Answer) -> Option<String> {
    let settled = document.pages?;
    let pages = match &answer.pages {
        Ok(pages) => pages,
        Err(reason) => return Some(format!("{settled} pages; refused: {reason}")),
    };
    if pages.len() != settled {
        return Some(format!("{settled} pages; counted {}", pages.len()));
    }
    let wrong: Vec<(usize, bool)> = pages
        .iter()
        .zip(&document.colour)
        .enumerate()
        .filter_map(|(at, (said, settled))| Some((at, *said, (*settled)?)))
        .filter(|(_, said, settled)| said != settled)
        .map(|(at, said, _)| (at, said))
        .collect();
    let (first, said) = *wrong.first()?;
    let name = |colour| if colour { "colour" } else { "grey" };
    let more = match wrong.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    Some(format!(
        "page {}{more} of {settled}: {} ({}), truth {}",
        first + 1,
        name(said),
        answer.way(first),
        name(!said)
    ))
}

#[cfg(test)]
mod tests {
    use super::super::truth::runs;
    use super::*;

    fn document(colour: &str, disagree: &str) -> Document {
        let colour = runs(colour);
        Document {
            path: "a.pdf".into(),
            name: "a.pdf".into(),
            format: "pdf".into(),
            pages: Some(colour.len()),
            colour,
            disagree: disagree.into(),
        }
    }

    fn answer(pages: &str) -> Answer {
        Answer::said(1.0, runs(pages).into_iter().flatten().collect())
    }

    #[test]
    fn wrong_pages_are_counted_by_direction() {
        let truth = document("C2,G2,?1", "");
        let said = answer("C1,G1,C1,G2");
        let score = Score::of([(&truth, &said)].into_iter());
        assert_eq!(score.pages_judged, 4);
        assert_eq!((score.falsely_colour, score.falsely_grey), (1, 1));
        assert_eq!(score.right(), "50.00");
        let words = difference(&truth, &said).unwrap();
        assert!(words.starts_with("page 2 and 1 more of 5: grey"), "{words}");
    }

    #[test]
    fn a_wrong_count_is_one_fault_and_judges_no_colour() {
        let truth = document("C2", "");
        let score = Score::of([(&truth, &answer("G3"))].into_iter());
        assert_eq!((score.pages_wrong, score.pages_judged), (1, 0));
    }

    #[test]
    fn disputed_documents_count_for_time_alone() {
        let truth = document("C2", "pages");
        let score = Score::of([(&truth, &answer("G3"))].into_iter());
        assert_eq!((score.undisputed, score.pages_wrong), (0, 0));
        assert_eq!((score.documents, score.spent_us), (1, 1.0));
    }
}
