//! What the central server does beside serving pages: it prints, and signs what
//! gates take.

pub mod printing;
pub mod signing;
