//! Events over the system bus: cupsd's, and the machine's waking up.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::mpsc;
use zbus::{Connection, MatchRule, Message, MessageStream, message::Type};

use super::{Signal, Source};

/// Longest wait for the bus to take us.
const DEADLINE: Duration = Duration::from_secs(5);

/// Messages kept while they wait; the connection waits when it is full.
const QUEUE_BOUND: usize = 1024;

/// What a cupsd job event carries: text, queue's URI and name, its state,
/// reasons and whether it accepts jobs, then the job's number, state, reasons,
/// name and impressions. *Source*: cups notifier/dbus.c.
type JobEvent = (
    String,
    String,
    String,
    u32,
    String,
    bool,
    u32,
    u32,
    String,
    String,
    u32,
);

/// Listens on the system bus; none where there is no such bus.
pub(crate) async fn listen() -> Option<Source> {
    let listening = tokio::time::timeout(DEADLINE, connect()).await;
    match listening {
        Ok(Ok((connection, spooler, machine))) => Some(Source::start(move |tx| async move {
            forward(tx, spooler, machine).await;
            drop(connection);
        })),
        Ok(Err(problem)) => {
            tracing::info!(%problem, "no system bus; the print service is polled");
            None
        }
        Err(_) => {
            tracing::warn!("the system bus does not answer; the print service is polled");
            None
        }
    }
}

async fn connect() -> zbus::Result<(Connection, MessageStream, MessageStream)> {
    let connection = Connection::system().await?;
    let spooler = MatchRule::builder()
        .msg_type(Type::Signal)
        .interface("org.cups.cupsd.Notifier")?
        .build();
    let machine = MatchRule::builder()
        .msg_type(Type::Signal)
        .interface("org.freedesktop.login1.Manager")?
        .member("PrepareForSleep")?
        .build();
    let spooler = MessageStream::for_match_rule(spooler, &connection, Some(QUEUE_BOUND)).await?;
    let machine = MessageStream::for_match_rule(machine, &connection, None).await?;
    Ok((connection, spooler, machine))
}

/// Passes events on until the bus goes away or nobody wants them.
async fn forward(tx: mpsc::Sender<Signal>, spooler: MessageStream, machine: MessageStream) {
    let spooler = spooler.map(|message| message.map(|message| spooler_signal(&message)));
    let machine = machine.map(|message| message.map(|message| woke_up(&message)));
    let mut both = futures_util::stream::select(spooler, machine);
    while let Some(Ok(signal)) = both.next().await {
        if let Some(signal) = signal
            && tx.send(signal).await.is_err()
        {
            return;
        }
    }
}

fn spooler_signal(message: &Message) -> Option<Signal> {
    let header = message.header();
    let member = header.member()?.as_str();
    if !member.starts_with("Job") {
        let progress = matches!(member, "PrinterStateChanged" | "ServerAudit");
        return (!progress).then_some(Signal::Everything);
    }
    let body = message.body();
    let Ok((.., id, _, _, _, _)) = body.deserialize::<JobEvent>() else {
        tracing::debug!(member, "an event of the print service with another body");
        return Some(Signal::Everything);
    };
    let id = i32::try_from(id).ok()?;
    Some(match member {
        "JobCreated" => Signal::Created(id),
        "JobProgress" => return None,
        _ => Signal::Changed(id),
    })
}

/// *Source*: org.freedesktop.login1(5): sent with `true` before sleeping, with
/// `false` after.
fn woke_up(message: &Message) -> Option<Signal> {
    let going_to_sleep = message.body().deserialize::<bool>().unwrap_or(false);
    (!going_to_sleep).then_some(Signal::Everything)
}
