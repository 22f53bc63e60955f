//! Events over the system bus, which macOS does not have.

use super::Source;

/// None: there is no such bus.
pub(crate) async fn listen() -> Option<Source> {
    std::future::ready(None).await
}
