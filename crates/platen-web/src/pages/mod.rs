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

pub(crate) use frame::REFRESH;

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::language::Language;
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

/// What a page that went wrong says; the guard gives it its language.
#[derive(Clone)]
struct Problem(String);

/// A page that says what went wrong and what to do next.
pub(crate) fn problem(status: StatusCode, text: &str) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(Problem(text.to_owned()));
    response
}

/// Renders an answer that [`problem`] made. An error that has no page at all,
/// such as of a path in broken UTF-8, gets a sentence too.
pub(crate) fn as_page(mut response: Response, language: Language) -> Response {
    let status = response.status();
    let text = match response.extensions_mut().remove::<Problem>() {
        Some(Problem(text)) => text,
        None if is_bare_error(&response) => bare_error(status, language).to_owned(),
        None => return response,
    };
    let page = ProblemPage {
        w: &ENGLISH,
        text: &text,
        way_back: status != StatusCode::FORBIDDEN,
    };
    let mut page = render(status, &page);
    let cookies = response.headers_mut().remove(header::SET_COOKIE);
    page.headers_mut()
        .extend(cookies.map(|cookie| (header::SET_COOKIE, cookie)));
    page
}

fn is_bare_error(response: &Response) -> bool {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let kind = response.headers().get(header::CONTENT_TYPE);
    is_error && kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

fn bare_error(status: StatusCode, language: Language) -> &'static str {
    let words = language.entry();
    match status {
        StatusCode::NOT_FOUND => ENGLISH.page_unknown,
        StatusCode::METHOD_NOT_ALLOWED => ENGLISH.method_unknown,
        StatusCode::REQUEST_TIMEOUT => words.too_slow,
        StatusCode::PAYLOAD_TOO_LARGE => words.too_large,
        StatusCode::BAD_REQUEST => words.path_unreadable,
        status if status.is_client_error() => ENGLISH.form_unreadable,
        _ => words.went_wrong,
    }
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
