//! What can go wrong with a provider, each with a sentence for a person.

/// Why a provider can't be relied on at the moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// No answer: network, name or service is down.
    #[error(
        "The sign-in service {host} can't be reached. Check the network connection and try again."
    )]
    Unreachable {
        /// The provider's host.
        host: String,
    },
    /// Plain http to another machine would show tokens to the network.
    #[error(
        "The sign-in service {host} is not reached through https, so Platen does not use it. Please tell your administrator."
    )]
    Insecure {
        /// The host that was asked for.
        host: String,
    },
    /// The provider calls itself something else than what is configured.
    #[error(
        "The sign-in service names itself {found}, but Platen was set up for {expected}. Please tell your administrator."
    )]
    WrongIssuer {
        /// The issuer in Platen's configuration.
        expected: String,
        /// What the provider said.
        found: String,
    },
    /// The signature does not fit any key that the provider publishes.
    #[error(
        "The answer of the sign-in service is signed with a key that is not its own, so it was refused. Please tell your administrator."
    )]
    WrongKey,
    /// Another check of the answer failed.
    #[error(
        "The answer of the sign-in service was refused: {what}. Please try again, and tell your administrator if it happens again."
    )]
    Untrusted {
        /// What is wrong with it.
        what: String,
    },
    /// This computer and the provider disagree on the time.
    #[error("{}", clock_sentence(*.ahead_s))]
    ClockOff {
        /// How far this computer is ahead of the provider; negative if behind.
        ahead_s: i64,
    },
    /// The provider answers, but not as the standard asks.
    #[error(
        "The sign-in service {host} does not work properly at the moment: {what}. Please try again later."
    )]
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
}

fn clock_sentence(ahead_s: i64) -> String {
    let minutes = ahead_s.unsigned_abs().div_ceil(60);
    let direction = if ahead_s > 0 { "ahead of" } else { "behind" };
    format!(
        "This computer's clock is about {minutes} minutes {direction} the sign-in service. \
         Set the clock (best: let it be set automatically) and sign in again."
    )
}

/// Why a sign-in did not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// There is no issuer to sign in at.
    #[error("No sign-in service is set up; the computer's own user is used.")]
    NotConfigured,
    /// The provider is the reason.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The person said no in the browser.
    #[error("Sign-in was cancelled in the browser.")]
    Cancelled,
    /// The provider said no.
    #[error("The sign-in service refused: {what}.")]
    Refused {
        /// The provider's own words, or its error code.
        what: String,
    },
    /// Nobody finished the sign-in in the browser.
    #[error("Sign-in was not finished in the browser in time. Please try again.")]
    Timeout,
    /// The loopback address could not be opened.
    #[error("Platen could not wait for the browser's answer on this computer. Please try again.")]
    Listener,
    /// The identity's task is gone: the program is ending.
    #[error("Platen is closing.")]
    Closing,
}

/// Why the sign-in could not be renewed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// Nobody is signed in.
    #[error("Nobody is signed in. Please sign in first.")]
    SignedOut,
    /// The provider no longer accepts this sign-in.
    #[error("Your sign-in has ended or was withdrawn. Please sign in again.")]
    Revoked,
    /// It has run out, and the provider gave nothing to renew it with.
    #[error("Your sign-in has run out. Please sign in again.")]
    Expired,
    /// The provider is the reason.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The identity's task is gone: the program is ending.
    #[error("Platen is closing.")]
    Closing,
}
