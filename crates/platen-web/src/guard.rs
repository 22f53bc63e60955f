//! The door: what every request and every answer must fulfil.
//!
//! Against DNS rebinding the `Host` must be ours; against other sites what
//! changes anything must come from our own pages. Embedded, nothing but the
//! link and the static files is served without a session; on the server,
//! handlers ask for [`crate::session::SignedIn`]. *Source*: Fetch Metadata
//! (W3C), RFC 6265bis section 5.6.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::CookieJar;
use url::Url;

use crate::cookies::host_of;
use crate::flash::Flash;
use crate::language::Language;
use crate::pages::{as_page, problem, problem_word};
use crate::router::{Door, Served};
use crate::session::Known;
use crate::sign_in;

/// Under which name pages are served, and who may ask for them.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    host: String,
    origin: String,
    /// Links of other sites may lead here, in a window of their own.
    links_welcome: bool,
    /// Browsers are told never to come without TLS.
    always_tls: bool,
}

impl Rules {
    /// For the window of one program.
    pub(crate) fn embedded(host: String) -> Self {
        Self {
            origin: format!("http://{host}"),
            host,
            links_welcome: false,
            always_tls: false,
        }
    }

    /// For a server that people know as `public_url`, also behind a proxy.
    pub(crate) fn central(public_url: &Url) -> Self {
        let host = host_of(public_url);
        Self {
            origin: format!("{}://{host}", public_url.scheme()),
            host,
            links_welcome: true,
            always_tls: public_url.scheme() == "https",
        }
    }
}

/// A request of somebody who is inside, in the window that embeds the portal.
#[derive(Clone)]
pub(crate) struct Inside;

/// *Source*: CSP Level 3; the OWASP secure headers list.
const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Not no-referrer: browsers then send `Origin: null` with our own forms.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];
/// Two years. *Source*: RFC 6797, section 6.1.
const ALWAYS_TLS: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// Surrounds the pages.
pub(crate) async fn guard(
    State(served): State<Arc<Served>>,
    jar: CookieJar,
    mut request: Request,
    next: Next,
) -> Response {
    let language = Language::asked(request.headers());
    let flash = Arc::new(Flash::read(&served.cookies, &jar));
    request.extensions_mut().insert(flash.clone());
    let patience = served.patience(request.uri().path());
    let answer = async {
        match admit(&served, &jar, &mut request).await {
            Ok(()) => next.run(request).await,
            Err(refusal) => refusal,
        }
    };
    let mut response = tokio::time::timeout(patience, answer)
        .await
        .unwrap_or_else(|_| too_slow());
    response = as_page(response, language);
    flash.write(&served.cookies, &mut response);
    protect(&served.rules, &mut response);
    response
}

/// Surrounds what programs ask for. They show no cookie, so that a browser that
/// another site sends here brings nothing that counts.
pub(crate) async fn programs(
    State(served): State<Arc<Served>>,
    request: Request,
    next: Next,
) -> Response {
    let language = Language::asked(request.headers());
    let is_ours = served.rules.is_our_host(request.headers());
    let mut response = if is_ours {
        let patience = served.patience(request.uri().path());
        match tokio::time::timeout(patience, next.run(request)).await {
            Ok(answer) => answer,
            Err(_) => sign_in::refuse(
                StatusCode::REQUEST_TIMEOUT,
                "The request did not arrive whole in time.",
            ),
        }
    } else {
        let foreign = problem_word(StatusCode::FORBIDDEN, |w| w.foreign_request);
        as_page(foreign, language)
    };
    protect(&served.rules, &mut response);
    response
}

