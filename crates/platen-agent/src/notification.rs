//! What a notification says, and what its buttons do.

use platen_domain::{Account, AccountId, Balance, DocumentId, Points, PointsError};
use platen_words::{Speech, fill};
use uuid::Uuid;

/// Which notification on the screen is replaced; a burst of documents shows
/// the last one, and a refusal is not pushed away by a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Ready and warnings.
    Verdicts,
    /// Declined and unreadable documents, and what needs the person.
    Problems,
    /// Newer versions of the program.
    Updates,
}

/// A button, or a click on the notification itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open the portal at this document.
    OpenDocument(DocumentId),
    /// *Change Account*: open the portal's account choice for this document.
    ChangeAccount(DocumentId),
    /// Charge this document to this account and make it the active one.
    UseAccount(DocumentId, AccountId),
    /// Start the sign-in.
    SignIn,
    /// Hand the newer version to the system's installer.
    InstallUpdate,
}

impl Action {
    /// The key that the notification daemon hands back.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            // "default" is the click on the body (Desktop Notifications 1.2).
            Self::OpenDocument(_) => "default".to_owned(),
            Self::ChangeAccount(_) => "change-account".to_owned(),
            Self::UseAccount(_, account) => format!("use-{}", account.0.as_simple()),
            Self::SignIn => "sign-in".to_owned(),
            Self::InstallUpdate => "install-update".to_owned(),
        }
    }
}

/// A notification as a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// What it replaces.
    pub slot: Slot,
    /// One of the three titles of the rules, or what is wrong.
    pub title: String,
    /// Plain text, lines separated by `\n`.
    pub body: String,
    /// Stays until the person has seen it.
    pub urgent: bool,
    /// Buttons with their labels, the click on the body first.
    pub actions: Vec<(Action, String)>,
}

/// What the notification of a verdict is made of.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The person's language.
    pub speech: &'a Speech,
    /// The document.
    pub document: DocumentId,
    /// Its name.
    pub name: &'a str,
    /// What it costs.
    pub cost: Points,
    /// The account it is charged to, or was refused by.
    pub account: &'a Account,
    /// That account's balance, with this document in it unless it was declined.
    pub balance: Balance,
    /// Other accounts that would carry it, best first.
    pub others: &'a [(AccountId, String)],
    /// The desktop can show several buttons.
    pub direct_choice: bool,
}

/// At most this many accounts get a button of their own.
const DIRECT_ACCOUNTS: usize = 2;

impl Notification {
    /// *Job Ready*. *Source*: rules.md.
    ///
    /// *Errors*: [`PointsError`] for balances beyond the range.
    pub fn ready(subject: &Subject<'_>, crosses_low: bool) -> Result<Self, PointsError> {
        let speech = subject.speech;
        let mut body = first_lines(subject)?;
        if crosses_low {
            body = format!("{body}\n{}", speech.notices.crosses_low);
        }
        Ok(subject.notification(Slot::Verdicts, speech.title_ready, body, false))
    }

    /// *Account Limit Warning*. *Source*: rules.md R-15.
    ///
    /// *Errors*: [`PointsError`] for balances beyond the range.
    pub fn warning(subject: &Subject<'_>) -> Result<Self, PointsError> {
        let speech = subject.speech;
        let left = subject.room()?;
        let over = if left == Points::ZERO {
            speech.notices.over_full.to_owned()
        } else {
            fill(speech.notices.over_some, &[&speech.points(&left)])
        };
        let body = format!("{}\n{over}", first_lines(subject)?);
        Ok(subject.notification(Slot::Verdicts, speech.title_warning, body, false))
    }

    /// *Printing Declined*. *Source*: rules.md R-16.
    ///
    /// *Errors*: [`PointsError`] for balances beyond the range.
    pub fn declined(subject: &Subject<'_>) -> Result<Self, PointsError> {
        let (speech, words) = (subject.speech, &subject.speech.notices);
        let declined = fill(
            words.declined,
            &[
                subject.name,
                &speech.points(&subject.cost),
                &subject.account.name,
                &speech.number(&subject.room()?),
                &speech.account_balance(subject.account, &subject.balance)?,
            ],
        );
        let advice = if subject.others.is_empty() {
            words.no_other_account
        } else {
            words.choose_another
        };
        let body = format!("{declined} {advice}");
        Ok(subject.notification(Slot::Problems, speech.title_declined, body, true))
    }

    /// A document that can't be analysed is held and said so. *Source*: rules.md R-13.
    #[must_use]
    pub fn unreadable(speech: &Speech, document: DocumentId, name: &str, problem: &str) -> Self {
        let held = fill(speech.notices.unreadable, &[name]);
        Self {
            urgent: true,
            ..Self::of_document(
                speech,
                document,
                speech.title_unreadable,
                format!("{held}\n{problem}"),
            )
        }
    }

    /// A document waits for its verdict. *Source*: rules.md R-39.
    #[must_use]
    pub fn waits(speech: &Speech, document: DocumentId, name: &str, reason: &str) -> Self {
        let words = &speech.notices;
        let body = fill(words.waits, &[name, reason]);
        Self {
            urgent: true,
            ..Self::of_document(speech, document, words.title_waits, body)
        }
    }

    /// What was done here without network, and the print server refused.
    #[must_use]
    pub fn server_refused(speech: &Speech, document: DocumentId, name: &str, reason: &str) -> Self {
        let words = &speech.notices;
        let body = fill(words.about_document, &[name, reason]);
        Self::of_document(speech, document, words.title_refused, body)
    }

