//! Getting in and being kept out.

use axum::body::Body;
use axum::http::Request;
use jiff::Timestamp;
use platen_web::ApiLimits;
use uuid::Uuid;

use crate::rig::*;

fn basic(id: &str, secret: &str) -> String {
    use std::fmt::Write as _;
    // Base64 by hand: the test has no other use for it.
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in format!("{id}:{secret}").into_bytes().chunks(3) {
        let bits = three
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63] as char;
            let _ = write!(out, "{}", if place <= three.len() { letter } else { '=' });
        }
    }
    format!("Basic {out}")
}

#[tokio::test]
async fn client_id_and_secret_are_taken_from_form_or_header() {
    let rig = Rig::new().await;
    let header = basic(&rig.client.to_string(), &rig.secret.replace(' ', "+"));
    let grant = "grant_type=client_credentials";
    for form in [grant.to_owned(), format!("{grant}&scope={SCOPE}")] {
        let got = rig.form(&form, Some(&header)).await.expect(200);
        assert_eq!(got.header("cache-control"), "no-store");
        assert_eq!(got.header("content-type"), "application/json");
        let token = got.json();
        assert_eq!(token["token_type"], "Bearer");
        assert_eq!(token["expires_in"], 900);
        assert_eq!(token["scope"], SCOPE);
        assert_eq!(
            token["access_token"].as_str().unwrap().split('.').count(),
            3
        );
    }
    rig.get("/accounts").await.expect(200);
}

#[tokio::test]
async fn wrong_requests_for_a_token_are_told_in_the_words_of_oauth() {
    let rig = Rig::new().await;
    let (id, secret) = (rig.client.to_string(), rig.secret.replace(' ', "+"));
    let header = basic(&id, &secret);
    let header = Some(header.as_str());
    let none = None::<&str>;
    let other = rig.credential("Other", &["something"]).await;
    let form = |rest: &str| format!("client_id={id}&client_secret={secret}&{rest}");
    let grant = "grant_type=client_credentials";
    for (form, authorization, status, error) in [
        (String::new(), none, 401, "invalid_client"),
        (grant.to_owned(), none, 401, "invalid_client"),
        (grant.to_owned(), Some("Basic !!!"), 401, "invalid_client"),
        (grant.to_owned(), Some("Bearer x"), 401, "invalid_client"),
        (
            format!("{grant}&client_id={id}&client_secret=wrong"),
            none,
            401,
            "invalid_client",
        ),
        (
            format!("{grant}&client_id=nobody&client_secret={secret}"),
            none,
            401,
            "invalid_client",
        ),
        (
            format!(
                "{grant}&client_id={}&client_secret={secret}",
                Uuid::now_v7()
            ),
            none,
            401,
            "invalid_client",
        ),
        (
            format!("{grant}&client_id={other}&client_secret={secret}"),
            none,
            400,
            "unauthorized_client",
        ),
        (form(grant), header, 400, "invalid_request"),
        (form(""), none, 400, "invalid_request"),
        (
            form("grant_type=password"),
            none,
            400,
            "unsupported_grant_type",
        ),
        (
            form(&format!("{grant}&{grant}")),
            none,
            400,
            "invalid_request",
        ),
        (
            form(&format!("{grant}&scope=everything")),
            none,
            400,
            "invalid_scope",
        ),
    ] {
        let got = rig.form(&form, authorization).await.expect(status);
        assert_eq!(got.json()["error"], error, "{form}");
        assert_eq!(got.header("content-type"), "application/json");
        let challenged = got.header("www-authenticate").starts_with("Basic");
        assert_eq!(challenged, status == 401, "{form}");
        assert!(!got.text.contains(&rig.secret));
    }
    let request = Request::post("/oauth/token")
        .header("host", "print.example.edu")
        .header("content-type", "application/json")
        .body(Body::from("{}"))
        .unwrap();
    assert_eq!(
        rig.send(request).await.expect(400).json()["error"],
        "invalid_request"
    );
}

