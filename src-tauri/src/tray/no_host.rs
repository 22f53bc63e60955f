//! A system that always has a place for icons.

/// Nothing to wait for.
pub(super) struct TrayHost;

impl TrayHost {
    pub(super) async fn connect() -> Self {
        std::future::ready(Self).await
    }

    /// Never returns: what can't be shown now can't be shown later.
    pub(super) async fn appears(&mut self) {
        std::future::pending().await
    }
}
