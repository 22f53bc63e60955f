//! Takes in what a program sends, within limits on size, time and form.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

use super::json::Json;
use super::problem::{Kind, Problem};

/// Bytes of a body at most: ten thousand people in an access list.
pub(super) const MOST_BYTES: usize = 1024 * 1024;

/// How long a body may take to come.
const LONGEST: Duration = Duration::from_secs(10);

/// The whole body.
///
/// *Errors*: too large, too slow, broken off.
/// *Cancel safety*: what was read is lost.
pub(super) async fn whole(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let too_large = || {
        let detail = format!("A body has {MOST_BYTES} bytes at most.");
        Problem::new(Kind::TooLarge, detail)
    };
    let announced = headers.get(axum::http::header::CONTENT_LENGTH);
    let announced: Option<usize> = announced.and_then(|it| it.to_str().ok()?.parse().ok());
    if announced.is_some_and(|bytes| bytes > MOST_BYTES) {
        return Err(too_large());
    }
    match tokio::time::timeout(LONGEST, to_bytes(body, MOST_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_long(&error) => Err(too_large()),
        Ok(Err(_)) => Err(Problem::new(Kind::Malformed, "The body broke off.")),
        Err(_) => Err(Problem::new(
            Kind::Slow,
            format!(
                "A body has to be there within {} seconds.",
                LONGEST.as_secs()
            ),
        )),
    }
}

fn is_too_long(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        next = error.source();
    }
    false
}

/// The media type without its parameters.
fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let kind = value.unwrap_or_default().split(';').next();
    kind.unwrap_or_default().trim().to_ascii_lowercase()
}

/// Refuses a body in another form than `expected`.
pub(super) fn check_media_type(headers: &HeaderMap, expected: &[&str]) -> Result<(), Problem> {
    if expected.contains(&media_type(headers).as_str()) {
        return Ok(());
    }
    let detail = format!("The body’s Content-Type must be {}.", expected.join(" or "));
    Err(Problem::new(Kind::MediaType, detail))
}

/// A body of JSON.
pub(super) fn json(headers: &HeaderMap, bytes: &[u8]) -> Result<Json, Problem> {
    check_media_type(headers, &["application/json"])?;
    Json::read(bytes).map_err(|error| Problem::new(Kind::Malformed, error.to_string()))
}
