//! Why a document stands where it stands, free of any language.

use platen_domain::{DocumentState, Points, Verdict};
use platen_estimate::Problem;
use platen_ledger::{Document, Settlement};

/// Why a document was declined, can't be read, failed, ….
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its account does not carry it.
    Declined {
        /// What it costs.
        points: Points,
        /// What the account has left.
        available: Points,
        /// The account; none when the person has none.
        account_name: Option<String>,
    },
    /// Its pages can't be counted.
    Unreadable(Problem),
    /// Nobody released it in time.
    Expired,
    /// It was stopped after so many printed sides.
    Stopped {
        /// *Units*: sides.
        sides: u64,
    },
    /// What was written down in so many words, by a printer perhaps.
    Text(String),
}

impl Reason {
    /// Why `document`, charged to the account of that name, stands where it
    /// stands; none where there is nothing to say.
    #[must_use]
    pub fn of(document: &Document, account_name: Option<&str>) -> Option<Self> {
        let text = document.reason.as_deref();
        match (document.state, document.verdict, &document.settlement) {
            (DocumentState::Canceled, Some(Verdict::Declined { available }), _) => {
                Some(Self::Declined {
                    points: document.cost.unwrap_or_default(),
                    available,
                    account_name: account_name.map(str::to_owned),
                })
            }
            (DocumentState::Expired, ..) => Some(Self::Expired),
            // What was declined or unreadable and then deleted needs no reason.
            (DocumentState::Deleted, ..) => None,
            (DocumentState::Printed | DocumentState::Failed, _, Some(settlement)) => {
                match settlement {
                    // With what was charged beyond the estimate it says more.
                    Settlement::Stopped { sides } if document.overrun.is_none() => {
                        Some(Self::Stopped { sides: *sides })
                    }
                    _ => text.map(Self::text),
                }
            }
            _ => text.map(Self::text),
        }
    }

    /// Recognises what the analyser writes down.
    #[must_use]
    pub fn text(text: &str) -> Self {
        problem_in(text).map_or_else(|| Self::Text(text.to_owned()), Self::Unreadable)
    }
}

/// The problem whose sentence this is.
fn problem_in(text: &str) -> Option<Problem> {
    let plain = [
        Problem::NotOpened,
        Problem::Empty,
        Problem::UnknownFormat,
        Problem::Damaged,
        Problem::Encrypted,
        Problem::NoPages,
    ];
    let limit = |what: &str| Problem::LimitReached { what: what.into() };
    let number = || {
        let digits = text.chars().filter(char::is_ascii_digit);
        let megabytes: u64 = digits.collect::<String>().parse().ok()?;
        Some(Problem::TooLarge {
            limit_bytes: megabytes.checked_mul(1_000_000)?,
        })
    };
    plain
        .into_iter()
        .chain(["time", "memory", "pages"].map(limit))
        .chain(number())
        .find(|problem| problem.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_of_the_analyser_are_recognised() {
        for problem in [
            Problem::Damaged,
            Problem::Encrypted,
            Problem::TooLarge {
                limit_bytes: 500_000_000,
            },
            Problem::LimitReached {
                what: "time".into(),
            },
        ] {
            let text = problem.to_string();
            assert_eq!(Reason::text(&text), Reason::Unreadable(problem));
        }
        let other = "Paper jam in tray 2.";
        assert_eq!(Reason::text(other), Reason::Text(other.into()));
    }
}
