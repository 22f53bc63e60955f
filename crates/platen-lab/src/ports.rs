//! Free TCP ports on the loopback address.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context, Result};

/// Below what Linux gives to whoever asks for any port (`net.ipv4.ip_local_port_range`): no
/// connection and no other listener is ever led here.
const FIRST: u16 = 15_000;
const COUNT: u16 = 17_000;

/// A TCP port of 127.0.0.1 that nobody listened on a moment ago, and that this process gave to
/// nobody else.
///
/// Another process may take it before the caller does: starters of parts that can't choose a port
/// themselves try again with another one.
///
/// # Errors
/// When every port is taken.
pub fn free_port() -> Result<u16> {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Processes beside each other begin at different places.
    let start = std::process::id().wrapping_mul(97);
    (0..COUNT)
        .map(|_| {
            let next = u32::from(GIVEN.fetch_add(1, Ordering::Relaxed));
            let place = start.wrapping_add(next) % u32::from(COUNT);
            FIRST + u16::try_from(place).expect("less than COUNT")
        })
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .context("no free TCP port")
}
