//! The rules of printing on points, and nothing else.
//!
//! Points, rate cards, accounts, access, verdicts and the life of a document.
//! *Invariant*: no IO, no clock, no task, no serialisation. Dates, times and
//! identifiers come in as arguments, so that client, server and simulator run
//! the same code.

pub mod account;
pub mod active;
pub mod balance;
pub mod document;
pub mod finishing;
pub mod layout;
pub mod lease;
pub mod options;
pub mod pages;
pub mod person;
pub mod points;
pub mod price;
pub mod rates;
pub mod size;
pub mod ticket;
pub mod verdict;

pub use account::{Access, Account, AccountId, Barred, Kind};
pub use balance::{Balance, Standing};
pub use document::{DocumentId, DocumentState};
pub use finishing::{Booklet, Finishing, PageSet, Sides};
pub use layout::{Layout, PaperUse};
pub use lease::LeaseId;
pub use options::JobOptions;
pub use pages::{PageFacts, PageRun};
pub use person::{Person, UserId};
pub use points::{Points, PointsError};
pub use price::{Receipt, ReceiptLine, ReceiptRun};
pub use rates::{PrintRates, RateCard, RateRow};
pub use size::Size;
pub use ticket::{Passage, Ticket};
pub use verdict::{Verdict, judge, judge_leased};
