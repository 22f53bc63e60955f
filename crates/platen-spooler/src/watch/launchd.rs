//! The socket, which is launchd's: it is there whether cupsd runs or not, and whoever
//! connects has cupsd started. *Source*: cups, scheduler/main.c, `HAVE_LAUNCHD`.

use std::path::Path;

/// Whether the end of an idle connection tells of cupsd's end. Here it would keep cupsd
/// from ending, which it does when it has nothing to do, and is started again.
pub(crate) const HAS_SENTINEL: bool = false;

/// Nothing comes and goes.
pub(crate) struct SocketWatch;

impl SocketWatch {
    pub(crate) const fn new(_socket: &Path) -> Self {
        Self
    }

    /// Never returns.
    pub(crate) async fn changed(&mut self) {
        std::future::pending().await
    }
}
