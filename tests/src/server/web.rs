//! A person's browser at the server, without the drawing.

use std::collections::BTreeMap;
use std::sync::Mutex;

use anyhow::{Context, Result, bail, ensure};
use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response, Url};

/// Sign-in pages, forms and the redirects between them are fewer.
pub(super) const MOST_STEPS: usize = 25;

/// Keeps cookies as a browser does, and sends what a browser's own pages send.
pub struct WebClient {
    http: reqwest::Client,
    origin: String,
    /// Cookies by host, with its port, and name.
    cookies: Mutex<BTreeMap<(String, String), String>>,
}

/// A page as it came.
#[derive(Clone, Debug)]
pub struct WebPage {
    /// HTTP's status.
    pub status: u16,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl WebClient {
    /// A browser that nobody is signed in with.
    ///
    /// # Errors
    /// When there is no TLS.
    pub fn new(origin: &str) -> Result<Self> {
        // Another test of this process may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            http,
            origin: origin.trim_end_matches('/').to_owned(),
            cookies: Mutex::default(),
        })
    }

    /// Signs `login` in at the server `origin` through the provider's pages.
    ///
    /// # Errors
    /// When a page does not answer or refuses.
    pub async fn sign_in(origin: &str, login: &str) -> Result<Self> {
        let browser = Self::new(origin)?;
        let mut at = Url::parse(&format!("{}/", browser.origin))?;
        let mut page = browser.visit(Method::GET, &at, None).await?;
        for _ in 0..MOST_STEPS {
            if let Some(next) = &page.location {
                at = at.join(next)?;
                page = browser.visit(Method::GET, &at, None).await?;
                continue;
            }
            let ours = at.origin().ascii_serialization() == browser.origin;
            if ours && !at.path().starts_with("/sign-in") {
                ensure!(page.status == 200, "signing in ended with {page:?}");
                return Ok(browser);
            }
            let form = Form::find(&page.text)
                .with_context(|| format!("no form to sign in with at {at}: {page:?}"))?;
            at = at.join(&form.action)?;
            let is_post = form.is_post;
            let fields = if ours {
                form.hidden
            } else {
                form.filled_in(login)
            };
            let method = if is_post { Method::POST } else { Method::GET };
            page = browser.visit(method, &at, Some(fields)).await?;
        }
        bail!("signing in does not end")
    }

    pub(super) async fn visit(
        &self,
        method: Method,
        url: &Url,
        form: Option<Vec<(String, String)>>,
    ) -> Result<WebPage> {
        let mut request = self.http.request(method.clone(), url.clone());
        request = match form {
            Some(fields) if method == Method::POST => request
                .form(&fields)
                .header("origin", url.origin().ascii_serialization())
                .header("sec-fetch-site", "same-origin"),
            Some(fields) => request.query(&fields),
            None => request,
        };
        self.send(request.header("accept", "text/html")).await
    }

    /// The cookie header for the server, for clients of one's own.
    #[must_use]
    pub fn cookie_header(&self) -> String {
        Url::parse(&self.origin).map_or_else(|_| String::new(), |url| self.cookies_for(&url))
    }

    /// Scheme, host and port of the server.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Asks for a page.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn get(&self, path: &str) -> Result<WebPage> {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends a form.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<WebPage> {
        self.send(self.request(Method::POST, path).form(form)).await
    }

    /// Sends a form that must be accepted.
    ///
    /// # Errors
    /// When the server refuses, with its page.
    pub async fn done(&self, path: &str, form: &[(&str, &str)]) -> Result<WebPage> {
        let page = self.post(path, form).await?;
        ensure!(
            page.status < 400,
            "the server refused {path} with {}: {}",
            page.status,
            page.text
        );
        Ok(page)
    }

    /// Brings a document to the portal, as its form does.
    ///
    /// # Errors
    /// When the server refuses, with its page.
    pub async fn upload(&self, name: &str, content: &[u8]) -> Result<WebPage> {
        let boundary = "----the-end-of-a-part";
        let mut body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/pdf\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(content);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let request = self.request(Method::POST, "/upload").body(body).header(
            "content-type",
            format!("multipart/form-data; boundary={boundary}"),
        );
        let page = self.send(request).await?;
        ensure!(
            page.status < 400,
            "the server refused {name} with {}: {}",
            page.status,
            page.text
        );
        Ok(page)
    }

    /// A request about to be sent with [`WebClient::send`], with what a page of the server's own
    /// would send along.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.origin);
        let request = self.http.request(method.clone(), url);
        if method.is_safe() {
            return request;
        }
        request
            .header("origin", &self.origin)
            .header("sec-fetch-site", "same-origin")
    }

    /// Sends a request with the cookies there are, and keeps those that come.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn send(&self, request: RequestBuilder) -> Result<WebPage> {
        let response = self.open(request).await?;
        Ok(WebPage {
            status: response.status().as_u16(),
            location: response
                .headers()
                .get(LOCATION)
                .and_then(|location| location.to_str().ok())
                .map(str::to_owned),
            headers: response.headers().clone(),
            text: response.text().await?,
        })
    }

    /// As [`WebClient::send`], with the body still to come: for streams.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn open(&self, request: RequestBuilder) -> Result<Response> {
        let (http, request) = request.build_split();
        let mut request = request?;
        let cookies = self.cookies_for(request.url());
        if !cookies.is_empty() {
            request.headers_mut().insert("cookie", cookies.parse()?);
        }
        let host = host(request.url());
        let response = http.execute(request).await?;
        self.keep(&host, response.headers());
        Ok(response)
    }

    fn cookies_for(&self, url: &Url) -> String {
        let host = host(url);
        let cookies = self.cookies.lock().expect("nobody panics holding it");
        let pairs: Vec<String> = cookies
            .iter()
            .filter(|((of, _), _)| *of == host)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    fn keep(&self, host: &str, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().expect("nobody panics holding it");
        for cookie in headers.get_all(SET_COOKIE) {
            let text = String::from_utf8_lossy(cookie.as_bytes()).into_owned();
            let mut parts = text.split(';');
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            let key = (host.to_owned(), name.trim().to_owned());
            let gone = parts.any(|part| part.trim().eq_ignore_ascii_case("max-age=0"));
            if gone || value.is_empty() {
                cookies.remove(&key);
            } else {
                cookies.insert(key, value.to_owned());
            }
        }
    }
}

