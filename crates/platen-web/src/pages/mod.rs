//! Pages: templates bound to typed contexts, and what their forms do.
//!
//! Every page works without scripts: links lead to pages of their own, forms
//! are posted and answered with a redirect. The script opens the same pages as
//! dialogs.

pub(crate) mod about;
pub(crate) mod account;
pub(crate) mod document;
pub(crate) mod documents;
pub(crate) mod enter;
pub(crate) mod events;
mod frame;
pub(crate) mod history;
mod show;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::portal::PortalError;
use crate::words::{ENGLISH, Words};

/// A request that gets a sentence instead of what it wanted.
pub(crate) struct Refusal {
    status: StatusCode,
    text: String,
}

impl Refusal {
    fn bad_input(text: &str) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            text: text.to_owned(),
        }
    }

    fn conflict(text: String) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            text,
        }
    }

    fn not_found(text: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            text: text.to_owned(),
        }
    }
}

impl From<PortalError> for Refusal {
    fn from(error: PortalError) -> Self {
        let status = match error {
            PortalError::NotFound => StatusCode::NOT_FOUND,
            PortalError::Refused(_) => StatusCode::CONFLICT,
            PortalError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self {
            status,
            text: error.to_string(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        problem(self.status, &self.text)
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    w: &'static Words,
    text: &'a str,
    way_back: bool,
}

/// A page that says what went wrong and what to do next.
pub(crate) fn problem(status: StatusCode, text: &str) -> Response {
    let page = ProblemPage {
        w: &ENGLISH,
        text,
        way_back: status != StatusCode::FORBIDDEN,
    };
    render(status, &page)
}

fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "page can't be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// After a post: the page to see, so that reloading it posts nothing again.
fn see_other(path: &str) -> Response {
    Redirect::to(path).into_response()
}
