//! Whatever is wrong is told as a problem.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Request;
use futures_util::stream;

use crate::rig::*;

async fn post(rig: &Rig, kind: Option<&str>, body: impl Into<Body>) -> Got {
    let mut request = rig.request("POST", "/accounts");
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    rig.send(request.body(body.into()).unwrap()).await
}

const JSON: Option<&str> = Some("application/json");

#[tokio::test]
async fn bodies_that_are_no_json_are_refused_with_a_reason() {
    let rig = Rig::new().await;
    let deep = "[".repeat(100_000);
    let nested = format!("{{\"name\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    for body in [
        &b""[..],
        b"{",
        b"name=x",
        b"\xff\xfe{\x00}\x00",
        b"{\"name\": \"\xc3\x28\"}",
        b"{\"name\": \"a\", \"name\": \"b\"}",
        b"{\"name\": \"\\ud800\"}",
        deep.as_bytes(),
        nested.as_bytes(),
    ] {
        let got = post(&rig, JSON, Bytes::copy_from_slice(body)).await;
        got.problem(400, "malformed");
    }
    for body in ["null", "[]", "5", "\"x\"", "true"] {
        post(&rig, JSON, body).await.problem(422, "invalid");
    }
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some(""),
    ] {
        post(&rig, kind, "{}").await.problem(415, "media-type");
    }
    let text = r#"{"name": "x", "code": "x"}"#;
    post(&rig, Some("Application/JSON; charset=utf-8"), text)
        .await
        .expect(201);
}

#[tokio::test]
async fn huge_body_is_refused_whether_it_says_its_size_or_not() {
    let rig = Rig::new().await;
    let huge = "x".repeat(1024 * 1024 + 1);
    post(&rig, JSON, huge.clone())
        .await
        .problem(413, "too-large");
    let chunks = huge
        .into_bytes()
        .chunks(1000)
        .map(Bytes::copy_from_slice)
        .collect::<Vec<_>>();
    let chunks = chunks.into_iter().map(Ok::<_, std::io::Error>);
    let body = Body::from_stream(stream::iter(chunks));
    post(&rig, JSON, body).await.problem(413, "too-large");
    let request = rig
        .request("POST", "/accounts")
        .header("content-type", "application/json")
        .header("content-length", "99999999999");
    let got = rig.send(request.body(Body::from("{}")).unwrap()).await;
    got.problem(413, "too-large");
}

#[tokio::test]
async fn slow_body_is_not_waited_for_for_ever() {
    let rig = Rig::new().await;
    let never = stream::pending::<Result<Bytes, std::io::Error>>();
    let waiting = post(&rig, JSON, Body::from_stream(never));
    let got = tokio::time::timeout(Duration::from_secs(60), waiting)
        .await
        .unwrap();
    got.problem(408, "slow");
}

#[tokio::test]
async fn body_that_breaks_off_is_told_so() {
    let rig = Rig::new().await;
    let broken = stream::iter([
        Ok(Bytes::from_static(b"{")),
        Err(std::io::Error::other("the connection is gone")),
    ]);
    let got = post(&rig, JSON, Body::from_stream(broken)).await;
    got.problem(400, "malformed");
}

#[tokio::test]
async fn unknown_addresses_methods_and_forms_are_problems_too() {
    let rig = Rig::new().await;
    rig.get("/nothing").await.problem(404, "not-found");
    rig.get("/accounts/nothing/at/all")
        .await
        .problem(404, "not-found");
    rig.get("/accounts/nothing")
        .await
        .problem(404, "unknown-account");
    rig.get(&format!("/accounts/{}", uuid::Uuid::now_v7()))
        .await
        .problem(404, "unknown-account");
    rig.get("/users/%ff").await.problem(400, "malformed");
    for path in ["/oauth/nothing", "/api/nothing"] {
        let request = Request::get(path).header("host", "print.example.edu");
        let got = rig.send(request.body(Body::empty()).unwrap()).await;
        got.problem(404, "not-found");
    }
    let got = rig.ask("DELETE", "/accounts").await;
    assert_eq!(got.header("allow"), "GET,HEAD,POST");
    got.problem(405, "method");
    let request = Request::get("/oauth/token").header("host", "print.example.edu");
    let got = rig.send(request.body(Body::empty()).unwrap()).await;
    got.problem(405, "method");
    let request = rig
        .request("GET", "/accounts")
        .header("accept", "text/html");
    let got = rig.send(request.body(Body::empty()).unwrap()).await;
    got.problem(406, "not-acceptable");
    let other = format!("/{}/accounts", uuid::Uuid::now_v7());
    for path in [other.as_str(), "/nobody/accounts"] {
        let mut request = rig.request("GET", "").body(Body::empty()).unwrap();
        *request.uri_mut() = path.parse().unwrap();
        rig.send(request).await.problem(404, "not-found");
    }
}

#[tokio::test]
async fn pages_keep_their_own_words_for_what_is_not_there() {
    let rig = Rig::new().await;
    for path in ["/documents/x/nothing", "/nothing/at/all"] {
        let request = Request::get(path).header("host", "print.example.edu");
        let got = rig
            .send(request.body(Body::empty()).unwrap())
            .await
            .expect(404);
        assert!(
            got.header("content-type").starts_with("text/html"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn parameters_that_nobody_described_are_refused() {
    let rig = Rig::new().await;
    for (query, parameter) in [
        ("/accounts?limit=0", "limit"),
        ("/accounts?limit=201", "limit"),
        ("/accounts?limit=x", "limit"),
        ("/accounts?archived=1", "archived"),
        ("/accounts?kind=private", "kind"),
        ("/accounts?search=%00", "search"),
        ("/accounts?serch=x", "serch"),
        ("/accounts?limit=1&limit=2", "limit"),
        ("/activities?accountId=x", "accountId"),
        ("/users?group=", "group"),
        ("/rate-card?x=1", "x"),
    ] {
        let problem = rig.get(query).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["parameter"], parameter, "{query}");
    }
}

#[tokio::test]
async fn nothing_is_said_to_other_sites_and_nothing_is_cached() {
    let rig = Rig::new().await;
    let request = rig
        .request("GET", "/accounts")
        .header("origin", "https://evil.example");
    let got = rig
        .send(request.body(Body::empty()).unwrap())
        .await
        .expect(200);
    assert!(
        !got.headers
            .keys()
            .any(|name| name.as_str().starts_with("access-control"))
    );
    assert_eq!(got.header("cache-control"), "no-store");
    assert_eq!(got.header("x-content-type-options"), "nosniff");
    let request = rig
        .request("OPTIONS", "/accounts")
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "GET");
    let got = rig.send(request.body(Body::empty()).unwrap()).await;
    assert!(
        !got.headers
            .keys()
            .any(|name| name.as_str().starts_with("access-control"))
    );
    got.problem(405, "method");
    let mut request = rig.request("GET", "/accounts").body(Body::empty()).unwrap();
    request
        .headers_mut()
        .insert("host", "evil.example".parse().unwrap());
    rig.send(request).await.expect(403);
}
