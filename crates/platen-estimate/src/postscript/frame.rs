//! What a running program is in the midst of. *Source*: PLRM, section 3.6.

use super::object::{Object, Slice};

/// What is being run, innermost last.
#[derive(Clone, Copy)]
pub(super) enum Frame {
    Procedure {
        body: Slice,
        at: u32,
    },
    File(u32),
    /// A string that is run.
    Text(Slice),
    Loop(Object),
    Repeat {
        body: Object,
        left: i32,
    },
    ForInt {
        body: Object,
        next: i32,
        step: i32,
        limit: i32,
    },
    ForReal {
        body: Object,
        next: f32,
        step: f32,
        limit: f32,
    },
    ForArray {
        body: Object,
        items: Slice,
    },
    ForString {
        body: Object,
        text: Slice,
    },
    ForDict {
        body: Object,
        dict: u32,
        place: u32,
    },
    Stopped,
}

impl Frame {
    /// Whether `exit` ends it.
    pub(super) const fn is_loop(&self) -> bool {
        !matches!(
            self,
            Self::Procedure { .. } | Self::File(_) | Self::Text(_) | Self::Stopped
        )
    }
}
