//! What a notification says, and what its buttons do.

use platen_domain::{Account, AccountId, Balance, DocumentId, Points, PointsError};
use uuid::Uuid;

/// Which notification on the screen is replaced; a burst of documents shows
/// the last one, and a refusal is not pushed away by a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Ready and warnings.
    Verdicts,
    /// Declined and unreadable documents, and what needs the person.
    Problems,
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
        let mut body = first_lines(subject)?;
        if crosses_low {
            body.push_str("\nYou have now used three quarters of this account.");
        }
        Ok(subject.notification(Slot::Verdicts, "Job Ready", body, false))
    }

    /// *Account Limit Warning*. *Source*: rules.md R-15.
    ///
    /// *Errors*: [`PointsError`] for balances beyond the range.
    pub fn warning(subject: &Subject<'_>) -> Result<Self, PointsError> {
        let mut body = first_lines(subject)?;
        let left = match subject.account.hard_limit()? {
            Some(hard) => hard.minus(subject.balance.committed()?)?.max(Points::ZERO),
            None => Points::ZERO,
        };
        body.push_str(&if left == Points::ZERO {
            "\nYou are over the limit, and nothing more is allowed.".to_owned()
        } else {
            format!("\nYou are over the limit. {} more allowed.", counted(left))
        });
        Ok(subject.notification(Slot::Verdicts, "Account Limit Warning", body, false))
    }

    /// *Printing Declined*. *Source*: rules.md R-16.
    ///
    /// *Errors*: [`PointsError`] for balances beyond the range.
    pub fn declined(subject: &Subject<'_>) -> Result<Self, PointsError> {
        let available = match subject.account.hard_limit()? {
            Some(hard) => hard.minus(subject.balance.committed()?)?.max(Points::ZERO),
            None => Points::ZERO,
        };
        let mut body = format!(
            "“{}” needs {}. {} has {} available ({}).\nNothing was charged.",
            subject.name,
            counted(subject.cost),
            subject.account.name,
            available,
            subject.balance.text(subject.account)?,
        );
        body.push_str(if subject.others.is_empty() {
            " No other account of yours can carry it."
        } else {
            " Choose another account to print it."
        });
        Ok(subject.notification(Slot::Problems, "Printing Declined", body, true))
    }

    /// A document that can't be analysed is held and said so. *Source*: rules.md R-13.
    #[must_use]
    pub fn unreadable(document: DocumentId, name: &str, problem: &str) -> Self {
        Self {
            slot: Slot::Problems,
            title: "Document Needs Attention".to_owned(),
            body: format!(
                "“{name}” is held and nothing was charged, because its cost can’t be worked out.\n{problem}"
            ),
            urgent: true,
            actions: vec![(Action::OpenDocument(document), "Show Document".to_owned())],
        }
    }

    /// A document waits for its verdict. *Source*: rules.md R-39.
    #[must_use]
    pub fn waits(document: DocumentId, name: &str, reason: &str) -> Self {
        Self {
            slot: Slot::Problems,
            title: "Document Waits".to_owned(),
            body: format!(
                "“{name}” is held, and nothing was charged.\n{reason} Platen says what became of \
                 it as soon as it can."
            ),
            urgent: true,
            actions: vec![(Action::OpenDocument(document), "Show Document".to_owned())],
        }
    }

    /// What was done here without network, and the print server refused.
    #[must_use]
    pub fn server_refused(document: DocumentId, name: &str, reason: &str) -> Self {
        Self {
            slot: Slot::Problems,
            title: "Refused by the Print Server".to_owned(),
            body: format!("“{name}”: {reason}"),
            urgent: false,
            actions: vec![(Action::OpenDocument(document), "Show Document".to_owned())],
        }
    }

    /// Documents wait for somebody to sign in.
    #[must_use]
    pub fn sign_in(waiting: usize) -> Self {
        let what = if waiting == 1 {
            "A document is".to_owned()
        } else {
            format!("{waiting} documents are")
        };
        Self {
            slot: Slot::Problems,
            title: "Sign In to Print".to_owned(),
            body: format!("{what} waiting. Sign in, and Platen says what printing costs."),
            urgent: true,
            actions: vec![(Action::SignIn, "Sign In".to_owned())],
        }
    }

    /// A release that ended otherwise than with paper.
    #[must_use]
    pub fn not_printed(document: DocumentId, name: &str, reason: &str) -> Self {
        Self {
            slot: Slot::Problems,
            title: "Document Not Printed".to_owned(),
            body: format!("“{name}” was not printed.\n{reason}"),
            urgent: false,
            actions: vec![(Action::OpenDocument(document), "Show Document".to_owned())],
        }
    }

    /// An answer to something the person did, where no window can show it.
    #[must_use]
    pub fn refused(document: DocumentId, reason: &str) -> Self {
        Self {
            slot: Slot::Problems,
            title: "Account Not Changed".to_owned(),
            body: reason.to_owned(),
            urgent: false,
            actions: vec![
                (Action::OpenDocument(document), "Show Document".to_owned()),
                (Action::ChangeAccount(document), "Change Account".to_owned()),
            ],
        }
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

    /// A document is held where accounts are not in use: nothing visible
    /// is charged, so nothing is said of points.
    #[must_use]
    pub fn held(document: DocumentId, name: &str) -> Self {
        Self {
            slot: Slot::Verdicts,
            title: "Job Ready".to_owned(),
            body: format!("“{name}” is ready to be released."),
            urgent: false,
            actions: vec![(Action::OpenDocument(document), "Show Document".to_owned())],
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
    fn notification(&self, slot: Slot, title: &str, body: String, urgent: bool) -> Notification {
        let mut actions = vec![
            (
                Action::OpenDocument(self.document),
                "Show Document".to_owned(),
            ),
            (
                Action::ChangeAccount(self.document),
                "Change Account".to_owned(),
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
                        format!("Charge {name}"),
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
    let mut text = format!(
        "“{}” costs {}.\n{}: {}",
        subject.name,
        counted(subject.cost),
        subject.account.name,
        subject.balance.text(subject.account)?,
    );
    if let Some(remaining) = subject.balance.remaining(subject.account)?
        && !remaining.is_negative()
    {
        text.push_str(&format!(", {remaining} available"));
    }
    Ok(text)
}

fn counted(points: Points) -> String {
    if points == Points::from_hundredths(100) {
        "1 point".to_owned()
    } else {
        format!("{points} points")
    }
}

/// Reads the account out of the key of [`Action::UseAccount`].
#[must_use]
pub fn account_of_key(key: &str) -> Option<AccountId> {
    Uuid::parse_str(key.strip_prefix("use-")?)
        .ok()
        .map(AccountId)
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_domain::{Access, Kind};

    fn points(whole: i64) -> Points {
        Points::whole(whole).unwrap()
    }

    fn account(limit: Option<i64>, exceed_by: i64) -> Account {
        Account {
            id: AccountId(Uuid::from_u128(1)),
            name: "Print Quota".into(),
            code: "quota".into(),
            enabled: true,
            start: None,
            expiry: None,
            kind: Kind::Individual,
            limit: limit.map(points),
            exceed_by: points(exceed_by),
            access: Access::Everyone,
            on_clients: true,
            archived: false,
            version: 1,
        }
    }

    fn subject<'a>(
        account: &'a Account,
        used: i64,
        others: &'a [(AccountId, String)],
    ) -> Subject<'a> {
        Subject {
            document: DocumentId(Uuid::from_u128(9)),
            name: "thesis.pdf",
            cost: points(15),
            account,
            balance: Balance {
                posted: points(used),
                ..Balance::default()
            },
            others,
            direct_choice: true,
        }
    }

    #[test]
    fn ready_names_document_points_balance_and_account() {
        let account = account(Some(50), 0);
        let note = Notification::ready(&subject(&account, 19, &[]), false).unwrap();
        assert_eq!(note.title, "Job Ready");
        assert_eq!(
            note.body,
            "“thesis.pdf” costs 15 points.\nPrint Quota: 19/50 points used, 31 available"
        );
        assert_eq!(note.actions[1].1, "Change Account");
    }

    #[test]
    fn unlimited_account_shows_used_points_alone() {
        let account = account(None, 0);
        let note = Notification::ready(&subject(&account, 19, &[]), false).unwrap();
        assert!(
            note.body.ends_with("Print Quota: 19 points"),
            "{}",
            note.body
        );
    }

    #[test]
    fn warning_says_what_is_still_allowed() {
        let account = account(Some(20), 10);
        let note = Notification::warning(&subject(&account, 25, &[])).unwrap();
        assert_eq!(note.title, "Account Limit Warning");
        assert!(note.body.contains("25/20 points used"), "{}", note.body);
        assert!(
            note.body
                .ends_with("You are over the limit. 5 points more allowed."),
            "{}",
            note.body
        );
        let full = Notification::warning(&subject(&account, 30, &[])).unwrap();
        assert!(
            full.body.ends_with("nothing more is allowed."),
            "{}",
            full.body
        );
    }

    #[test]
    fn declined_charges_nothing_and_offers_at_most_two_other_accounts_directly() {
        let account = account(Some(20), 0);
        let others: Vec<_> = (2..6)
            .map(|n| (AccountId(Uuid::from_u128(n)), format!("Account {n}")))
            .collect();
        let note = Notification::declined(&subject(&account, 12, &others)).unwrap();
        assert_eq!(note.title, "Printing Declined");
        assert!(
            note.body
                .contains("needs 15 points. Print Quota has 8 available"),
            "{}",
            note.body
        );
        let labels: Vec<_> = note
            .actions
            .iter()
            .map(|(_, label)| label.as_str())
            .collect();
        assert_eq!(
            labels,
            [
                "Show Document",
                "Change Account",
                "Charge Account 2",
                "Charge Account 3"
            ]
        );
        let alone = Notification::declined(&subject(&account, 12, &[])).unwrap();
        assert!(
            alone
                .body
                .ends_with("No other account of yours can carry it."),
            "{}",
            alone.body
        );
    }

    #[test]
    fn every_button_is_found_by_its_key() {
        let account = account(Some(20), 0);
        let others = [(AccountId(Uuid::from_u128(2)), "Research".to_owned())];
        let note = Notification::declined(&subject(&account, 12, &others)).unwrap();
        for (action, _) in &note.actions {
            assert_eq!(note.action(&action.key()), Some(action));
        }
        assert_eq!(account_of_key(&note.actions[2].0.key()), Some(others[0].0));
        assert_eq!(note.action("something-else"), None);
    }
}
