//! The messages between a client and its server, as JSON.
//!
//! State comes down: a whole [`View`], again whenever something changed, or
//! [`Balances`] where that is all that did.
//! Operations go up: a [`Batch`] of them, each with an id and a number, and
//! [`Answers`] come back. A request that fails as a whole is answered with a
//! [`Failure`].
//!
//! What goes over the wire has forms of its own (`form`), so that the domain's
//! types can change without the protocol. Fields that are not known are ignored;
//! variants that are not known become `Unknown`, or none. Whatever is read has
//! been held against the limits of [`limit`] before anyone sees it.

mod answer;
mod balances;
mod batch;
mod card;
mod enrolment;
mod facts;
pub(crate) mod form;
pub mod limit;
mod operation;
mod protocol;
mod view;

pub use answer::{Answer, Answered, Answers, Done, Failure, FailureCode, RefusalCode, Refused};
pub use balances::{Balances, Down, PoolBalance};
pub use batch::{Batch, Received, ReceivedOperation};
pub use card::Card;
pub use enrolment::{Enrolled, Enrolment};
pub use facts::Facts;
pub use limit::Fault;
pub use operation::{Action, Draw, GivenOut, NewDocument, Operation, Scope, Settlement};
pub use protocol::{
    CONTENT_TYPE, HEADER, LINES_CONTENT_TYPE, NoCommonProtocol, PROTOCOL, Protocols, WhoUpdates,
};
pub use view::{
    AccountView, Document, Lease, LeasePolicy, LeaseState, Release, Settings, UnreadablePolicy,
    User, View,
};
