//! The single-use link.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::{problem_word, see_other};
use crate::guard::Inside;
use crate::router::{Door, Served};

pub(crate) async fn enter(
    State(served): State<Arc<Served>>,
    method: Method,
    inside: Option<axum::Extension<Inside>>,
    Path(token): Path<String>,
) -> Response {
    let Door::Embedded { entrance, .. } = &served.door else {
        return problem_word(StatusCode::NOT_FOUND, |w| w.page_unknown);
    };
    // HEAD comes from programs that look at links before people do.
    let entered = (method == Method::GET)
        .then(|| entrance.enter(&token, Instant::now()))
        .flatten();
    let Some(entered) = entered else {
        // Reloading the page that the link once led to is no offence.
        if inside.is_some() {
            return see_other("/");
        }
        return problem_word(StatusCode::FORBIDDEN, |w| w.link_used);
    };
    let mut response = see_other(&entered.target);
    // It ends with the browser, and here with the session.
    let cookies = &served.cookies;
    cookies.set(
        response.headers_mut(),
        &cookies.session,
        &entered.session,
        None,
    );
    response
}
