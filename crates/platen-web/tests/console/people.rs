//! User Management, assignments and the Usage panel.

use platen_domain::{Access, Points};
use url::form_urlencoded::byte_serialize;

use crate::seed::id_of;
use crate::support::Console;

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

fn user_path(name: &str) -> String {
    format!("/console/user?id={}", encoded(id_of(name).as_str()))
}

async fn usage_path(console: &Console, code: &str, name: &str) -> String {
    let account = console.account(code).await.id.0;
    let user = encoded(id_of(name).as_str());
    format!("/console/usage?account={account}&user={user}")
}

#[tokio::test]
async fn search_finds_every_user_not_the_first_page() {
    let console = Console::used().await;
    console.seed.crowd(120).await;
    let page = console.get("/console/users").await;
    page.says("126 users").says("1–50 of 126");
    console
        .get("/console/users?search=student119")
        .await
        .says("Student119 Example")
        .says("1 user");
    let second = console.get("/console/users?search=student&page=3").await;
    second.says("101–120 of 120").says("student119@example.edu");
    console
        .get("/console/users?group=chemistry")
        .await
        .says("Alice")
        .says("Bob")
        .says_not("Carol");
    let account = console.account("CHEM-01").await.id.0;
    let with_access = console
        .get(&format!("/console/users?account={account}"))
        .await;
    with_access
        .says("With access to “Chemistry Department”")
        .says("Alice")
        .says("Bob")
        .says("Carol")
        .says_not("Student0");
}

#[tokio::test]
async fn a_users_accounts_stand_in_two_sections() {
    let console = Console::used().await;
    let page = console.get(&user_path("alice")).await;
    let text = page.text();
    let (global, direct) = text.split_once("Direct user assignment").unwrap();
    let (_, global) = global.split_once("Global and group assignments").unwrap();
    assert!(
        global.contains("Print Quota") && global.contains("All users"),
        "{global}"
    );
    assert!(global.contains("Chemistry Department"), "{global}");
    assert!(global.contains("Through chemistry, staff"), "{global}");
    // Named in person, and in the group as well.
    assert!(
        global.contains("Research") && direct.contains("Research"),
        "{text}"
    );
    assert!(!direct.contains("Print Quota"), "{direct}");
    assert!(text.contains("Active account"), "{text}");
    console.get("/console/user?id=nobody").await.is(404);
    console.get("/console/user").await.is(404);
}

#[tokio::test]
async fn an_account_is_assigned_directly_and_taken_again() {
    let console = Console::used().await;
    let id = id_of("carol");
    let assign = |account: &'static str| {
        [
            ("user", id.as_str().to_owned()),
            ("account", account.to_owned()),
        ]
    };
    let post = async |path: &str, fields: [(&str, String); 2]| {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        console.post(path, &fields).await
    };
    for typed in ["thesis", "Thesis PRINTING"] {
        let answer = post("/console/user/assign", assign(typed)).await;
        let notice = answer.leads_to(&user_path("carol"));
        assert!(notice.contains("“Thesis printing” "), "{notice}");
    }
    let Access::Only { users, .. } = console.account("thesis").await.access else {
        panic!("it is everyone’s");
    };
    assert!(users.contains("carol@example.edu"));
    assert_eq!(console.actions().await, ["account.assign"]);
    for (typed, text) in [
        ("", "No account has this name"),
        ("no such", "No account has this name"),
        ("quota", "is for all users already"),
    ] {
        let answer = post("/console/user/assign", assign(typed)).await;
        answer.is(422);
        assert!(answer.fault("account").contains(text), "{typed}");
        let kept = format!("id=\"account\" name=\"account\" value=\"{typed}\"");
        assert!(answer.body.contains(&kept), "{typed}");
    }
    let account = console.account("thesis").await.id.0.to_string();
    let fields = [("user", id.as_str().to_owned()), ("account", account)];
    let answer = post("/console/user/unassign", fields).await;
    assert!(
        answer
            .leads_to(&user_path("carol"))
            .contains("not assigned")
    );
    console
        .get(&user_path("carol"))
        .await
        .says("No account is assigned directly");
}

