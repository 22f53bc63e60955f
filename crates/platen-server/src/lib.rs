//! What the central server does beside serving pages: it prints.

pub mod printing;
