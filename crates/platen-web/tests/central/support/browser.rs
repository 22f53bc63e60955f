//! As much of a browser as signing in takes: cookies, redirects, forms.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use reqwest::{Client, RequestBuilder, Response, Url};

/// Sign-in, consent and the redirects between them are fewer.
const MOST_STEPS: usize = 20;

/// An answer.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Seen {
    pub(crate) fn location(&self) -> Option<&str> {
        self.headers
            .get("location")
            .map(|value| value.to_str().unwrap())
    }

    /// The sentence of a page that says what went wrong.
    #[track_caller]
    pub(crate) fn problem(&self) -> &str {
        let Some((_, rest)) = self.text.split_once("data-problem>") else {
            panic!(
                "{} of {} is no problem page: {}",
                self.status, self.url, self.text
            );
        };
        rest.split('<').next().unwrap()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.url, self.text);
        self
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.headers.get_all("set-cookie").iter();
        let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap().to_owned());
        cookies.find(|cookie| cookie.starts_with(&format!("{name}=")))
    }
}

/// Keeps cookies as browsers do: one set for a host, whatever the port.
pub(crate) struct Browser {
    client: Client,
    base: Url,
    pub(crate) cookies: Mutex<BTreeMap<String, String>>,
    pub(crate) language: Mutex<&'static str>,
}

impl Browser {
    pub(crate) fn new(base: &str) -> Self {
        // Another test may have installed it before: the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .no_proxy()
            .build()
            .unwrap();
        Self {
            client,
            base: Url::parse(base).unwrap(),
            cookies: Mutex::default(),
            language: Mutex::new("en"),
        }
    }

    /// Has the cookie of a session with this secret.
    pub(crate) fn remember(&self, secret: &str) {
        let port = self.base.port().unwrap();
        let mut cookies = self.cookies.lock().unwrap();
        cookies.insert(format!("platen-{port}"), secret.to_owned());
    }

    pub(crate) fn cookie_header(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        let pairs = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn request(&self, method: &str, url: &str) -> RequestBuilder {
        let url = self.base.join(url).unwrap();
        self.client
            .request(method.parse().unwrap(), url)
            .header("cookie", self.cookie_header())
            .header("accept-language", *self.language.lock().unwrap())
    }

    /// None if the server hung up while it was sent too much.
    pub(crate) async fn try_send(&self, request: RequestBuilder) -> Option<Seen> {
        match request.send().await {
            Ok(response) => Some(self.read(response).await),
            Err(error) if error.is_request() => None,
            Err(error) => panic!("{error:?}"),
        }
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Seen {
        self.read(request.send().await.unwrap()).await
    }

    async fn read(&self, response: Response) -> Seen {
        let (url, status) = (response.url().clone(), response.status());
        let headers = response.headers().clone();
        for cookie in headers.get_all("set-cookie") {
            let text = cookie.to_str().unwrap();
            let pair = text.split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if text.contains("Max-Age=0") || value.is_empty() {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let endless = headers
            .get("content-type")
            .is_some_and(|kind| kind == "text/event-stream");
        let text = if endless {
            String::new()
        } else {
            response.text().await.unwrap()
        };
        Seen {
            url,
            status,
            headers,
            text,
        }
    }

    pub(crate) async fn get(&self, url: &str) -> Seen {
        self.send(self.request("GET", url)).await
    }

    /// Posts a form as a page of ours does.
    pub(crate) async fn post(&self, url: &str, form: &str) -> Seen {
        let request = self
            .request("POST", url)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        self.send(request).await
    }

    /// Follows redirects.
    pub(crate) async fn follow(&self, mut seen: Seen) -> Seen {
        for _ in 0..MOST_STEPS {
            let Some(next) = seen.location() else {
                return seen;
            };
            let next = seen.url.join(next).unwrap();
            seen = self.get(next.as_str()).await;
        }
        panic!("redirects without end at {}", seen.url);
    }

    /// Goes to `path` and fills in the provider's forms until a page of the
    /// site is there.
    pub(crate) async fn sign_in(&self, path: &str, login: &str) -> Seen {
        let start = self.get(path).await;
        let answer = self.at_provider(start, login).await;
        self.follow(answer).await
    }

    /// Fills in the provider's forms, and stops before the browser comes back.
    pub(crate) async fn at_provider(&self, mut seen: Seen, login: &str) -> Seen {
        for _ in 0..MOST_STEPS {
            if let Some(next) = seen.location() {
                let next = seen.url.join(next).unwrap();
                let home = next.host() == self.base.host() && next.port() == self.base.port();
                if home && seen.url.port() != self.base.port() {
                    return seen;
                }
                seen = self.get(next.as_str()).await;
            } else if let Some((action, fields)) = form(&seen.text) {
                let fields = format!("{fields}&login={login}&password=any&logout=yes");
                let action = seen.url.join(&action).unwrap();
                let request = self.request("POST", action.as_str());
                let kind = "application/x-www-form-urlencoded";
                let request = request.header("content-type", kind).body(fields);
                seen = self.send(request).await;
            } else {
                return seen;
            }
        }
        panic!("the provider asks without end at {}", seen.url);
    }
}

/// Where the provider's form goes, and its hidden fields.
fn form(page: &str) -> Option<(String, String)> {
    let form = &page[page.find("<form")?..];
    let form = &form[..form.find("</form>")?];
    let mut fields = url::form_urlencoded::Serializer::new(String::new());
    for input in form.split("<input").skip(1) {
        if input.contains("type=\"hidden\"") {
            fields.append_pair(&attribute(input, "name")?, &attribute(input, "value")?);
        }
    }
    Some((attribute(form, "action")?, fields.finish()))
}

fn attribute(element: &str, name: &str) -> Option<String> {
    let start = element.find(&format!(" {name}=\""))? + name.len() + 3;
    let rest = &element[start..];
    Some(rest[..rest.find('"')?].replace("&amp;", "&"))
}

/// What the ledger knows a secret by.
pub(crate) fn digest(secret: &str) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, secret.as_bytes());
    digest.as_ref().try_into().unwrap()
}
