//! The stream that tells pages that something changed.
//!
//! An event is the number of the latest change that concerns the page, at once
//! and after each change; changes that come faster than a page takes them are
//! told as one. The stream ends with its session. On a server it is checked
//! whenever its person's own things changed, the end of a session being one of them,
//! and at each sign of life; in between a stream waits without any work.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::{Stream, unfold};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::Instant;

use super::frame::Visit;
use super::problem;
use crate::central::Central;
use crate::hub::{Line, Topic};
use crate::router::{Door, Served};
use crate::session::Digest;

/// Finds windows that went away without closing their connection. Streams that
/// were opened together do not stay together: each counts from its own start.
const SIGN_OF_LIFE: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
pub(crate) struct Wanted {
    topic: Option<String>,
}

pub(crate) async fn stream(
    State(served): State<Arc<Served>>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Response {
    match &served.door {
        Door::Embedded { entrance, .. } => {
            let events = embedded(visit.portal().changes(), entrance.revocations());
            let keep_alive = KeepAlive::new().interval(SIGN_OF_LIFE);
            Sse::new(events).keep_alive(keep_alive).into_response()
        }
        Door::Central(central) => match of_session(central, &visit, wanted).await {
            Ok(watch) => Sse::new(unfold(watch, Watch::next)).into_response(),
            Err(refusal) => refusal,
        },
    }
}

fn embedded(
    mut changes: watch::Receiver<u64>,
    revocations: watch::Receiver<u64>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    changes.mark_changed();
    unfold(
        (changes, revocations),
        async |(mut changes, mut revocations)| {
            tokio::select! {
                biased;
                _ = revocations.changed() => None,
                changed = changes.changed() => {
                    changed.ok()?;
                    let number = *changes.borrow_and_update();
                    Some((Ok(event(number)), (changes, revocations)))
                }
            }
        },
    )
}

fn event(number: u64) -> Event {
    Event::default().event("changed").data(number.to_string())
}

async fn of_session(
    central: &Arc<Central>,
    visit: &Visit,
    wanted: Wanted,
) -> Result<Watch, Response> {
    let words = visit.language().entry();
    let Some(signed_in) = visit.signed_in() else {
        return Err(problem(
            StatusCode::UNAUTHORIZED,
            words.signed_out_meanwhile,
        ));
    };
    let user = signed_in.session.person.id.clone();
    let topic = match wanted.topic.as_deref() {
        None => Topic::Own(user),
        Some("site") if signed_in.session.administrator => Topic::Site(user),
        Some("site") => return Err(problem(StatusCode::FORBIDDEN, words.administrators_only)),
        Some(_) => return Err(problem(StatusCode::NOT_FOUND, visit.words().page_unknown)),
    };
    match central.hub.line(topic).await {
        Ok(line) => Ok(Watch {
            central: Arc::downgrade(central),
            line,
            digest: signed_in.digest,
            told: None,
            checked: 0,
        }),
        Err(error) => {
            tracing::error!(%error, "a page can't wait for changes");
            Err(problem(StatusCode::SERVICE_UNAVAILABLE, words.ledger_away))
        }
    }
}

/// One page's stream.
struct Watch {
    central: std::sync::Weak<Central>,
    line: Line,
    digest: Digest,
    told: Option<u64>,
    /// How many changes there were when the session was looked at last.
    checked: u64,
}

impl Watch {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        if self.told.is_none() {
            return self.tell().await;
        }
        let alive = Instant::now() + SIGN_OF_LIFE;
        loop {
            let changed = tokio::select! {
                biased;
                changed = self.line.changed() => changed.map(|()| true)?,
                () = tokio::time::sleep_until(alive) => false,
            };
            if !changed || self.line.hub().touched(self.line.user(), self.checked) {
                self.check().await?;
            }
            if !changed {
                return Some((Ok(Event::default().comment("")), self));
            }
            if self.line.version().await.ok() != self.told {
                return self.tell().await;
            }
        }
    }

    async fn tell(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        let number = self.line.version().await.ok()?;
        self.told = Some(number);
        Some((Ok(event(number)), self))
    }

    /// None once the session is over, or the server ends.
    async fn check(&mut self) -> Option<()> {
        let central = self.central.upgrade()?;
        self.checked = central.hub.count();
        let session = central.ledger.session(self.digest, central.now()).await;
        session.ok()?.map(|_| ())
    }
}
