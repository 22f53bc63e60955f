//! What can go wrong in the ledger, and whose fault it is.

use std::sync::Arc;

use platen_domain::{AccountId, Barred, DocumentId, DocumentState, LeaseId, Points, PointsError};
use uuid::Uuid;

/// Why an operation on the ledger was not carried out. The ledger is unchanged
/// after every one of them.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LedgerError {
    /// The rules forbid it; trying again changes nothing.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// An amount does not fit.
    #[error(transparent)]
    Points(#[from] PointsError),
    /// The disk is full. May be tried again.
    #[error("The disk is full. Free some space and try again; nothing was changed.")]
    Full,
    /// Another program kept the ledger locked for too long. May be tried again.
    #[error("Another program is using the ledger. Try again in a moment; nothing was changed.")]
    Busy,
    /// The file is damaged.
    #[error("The ledger file is damaged ({detail}). Restore it from a backup.")]
    Corrupt {
        /// What was found, for the log and for support.
        detail: String,
    },
    /// The file was written by a newer program.
    #[error(
        "The ledger was written by a newer version of Platen (schema {found}, this one knows \
         {known}). Install that version again; nothing was changed."
    )]
    NewerSchema {
        /// The schema version in the file.
        found: i64,
        /// The newest schema version that this program knows.
        known: i64,
    },
    /// The file's schema is not the one that this program's migrations made.
    #[error(
        "The ledger's schema {version} is not the one this version of Platen makes. Restore the \
         file from a backup; nothing was changed."
    )]
    AlteredSchema {
        /// The migration whose checksum differs.
        version: i64,
    },
    /// The file is something else.
    #[error("The file is not a ledger of Platen.")]
    NotALedger,
    /// The file can't be opened or created, or is read-only.
    #[error("The ledger file can't be opened for writing. Check that its folder is yours.")]
    Unavailable(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// The database server can't be reached. May be tried again.
    #[error("The ledger's server can't be reached. Try again in a moment; nothing is done twice.")]
    Away(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// What was asked for can't be written where it was asked for.
    #[error("The file or program that it was written to took no more")]
    Unwritable(#[source] Arc<std::io::Error>),
    /// A backup never replaces another file.
    #[error("There is a file of this name already. Choose another name.")]
    Exists,
    /// A backup can't be put in the ledger's place.
    #[error("The backup can't be used, and nothing was changed")]
    BadBackup(#[source] Arc<LedgerError>),
    /// A ledger that is to be replaced is open.
    #[error(
        "Another program has this ledger open. Stop Platen and whatever else uses it, then try \
         again; nothing was changed."
    )]
    InUse,
    /// The ledger is not a file.
    #[error(
        "This ledger is in PostgreSQL. Back it up with pg_dump and restore it with pg_restore."
    )]
    InPostgres,
    /// An invariant does not hold; the ledger stops writing.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The ledger stopped writing after damage was found.
    #[error(
        "The ledger has stopped because damage was found in it. Run the check of the ledger, then \
         start Platen again."
    )]
    Halted,
    /// The ledger is shutting down.
    #[error("The ledger is closed.")]
    Closed,
    /// Anything else that the storage engine reports.
    #[error("The ledger could not be read or written.")]
    Storage(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

/// Why the rules forbid an operation.
///
/// Where several would apply, the one that stands first here is given: what is
/// asked about must be there and be one's own; then what was asked before is
/// answered as it was; then the state decides, then the account, then what was
/// filled in, and points come last.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No document has this id.
    #[error("This document is not known.")]
    UnknownDocument(DocumentId),
    /// The document belongs to somebody else.
    #[error("This document belongs to somebody else.")]
    NotYours,
    /// The same id was used before with other content.
    #[error("This was asked before with a different {what}; nothing was charged twice.")]
    ExistsWithDifferent {
        /// The part that differs.
        what: &'static str,
    },
    /// Somebody else changed the account, the rates or the settings since they were
    /// loaded.
    #[error("Somebody else changed this meanwhile; load it again.")]
    Changed,
    /// The document's state does not allow it.
    #[error("This can't be done with a document whose status is “{}”.", .0.label())]
    WrongState(DocumentState),
    /// No lease has this id.
    #[error("These points set aside for a device are not known.")]
    UnknownLease(LeaseId),
    /// The lease is over, or of another account or person.
    #[error("The points that were set aside for this device can't be used any more.")]
    LeaseEnded(LeaseId),
    /// A device may still draw on these points.
    #[error(
        "The device may still print on these points. They can be given up a day after their end."
    )]
    LeaseLasts(LeaseId),
    /// Only the gate that counts on these points knows what was printed on them.
    #[error(
        "What was printed on these points is not known without the word of the computer that \
         counts it. An administrator can give them up."
    )]
    NoReceipt(LeaseId),
    /// The device is not known, or another person's.
    #[error("This device is not known. Sign in again on it.")]
    UnknownDevice(Uuid),
    /// An operation of a device's outbox is missing before this one, or another
    /// one had its number.
    #[error(
        "This device is not in step with the server. Set it up again; nothing is charged twice."
    )]
    OutOfStep {
        /// The number of its last operation that was carried out.
        applied: u64,
    },
    /// Account management is off for clients.
    #[error("Accounts are not in use here.")]
    AccountsOff,
    /// No account has this id.
    #[error("This account is not known.")]
    UnknownAccount(AccountId),
    /// The account can't be used now.
    #[error(transparent)]
    Barred(#[from] Barred),
    /// The account's own values contradict each other.
    #[error(transparent)]
    InvalidAccount(#[from] AccountFault),
    /// Another account has this name or code.
    #[error("Another account already has this {what}.")]
    NotUnique {
        /// `name` or `code`.
        what: &'static str,
    },
    /// An account in use can't change between individual and shared.
    #[error("An account that has been used can't change between individual and shared.")]
    KindInUse,
    /// What has to be filled in was left empty.
    #[error("This needs a {what}.")]
    Missing {
        /// What is missing.
        what: &'static str,
    },
    /// A name, a login or another text has more characters than are kept.
    #[error("The {what} is too long.")]
    TooLong {
        /// What is too long.
        what: &'static str,
    },
    /// A name is empty to the eye, or holds what has no place in a name.
    #[error("The {what} is empty or contains characters that have no place in it.")]
    NotAName {
        /// What it would name.
        what: &'static str,
    },
    /// A setting is outside of what makes sense.
    #[error("The {what} must be from {least} to {most}.")]
    OutOfRange {
        /// Which setting.
        what: &'static str,
        /// The lowest value.
        least: u32,
        /// The highest value.
        most: u32,
    },
    /// The rate card contradicts itself.
    #[error(transparent)]
    InvalidCard(#[from] CardFault),
    /// Everyone has the account, so that nobody can be left out.
    #[error("Everyone has access to this account. Choose groups or users for it first.")]
    EveryonesAccount,
    /// Two rows are about the same.
    #[error("The {what} is in the list twice.")]
    Twice {
        /// What is the same.
        what: &'static str,
    },
    /// One row of many can't be taken.
    #[error("Row {row}: {why}")]
    Row {
        /// Counted from one.
        row: usize,
        /// What is wrong with it.
        why: Box<Refusal>,
    },
    /// An import was taken for broken off, and its end was written down.
    #[error("This import has ended; import the list again.")]
    ImportEnded,
    /// A shared pool is adjusted as a whole.
    #[error("This account is shared: adjust it as a whole, without a user.")]
    SharedPool,
    /// Points that are asked for, credited or debited must be above zero.
    #[error("The points must be above zero.")]
    NotPositive,
    /// The activity that an adjustment corrects is not on this balance.
    #[error("The activity to be corrected is not on this balance.")]
    UnknownActivity(Uuid),
    /// No rate card was loaded yet, so that nothing can be priced.
    #[error("No rates are set up yet. Ask your administrator to load them.")]
    NoRateCard,
    /// The document is too long to be priced.
    #[error("The document has too many pages to be priced.")]
    TooManyPages,
    /// The account is at its limit and can't be chosen.
    #[error("This account is at its limit.")]
    AtLimit,
    /// The account or the lease does not carry what is asked for.
    #[error("There are not enough points: {available} are left.")]
    InsufficientPoints {
        /// What it still carries.
        available: Points,
    },
    /// What no database keeps: a text with a zero character, a number beyond 63 bits.
    #[error("This holds a character or a number that can't be stored.")]
    Unstorable,
}

/// What is wrong with an account. *Source*: rules.md.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountFault {
    /// No name or no code that people can read.
    #[error("An account needs a name and a code.")]
    NoName,
    /// A name or code with characters that have no place in it, or too many.
    #[error("The {what} of an account {fault}.")]
    BadName {
        /// `name` or `code`.
        what: &'static str,
        /// What it does that it must not.
        fault: &'static str,
    },
    /// A limit below zero.
    #[error("The limit of an account can't be negative.")]
    NegativeLimit,
    /// Nothing that could be exceeded.
    #[error("An unlimited account has no limit to exceed.")]
    NothingToExceed,
    /// The last day is before the first.
    #[error("The account would expire before it starts.")]
    EndsBeforeItStarts,
    /// More points than can be counted.
    #[error("The limit of the account is too large.")]
    TooMuch,
}

/// What is wrong with a rate card. *Source*: rules.md R-10.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardFault {
    /// A row without a name that people can read.
    #[error("Each paper size needs a name.")]
    NoName,
    /// A name with characters that have no place in it, or a very long one.
    #[error("“{0}” is no name for a paper size.")]
    BadName(String),
    /// Two rows of one name.
    #[error("There are two paper sizes named “{0}”.")]
    SameName(String),
    /// Two rows of one size.
    #[error("“{0}” and “{1}” are the same size.")]
    SameSize(String, String),
    /// A row without width or height.
    #[error("“{0}” needs a width and a height.")]
    NoSize(String),
    /// A rate below zero.
    #[error("“{0}” has a rate below zero.")]
    Negative(String),
    /// More rows than a person can oversee.
    #[error("A rate card has 200 paper sizes at most.")]
    TooMany,
}

