//! Free TCP ports on the loopback address.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

/// A TCP port of 127.0.0.1 that nobody listened on a moment ago.
///
/// Another process may take it before the caller does: starters of parts that can't choose a port
/// themselves try again with another one.
///
/// # Errors
/// When the system has no port to give.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free TCP port")?;
    Ok(listener.local_addr()?.port())
}
