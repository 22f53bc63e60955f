//! What systemd wants to know. *Source*: sd_notify(3).

use std::os::unix::net::UnixDatagram;

/// Tells who started us how things are, if it wants to know.
pub(crate) fn tell(state: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    let told = UnixDatagram::unbound().and_then(|socket| socket.send_to(state.as_bytes(), path));
    if let Err(error) = told {
        tracing::warn!(%error, "the service manager can't be told");
    }
}
