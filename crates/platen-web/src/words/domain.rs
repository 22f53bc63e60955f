//! What the values of the domain are called, and how a price is explained.

use platen_domain::{Receipt, ReceiptLine, ReceiptRun, Sides};
use platen_estimate::Problem;

use super::{ENGLISH, Words, fill};
use crate::language::Language;
use crate::portal::{HistorySort, Reason};

/// Stretches of sides that one line of a receipt names; more would be read by
/// nobody.
const NAMED_RUNS: usize = 12;

impl Words {
    /// The name of a choice of sides.
    #[must_use]
    pub fn sides_name(&self, sides: &Sides) -> &'static str {
        match sides {
            Sides::OneSided => self.one_sided,
            Sides::TwoSidedLongEdge => self.two_sided_long,
            Sides::TwoSidedShortEdge => self.two_sided_short,
        }
    }

    /// The name of an order of the history.
    #[must_use]
    pub fn sort_by(&self, sort: &HistorySort) -> &'static str {
        match sort {
            HistorySort::Newest => self.sort_newest,
            HistorySort::Oldest => self.sort_oldest,
            HistorySort::Name => self.sort_name,
            HistorySort::Points => self.sort_points,
        }
    }

    /// Why a document stands where it stands.
    #[must_use]
    pub fn reason(&self, reason: &Reason) -> String {
        match reason {
            Reason::Declined {
                points,
                available,
                account_name: Some(name),
            } => fill(
                self.reason_declined,
                &[&self.points(points), name, &self.points(available)],
            ),
            Reason::Declined { .. } => self.reason_no_account.to_owned(),
            Reason::Unreadable(problem) => self.problem(problem),
            Reason::Expired => self.reason_expired.to_owned(),
            Reason::Stopped { sides: 0 } => self.reason_stopped_before.to_owned(),
            Reason::Stopped { sides } => {
                let sides = self.counted(*sides, self.printed_sides_one, self.printed_sides_many);
                fill(self.reason_stopped_after, &[&sides])
            }
            Reason::Text(text) => self.stored(text),
        }
    }

    /// What was written down in English long before anybody read it, where it
    /// is one of the sentences that this program writes.
    fn stored(&self, text: &str) -> String {
        let known: [fn(&Self) -> &'static str; 18] = [
            |w| w.stored_many_documents,
            |w| w.stored_not_here,
            |w| w.stored_changed,
            |w| w.stored_gate_here,
            |w| w.stored_banner,
            |w| w.stored_one_gigabyte,
            |w| w.stored_picture,
            |w| w.stored_differing,
            |w| w.stored_copies,
            |w| w.stored_range,
            |w| w.stored_no_printer,
            |w| w.stored_not_as_priced,
            |w| w.stored_damaged,
            |w| w.stored_print_away,
            |w| w.stored_print_failed,
            |w| w.stored_gate,
            |w| w.stored_host_gone,
            |w| w.stored_unknown,
        ];
        let word = known.iter().find(|word| word(&ENGLISH) == text);
        word.map_or(text, |word| word(self)).to_owned()
    }

    /// The same of any text that may be one of them: as it is in English, where it
    /// may say more.
    #[must_use]
    pub fn told(&self, text: &str) -> String {
        match self.tag {
            Language::English => text.to_owned(),
            _ => self.reason(&Reason::text(text)),
        }
    }

    /// Why a document's pages can't be counted.
    #[must_use]
    pub fn problem(&self, problem: &Problem) -> String {
        match problem {
            Problem::NotOpened => self.problem_not_opened.to_owned(),
            Problem::Empty => self.problem_empty.to_owned(),
            Problem::UnknownFormat => self.problem_unknown_format.to_owned(),
            Problem::Damaged => self.problem_damaged.to_owned(),
            Problem::Encrypted => self.problem_encrypted.to_owned(),
            Problem::NoPages => self.problem_no_pages.to_owned(),
            Problem::TooLarge { limit_bytes } => {
                fill(self.problem_too_large, &[&self.bytes(limit_bytes)])
            }
            Problem::LimitReached { .. } => self.problem_limit.to_owned(),
        }
    }

    /// `500 MB`.
    #[must_use]
    pub fn bytes(&self, bytes: &u64) -> String {
        fill(self.megabytes, &[&(bytes / 1_000_000).to_string()])
    }

    /// What a line of a receipt is for: `A4, colour, both sides of the sheet`.
    #[must_use]
    pub fn receipt_line(&self, line: &ReceiptLine) -> String {
        let colour = if line.colour {
            self.short_colour
        } else {
            self.short_mono
        };
        let sides = if line.duplex {
            self.receipt_both_sides
        } else {
            self.receipt_one_side
        };
        let paper = if is_other_size(line) {
            self.receipt_other_size
        } else {
            line.paper.as_str()
        };
        format!("{paper}, {colour}, {sides}")
    }

    /// That another paper's price is charged, if it is.
    #[must_use]
    pub fn receipt_note(&self, line: &ReceiptLine) -> Option<&'static str> {
        line.substituted.then_some(if is_other_size(line) {
            self.receipt_substituted_other
        } else {
            self.receipt_substituted
        })
    }

    /// Which sides the line at `at` prices: `Sides 1–3, 7 of each of 2 copies`.
    #[must_use]
    pub fn receipt_places(&self, receipt: &Receipt, at: &usize) -> Option<String> {
        let mut runs = receipt.runs.iter().filter(|run| run.line == *at);
        let named: Vec<ReceiptRun> = runs.by_ref().take(NAMED_RUNS).copied().collect();
        let first = named.first()?;
        let is_one = named.len() == 1 && first.first == first.last;
        let ranges: Vec<String> = named
            .iter()
            .map(|run| match (run.first, run.last) {
                (first, last) if first == last => first.to_string(),
                (first, last) => format!("{first}–{last}"),
            })
            .collect();
        let mut list = ranges.join(", ");
        if runs.next().is_some() {
            list = fill(self.receipt_and_more, &[&list]);
        }
        let word = if is_one {
            self.receipt_side
        } else {
            self.receipt_side_list
        };
        let places = fill(word, &[&list]);
        Some(match receipt.copies {
            0 | 1 => places,
            copies => {
                let copies = self.counted(u64::from(copies), self.copies_one, self.copies_many);
                fill(self.receipt_each_copy, &[&places, &copies])
            }
        })
    }

    /// The arithmetic of a line in words, for narrow screens:
    /// `6 sides × 2.5 points`.
    #[must_use]
    pub fn receipt_arithmetic(&self, line: &ReceiptLine) -> String {
        let sides = self.counted(line.sides, self.sides_one, self.sides_many);
        fill(self.receipt_times, &[&sides, &self.points(&line.rate)])
    }

    /// `6 sheets, 11 printed sides`.
    #[must_use]
    pub fn receipt_sheets(&self, receipt: &Receipt) -> String {
        self.paper(receipt.sheets, receipt.sides)
    }

    /// Which rate card priced it.
    #[must_use]
    pub fn receipt_version(&self, receipt: &Receipt) -> String {
        fill(
            self.receipt_card_version,
            &[&receipt.card_version.to_string()],
        )
    }
}

