//! What monitors ask: is it alive, is it of use, what does it count.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use platen_web::Central;
use tokio::sync::watch;

use crate::config::Network;
use crate::metrics::Metrics;
use crate::observe::Client;
use crate::stop::Stop;

/// What the answers are made of.
pub(crate) struct Health {
    /// Whether the ledger answers.
    pub(crate) ledger: watch::Receiver<bool>,
    /// Said when no new work should come.
    pub(crate) draining: Stop,
    pub(crate) metrics: Metrics,
    /// Who waits for news.
    pub(crate) central: Arc<Central>,
    /// Who may read the metrics.
    pub(crate) allow: Vec<Network>,
}

/// `/healthz` and `/readyz`, for everybody: they tell nothing.
pub(crate) fn routes(health: &Arc<Health>) -> Router {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .with_state(health.clone())
}

/// `/metrics`, for those who may.
pub(crate) fn metrics_route(health: &Arc<Health>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(health.clone())
}

async fn alive() -> Response {
    plain(StatusCode::OK, "alive\n")
}

async fn ready(State(health): State<Arc<Health>>) -> Response {
    if health.draining.is_stopped() {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    if !*health.ledger.borrow() {
        return plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "the ledger does not answer\n",
        );
    }
    plain(StatusCode::OK, "ready\n")
}

async fn metrics(
    State(health): State<Arc<Health>>,
    Extension(client): Extension<Client>,
) -> Response {
    let from = client.address.ip();
    let allowed = health.allow.iter().any(|network| network.contains(from));
    if !client.certain || !allowed {
        return plain(StatusCode::NOT_FOUND, "nothing here\n");
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
    ];
    health.metrics.wait_for_news(health.central.waiting());
    (headers, health.metrics.text()).into_response()
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, text).into_response()
}