#[tokio::test]
async fn usage_shows_balance_current_usage_and_activities() {
    let console = Console::used().await;
    let page = console
        .get(&usage_path(&console, "quota", "bob").await)
        .await;
    page.is(200)
        .says("/500 points used")
        .says("In submitted documents")
        .says("Lecture notes")
        .says("The printer ate page 3")
        .says("Points decreased")
        .says("Copied")
        .says("by admin@example.edu")
        .says_not("Activities by other users");
}

#[tokio::test]
async fn usage_of_a_shared_account_shows_the_others_too() {
    let console = Console::used().await;
    let page = console
        .get(&usage_path(&console, "CHEM-01", "alice").await)
        .await;
    let text = page.text();
    let (own, others) = text.split_once("Activities by other users").unwrap();
    assert!(own.contains("by Alice Example"), "{own}");
    assert!(!own.contains("Carol"), "{own}");
    assert!(others.contains("by Carol Example"), "{others}");
    page.says("Stopped at 120 points");
}

#[tokio::test]
async fn the_three_adjustments_do_what_they_say() {
    let console = Console::used().await;
    let account = console.account("quota").await;
    let page = console
        .get(&usage_path(&console, "quota", "carol").await)
        .await;
    page.says("0/500 points used");
    for (change, amount, now) in [
        ("increase", "50", "50/500"),
        ("decrease", "20.5", "29.5/500"),
        ("set", "100", "100/500"),
        ("set", "0", "0/500"),
    ] {
        let page = console
            .get(&usage_path(&console, "quota", "carol").await)
            .await;
        let id = page.field("id");
        let fields = [
            ("account", account.id.0.to_string()),
            ("user", id_of("carol").to_string()),
            ("id", id),
            ("change", change.to_owned()),
            ("amount", amount.to_owned()),
            ("reason", format!("because of {change}")),
        ];
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let answer = console.post("/console/usage", &fields).await;
        let notice = answer.leads_to(&user_path("carol"));
        assert_eq!(notice, format!("Done: {now} points used now."));
        // The browser's second try does nothing a second time.
        let again = console.post("/console/usage", &fields).await;
        again.leads_to(&user_path("carol"));
        let page = console
            .get(&usage_path(&console, "quota", "carol").await)
            .await;
        page.says(&format!("{now} points used"))
            .says(&format!("because of {change}"));
    }
    assert_eq!(console.actions().await, ["points.adjust"; 4]);
}

#[tokio::test]
async fn an_adjustment_needs_points_and_a_reason() {
    let console = Console::used().await;
    let account = console.account("quota").await.id.0.to_string();
    let user = id_of("bob");
    for (change, amount, reason, field) in [
        ("increase", "", "x", "amount"),
        ("increase", "0", "x", "amount"),
        ("decrease", "-4", "x", "amount"),
        ("set", "1.234", "x", "amount"),
        ("increase", "92233720368547758", "x", "amount"),
        ("increase", "5", " ", "reason"),
        ("steal", "5", "x", "change"),
    ] {
        let fields = [
            ("account", account.as_str()),
            ("user", user.as_str()),
            ("change", change),
            ("amount", amount),
            ("reason", reason),
        ];
        let answer = console.post("/console/usage", &fields).await;
        answer.is(422);
        assert!(!answer.fault(field).is_empty());
        assert_eq!(answer.field("amount"), amount);
    }
    assert!(console.actions().await.is_empty());
    // Somebody's points, or the pool's: never nobody's.
    let fields = [
        ("account", account.as_str()),
        ("change", "increase"),
        ("amount", "5"),
        ("reason", "x"),
    ];
    let answer = console.post("/console/usage", &fields).await;
    assert_ne!(answer.status, 303, "{answer:?}");
}

