//! Repeated requests.

use axum::body::Body;
use serde_json::json;

use crate::rig::*;

async fn debit(rig: &Rig, key: &str, amount: i64) -> Got {
    let account = rig.account("quota").await;
    let body = json!({
        "userEmail": "anna@example.edu", "accountId": account,
        "activityType": "debit", "amount": amount,
    });
    let headers = [("idempotency-key", key)];
    rig.json_with("POST", "/activities", &body.to_string(), &headers)
        .await
}

#[tokio::test]
async fn repeated_request_gets_its_first_answer_and_charges_once() {
    let rig = Rig::new().await;
    let first = debit(&rig, "one", 5).await.expect(201);
    assert_eq!(first.header("idempotency-replayed"), "");
    debit(&rig, "two", 7).await.expect(201);
    let again = debit(&rig, "one", 5).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.text, first.text);
    let balances = rig.get("/users/anna@example.edu/balances").await.json();
    assert_eq!(balances["items"][0]["used"], 12);
    // Without a key each request is a new one.
    rig.debit("quota", "anna", "1").await;
    rig.debit("quota", "anna", "1").await;
    let balances = rig.get("/users/anna@example.edu/balances").await.json();
    assert_eq!(balances["items"][0]["used"], 14);
}

#[tokio::test]
async fn key_of_another_request_is_refused() {
    let rig = Rig::new().await;
    debit(&rig, "one", 5).await.expect(201);
    debit(&rig, "one", 6).await.problem(422, "key-reused");
    let body = r#"{"name": "Physics", "code": "physics"}"#;
    let headers = [("idempotency-key", "one")];
    let got = rig.json_with("POST", "/accounts", body, &headers).await;
    got.problem(422, "key-reused");
    // Another program's keys are its own.
    let other = rig.credential("Other", &[SCOPE]).await;
    let second = Rig {
        token: rig.fresh_token(other).await,
        ..rig
    };
    debit(&second, "one", 6).await.expect(201);
}

#[tokio::test]
async fn repetition_on_another_server_and_all_at_once_charges_once() {
    let rig = Rig::new().await;
    let second = serve(&rig.ledger, generous());
    let account = rig.account("quota").await;
    let body = json!({
        "userEmail": "anna@example.edu", "accountId": account,
        "activityType": "debit", "amount": 5,
    });
    let ask = |router: axum::Router| {
        let request = rig
            .request("POST", "/activities")
            .header("content-type", "application/json")
            .header("idempotency-key", "one")
            .body(Body::from(body.to_string()))
            .unwrap();
        async move { send(&router, request).await }
    };
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            ask(if number % 2 == 0 {
                rig.router.clone()
            } else {
                second.clone()
            })
        })
        .map(tokio::spawn)
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap().expect(201).text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    let balances = rig.get("/users/anna@example.edu/balances").await.json();
    assert_eq!(balances["items"][0]["used"], 5);
}

#[tokio::test]
async fn account_is_created_once_and_answered_as_it_was_then() {
    let rig = Rig::new().await;
    let body = r#"{"name": "Physics", "code": "physics"}"#;
    let headers = [("idempotency-key", "make")];
    let first = rig
        .json_with("POST", "/accounts", body, &headers)
        .await
        .expect(201);
    let id = first.json()["id"].as_str().unwrap().to_owned();
    let change = r#"{"name": "Physics and chemistry"}"#;
    let path = format!("/accounts/{id}");
    let tag = [("if-match", first.header("etag"))];
    rig.json_with("PATCH", &path, change, &tag)
        .await
        .expect(200);
    let again = rig
        .json_with("POST", "/accounts", body, &headers)
        .await
        .expect(201);
    assert_eq!(again.text, first.text);
    assert_eq!(again.header("etag"), first.header("etag"));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(rig.get(&path).await.json()["name"], "Physics and chemistry");
}

#[tokio::test]
async fn refused_request_may_be_repeated_once_it_can_be_done() {
    let rig = Rig::new().await;
    let body = r#"{"name": "print quota", "code": "other"}"#;
    let headers = [("idempotency-key", "make")];
    let ask = || rig.json_with("POST", "/accounts", body, &headers);
    ask().await.problem(409, "not-unique");
    let path = format!("/accounts/{}", rig.account("quota").await);
    let any = [("if-match", "*")];
    rig.json_with("PATCH", &path, r#"{"name": "Quota"}"#, &any)
        .await
        .expect(200);
    ask().await.expect(201);
    let got = ask().await.expect(201);
    assert_eq!(got.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn key_that_is_none_is_refused() {
    let rig = Rig::new().await;
    for key in ["", " ", "a b", &"x".repeat(256)] {
        let problem = debit(&rig, key, 5).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["parameter"], "Idempotency-Key");
    }
    debit(&rig, &"x".repeat(255), 5).await.expect(201);
}
