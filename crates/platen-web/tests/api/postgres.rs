//! The same on PostgreSQL, where two servers share one database.

use axum::body::Body;
use platen_lab::{Postgres, PostgresOptions, Scratch};
use platen_ledger::Ledger;
use serde_json::json;

use crate::rig::*;

#[tokio::test]
async fn two_servers_on_one_database_charge_a_repeated_request_once() {
    let scratch = Scratch::new("api").unwrap();
    let options = PostgresOptions {
        settings: "fsync = off\nfull_page_writes = off\n".into(),
        ..PostgresOptions::default()
    };
    let postgres = Postgres::start(&scratch.join("postgres"), &options).unwrap();
    postgres.create_database("platen").unwrap();
    let url = postgres.url("platen");
    let (one, other) = (
        Ledger::connect(&url).await.unwrap(),
        Ledger::connect(&url).await.unwrap(),
    );
    let rig = Rig::on(one, generous(), None).await;
    let second = serve(&other, generous());
    let account = rig.account("quota").await;
    let ask = |router: axum::Router, amount: i64| {
        let body = json!({
            "userEmail": "anna@example.edu", "accountId": account,
            "activityType": "debit", "amount": amount,
        });
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
            if number % 2 == 0 {
                rig.router.clone()
            } else {
                second.clone()
            }
        })
        .map(|router| tokio::spawn(ask(router, 5)))
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap().expect(201).text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    ask(second.clone(), 6).await.problem(422, "key-reused");
    let request = rig.request("GET", "/users/anna@example.edu/balances");
    let got = send(&second, request.body(Body::empty()).unwrap())
        .await
        .expect(200);
    assert_eq!(got.json()["items"][0]["used"], 5);
    // Revoked on one server, out on the other.
    let desk = rig.ledger.desk(administrator());
    desk.revoke_credential(rig.client, jiff::Timestamp::now())
        .await
        .unwrap();
    let request = rig.request("GET", "/accounts").body(Body::empty()).unwrap();
    send(&second, request).await.problem(401, "unauthorized");
    // Lists go on by place here too.
    let page = rig
        .ledger
        .people_after(platen_ledger::PeopleQuery::default(), None)
        .await;
    assert_eq!(page.unwrap().rows.len(), 3);
    rig.ledger.verify().await.unwrap();
}
