//! Around every request: its number, who asks, how long it took, and an end to
//! one that does not arrive.
//!
//! Neither an address as it was asked for, nor a header, nor a body is logged:
//! they hold secrets and documents' names. The route is, as it is written in the
//! router.

mod client;
mod pace;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::HttpBody;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use uuid::Uuid;

use crate::config::Network;
use crate::metrics::{Asked, Metrics};

pub(crate) use client::{Client, client};
use pace::paced;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What watching needs.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) metrics: Metrics,
    pub(crate) trusted_proxies: Vec<Network>,
}

/// Counts and logs a request, and passes on who really asks as its
/// [`ConnectInfo`].
pub(crate) async fn observe(
    State(watch): State<Arc<Watch>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = Uuid::now_v7();
    let method = known(request.method());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let client = client(peer, request.headers(), &watch.trusted_proxies);
    request.extensions_mut().insert(ConnectInfo(client.address));
    request.extensions_mut().insert(client);
    let (request, cut) = within_time(request);
    let span = tracing::info_span!("request", request.id = %id, method, route);
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    if cut.is_some_and(|cut| cut.is_cut()) {
        response = too_slow();
    }
    let took = started.elapsed();
    let status = response.status();
    let _entered = span.entered();
    let asked = Asked {
        method,
        route,
        status: status.as_u16(),
    };
    watch.metrics.answered(&asked, took);
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let status = status.as_u16();
    let client = client.address.ip();
    if is_routine(&asked) {
        tracing::debug!(status, took_us, %client, "answered");
    } else {
        tracing::info!(status, took_us, %client, "answered");
    }
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// What monitors and pages ask for without end.
fn is_routine(asked: &Asked) -> bool {
    asked.status < 400
        && (asked.route.starts_with("/static/")
            || ["/healthz", "/readyz", "/metrics"].contains(&asked.route.as_str()))
}

/// The method by a name of which there are few.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The request with a body that is cut when it comes too slowly.
fn within_time(request: Request) -> (Request, Option<pace::Cut>) {
    if request.body().is_end_stream() {
        return (request, None);
    }
    let (head, body) = request.into_parts();
    let (body, cut) = paced(body);
    (Request::from_parts(head, body), Some(cut))
}

fn too_slow() -> Response {
    let text = "The request came too slowly. Send it again.\n";
    let mut response = (StatusCode::REQUEST_TIMEOUT, text).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
