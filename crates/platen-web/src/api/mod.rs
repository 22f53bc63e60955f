//! The Accounts API for other programs. *Source*: rules.md R-32.
//!
//! Everything a program may do passes three doors, in this order: the
//! [`envelope`], which gives every request an id and every failure the form of
//! a problem; [`caller`], which lets in only whoever holds a good token; and the
//! reading of what was sent, which takes nothing that the OpenAPI document
//! doesn't describe. May know the ledger's face and HTTP; knows no session, no
//! cookie and no page but its own.

mod access;
mod accounts;
mod activities;
mod amount;
mod asking;
mod asks;
mod body;
mod caller;
mod card;
mod cursor;
mod envelope;
mod fields;
mod json;
mod limits;
mod listing;
mod oauth;
mod once;
mod openapi;
mod page;
mod problem;
mod query;
mod reference;
mod reply;
mod schemas;
mod shapes;
mod signing;
mod token;
mod users;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post, put};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::central::Central;
use crate::language::Language;
use crate::pages::as_page;
use crate::session::fresh_secret;
pub use limits::ApiLimits;
use limits::Limits;
use problem::Problem;
use token::Tokens;

/// What the API keeps between requests.
pub(crate) struct Api {
    limits: Limits,
    site: OnceCell<Site>,
}

/// What never changes of a site.
struct Site {
    /// The customer id.
    customer: Uuid,
    tokens: Tokens,
}

impl Api {
    /// With nothing counted yet.
    pub(crate) fn new(limits: ApiLimits) -> Self {
        Self {
            limits: Limits::new(limits),
            site: OnceCell::new(),
        }
    }

    async fn site(&self, central: &Central) -> Result<&Site, Problem> {
        self.site
            .get_or_try_init(|| async {
                let customer = central.ledger.site_id().await?;
                let (fresh, _) = fresh_secret();
                let fresh = fresh.into_bytes();
                let secret = central
                    .ledger
                    .site_secret(token::SECRET_NAME, fresh)
                    .await?;
                let tokens = Tokens::new(&central.config.public_url, customer, &secret);
                Ok(Site { customer, tokens })
            })
            .await
    }
}

/// What is asked for under which address. A test asks for each.
pub const ROUTES: &[(&str, &str)] = &[
    ("POST", "/oauth/token"),
    ("GET", "/api"),
    ("GET", "/api/openapi.json"),
    ("GET", "/{customer-id}/accounts"),
    ("POST", "/{customer-id}/accounts"),
    ("GET", "/{customer-id}/accounts/{account-id}"),
    ("PATCH", "/{customer-id}/accounts/{account-id}"),
    ("POST", "/{customer-id}/accounts/{account-id}/archive"),
    ("POST", "/{customer-id}/accounts/{account-id}/restore"),
    ("GET", "/{customer-id}/accounts/{account-id}/limit"),
    ("PUT", "/{customer-id}/accounts/{account-id}/limit"),
    ("GET", "/{customer-id}/accounts/{account-id}/access"),
    ("PUT", "/{customer-id}/accounts/{account-id}/access"),
    ("GET", "/{customer-id}/accounts/{account-id}/access/users"),
    (
        "PUT",
        "/{customer-id}/accounts/{account-id}/access/users/{user-email}",
    ),
    (
        "DELETE",
        "/{customer-id}/accounts/{account-id}/access/users/{user-email}",
    ),
    (
        "PUT",
        "/{customer-id}/accounts/{account-id}/access/groups/{group}",
    ),
    (
        "DELETE",
        "/{customer-id}/accounts/{account-id}/access/groups/{group}",
    ),
    ("GET", "/{customer-id}/accounts/{account-id}/balance"),
    ("POST", "/{customer-id}/accounts/{account-id}/activities"),
    ("GET", "/{customer-id}/rate-card"),
    ("PUT", "/{customer-id}/rate-card"),
    ("GET", "/{customer-id}/users"),
    ("GET", "/{customer-id}/users/{user-email}"),
    ("GET", "/{customer-id}/users/{user-email}/balances"),
    ("GET", "/{customer-id}/activities"),
    ("POST", "/{customer-id}/activities"),
];

/// Says that nothing is at an address, in the form that whoever asks expects.
async fn nothing_here(uri: Uri, headers: HeaderMap) -> Response {
    let first = uri.path().trim_start_matches('/').split('/').next();
    let first = first.unwrap_or_default();
    if matches!(first, "api" | "oauth") || fields::as_id(first).is_some() {
        Problem::from_status(StatusCode::NOT_FOUND).into_response()
    } else {
        as_page(
            StatusCode::NOT_FOUND.into_response(),
            Language::asked(&headers),
        )
    }
}

/// Its routes.
pub(crate) fn routes(central: Arc<Central>) -> Router<Arc<Central>> {
    let account = "/{customer-id}/accounts/{account-id}";
    let below = |rest: &str| format!("{account}{rest}");
    let inside = Router::new()
        .route(
            "/{customer-id}/accounts",
            get(accounts::list).post(accounts::create),
        )
        .route(account, get(accounts::show).patch(accounts::update))
        .route(&below("/archive"), post(accounts::archive))
        .route(&below("/restore"), post(accounts::restore))
        .route(
            &below("/limit"),
            get(accounts::show_limit).put(accounts::set_limit),
        )
        .route(
            &below("/access"),
            get(access::show_access).put(access::set_access),
        )
        .route(&below("/access/users"), get(access::users))
        .route(
            &below("/access/users/{user-email}"),
            put(access::add_user).delete(access::remove_user),
        )
        .route(
            &below("/access/groups/{group}"),
            put(access::add_group).delete(access::remove_group),
        )
        .route(&below("/balance"), get(users::balance))
        .route(&below("/activities"), post(activities::post_to_all))
        .route(
            "/{customer-id}/rate-card",
            get(card::show).put(card::replace),
        )
        .route("/{customer-id}/users", get(users::list))
        .route("/{customer-id}/users/{user-email}", get(users::show))
        .route(
            "/{customer-id}/users/{user-email}/balances",
            get(users::balances),
        )
        .route(
            "/{customer-id}/activities",
            get(activities::list).post(activities::post),
        )
        .route_layer(from_fn_with_state(central, caller::admit));
    Router::new()
        .route("/oauth/token", post(oauth::token))
        .route("/api/openapi.json", get(openapi::document))
        .merge(inside)
        .route("/api/{*rest}", any(nothing_here))
        .route("/oauth/{*rest}", any(nothing_here))
        .route("/{customer-id}/{*rest}", any(nothing_here))
        .layer(from_fn(envelope::envelope))
        .route("/api", get(page::page))
}
