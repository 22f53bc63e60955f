//! The page about the API: a reference that anybody may read, and a place to
//! try requests out. Made of the OpenAPI document; loads nothing from elsewhere.

use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};

use super::openapi;
use super::reference::{Failure, Reader, Section};
use super::words::ApiWords;
use crate::language::Language;

#[derive(Template)]
#[template(path = "api/reference.html")]
struct Page {
    w: &'static ApiWords,
    about: Vec<String>,
    sections: Vec<Section>,
    problems: Vec<Failure>,
}

/// GET /api
pub(super) async fn page(headers: HeaderMap) -> Response {
    let language = Language::asked(&headers);
    let document = openapi::in_language(language);
    let words = language.api();
    let reader = Reader { document, words };
    let about = document["info"]["description"].as_str().unwrap_or_default();
    let page = Page {
        w: words,
        about: about.split("\n\n").map(str::to_owned).collect(),
        sections: reader.sections(),
        problems: reader.problems(),
    };
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "page can't be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
