//! HTTP to the server, and what its answers mean.

use std::net::IpAddr;
use std::time::Duration;

use platen_sync::engine::Trouble;
use platen_sync::wire::{
    Answers, Balances, CONTENT_TYPE, Down, Enrolled, Enrolment, Failure, Fault, HEADER, Protocols,
    View, limit,
};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE as CONTENT_TYPE_HEADER, HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, StatusCode};
use url::{Host, Url};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The server answers a waiting request after 50 seconds.
const VIEW_TIMEOUT: Duration = Duration::from_secs(65);
const TIMEOUT: Duration = Duration::from_secs(20);
/// A connection that went away while a request waits is noticed by these.
const KEEPALIVE: Duration = Duration::from_secs(15);
const PROBES: u32 = 3;
/// *Source*: RFC 6585, section 6: a network that wants a sign-in first.
const NETWORK_AUTHENTICATION_REQUIRED: u16 = 511;

/// What came of a request for the server's state.
pub(crate) enum Seen {
    /// Nothing newer.
    Same,
    New(Box<View>),
    /// Balances of shared pools alone changed.
    Balances(Box<Balances>),
}

/// The server, as requests reach it.
pub(crate) struct Transport {
    http: Client,
    server: Url,
}

impl Transport {
    /// `proxy`: by way of it, whatever the system says.
    ///
    /// *Errors*: the computer's certificates can't be read, or the proxy's address
    /// is none.
    pub(crate) fn new(server: Url, proxy: Option<&Url>) -> Result<Self, reqwest::Error> {
        // Another part of the program may have installed it before: the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_keepalive(KEEPALIVE)
            .tcp_keepalive_interval(KEEPALIVE / 3)
            .tcp_keepalive_retries(PROBES)
            .pool_max_idle_per_host(1)
            .user_agent(concat!("Platen/", env!("CARGO_PKG_VERSION")));
        if let Some(proxy) = proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy.clone())?);
        } else if is_loopback(&server) {
            builder = builder.no_proxy();
        }
        Ok(Self {
            http: builder.build()?,
            server,
        })
    }

    pub(crate) async fn enrol(
        &self,
        id_token: &str,
        enrolment: &Enrolment,
    ) -> Result<Enrolled, Trouble> {
        let body = serde_json::to_string(enrolment).expect("texts always have a JSON form");
        let request = self.http.post(self.address("sync/enrolment"));
        let request = request.header(CONTENT_TYPE_HEADER, CONTENT_TYPE).body(body);
        let (_, body) = ask(request.timeout(TIMEOUT), id_token).await?;
        Enrolled::from_json(&body).map_err(|fault| garbled(&fault))
    }

    pub(crate) async fn view(
        &self,
        token: &str,
        after: Option<u64>,
        wait: bool,
    ) -> Result<Seen, Trouble> {
        let mut address = self.address("sync/view");
        if let Some(after) = after {
            address.set_query(Some(&format!("after={after}&wait={wait}&changes=true")));
        }
        let timeout = if wait { VIEW_TIMEOUT } else { TIMEOUT };
        let (status, body) = ask(self.http.get(address).timeout(timeout), token).await?;
        if status == StatusCode::NO_CONTENT {
            return Ok(Seen::Same);
        }
        match Down::from_json(&body) {
            Ok(Down::View(view)) => Ok(Seen::New(view)),
            Ok(Down::Balances(balances)) => Ok(Seen::Balances(balances)),
            Err(fault) => Err(garbled(&fault)),
        }
    }

    pub(crate) async fn operations(&self, token: &str, batch: String) -> Result<Answers, Trouble> {
        let request = self.http.post(self.address("sync/operations"));
        let request = request
            .header(CONTENT_TYPE_HEADER, CONTENT_TYPE)
            .body(batch);
        let (_, body) = ask(request.timeout(TIMEOUT), token).await?;
        Answers::from_json(&body).map_err(|fault| garbled(&fault))
    }

    fn address(&self, path: &str) -> Url {
        let mut address = self.server.clone();
        let base = address.path().trim_end_matches('/').to_owned();
        address.set_path(&format!("{base}/{path}"));
        address
    }
}

/// Asks, and reads an answer that is the server's.
async fn ask(request: RequestBuilder, token: &str) -> Result<(StatusCode, Vec<u8>), Trouble> {
    let request = request
        .header(HEADER, Protocols::OURS.to_string())
        .header(AUTHORIZATION, format!("Bearer {token}"));
    let mut response = request.send().await.map_err(|error| trouble(&error))?;
    let status = response.status();
    if !is_ours(response.headers()) {
        return Err(of_others(status, response.headers()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| trouble(&error))? {
        if body.len() + chunk.len() > limit::DOWN_BYTES {
            return Err(garbled(&Fault::TooLarge {
                most: limit::DOWN_BYTES,
            }));
        }
        body.extend_from_slice(&chunk);
    }
    if status == StatusCode::OK || status == StatusCode::NO_CONTENT {
        return Ok((status, body));
    }
    match Failure::from_json(&body) {
        Ok(failure) => Err(Trouble::Failed(failure)),
        Err(_) => Err(Trouble::Unavailable {
            retry_after_s: retry_after(response.headers()),
        }),
    }
}

fn garbled(fault: &Fault) -> Trouble {
    tracing::error!(%fault, "the print server’s answer makes no sense");
    Trouble::Garbled
}

/// An answer that says which versions of the protocol its sender speaks.
fn is_ours(headers: &HeaderMap) -> bool {
    let said = headers.get(HEADER).and_then(|value| value.to_str().ok());
    said.is_some_and(|said| said.parse::<Protocols>().is_ok())
}

/// What stands before a server says that the server is away; a captive portal says
/// anything.
fn of_others(status: StatusCode, headers: &HeaderMap) -> Trouble {
    if status.is_server_error() && status.as_u16() != NETWORK_AUTHENTICATION_REQUIRED {
        return Trouble::Unavailable {
            retry_after_s: retry_after(headers),
        };
    }
    Trouble::NotOurs
}

/// *Source*: RFC 9110, section 10.2.3; a date is not waited for.
fn retry_after(headers: &HeaderMap) -> Option<u32> {
    let said = headers.get(RETRY_AFTER)?;
    said.to_str().ok()?.trim().parse().ok()
}

fn trouble(error: &reqwest::Error) -> Trouble {
    tracing::debug!(?error, "no answer of the print server");
    if is_about_certificates(error) {
        Trouble::Certificate
    } else {
        Trouble::Unreachable
    }
}

fn is_about_certificates(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return matches!(error, rustls::Error::InvalidCertificate(_));
    }
    // An input and output error shows what is in it, but not as its source.
    let inner = error.downcast_ref::<std::io::Error>();
    match inner.and_then(std::io::Error::get_ref) {
        Some(inner) => is_about_certificates(inner),
        None => error.source().is_some_and(is_about_certificates),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}
