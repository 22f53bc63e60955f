//! Devices: clients that work without network, and what they deliver.

use std::sync::Arc;

use jiff::Timestamp;
use platen_domain::{AccountId, DocumentId, LeaseId, Person, RateCard, UserId};
use uuid::Uuid;

use crate::document::{Document, Facts, NewDocument, Reserve, Scope, Settlement};
use crate::lease::{Lease, LeaseAsk, LeaseReceipt};
use crate::session::Session;
use crate::site::Settings;
use crate::view::UserView;

/// One person's client on one computer. *Source*: rules.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Made by the client when it is first set up; anew after a reinstallation.
    pub id: Uuid,
    /// Whose client it is.
    pub user: UserId,
    /// What people call the computer; kept up to 300 characters.
    pub name: String,
    /// Its public key for Ed25519 (RFC 8032).
    pub key: [u8; 32],
    /// Its user's name at its print system, as approvals and leases name it;
    /// empty: it was not told. Kept up to 300 characters.
    pub login: String,
    /// The public key of its computer's gate (RFC 8032); none: there is none.
    pub gate: Option<[u8; 32]>,
    /// The session that it is signed in with.
    pub session: Uuid,
    /// The number of the last operation of its own that was carried out or
    /// refused; zero before the first.
    pub applied: u64,
    /// When it was set up.
    pub made_at: Timestamp,
    /// When it delivered or signed in last.
    pub seen_at: Timestamp,
}

impl Device {
    /// Devices that a list has at most, those that were here last.
    pub const LISTED: u32 = 100;
}

/// One of a person's own devices, as he sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnDevice {
    /// The device.
    pub device: Device,
    /// Whether the session that it was set up with still lets it in.
    pub signed_in: bool,
}

/// One operation from a device's outbox. *Source*: rules.md R-18.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The device.
    pub device: Uuid,
    /// Its place in the outbox: 1, 2, 3 and so on, without a gap.
    pub sequence: u64,
    /// Made and stored by the device before it was sent.
    pub id: Uuid,
    /// Fingerprint of what is asked, so that another request under the same
    /// number is found out.
    pub request: [u8; 32],
    /// The device has all answers up to this number.
    pub answered: u64,
    /// Who is signed in, with the groups of the identity provider.
    pub person: Person,
    /// What is asked.
    pub operation: DeviceOperation,
}

/// A document that a device judged by itself, without network. It wins over
/// whatever the ledger made of the document meanwhile. *Source*: rules.md R-39.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedOnLease {
    /// The document.
    pub document: NewDocument,
    /// What was reserved, on a lease that it names.
    pub ask: Reserve,
    /// The version of the rate card that the device had.
    pub card: u64,
    /// The printer that it was released to, and the number of its approval,
    /// where the device did that by itself as well.
    pub release: Option<(String, Uuid)>,
}

/// What a device may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceOperation {
    /// As [`Ledger::place`](crate::Ledger::place).
    Place(Box<(NewDocument, Reserve)>),
    /// Records a document that the device judged by itself.
    PlaceOnLease(Box<PlacedOnLease>),
    /// As [`Ledger::reprice`](crate::Ledger::reprice).
    Reprice(DocumentId, Box<Facts>),
    /// As [`Ledger::change_account`](crate::Ledger::change_account).
    ChangeAccount(DocumentId, AccountId, Scope),
    /// As [`Ledger::set_active`](crate::Ledger::set_active).
    SetActive(AccountId),
    /// Records a document and that it can't be analysed.
    Unreadable(Box<(NewDocument, String)>),
    /// As [`Ledger::delete`](crate::Ledger::delete).
    Delete(DocumentId),
    /// As [`Ledger::begin_release`](crate::Ledger::begin_release).
    BeginRelease(DocumentId, String, Uuid),
    /// As [`Ledger::abandon_release`](crate::Ledger::abandon_release).
    AbandonRelease(DocumentId, String),
    /// As [`Ledger::settle`](crate::Ledger::settle).
    Settle(DocumentId, Settlement),
    /// As [`Ledger::mark_notified`](crate::Ledger::mark_notified).
    Notified(DocumentId),
    /// As [`Ledger::grant_lease`](crate::Ledger::grant_lease).
    AskLease(Box<LeaseAsk>),
    /// As [`Ledger::return_lease`](crate::Ledger::return_lease), with what the gate says
    /// that counts on the lease.
    ReturnLease(LeaseId, Option<Box<LeaseReceipt>>),
    /// Something that can't be understood, or that the site's policy forbids: the
    /// refusal is its answer, and the outbox goes on.
    Refused {
        /// For programs.
        code: String,
        /// For people.
        text: String,
    },
}

/// What became of a delivered operation; the same each time that it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// It was carried out.
    Done,
    /// It can't be; a person reads why.
    Refused {
        /// For programs, such as `insufficient-points`.
        code: String,
        /// For people.
        text: String,
    },
}

/// Everything that a device is told, as it stands at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceView {
    /// The device, with the number of its last operation that is in this.
    pub device: Device,
    /// What its person sees.
    pub user: UserView,
    /// Its leases that are not closed, oldest first.
    pub leases: Vec<Lease>,
    /// The site's settings.
    pub settings: Settings,
    /// The rate card in force, if there is one.
    pub card: Option<Arc<RateCard>>,
    /// The newest of the person's documents that are no longer open, at most
    /// [`DeviceView::CLOSED`] of them.
    pub closed: Vec<Document>,
}

/// Who shows a secret, and what he is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceSight {
    /// What the secret stands for: it lets the device in.
    pub session: Session,
    /// All that the device is told.
    pub view: DeviceView,
}

impl DeviceView {
    /// Documents that are no longer open in one view at most.
    pub const CLOSED: u32 = 20;
}
