//! Answers to clients; each names the versions of the protocol, so that no proxy's
//! page is taken for one.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::Stream;
use platen_ledger::LedgerError;
use platen_sync::wire::{
    CONTENT_TYPE, Failure, FailureCode, HEADER, LINES_CONTENT_TYPE, Protocols,
};

/// What a client waits for at least that can't be served at the moment.
const RETRY_AFTER_S: u32 = 5;

/// Asks proxies to pass on at once what comes.
const NOT_KEPT: HeaderName = HeaderName::from_static("x-accel-buffering");

/// A message.
pub(super) fn message(json: String) -> Response {
    answer(StatusCode::OK, json)
}

/// Messages that come one after the other, each in a line of its own.
pub(super) fn lines<S>(lines: S) -> Response
where
    S: Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
{
    let mut response = Body::from_stream(lines).into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static(LINES_CONTENT_TYPE);
    headers.insert(header::CONTENT_TYPE, kind);
    // *Source*: nginx, `proxy_buffering`.
    headers.insert(NOT_KEPT, HeaderValue::from_static("no"));
    name_versions(&mut response);
    response
}

/// Nothing changed.
pub(super) fn nothing() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    name_versions(&mut response);
    response
}

/// A request failed as a whole.
pub(super) fn failure(failure: &Failure) -> Response {
    let status = match failure.code {
        FailureCode::SignedOut => StatusCode::UNAUTHORIZED,
        FailureCode::Revoked => StatusCode::FORBIDDEN,
        FailureCode::ClientTooOld => StatusCode::UPGRADE_REQUIRED,
        FailureCode::OutOfOrder | FailureCode::Diverged => StatusCode::CONFLICT,
        FailureCode::ServerTooOld | FailureCode::Malformed => StatusCode::BAD_REQUEST,
        FailureCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        FailureCode::Busy => StatusCode::SERVICE_UNAVAILABLE,
        FailureCode::Unknown => StatusCode::NOT_FOUND,
    };
    let mut response = answer(status, failure.to_json());
    let headers = response.headers_mut();
    if let Some(seconds) = failure.retry_after_s {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if failure.code == FailureCode::SignedOut {
        let challenge = HeaderValue::from_static("Bearer realm=\"Platen\"");
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// A failure without particulars.
pub(super) fn fail(code: FailureCode, sentence: impl Into<String>) -> Response {
    failure(&Failure {
        code,
        sentence: sentence.into(),
        retry_after_s: (code == FailureCode::Busy).then_some(RETRY_AFTER_S),
        expected: None,
    })
}

/// The ledger does not answer.
pub(super) fn away(error: &LedgerError) -> Response {
    tracing::error!(%error, "the ledger did not answer a client");
    let sentence = "The print server can't reach its records. Nothing is lost; it is tried again.";
    fail(FailureCode::Busy, sentence)
}

/// A body that did not come whole, or is too large.
pub(super) fn unreadable(rejection: &BytesRejection) -> Response {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return fail(FailureCode::TooLarge, "The request is too large.");
    }
    fail(FailureCode::Malformed, "The request did not arrive whole.")
}

fn answer(status: StatusCode, json: String) -> Response {
    let mut response = (status, Body::from(json)).into_response();
    let kind = HeaderValue::from_static(CONTENT_TYPE);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    name_versions(&mut response);
    response
}

fn name_versions(response: &mut Response) {
    let versions = HeaderValue::from_str(&Protocols::OURS.to_string());
    let versions = versions.expect("digits and a dash stand in a header");
    response.headers_mut().insert(HEADER, versions);
}
