//! What makes the portal an app on a phone: a manifest, a worker that says so
//! when there is no network, and notifications. *Source*: rules.md R-35; Web
//! Application Manifest and Service Workers (W3C).

use askama::Template;
use axum::extract::Form;
use axum::extract::rejection::FormRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::frame::{Frame, Here, Visit};
use super::{Refusal, render, see_other, show};
use crate::language::Language;
use crate::portal::PushSubscription;
use crate::words::Words;

/// Longer than any push service's addresses.
const ENDPOINT_BYTES: usize = 2048;
/// An uncompressed point on P-256. *Source*: RFC 8291, section 3.1.
const KEY_BYTES: usize = 65;
/// *Source*: RFC 8291, section 3.2.
const AUTH_BYTES: usize = 16;

#[derive(Template)]
#[template(path = "portal/notifications.html")]
struct NotificationsPage<'a> {
    frame: &'a Frame,
    problem: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "portal/offline.html")]
struct OfflinePage {
    w: &'static Words,
}

/// The app's name, icons and colours. It is fetched without a session.
pub(crate) async fn manifest(language: Language) -> Response {
    let words = language.words();
    let icon = |name: &str, size: &str, purpose: &str| {
        json!({
            "src": format!("/static/{name}"),
            "sizes": size,
            "type": "image/png",
            "purpose": purpose,
        })
    };
    let manifest = json!({
        "id": "/",
        "name": words.product,
        "short_name": words.product,
        "description": words.app_description,
        "lang": language.tag(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f4f5f8",
        "theme_color": "#2f4fd0",
        "icons": [
            icon("icon-192.png", "192x192", "any"),
            icon("icon-512.png", "512x512", "any"),
            icon("icon-maskable-512.png", "512x512", "maskable"),
        ],
        "shortcuts": [
            { "name": words.upload_title, "url": "/upload" },
            { "name": words.history, "url": "/history" },
        ],
    });
    let kind = [(header::CONTENT_TYPE, "application/manifest+json")];
    (kind, manifest.to_string()).into_response()
}

/// The worker; here and not under `/static/`, since where it lies is what it
/// may serve.
pub(crate) async fn worker() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    let script = include_str!("../../../../ui/static/worker.js");
    (headers, script).into_response()
}

/// What the worker shows instead of a page that it can't get. Nobody's in
/// particular.
pub(crate) async fn offline(language: Language) -> Response {
    let page = OfflinePage {
        w: language.words(),
    };
    render(StatusCode::OK, &page)
}

pub(crate) async fn notifications(visit: Visit) -> Result<Response, Refusal> {
    let frame = Frame::load(&visit, Here::Documents).await?;
    if frame.push_key.is_none() {
        return Err(Refusal::not_found(|w| w.page_unknown));
    }
    let page = NotificationsPage {
        frame: &frame,
        problem: None,
    };
    Ok(render(StatusCode::OK, &page))
}

/// A browser's subscription, as it serialises it.
#[derive(Deserialize)]
pub(crate) struct Subscription {
    endpoint: String,
    p256dh: String,
    auth: String,
}

pub(crate) async fn subscribe(
    visit: Visit,
    form: Result<Form<Subscription>, FormRejection>,
) -> Result<Response, Refusal> {
    let bad = || Refusal::bad_input(|w| w.push_bad);
    let Form(asked) = form.map_err(|_| bad())?;
    let bytes = |text: &str, length: usize| {
        let text = text.trim_end_matches('=');
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == length).then_some(bytes)
    };
    let subscription = PushSubscription {
        endpoint: endpoint_in(&asked.endpoint).ok_or_else(bad)?,
        key: bytes(&asked.p256dh, KEY_BYTES)
            .filter(|key| key.first() == Some(&4))
            .ok_or_else(bad)?,
        auth: bytes(&asked.auth, AUTH_BYTES).ok_or_else(bad)?,
        language: visit.language(),
    };
    visit.portal().put_push(subscription).await?;
    visit.tell(visit.words().push_on);
    Ok(see_other("/"))
}

/// The subscription that is to end.
#[derive(Deserialize)]
pub(crate) struct Ended {
    endpoint: String,
}

pub(crate) async fn unsubscribe(
    visit: Visit,
    form: Result<Form<Ended>, FormRejection>,
) -> Result<Response, Refusal> {
    let bad = || Refusal::bad_input(|w| w.push_bad);
    let Form(asked) = form.map_err(|_| bad())?;
    let endpoint = endpoint_in(&asked.endpoint).ok_or_else(bad)?;
    visit.portal().remove_push(&endpoint).await?;
    visit.tell(visit.words().push_off);
    Ok(see_other("/"))
}

/// An address that a push service may have: https, by name and without a user.
fn endpoint_in(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let named = url.domain().is_some() && url.username().is_empty() && url.password().is_none();
    (text.len() <= ENDPOINT_BYTES && url.scheme() == "https" && named).then(|| url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_push_services_are_kept() {
        let good = "https://push.example.net/send/abc?x=1";
        assert_eq!(endpoint_in(good).as_deref(), Some(good));
        for bad in [
            "",
            "http://push.example.net/a",
            "https://127.0.0.1/a",
            "https://[::1]/a",
            "https://user:secret@push.example.net/",
            "file:///etc/passwd",
            &format!("https://push.example.net/{}", "x".repeat(3000)),
        ] {
            assert_eq!(endpoint_in(bad), None, "{bad}");
        }
    }
}
