//! All routes of the portal, and what surrounds them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::central::Central;
use crate::cookies::Cookies;
use crate::entrance::Entrance;
use crate::guard::{Rules, guard, programs};
use crate::pages::{
    about, account, app, devices, document, documents, enter, events, history, several, upload,
};
use crate::portal::Portal;
use crate::{api, console, sign_in, statics, sync};

/// The largest form is a few hundred bytes.
const BODY_LIMIT_BYTES: usize = 16 * 1024;

/// What every page needs.
pub(crate) struct Served {
    pub(crate) door: Door,
    pub(crate) rules: Rules,
    pub(crate) cookies: Cookies,
}

/// How long a request may take to arrive and to be answered.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The same for documents and for lists of a whole site, over a slow line.
const FILE_PATIENCE: Duration = Duration::from_secs(15 * 60);

impl Served {
    /// How long a request for `path` may take. A stream of changes is answered
    /// at once; what follows does not count.
    pub(crate) fn patience(&self, path: &str) -> Duration {
        let brings_files = path == "/upload" || path.starts_with("/console/import/");
        match &self.door {
            _ if brings_files => FILE_PATIENCE,
            Door::Central(central) if path == "/sync/view" => central.patience + sync::WAIT,
            Door::Central(central) => central.patience,
            Door::Embedded { .. } => PATIENCE,
        }
    }

    pub(crate) fn central(&self) -> Option<&Arc<Central>> {
        match &self.door {
            Door::Central(central) => Some(central),
            Door::Embedded { .. } => None,
        }
    }
}

/// How people come in, and which portal they then have.
pub(crate) enum Door {
    /// One person's, in the window of the program that embeds it.
    Embedded {
        portal: Arc<dyn Portal>,
        entrance: Arc<Entrance>,
    },
    /// Everybody's, on a server.
    Central(Arc<Central>),
}

/// Serves `portal` to whoever came in through `entrance`, under `allowed_host`
/// alone, the exact `Host` its own window asks for, such as `127.0.0.1:43211`.
pub fn router(portal: Arc<dyn Portal>, entrance: Arc<Entrance>, allowed_host: String) -> Router {
    let served = Arc::new(Served {
        door: Door::Embedded { portal, entrance },
        cookies: Cookies::embedded(&allowed_host),
        rules: Rules::embedded(allowed_host),
    });
    portal_routes()
        .route("/enter/{token}", get(enter::enter))
        .fallback(page_unknown)
        .method_not_allowed_fallback(method_unknown)
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .layer(from_fn_with_state(served.clone(), guard))
        .with_state(served)
}

/// All routes of the central server: portal, console and Accounts API.
pub fn central_router(central: Arc<Central>) -> Router {
    let public_url = &central.config.public_url;
    let served = Arc::new(Served {
        cookies: Cookies::central(public_url),
        rules: Rules::central(public_url),
        door: Door::Central(central.clone()),
    });
    let pages = portal_routes()
        .merge(sign_in::routes(&central))
        .with_state(served.clone())
        .merge(console::routes().with_state(central.clone()))
        .fallback(page_unknown)
        .method_not_allowed_fallback(method_unknown)
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .layer(from_fn_with_state(served.clone(), guard));
    let programs = api::routes(central.clone())
        .with_state(central.clone())
        .merge(
            sign_in::program_routes(&central)
                .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
                .with_state(served.clone()),
        )
        .merge(sync::routes(&central).with_state(served.clone()))
        .layer(from_fn_with_state(served, programs));
    pages.merge(programs)
}

/// Every route of the user portal; a test asks for each as everybody.
pub const PORTAL_ROUTES: &[(&str, &str)] = &[
    ("GET", "/static/{name}"),
    ("GET", "/"),
    ("GET", "/account"),
    ("POST", "/account"),
    ("GET", "/documents/{id}/account"),
    ("POST", "/documents/{id}/account"),
    ("GET", "/documents/{id}/finishing"),
    ("POST", "/documents/{id}/finishing"),
    ("GET", "/documents/{id}/release"),
    ("POST", "/documents/{id}/release"),
    ("GET", "/documents/{id}/delete"),
    ("POST", "/documents/{id}/delete"),
    ("POST", "/documents/{id}/retry"),
    ("POST", "/documents/delete"),
    ("POST", "/documents/undelete"),
    ("GET", "/upload"),
    ("POST", "/upload"),
    ("GET", "/notifications"),
    ("POST", "/push"),
    ("POST", "/push/end"),
    ("GET", "/manifest.webmanifest"),
    ("GET", "/worker.js"),
    ("GET", "/offline"),
    ("GET", "/devices"),
    ("GET", "/devices/points/{id}/call-back"),
    ("POST", "/devices/points/{id}/call-back"),
    ("GET", "/devices/points/{id}/give-up"),
    ("POST", "/devices/points/{id}/give-up"),
    ("GET", "/devices/{id}/sign-out"),
    ("POST", "/devices/{id}/sign-out"),
    ("GET", "/about"),
    ("GET", "/history"),
    ("GET", "/history/{id}"),
    ("GET", "/events"),
];

/// The user portal's own pages.
fn portal_routes() -> Router<Arc<Served>> {
    Router::new()
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
        .route("/documents/delete", post(several::delete))
        .route("/documents/undelete", post(several::undelete))
        .route(
            "/upload",
            get(upload::page)
                // Files are written to the disk as they come, each to its limit.
                .post(upload::take.layer(DefaultBodyLimit::disable())),
        )
        .route("/notifications", get(app::notifications))
        .route("/push", post(app::subscribe))
        .route("/push/end", post(app::unsubscribe))
        .route("/manifest.webmanifest", get(app::manifest))
        .route("/worker.js", get(app::worker))
        .route("/offline", get(app::offline))
        .route("/devices", get(devices::list))
        .route(
            "/devices/points/{id}/call-back",
            get(devices::call_back_page).post(devices::call_back),
        )
        .route(
            "/devices/points/{id}/give-up",
            get(devices::give_up_page).post(devices::give_up),
        )
        .route(
            "/devices/{id}/sign-out",
            get(devices::sign_out_page).post(devices::sign_out),
        )
        .route("/about", get(about::page))
        .route("/history", get(history::list))
        .route("/history/{id}", get(history::receipt))
        .route("/events", get(events::stream))
}

/// The guard gives them their page.
async fn page_unknown() -> StatusCode {
    StatusCode::NOT_FOUND
}

async fn method_unknown() -> StatusCode {
    StatusCode::METHOD_NOT_ALLOWED
}
