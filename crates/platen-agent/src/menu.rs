//! The tray menu as a value that is compared before the desktop is touched.

use platen_domain::{AccountId, DocumentId};
use platen_words::{MenuWords, Speech, fill};
use uuid::Uuid;

/// What choosing a menu item does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Make this the active account.
    UseAccount(AccountId),
    /// Open the portal.
    OpenPortal,
    /// Open the portal at a document.
    OpenDocument(DocumentId),
    /// Start the sign-in in the browser.
    SignIn,
    /// Sign out and forget.
    SignOut,
    /// Ask at once whether there is a newer version.
    CheckForUpdates,
    /// Hand the newer version to the system's installer.
    InstallUpdate,
    /// Show what is in order and what is not.
    About,
    /// End the program.
    Quit,
}

impl Command {
    /// The item's id: the command, written down.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::UseAccount(account) => format!("account/{}", account.0),
            Self::OpenPortal => "portal".to_owned(),
            Self::OpenDocument(document) => format!("document/{}", document.0),
            Self::SignIn => "sign-in".to_owned(),
            Self::SignOut => "sign-out".to_owned(),
            Self::CheckForUpdates => "check-for-updates".to_owned(),
            Self::InstallUpdate => "install-update".to_owned(),
            Self::About => "about".to_owned(),
            Self::Quit => "quit".to_owned(),
        }
    }

    /// Reads an item's id back.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        let uuid = |text: &str| Uuid::parse_str(text).ok();
        Some(match id.split_once('/') {
            Some(("account", account)) => Self::UseAccount(AccountId(uuid(account)?)),
            Some(("document", document)) => Self::OpenDocument(DocumentId(uuid(document)?)),
            Some(_) => return None,
            None => match id {
                "portal" => Self::OpenPortal,
                "sign-in" => Self::SignIn,
                "sign-out" => Self::SignOut,
                "check-for-updates" => Self::CheckForUpdates,
                "install-update" => Self::InstallUpdate,
                "about" => Self::About,
                "quit" => Self::Quit,
                _ => return None,
            },
        })
    }
}

/// One line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Text that does nothing.
    Label(String),
    /// A line that separates.
    Separator,
    /// Something to choose.
    Choice {
        /// What it does.
        command: Command,
        /// What it says.
        text: String,
        /// Whether it can be chosen.
        enabled: bool,
    },
    /// Something to choose that shows whether it is chosen.
    Check {
        /// What it does.
        command: Command,
        /// What it says.
        text: String,
        /// Whether it can be chosen.
        enabled: bool,
        /// Whether it is chosen now.
        checked: bool,
    },
    /// A menu of its own.
    Submenu {
        /// What it says.
        text: String,
        /// Its lines.
        items: Vec<Item>,
    },
}

/// The whole menu, top to bottom.
pub type Menu = Vec<Item>;

/// One account as the menu shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountLine {
    /// Which.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// `19/50 points used`.
    pub balance: String,
    /// At its limit: shown, not to be chosen.
    pub at_limit: bool,
    /// The active one.
    pub active: bool,
}

/// One document as the menu shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentLine {
    /// Which.
    pub id: DocumentId,
    /// Its name.
    pub name: String,
    /// `15 points, Ready to release`.
    pub status: String,
}

/// Who is signed in, as the menu shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// No issuer is configured: the computer's own user.
    Local(String),
    /// Signed in with OpenID; the note says what is wrong, if anything.
    SignedIn {
        /// The person's name.
        name: String,
        /// `offline`, `session ended`.
        note: Option<String>,
    },
    /// Nobody who may be charged.
    SignedOut {
        /// `the sign-in has ended`, `the keyring is locked`.
        note: Option<String>,
    },
}

/// What the menu says of newer versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Update {
    /// Nothing: nobody looks for them here.
    #[default]
    Off,
    /// One may ask for them.
    Unknown,
    /// This one can be installed.
    Ready(String),
}

