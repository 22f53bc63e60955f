//! From what the analyser found to what a document's price is made of, and how
//! a person's wishes change that.

use platen_domain::{Passage, Sides};
use platen_estimate::Analysis;
use platen_ledger::Facts;

/// Copies that a document may ask of the printer by itself; PJL ends at 999.
const MOST_COPIES: u32 = 9999;

/// How a document is to be printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Finish {
    /// At least one.
    pub copies: u32,
    /// One-sided or two-sided.
    pub sides: Sides,
    /// Without colour.
    pub monochrome: bool,
}

/// Prices a document as a person wants it. What the printer gets as it is does
/// what it says itself. *Source*: rules.md R-34.
pub fn set_finish(facts: &mut Facts, finish: Finish) {
    set_copies(facts, finish.copies);
    let obeys_itself = facts.passage == Passage::AsIs;
    if !(obeys_itself && facts.ticket.sides.is_some()) {
        facts.finishing.sides = finish.sides;
    }
    if !obeys_itself {
        facts.finishing.monochrome = finish.monochrome;
    }
}

/// Prices a document for so many copies of the job, which may take the place of
/// those that it makes of its pages.
pub fn set_copies(facts: &mut Facts, copies: u32) {
    let repeats = |copies| facts.passage.repeats_of_pages(&facts.ticket, copies);
    let (before, after) = (repeats(facts.finishing.copies), repeats(copies));
    for run in facts.documents.iter_mut().flatten() {
        // What was multiplied divides evenly.
        run.count = (run.count / before).saturating_mul(after);
    }
    facts.finishing.copies = copies;
}

/// Adds a document with the copies that it makes of itself or of its pages;
/// false when that is more than can be priced.
#[must_use]
pub fn add(facts: &mut Facts, mut analysis: Analysis, passage: Passage) -> bool {
    let repeats = passage.repeats(&analysis.ticket);
    let of_pages = passage.repeats_of_pages(&analysis.ticket, facts.finishing.copies);
    let pages: u64 = analysis.runs.iter().map(|run| u64::from(run.count)).sum();
    let all = pages
        .saturating_mul(u64::from(repeats))
        .saturating_mul(u64::from(of_pages));
    let copied = repeats > 1 || of_pages > 1;
    if repeats > MOST_COPIES || copied && all > Facts::MAX_PAGES {
        return false;
    }
    if of_pages > 1 {
        for run in &mut analysis.runs {
            // At most the pages of all copies, which were counted.
            run.count = run.count.saturating_mul(of_pages);
        }
    }
    facts.format = analysis.format.mime_type().to_owned();
    facts.warnings.extend(analysis.warnings);
    let copies = std::iter::repeat_n(analysis.runs, repeats as usize);
    facts.documents.extend(copies);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_domain::{Finishing, PageFacts, PageRun, Size, Ticket};
    use platen_estimate::Format;

    fn analysis(format: Format, copies: u32) -> Analysis {
        Analysis {
            format,
            runs: vec![PageRun {
                count: 2,
                page: PageFacts {
                    size: Size::A4,
                    colour: false,
                },
            }],
            ticket: Ticket {
                copies: Some(copies),
                ..Ticket::default()
            },
            warnings: Vec::new(),
        }
    }

    fn facts(format: Format, copies: u32) -> (Facts, bool) {
        let analysis = analysis(format, copies);
        let mut facts = Facts {
            ticket: analysis.ticket,
            passage: format.passage(),
            ..Facts::default()
        };
        let added = add(&mut facts, analysis, format.passage());
        (facts, added)
    }

    #[test]
    fn copies_of_a_printers_own_language_are_documents_of_their_own() {
        let (facts, added) = facts(Format::Pcl, 3);
        assert!(added);
        assert_eq!((facts.documents.len(), facts.page_count()), (3, 6));
    }

    #[test]
    fn copies_of_postscript_are_repeated_pages_until_the_job_asks_for_more() {
        let (mut facts, added) = facts(Format::PostScript, 3);
        assert!(added);
        assert_eq!((facts.documents.len(), facts.page_count()), (1, 6));
        set_copies(&mut facts, 2);
        assert_eq!((facts.finishing.copies, facts.page_count()), (2, 2));
        set_copies(&mut facts, 1);
        assert_eq!((facts.finishing.copies, facts.page_count()), (1, 6));
    }

    #[test]
    fn copies_of_other_documents_are_the_jobs() {
        let (facts, added) = facts(Format::Pdf, 3);
        assert!(added);
        assert_eq!(facts.page_count(), 2);
        assert_eq!(facts.finishing, Finishing::default());
    }

    #[test]
    fn more_copies_than_can_be_priced_are_refused() {
        for (format, copies) in [
            (Format::Pcl, 10_000),
            (Format::Pcl, u32::MAX),
            (Format::PostScript, 600_000),
            (Format::PostScript, u32::MAX),
        ] {
            assert!(!facts(format, copies).1, "{format:?} {copies}");
        }
    }

    #[test]
    fn wishes_do_not_change_what_a_printers_own_language_says_of_itself() {
        let finish = Finish {
            copies: 2,
            sides: Sides::TwoSidedLongEdge,
            monochrome: true,
        };
        let (mut pdf, _) = facts(Format::Pdf, 1);
        set_finish(&mut pdf, finish);
        assert_eq!(pdf.finishing.copies, 2);
        assert!(pdf.finishing.sides.is_two_sided() && pdf.finishing.monochrome);

        let (mut pcl, _) = facts(Format::Pcl, 1);
        pcl.ticket.sides = Some(Sides::OneSided);
        set_finish(&mut pcl, finish);
        assert_eq!(pcl.finishing.copies, 2);
        assert!(!pcl.finishing.sides.is_two_sided() && !pcl.finishing.monochrome);
    }
}
