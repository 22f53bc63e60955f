//! The socket's directory: tells when cupsd comes and goes.

use std::{ffi::OsString, path::Path, sync::Arc};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// Whether the end of an idle connection tells of cupsd's end.
pub(crate) const HAS_SENTINEL: bool = true;

/// Watches for the socket being made or taken away. Where the directory can't
/// be watched it stays silent.
pub(crate) struct SocketWatch {
    changed: Arc<Notify>,
    _watcher: Option<RecommendedWatcher>,
}

impl SocketWatch {
    pub(crate) fn new(socket: &Path) -> Self {
        let changed = Arc::new(Notify::new());
        let watcher = watcher(socket, Arc::clone(&changed))
            .inspect_err(|problem| {
                tracing::warn!(%problem, "the print service's directory can't be watched");
            })
            .ok();
        Self {
            changed,
            _watcher: watcher,
        }
    }

    /// Waits for the next change; one that came since the last call counts.
    pub(crate) async fn changed(&mut self) {
        self.changed.notified().await;
    }
}

fn watcher(socket: &Path, changed: Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let name: OsString = socket.file_name().unwrap_or_default().to_owned();
    let directory = socket.parent().unwrap_or(Path::new("/"));
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let concerns_socket = event.is_ok_and(|event| {
            matches!(
                event.kind,
                EventKind::Create(_)
                    | EventKind::Remove(_)
                    | EventKind::Modify(notify::event::ModifyKind::Name(_))
            ) && event
                .paths
                .iter()
                .any(|path| path.file_name() == Some(&name))
        });
        if concerns_socket {
            changed.notify_one();
        }
    })?;
    watcher.watch(directory, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}
