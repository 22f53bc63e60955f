//! What a person's browser is told while no page of the portal is open.
//! *Source*: rules.md.

use platen_domain::{DocumentState, Points, Verdict};
use platen_ledger::{AccountView, Document};

use super::{ENGLISH, Words, fill};
use crate::Language;
use crate::portal::Reason;

/// What is told of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) document: &'a Document,
    /// The account that carries or declined it, as it stands now.
    pub(crate) account: Option<&'a AccountView>,
}

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// *Job Ready*.
    Ready {
        crosses_low: bool,
    },
    /// *Account Limit Warning*.
    Warning,
    /// *Printing Declined*.
    Declined {
        available: Points,
    },
    Unreadable,
    /// Can't be read, and the site declines such documents.
    Refused,
    NotPrinted,
    /// Nobody knows whether it was printed.
    Unknown,
}

impl Told {
    /// What there is to tell of a document as it stands; none: nothing.
    pub(crate) fn of(subject: &Subject<'_>) -> Option<Self> {
        let document = subject.document;
        match (document.state, document.verdict) {
            (DocumentState::Held, _) if document.reason.is_some() => Some(Self::NotPrinted),
            (DocumentState::Held, Some(Verdict::Warning { .. })) => Some(Self::Warning),
            (DocumentState::Held, verdict) => Some(Self::Ready {
                crosses_low: matches!(
                    verdict,
                    Some(Verdict::Ready {
                        crosses_low: true,
                        ..
                    })
                ),
            }),
            (DocumentState::Canceled, Some(Verdict::Declined { available })) => {
                Some(Self::Declined { available })
            }
            (DocumentState::Unreadable, _) => Some(Self::Unreadable),
            // The site's policy for what can't be read.
            (DocumentState::Canceled, None) => Some(Self::Refused),
            (DocumentState::Failed, _) => {
                let reason = document.reason.as_deref();
                let unknown = reason == Some(ENGLISH.stored_unknown);
                Some(if unknown {
                    Self::Unknown
                } else {
                    Self::NotPrinted
                })
            }
            _ => None,
        }
    }

    /// Which notification on the screen is replaced: a refusal is not pushed
    /// away by a success.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Ready { .. } | Self::Warning => "verdicts",
            Self::Declined { .. }
            | Self::Unreadable
            | Self::Refused
            | Self::NotPrinted
            | Self::Unknown => "problems",
        }
    }

    pub(crate) fn is_urgent(self) -> bool {
        matches!(
            self,
            Self::Declined { .. } | Self::Unreadable | Self::Refused
        )
    }
}

impl Language {
    /// Title and text of a notification.
    pub(crate) fn notice(self, subject: &Subject<'_>, told: Told) -> (String, String) {
        let words = self.words();
        let (title, body) = words.notice(subject, told);
        (title.to_owned(), body)
    }
}

impl Words {
    fn notice(&self, subject: &Subject<'_>, told: Told) -> (&'static str, String) {
        let notices = &self.speech.notices;
        let name = subject.document.name.as_str();
        let about = |sentence: &str| fill(sentence, &[name]);
        let cost = self.points(&subject.document.cost.unwrap_or_default());
        let reason = || {
            let reason = Reason::of(subject.document, None);
            reason
                .map(|reason| self.reason(&reason))
                .unwrap_or_default()
        };
        let priced = || {
            let costs = fill(notices.costs, &[name, &cost]);
            let balance = subject.account.map(|view| {
                let used = view.balance.used().unwrap_or_default();
                let balance = self.balance_of(&used, view.account.limit.as_ref());
                format!("\n{}: {balance}.", view.account.name)
            });
            costs + &balance.unwrap_or_default()
        };
        match told {
            Told::Ready { .. } if subject.document.account.is_none() => {
                (self.title_ready, about(notices.held))
            }
            Told::Ready { crosses_low: false } => (self.title_ready, priced()),
            Told::Ready { crosses_low: true } => (
                self.title_ready,
                format!("{} {}", priced(), notices.crosses_low),
            ),
            Told::Warning => (self.title_warning, format!("{} {}", priced(), notices.over)),
            Told::Declined { available } => {
                let available = self.number(&available);
                let declined = fill(notices.declined_briefly, &[name, &cost, &available]);
                let body = format!("{declined} {}", notices.choose_another);
                (self.title_declined, body)
            }
            Told::Unreadable => (
                self.title_unreadable,
                format!("{}\n{}", about(notices.unreadable), reason()),
            ),
            Told::Refused => (
                self.title_declined,
                format!("{}\n{}", about(notices.unprintable), reason()),
            ),
            Told::NotPrinted => (
                self.title_not_printed,
                format!("{}\n{}", about(notices.not_printed), reason()),
            ),
            Told::Unknown => (
                self.title_unknown,
                fill(notices.about_document, &[name, &reason()]),
            ),
        }
    }
}
