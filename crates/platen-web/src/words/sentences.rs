//! Sentences with values in them: documents, accounts, what was done.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use platen_domain::{Points, Verdict};

use super::{Words, fill};
use crate::portal::{AccountChoice, Answer, DocumentRow, FinishingView, PortalView};

impl Words {
    /// `19/50 points used`, or `50 points` when unlimited. *Source*: rules.md R-4.
    #[must_use]
    pub fn balance(&self, account: &AccountChoice) -> String {
        self.balance_of(&account.used, account.limit.as_ref())
    }

    /// `3 documents, 42 points in all`.
    #[must_use]
    pub fn documents_summary(&self, view: &PortalView) -> String {
        let number = view.documents.len() as u64;
        let documents = self.counted(number, self.documents_one, self.documents_many);
        let pending = view
            .documents
            .iter()
            .filter(|document| document.state.is_reserved())
            .filter_map(|document| document.points)
            .try_fold(Points::ZERO, Points::plus);
        match pending {
            Ok(sum) if sum > Points::ZERO && !view.accounts.is_empty() => fill(
                self.documents_with_points,
                &[&documents, &self.points(&sum)],
            ),
            _ => documents,
        }
    }

    /// `2 copies, two-sided, black and white, 6 sheets`.
    #[must_use]
    pub fn finishing_summary(&self, finishing: &FinishingView) -> String {
        let mut parts = Vec::new();
        if finishing.copies > 1 {
            let copies = u64::from(finishing.copies);
            parts.push(self.counted(copies, self.copies_one, self.copies_many));
        }
        let sides = if finishing.sides.is_two_sided() {
            self.short_two_sided
        } else {
            self.short_one_sided
        };
        let colour = if finishing.has_colour && !finishing.monochrome {
            self.short_colour
        } else {
            self.short_mono
        };
        parts.extend([sides.to_owned(), colour.to_owned()]);
        parts.push(self.counted(finishing.sheets, self.sheets_one, self.sheets_many));
        let text = parts.join(", ");
        let mut letters = text.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().collect::<String>() + letters.as_str()
        })
    }

    /// What the finishing dialog says of the paper: `6 sheets, 11 printed sides`.
    #[must_use]
    pub fn paper_summary(&self, finishing: &FinishingView) -> String {
        self.paper(finishing.sheets, finishing.printed_sides)
    }

    pub(super) fn paper(&self, sheets: u64, sides: u64) -> String {
        format!(
            "{}, {}",
            self.counted(sheets, self.sheets_one, self.sheets_many),
            self.counted(sides, self.printed_sides_one, self.printed_sides_many)
        )
    }

    /// The heading of a document's account dialog.
    #[must_use]
    pub fn change_account_to(&self, document: &DocumentRow) -> String {
        match document.points {
            Some(points) => fill(self.change_account_text, &[&self.points(&points)]),
            None => self.change_account_text_unpriced.to_owned(),
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
                Some(fill(self.not_enough, &[&self.points(&left)]))
            }
            (_, Some(reason)) => Some(self.refusal(reason)),
            (Some(_), None) => Some(self.account_at_limit.to_owned()),
            (None, None) => None,
        }
    }

    /// What the person should know though the document is ready.
    #[must_use]
    pub fn warning(&self, document: &DocumentRow) -> Option<&'static str> {
        let warned = matches!(document.verdict, Some(Verdict::Warning { .. }));
        (warned && document.state.is_reserved()).then_some(self.warning_over_limit)
    }

    /// What came of a change of account.
    #[must_use]
    pub fn account_answer(&self, answer: &Answer) -> String {
        let values = [self.points(&answer.points), answer.account_name.clone()];
        let values = values.each_ref().map(String::as_str);
        match answer.verdict {
            Verdict::Ready { .. } => fill(self.charged_to, &values),
            Verdict::Warning { .. } => fill(self.charged_above_limit, &values),
            Verdict::Declined { .. } => self.declined_answer(answer),
        }
    }

    /// What came of a change of finishing options.
    #[must_use]
    pub fn finishing_answer(&self, answer: &Answer) -> String {
        let values = [self.points(&answer.points), answer.account_name.clone()];
        let values = values.each_ref().map(String::as_str);
        match answer.verdict {
            Verdict::Ready { .. } => fill(self.saved_price, &values),
            Verdict::Warning { .. } => fill(self.saved_above_limit, &values),
            Verdict::Declined { .. } => self.declined_answer(answer),
        }
    }

    /// Why nothing was changed.
    #[must_use]
    pub fn declined_answer(&self, answer: &Answer) -> String {
        let Verdict::Declined { available } = answer.verdict else {
            return String::new();
        };
        fill(
            self.declined,
            &[
                &answer.account_name,
                &self.points(&answer.points),
                &self.left(&available),
            ],
        )
    }

    /// `1 point is`, `3 points are`: what is left, within a sentence.
    pub(super) fn left(&self, points: &Points) -> String {
        if points.hundredths() == 100 {
            self.left_one.to_owned()
        } else {
            fill(self.left_many, &[&self.number(points)])
        }
    }

    /// What came of a switch of the active account.
    #[must_use]
    pub fn switched_to(&self, account_name: &str) -> String {
        fill(self.switched, &[account_name])
    }

    /// What came of a release.
    #[must_use]
    pub fn released_to(&self, document: &str, printer: &str) -> String {
        fill(self.released, &[document, printer])
    }

    /// The question before deleting.
    #[must_use]
    pub fn delete_question(&self, document: &str) -> String {
        fill(self.delete_title, &[document])
    }

    /// What the box beside a document is for.
    #[must_use]
    pub fn select_question(&self, document: &str) -> String {
        fill(self.select_document, &[document])
    }

    /// The question before deleting several.
    #[must_use]
    pub fn delete_several_question(&self, number: usize) -> String {
        fill(self.delete_several_title, &[&self.documents_number(number)])
    }

    /// How many a search found.
    #[must_use]
    pub fn found(&self, number: &u64) -> String {
        self.counted(*number, self.documents_one, self.documents_many)
    }

    /// What came of it.
    #[must_use]
    pub fn deleted_number(&self, number: usize) -> String {
        fill(self.deleted_several, &[&self.documents_number(number)])
    }

    fn documents_number(&self, number: usize) -> String {
        self.counted(number as u64, self.documents_one, self.documents_many)
    }

    /// Where to print to, for the list that is still empty.
    #[must_use]
    pub fn queues_hint(&self, queues: &[String]) -> String {
        let quoted: Vec<String> = queues
            .iter()
            .map(|name| fill(self.quoted, &[name]))
            .collect();
        let word = match queues {
            [] => self.queues_none,
            [_] => self.queues_one,
            _ => self.queues_many,
        };
        fill(word, &[&quoted.join(", ")])
    }

    /// `Today, 14:05`, `Yesterday, 14:05`, `21 Nov 2026, 14:05`.
    #[must_use]
    pub fn when(&self, at: &Timestamp, zone: Option<&TimeZone>) -> String {
        let zone = zone.cloned().unwrap_or_else(TimeZone::system);
        self.when_in(at, &zone, Timestamp::now())
    }

    fn when_in(&self, at: &Timestamp, zone: &TimeZone, now: Timestamp) -> String {
        let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
        let day = if at.date() == now.date() {
            self.today.to_owned()
        } else if Some(at.date()) == now.date().yesterday().ok() {
            self.yesterday.to_owned()
        } else {
            at.strftime(self.date_format).to_string()
        };
        let clock = at.strftime(self.clock_format).to_string();
        fill(self.date_and_clock, &[&day, &clock])
    }
}

#[cfg(test)]
mod tests;
