//! Who really asks: behind trusted proxies, whom they name.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

use crate::config::Network;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Headers that only proxies set.
const BY_PROXIES: [&str; 4] = [FORWARDED_FOR, "forwarded", "x-forwarded-host", "via"];

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    /// The address; its port is zero where a proxy named it.
    pub(crate) address: SocketAddr,
    /// Whether the address is to be believed.
    pub(crate) certain: bool,
}

/// Finds out who asks. Of the addresses that proxies added, read from the last,
/// the first that is not a trusted proxy itself counts: everything before it
/// could be made up.
///
/// *Source*: RFC 7239, section 8.1.
pub(crate) fn client(peer: SocketAddr, headers: &HeaderMap, trusted: &[Network]) -> Client {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(peer.ip()) {
        let through = BY_PROXIES.iter().any(|name| headers.contains_key(*name));
        return Client {
            address: peer,
            certain: !through,
        };
    }
    let named: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let mut client = Client {
        address: peer,
        certain: true,
    };
    for name in named.iter().rev() {
        let Ok(address) = name.parse::<IpAddr>() else {
            client.certain = false;
            break;
        };
        client.address = SocketAddr::new(address.to_canonical(), 0);
        if !is_trusted(address) {
            break;
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(peer: &str, forwarded: Option<&'static str>, expected: &str, certain: bool) {
        let trusted = ["127.0.0.1".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        if let Some(forwarded) = forwarded {
            headers.insert(FORWARDED_FOR, HeaderValue::from_static(forwarded));
        }
        let found = client(format!("{peer}:4711").parse().unwrap(), &headers, &trusted);
        assert_eq!(found.address.ip().to_string(), expected);
        assert_eq!(found.certain, certain);
    }

    #[test]
    fn the_last_address_that_no_trusted_proxy_has_counts() {
        check("198.51.100.7", None, "198.51.100.7", true);
        check("127.0.0.1", None, "127.0.0.1", true);
        check("127.0.0.1", Some("203.0.113.5"), "203.0.113.5", true);
        check(
            "127.0.0.1",
            Some("1.2.3.4, 203.0.113.5, 10.1.1.1"),
            "203.0.113.5",
            true,
        );
        check("127.0.0.1", Some("10.0.0.9, 10.1.1.1"), "10.0.0.9", true);
    }

    #[test]
    fn what_anybody_could_say_is_not_believed() {
        check("198.51.100.7", Some("127.0.0.1"), "198.51.100.7", false);
        check("127.0.0.1", Some("nonsense"), "127.0.0.1", false);
        check(
            "127.0.0.1",
            Some("1.2.3.4, nonsense, 10.1.1.1"),
            "10.1.1.1",
            false,
        );
    }
}
