//! The tray icon as a value.

use platen_domain::Standing;
use platen_words::Speech;

/// The icon's shape; the colour only repeats it. *Source*: rules.md R-27.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// No limit, or no account.
    Neutral,
    /// Below three quarters of the limit.
    Good,
    /// At three quarters or above.
    Low,
    /// Above the limit.
    Over,
    /// Signed out, offline, or the print system does not answer.
    Away,
}

/// What the tray shows without being opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Which icon.
    pub shape: Shape,
    /// A few words on hover.
    pub tooltip: String,
}

impl Look {
    /// The look of a working client with an active account.
    #[must_use]
    pub fn of_account(speech: &Speech, name: &str, balance_text: &str, standing: Standing) -> Self {
        let shape = match standing {
            Standing::Unlimited => Shape::Neutral,
            Standing::Good => Shape::Good,
            Standing::Low => Shape::Low,
            Standing::Over => Shape::Over,
        };
        let word = match standing {
            Standing::Low | Standing::Over => format!(" ({})", speech.standing(&standing)),
            Standing::Unlimited | Standing::Good => String::new(),
        };
        Self {
            shape,
            tooltip: format!("{name}: {balance_text}{word}"),
        }
    }

    /// The look of a client that can't do its work, with the reason.
    #[must_use]
    pub fn away(reason: &str) -> Self {
        Self {
            shape: Shape::Away,
            tooltip: format!("Platen: {reason}"),
        }
    }

    /// The look of a client without any account to charge.
    #[must_use]
    pub fn no_account(speech: &Speech) -> Self {
        Self {
            shape: Shape::Neutral,
            tooltip: speech.menu.tooltip_no_account.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use platen_words::{ENGLISH, GERMAN};

    use super::*;

    #[test]
    fn a_word_goes_with_the_colour() {
        let look = |speech| Look::of_account(speech, "Quota", "48/50", Standing::Low);
        assert_eq!(look(&ENGLISH).tooltip, "Quota: 48/50 (Running low)");
        assert_eq!(look(&GERMAN).tooltip, "Quota: 48/50 (Wird knapp)");
        assert_eq!(look(&ENGLISH).shape, Shape::Low);
    }
}
