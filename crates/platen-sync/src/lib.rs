//! How a client and its server keep in step.
//!
//! [`wire`] holds the messages, [`engine`] the client's half. *Invariant*: no IO, no clock, no randomness, no
//! task; times, identifiers and random numbers come in as arguments, so that the
//! simulator runs what people run.

pub mod engine;
pub mod wire;