fn host(url: &Url) -> String {
    format!(
        "{}:{}",
        url.host_str().unwrap_or_default(),
        url.port_or_known_default().unwrap_or_default()
    )
}

/// The first form of a page that leads on.
pub(super) struct Form {
    pub(super) action: String,
    is_post: bool,
    hidden: Vec<(String, String)>,
}

impl Form {
    pub(super) fn find(page: &str) -> Option<Self> {
        let form = &page[page.find("<form")?..];
        let form = &form[..form.find("</form>")?];
        let tag = &form[..form.find('>')?];
        let hidden = form
            .split("<input")
            .skip(1)
            .filter(|input| input.contains("type=\"hidden\""))
            .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)))
            .collect();
        Some(Self {
            action: attribute(tag, "action").unwrap_or_default(),
            is_post: attribute(tag, "method").is_some_and(|it| it.eq_ignore_ascii_case("post")),
            hidden,
        })
    }

    pub(super) fn filled_in(self, login: &str) -> Vec<(String, String)> {
        let mut fields = vec![
            ("login".to_owned(), login.to_owned()),
            ("password".to_owned(), "any".to_owned()),
        ];
        fields.extend(self.hidden);
        fields
    }
}

fn attribute(element: &str, name: &str) -> Option<String> {
    let start = element.find(&format!(" {name}=\""))? + name.len() + 3;
    let rest = &element[start..];
    Some(rest[..rest.find('"')?].replace("&amp;", "&"))
}
