//! Points that a device holds for use without network.

use uuid::Uuid;

/// Names one lease of points to a device. *Source*: rules.md R-39.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId(pub Uuid);
