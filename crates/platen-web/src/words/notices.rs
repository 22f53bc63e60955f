//! What a person's browser is told while no page of the portal is open.
//! *Source*: rules.md.

use platen_domain::{DocumentState, Points, Verdict};
use platen_ledger::{AccountView, Document};

use super::{ENGLISH, GERMAN};
use crate::Language;

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
        let (title, body) = match self {
            Self::English => english(subject, told),
            Self::German => german(subject, told),
        };
        (title.to_owned(), body)
    }
}

fn english(subject: &Subject<'_>, told: Told) -> (&'static str, String) {
    let name = &subject.document.name;
    let cost = subject.document.cost.unwrap_or_default();
    let costs = format!("“{name}” costs {}.", counted(cost, "point", "points"));
    let balance = subject.account.map(|view| {
        let used = view.balance.used().unwrap_or_default();
        match view.account.limit {
            Some(limit) => format!("\n{}: {used}/{limit} points used.", view.account.name),
            None => format!(
                "\n{}: {} used.",
                view.account.name,
                counted(used, "point", "points")
            ),
        }
    });
    let balance = balance.unwrap_or_default();
    let reason = subject.document.reason.as_deref().unwrap_or_default();
    match told {
        Told::Ready { .. } if subject.document.account.is_none() => {
            ("Job Ready", format!("“{name}” is ready to be released."))
        }
        Told::Ready { crosses_low } => {
            let low = if crosses_low {
                " You have now used three quarters of this account."
            } else {
                ""
            };
            ("Job Ready", format!("{costs}{balance}{low}"))
        }
        Told::Warning => (
            "Account Limit Warning",
            format!("{costs}{balance} You are over the limit."),
        ),
        Told::Declined { available } => (
            "Printing Declined",
            format!(
                "“{name}” needs {}, and {available} are available. Nothing was charged. \
                 Choose another account to print it.",
                counted(cost, "point", "points")
            ),
        ),
        Told::Unreadable => (
            "Document Needs Attention",
            format!(
                "“{name}” is held and nothing was charged, because its cost can’t be worked out.\n{reason}"
            ),
        ),
        Told::Refused => (
            "Printing Declined",
            format!("“{name}” can’t be printed. Nothing was charged.\n{reason}"),
        ),
        Told::NotPrinted => (
            "Document Not Printed",
            format!("“{name}” was not printed.\n{reason}"),
        ),
        Told::Unknown => ("Printed or Not?", format!("“{name}”: {reason}")),
    }
}

fn german(subject: &Subject<'_>, told: Told) -> (&'static str, String) {
    let name = &subject.document.name;
    let cost = subject.document.cost.unwrap_or_default();
    let points = |points| comma(counted(points, "Punkt", "Punkte"));
    let costs = format!("„{name}“ kostet {}.", points(cost));
    let balance = subject.account.map(|view| {
        let used = view.balance.used().unwrap_or_default();
        match view.account.limit {
            Some(limit) => format!(
                "\n{}: {} Punkte verbraucht.",
                view.account.name,
                comma(format!("{used}/{limit}"))
            ),
            None => format!("\n{}: {} verbraucht.", view.account.name, points(used)),
        }
    });
    let balance = balance.unwrap_or_default();
    match told {
        Told::Ready { .. } if subject.document.account.is_none() => (
            "Druckauftrag bereit",
            format!("„{name}“ kann freigegeben werden."),
        ),
        Told::Ready { crosses_low } => {
            let low = if crosses_low {
                " Drei Viertel dieses Kontos sind nun verbraucht."
            } else {
                ""
            };
            ("Druckauftrag bereit", format!("{costs}{balance}{low}"))
        }
        Told::Warning => (
            "Kontolimit überschritten",
            format!("{costs}{balance} Das Limit ist überschritten."),
        ),
        Told::Declined { available } => (
            "Drucken abgelehnt",
            format!(
                "„{name}“ braucht {}, verfügbar sind {}. Es wurde nichts abgebucht. Zum Drucken \
                 bitte ein anderes Konto wählen.",
                points(cost),
                comma(available.to_string())
            ),
        ),
        Told::Unreadable => (
            "Dokument braucht Aufmerksamkeit",
            format!(
                "„{name}“ wird zurückgehalten, weil seine Kosten nicht zu ermitteln sind. Es \
                 wurde nichts abgebucht."
            ),
        ),
        Told::Refused => (
            "Drucken abgelehnt",
            format!(
                "„{name}“ kann nicht gedruckt werden, weil es sich nicht lesen lässt. Es wurde \
                 nichts abgebucht."
            ),
        ),
        Told::NotPrinted => (
            "Dokument nicht gedruckt",
            format!("„{name}“ wurde nicht gedruckt. Im Portal steht, warum."),
        ),
        Told::Unknown => (
            "Gedruckt oder nicht?",
            format!("„{name}“: {}", GERMAN.stored_unknown),
        ),
    }
}

/// `1 point`, `7.5 points`.
fn counted(points: Points, one: &str, many: &str) -> String {
    let unit = if points == Points::from_hundredths(100) {
        one
    } else {
        many
    };
    format!("{points} {unit}")
}

/// German writes decimals with a comma.
fn comma(text: String) -> String {
    text.replace('.', ",")
}