#[tokio::test]
async fn a_shared_pool_is_adjusted_as_a_whole() {
    let console = Console::used().await;
    let account = console.account("research").await.id.0.to_string();
    let fields = [
        ("account", account.as_str()),
        ("change", "increase"),
        ("amount", "7"),
        ("reason", "3D print"),
    ];
    let answer = console.post("/console/usage", &fields).await;
    let path = console.path_of("research").await;
    assert_eq!(answer.leads_to(&path), "Done: 7 points now.");
    let page = console
        .get(&format!("/console/usage?account={account}"))
        .await;
    page.says("3D print").says("by admin@example.edu");
    let balances = console
        .ledger
        .balances(Some(console.account("research").await.id))
        .await;
    assert_eq!(
        balances.unwrap()[0].balance.posted,
        Points::whole(7).unwrap()
    );
}

#[tokio::test]
async fn an_individual_accounts_usage_asks_whose() {
    let console = Console::used().await;
    let account = console.account("quota").await.id.0;
    let page = console
        .get(&format!("/console/usage?account={account}"))
        .await;
    page.says("Choose whose usage to see");
    console.get("/console/usage?account=x").await.is(404);
    console.get("/console/usage").await.is(404);
}

#[tokio::test]
async fn groups_are_listed_with_their_members() {
    let console = Console::used().await;
    let page = console.get("/console/groups").await;
    page.says("staff").says("chemistry").says("students");
    console
        .get("/console/groups?search=STAFF")
        .await
        .says("staff")
        .says_not("chemistry");
    Console::empty()
        .await
        .get("/console/groups")
        .await
        .says("No groups yet");
}

#[tokio::test]
async fn members_of_a_group_are_added_and_removed() {
    let console = Console::used().await;
    let path = "/console/group?name=chemistry";
    let list = console.get("/console/groups").await;
    assert!(list.body.contains(path), "{}", list.body);
    let page = console.get(path).await;
    page.says("bob@example.edu").says("Bob Example");
    let added = console
        .post(path, &[("new_user", " zoe@example.edu ")])
        .await;
    let notice = "zoe@example.edu is in the group “chemistry” now.";
    assert_eq!(added.leads_to(path), notice);
    console
        .get(path)
        .await
        .says("zoe@example.edu")
        .says("has not signed in yet");
    let found = console.get(&format!("{path}&search=ZOE")).await;
    found.says("zoe@").says_not("bob@");
    console
        .get(&format!("{path}&search=nobody"))
        .await
        .says("Nothing found");
    for (typed, fault) in [
        ("", "Please fill this in."),
        (
            "zoe@example.edu",
            "zoe@example.edu was added to “chemistry” already.",
        ),
    ] {
        let refused = console.post(path, &[("new_user", typed)]).await;
        refused.is(422);
        assert_eq!(refused.fault("new_user"), fault);
    }
    let removed = console.post(path, &[("remove", "bob@example.edu")]).await;
    let notice = "bob@example.edu was removed from the group “chemistry”.";
    assert_eq!(removed.leads_to(path), notice);
    console.get(path).await.says_not("bob@example.edu");
    assert_eq!(console.actions().await, ["groups.change"; 2]);
    console
        .get("/console/audit")
        .await
        .says("Users: – → zoe@example.edu")
        .says("Users: bob@example.edu → –");
    // A group is there as soon as somebody is in it, whatever it is called.
    let odd = "/console/group?name=a%26b%2F%22%C3%A9%22";
    console.get(odd).await.says("Nobody was added here");
    console.post(odd, &[("new_user", "bob@example.edu")]).await;
    let list = console.get("/console/groups").await;
    assert!(list.body.contains(odd), "{}", list.body);
    for gone in ["/console/group", "/console/group?name=%00"] {
        console.get(gone).await.is(404);
        console.post(gone, &[("new_user", "x")]).await.is(404);
    }
}
