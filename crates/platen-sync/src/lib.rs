//! How a client and its server keep in step.
//!
//! [`wire`] holds the messages. *Invariant*: no IO, no clock, no randomness, no
//! task; times, identifiers and random numbers come in as arguments, so that the
//! simulator runs what people run.

pub mod wire;
