//! Users and their balances.

use serde_json::{Value, json};

use crate::rig::*;

fn logins(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|item| item["userEmail"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn users_are_found_and_listed_part_by_part() {
    let rig = Rig::new().await;
    let all = ["anna@example.edu", "ben@example.edu", "carl@example.edu"];
    assert_eq!(logins(&rig.get("/users").await.expect(200).json()), all);
    for (query, expected) in [
        ("search=Ben", vec!["ben@example.edu"]),
        ("group=students", all.to_vec()),
        ("group=staff", vec![]),
    ] {
        let page = rig.get(&format!("/users?{query}")).await.expect(200).json();
        assert_eq!(logins(&page), expected, "{query}");
    }
    let path = format!("/users?accountId={}", rig.account("staff").await);
    assert_eq!(logins(&rig.get(&path).await.json()), ["anna@example.edu"]);
    let path = format!("/users?accountId={}", uuid::Uuid::now_v7());
    rig.get(&path).await.problem(404, "unknown-account");
    let (mut found, mut path) = (Vec::new(), "/users?limit=2".to_owned());
    loop {
        let page = rig.get(&path).await.expect(200).json();
        found.extend(logins(&page).into_iter().map(str::to_owned));
        match page["next"].as_str() {
            Some(next) => path = format!("/users?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, all);
}

#[tokio::test]
async fn user_is_shown_whatever_the_case_of_the_address() {
    let rig = Rig::new().await;
    let user = rig
        .get("/users/ANNA%40Example.edu")
        .await
        .expect(200)
        .json();
    assert_eq!(user["userEmail"], "anna@example.edu");
    assert_eq!(user["name"], "Anna");
    assert_eq!(user["id"], "https://id.example.edu#anna");
    assert_eq!(user["groups"], json!(["students"]));
    assert!(user["seenAt"].as_str().unwrap().ends_with('Z'));
    for nobody in ["nobody@example.edu", "%00", "%E2%80%AE", "..", "a%2Fb"] {
        let got = rig.get(&format!("/users/{nobody}")).await;
        got.problem(404, "unknown-user");
    }
}

#[tokio::test]
async fn balances_of_every_account_that_a_user_has_are_shown() {
    let rig = Rig::new().await;
    rig.debit("quota", "anna", "150.25").await;
    let got = rig
        .get("/users/anna@example.edu/balances")
        .await
        .expect(200);
    assert!(got.text.contains("\"used\":150.25"), "{}", got.text);
    let balances = got.json();
    let expected = json!({
        "accountId": rig.account("quota").await, "accountName": "Print Quota",
        "userEmail": "anna@example.edu", "used": 150.25, "posted": 150.25, "pending": 0,
        "limit": 200, "hardLimit": 200, "remaining": 49.75, "standing": "low",
        "text": "150.25/200 points used",
    });
    assert_eq!(balances["items"][0], expected);
    assert_eq!(balances["items"][1]["accountName"], "Staff");
    assert_eq!(balances["items"][1]["limit"], Value::Null);
    assert_eq!(balances["items"][1]["standing"], "unlimited");
    assert_eq!(balances["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn balance_of_one_account_names_its_user_or_is_the_pools() {
    let rig = Rig::new().await;
    let (own, pool) = (rig.account("quota").await, rig.account("research").await);
    rig.debit("quota", "ben", "3").await;
    let path = format!("/accounts/{own}/balance?userEmail=ben@example.edu");
    assert_eq!(rig.get(&path).await.expect(200).json()["used"], 3);
    let path = format!("/accounts/{pool}/balance");
    assert_eq!(
        rig.get(&path).await.expect(200).json()["text"],
        "0/100 points used"
    );
    let path = format!("/accounts/{own}/balance");
    let problem = rig.get(&path).await.problem(409, "conflict");
    assert_eq!(problem["errors"][0]["parameter"], "userEmail");
    let path = format!("/accounts/{pool}/balance?userEmail=ben@example.edu");
    rig.get(&path).await.problem(409, "conflict");
    let path = format!("/accounts/{own}/balance?userEmail=nobody");
    rig.get(&path).await.problem(404, "unknown-user");
}
