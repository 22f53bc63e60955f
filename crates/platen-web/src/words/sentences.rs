//! English sentences with values in them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use platen_domain::{DocumentState, Points, ReceiptLine, Sides, Verdict};

use super::Words;
use crate::portal::{AccountChoice, Answer, DocumentRow, FinishingView, PortalView};

impl Words {
    /// `1 point`, `7.5 points`.
    #[must_use]
    pub fn points(&self, points: &Points) -> String {
        if points.hundredths() == 100 {
            "1 point".into()
        } else {
            format!("{points} points")
        }
    }

    /// `3 documents, 42 points in all`.
    #[must_use]
    pub fn documents_summary(&self, view: &PortalView) -> String {
        let documents = counted(view.documents.len() as u64, "document", "documents");
        let pending = view
            .documents
            .iter()
            .filter(|document| document.state.is_reserved())
            .filter_map(|document| document.points)
            .try_fold(Points::ZERO, Points::plus);
        match pending {
            Ok(sum) if sum > Points::ZERO && !view.accounts.is_empty() => {
                format!("{documents}, {} in all", self.points(&sum))
            }
            _ => documents,
        }
    }

    /// `2 copies, two-sided, black and white, 6 sheets`.
    #[must_use]
    pub fn finishing_summary(&self, finishing: &FinishingView) -> String {
        let mut parts = Vec::new();
        if finishing.copies > 1 {
            parts.push(format!("{} copies", finishing.copies));
        }
        parts.push(if finishing.sides.is_two_sided() {
            "two-sided".into()
        } else {
            "one-sided".into()
        });
        parts.push(if finishing.has_colour && !finishing.monochrome {
            "colour".into()
        } else {
            "black and white".into()
        });
        parts.push(counted(finishing.sheets, "sheet", "sheets"));
        let text = parts.join(", ");
        let mut letters = text.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().collect::<String>() + letters.as_str()
        })
    }

    /// What the finishing dialog says of the paper: `6 sheets, 11 printed sides`.
    #[must_use]
    pub fn paper_summary(&self, finishing: &FinishingView) -> String {
        format!(
            "{}, {}",
            counted(finishing.sheets, "sheet", "sheets"),
            counted(finishing.printed_sides, "printed side", "printed sides")
        )
    }

    /// The name of a choice of sides.
    #[must_use]
    pub fn sides_name(&self, sides: &Sides) -> &'static str {
        match sides {
            Sides::OneSided => self.one_sided,
            Sides::TwoSidedLongEdge => self.two_sided_long,
            Sides::TwoSidedShortEdge => self.two_sided_short,
        }
    }

    /// The heading of a document's account dialog.
    #[must_use]
    pub fn change_account_text(&self, document: &DocumentRow) -> String {
        match document.points {
            Some(points) => format!(
                "This document costs {}. Choose the account that pays for it.",
                self.points(&points)
            ),
            None => "Choose the account that pays for this document.".into(),
        }
    }

    /// Why `account` can't carry `document`, if it can't. The account that
    /// carries it already has its points set aside.
    #[must_use]
    pub fn cannot_carry(&self, account: &AccountChoice, document: &DocumentRow) -> Option<String> {
        if document.is_carried_by(account) {
            return None;
        }
        let short = match (account.available, document.points) {
            (Some(available), Some(points)) if points > available => Some(available),
            _ => None,
        };
        match (short, &account.unavailable) {
            (Some(left), _) if left > Points::ZERO => {
                Some(format!("Not enough: {} left.", self.points(&left)))
            }
            (_, Some(reason)) => Some(reason.clone()),
            (Some(_), None) => Some(self.account_at_limit.to_owned()),
            (None, None) => None,
        }
    }

    /// What came of a change of account.
    #[must_use]
    pub fn account_answer(&self, answer: &Answer) -> String {
        let points = self.points(&answer.points);
        let account = &answer.account_name;
        match answer.verdict {
            Verdict::Ready { .. } => format!("{points} charged to “{account}”."),
            Verdict::Warning { .. } => {
                format!("{points} charged to “{account}”, which is now above its limit.")
            }
            Verdict::Declined { .. } => self.declined(answer),
        }
    }

    /// What came of a change of finishing options.
    #[must_use]
    pub fn finishing_answer(&self, answer: &Answer) -> String {
        let points = self.points(&answer.points);
        match answer.verdict {
            Verdict::Ready { .. } => format!("Saved. The document now costs {points}."),
            Verdict::Warning { .. } => format!(
                "Saved. The document now costs {points}; “{}” is above its limit.",
                answer.account_name
            ),
            Verdict::Declined { .. } => self.declined(answer),
        }
    }

    /// Why nothing was changed.
    #[must_use]
    pub fn declined(&self, answer: &Answer) -> String {
        let Verdict::Declined { available } = answer.verdict else {
            return String::new();
        };
        format!(
            "“{}” can’t carry it: that takes {}, and {} left. Nothing was changed.",
            answer.account_name,
            self.points(&answer.points),
            if available.hundredths() == 100 {
                "1 point is".into()
            } else {
                format!("{available} points are")
            }
        )
    }

    /// What came of a switch of the active account.
    #[must_use]
    pub fn switched(&self, account_name: &str) -> String {
        format!("New documents are charged to “{account_name}” now.")
    }

    /// What came of a release.
    #[must_use]
    pub fn released(&self, document: &str, printer: &str) -> String {
        format!("“{document}” is on its way to {printer}.")
    }

    /// The question before deleting.
    #[must_use]
    pub fn delete_title(&self, document: &str) -> String {
        format!("Delete “{document}”?")
    }

    /// Where to print to, for the list that is still empty.
    #[must_use]
    pub fn queues_hint(&self, queues: &[String]) -> String {
        let names: Vec<String> = queues.iter().map(|name| format!("“{name}”")).collect();
        match names.as_slice() {
            [] => "No secure queue is set up on this computer yet.".into(),
            [one] => format!("Choose the printer {one}."),
            many => format!("Choose one of the printers {}.", many.join(", ")),
        }
    }

    /// What a line of a receipt is for: `A4, colour, both sides of the sheet`.
    #[must_use]
    pub fn receipt_line(&self, line: &ReceiptLine) -> String {
        format!(
            "{}, {}, {}",
            line.paper,
            if line.colour {
                "colour"
            } else {
                "black and white"
            },
            if line.duplex {
                "both sides of the sheet"
            } else {
                "one side of the sheet"
            }
        )
    }

    /// The arithmetic of a line in words, for narrow screens:
    /// `6 sides × 2.5 points`.
    #[must_use]
    pub fn receipt_arithmetic(&self, line: &ReceiptLine) -> String {
        format!(
            "{} × {}",
            counted(line.sides, "side", "sides"),
            self.points(&line.rate)
        )
    }

    /// Where a document stands, in the words of a list.
    #[must_use]
    pub fn state(&self, state: &DocumentState) -> &'static str {
        state.label()
    }

    /// `Today, 14:05`, `Yesterday, 14:05`, `21 Nov 2026, 14:05`.
    #[must_use]
    pub fn when(&self, at: &Timestamp) -> String {
        self.when_in(at, &TimeZone::system(), Timestamp::now())
    }

    fn when_in(&self, at: &Timestamp, zone: &TimeZone, now: Timestamp) -> String {
        let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
        let clock = at.strftime("%H:%M");
        if at.date() == now.date() {
            format!("Today, {clock}")
        } else if Some(at.date()) == now.date().yesterday().ok() {
            format!("Yesterday, {clock}")
        } else {
            at.strftime("%-d %b %Y, %H:%M").to_string()
        }
    }
}

fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use crate::words::ENGLISH;
    use jiff::{Timestamp, tz::TimeZone};
    use platen_domain::{Points, Verdict};

    use crate::portal::{Answer, FinishingView};

    #[test]
    fn one_point_is_singular() {
        let shown = |hundredths| ENGLISH.points(&Points::from_hundredths(hundredths));
        assert_eq!(shown(100), "1 point");
        assert_eq!(shown(750), "7.5 points");
        assert_eq!(shown(0), "0 points");
    }

    #[test]
    fn finishing_is_told_in_one_line() {
        let finishing = FinishingView {
            copies: 2,
            has_colour: true,
            sheets: 6,
            ..FinishingView::default()
        };
        assert_eq!(
            ENGLISH.finishing_summary(&finishing),
            "2 copies, one-sided, colour, 6 sheets"
        );
        let mono = FinishingView {
            copies: 1,
            monochrome: true,
            sheets: 1,
            ..finishing
        };
        assert_eq!(
            ENGLISH.finishing_summary(&mono),
            "One-sided, black and white, 1 sheet"
        );
    }

    #[test]
    fn declined_answer_says_what_is_left_and_that_nothing_changed() {
        let answer = Answer {
            verdict: Verdict::Declined {
                available: Points::from_hundredths(300),
            },
            points: Points::from_hundredths(1500),
            account_name: "Research".into(),
        };
        assert_eq!(
            ENGLISH.account_answer(&answer),
            "“Research” can’t carry it: that takes 15 points, and 3 points are left. \
             Nothing was changed."
        );
    }

    #[test]
    fn recent_days_have_names() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-22T12:00:00Z");
        let shown = |text: &str| ENGLISH.when_in(&at(text), &TimeZone::UTC, now);
        assert_eq!(shown("2026-11-22T09:05:00Z"), "Today, 09:05");
        assert_eq!(shown("2026-11-21T23:59:00Z"), "Yesterday, 23:59");
        assert_eq!(shown("2026-01-02T03:04:00Z"), "2 Jan 2026, 03:04");
    }
}
