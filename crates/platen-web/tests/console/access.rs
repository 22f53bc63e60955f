//! Who comes in, two administrators at one account, and lists of users.

use axum::body::Body;
use axum::http::Method;
use platen_domain::Access;

use crate::support::Console;

/// Asks a route with nothing in it; gives the status.
async fn asked(console: &Console, method: &str, path: &str) -> u16 {
    let path = path
        .replace("{id}", "00000000-0000-0000-0000-000000000000")
        .replace("{kind}", "accounts");
    let kind = Some("application/x-www-form-urlencoded");
    let method: Method = method.parse().unwrap();
    let answer = console.ask(method, &path, kind, Body::empty()).await;
    answer.status.as_u16()
}

#[tokio::test]
async fn only_administrators_come_in() {
    let mut console = Console::new().await;
    for (method, path) in platen_web::CONSOLE_ROUTES {
        console.ask_as("user");
        assert_eq!(asked(&console, method, path).await, 403, "{method} {path}");
        console.ask_as("");
        let expected = if *method == "GET" { 303 } else { 401 };
        assert_eq!(
            asked(&console, method, path).await,
            expected,
            "{method} {path}"
        );
    }
    assert!(console.actions().await.is_empty());
    console.ask_as("admin");
    for (method, path) in platen_web::CONSOLE_ROUTES {
        let status = asked(&console, method, path).await;
        assert!(
            ![401, 403, 405].contains(&status),
            "{method} {path}: {status}"
        );
        // No other method is served: the list is complete.
        let other = if *method == "GET" { "POST" } else { "GET" };
        if !platen_web::CONSOLE_ROUTES.contains(&(other, path)) {
            assert_eq!(asked(&console, other, path).await, 405, "{other} {path}");
        }
    }
}

#[tokio::test]
async fn the_second_of_two_administrators_is_told_and_keeps_what_he_typed() {
    let mut console = Console::new().await;
    let path = console.path_of("quota").await;
    let first = console.get(&path).await.field("version");
    console.ask_as("second");
    let second = console.get(&path).await.field("version");
    assert_eq!(first, second);
    let fields = |version, limit| {
        [
            ("version", version),
            ("name", "Print Quota"),
            ("code", "quota"),
            ("limit", limit),
            ("on_clients", "yes"),
        ]
    };
    console
        .post(&path, &fields(second.as_str(), "600"))
        .await
        .leads_to(&path);
    console.ask_as("admin");
    let told = console.post(&path, &fields(first.as_str(), "700")).await;
    told.is(409)
        .says("Somebody else changed this account meanwhile")
        .says("Stored now: 600");
    assert_eq!(told.field("limit"), "700");
    let limit = console.account("quota").await.limit.unwrap();
    assert_eq!(limit.to_string(), "600");
    // What he sees now, he may overwrite.
    let version = told.field("version");
    assert_ne!(version, first);
    console
        .post(&path, &fields(version.as_str(), "700"))
        .await
        .leads_to(&path);
    let limit = console.account("quota").await.limit.unwrap();
    assert_eq!(limit.to_string(), "700");
}

#[tokio::test]
async fn only_the_users_that_were_touched_are_sent_and_all_others_stay() {
    let console = Console::new().await;
    let path = console.path_of("research").await;
    let mut account = console.account("research").await;
    let many = (0..130).map(|number| format!("user{number:03}@example.edu"));
    account.access = Access::Only {
        groups: ["staff".to_owned()].into(),
        users: many.collect(),
    };
    console.ledger.save_account(account).await.unwrap();
    let page = console.get(&path).await;
    page.says("user000@example.edu")
        .says("80 more users are named directly")
        .says("Search and edit all 130 users");
    let version = page.field("version");
    let fields = [
        ("version", version.as_str()),
        ("name", "Research"),
        ("code", "research"),
        ("kind", "shared"),
        ("on_clients", "yes"),
        ("access", "only"),
        ("drop_user", "user000@example.edu"),
        ("drop_group", "staff"),
        ("add_user", "new@example.edu"),
    ];
    console.post(&path, &fields).await.leads_to(&path);
    let Access::Only { groups, users } = console.account("research").await.access else {
        panic!("it is everyone’s now");
    };
    assert!(groups.is_empty());
    assert_eq!(users.len(), 130);
    assert!(users.contains("new@example.edu") && !users.contains("user000@example.edu"));
}