/// The browser is told not to send the rest: who is this slow is not heard again
/// on the same connection.
fn too_slow() -> Response {
    let mut response = StatusCode::REQUEST_TIMEOUT.into_response();
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

/// Leaves with the request who asks.
async fn admit(served: &Served, jar: &CookieJar, request: &mut Request) -> Result<(), Response> {
    if !served.rules.allow(request.method(), request.headers()) {
        return Err(problem_word(StatusCode::FORBIDDEN, |w| w.foreign_request));
    }
    let is_static = request.uri().path().starts_with("/static/");
    let secret = jar.get(&served.cookies.session);
    match &served.door {
        Door::Embedded { entrance, .. } => {
            let now = Instant::now();
            if secret.is_some_and(|secret| entrance.knows(secret.value(), now)) {
                request.extensions_mut().insert(Inside);
            } else if !is_static && !request.uri().path().starts_with("/enter/") {
                return Err(problem_word(StatusCode::FORBIDDEN, |w| w.no_session));
            }
        }
        Door::Central(central) => {
            if let Some(secret) = secret
                && !is_static
            {
                let known = Known::find(central, secret.value()).await;
                let known = known.map_err(|error| {
                    tracing::error!(%error, "a session can't be looked up");
                    let words = Language::asked(request.headers()).entry();
                    problem(StatusCode::SERVICE_UNAVAILABLE, words.ledger_away)
                })?;
                if let Some(known) = known {
                    request.extensions_mut().insert(known);
                }
            }
        }
    }
    Ok(())
}

fn protect(rules: &Rules, response: &mut Response) {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if rules.always_tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, ALWAYS_TLS);
    }
}

impl Rules {
    fn is_our_host(&self, headers: &HeaderMap) -> bool {
        text(headers, header::HOST) == Some(&self.host)
    }

    fn allow(&self, method: &Method, headers: &HeaderMap) -> bool {
        if !self.is_our_host(headers) {
            return false;
        }
        let origin = text(headers, header::ORIGIN);
        let ours = origin == Some(&self.origin);
        if origin.is_some() && !ours {
            return false;
        }
        let site = text(headers, HeaderName::from_static("sec-fetch-site"));
        if method.is_safe() {
            // `none`: typed, or opened by the program itself.
            matches!(site, None | Some("same-origin" | "none"))
                || (self.links_welcome && is_followed_link(headers))
        } else {
            // A form of ours carries at least one of the two; neither is refused.
            site.map_or(ours, |site| site == "same-origin")
        }
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

/// Somebody follows a link in a mail or comes back from the provider: the page
/// replaces the other site's and can't be read by it. `empty`: our own worker
/// asks for it in the browser's place; no script can say `navigate`.
fn is_followed_link(headers: &HeaderMap) -> bool {
    let is = |name, value| text(headers, HeaderName::from_static(name)) == Some(value);
    let whole_page = is("sec-fetch-dest", "document") || is("sec-fetch-dest", "empty");
    is("sec-fetch-mode", "navigate") && whole_page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rules: &Rules, method: Method, headers: &[(&'static str, &'static str)]) -> bool {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        rules.allow(&method, &headers)
    }

    #[test]
    fn only_our_own_pages_and_the_program_may_ask() {
        let rules = Rules::embedded("127.0.0.1:4000".into());
        let check = |method, headers: &[_]| check(&rules, method, headers);
        let host = ("host", "127.0.0.1:4000");
        let origin = ("origin", "http://127.0.0.1:4000");
        let foreign = ("origin", "http://evil.example");
        let site = |value| ("sec-fetch-site", value);
        let followed = [
            host,
            site("cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
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
        assert!(!check(Method::GET, &followed));
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

    #[test]
    fn links_lead_to_the_server_but_no_other_site_can_read_it_or_post_to_it() {
        let rules = Rules::central(&Url::parse("https://print.example.edu/").unwrap());
        let check = |method, headers: &[_]| check(&rules, method, headers);
        let host = ("host", "print.example.edu");
        let cross = ("sec-fetch-site", "cross-site");
        let mode = |value| ("sec-fetch-mode", value);
        let dest = |value| ("sec-fetch-dest", value);
        let origin = ("origin", "https://print.example.edu");
        assert!(check(
            Method::GET,
            &[host, cross, mode("navigate"), dest("document")]
        ));
        assert!(check(
            Method::GET,
            &[host, cross, mode("navigate"), dest("empty")]
        ));
        assert!(check(Method::POST, &[host, origin]));

        assert!(!check(
            Method::GET,
            &[host, cross, mode("navigate"), dest("iframe")]
        ));
        assert!(!check(
            Method::GET,
            &[host, cross, mode("no-cors"), dest("image")]
        ));
        assert!(!check(
            Method::GET,
            &[host, cross, mode("cors"), dest("empty")]
        ));
        assert!(!check(
            Method::POST,
            &[host, cross, mode("navigate"), dest("document")]
        ));
        assert!(!check(
            Method::POST,
            &[host, ("origin", "http://print.example.edu")]
        ));
        assert!(!check(Method::GET, &[("host", "10.0.0.1")]));
    }
}