/// The card's last row has no name of its own.
fn is_other_size(line: &ReceiptLine) -> bool {
    line.substituted && line.paper == "Other size"
}

#[cfg(test)]
mod tests {
    use platen_domain::{Points, Receipt, ReceiptLine, ReceiptRun};

    use crate::portal::Reason;
    use crate::words::{ENGLISH, GERMAN};

    #[test]
    fn receipt_names_the_sides_of_each_line() {
        let line = |paper: &str, substituted| ReceiptLine {
            paper: paper.into(),
            substituted,
            colour: false,
            duplex: true,
            sides: 6,
            rate: Points::from_hundredths(250),
            points: Points::from_hundredths(1500),
        };
        let run = |first, last, line| ReceiptRun { first, last, line };
        let receipt = Receipt {
            card_version: 3,
            copies: 2,
            sides: 10,
            sheets: 6,
            colour_sides: 0,
            lines: vec![line("A4", false), line("Other size", true)],
            runs: vec![run(1, 3, 0), run(4, 4, 1), run(5, 5, 0)],
            total: Points::from_hundredths(3000),
        };
        assert_eq!(
            ENGLISH.receipt_places(&receipt, &0).unwrap(),
            "Sides 1–3, 5 of each of 2 copies"
        );
        assert_eq!(
            GERMAN.receipt_places(&receipt, &1).unwrap(),
            "Seite 4 von jedem der 2 Exemplare"
        );
        assert_eq!(
            GERMAN.receipt_line(&receipt.lines[1]),
            "Anderes Format, schwarzweiß, beide Seiten des Blatts"
        );
        assert_eq!(
            GERMAN.receipt_arithmetic(&receipt.lines[0]),
            "6 Seiten × 2,5 Punkte"
        );
        assert_eq!(ENGLISH.receipt_note(&receipt.lines[0]), None);
    }

    #[test]
    fn reasons_are_told_in_every_language() {
        let declined = Reason::Declined {
            points: Points::from_hundredths(27_000),
            available: Points::from_hundredths(150),
            account_name: Some("Thesis".into()),
        };
        assert_eq!(
            GERMAN.reason(&declined),
            "Druck abgelehnt, Kontolimit überschritten: Dieses Dokument braucht 270 Punkte, und \
             „Thesis“ hat noch 1,5 Punkte."
        );
        let range = Reason::Text(ENGLISH.stored_range.to_owned());
        assert!(GERMAN.reason(&range).contains("keine seiner Seiten"));
        assert_eq!(
            ENGLISH.reason(&Reason::Stopped { sides: 1 }),
            "Stopped after 1 printed side."
        );
    }
}
