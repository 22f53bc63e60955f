//! Activities: the documented example, signs, users and pools, lists.

use platen_ledger::AuditFilter;
use serde_json::json;

use crate::rig::*;

#[tokio::test]
async fn documented_credit_brings_210_of_200_points_to_90_of_200() {
    let rig = Rig::new().await;
    rig.debit("quota", "anna", "210").await;
    let account = rig.account("quota").await;
    let balance = rig
        .get("/users/anna@example.edu/balances")
        .await
        .expect(200)
        .json();
    assert_eq!(balance["items"][0]["text"], "210/200 points used");
    let body = json!({
        "userEmail": "anna@example.edu", "accountId": account,
        "activityType": "credit", "quantity": 1, "amount": -120,
    });
    let got = rig
        .json("POST", "/activities", &body.to_string())
        .await
        .expect(201);
    let posted = got.json();
    assert_eq!(posted["balance"]["text"], "90/200 points used");
    assert_eq!(posted["balance"]["used"], 90);
    assert_eq!(posted["balance"]["remaining"], 110);
    assert_eq!(posted["balance"]["standing"], "good");
    assert_eq!(posted["activity"]["amount"], -120);
    assert_eq!(posted["activity"]["postedAfter"], 90);
    assert_eq!(posted["activity"]["activityType"], "credit");
    assert_eq!(posted["activity"]["by"], "Finance");
    assert_eq!(posted["activity"]["userEmail"], "anna@example.edu");
    rig.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn quantity_says_what_it_is_about_and_is_not_multiplied() {
    let rig = Rig::new().await;
    let account = rig.account("quota").await;
    let body = json!({
        "userEmail": "ANNA@example.edu", "accountId": account, "activityType": "debit",
        "quantity": 5, "amount": 7.5, "reason": "Posters",
    });
    let got = rig
        .json("POST", "/activities", &body.to_string())
        .await
        .expect(201);
    assert!(got.text.contains("\"amount\":7.5"), "{}", got.text);
    assert_eq!(got.json()["activity"]["reason"], "Posters (quantity 5)");
    assert_eq!(got.json()["balance"]["posted"], 7.5);
}

#[tokio::test]
async fn set_reaches_its_target_and_a_correction_names_what_it_corrects() {
    let rig = Rig::new().await;
    rig.debit("quota", "ben", "12.34").await;
    let listed = rig.get("/activities").await.expect(200).json();
    let first = listed["items"][0]["id"].clone();
    let account = rig.account("quota").await;
    let mut body = json!({
        "userEmail": "ben@example.edu", "accountId": account, "activityType": "set",
        "amount": 0, "corrects": first,
    });
    let got = rig
        .json("POST", "/activities", &body.to_string())
        .await
        .expect(201);
    assert_eq!(got.json()["activity"]["amount"], -12.34);
    assert_eq!(got.json()["activity"]["corrects"], first);
    assert_eq!(got.json()["balance"]["used"], 0);
    body["corrects"] = json!(uuid::Uuid::now_v7());
    let got = rig.json("POST", "/activities", &body.to_string()).await;
    got.problem(404, "unknown-activity");
}

#[tokio::test]
async fn sign_has_to_fit_the_type_and_points_have_two_places() {
    let rig = Rig::new().await;
    let account = rig.account("quota").await;
    for (kind, amount) in [
        ("credit", "120"),
        ("credit", "0"),
        ("debit", "-1"),
        ("debit", "0"),
        ("set", "-1"),
        ("debit", "0.001"),
        ("debit", "1e13"),
        ("debit", "92233720368547758.08"),
        ("debit", "\"5\""),
        ("debit", "null"),
        ("debit", "true"),
        ("refund", "-1"),
    ] {
        let body = format!(
            r#"{{"userEmail": "anna@example.edu", "accountId": "{account}", "activityType": "{kind}", "amount": {amount}}}"#
        );
        let problem = rig
            .json("POST", "/activities", &body)
            .await
            .problem(422, "invalid");
        let pointer = if kind == "refund" {
            "/activityType"
        } else {
            "/amount"
        };
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    assert_eq!(rig.get("/activities").await.json()["items"], json!([]));
}

#[tokio::test]
async fn pool_is_adjusted_without_a_user_and_nobody_unknown_is_adjusted() {
    let rig = Rig::new().await;
    let (pool, own) = (rig.account("research").await, rig.account("quota").await);
    let ask = |account, user: Option<&str>| {
        let mut body = json!({"accountId": account, "activityType": "debit", "amount": 1});
        if let Some(user) = user {
            body["userEmail"] = json!(user);
        }
        let rig = &rig;
        async move { rig.json("POST", "/activities", &body.to_string()).await }
    };
    let posted = ask(pool, None).await.expect(201).json();
    assert_eq!(posted["balance"]["userEmail"], json!(null));
    assert_eq!(posted["balance"]["text"], "1/100 points used");
    let problem = ask(pool, Some("anna@example.edu"))
        .await
        .problem(409, "conflict");
    assert_eq!(problem["errors"][0]["pointer"], "/userEmail");
    let problem = ask(own, None).await.problem(409, "conflict");
    assert_eq!(problem["errors"][0]["pointer"], "/userEmail");
    let problem = ask(own, Some("nobody@example.edu"))
        .await
        .problem(404, "unknown-user");
    assert_eq!(problem["errors"][0]["pointer"], "/userEmail");
    let problem = ask(uuid::Uuid::now_v7(), None)
        .await
        .problem(404, "unknown-account");
    assert_eq!(problem["errors"][0]["pointer"], "/accountId");
}

#[tokio::test]
async fn every_user_of_an_account_is_adjusted_at_once() {
    let rig = Rig::new().await;
    rig.debit("quota", "anna", "10").await;
    rig.debit("quota", "ben", "20").await;
    let path = format!("/accounts/{}/activities", rig.account("quota").await);
    let body = r#"{"activityType": "set", "amount": 0, "reason": "New term"}"#;
    let got = rig.json("POST", &path, body).await.expect(201);
    assert_eq!(got.json()["balances"], 2);
    for user in ["anna", "ben"] {
        let path = format!("/users/{user}@example.edu/balances");
        assert_eq!(rig.get(&path).await.json()["items"][0]["used"], 0);
    }
    let wrong = r#"{"activityType": "set", "amount": 0, "userEmail": "anna@example.edu"}"#;
    rig.json("POST", &path, wrong).await.problem(422, "invalid");
    rig.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn list_goes_on_after_its_last_row_whatever_comes_meanwhile() {
    let rig = Rig::new().await;
    for points in ["1", "2", "3"] {
        rig.debit("quota", "anna", points).await;
    }
    rig.debit("quota", "ben", "9").await;
    let page = rig
        .get("/activities?userEmail=anna@example.edu&limit=2")
        .await
        .expect(200)
        .json();
    let amounts = |page: &serde_json::Value| -> Vec<_> {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["amount"].as_i64().unwrap()).collect()
    };
    assert_eq!(amounts(&page), [3, 2]);
    rig.debit("quota", "anna", "4").await;
    let next = page["next"].as_str().unwrap();
    let path = format!("/activities?userEmail=anna@example.edu&limit=2&cursor={next}");
    let page = rig.get(&path).await.expect(200).json();
    assert_eq!(amounts(&page), [1]);
    assert_eq!(page["next"], json!(null));
    let none = format!("/activities?accountId={}", rig.account("research").await);
    assert_eq!(rig.get(&none).await.json()["items"], json!([]));
}

#[tokio::test]
async fn what_a_program_changes_stands_in_the_audit_log_in_its_name() {
    let rig = Rig::new().await;
    rig.debit("quota", "anna", "5").await;
    let log = rig.ledger.audit(AuditFilter::default()).await.unwrap();
    let entry = log
        .rows
        .iter()
        .find(|entry| entry.action == "points.adjust")
        .unwrap();
    assert_eq!(entry.name, "Finance");
    assert_eq!(entry.actor.as_str(), format!("api#{}", rig.client));
}
