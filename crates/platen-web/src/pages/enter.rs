//! The single-use link.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use super::{problem, see_other};
use crate::guard::SessionSecret;
use crate::router::Served;
use crate::words::ENGLISH;

pub(crate) async fn enter(
    State(served): State<Arc<Served>>,
    method: Method,
    session: Option<axum::Extension<SessionSecret>>,
    Path(token): Path<String>,
) -> Response {
    // HEAD comes from programs that look at links before people do.
    let entered = (method == Method::GET)
        .then(|| served.entrance.enter(&token, Instant::now()))
        .flatten();
    let Some(entered) = entered else {
        // Reloading the page that the link once led to is no offence.
        if session.is_some() {
            return see_other("/");
        }
        return problem(StatusCode::FORBIDDEN, ENGLISH.link_used);
    };
    // Without Max-Age: it ends with the browser, and here with the session.
    let cookie = Cookie::build((served.cookie_name.clone(), entered.session))
        .http_only(true)
        .same_site(SameSite::Strict)
        .path("/")
        .build();
    (CookieJar::new().add(cookie), Redirect::to(&entered.target)).into_response()
}
