//! What a failed request means, in the words of [`ProviderError`].

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{DiscoveryError, ErrorResponse, RequestTokenError, StandardErrorResponse};

use crate::error::ProviderError;
use crate::http::HttpError;
use crate::party::Party;

/// What the provider says about a refusal, fit for a sentence.
pub(super) fn words(answer: &StandardErrorResponse<CoreErrorResponseType>) -> String {
    let text = answer
        .error_description()
        .cloned()
        .unwrap_or_else(|| answer.error().as_ref().to_owned());
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

pub(super) fn faulty(party: &Party, what: &str) -> ProviderError {
    ProviderError::Faulty {
        host: party.host(),
        what: what.to_owned(),
    }
}

pub(super) fn from_http(party: &Party, error: &HttpError) -> ProviderError {
    tracing::info!(%error, source = ?std::error::Error::source(error).map(ToString::to_string), "the provider did not answer");
    match error {
        HttpError::Unreachable(_) => ProviderError::Unreachable { host: party.host() },
        HttpError::Insecure(host) => ProviderError::Insecure { host: host.clone() },
        HttpError::TooLarge => faulty(party, "its answer is far too large"),
        HttpError::Request(_) => faulty(party, "it names an address that is not valid"),
    }
}

pub(super) fn from_discovery(party: &Party, error: DiscoveryError<HttpError>) -> ProviderError {
    match error {
        DiscoveryError::Request(error) => from_http(party, &error),
        DiscoveryError::Response(status, _, _) if !status.is_success() => {
            faulty(party, &format!("it answers {status}"))
        }
        DiscoveryError::Validation(text) => {
            tracing::warn!(%text, "the provider names another issuer");
            ProviderError::WrongIssuer {
                expected: party.issuer_text(),
                found: found_issuer(&text),
            }
        }
        other => {
            tracing::info!(error = %other, "the provider's description is not valid");
            faulty(party, "its description can't be read")
        }
    }
}

/// `openidconnect` names the other issuer in its text alone, in backticks.
fn found_issuer(text: &str) -> String {
    text.split('`')
        .nth(1)
        .unwrap_or("something else")
        .chars()
        .take(200)
        .collect()
}

pub(super) fn from_token<E: ErrorResponse>(
    party: &Party,
    error: &RequestTokenError<HttpError, E>,
) -> ProviderError {
    match error {
        RequestTokenError::Request(error) => from_http(party, error),
        RequestTokenError::ServerResponse(_) => faulty(party, "it refused"),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            faulty(party, "its answer can't be read")
        }
    }
}