/// An invariant that does not hold. *Source*: rules.md R-30.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An activity was changed, removed or put out of order.
    #[error("Activity {activity} (number {sequence} of its balance) does not fit its chain.")]
    Activity {
        /// The first activity that does not fit.
        activity: Uuid,
        /// Its place on the balance.
        sequence: i64,
        /// The balance's account.
        account: AccountId,
        /// Whose balance; empty for a shared pool.
        holder: String,
    },
    /// A balance differs from what its activities and documents say.
    #[error("The {what} points of a balance are {stored}, but its records give {computed}.")]
    Balance {
        /// The balance's account.
        account: AccountId,
        /// Whose balance; empty for a shared pool.
        holder: String,
        /// `posted`, `pending`, `leased`, or `number of`: the count of activities.
        what: &'static str,
        /// What is stored, in hundredths.
        stored: i64,
        /// What was computed, in hundredths.
        computed: i64,
    },
    /// A document and its activity contradict each other.
    #[error("Document {document} and its activity do not agree.")]
    Document {
        /// The document.
        document: Uuid,
    },
}

impl Refusal {
    /// Whether the outbox of a device is at fault, rather than what is in it.
    pub(crate) const fn is_about_the_outbox(&self) -> bool {
        matches!(self, Self::UnknownDevice(_) | Self::OutOfStep { .. })
    }