#[tokio::test]
async fn without_a_script_one_name_after_the_other_is_added() {
    let console = Console::new().await;
    let fields = [
        ("name", "Art"),
        ("code", "art"),
        ("access", "only"),
        ("add_group", "one"),
        ("new_group", "two"),
        ("do", "add"),
    ];
    let page = console.post("/console/accounts/new", &fields).await;
    page.is(200).says("one").says("two");
    assert_eq!(page.field("name"), "Art");
    assert_eq!(page.field("new_group"), "");
    assert!(
        page.body
            .contains("name=\"add_group\" value=\"two\" checked")
    );
    assert!(console.actions().await.is_empty());
}

#[tokio::test]
async fn search_in_an_access_list_finds_everyone_beyond_the_first_page() {
    let console = Console::new().await;
    let mut account = console.account("research").await;
    let many = (0..130).map(|number| format!("user{number:03}@example.edu"));
    account.access = Access::Only {
        groups: ["staff".to_owned()].into(),
        users: many.collect(),
    };
    console.ledger.save_account(account).await.unwrap();
    let path = format!("{}/users", console.path_of("research").await);
    let page = console.get(&path).await;
    page.says("1–50 of 130").says_not("user129");
    console
        .get(&format!("{path}?search=user129"))
        .await
        .says("user129@example.edu");
    // He is there already, and nobody offers to add him again.
    let again = console
        .post(&path, &[("new_user", "user129@example.edu")])
        .await;
    again.is(422);
    assert!(again.fault("new_user").contains("has access already"));
    let added = console
        .post(&path, &[("new_user", "fresh@example.edu")])
        .await;
    assert_eq!(
        added.leads_to(&path),
        "fresh@example.edu has access to “Research” now."
    );
    let removed = console
        .post(&path, &[("remove", "user129@example.edu")])
        .await;
    assert!(removed.leads_to(&path).contains("not named"));
    console
        .get(&format!("{path}?search=user129"))
        .await
        .says("Nothing found");
    let empty = console.post(&path, &[("new_user", " ")]).await;
    assert_eq!(empty.fault("new_user"), "Please fill this in.");
    let everyone = format!("{}/users", console.path_of("quota").await);
    let useless = console.post(&everyone, &[("new_user", "a@b.c")]).await;
    assert!(useless.fault("new_user").contains("for all users"));
}

#[tokio::test]
async fn suggestions_are_twenty_and_say_how_many_more_there_are() {
    let console = Console::used().await;
    console.seed.crowd(45).await;
    let found = console.get("/console/find/users?q=student").await;
    let found: serde_json::Value = serde_json::from_str(&found.body).unwrap();
    assert_eq!(found["matches"].as_array().unwrap().len(), 20);
    assert_eq!(found["more"], 25);
    let found = console.get("/console/find/groups?q=CHEM").await;
    assert!(
        found.body.contains("\"value\":\"chemistry\""),
        "{}",
        found.body
    );
    let found = console.get("/console/find/accounts?q=department").await;
    assert!(
        found.body.contains("\"value\":\"CHEM-01\""),
        "{}",
        found.body
    );
    let found = console.get("/console/find/users?q=nobody%20at%20all").await;
    assert_eq!(found.body, r#"{"matches":[],"more":0}"#);
}

#[tokio::test]
async fn forms_that_are_none_get_a_sentence() {
    let console = Console::new().await;
    for kind in [None, Some("application/json"), Some("text/plain")] {
        let answer = console
            .ask(Method::POST, "/console/settings", kind, Body::from("{}"))
            .await;
        answer.is(422);
        assert!(answer.body.contains("could not be read"), "{}", answer.body);
    }
    let huge = Body::from("a=".to_owned() + &"x".repeat(300_000));
    let kind = Some("application/x-www-form-urlencoded");
    let answer = console
        .ask(Method::POST, "/console/settings", kind, huge)
        .await;
    answer.is(413);
    assert!(answer.body.contains("too large"));
}
