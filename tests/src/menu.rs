//! What the tray shows, as read from the session bus.

use serde::{Deserialize, Serialize};

/// The tray as a panel sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// On hover.
    pub tooltip: String,
    /// A fingerprint of the icon's pixels.
    pub icon: u64,
    /// The menu.
    pub items: Vec<MenuItem>,
}

/// One line of the menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuItem {
    /// Its number on the bus.
    pub id: i32,
    /// What it says.
    pub label: String,
    /// A line that separates.
    pub separator: bool,
    /// Whether it can be chosen.
    pub enabled: bool,
    /// Whether it is chosen, for those that can be.
    pub checked: Option<bool>,
    /// Its own menu.
    pub items: Vec<MenuItem>,
}

impl MenuItem {
    /// The first item, at any depth, whose label begins with `label`.
    #[must_use]
    pub fn find<'a>(items: &'a [Self], label: &str) -> Option<&'a Self> {
        items.iter().find_map(|item| {
            if item.label.starts_with(label) && item.items.is_empty() {
                return Some(item);
            }
            Self::find(&item.items, label)
        })
    }
}
