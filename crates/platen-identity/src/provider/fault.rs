//! What a failed request means, in the words of [`ProviderError`].

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{DiscoveryError, ErrorResponse, RequestTokenError, StandardErrorResponse};

use crate::IdentityConfig;
use crate::error::ProviderError;
use crate::http::HttpError;

/// What the provider says about a refusal, fit for a sentence.
pub(super) fn words(answer: &StandardErrorResponse<CoreErrorResponseType>) -> String {
    let text = answer
        .error_description()
        .cloned()
        .unwrap_or_else(|| answer.error().as_ref().to_owned());
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

pub(super) fn faulty(config: &IdentityConfig, what: &str) -> ProviderError {
    ProviderError::Faulty {
        host: config.host(),
        what: what.to_owned(),
    }
}

pub(super) fn from_http(config: &IdentityConfig, error: &HttpError) -> ProviderError {
    tracing::info!(%error, source = ?std::error::Error::source(error).map(ToString::to_string), "the provider did not answer");
    match error {
        HttpError::Unreachable(_) => ProviderError::Unreachable {
            host: config.host(),
        },
        HttpError::Insecure(host) => ProviderError::Insecure { host: host.clone() },
        HttpError::TooLarge => faulty(config, "its answer is far too large"),
        HttpError::Request(_) => faulty(config, "it names an address that is not valid"),
    }
}

pub(super) fn from_discovery(
    config: &IdentityConfig,
    error: DiscoveryError<HttpError>,
) -> ProviderError {
    match error {
        DiscoveryError::Request(error) => from_http(config, &error),
        DiscoveryError::Response(status, _, _) if !status.is_success() => {
            faulty(config, &format!("it answers {status}"))
        }
        DiscoveryError::Validation(text) => {
            tracing::warn!(%text, "the provider names another issuer");
            ProviderError::WrongIssuer {
                expected: config.issuer_text(),
                found: found_issuer(&text),
            }
        }
        other => {
            tracing::info!(error = %other, "the provider's description is not valid");
            faulty(config, "its description can't be read")
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
    config: &IdentityConfig,
    error: &RequestTokenError<HttpError, E>,
) -> ProviderError {
    match error {
        RequestTokenError::Request(error) => from_http(config, error),
        RequestTokenError::ServerResponse(_) => faulty(config, "it refused"),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            faulty(config, "its answer can't be read")
        }
    }
}
