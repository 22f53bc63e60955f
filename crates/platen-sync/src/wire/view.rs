//! State, on its way down.

use jiff::Timestamp;
use platen_domain::{
    Access, Account, AccountId, Balance, DocumentId, DocumentState, Kind, LeaseId, Points,
    PointsError, UserId, Verdict,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::card::Card;
use super::form::Wire as _;
use super::limit::{self, Fault};

/// What a view weighs that is not out of the ordinary.
const USUAL_BYTES: usize = 4_096;

/// All that one device shows, whole; read in one snapshot of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct View {
    /// The version of the protocol that is spoken.
    pub protocol: u16,
    /// Grows whenever something in it changed; the same number, the same state.
    pub version: u64,
    /// The server's wall clock.
    pub server_time: Timestamp,
    /// Who is signed in.
    pub user: User,
    /// Settings of the site that concern clients.
    #[serde(default)]
    pub settings: Settings,
    /// The accounts he may use, in alphabetical order; none where accounts are
    /// not in use. Those of a kind that this version does not know are left out.
    #[serde(deserialize_with = "known_accounts", default)]
    pub accounts: Vec<AccountView>,
    /// The account that the next document is charged to.
    #[serde(with = "super::form", default)]
    pub active: Option<AccountId>,
    /// The rate card in force.
    #[serde(default)]
    pub card: Option<Card>,
    /// His open documents, newest first.
    #[serde(default)]
    pub documents: Vec<Document>,
    /// The last of those that are no longer open, newest first.
    #[serde(default)]
    pub closed: Vec<Document>,
    /// This device's leases that are not over.
    #[serde(default)]
    pub leases: Vec<Lease>,
    /// What devices may have without network.
    #[serde(default)]
    pub lease_policy: LeasePolicy,
    /// The number of this device's last operation that is contained in all this.
    pub applied: u64,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct User {
    /// Who it is.
    #[serde(with = "super::form")]
    pub id: UserId,
    /// The name shown to people.
    #[serde(default)]
    pub name: String,
    /// The name that is written in access lists.
    #[serde(default)]
    pub login: String,
}

/// Settings of the site that concern clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Whether clients show accounts and charge them.
    pub account_management: bool,
    /// Whether people have a portal.
    pub user_portal: bool,
    /// Whether people may quit the client.
    pub clients_may_quit: bool,
    /// How long a document waits for its release. Units: hours.
    pub hold_hours: u32,
    /// What happens to a document that can't be analysed.
    pub unreadable: UnreadablePolicy,
}

/// What happens to a document that can't be analysed. *Source*: rules.md R-13.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnreadablePolicy {
    /// It is cancelled.
    Decline,
    /// It stays held until somebody decides; so does whatever this version does
    /// not know.
    #[default]
    #[serde(other)]
    Ask,
}

/// One account with the balance that counts for the user.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AccountView {
    /// Its identity.
    #[serde(with = "super::form")]
    pub id: AccountId,
    /// The name shown to people.
    pub name: String,
    /// One's own, or one pool for all.
    #[serde(with = "super::form", default)]
    pub kind: Kind,
    /// The soft limit; none: unlimited.
    #[serde(with = "super::form", default)]
    pub limit: Option<Points>,
    /// How far the limit may be exceeded.
    #[serde(with = "super::form", default)]
    pub exceed_by: Points,
    /// What has been spent; leases of all devices count as `leased`.
    #[serde(with = "super::form")]
    pub balance: Balance,
    /// It carries nothing more: shown, but disabled when switching.
    #[serde(default)]
    pub at_limit: bool,
    /// The person has lost it and may still be charged for a while.
    #[serde(default)]
    pub in_grace: bool,
}

/// One document, as the server has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Document {
    /// The job's own UUID.
    #[serde(with = "super::form")]
    pub id: DocumentId,
    /// The device that placed it; none if none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Uuid>,
    /// The queue it was submitted to.
    #[serde(default)]
    pub queue: String,
    /// What the application called it.
    pub name: String,
    /// Where it stands; none: a state that this version does not know.
    #[serde(with = "super::form::known", default)]
    pub state: Option<DocumentState>,
    /// Why it stands there, where there is something to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The account it is or was to be charged to.
    #[serde(with = "super::form", default)]
    pub account: Option<AccountId>,
    /// What it costs by its facts.
    #[serde(with = "super::form", default)]
    pub cost: Option<Points>,
    /// The lease that its reservation was drawn from.
    #[serde(with = "super::form", default)]
    pub lease: Option<LeaseId>,
    /// What was charged in the end.
    #[serde(with = "super::form", default)]
    pub charged: Option<Points>,
    /// The last verdict on it; none, too, if this version does not know it.
    #[serde(with = "super::form::known", default)]
    pub verdict: Option<Verdict>,
    /// Its release, while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
    /// When the spooler accepted it.
    pub submitted_at: Timestamp,
    /// When it expires if nobody releases it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<Timestamp>,
    /// Whether its owner was told of the verdict.
    #[serde(default)]
    pub notified: bool,
}