#[tokio::test]
async fn request_without_a_good_token_is_told_how_to_get_one() {
    let rig = Rig::new().await;
    let (head, tag) = rig.token.rsplit_once('.').unwrap();
    let mut turned = tag.to_owned();
    turned.replace_range(..1, if tag.starts_with('A') { "B" } else { "A" });
    for (authorization, error) in [
        (None, ""),
        (Some(String::new()), ""),
        (Some("Basic abc".to_owned()), ""),
        (Some(rig.token.clone()), ""),
        (Some("Bearer abc".to_owned()), "invalid_token"),
        (Some(format!("Bearer {head}.{turned}")), "invalid_token"),
        (Some(format!("Bearer {head}.")), "invalid_token"),
    ] {
        for path in ["/accounts", "/activities", "/accounts/nothing"] {
            let mut request = Request::get(rig.path(path)).header("host", "print.example.edu");
            if let Some(authorization) = &authorization {
                request = request.header("authorization", authorization);
            }
            let got = rig.send(request.body(Body::empty()).unwrap()).await;
            let challenge = got.header("www-authenticate").to_owned();
            got.problem(401, "unauthorized");
            assert!(challenge.starts_with("Bearer realm"), "{challenge}");
            assert_eq!(
                challenge.contains("invalid_token"),
                !error.is_empty(),
                "{challenge}"
            );
        }
    }
}

#[tokio::test]
async fn token_of_another_site_is_not_taken() {
    let (rig, other) = (Rig::new().await, Rig::new().await);
    let request = rig.request("GET", "/accounts");
    let mut request = request.body(Body::empty()).unwrap();
    let foreign = format!("Bearer {}", other.token).parse().unwrap();
    request.headers_mut().insert("authorization", foreign);
    rig.send(request).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn revoked_credential_is_out_at_once() {
    let rig = Rig::new().await;
    rig.get("/accounts").await.expect(200);
    let desk = rig.ledger.desk(administrator());
    assert!(
        desk.revoke_credential(rig.client, Timestamp::now())
            .await
            .unwrap()
    );
    rig.get("/accounts").await.problem(401, "unauthorized");
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        rig.client,
        rig.secret.replace(' ', "+")
    );
    let got = rig.form(&form, None).await.expect(401);
    assert_eq!(got.json()["error"], "invalid_client");
}

#[tokio::test]
async fn servers_on_one_ledger_take_each_others_tokens() {
    let rig = Rig::new().await;
    let second = serve(&rig.ledger, generous());
    let request = rig.request("GET", "/accounts").body(Body::empty()).unwrap();
    send(&second, request).await.expect(200);
}

#[tokio::test]
async fn use_of_a_credential_is_noted() {
    let rig = Rig::new().await;
    let (stored, _) = rig.ledger.credential(rig.client).await.unwrap().unwrap();
    assert!(stored.used_at.is_some());
}

#[tokio::test]
async fn guessing_secrets_is_slowed_down() {
    let rig = Rig::with(ApiLimits {
        tokens_a_minute: 5.try_into().unwrap(),
        ..generous()
    })
    .await;
    let wrong = format!(
        "grant_type=client_credentials&client_id={}&client_secret=guess",
        rig.client
    );
    // One attempt was the token of the rig itself.
    for _ in 0..4 {
        rig.form(&wrong, None).await.expect(401);
    }
    let got = rig.form(&wrong, None).await;
    let wait: u64 = got.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    got.problem(429, "too-many");
    // The right one is not told apart while it lasts.
    let right = wrong.replace("guess", &rig.secret.replace(' ', "+"));
    rig.form(&right, None).await.problem(429, "too-many");
}

#[tokio::test]
async fn program_that_asks_too_often_is_told_when_to_come_again() {
    let rig = Rig::with(ApiLimits {
        requests_a_second: 1.try_into().unwrap(),
        requests_at_once: 3.try_into().unwrap(),
        ..generous()
    })
    .await;
    for left in [2, 1, 0] {
        let got = rig.get("/rate-card").await.expect(200);
        assert_eq!(got.header("ratelimit-policy"), "\"credential\";q=3;w=3");
        let remaining = format!("\"credential\";r={left};");
        assert!(
            got.header("ratelimit").starts_with(&remaining),
            "{:?}",
            got.headers
        );
    }
    let got = rig.get("/rate-card").await;
    assert!(got.header("ratelimit").starts_with("\"credential\";r=0;"));
    assert_eq!(got.header("retry-after"), "1");
    got.problem(429, "too-many");
    // Another program is not hindered.
    let other = rig.credential("Other", &[SCOPE]).await;
    let token = rig.fresh_token(other).await;
    let mut request = rig
        .request("GET", "/rate-card")
        .body(Body::empty())
        .unwrap();
    let bearer = format!("Bearer {token}").parse().unwrap();
    request.headers_mut().insert("authorization", bearer);
    rig.send(request).await.expect(200);
}
