//! How this client speaks HTTP to services of its site.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Proxy};
use url::{Host, Url};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A client to be, for the service at `target`: with the computer's certificates, and by way
/// of `proxy`, whatever the system says of proxies.
///
/// # Errors
/// The proxy's address is none.
pub fn http(target: &Url, proxy: Option<&Url>) -> Result<ClientBuilder, reqwest::Error> {
    // Another part of the program may have installed it before: the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("Platen/", env!("CARGO_PKG_VERSION")));
    Ok(match proxy {
        Some(proxy) => builder.proxy(Proxy::all(proxy.clone())?),
        None if is_loopback(target) => builder.no_proxy(),
        None => builder,
    })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}
