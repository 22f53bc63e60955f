//! The router with a visitor who came in by a link.

#[path = "../../examples/gallery/sample.rs"]
pub(crate) mod sample;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use platen_web::{Entrance, PrinterChoice, router};
use sample::{Content, SamplePortal, account, document, points};
use tower::ServiceExt as _;
use uuid::Uuid;

pub(crate) const HOST: &str = "127.0.0.1:4711";

pub(crate) struct Site {
    pub(crate) app: Router,
    pub(crate) entrance: Arc<Entrance>,
    pub(crate) portal: Arc<SamplePortal>,
    pub(crate) cookie: String,
    /// The notice that the browser keeps for the next page.
    notice: Mutex<String>,
}

pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Seen {
    pub(crate) fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }
}

pub(crate) async fn ask(app: &Router, request: Request<Body>) -> Seen {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 10_000_000).await.unwrap();
    Seen {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(body.to_vec()).unwrap(),
    }
}

impl Site {
    /// A site whose visitor came in by a link.
    pub(crate) async fn open(content: Content) -> Self {
        let portal = Arc::new(SamplePortal::new(content));
        let entrance = Arc::new(Entrance::new());
        let app = router(portal.clone(), entrance.clone(), HOST.into());
        let link = entrance.mint("/");
        let get = Request::get(link).header(header::HOST, HOST);
        let seen = ask(&app, get.body(Body::empty()).unwrap()).await;
        let cookie = seen.headers[header::SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self {
            app,
            entrance,
            portal,
            cookie,
            notice: Mutex::default(),
        }
    }

    pub(crate) async fn browse(&self, request: Request<Body>) -> Seen {
        let seen = ask(&self.app, request).await;
        for cookie in seen.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            if cookie.starts_with("platen-notice-4711=") {
                *self.notice.lock().unwrap() = cookie.split(';').next().unwrap().to_owned();
            }
        }
        seen
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, HOST)
            .header(header::COOKIE, &self.cookie)
            .header(header::COOKIE, &*self.notice.lock().unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> Seen {
        let request = self.request("GET", path);
        self.browse(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> Seen {
        let request = self
            .request("POST", path)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.browse(request.body(Body::from(form.to_owned())).unwrap())
            .await
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.portal.content().calls.clone()
    }
}

pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// R-5's example: limit 50, printed 4, one document of 15; another account
/// that is full, and one without limit.
pub(crate) fn content() -> Content {
    let mut essay = document(11, "essay.pdf", 15, 5);
    essay.finishing.monochrome = true;
    let accounts = vec![
        (account(1, "Print Quota", Some(50), 0), points(4)),
        (account(2, "Research", Some(10), 0), points(10)),
        (account(3, "Open", None, 0), points(50)),
        (account(4, "Small", Some(20), 0), points(8)),
    ];
    essay.row.account = Some(accounts[0].0.id);
    let printer = |name: &str, ready| PrinterChoice {
        name: name.into(),
        info: String::new(),
        location: "Library".into(),
        ready,
        message: None,
    };
    Content {
        active: Some(accounts[0].0.id),
        accounts,
        documents: vec![essay],
        printers: vec![printer("lab", true)],
        ..Content::default()
    }
}

pub(crate) fn path(what: &str) -> String {
    format!("/documents/{}/{what}", id(11))
}