    /// A name for programs; it never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownDocument(_) => "unknown-document",
            Self::NotYours => "not-yours",
            Self::ExistsWithDifferent { .. } => "exists-with-different",
            Self::Changed => "changed",
            Self::WrongState(_) => "wrong-state",
            Self::UnknownLease(_) => "unknown-lease",
            Self::LeaseEnded(_) => "lease-ended",
            Self::LeaseLasts(_) => "lease-lasts",
            Self::NoReceipt(_) => "no-receipt",
            Self::UnknownDevice(_) => "unknown-device",
            Self::OutOfStep { .. } => "out-of-step",
            Self::AccountsOff => "accounts-off",
            Self::UnknownAccount(_) => "unknown-account",
            Self::Barred(_) => "barred",
            Self::NoRateCard => "no-rate-card",
            Self::TooManyPages => "too-many-pages",
            Self::AtLimit => "at-limit",
            Self::InsufficientPoints { .. } => "insufficient-points",
            Self::TooLong { .. } => "too-long",
            Self::NotPositive => "not-positive",
            Self::Unstorable => "unstorable",
            _ => "refused",
        }
    }
}

impl LedgerError {
    /// Whether the same operation may succeed when it is tried again later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Full | Self::Busy | Self::Away(_))
    }

    /// Whether nothing may be written any more after this.
    pub(crate) fn is_fatal(&self) -> bool {
        matches!(self, Self::Corrupt { .. } | Self::Broken(_))
    }

    pub(crate) fn no_thread(error: std::io::Error) -> Self {
        Self::Unavailable(Arc::new(error))
    }

    pub(crate) fn storage(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Storage(Arc::new(error))
    }

    pub(crate) fn corrupt(detail: impl Into<String>) -> Self {
        Self::Corrupt {
            detail: detail.into(),
        }
    }
}
