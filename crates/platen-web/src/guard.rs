//! The door: what every request and every answer must fulfil.
//!
//! Against DNS rebinding the `Host` must be ours; against other sites a request
//! must come from our own pages; without a session only the link and the static
//! files are served. *Source*: Fetch Metadata (W3C), RFC 6265bis section 5.6.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use axum_extra::extract::CookieJar;

use crate::pages::problem;
use crate::router::Served;
use crate::words::ENGLISH;

/// The secret of the session that a request came with.
#[derive(Clone)]
pub(crate) struct SessionSecret(pub(crate) String);

/// *Source*: CSP Level 3; the OWASP secure headers list.
const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Not no-referrer: browsers then send `Origin: null` with our own forms.
    ("referrer-policy", "same-origin"),
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

pub(crate) async fn guard(
    State(served): State<Arc<Served>>,
    jar: CookieJar,
    mut request: Request,
    next: Next,
) -> Response {
    let session = jar
        .get(&served.cookie_name)
        .map(|cookie| cookie.value().to_owned())
        .filter(|secret| served.entrance.knows(secret, Instant::now()));
    let path = request.uri().path();
    let open_to_all = path.starts_with("/enter/") || path.starts_with("/static/");
    let mut response = if !comes_from_us(request.method(), request.headers(), &served.host) {
        problem(StatusCode::FORBIDDEN, ENGLISH.foreign_request)
    } else if session.is_none() && !open_to_all {
        problem(StatusCode::FORBIDDEN, ENGLISH.no_session)
    } else {
        if let Some(secret) = session {
            request.extensions_mut().insert(SessionSecret(secret));
        }
        next.run(request).await
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    response
}

fn comes_from_us(method: &Method, headers: &HeaderMap, host: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if text(header::HOST) != Some(host) {
        return false;
    }
    let origin = text(header::ORIGIN);
    let ours = origin.and_then(|origin| origin.strip_prefix("http://")) == Some(host);
    if origin.is_some() && !ours {
        return false;
    }
    let site = text(HeaderName::from_static("sec-fetch-site"));
    if method.is_safe() {
        // `none`: typed, or opened by the program itself.
        matches!(site, None | Some("same-origin" | "none"))
    } else {
        // A form of ours carries at least one of the two; neither is refused.
        site.map_or(ours, |site| site == "same-origin")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: Method, headers: &[(&'static str, &'static str)]) -> bool {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        comes_from_us(&method, &headers, "127.0.0.1:4000")
    }

    #[test]
    fn only_our_own_pages_and_the_program_may_ask() {
        let host = ("host", "127.0.0.1:4000");
        let origin = ("origin", "http://127.0.0.1:4000");
        let foreign = ("origin", "http://evil.example");
        let site = |value| ("sec-fetch-site", value);
        assert!(check(Method::GET, &[host]));
        assert!(check(Method::GET, &[host, site("none")]));
        assert!(check(Method::GET, &[host, site("same-origin")]));
        assert!(check(Method::POST, &[host, origin]));
        assert!(check(Method::POST, &[host, site("same-origin")]));
        assert!(check(Method::POST, &[host, origin, site("same-origin")]));

        assert!(!check(Method::GET, &[]));
        assert!(!check(Method::GET, &[("host", "evil.example:4000")]));
        assert!(!check(Method::GET, &[("host", "127.0.0.1:4001")]));
        assert!(!check(Method::GET, &[host, foreign]));
        assert!(!check(Method::GET, &[host, site("cross-site")]));
        assert!(!check(Method::GET, &[host, site("same-site")]));
        assert!(!check(Method::POST, &[host]));
        assert!(!check(Method::POST, &[host, ("origin", "null")]));
        assert!(!check(Method::POST, &[host, foreign, site("same-origin")]));
        assert!(!check(Method::POST, &[host, origin, site("cross-site")]));
        assert!(!check(Method::POST, &[host, site("none")]));
        assert!(!check(
            Method::POST,
            &[host, ("origin", "https://127.0.0.1:4000")]
        ));
    }
}
