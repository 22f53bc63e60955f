//! The stream that tells pages that something changed.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{Stream, unfold};

use tokio::sync::watch;

use super::frame::Visit;
use crate::router::{Door, Served};

/// Finds windows that went away without closing their connection.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

/// Sends the number of the latest change, at once and after each change; ends
/// when sessions are revoked or the portal goes away. Changes that come faster
/// than a page takes them are told as one.
pub(crate) async fn stream(
    State(served): State<Arc<Served>>,
    visit: Visit,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut changes = visit.portal().changes();
    changes.mark_changed();
    let revocations = match &served.door {
        Door::Embedded { entrance, .. } => entrance.revocations(),
        Door::Central(_) => watch::Sender::new(0).subscribe(),
    };
    let events = unfold(
        (changes, revocations),
        async |(mut changes, mut revocations)| {
            tokio::select! {
                biased;
                Ok(()) = revocations.changed() => None,
                changed = changes.changed() => {
                    changed.ok()?;
                    let number = *changes.borrow_and_update();
                    let event = Event::default().event("changed").data(number.to_string());
                    Some((Ok(event), (changes, revocations)))
                }
            }
        },
    );
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}
