//! A console to ask, as an administrator or as somebody else.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use platen_ledger::{AuditFilter, Ledger};
use platen_web::{Central, CentralConfig, central_router};
use ring::digest::{SHA256, digest};
use tower::ServiceExt as _;
use url::form_urlencoded::Serializer;

use crate::seed::{Directory, Seed, person, session};

const HOST: &str = "127.0.0.1:8631";
const ORIGIN: &str = "http://127.0.0.1:8631";

/// A console on a ledger of its own.
pub(crate) struct Console {
    pub(crate) ledger: Ledger,
    pub(crate) seed: Seed,
    router: Router,
    language: &'static str,
    who: &'static str,
    // Last: the ledger's file goes after everything that uses it.
    _directory: Directory,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

fn digest_of(secret: &str) -> [u8; 32] {
    digest(&SHA256, secret.as_bytes())
        .as_ref()
        .try_into()
        .unwrap()
}

impl Console {
    /// A site where nothing was set up yet.
    pub(crate) async fn empty() -> Self {
        let directory = Directory::new();
        let now = Timestamp::now();
        let seed = Seed::empty(directory.path(), now);
        let ledger = seed.ledger.clone();
        for (name, administrator) in [("admin", true), ("second", true), ("user", false)] {
            let session = session(person(name, &[]), administrator, now);
            seed.sign_in(digest_of(name), session).await;
        }
        let config = CentralConfig {
            public_url: ORIGIN.parse().unwrap(),
            zone: TimeZone::UTC,
            administrators: BTreeSet::from(["platen-admins".to_owned()]),
            identity: None,
            upload_limit_bytes: 1_000_000,
        };
        let router = central_router(Arc::new(Central::new(ledger.clone(), config)));
        Self {
            ledger,
            seed,
            router,
            language: "en",
            who: "admin",
            _directory: directory,
        }
    }

    /// A site with accounts and rates.
    pub(crate) async fn new() -> Self {
        let console = Self::empty().await;
        console.seed.site().await;
        console
    }

    /// A site with a month of use.
    pub(crate) async fn used() -> Self {
        let mut console = Self::new().await;
        console.seed.month().await;
        console
    }

    /// From now on somebody else asks: `admin`, `second`, `user` or nobody.
    pub(crate) fn ask_as(&mut self, who: &'static str) {
        self.who = who;
    }

    pub(crate) fn speak(&mut self, language: &'static str) {
        self.language = language;
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None, Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(fields);
        let kind = "application/x-www-form-urlencoded";
        let body = Body::from(form.finish());
        self.ask(Method::POST, path, Some(kind), body).await
    }

    /// Posts a file as a browser does.
    pub(crate) async fn upload(&self, path: &str, file: &[u8]) -> Answer {
        let mut body = b"--XX\r\nContent-Disposition: form-data; name=\"file\"; \
            filename=\"file.csv\"\r\nContent-Type: text/csv\r\n\r\n"
            .to_vec();
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--XX--\r\n");
        let kind = "multipart/form-data; boundary=XX";
        self.ask(Method::POST, path, Some(kind), Body::from(body))
            .await
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        body: Body,
    ) -> Answer {
        let request = self.request(method, path, kind, body);
        let response = self.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 64 * 1024 * 1024).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    pub(crate) fn request(
        &self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        body: Body,
    ) -> Request<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, HOST)
            .header(header::ORIGIN, ORIGIN)
            .header(header::ACCEPT_LANGUAGE, self.language);
        if !self.who.is_empty() {
            request = request.header(header::COOKIE, format!("platen-8631={}", self.who));
        }
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        request.body(body).unwrap()
    }

    pub(crate) async fn path_of(&self, code: &str) -> String {
        let account = self.ledger.account_by_code(code).await.unwrap().unwrap();
        format!("/console/accounts/{}", account.id.0)
    }

    pub(crate) async fn account(&self, code: &str) -> platen_domain::Account {
        self.ledger.account_by_code(code).await.unwrap().unwrap()
    }

    /// What the audit log has, newest first.
    pub(crate) async fn actions(&self) -> Vec<String> {
        let page = self.ledger.audit(AuditFilter::default()).await.unwrap();
        page.rows.into_iter().map(|entry| entry.action).collect()
    }
}

impl Answer {
    /// Holds the answer to a page that says `text`.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(
            self.text().contains(text),
            "{text:?} is not in {}: {}",
            self.status,
            self.text()
        );
        self
    }

    #[track_caller]
    pub(crate) fn says_not(&self, text: &str) -> &Self {
        assert!(
            !self.text().contains(text),
            "{text:?} is in {}",
            self.text()
        );
        self
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    /// Holds the answer to a redirect to `path`, and gives the notice it leaves.
    #[track_caller]
    pub(crate) fn leads_to(&self, path: &str) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text());
        assert_eq!(self.headers[header::LOCATION], path);
        self.notice()
    }

    pub(crate) fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }

    fn notice(&self) -> String {
        use base64::Engine as _;
        let cookies = self.headers.get_all(header::SET_COOKIE).iter();
        let mut cookies = cookies.filter_map(|cookie| cookie.to_str().ok());
        let Some(cookie) = cookies.find(|cookie| cookie.starts_with("platen-notice")) else {
            return String::new();
        };
        let value = cookie.split([';', '=']).nth(1).unwrap();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(value)
            .unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// The value of a field of a form.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> String {
        let at = self
            .body
            .find(&format!("name=\"{name}\""))
            .unwrap_or_else(|| panic!("no field {name} in {}", self.body));
        let tag_start = self.body[..at].rfind('<').unwrap();
        let tag = &self.body[tag_start..];
        let tag = &tag[..tag.find('>').unwrap()];
        let value = tag.split("value=\"").nth(1).unwrap_or_default();
        value.split('"').next().unwrap().to_owned()
    }

    /// What stands beside a field that is wrong.
    #[track_caller]
    pub(crate) fn fault(&self, field: &str) -> String {
        let mark = format!("id=\"{field}-fault\"");
        let at = self
            .body
            .find(&mark)
            .unwrap_or_else(|| panic!("no fault at {field} in {}", self.text()));
        let rest = &self.body[at..];
        let rest = &rest[rest.find("<span>").unwrap() + 6..];
        rest[..rest.find("</span>").unwrap()].to_owned()
    }

    /// What a person reads: the page's main part without tags.
    pub(crate) fn text(&self) -> String {
        let main = match self.body.find("<main") {
            Some(at) => &self.body[at..],
            None => &self.body,
        };
        let mut text = String::new();
        let mut inside = false;
        for letter in main.chars() {
            match letter {
                '<' => inside = true,
                '>' => {
                    inside = false;
                    text.push(' ');
                }
                letter if !inside => text.push(letter),
                _ => {}
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