    /// Documents wait for somebody to sign in.
    #[must_use]
    pub fn sign_in(speech: &Speech, waiting: usize) -> Self {
        let words = &speech.notices;
        Self {
            slot: Slot::Problems,
            title: words.title_sign_in.to_owned(),
            body: speech.counted(waiting as u64, words.sign_in_one, words.sign_in_many),
            urgent: true,
            actions: vec![(Action::SignIn, words.sign_in.to_owned())],
        }
    }

    /// A release that ended otherwise than with paper.
    #[must_use]
    pub fn not_printed(speech: &Speech, document: DocumentId, name: &str, reason: &str) -> Self {
        let not_printed = fill(speech.notices.not_printed, &[name]);
        let body = format!("{not_printed}\n{reason}");
        Self::of_document(speech, document, speech.title_not_printed, body)
    }

    /// An answer to something the person did, where no window can show it.
    #[must_use]
    pub fn refused(speech: &Speech, document: DocumentId, reason: &str) -> Self {
        let words = &speech.notices;
        let (title, body) = (words.title_account_kept, reason.to_owned());
        let mut refused = Self::of_document(speech, document, title, body);
        let change = Action::ChangeAccount(document);
        refused
            .actions
            .push((change, words.change_account.to_owned()));
        refused
    }

    /// Something that concerns no document, such as a sign-in that failed.
    #[must_use]
    pub fn problem(title: &str, text: &str) -> Self {
        Self {
            slot: Slot::Problems,
            title: title.to_owned(),
            body: text.to_owned(),
            urgent: false,
            actions: Vec::new(),
        }
    }

    /// A newer version that can be installed.
    #[must_use]
    pub fn update(speech: &Speech, version: &str, notes: Option<&str>) -> Self {
        let words = &speech.notices;
        let mut text = words.update_ready.to_owned();
        if let Some(notes) = notes {
            text = format!("{text}\n{}", fill(words.update_notes, &[notes]));
        }
        let install = (Action::InstallUpdate, words.install.to_owned());
        Self {
            actions: vec![install],
            ..Self::about_updates(&fill(words.title_update, &[version]), &text)
        }
    }

    /// What else there is to say of newer versions.
    #[must_use]
    pub fn about_updates(title: &str, text: &str) -> Self {
        Self {
            slot: Slot::Updates,
            ..Self::problem(title, text)
        }
    }

    /// A document is held where accounts are not in use: nothing visible
    /// is charged, so nothing is said of points.
    #[must_use]
    pub fn held(speech: &Speech, document: DocumentId, name: &str) -> Self {
        let body = fill(speech.notices.held, &[name]);
        Self {
            slot: Slot::Verdicts,
            ..Self::of_document(speech, document, speech.title_ready, body)
        }
    }

    /// A problem with a document that its owner can look at.
    fn of_document(speech: &Speech, document: DocumentId, title: &str, body: String) -> Self {
        let show = Action::OpenDocument(document);
        Self {
            slot: Slot::Problems,
            title: title.to_owned(),
            body,
            urgent: false,
            actions: vec![(show, speech.notices.show_document.to_owned())],
        }
    }

    /// Finds the action for the key that the daemon handed back.
    #[must_use]
    pub fn action(&self, key: &str) -> Option<&Action> {
        self.actions
            .iter()
            .map(|(action, _)| action)
            .find(|action| action.key() == key)
    }
}

impl Subject<'_> {
    /// What the account could carry beside what is on it; zero where it is unlimited.
    fn room(&self) -> Result<Points, PointsError> {
        Ok(self.balance.room(self.account)?.unwrap_or(Points::ZERO))
    }

    fn notification(&self, slot: Slot, title: &str, body: String, urgent: bool) -> Notification {
        let words = &self.speech.notices;
        let mut actions = vec![
            (
                Action::OpenDocument(self.document),
                words.show_document.to_owned(),
            ),
            (
                Action::ChangeAccount(self.document),
                words.change_account.to_owned(),
            ),
        ];
        if self.direct_choice {
            let direct = self
                .others
                .iter()
                .take(DIRECT_ACCOUNTS)
                .map(|(account, name)| {
                    (
                        Action::UseAccount(self.document, *account),
                        fill(words.charge, &[name]),
                    )
                });
            actions.extend(direct);
        }
        Notification {
            slot,
            title: title.to_owned(),
            body,
            urgent,
            actions,
        }
    }
}

fn first_lines(subject: &Subject<'_>) -> Result<String, PointsError> {
    let (speech, words) = (subject.speech, &subject.speech.notices);
    let costs = fill(words.costs, &[subject.name, &speech.points(&subject.cost)]);
    let mut balance = speech.account_balance(subject.account, &subject.balance)?;
    if let Some(remaining) = subject.balance.remaining(subject.account)?
        && !remaining.is_negative()
    {
        balance = fill(words.used_and_left, &[&balance, &speech.number(&remaining)]);
    }
    Ok(format!("{costs}\n{}: {balance}", subject.account.name))
}

/// Reads the account out of the key of [`Action::UseAccount`].
#[must_use]
pub fn account_of_key(key: &str) -> Option<AccountId> {
    Uuid::parse_str(key.strip_prefix("use-")?)
        .ok()
        .map(AccountId)
}

#[cfg(test)]
mod tests;
