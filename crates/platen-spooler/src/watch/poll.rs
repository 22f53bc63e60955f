//! Events fetched from cupsd, where there is no system bus.

use ipp::{model::DelimiterTag, value::IppValue};
use tokio::sync::mpsc;

use super::{Signal, Source, moments::Moments, subscription::Subscription};
use crate::{
    cups::Cups,
    error::SpoolerError,
    wire::{Attributes, Operation},
};

/// Fetches events until cupsd forgets the subscription or goes away.
pub(crate) fn listen(cups: &Cups, subscription: Subscription) -> Source {
    let cups = cups.clone();
    Source::start(move |tx| async move {
        let mut next = 1;
        let mut moments = Moments::new();
        loop {
            let events = match fetch(&cups, subscription, next).await {
                Ok(events) => events,
                Err(problem) => {
                    tracing::debug!(%problem, "events can't be fetched");
                    // The session notices the source's end.
                    return;
                }
            };
            if forward(&tx, &events, &mut next).await.is_err() {
                return;
            }
            if let Some(more) = moments.next().await
                && tx.send(more).await.is_err()
            {
                return;
            }
        }
    })
}

async fn fetch(
    cups: &Cups,
    subscription: Subscription,
    next: i32,
) -> Result<Vec<Attributes>, SpoolerError> {
    let request = cups
        .server(Operation::GetNotifications)
        .value(
            DelimiterTag::OperationAttributes,
            "notify-subscription-ids",
            IppValue::Integer(subscription.id),
        )
        .integer("notify-sequence-numbers", next);
    let response = cups.shared.connections.call(request).await?;
    Ok(response
        .groups(DelimiterTag::EventNotificationAttributes)
        .cloned()
        .collect())
}

async fn forward(
    tx: &mpsc::Sender<Signal>,
    events: &[Attributes],
    next: &mut i32,
) -> Result<(), mpsc::error::SendError<Signal>> {
    for event in events {
        let sequence = event.integer("notify-sequence-number").unwrap_or(*next);
        if sequence > *next {
            tx.send(Signal::Gap).await?;
        }
        *next = sequence.saturating_add(1);
        tx.send(signal(event)).await?;
    }
    Ok(())
}

fn signal(event: &Attributes) -> Signal {
    match (
        event.text("notify-subscribed-event"),
        event.integer("notify-job-id"),
    ) {
        (Some("job-created"), Some(id)) => Signal::Created(id),
        (_, Some(id)) => Signal::Changed(id),
        _ => Signal::Everything,
    }
}
