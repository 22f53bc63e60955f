//! Pages: templates bound to typed contexts, and what their forms do.
//!
//! Every page works without scripts: links lead to pages of their own, forms
//! are posted and answered with a redirect. The script opens the same pages as
//! dialogs.

pub(crate) mod about;
pub(crate) mod account;
pub(crate) mod app;
pub(crate) mod devices;
pub(crate) mod document;
pub(crate) mod documents;
pub(crate) mod enter;
pub(crate) mod events;
mod frame;
pub(crate) mod history;
pub(crate) mod several;
mod show;
pub(crate) mod upload;

pub(crate) use frame::REFRESH;

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::language::Language;
use crate::portal::{PortalError, Trouble};
use crate::words::Words;

/// A word, whatever the language.
pub(crate) type Word = fn(&Words) -> &'static str;

/// What is said once the language is known.
#[derive(Clone)]
enum Said {
    Word(Word),
    Error(PortalError),
    Text(String),
}

/// A request that gets a sentence instead of what it wanted.
pub(crate) struct Refusal {
    status: StatusCode,
    said: Said,
}

impl Refusal {
    fn bad_input(word: Word) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            said: Said::Word(word),
        }
    }

    /// `text` is in the visitor's language.
    fn bad_value(text: String) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            said: Said::Text(text),
        }
    }

    /// `text` is in the visitor's language.
    fn conflict(text: String) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            said: Said::Text(text),
        }
    }

    fn not_now(word: Word) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            said: Said::Word(word),
        }
    }

    fn not_found(word: Word) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            said: Said::Word(word),
        }
    }

    /// The sentence.
    fn text(&self, words: &Words) -> String {
        self.said.within(words)
    }
}

impl Said {
    fn within(&self, words: &Words) -> String {
        match self {
            Self::Word(word) => word(words).to_owned(),
            Self::Error(error) => words.portal_error(error),
            Self::Text(text) => text.clone(),
        }
    }
}

impl From<PortalError> for Refusal {
    fn from(error: PortalError) -> Self {
        let status = match error {
            PortalError::NotFound => StatusCode::NOT_FOUND,
            PortalError::Rule(_) | PortalError::Refused(_) => StatusCode::CONFLICT,
            PortalError::Trouble(Trouble::TooManyKept) => StatusCode::CONFLICT,
            PortalError::Trouble(Trouble::TooManyAtOnce) => StatusCode::TOO_MANY_REQUESTS,
            PortalError::Trouble(_) | PortalError::Unavailable(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        Self {
            status,
            said: Said::Error(error),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        with_problem(self.status, self.said)
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    w: &'static Words,
    text: &'a str,
    way_back: bool,
}

/// A page that says what went wrong and what to do next, in the language that
/// `text` is in.
pub(crate) fn problem(status: StatusCode, text: &str) -> Response {
    with_problem(status, Said::Text(text.to_owned()))
}

/// The same in the visitor's language.
pub(crate) fn problem_word(status: StatusCode, word: Word) -> Response {
    with_problem(status, Said::Word(word))
}

/// An answer of somebody who is inside, and may go on from his documents.
#[derive(Clone, Copy)]
struct Inside;

/// As [`problem`], for somebody who is signed in.
pub(crate) fn problem_inside(status: StatusCode, text: &str) -> Response {
    let mut response = problem(status, text);
    response.extensions_mut().insert(Inside);
    response
}

/// The guard gives it its language and its page.
fn with_problem(status: StatusCode, said: Said) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(said);
    response
}

/// Renders an answer that [`problem`] made. An error that has no page at all,
/// such as of a path in broken UTF-8, gets a sentence too.
pub(crate) fn as_page(mut response: Response, language: Language) -> Response {
    let status = response.status();
    let words = language.words();
    let is_inside = response.extensions_mut().remove::<Inside>().is_some();
    let text = match response.extensions_mut().remove::<Said>() {
        Some(said) => said.within(words),
        None if is_bare_error(&response) => bare_error(status, language).to_owned(),
        None => return response,
    };
    let page = ProblemPage {
        w: words,
        text: &text,
        way_back: is_inside || status != StatusCode::FORBIDDEN,
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
        StatusCode::NOT_FOUND => language.words().page_unknown,
        StatusCode::METHOD_NOT_ALLOWED => language.words().method_unknown,
        StatusCode::REQUEST_TIMEOUT => words.too_slow,
        StatusCode::PAYLOAD_TOO_LARGE => words.too_large,
        StatusCode::BAD_REQUEST => words.path_unreadable,
        status if status.is_client_error() => language.words().form_unreadable,
        _ => words.went_wrong,
    }
}

pub(crate) fn render(status: StatusCode, page: &impl Template) -> Response {
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
