//! What is said of files that people bring, and of documents that arrive.

use platen_domain::{DocumentState, Verdict};

use super::{Words, fill};
use crate::portal::{AccountChoice, Answer, DocumentRow, HistoryRow, Reason, Uploaded};

impl Words {
    /// What became of an upload. *Source*: rules.md R-23.
    #[must_use]
    pub fn uploaded(&self, uploaded: &Uploaded) -> String {
        match &uploaded.outcome {
            Ok(answer) => self.upload_answer(answer),
            Err(reason) => fill(self.upload_unreadable, &[&self.reason(reason)]),
        }
    }

    fn upload_answer(&self, answer: &Answer) -> String {
        let values = [self.points(&answer.points), answer.account_name.clone()];
        let values = values.each_ref().map(String::as_str);
        match answer.verdict {
            // Without account management there is nothing to say of points.
            Verdict::Ready { .. } if answer.account_name.is_empty() => self.state_held.to_owned(),
            Verdict::Ready { .. } => fill(self.upload_ready, &values),
            Verdict::Warning { .. } => fill(self.upload_warning, &values),
            Verdict::Declined { .. } => self.upload_insufficient.to_owned(),
        }
    }

    /// Which files are taken.
    #[must_use]
    pub fn upload_what(&self, limit_bytes: &u64) -> String {
        fill(self.upload_kinds, &[&self.bytes(limit_bytes)])
    }

    /// An account as one line of a list.
    #[must_use]
    pub fn account_line(&self, account: &AccountChoice) -> String {
        fill(
            self.upload_account_left,
            &[&account.name, &self.balance(account)],
        )
    }

    /// What a document that arrived while the page is open is told with.
    #[must_use]
    pub fn arrival(&self, document: &DocumentRow, account: Option<&AccountChoice>) -> String {
        let (Some(points), Some(account)) = (document.points, account) else {
            return fill(self.toast_ready_plain, &[&document.name]);
        };
        let word = match document.verdict {
            Some(Verdict::Warning { .. }) => self.toast_warning_text,
            _ => self.toast_ready_text,
        };
        fill(
            word,
            &[
                &document.name,
                &self.points(&points),
                &account.name,
                &self.balance(account),
            ],
        )
    }

    /// What became of a document that was released while the page is open; none:
    /// nothing that its owner does not know.
    #[must_use]
    pub fn ending(&self, entry: &HistoryRow) -> Option<String> {
        match entry.state {
            DocumentState::Printed => Some(match &entry.charged {
                Some(charged) => fill(
                    self.toast_printed_text,
                    &[&entry.name, &self.points(charged)],
                ),
                None => fill(self.toast_printed_plain, &[&entry.name]),
            }),
            DocumentState::Failed => Some(self.not_printed(&entry.name, entry.reason.as_ref())),
            _ => None,
        }
    }

    /// That it was not printed, and why.
    pub(crate) fn not_printed(&self, name: &str, reason: Option<&Reason>) -> String {
        let reason = reason.map(|reason| self.reason(reason));
        fill(
            self.toast_not_printed_text,
            &[name, reason.as_deref().unwrap_or_default()],
        )
    }
}

#[cfg(test)]
mod tests {
    use platen_domain::{DocumentId, Points, Verdict};
    use uuid::Uuid;

    use crate::portal::{Answer, Uploaded};
    use crate::words::ENGLISH;

    #[test]
    fn declined_upload_is_told_in_the_documented_words() {
        let uploaded = Uploaded {
            id: DocumentId(Uuid::from_u128(1)),
            outcome: Ok(Answer {
                verdict: Verdict::Declined {
                    available: Points::ZERO,
                },
                points: Points::from_hundredths(100),
                account_name: "Print Quota".into(),
            }),
        };
        assert_eq!(
            ENGLISH.uploaded(&uploaded),
            "Upload failed due to insufficient points. Please check your balance and try again."
        );
    }
}
