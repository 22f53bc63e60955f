//! Accounts, limits and access.

use serde_json::{Value, json};

use crate::rig::*;

fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn account_is_created_read_changed_archived_and_restored() {
    let rig = Rig::new().await;
    let body = json!({
        "name": "Physics", "code": "PHY", "enabled": false, "kind": "shared",
        "startDate": "2026-09-01", "expiryDate": "2026-12-31",
        "limit": {"points": 50.5, "allowExceedBy": 7},
        "access": {"type": "restricted", "groups": ["physics"], "users": ["anna@example.edu"]},
        "onClients": false,
    });
    let made = rig
        .json("POST", "/accounts", &body.to_string())
        .await
        .expect(201);
    assert!(made.text.contains("\"points\":50.5"), "{}", made.text);
    let account = made.json();
    let path = format!("/accounts/{}", account["id"].as_str().unwrap());
    assert_eq!(made.header("location"), rig.path(&path));
    assert_eq!(made.header("etag"), "\"1\"");
    let expected = json!({
        "id": account["id"], "name": "Physics", "code": "PHY", "enabled": false,
        "kind": "shared", "startDate": "2026-09-01", "expiryDate": "2026-12-31",
        "limit": {"points": 50.5, "allowExceedBy": 7},
        "access": {"type": "restricted", "groups": ["physics"], "userCount": 1},
        "onClients": false, "archived": false, "version": 1,
    });
    assert_eq!(account, expected);
    assert_eq!(rig.get(&path).await.expect(200).json(), expected);

    let change = r#"{"enabled": true, "startDate": null, "limit": null}"#;
    let tag = [("if-match", "\"1\"")];
    let changed = rig
        .json_with("PATCH", &path, change, &tag)
        .await
        .expect(200);
    assert_eq!(changed.header("etag"), "\"2\"");
    assert_eq!(changed.json()["startDate"], Value::Null);
    assert_eq!(changed.json()["limit"], Value::Null);
    assert_eq!(changed.json()["expiryDate"], "2026-12-31");

    let archived = rig
        .ask("POST", &format!("{path}/archive"))
        .await
        .expect(200);
    assert_eq!(archived.json()["archived"], true);
    assert!(!names(&rig.get("/accounts").await.json()).contains(&"Physics"));
    assert_eq!(
        names(&rig.get("/accounts?archived=true").await.json()),
        ["Physics"]
    );
    let restored = rig
        .ask("POST", &format!("{path}/restore"))
        .await
        .expect(200);
    assert_eq!(restored.json()["archived"], false);
    assert_eq!(restored.header("etag"), "\"4\"");
}

