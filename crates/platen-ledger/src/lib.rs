//! The ledger: balances, reservations, leases and activities, in an SQLite file
//! or in PostgreSQL.
//!
//! This room is the only one that knows SQL. Above it stands [`Ledger`], a
//! handle whose methods are async and safe to drop. Below it, `rules` holds the
//! business rules as plain functions over one transaction, `store` the rows that
//! they work on in memory, and `engine` what SQLite and PostgreSQL do for them:
//! load rows, write rows, commit. A single thread writes: it runs what callers
//! have queued in one transaction, commits it durably, and only then answers
//! (group commit), so nothing that was answered is ever lost and nothing is
//! charged twice.
//!
//! *Invariants*: no clock is read here (times and dates come in as arguments);
//! pending points always equal the sum of the costs of documents that hold a
//! reservation; leased points always equal what open leases have left; posted
//! points always equal the sum of a balance's activities;
//! activities are never changed or removed.

mod activity;
mod announce;
mod audit;
mod chain;
mod codec;
mod content;
mod copy;
mod credential;
mod device;
mod device_store;
mod directory;
mod document;
mod engine;
mod error;
mod export;
mod host;
mod import;
mod lease;
mod ledger;
mod news;
mod page;
mod private;
mod push;
mod reader;
mod report;
mod rules;
mod session;
pub mod site;
mod store;
mod text;
mod view;
mod writer;

pub use activity::{
    Activity, ActivityFilter, ActivityKind, Adjusted, Adjustment, BulkAdjusted, BulkAdjustment,
    Change, UnknownChange,
};
pub use audit::{ACTIONS, Actor, AuditEntry, AuditFilter};
pub use content::ContentSize;
pub use copy::{Copied, CopyAsk, MayCopy};
pub use credential::Credential;
pub use device::{
    Delivered, Delivery, Device, DeviceOperation, DeviceSight, DeviceView, OwnDevice, PlacedOnLease,
};
pub use device_store::DeviceStore;
pub use directory::{
    AccountQuery, AccountRow, AccountSort, Assignment, How, Member, PeopleQuery, PersonRow, Usage,
};
pub use document::{
    Document, Facts, HistoryQuery, HistorySort, NewDocument, Outcome, Preview, Reserve, Scope,
    Settled, Settlement, Submitted, Undeleted,
};
pub use error::{AccountFault, Broken, CardFault, LedgerError, Refusal};
pub use export::{ExportFilter, ExportFormat, Exported};
pub use host::{HostName, HostRelease, LostEnd, LostReasons, LostRelease, PrintHost};
pub use import::{ImportKind, ImportRun};
pub use lease::{Lease, LeaseAsk, LeaseFilter, LeaseQuery, LeaseReceipt, LeaseState};
pub use ledger::{Desk, Import, KeptAnswer, Ledger, ListPlace, Listed};
pub use news::News;
pub use page::{Page, PageAsk};
pub use push::PushAddress;
pub use report::{Bucket, CardPreview, ReportFilter, ReportRow, TopAccount, TopPerson};
pub use session::{Session, SessionFilter, SessionKind};
pub use site::{
    AccountSpec, Leasing, LoadSummary, PeopleImported, PersonSpec, Settings, Site, SiteError,
    Unreadable,
};
pub use store::Swept;
pub use view::{
    AccountView, BalanceRow, Cursor, CursorError, HistoryPage, Progress, Restored, UserView,
    Verified,
};
