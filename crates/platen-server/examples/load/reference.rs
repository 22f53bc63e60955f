//! The plainest server there can be: a fixed page, a stream that says when to look
//! again, and an answer that waits until there is something. What it takes is what
//! HTTP itself takes on this machine.

use std::convert::Infallible;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Html;
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::Result;
use crate::waiting::raise_open_files;

/// Prints its URL and serves.
pub(crate) async fn serve() -> Result<()> {
    raise_open_files()?;
    let (news, _) = watch::channel(0_u64);
    let router = Router::new()
        .route(
            "/",
            get(|| async { Html("<!doctype html><title>Hello</title>") }),
        )
        .route("/events", get(events))
        .route("/poll", get(poll))
        .route("/tell", get(tell))
        .with_state(news);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

async fn tell(State(news): State<watch::Sender<u64>>) -> &'static str {
    news.send_modify(|number| *number += 1);
    "told"
}

#[derive(Deserialize)]
struct Size {
    /// How long an event is to be.
    #[serde(default)]
    bytes: usize,
}

async fn events(
    State(news): State<watch::Sender<u64>>,
    Query(size): Query<Size>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut heard = news.subscribe();
    heard.mark_changed();
    Sse::new(unfold((heard, size.bytes), async |(mut heard, bytes)| {
        heard.changed().await.ok()?;
        let number = *heard.borrow_and_update();
        let event = Event::default().event("changed");
        Some((Ok(event.data(filled(number, bytes))), (heard, bytes)))
    }))
}

/// A message with a number, of a length.
fn filled(number: u64, bytes: usize) -> String {
    let mut text = format!("{{\"version\":{number},\"filling\":\"");
    let rest = bytes.saturating_sub(text.len() + 2);
    text.extend(std::iter::repeat_n('x', rest));
    text.push_str("\"}");
    text
}

#[derive(Deserialize)]
struct Wanted {
    /// The number that is known.
    after: u64,
    /// How long the answer is to be.
    bytes: usize,
}

/// Answers once there is a number that is not known.
async fn poll(State(news): State<watch::Sender<u64>>, Query(wanted): Query<Wanted>) -> String {
    let mut heard = news.subscribe();
    // Zero is nobody's number.
    let found = heard.wait_for(|number| number + 1 != wanted.after).await;
    let version = found.map_or(0, |number| *number + 1);
    filled(version, wanted.bytes)
}
