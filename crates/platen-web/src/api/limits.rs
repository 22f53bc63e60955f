//! How often programs may ask. *Source*: rules.md R-32; RFC 9331-style headers
//! of draft-ietf-httpapi-ratelimit-headers; RFC 6585, section 4.

use std::net::IpAddr;
use std::num::NonZeroU32;

use axum::http::HeaderMap;
use axum::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;

use super::problem::{Kind, Problem};

/// Keys that are remembered before those that are full again are forgotten.
const KEYS: usize = 10_000;

type Limiter<K> =
    RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// How many requests are let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiLimits {
    /// Requests of one credential in a second, over time.
    pub requests_a_second: NonZeroU32,
    /// Requests of one credential at once.
    pub requests_at_once: NonZeroU32,
    /// Attempts to get a token for one credential from one address in a minute,
    /// right or wrong.
    pub tokens_a_minute: NonZeroU32,
}

impl Default for ApiLimits {
    fn default() -> Self {
        let number = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            requests_a_second: number(100),
            requests_at_once: number(200),
            tokens_a_minute: number(20),
        }
    }
}

/// Counts requests and refuses what is too much.
pub(crate) struct Limits {
    asked: ApiLimits,
    clock: DefaultClock,
    requests: Limiter<Uuid>,
    tokens: Limiter<(Uuid, IpAddr)>,
    addresses: Limiter<IpAddr>,
}

impl Limits {
    pub(crate) fn new(asked: ApiLimits) -> Self {
        let requests =
            Quota::per_second(asked.requests_a_second).allow_burst(asked.requests_at_once);
        let tokens = Quota::per_minute(asked.tokens_a_minute);
        // Many programs may share an address; many names may be tried from one.
        let many = asked
            .tokens_a_minute
            .saturating_mul(NonZeroU32::MIN.saturating_add(9));
        Self {
            asked,
            clock: DefaultClock::default(),
            requests: RateLimiter::keyed(requests).with_middleware(),
            tokens: RateLimiter::keyed(tokens).with_middleware(),
            addresses: RateLimiter::keyed(Quota::per_minute(many)).with_middleware(),
        }
    }

    /// Counts a request of a credential; gives the headers that say what is left.
    ///
    /// *Errors*: too many; the problem says how long to wait.
    pub(crate) fn request(&self, credential: Uuid) -> Result<HeaderMap, Problem> {
        let (left, wait) = ask(&self.requests, &credential, &self.clock);
        let headers = self.headers(left, wait);
        if wait == 0 {
            return Ok(headers);
        }
        Err(headers
            .into_iter()
            .fold(too_many(wait), |problem, (name, value)| match name {
                Some(name) => problem.with_header(name, value),
                None => problem,
            }))
    }

    fn headers(&self, left: u32, wait: u64) -> HeaderMap {
        let ApiLimits {
            requests_a_second,
            requests_at_once,
            ..
        } = self.asked;
        // A window in which as many are let through as at once.
        let window = requests_at_once.get().div_ceil(requests_a_second.get());
        let refilled = (requests_at_once.get() - left.min(requests_at_once.get()))
            .div_ceil(requests_a_second.get());
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (
                "ratelimit-policy",
                format!("\"credential\";q={requests_at_once};w={window}"),
            ),
            (
                "ratelimit",
                format!(
                    "\"credential\";r={left};t={}",
                    u64::from(refilled).max(wait)
                ),
            ),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        headers
    }

    /// Counts an attempt to get a token, so that secrets can't be guessed.
    ///
    /// *Errors*: too many; the problem says how long to wait.
    pub(crate) fn attempt(&self, credential: Uuid, address: IpAddr) -> Result<(), Problem> {
        let address = network(address);
        // Before the other, so that made-up names don't fill the memory.
        for wait in [
            ask(&self.addresses, &address, &self.clock).1,
            ask(&self.tokens, &(credential, address), &self.clock).1,
        ] {
            if wait > 0 {
                return Err(too_many(wait));
            }
        }
        Ok(())
    }
}

/// What is left, and the seconds to wait if it is nothing.
fn ask<K: std::hash::Hash + Eq + Clone>(
    limiter: &Limiter<K>,
    key: &K,
    clock: &DefaultClock,
) -> (u32, u64) {
    if limiter.len() > KEYS {
        limiter.retain_recent();
    }
    match limiter.check_key(key) {
        Ok(state) => (state.remaining_burst_capacity(), 0),
        Err(until) => {
            let wait = until.wait_time_from(clock.now());
            (0, wait.as_secs() + 1)
        }
    }
}

fn too_many(wait: u64) -> Problem {
    let again = match wait {
        1 => "Try again in a second.".to_owned(),
        wait => format!("Try again in {wait} seconds."),
    };
    Problem::new(Kind::TooMany, again).with_header(RETRY_AFTER, HeaderValue::from(wait))
}

/// Whoever has one address of IPv6 has 2^64 of them. *Source*: RFC 6177.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let bits = address.to_bits() & (u128::MAX << 64);
            IpAddr::V6(bits.into())
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        let number = |number| NonZeroU32::new(number).unwrap();
        Limits::new(ApiLimits {
            requests_a_second: number(1),
            requests_at_once: number(2),
            tokens_a_minute: number(3),
        })
    }

    #[test]
    fn credential_is_let_through_until_nothing_is_left_and_others_are_not_hindered() {
        let limits = limits();
        let one = Uuid::from_u128(1);
        let header = |headers: &HeaderMap| headers["ratelimit"].to_str().unwrap().to_owned();
        let first = limits.request(one).unwrap();
        assert_eq!(header(&first), "\"credential\";r=1;t=1");
        assert_eq!(first["ratelimit-policy"], "\"credential\";q=2;w=2");
        assert_eq!(
            header(&limits.request(one).unwrap()),
            "\"credential\";r=0;t=2"
        );
        assert_eq!(limits.request(one).unwrap_err().kind, Kind::TooMany);
        assert!(limits.request(Uuid::from_u128(2)).is_ok());
    }

    #[test]
    fn guessing_is_stopped_for_each_name_and_for_an_address_with_many_names() {
        let limits = limits();
        let here: IpAddr = "192.0.2.1".parse().unwrap();
        let name = Uuid::from_u128;
        assert!((0..3).all(|_| limits.attempt(name(1), here).is_ok()));
        assert!(limits.attempt(name(1), here).is_err());
        // Another address is not locked out by it.
        assert!(
            limits
                .attempt(name(1), "192.0.2.2".parse().unwrap())
                .is_ok()
        );
        let many = (2..100).filter(|number| limits.attempt(name(*number), here).is_ok());
        assert!(many.count() < 30);
    }

    #[test]
    fn addresses_of_one_network_count_as_one() {
        let parse = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(
            network(parse("2001:db8::1")),
            network(parse("2001:db8::ffff:2"))
        );
        assert_ne!(
            network(parse("2001:db8::1")),
            network(parse("2001:db8:0:1::1"))
        );
        assert_eq!(network(parse("::ffff:192.0.2.1")), parse("192.0.2.1"));
    }
}
