//! How often one address may knock: enough for a lecture hall behind one
//! address, too little to guess or to fill the ledger with sign-ins under way.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use governor::{DefaultKeyedRateLimiter, Quota};

use super::door::{Door, Way};
use super::entering::refuse;
use crate::central::Central;
use crate::language::Language;
use crate::session::address;

/// At once, from one address.
const BURST: NonZeroU32 = NonZeroU32::new(300).expect("it is not zero");
/// And then, per second.
const STEADY: NonZeroU32 = NonZeroU32::new(5).expect("it is not zero");
/// Addresses that are remembered before those that have been quiet are dropped.
const ADDRESSES: usize = 10_000;
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("5");

/// Who knocked how often.
pub(crate) struct Limits(DefaultKeyedRateLimiter<IpAddr>);

impl Limits {
    pub(crate) fn new() -> Self {
        let quota = Quota::per_second(STEADY).allow_burst(BURST);
        Self(DefaultKeyedRateLimiter::keyed(quota))
    }

    fn allow(&self, address: IpAddr) -> bool {
        if self.0.len() > ADDRESSES {
            self.0.retain_recent();
        }
        self.0.check_key(&neighbourhood(address)).is_ok()
    }
}

/// Somebody with IPv6 has 2^64 addresses of his own.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        IpAddr::V4(_) => address,
    }
}

/// Refuses with a page.
pub(super) async fn page(
    State(central): State<Arc<Central>>,
    language: Language,
    request: Request,
    next: Next,
) -> Response {
    if central.limits.allow(address(request.extensions())) {
        return next.run(request).await;
    }
    let door = Door::new(language);
    too_many(door.refuse(
        StatusCode::TOO_MANY_REQUESTS,
        door.w.too_often,
        Way::SignIn("/".to_owned()),
    ))
}

/// Refuses with a problem document.
pub(crate) async fn program(
    State(central): State<Arc<Central>>,
    request: Request,
    next: Next,
) -> Response {
    if central.limits.allow(address(request.extensions())) {
        return next.run(request).await;
    }
    let detail = "There were too many requests from this address. Try again in some seconds.";
    too_many(refuse(StatusCode::TOO_MANY_REQUESTS, detail))
}

fn too_many(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, RETRY_AFTER_S);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_slowed_down_and_others_are_not() {
        let limits = Limits::new();
        let one: IpAddr = "192.0.2.1".parse().unwrap();
        let allowed = (0..1000).filter(|_| limits.allow(one)).count();
        assert!((300..400).contains(&allowed), "{allowed}");
        assert!(limits.allow("192.0.2.2".parse().unwrap()));
    }

    #[test]
    fn addresses_of_one_home_count_as_one() {
        let home = |text: &str| neighbourhood(text.parse().unwrap());
        assert_eq!(home("2001:db8:1:2::7"), home("2001:db8:1:2:ffff::1"));
        assert_ne!(home("2001:db8:1:2::7"), home("2001:db8:1:3::7"));
        assert_ne!(home("192.0.2.1"), home("192.0.2.2"));
    }
}
