//! The plainest server there can be: a fixed page, and a stream that says when
//! to look again. What it takes is what HTTP itself takes on this machine.

use std::convert::Infallible;

use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use futures_util::Stream;
use futures_util::stream::unfold;
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

async fn events(
    State(news): State<watch::Sender<u64>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut heard = news.subscribe();
    heard.mark_changed();
    Sse::new(unfold(heard, async |mut heard| {
        heard.changed().await.ok()?;
        let number = *heard.borrow_and_update();
        let event = Event::default().event("changed").data(number.to_string());
        Some((Ok(event), heard))
    }))
}
