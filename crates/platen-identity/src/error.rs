//! What can go wrong with a provider, each with a sentence for a person.
//!
//! As text an error is its sentence in English, as it is logged.

use std::fmt::{Display, Formatter, Result as Written};

use platen_words::{ENGLISH, Speech, fill};

/// Why a provider can't be relied on at the moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// No answer: network, name or service is down.
    Unreachable {
        /// The provider's host.
        host: String,
    },
    /// Plain http to another machine would show tokens to the network.
    Insecure {
        /// The host that was asked for.
        host: String,
    },
    /// The provider calls itself something else than what is configured.
    WrongIssuer {
        /// The issuer in Platen's configuration.
        expected: String,
        /// What the provider said.
        found: String,
    },
    /// The signature does not fit any key that the provider publishes.
    WrongKey,
    /// Another check of the answer failed.
    Untrusted {
        /// What is wrong with it.
        what: String,
    },
    /// This computer and the provider disagree on the time.
    ClockOff {
        /// How far this computer is ahead of the provider; negative if behind.
        ahead_s: i64,
    },
    /// The provider answers, but not as the standard asks.
    Faulty {
        /// The provider's host.
        host: String,
        /// What is wrong with it.
        what: String,
    },
}

impl ProviderError {
    /// Whether waiting may help, without anybody changing anything.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Faulty { .. })
    }

    /// What a person reads.
    #[must_use]
    pub fn sentence(&self, speech: &Speech) -> String {
        let words = &speech.sign_in;
        match self {
            Self::Unreachable { host } => fill(words.unreachable, &[host]),
            Self::Insecure { host } => fill(words.insecure, &[host]),
            Self::WrongIssuer { expected, found } => fill(words.wrong_issuer, &[found, expected]),
            Self::WrongKey => words.wrong_key.to_owned(),
            Self::Untrusted { what } => fill(words.untrusted, &[what]),
            Self::ClockOff { ahead_s } => {
                let minutes = ahead_s.unsigned_abs().div_ceil(60).to_string();
                let word = if *ahead_s > 0 {
                    words.clock_ahead
                } else {
                    words.clock_behind
                };
                fill(word, &[&minutes])
            }
            Self::Faulty { host, what } => fill(words.faulty, &[host, what]),
        }
    }
}

impl Display for ProviderError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Written {
        formatter.write_str(&self.sentence(&ENGLISH))
    }
}

/// Why a sign-in did not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// There is no issuer to sign in at.
    NotConfigured,
    /// The provider is the reason.
    Provider(#[from] ProviderError),
    /// The person said no in the browser.
    Cancelled,
    /// The provider said no.
    Refused {
        /// The provider's own words, or its error code.
        what: String,
    },
    /// Nobody finished the sign-in in the browser.
    Timeout,
    /// The loopback address could not be opened.
    Listener,
    /// The identity's task is gone: the program is ending.
    Closing,
}

impl SignInError {
    /// What a person reads.
    #[must_use]
    pub fn sentence(&self, speech: &Speech) -> String {
        let words = &speech.sign_in;
        match self {
            Self::NotConfigured => words.not_configured,
            Self::Provider(error) => return error.sentence(speech),
            Self::Cancelled => words.cancelled,
            Self::Refused { what } => return fill(words.refused, &[what]),
            Self::Timeout => words.timeout,
            Self::Listener => words.listener,
            Self::Closing => words.closing,
        }
        .to_owned()
    }
}

impl Display for SignInError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Written {
        formatter.write_str(&self.sentence(&ENGLISH))
    }
}

/// Why the sign-in could not be renewed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// Nobody is signed in.
    SignedOut,
    /// The provider no longer accepts this sign-in.
    Revoked,
    /// It has run out, and the provider gave nothing to renew it with.
    Expired,
    /// The provider is the reason.
    Provider(#[from] ProviderError),
    /// The identity's task is gone: the program is ending.
    Closing,
}

impl RefreshError {
    /// What a person reads.
    #[must_use]
    pub fn sentence(&self, speech: &Speech) -> String {
        let words = &speech.sign_in;
        match self {
            Self::SignedOut => words.sign_in_first,
            Self::Revoked => words.yours_revoked,
            Self::Expired => words.yours_expired,
            Self::Provider(error) => return error.sentence(speech),
            Self::Closing => words.closing,
        }
        .to_owned()
    }
}

impl Display for RefreshError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Written {
        formatter.write_str(&self.sentence(&ENGLISH))
    }
}
