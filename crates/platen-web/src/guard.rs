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

use crate::flash::Flash;
use crate::language::Language;
use crate::pages::{as_page, problem};
use crate::router::{Door, Served};
use crate::words::ENGLISH;

/// Under which name pages are served, and who may ask for them.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    host: String,
    origin: String,
}

impl Rules {
    /// For the window of one program.
    pub(crate) fn embedded(host: String) -> Self {
        Self {
            origin: format!("http://{host}"),
            host,
        }
    }
}

/// A request of somebody who is inside.
#[derive(Clone)]
pub(crate) struct Inside;

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
    let language = Language::asked(request.headers());
    let flash = Arc::new(Flash::read(&served.cookies, &jar));
    let inside = knows(&served, &jar);
    let path = request.uri().path();
    let open_to_all = path.starts_with("/enter/") || path.starts_with("/static/");
    let mut response = if !served.rules.allow(request.method(), request.headers()) {
        problem(StatusCode::FORBIDDEN, ENGLISH.foreign_request)
    } else if !inside && !open_to_all {
        problem(StatusCode::FORBIDDEN, ENGLISH.no_session)
    } else {
        let extensions = request.extensions_mut();
        extensions.insert(language);
        extensions.insert(flash.clone());
        if inside {
            extensions.insert(Inside);
        }
        next.run(request).await
    };
    response = as_page(response, language);
    flash.write(&served.cookies, &mut response);
    for (name, value) in HEADERS {
        response.headers_mut().insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    response
}

fn knows(served: &Served, jar: &CookieJar) -> bool {
    let Door::Embedded { entrance, .. } = &served.door;
    jar.get(&served.cookies.session)
        .is_some_and(|cookie| entrance.knows(cookie.value(), Instant::now()))
}

impl Rules {
    fn allow(&self, method: &Method, headers: &HeaderMap) -> bool {
        let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        if text(header::HOST) != Some(&self.host) {
            return false;
        }
        let origin = text(header::ORIGIN);
        let ours = origin == Some(&self.origin);
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
        Rules::embedded("127.0.0.1:4000".into()).allow(&method, &headers)
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
