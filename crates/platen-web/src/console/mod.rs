//! The administrators' console. *Source*: rules.md R-33.
//!
//! Pages work without scripts: links, forms that are fetched for search, order,
//! filters and pages, forms that are posted and answered with a redirect and a
//! notice. Search and filters stand in the address. Errors stand beside the
//! field, with what was typed kept. Every change goes through the ledger's
//! `Desk`, which writes it down in the audit log.

mod accounts;
mod fields;
mod frame;
mod listing;
mod overview;
mod people;
mod rates;
mod reports;
mod show;
mod site;
mod stop;
mod transfer;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::routing::{get, post};

use self::accounts::{archive, bulk, edit, list, members};
use self::people::{assign, find, group, groups, usage, user};
use self::site::{audit, credentials, leases, sessions, settings};
use crate::central::Central;

/// Every route of the console: all are for administrators alone.
pub const ROUTES: &[(&str, &str)] = &[
    ("GET", "/console"),
    ("GET", "/console/accounts"),
    ("POST", "/console/accounts/bulk"),
    ("GET", "/console/accounts/new"),
    ("POST", "/console/accounts/new"),
    ("GET", "/console/accounts/{id}"),
    ("POST", "/console/accounts/{id}"),
    ("GET", "/console/accounts/{id}/archive"),
    ("POST", "/console/accounts/{id}/archive"),
    ("POST", "/console/accounts/{id}/restore"),
    ("GET", "/console/accounts/{id}/users"),
    ("POST", "/console/accounts/{id}/users"),
    ("POST", "/console/clients"),
    ("GET", "/console/users"),
    ("GET", "/console/user"),
    ("POST", "/console/user/assign"),
    ("POST", "/console/user/unassign"),
    ("GET", "/console/usage"),
    ("POST", "/console/usage"),
    ("GET", "/console/groups"),
    ("GET", "/console/group"),
    ("POST", "/console/group"),
    ("GET", "/console/find/users"),
    ("GET", "/console/find/groups"),
    ("GET", "/console/find/accounts"),
    ("GET", "/console/rates"),
    ("POST", "/console/rates"),
    ("GET", "/console/reports"),
    ("GET", "/console/reports.csv"),
    ("GET", "/console/api"),
    ("POST", "/console/api"),
    ("GET", "/console/api/{id}/revoke"),
    ("POST", "/console/api/{id}/revoke"),
    ("GET", "/console/sessions"),
    ("GET", "/console/sessions/{id}/end"),
    ("POST", "/console/sessions/{id}/end"),
    ("GET", "/console/sessions/end"),
    ("POST", "/console/sessions/end"),
    ("GET", "/console/leases"),
    ("GET", "/console/leases/{id}/end"),
    ("POST", "/console/leases/{id}/end"),
    ("GET", "/console/audit"),
    ("GET", "/console/settings"),
    ("POST", "/console/settings"),
    ("GET", "/console/transfer"),
    ("GET", "/console/export/accounts.csv"),
    ("GET", "/console/export/users.csv"),
    ("POST", "/console/import/{kind}"),
    ("POST", "/console/import/{kind}/apply"),
    ("GET", "/console/imports/{id}"),
];

/// Its routes.
pub(crate) fn routes() -> Router<Arc<Central>> {
    Router::new()
        .route("/console", get(overview::overview))
        .merge(account_routes())
        .merge(people_routes())
        .merge(site_routes())
        .merge(transfer_routes())
        .layer(from_fn(stop::speak))
}

fn account_routes() -> Router<Arc<Central>> {
    Router::new()
        .route("/console/accounts", get(list::list))
        .route("/console/accounts/bulk", post(bulk::bulk))
        .route("/console/accounts/new", get(edit::new).post(edit::create))
        .route(
            "/console/accounts/{id}",
            get(edit::properties).post(edit::save),
        )
        .route(
            "/console/accounts/{id}/archive",
            get(archive::question).post(archive::archive),
        )
        .route("/console/accounts/{id}/restore", post(archive::restore))
        .route(
            "/console/accounts/{id}/users",
            get(members::list).post(members::change),
        )
        .route("/console/clients", post(bulk::clients))
        .route("/console/rates", get(rates::card).post(rates::change))
}

fn people_routes() -> Router<Arc<Central>> {
    Router::new()
        .route("/console/users", get(people::list::list))
        .route("/console/user", get(user::properties))
        .route("/console/user/assign", post(assign::assign))
        .route("/console/user/unassign", post(assign::unassign))
        .route("/console/usage", get(usage::panel).post(usage::adjust))
        .route("/console/groups", get(groups::list))
        .route("/console/group", get(group::list).post(group::change))
        .route("/console/find/users", get(find::users))
        .route("/console/find/groups", get(find::groups))
        .route("/console/find/accounts", get(find::accounts))
}

fn site_routes() -> Router<Arc<Central>> {
    Router::new()
        .route("/console/reports", get(reports::report))
        .route("/console/reports.csv", get(reports::download))
        .route(
            "/console/api",
            get(credentials::list).post(credentials::generate),
        )
        .route(
            "/console/api/{id}/revoke",
            get(credentials::question).post(credentials::revoke),
        )
        .route("/console/leases", get(leases::list))
        .route(
            "/console/leases/{id}/end",
            get(leases::question).post(leases::end),
        )
        .route("/console/sessions", get(sessions::list))
        .route(
            "/console/sessions/{id}/end",
            get(sessions::question).post(sessions::end),
        )
        .route(
            "/console/sessions/end",
            get(sessions::question_all).post(sessions::end_all),
        )
        .route("/console/audit", get(audit::list))
        .route(
            "/console/settings",
            get(settings::settings).post(settings::save),
        )
}

fn transfer_routes() -> Router<Arc<Central>> {
    let upload = post(transfer::preview).layer(DefaultBodyLimit::max(transfer::UPLOAD_LIMIT_BYTES));
    Router::new()
        .route("/console/transfer", get(transfer::overview))
        .route(
            "/console/export/accounts.csv",
            get(transfer::accounts::export),
        )
        .route("/console/export/users.csv", get(transfer::users::export))
        .route("/console/import/{kind}", upload)
        .route("/console/import/{kind}/apply", post(transfer::run::apply))
        .route("/console/imports/{id}", get(transfer::run::show))
}