/// A document on its way to a printer. *Source*: rules.md R-20.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Release {
    /// Where to.
    pub printer: String,
    /// The number of its approval, used once.
    pub nonce: Uuid,
    /// The signed approval that the gate asks for; only to the device that has
    /// the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
}

/// Points that were set aside for this device. *Source*: rules.md R-39.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lease {
    /// Its identity.
    #[serde(with = "super::form")]
    pub id: LeaseId,
    /// The account they were taken from.
    #[serde(with = "super::form")]
    pub account: AccountId,
    /// How many were granted.
    #[serde(with = "super::form")]
    pub granted: Points,
    /// How many of them documents took, as far as the server knows.
    #[serde(with = "super::form")]
    pub drawn: Points,
    /// Where it stands.
    pub state: LeaseState,
    /// When the device must not draw on it any more, by the server's clock.
    pub ends_at: Timestamp,
    /// How long that is from the moment at which this was said: what a device
    /// measures by a clock that nobody sets. Units: milliseconds.
    #[serde(default)]
    pub left_ms: u64,
    /// It is called back: the device delivers what it drew and returns it.
    #[serde(default)]
    pub called_back: bool,
    /// The lease, signed for the gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<String>,
}

/// Where a lease stands. *Source*: rules.md R-39.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseState {
    /// Its device may draw on it until it ends.
    Open,
    /// Its time is over, and its device has not reported; it still counts.
    Unreported,
    /// Its device gave back what it had not drawn.
    Returned,
    /// Somebody gave up waiting for its device; what it had not reported is back
    /// on the account.
    WrittenOff,
    /// Something that this version does not know: not to be drawn on.
    #[serde(other)]
    Unknown,
}

/// What devices may have without network. *Source*: rules.md R-39.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct LeasePolicy {
    /// Points for each device and account; zero: none.
    #[serde(with = "super::form")]
    pub points: Points,
    /// How long a lease lasts, as older clients read it. Units: days, begun ones too.
    pub days: u32,
    /// How long a lease lasts; zero, from an older server: as `days` says. Units: hours.
    pub hours: u32,
    /// No more than so much of what the account has left is set aside on one device.
    /// Units: percent.
    #[serde(default = "all")]
    pub share: u32,
}

const fn all() -> u32 {
    100
}

impl LeasePolicy {
    /// How long a lease lasts. Units: milliseconds.
    #[must_use]
    pub const fn lasts_ms(&self) -> u64 {
        const HOUR_MS: u64 = 60 * 60 * 1000;
        match self.hours {
            0 => self.days as u64 * 24 * HOUR_MS,
            hours => hours as u64 * HOUR_MS,
        }
    }

    /// How many points a device may hold of an account that has `left` for it,
    /// with what it holds already.
    #[must_use]
    pub fn most(&self, left: Points) -> Points {
        // Whole points: what is less than one carries nothing.
        let whole = i128::from(left.hundredths().max(0)) * i128::from(self.share.min(100)) / 10_000;
        let whole = i64::try_from(whole).unwrap_or(i64::MAX / 100);
        self.points.min(Points::from_hundredths(whole * 100))
    }
}

impl Default for LeasePolicy {
    fn default() -> Self {
        Self {
            points: Points::ZERO,
            days: 0,
            hours: 0,
            share: all(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            account_management: true,
            user_portal: true,
            clients_may_quit: true,
            hold_hours: 24,
            unreadable: UnreadablePolicy::Ask,
        }
    }
}

impl View {
    /// Reads what a server sent.
    ///
    /// *Errors*: it is none, or breaks a limit.
    pub fn from_json(json: &[u8]) -> Result<Self, Fault> {
        limit::size(json, limit::DOWN_BYTES)?;
        let view: Self = serde_json::from_slice(json).map_err(|error| Fault::unreadable(&error))?;
        view.check()?;
        Ok(view)
    }

    /// It as it is sent.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut json, self).expect("every value of a view has a form in JSON");
        String::from_utf8(json).expect("JSON is text")
    }

