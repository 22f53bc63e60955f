//! Web pages for people: the user portal, served over HTTP to one window.
//!
//! May know the domain and HTTP. May not know who is signed in, how the ledger
//! stores anything, or whether it is embedded in the tray app or runs on a
//! server: who may enter reaches it as an [`Entrance`], what they see and do as
//! a [`portal::Portal`]. Pages work without scripts; a small script makes them
//! follow changes. All words are in [`words`].

mod api;
pub mod central;
mod console;
mod cookies;
pub mod entrance;
pub mod facts;
mod flash;
pub mod from_ledger;
mod guard;
mod hub;
mod language;
mod local_path;
pub mod names;
mod pages;
pub mod portal;
mod router;
mod session;
mod sign_in;
mod statics;
mod sync;
mod uses;
pub mod words;

pub use api::{ApiLimits, ROUTES as API_ROUTES};
pub use central::{Central, CentralConfig, IdentityProvider};
pub use console::ROUTES as CONSOLE_ROUTES;
pub use entrance::Entrance;
pub use language::Language;
pub use platen_identity::{Scopes, Secret};
pub use platen_sync::wire::LINES_CONTENT_TYPE;
pub use portal::{
    AccountChoice, Answer, Check, Diagnostics, DocumentRow, FinishingChange, FinishingView,
    HistoryPage, HistoryQuery, HistoryRow, HistorySort, Portal, PortalError, PortalView,
    PrinterChoice, PushSubscription, Reason, ReceiptView, Scope, Trouble, Upload, UploadRoom,
    Uploaded,
};
pub use router::{PORTAL_ROUTES, central_router, router};
pub use sign_in::DOOR_ROUTES;
pub use sync::ROUTES as SYNC_ROUTES;
