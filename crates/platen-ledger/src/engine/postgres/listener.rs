//! Hearing of what other servers wrote.

use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio_postgres::AsyncMessage;
use uuid::Uuid;

use super::connection::{Driver, Place};
use crate::announce::Announce;
use crate::news::News;

/// How long a lost connection is left alone before it is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens as long as it is kept.
pub(crate) struct Listener {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Announces whenever a server other than `own` wrote, and once whenever it
    /// may have missed that.
    ///
    /// *Errors*: the operating system has no thread left.
    pub(crate) fn start(place: Place, own: Uuid, announce: Announce) -> std::io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new()
            .name("ledger-listener".into())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        _ = stopped => {}
                        () = listen(&place, own, &announce) => {}
                    }
                });
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the ledger's listener ended by a panic");
        }
    }
}

/// What others are told by the program with this name: the name and a part of the
/// news, or the name alone, which may be about anything.
pub(super) fn messages(id: Uuid, news: Option<&News>) -> Vec<String> {
    match news.and_then(News::messages) {
        Some(parts) => {
            let message = |part| format!("{id} {part}");
            parts.into_iter().map(message).collect()
        }
        None => vec![id.to_string()],
    }
}

async fn listen(place: &Place, own: Uuid, announce: &Announce) {
    loop {
        if let Ok((client, driver)) = place.listen().await {
            let heard = async {
                let listening = client.batch_execute("LISTEN platen").await;
                if listening.is_ok() {
                    announce.anything();
                }
                // Kept until the connection ends.
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = heard => {}
                () = follow(driver, own, announce) => {}
            }
            drop(client);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Moves the connection until it ends.
async fn follow(driver: Driver, own: Uuid, announce: &Announce) {
    let own = own.to_string();
    let heard = |message: Result<AsyncMessage, tokio_postgres::Error>| match message {
        Ok(AsyncMessage::Notification(heard)) => {
            match heard.payload().split_once(' ') {
                Some((sender, _)) if sender == own => {}
                Some((_, message)) => announce.heard(|| News::read(message)),
                None if heard.payload() == own => {}
                None => announce.anything(),
            }
            true
        }
        Ok(_) => true,
        Err(_) => false,
    };
    let more = |message| std::future::ready(heard(message));
    match driver {
        Driver::Plain(mut connection) => {
            let messages = stream::poll_fn(move |context| connection.poll_message(context));
            messages.all(more).await;
        }
        Driver::Tls(mut connection) => {
            let messages = stream::poll_fn(move |context| connection.poll_message(context));
            messages.all(more).await;
        }
    }
}
