//! The life of a document.

use uuid::Uuid;

/// Names one submitted document: the spooler's own job UUID, so that a restart,
/// a reused job number or a second client can't make two of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub Uuid);

/// Where a document stands. *Source*: rules.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentState {
    /// Known and held; its cost is not known yet.
    Submitted,
    /// Could not be analysed: held until somebody decides.
    Unreadable,
    /// Charged as pending and held until it is released.
    Held,
    /// Declined: cancelled, nothing charged; another account may revive it.
    Canceled,
    /// Approved for a printer; not yet known to be printed.
    Releasing,
    /// Printed, and its points posted.
    Printed,
    /// The printer failed; its points were returned.
    Failed,
    /// Its owner deleted it; its points were returned.
    Deleted,
    /// Nobody released it in time; its points were returned.
    Expired,
}

impl DocumentState {
    /// Every state, in the order of a document's life.
    pub const ALL: [Self; 9] = [
        Self::Submitted,
        Self::Unreadable,
        Self::Held,
        Self::Canceled,
        Self::Releasing,
        Self::Printed,
        Self::Failed,
        Self::Deleted,
        Self::Expired,
    ];

    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Unreadable => "unreadable",
            Self::Held => "held",
            Self::Canceled => "canceled",
            Self::Releasing => "releasing",
            Self::Printed => "printed",
            Self::Failed => "failed",
            Self::Deleted => "deleted",
            Self::Expired => "expired",
        }
    }

    /// Finds a state by its stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Submitted => "Checking",
            Self::Unreadable => "Needs attention",
            Self::Held => "Ready to release",
            Self::Canceled => "Canceled",
            Self::Releasing => "Printing",
            Self::Printed => "Printed",
            Self::Failed => "Failed",
            Self::Deleted => "Deleted",
            Self::Expired => "Expired",
        }
    }

    /// Whether the document is in the list of submitted documents.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Submitted | Self::Unreadable | Self::Held | Self::Canceled | Self::Releasing
        )
    }

    /// Whether the account may still be changed (R-22: not yet released).
    #[must_use]
    pub const fn account_can_change(self) -> bool {
        matches!(self, Self::Held | Self::Canceled)
    }

    /// Whether the document holds a reservation.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        matches!(self, Self::Held | Self::Releasing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_found_by_its_name() {
        for state in DocumentState::ALL {
            assert_eq!(DocumentState::from_name(state.name()), Some(state));
        }
        assert_eq!(DocumentState::from_name("lost"), None);
    }
}
