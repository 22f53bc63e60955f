//! What a ledger promises through its public face, on whatever engine.
//!
//! Each engine's test program takes these modules in and says in its `place`
//! where a ledger of that engine lives.

mod access;
mod adjusting;
mod bad_input;
mod bulk;
mod checking;
mod clocks;
mod concurrency;
mod contents;
mod copying;
mod crowd;
mod delivering;
mod desk;
mod directory;
mod documents;
mod editing;
mod exporting;
mod hostile;
mod importing;
mod leasing;
mod listing;
mod looking;
mod many;
mod migrating;
mod model;
mod naming;
pub(crate) mod news;
mod office;
mod overruns;
mod precedence;
mod receipts;
mod remembering;
mod repeating;
mod reporting;
mod sessions;
pub(crate) mod support;
mod undeleting;
