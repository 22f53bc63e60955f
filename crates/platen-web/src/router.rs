//! All routes of the portal.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};

use crate::entrance::Entrance;
use crate::guard::guard;
use crate::pages::{about, account, document, documents, enter, events, history, problem};
use crate::portal::Portal;
use crate::statics;
use crate::words::ENGLISH;

/// The largest form is a few hundred bytes.
const BODY_LIMIT_BYTES: usize = 16 * 1024;

/// What every handler needs.
pub(crate) struct Served {
    pub(crate) portal: Arc<dyn Portal>,
    pub(crate) entrance: Arc<Entrance>,
    pub(crate) host: String,
    /// Browsers share cookies between the ports of a host; two portals on one
    /// machine must not put each other out.
    pub(crate) cookie_name: String,
}

/// Serves `portal` to whoever came in through `entrance`, under `allowed_host`
/// alone, the exact `Host` its own window asks for, such as `127.0.0.1:43211`.
pub fn router(portal: Arc<dyn Portal>, entrance: Arc<Entrance>, allowed_host: String) -> Router {
    let port = allowed_host.rsplit(':').next().unwrap_or_default();
    let served = Arc::new(Served {
        portal,
        entrance,
        cookie_name: format!("platen-{port}"),
        host: allowed_host,
    });
    Router::new()
        .route("/enter/{token}", get(enter::enter))
        .route("/static/{name}", get(statics::serve))
        .route("/", get(documents::list))
        .route("/account", get(account::page).post(account::switch))
        .route(
            "/documents/{id}/account",
            get(document::account_page).post(document::change_account),
        )
        .route(
            "/documents/{id}/finishing",
            get(document::finishing_page).post(document::set_finishing),
        )
        .route(
            "/documents/{id}/release",
            get(document::release_page).post(document::release),
        )
        .route(
            "/documents/{id}/delete",
            get(document::delete_page).post(document::delete),
        )
        .route("/documents/{id}/retry", post(document::retry))
        .route("/about", get(about::page))
        .route("/history", get(history::list))
        .route("/history/{id}", get(history::receipt))
        .route("/events", get(events::stream))
        .fallback(page_unknown)
        .method_not_allowed_fallback(method_unknown)
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .layer(from_fn_with_state(served.clone(), guard))
        .with_state(served)
}

async fn page_unknown() -> Response {
    problem(StatusCode::NOT_FOUND, ENGLISH.page_unknown)
}

async fn method_unknown() -> Response {
    problem(StatusCode::METHOD_NOT_ALLOWED, ENGLISH.method_unknown)
}