#[tokio::test]
async fn nobodys_change_is_overwritten_unseen() {
    let rig = Rig::new().await;
    let path = format!("/accounts/{}", rig.account("quota").await);
    let change = r#"{"name": "Quota"}"#;
    rig.json("PATCH", &path, change)
        .await
        .problem(428, "version-needed");
    for tag in ["1", "nothing", "\"1", "{}", "\"1\", 1"] {
        let got = rig
            .json_with("PATCH", &path, change, &[("if-match", tag)])
            .await;
        got.problem(400, "malformed");
    }
    for tag in ["\"7\"", "W/\"1\"", "\"\""] {
        let got = rig
            .json_with("PATCH", &path, change, &[("if-match", tag)])
            .await;
        got.problem(412, "changed");
    }
    let two = [("if-match", "\"9\", \"1\"")];
    rig.json_with("PATCH", &path, change, &two)
        .await
        .expect(200);
    let got = rig
        .json_with("PATCH", &path, r#"{"name": "Other"}"#, &two)
        .await;
    got.problem(412, "changed");
    let any = [("if-match", "*")];
    rig.json_with("PATCH", &path, r#"{"name": "Other"}"#, &any)
        .await
        .expect(200);
}

#[tokio::test]
async fn rules_of_accounts_are_told_as_conflicts() {
    let rig = Rig::new().await;
    for (body, kind) in [
        (r#"{"name": "PRINT quota", "code": "x"}"#, "not-unique"),
        (r#"{"name": "x", "code": "QUOTA"}"#, "not-unique"),
        (
            r#"{"name": "x", "code": "x", "startDate": "2026-02-02", "expiryDate": "2026-02-01"}"#,
            "conflict",
        ),
        ("{\"name\": \"x\u{202e}\", \"code\": \"x\"}", "conflict"),
    ] {
        rig.json("POST", "/accounts", body).await.problem(409, kind);
    }
    rig.debit("quota", "anna", "1").await;
    let path = format!("/accounts/{}", rig.account("quota").await);
    let any = [("if-match", "*")];
    let got = rig
        .json_with("PATCH", &path, r#"{"kind": "shared"}"#, &any)
        .await;
    got.problem(409, "conflict");
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let rig = Rig::new().await;
    let body = json!({
        "name": "", "enabled": "yes", "startDate": "1.2.2026", "kind": "private",
        "limit": {"points": -1, "more": 1}, "access": {"type": "restricted", "users": [5]},
        "colour": "red",
    });
    let problem = rig
        .json("POST", "/accounts", &body.to_string())
        .await
        .problem(422, "invalid");
    let errors = problem["errors"].as_array().unwrap();
    let mut pointers: Vec<_> = errors
        .iter()
        .map(|it| it["pointer"].as_str().unwrap())
        .collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        [
            "/access/users",
            "/code",
            "/colour",
            "/enabled",
            "/kind",
            "/limit/more",
            "/limit/points",
            "/name",
            "/startDate"
        ]
    );
}

#[tokio::test]
async fn list_is_filtered_and_goes_on_where_it_ended() {
    let rig = Rig::new().await;
    let all = rig.get("/accounts").await.expect(200).json();
    assert_eq!(names(&all), ["Print Quota", "Research", "Staff"]);
    assert_eq!(all["next"], Value::Null);
    for (query, expected) in [
        ("search=RES", vec!["Research"]),
        ("kind=individual", vec!["Print Quota", "Staff"]),
        ("enabled=false", vec![]),
        ("search=nothing%25", vec![]),
    ] {
        let page = rig
            .get(&format!("/accounts?{query}"))
            .await
            .expect(200)
            .json();
        assert_eq!(names(&page), expected, "{query}");
    }
    let first = rig.get("/accounts?limit=1").await.json();
    assert_eq!(names(&first), ["Print Quota"]);
    rig.json("POST", "/accounts", r#"{"name": "Aardvark", "code": "a"}"#)
        .await
        .expect(201);
    let next = first["next"].as_str().unwrap();
    let rest = rig
        .get(&format!("/accounts?cursor={next}"))
        .await
        .expect(200)
        .json();
    assert_eq!(names(&rest), ["Research", "Staff"]);
    for (cursor, status, kind) in [
        ("%21", 422, "invalid"),
        ("", 422, "invalid"),
        (&"A".repeat(5_000), 422, "invalid"),
        ("x", 404, "not-found"),
        ("AAAA", 404, "not-found"),
    ] {
        let got = rig.get(&format!("/accounts?cursor={cursor}")).await;
        let problem = got.problem(status, kind);
        assert_eq!(problem["errors"][0]["parameter"], "cursor");
    }
    // A cursor of another list is none of this one.
    rig.get(&format!("/users?cursor={next}"))
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn limit_is_read_and_set() {
    let rig = Rig::new().await;
    let path = format!("/accounts/{}/limit", rig.account("quota").await);
    let limit = rig.get(&path).await.expect(200);
    assert_eq!(
        limit.json(),
        json!({"limit": {"points": 200, "allowExceedBy": 0}})
    );
    let tag = [("if-match", limit.header("etag"))];
    let body = r#"{"limit": {"points": 250, "allowExceedBy": 12.5}}"#;
    let set = rig.json_with("PUT", &path, body, &tag).await.expect(200);
    assert_eq!(
        set.json(),
        json!({"limit": {"points": 250, "allowExceedBy": 12.5}})
    );
    rig.json_with("PUT", &path, r#"{"limit": null}"#, &tag)
        .await
        .problem(412, "changed");
    let any = [("if-match", "*")];
    let set = rig
        .json_with("PUT", &path, r#"{"limit": null}"#, &any)
        .await
        .expect(200);
    assert_eq!(set.json(), json!({"limit": null}));
    for wrong in ["{}", r#"{"limit": 5}"#, r#"{"limit": {}}"#] {
        rig.json_with("PUT", &path, wrong, &any)
            .await
            .problem(422, "invalid");
    }
}

#[tokio::test]
async fn access_is_given_and_taken_by_user_and_by_group() {
    let rig = Rig::new().await;
    let path = format!("/accounts/{}/access", rig.account("staff").await);
    let users = |path: &str| format!("{path}/users");
    let list = |rig: &Rig| {
        let request = users(&path);
        let got = rig
            .request("GET", &request)
            .body(axum::body::Body::empty())
            .unwrap();
        let router = rig.router.clone();
        async move { send(&router, got).await.expect(200).json()["items"].clone() }
    };
    assert_eq!(list(&rig).await, json!(["anna@example.edu"]));
    let ben = format!("{path}/users/ben%40example.edu");
    for _ in 0..2 {
        rig.ask("PUT", &ben).await.expect(204);
    }
    rig.ask("PUT", &format!("{path}/groups/R%26D%20%2F%20Labor"))
        .await
        .expect(204);
    let access = rig.get(&path).await.expect(200).json();
    assert_eq!(
        access,
        json!({"type": "restricted", "groups": ["R&D / Labor"], "userCount": 2})
    );
    let page = rig.get(&format!("{path}/users?limit=1")).await.json();
    assert_eq!(page["items"], json!(["anna@example.edu"]));
    let next = page["next"].as_str().unwrap();
    let page = rig
        .get(&format!("{path}/users?limit=1&cursor={next}"))
        .await
        .json();
    assert_eq!(page, json!({"items": ["ben@example.edu"], "next": null}));
    rig.ask("DELETE", &ben).await.expect(204);
    rig.ask("DELETE", &ben).await.expect(204);
    rig.ask("DELETE", &format!("{path}/groups/R%26D%20%2F%20Labor"))
        .await
        .expect(204);
    assert_eq!(list(&rig).await, json!(["anna@example.edu"]));

    for nobody in ["%00", "%20", "%C2%98"] {
        let got = rig.ask("PUT", &format!("{path}/groups/{nobody}")).await;
        got.problem(404, "not-found");
    }
    let any = [("if-match", "*")];
    let everyone = r#"{"type": "everyone"}"#;
    let got = rig
        .json_with("PUT", &path, everyone, &any)
        .await
        .expect(200);
    assert_eq!(
        got.json(),
        json!({"type": "everyone", "groups": [], "userCount": 0})
    );
    assert_eq!(list(&rig).await, json!([]));
    rig.ask("PUT", &format!("{path}/groups/staff"))
        .await
        .problem(409, "conflict");
    for wrong in [
        r#"{"type": "everyone", "groups": []}"#,
        r#"{"type": "nobody"}"#,
        r#"{"type": "restricted", "users": ["a", ""]}"#,
        r#"{"groups": []}"#,
    ] {
        rig.json_with("PUT", &path, wrong, &any)
            .await
            .problem(422, "invalid");
    }
}
