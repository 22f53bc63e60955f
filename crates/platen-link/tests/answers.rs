//! What the link makes of answers that are not the server's, or not as they should be.
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod support;

use std::net::Ipv4Addr;

use async_trait::async_trait;
use platen_domain::{DocumentId, UserId};
use platen_link::{Comeback, Link, NoToken, SignIn};
use platen_sync::engine::{Away, Event, Link as State, Stop};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket};
use uuid::Uuid;

use support::{Alice, config, until};

struct Nobody(NoToken);

#[async_trait]
impl SignIn for Nobody {
    async fn id_token(&self, _: bool) -> Result<String, NoToken> {
        Err(self.0)
    }
}

/// A place that answers every request with the same bytes, and closes.
async fn place(answer: impl Into<Vec<u8>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    answer_at(listener, answer.into());
    port
}

fn answer_at(listener: TcpListener, answer: Vec<u8>) {
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 64 << 10];
                // The head may come in parts; what is asked does not matter.
                let _ = connection.read(&mut request).await;
                let _ = connection.write_all(&answer).await;
                let _ = connection.shutdown().await;
                while matches!(connection.read(&mut request).await, Ok(read) if read > 0) {}
            });
        }
    });
}

fn http(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

async fn link(port: u16, dir: &std::path::Path, sign_in: Box<dyn SignIn>) -> Link {
    let started = Link::start(config(port, dir, Comeback::None), sign_in).await;
    // Nobody takes what it tells; the engine goes on all the same.
    started.unwrap().0
}

async fn check(answer: String, wanted: State) {
    let dir = tempfile::tempdir().unwrap();
    let port = place(answer).await;
    let link = link(port, dir.path(), Box::new(Alice)).await;
    until(&link, wanted).await;
}

const OURS: &str = "platen-protocol: 1\r\n";

#[tokio::test]
async fn page_of_a_network_that_wants_a_sign_in_is_not_the_servers() {
    let welcome = "<title>Welcome</title>";
    for answer in [
        http("200 OK", "Content-Type: text/html\r\n", welcome),
        http("302 Found", "Location: http://login.example/\r\n", ""),
        http("511 Network Authentication Required", "", welcome),
        http("407 Proxy Authentication Required", "", ""),
        http(
            "401 Unauthorized",
            "",
            "{\"code\":\"signed_out\",\"sentence\":\"no\"}",
        ),
        http("200 OK", "platen-protocol: everything\r\n", "{}"),
    ] {
        check(answer, State::Away(Away::NotOurs)).await;
    }
}

#[tokio::test]
async fn server_that_fails_is_waited_for() {
    for answer in [
        http("500 Internal Server Error", "", "oops"),
        http("502 Bad Gateway", "", "nginx"),
        http("503 Service Unavailable", OURS, "no JSON"),
        http(
            "503 Service Unavailable",
            OURS,
            "{\"code\":\"busy\",\"sentence\":\"Later.\"}",
        ),
    ] {
        check(answer, State::Away(Away::Unavailable)).await;
    }
}

#[tokio::test]
async fn garbage_of_a_server_is_never_state() {
    let long = "x".repeat(9 << 20);
    for answer in [
        http("200 OK", OURS, "no JSON"),
        http("200 OK", OURS, "{\"device\":1}"),
        http("200 OK", OURS, &long),
    ] {
        check(answer, State::Away(Away::Garbled)).await;
    }
    check("nothing like HTTP".into(), State::Away(Away::Unreachable)).await;
    check(String::new(), State::Away(Away::Unreachable)).await;
}

#[tokio::test]
async fn sign_in_that_is_refused_stops_and_one_that_is_away_is_tried_again() {
    let refused = "{\"code\":\"signed_out\",\"sentence\":\"Sign in again.\"}";
    check(
        http("401 Unauthorized", OURS, refused),
        State::Stopped(Stop::SignedOut),
    )
    .await;
    let diverged = "{\"code\":\"diverged\",\"sentence\":\"Another's.\"}";
    check(
        http("409 Conflict", OURS, diverged),
        State::Stopped(Stop::Diverged),
    )
    .await;
    let dir = tempfile::tempdir().unwrap();
    let nobody = link(1, dir.path(), Box::new(Nobody(NoToken::SignedOut))).await;
    until(&nobody, State::Stopped(Stop::SignedOut)).await;
    nobody.happened(Event::SignedIn).await;
    until(&nobody, State::Stopped(Stop::SignedOut)).await;
    let dir = tempfile::tempdir().unwrap();
    let away = link(1, dir.path(), Box::new(Nobody(NoToken::Away))).await;
    until(&away, State::Away(Away::Unreachable)).await;
}

#[tokio::test]
async fn device_is_the_same_at_every_start_and_another_when_it_begins_anew() {
    let dir = tempfile::tempdir().unwrap();
    let start = async |comeback| {
        let started = Link::start(config(1, dir.path(), comeback), Box::new(Alice)).await;
        let link = started.unwrap().0;
        link.close().await;
        link.device()
    };
    let first = start(Comeback::None).await;
    assert_eq!(start(Comeback::None).await, first);
    assert_eq!(start(Comeback::Again).await, first);
    let second = start(Comeback::Anew).await;
    assert_ne!(second, first);
    assert_eq!(start(Comeback::None).await, second);
}

#[tokio::test]
async fn server_that_was_away_is_asked_again() {
    let dir = tempfile::tempdir().unwrap();
    // Nobody listens yet, and nobody else is given the port.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let port = socket.local_addr().unwrap().port();
    let link = link(port, dir.path(), Box::new(Alice)).await;
    until(&link, State::Away(Away::Unreachable)).await;
    let listener = socket.listen(16).unwrap();
    answer_at(listener, http("503 Service Unavailable", "", "soon").into());
    until(&link, State::Away(Away::Unavailable)).await;
}

#[tokio::test]
async fn link_that_was_closed_takes_nothing_any_more_and_its_owners_stay() {
    let dir = tempfile::tempdir().unwrap();
    let first = link(1, dir.path(), Box::new(Alice)).await;
    let document = DocumentId(Uuid::from_u128(7));
    let alice = UserId::new("alice");
    first.own(document, Some(&alice)).await.unwrap();
    first.close().await;
    // Who still holds it does no harm.
    first.happened(Event::NetworkChanged).await;
    let second = link(1, dir.path(), Box::new(Alice)).await;
    assert_eq!(second.owners().await.unwrap(), [(document, alice)]);
    second.own(document, None).await.unwrap();
    assert_eq!(second.owners().await.unwrap(), []);
}
