//! Whether a panel is there that shows icons, as the session's bus tells.
//! *Source*: freedesktop.org, StatusNotifierItem.

use std::time::Duration;

use futures_util::StreamExt;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const BUS_PATIENCE: Duration = Duration::from_secs(5);

/// Watches for a StatusNotifier host.
pub(super) struct TrayHost {
    appearances: Option<zbus::MessageStream>,
}

impl TrayHost {
    pub(super) async fn connect() -> Self {
        let appearances = match tokio::time::timeout(BUS_PATIENCE, Self::listen()).await {
            Ok(Ok(stream)) => Some(stream),
            Ok(Err(error)) => {
                tracing::warn!(%error, "no session bus: a tray that comes later is not noticed");
                None
            }
            Err(_) => None,
        };
        Self { appearances }
    }

    async fn listen() -> zbus::Result<zbus::MessageStream> {
        let connection = zbus::Connection::session().await?;
        let rule = zbus::MatchRule::builder()
            .msg_type(zbus::message::Type::Signal)
            .interface("org.freedesktop.DBus")?
            .member("NameOwnerChanged")?
            .arg(0, WATCHER)?
            .build();
        zbus::MessageStream::for_match_rule(rule, &connection, None).await
    }

    /// Returns when a tray host came onto the bus; never without a bus.
    ///
    /// *Cancel safety*: nothing is lost but the event itself.
    pub(super) async fn appears(&mut self) {
        let Some(stream) = &mut self.appearances else {
            return std::future::pending().await;
        };
        while let Some(Ok(message)) = stream.next().await {
            let body = message.body();
            if let Ok((_, _, owner)) = body.deserialize::<(String, String, String)>()
                && !owner.is_empty()
            {
                return;
            }
        }
        self.appearances = None;
        std::future::pending().await
    }
}
