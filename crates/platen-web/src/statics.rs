//! The few files that pages load; all of them are part of the program.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::pages::problem;
use crate::words::ENGLISH;

pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let (kind, content): (_, &'static [u8]) = match name.as_str() {
        "portal.css" => (
            "text/css; charset=utf-8",
            include_bytes!("../../../ui/static/portal.css"),
        ),
        "portal.js" => (
            "text/javascript; charset=utf-8",
            include_bytes!("../../../ui/static/portal.js"),
        ),
        "icon.svg" => ("image/svg+xml", include_bytes!("../../../icons/icon.svg")),
        _ => return problem(StatusCode::NOT_FOUND, ENGLISH.page_unknown),
    };
    ([(header::CONTENT_TYPE, kind)], content).into_response()
}
