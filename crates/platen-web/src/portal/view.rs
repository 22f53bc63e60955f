//! What the portal shows, as plain values.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use platen_domain::{
    Account, AccountId, Balance, DocumentId, DocumentState, Points, PointsError, Sides, Standing,
    Verdict,
};
use platen_ledger::Refusal;

use super::{Aside, Reason};

/// Everything the documents page and the header show at one moment.
///
/// *Source*: rules.md R-34.
#[derive(Clone, Debug, Default)]
pub struct PortalView {
    /// The name of the person whose portal this is.
    pub person_name: String,
    /// How the person is known, if worth saying: `alice@example.edu`, or that
    /// this computer's own user is taken.
    pub signed_in_note: Option<String>,
    /// Shown as a banner: signed out, expired, revoked; one sentence or two.
    pub sign_in_note: Option<String>,
    /// Shown as a banner: the network or the server can't be reached.
    pub offline_note: Option<String>,
    /// Shown as a banner: the printing system does not answer.
    pub spooler_note: Option<String>,
    /// Every account of the person in the order in which people see them.
    /// Empty when account management is off: nothing of it is shown then.
    pub accounts: Vec<AccountChoice>,
    /// Open documents, newest first.
    pub documents: Vec<DocumentRow>,
    /// Where documents can be released.
    pub printers: Vec<PrinterChoice>,
    /// Names of the secure queues, for the list that is still empty.
    pub queues: Vec<String>,
    /// The time zone that times are told in; none means this machine's.
    pub zone: Option<TimeZone>,
}

impl PortalView {
    /// The account that new documents are charged to.
    #[must_use]
    pub fn active_account(&self) -> Option<&AccountChoice> {
        self.accounts.iter().find(|account| account.active)
    }

    /// Finds an open document.
    #[must_use]
    pub fn document(&self, id: DocumentId) -> Option<&DocumentRow> {
        self.documents.iter().find(|document| document.id == id)
    }
}

/// One account that the person has.
#[derive(Clone, Debug)]
pub struct AccountChoice {
    /// Its identity.
    pub id: AccountId,
    /// The name people read.
    pub name: String,
    /// Posted and pending.
    pub used: Points,
    /// What people may use; none when unlimited.
    pub limit: Option<Points>,
    /// *Units*: whole per cent of the limit, 0 to 100; none when unlimited.
    pub used_percent: Option<u8>,
    /// What it can still carry, up to its hard limit; none when unlimited.
    pub available: Option<Points>,
    /// How full it is.
    pub standing: Standing,
    /// Why it can't be chosen; none when it can.
    pub unavailable: Option<Refusal>,
    /// Whether new documents are charged to it.
    pub active: bool,
    /// Points of it that the person's devices keep.
    pub aside: Option<Aside>,
}

impl AccountChoice {
    /// Shows `account` with `balance`. An account at its limit is listed, but
    /// can't be chosen.
    ///
    /// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md.
    pub fn new(account: &Account, balance: &Balance, active: bool) -> Result<Self, PointsError> {
        let all_used = balance.used()?;
        let used = i128::from(all_used.hundredths().max(0));
        let used_percent = account.limit.map(|limit| {
            let limit = i128::from(limit.hundredths().max(1));
            u8::try_from((used * 100 / limit).min(100)).unwrap_or(100)
        });
        let at_limit = balance.at_limit(account)?;
        Ok(Self {
            id: account.id,
            name: account.name.clone(),
            used: all_used,
            limit: account.limit,
            used_percent,
            available: balance.room(account)?,
            standing: balance.standing(account)?,
            unavailable: at_limit.then_some(Refusal::AtLimit),
            active,
            aside: None,
        })
    }
}

/// One submitted document.
#[derive(Clone, Debug)]
pub struct DocumentRow {
    /// Its identity.
    pub id: DocumentId,
    /// The name its application gave it; never trusted.
    pub name: String,
    /// The queue that it was printed to.
    pub queue: String,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// The account that carries it.
    pub account: Option<AccountId>,
    /// That account's name.
    pub account_name: Option<String>,
    /// What it costs; none while it is not known.
    pub points: Option<Points>,
    /// Where it stands.
    pub state: DocumentState,
    /// Why it was declined, can't be read, ….
    pub reason: Option<Reason>,
    /// The last verdict on it: a warning is shown though it is ready.
    pub verdict: Option<Verdict>,
    /// How it will be printed; none while that is not known.
    pub finishing: Option<FinishingView>,
    /// Whether its account may be changed now.
    pub can_change_account: bool,
    /// Whether its finishing options may be changed now.
    pub can_set_finishing: bool,
    /// Whether it may be deleted now.
    pub can_delete: bool,
    /// Whether it may be released now.
    pub can_release: bool,
    /// Whether it makes sense to read it again.
    pub can_retry: bool,
}

impl DocumentRow {
    /// Whether `account` has this document's points set aside.
    #[must_use]
    pub fn is_carried_by(&self, account: &AccountChoice) -> bool {
        self.state.is_reserved() && self.account == Some(account.id)
    }
}

/// How a document will be printed, and what of it decides the price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FinishingView {
    /// How often everything is printed.
    pub copies: u32,
    /// One-sided or two-sided.
    pub sides: Sides,
    /// Printed without colour whatever the pages hold.
    pub monochrome: bool,
    /// Whether any page of the document shows colour.
    pub has_colour: bool,
    /// Sheets of paper, all copies.
    pub sheets: u64,
    /// Printed sides, all copies.
    pub printed_sides: u64,
}

/// The finishing options as the person wants them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinishingChange {
    /// 1 to [`FinishingChange::MAX_COPIES`].
    pub copies: u32,
    /// One-sided or two-sided.
    pub sides: Sides,
    /// Print without colour.
    pub monochrome: bool,
}

impl FinishingChange {
    /// What CUPS accepts by default (`MaxCopies` in cupsd.conf).
    pub const MAX_COPIES: u32 = 9999;
}

/// A printer that a document can be released to.
#[derive(Clone, Debug)]
pub struct PrinterChoice {
    /// The queue's name; what [`super::Portal::release`] is called with.
    pub name: String,
    /// What people call it; shown when not empty.
    pub info: String,
    /// Where it stands; shown when not empty.
    pub location: String,
    /// Whether it takes documents now.
    pub ready: bool,
    /// What is the matter with it, or what it says of itself.
    pub message: Option<String>,
}

/// What came of a change that was judged anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// A *Declined* changed nothing.
    pub verdict: Verdict,
    /// What the document costs as asked for.
    pub points: Points,
    /// The name of the account that was asked to carry it.
    pub account_name: String,
}

/// What the program says of itself. *Source*: rules.md R-37.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    /// The program's version.
    pub version: String,
    /// What was looked at, the most important first.
    pub checks: Vec<Check>,
}

/// One thing that is in order or not.
#[derive(Clone, Debug)]
pub struct Check {
    /// What was looked at.
    pub what: String,
    /// Whether it is in order.
    pub fine: bool,
    /// How it is, and what to do if it isn't: a sentence.
    pub text: String,
}
