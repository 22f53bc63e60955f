//! Names of reservations.

use uuid::Uuid;

/// How they are made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keys {
    /// UUIDv4: each somewhere else in the index.
    Random,
    /// UUIDv7: each at its end.
    Ordered,
}

impl Keys {
    pub(crate) fn next(self) -> Uuid {
        match self {
            Self::Random => Uuid::new_v4(),
            Self::Ordered => Uuid::now_v7(),
        }
    }
}
