//! HTTP as the provider needs it: no redirects, deadlines, bounded answers.

use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use url::{Host, Url};

/// Metadata, keys and tokens are a few kB; nothing honest comes near this.
const RESPONSE_LIMIT_BYTES: usize = 1 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("no answer")]
    Unreachable(#[source] reqwest::Error),
    #[error("plain http to another machine ({0})")]
    Insecure(String),
    #[error("the answer is too large")]
    TooLarge,
    #[error("the request can't be made")]
    Request(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A client that keeps no idle connections, so that it never wakes up.
#[derive(Clone, Debug)]
pub(crate) struct Http(reqwest::Client);

pub(crate) type Answer = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send>>;

impl Http {
    /// *Errors*: the machine's certificates can't be read.
    pub(crate) fn new(issuer: &Url) -> Result<Self, HttpError> {
        // Another part of the program may have installed it before: the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .pool_max_idle_per_host(0)
            .user_agent(concat!("Platen/", env!("CARGO_PKG_VERSION")));
        if is_loopback(issuer) {
            builder = builder.no_proxy();
        }
        builder.build().map(Self).map_err(HttpError::Unreachable)
    }

    /// Sends one request in the form that `openidconnect` uses.
    pub(crate) fn send(&self, request: HttpRequest) -> Answer {
        let client = self.0.clone();
        Box::pin(async move {
            let request = reqwest::Request::try_from(request)
                .map_err(|error| HttpError::Request(error.into()))?;
            if !is_safe(request.url()) {
                return Err(HttpError::Insecure(
                    request.url().host_str().unwrap_or_default().to_owned(),
                ));
            }
            let mut response = client
                .execute(request)
                .await
                .map_err(HttpError::unreachable)?;
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(HttpError::unreachable)? {
                if body.len() + chunk.len() > RESPONSE_LIMIT_BYTES {
                    return Err(HttpError::TooLarge);
                }
                body.extend_from_slice(&chunk);
            }
            let mut answer = HttpResponse::new(body);
            *answer.status_mut() = response.status();
            *answer.headers_mut() = std::mem::take(response.headers_mut());
            Ok(answer)
        })
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Answer;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        self.send(request)
    }
}

impl HttpError {
    fn unreachable(error: reqwest::Error) -> Self {
        Self::Unreachable(error.without_url())
    }
}

/// Whether tokens may travel to this address.
///
/// *Source*: OpenID Connect Core 1.0, section 16.17 (TLS); loopback never
/// leaves the machine.
#[must_use]
pub fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        for (url, safe) in [
            ("https://login.example.edu/", true),
            ("http://login.example.edu/", false),
            ("http://127.0.0.1:9440/", true),
            ("http://[::1]:9440/", true),
            ("http://localhost/", true),
            ("http://localhost.example.edu/", false),
            ("http://127.0.0.1.example.edu/", false),
            ("ftp://127.0.0.1/", false),
        ] {
            assert_eq!(is_safe(&Url::parse(url).unwrap()), safe, "{url}");
        }
    }
}