    fn check(&self) -> Result<(), Fault> {
        limit::text(self.user.id.as_str(), limit::NAME, "identity of the user")?;
        limit::text(&self.user.name, limit::NAME, "name of the user")?;
        limit::text(&self.user.login, limit::NAME, "login of the user")?;
        limit::count(self.accounts.len(), limit::ACCOUNTS, "accounts")?;
        self.accounts.iter().try_for_each(AccountView::check)?;
        if let Some(card) = &self.card {
            limit::count(card.rows.len(), limit::CARD_ROWS, "paper sizes")?;
            let mut names = card.rows.iter().map(|row| &row.name);
            names.try_for_each(|name| limit::text(name, limit::NAME, "name of a paper size"))?;
        }
        for documents in [&self.documents, &self.closed] {
            limit::count(documents.len(), limit::DOCUMENTS, "documents")?;
            documents.iter().try_for_each(Document::check)?;
        }
        limit::count(self.leases.len(), limit::LEASES, "leases")?;
        self.leases.iter().try_for_each(Lease::check)?;
        limit::at_least_zero(self.lease_policy.points, "number of points of a lease")
    }

    /// One of its accounts.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&AccountView> {
        self.accounts.iter().find(|account| account.id == id)
    }
}

/// An account, unless it is of a kind that this version does not know.
struct Known(Option<AccountView>);

impl<'de> Deserialize<'de> for Known {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let form = Value::deserialize(from)?;
        let is_known = form.get("kind").is_none_or(|kind| {
            let name = kind.as_str();
            name.is_some_and(|name| Kind::read(name.to_owned()).is_ok())
        });
        let account = is_known.then(|| AccountView::deserialize(form));
        account.transpose().map(Self).map_err(D::Error::custom)
    }
}

fn known_accounts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<AccountView>, D::Error> {
    let accounts = Vec::<Known>::deserialize(from)?;
    Ok(accounts.into_iter().filter_map(|one| one.0).collect())
}

pub(super) fn known_account<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<AccountView>, D::Error> {
    Ok(Option::<Known>::deserialize(from)?.and_then(|one| one.0))
}

impl AccountView {
    pub(super) fn check(&self) -> Result<(), Fault> {
        limit::text(&self.name, limit::NAME, "name of an account")?;
        let Balance {
            pending, leased, ..
        } = self.balance;
        limit::at_least_zero(pending, "number of points reserved")?;
        limit::at_least_zero(leased, "number of points set aside")?;
        limit::at_least_zero(self.limit.unwrap_or_default(), "limit of an account")?;
        limit::at_least_zero(self.exceed_by, "excess of an account")?;
        // Whatever is computed of them fits as well.
        let fits = self.balance.committed().and_then(|_| {
            let room = self.balance.room(&self.account())?;
            room.unwrap_or_default().plus(leased)
        });
        fits.map(drop)
            .map_err(|_| limit::out_of_range("balance of an account", &self.balance.posted))
    }

    /// The account as the rules know it, as far as a client is told of it.
    #[must_use]
    pub fn account(&self) -> Account {
        Account {
            id: self.id,
            name: self.name.clone(),
            code: String::new(),
            enabled: true,
            start: None,
            expiry: None,
            kind: self.kind,
            limit: self.limit,
            exceed_by: self.exceed_by,
            access: Access::Everyone,
            on_clients: true,
            archived: false,
            version: 0,
        }
    }
}

impl Document {
    pub(super) fn check(&self) -> Result<(), Fault> {
        limit::text(&self.name, limit::NAME, "name of a document")?;
        limit::text(&self.queue, limit::QUEUE, "name of a queue")?;
        limit::text(
            self.reason.as_deref().unwrap_or_default(),
            limit::SENTENCE,
            "reason",
        )?;
        let Some(release) = &self.release else {
            return Ok(());
        };
        limit::text(&release.printer, limit::QUEUE, "printer")?;
        let approval = release.approval.as_deref().unwrap_or_default();
        limit::text(approval, limit::SIGNED, "approval")
    }
}

impl Lease {
    pub(super) fn check(&self) -> Result<(), Fault> {
        limit::at_least_zero(self.granted, "number of points of a lease")?;
        limit::at_least_zero(self.drawn, "number of points drawn")?;
        let signed = self.signed.as_deref().unwrap_or_default();
        limit::text(signed, limit::SIGNED, "signed lease")
    }

    /// granted − drawn, as far as the server knows.
    ///
    /// *Errors*: [`PointsError::Overflow`].
    pub fn left(&self) -> Result<Points, PointsError> {
        self.granted.minus(self.drawn)
    }
}
