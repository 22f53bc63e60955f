//! What every request of a program gets, whatever becomes of it: an id, and
//! failures in the form of a problem. What protects answers in browsers the guard
//! adds, and it adds no CORS header: other sites get nothing.

use axum::extract::Request;
use axum::http::header::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use uuid::Uuid;

use super::problem;

/// Surrounds every request of a program.
pub(super) async fn envelope(request: Request, next: Next) -> Response {
    let id = Uuid::now_v7();
    let span = tracing::info_span!("api", request.id = %id);
    let response = next.run(request).instrument(span).await;
    let mut response = problem::write_out(response, id);
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}
