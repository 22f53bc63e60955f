//! The few files that pages load; all of them are part of the program.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::pages::problem_word;

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const PNG: &str = "image/png";
const SVG: &str = "image/svg+xml";

/// Name, kind and content.
const FILES: &[(&str, &str, &[u8])] = &[
    (
        "base.css",
        CSS,
        include_bytes!("../../../ui/static/base.css"),
    ),
    (
        "portal.css",
        CSS,
        include_bytes!("../../../ui/static/portal.css"),
    ),
    (
        "portal.js",
        SCRIPT,
        include_bytes!("../../../ui/static/portal.js"),
    ),
    (
        "console.css",
        CSS,
        include_bytes!("../../../ui/static/console.css"),
    ),
    (
        "console-parts.css",
        CSS,
        include_bytes!("../../../ui/static/console-parts.css"),
    ),
    (
        "console.js",
        SCRIPT,
        include_bytes!("../../../ui/static/console.js"),
    ),
    ("api.css", CSS, include_bytes!("../../../ui/static/api.css")),
    (
        "api.js",
        SCRIPT,
        include_bytes!("../../../ui/static/api.js"),
    ),
    (
        "upload.js",
        SCRIPT,
        include_bytes!("../../../ui/static/upload.js"),
    ),
    (
        "app.js",
        SCRIPT,
        include_bytes!("../../../ui/static/app.js"),
    ),
    (
        "icon-192.png",
        PNG,
        include_bytes!("../../../icons/icon-192.png"),
    ),
    (
        "icon-512.png",
        PNG,
        include_bytes!("../../../icons/icon-512.png"),
    ),
    (
        "icon-maskable-512.png",
        PNG,
        include_bytes!("../../../icons/icon-maskable-512.png"),
    ),
    (
        "icon-badge-96.png",
        PNG,
        include_bytes!("../../../icons/icon-badge-96.png"),
    ),
    ("icon.svg", SVG, include_bytes!("../../../icons/icon.svg")),
];

pub(crate) async fn serve(Path(asked): Path<String>) -> Response {
    let found = FILES.iter().find(|(name, _, _)| *name == asked);
    let Some((_, kind, content)) = found else {
        return problem_word(StatusCode::NOT_FOUND, |w| w.page_unknown);
    };
    ([(header::CONTENT_TYPE, *kind)], *content).into_response()
}