/// Everything the menu is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Who is signed in.
    pub who: Who,
    /// The person's accounts in the order people see them.
    pub accounts: Vec<AccountLine>,
    /// The newest documents first.
    pub documents: Vec<DocumentLine>,
    /// Something that keeps the client from its work.
    pub problem: Option<String>,
    /// Newer versions.
    pub update: Update,
    /// Policy lets the person end the program.
    pub may_quit: bool,
}

/// More than these are in the portal.
const RECENT_DOCUMENTS: usize = 5;
/// Longer names are cut in the middle of nowhere by panels; cut them ourselves.
const LONGEST_NAME: usize = 48;

/// Builds the menu. *Source*: rules.md R-37.
#[must_use]
pub fn menu(speech: &Speech, content: &Content) -> Menu {
    let words = &speech.menu;
    let mut items = vec![Item::Label(who_text(words, &content.who))];
    if let Some(problem) = &content.problem {
        items.push(Item::Label(problem.clone()));
    }
    items.push(Item::Separator);
    if !content.accounts.is_empty() {
        items.push(accounts(words, content));
    }
    items.push(choice(Command::OpenPortal, words.open_portal));
    items.push(recent(words, content));
    items.push(Item::Separator);
    match &content.who {
        Who::Local(_) => {}
        Who::SignedIn { note, .. } => {
            if note.is_some() {
                items.push(choice(Command::SignIn, words.sign_in_again));
            }
            items.push(choice(Command::SignOut, words.sign_out));
        }
        Who::SignedOut { .. } => items.push(choice(Command::SignIn, words.sign_in)),
    }
    match &content.update {
        Update::Off => {}
        Update::Unknown => items.push(choice(Command::CheckForUpdates, words.check_for_updates)),
        Update::Ready(version) => items.push(choice(
            Command::InstallUpdate,
            &fill(words.install_update, &[version]),
        )),
    }
    items.push(choice(Command::About, words.about));
    if content.may_quit {
        items.push(choice(Command::Quit, words.quit));
    }
    items
}

fn who_text(words: &MenuWords, who: &Who) -> String {
    match who {
        Who::Local(name) => fill(words.local_user, &[name]),
        Who::SignedIn { name, note: None } => name.clone(),
        Who::SignedIn {
            name,
            note: Some(note),
        } => format!("{name} ({note})"),
        Who::SignedOut { note: None } => words.not_signed_in.to_owned(),
        Who::SignedOut { note: Some(note) } => format!("{} ({note})", words.not_signed_in),
    }
}

fn accounts(words: &MenuWords, content: &Content) -> Item {
    let active = content.accounts.iter().find(|account| account.active);
    let text = match active {
        Some(account) => fill(words.active_account_named, &[&shortened(&account.name)]),
        None => words.active_account.to_owned(),
    };
    let lines = content.accounts.iter().map(|account| {
        let balance = if account.at_limit {
            fill(words.at_limit, &[&account.balance])
        } else {
            account.balance.clone()
        };
        Item::Check {
            command: Command::UseAccount(account.id),
            text: format!("{} — {balance}", shortened(&account.name)),
            enabled: !account.at_limit,
            checked: account.active,
        }
    });
    Item::Submenu {
        text,
        items: lines.collect(),
    }
}

fn recent(words: &MenuWords, content: &Content) -> Item {
    let mut items: Vec<Item> = content
        .documents
        .iter()
        .take(RECENT_DOCUMENTS)
        .map(|document| Item::Choice {
            command: Command::OpenDocument(document.id),
            text: format!("{} — {}", shortened(&document.name), document.status),
            enabled: true,
        })
        .collect();
    if items.is_empty() {
        items.push(Item::Label(words.no_documents.to_owned()));
    }
    Item::Submenu {
        text: words.recent.to_owned(),
        items,
    }
}

fn choice(command: Command, text: &str) -> Item {
    Item::Choice {
        command,
        text: text.to_owned(),
        enabled: true,
    }
}

fn shortened(name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if clean.chars().count() <= LONGEST_NAME {
        return clean;
    }
    let head: String = clean.chars().take(LONGEST_NAME - 1).collect();
    format!("{}…", head.trim_end())
}

#[cfg(test)]
mod tests;
