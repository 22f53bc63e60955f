//! Account Management: list, add, edit, archive, several at once.

use platen_domain::{Access, Kind, Points};

use crate::support::Console;

const NEW: [(&str, &str); 11] = [
    ("version", "0"),
    ("name", "Art School"),
    ("code", "art"),
    ("status", "enabled"),
    ("start", "2026-09-01"),
    ("expiry", "2027-06-30"),
    ("on_clients", "yes"),
    ("kind", "shared"),
    ("limit", "120.5"),
    ("exceed", "yes"),
    ("exceed_by", "10"),
];

fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = NEW
        .into_iter()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    kept.chain(changes.iter().copied()).collect()
}

#[tokio::test]
async fn an_account_is_added_with_everything_that_was_typed() {
    let console = Console::new().await;
    console.get("/console/accounts/new").await.is(200);
    let fields = with(&[
        ("access", "only"),
        ("add_group", "artists"),
        ("add_group", "staff"),
        ("new_user", "vera@example.edu; hugo@example.edu"),
        ("do", "save"),
    ]);
    let answer = console.post("/console/accounts/new", &fields).await;
    assert_eq!(
        answer.leads_to("/console/accounts"),
        "“Art School” was added."
    );
    let account = console.account("art").await;
    assert_eq!(account.name, "Art School");
    assert_eq!(account.kind, Kind::Shared);
    assert_eq!(account.limit, Some(Points::from_hundredths(12_050)));
    assert_eq!(account.exceed_by, Points::from_hundredths(1_000));
    assert_eq!(account.start.unwrap().to_string(), "2026-09-01");
    let Access::Only { groups, users } = account.access else {
        panic!("{:?}", account.access);
    };
    assert_eq!(Vec::from_iter(groups), ["artists", "staff"]);
    assert_eq!(
        Vec::from_iter(users),
        ["hugo@example.edu", "vera@example.edu"]
    );
    assert_eq!(console.actions().await, ["account.create"]);
}

#[tokio::test]
async fn a_new_account_is_individual_unlimited_and_for_all() {
    let console = Console::new().await;
    let fields = [("name", "Plain"), ("code", "plain"), ("on_clients", "yes")];
    console
        .post("/console/accounts/new", &fields)
        .await
        .leads_to("/console/accounts");
    let account = console.account("plain").await;
    assert_eq!((account.kind, account.limit), (Kind::Individual, None));
    assert_eq!(account.access, Access::Everyone);
}

#[tokio::test]
async fn every_mistake_stands_beside_its_field_and_what_was_typed_is_kept() {
    let console = Console::new().await;
    for (changes, field, text) in [
        (&[("name", " ")][..], "name", "Please fill this in."),
        (&[("code", "")], "code", "Please fill this in."),
        (&[("name", "print QUOTA")], "name", "has this name already"),
        (&[("code", "quota")], "code", "has this code already"),
        (&[("start", "31.12.")], "start", "2026-09-01"),
        (&[("expiry", "2026-02-30")], "expiry", "2026-09-01"),
        (&[("expiry", "2026-08-31")], "expiry", "before it starts"),
        (&[("limit", "many")], "limit", "15 or 7.5"),
        (&[("limit", "1.234")], "limit", "two decimal places"),
        (&[("limit", "-5")], "limit", "below zero"),
        (&[("limit", "")], "exceed_by", "nothing to exceed"),
        (&[("exceed_by", "")], "exceed_by", "By how much"),
        (
            &[("exceed_by", "92233720368547758.07")],
            "exceed_by",
            "more than",
        ),
    ] {
        let answer = console.post("/console/accounts/new", &with(changes)).await;
        answer.is(422);
        let fault = answer.fault(field);
        assert!(fault.contains(text), "{changes:?}: {fault}");
        let (name, typed) = changes[0];
        assert_eq!(answer.field(name), typed.trim(), "{changes:?}");
        answer.says("Nothing was saved yet");
    }
    assert!(console.actions().await.is_empty());
}

#[tokio::test]
async fn properties_are_saved_and_saving_the_same_changes_nothing() {
    let console = Console::new().await;
    let path = console.path_of("quota").await;
    let page = console.get(&path).await;
    page.is(200).says("Print Quota");
    let version = page.field("version");
    let fields = |limit| {
        [
            ("version", version.as_str()),
            ("name", "Print Quota"),
            ("code", "quota"),
            ("on_clients", "yes"),
            ("limit", limit),
        ]
    };
    let same = console.post(&path, &fields("500")).await;
    assert_eq!(same.leads_to(&path), "Nothing was changed.");
    let saved = console.post(&path, &fields("750")).await;
    assert_eq!(saved.leads_to(&path), "“Print Quota” was saved.");
    let limit = console.account("quota").await.limit;
    assert_eq!(limit, Points::whole(750).ok());
    assert_eq!(console.actions().await, ["account.change"]);
}

#[tokio::test]
async fn german_numbers_are_read_and_written() {
    let mut console = Console::new().await;
    console.speak("de");
    let answer = console
        .post("/console/accounts/new", &with(&[("limit", "1,5")]))
        .await;
    assert_eq!(
        answer.leads_to("/console/accounts"),
        "„Art School“ wurde hinzugefügt."
    );
    let page = console.get(&console.path_of("art").await).await;
    assert_eq!(page.field("limit"), "1,5");
    page.says("Kontoeigenschaften").says_not("Account");
}

#[tokio::test]
async fn an_account_is_archived_found_among_the_archived_and_restored() {
    let console = Console::new().await;
    let path = console.path_of("quota").await;
    let archive = format!("{path}/archive");
    console.get(&archive).await.says("Archive “Print Quota”?");
    let answer = console.post(&archive, &[]).await;
    assert_eq!(
        answer.leads_to("/console/accounts"),
        "“Print Quota” was archived."
    );
    let list = console.get("/console/accounts").await;
    list.says_not("Print Quota").says("Research");
    let archived = console.get("/console/accounts?archived=yes").await;
    archived.says("Print Quota").says_not("Research");
    let answer = console.post(&format!("{path}/restore"), &[]).await;
    assert_eq!(answer.leads_to(&path), "“Print Quota” was restored.");
    console.get("/console/accounts").await.says("Print Quota");
    let actions = console.actions().await;
    assert_eq!(actions, ["account.restore", "account.archive"]);
}

#[tokio::test]
async fn several_accounts_are_changed_at_once() {
    let console = Console::new().await;
    let [quota, research] = [
        console.account("quota").await.id.0.to_string(),
        console.account("research").await.id.0.to_string(),
    ];
    let ids = [("id", quota.as_str()), ("id", research.as_str())];
    let with = |deed| {
        let mut fields = ids.to_vec();
        fields.extend([("do", deed), ("search", "r")]);
        fields
    };
    let bulk = "/console/accounts/bulk";
    let answer = console.post(bulk, &with("disable")).await;
    let notice = answer.leads_to("/console/accounts?search=r");
    assert_eq!(notice, "2 accounts were changed.");
    assert!(!console.account("research").await.enabled);
    let again = console.post(bulk, &with("disable")).await;
    assert!(
        again
            .leads_to("/console/accounts?search=r")
            .contains("Nothing was changed")
    );
    console.post(bulk, &with("hide")).await;
    assert!(!console.account("quota").await.on_clients);
    console.post(bulk, &with("archive")).await;
    console.get("/console/accounts").await.says_not("Research");
    console.post(bulk, &with("restore")).await;
    console.post(bulk, &with("enable")).await;
    console.post(bulk, &with("show")).await;
    let account = console.account("quota").await;
    assert!(account.enabled && account.on_clients && !account.archived);
    console.post(bulk, &with("explode")).await.is(422);
    console
        .post(bulk, &[("do", "archive"), ("id", "nonsense")])
        .await;
    assert_eq!(console.actions().await.len(), 12);
}

#[tokio::test]
async fn list_is_searched_filtered_and_sorted_by_its_address() {
    let console = Console::new().await;
    let list = console.get("/console/accounts?search=CHEM").await;
    list.says("Chemistry Department").says_not("Print Quota");
    let list = console.get("/console/accounts?kind=shared").await;
    list.says("Research").says_not("Thesis");
    let list = console.get("/console/accounts?status=disabled").await;
    list.says("Closed for now").says_not("Research");
    let up = console.get("/console/accounts?sort=limit").await.text();
    let down = console
        .get("/console/accounts?sort=limit&down=yes")
        .await
        .text();
    let before = |text: &str, a: &str, b: &str| text.find(a).unwrap() < text.find(b).unwrap();
    assert!(before(&up, "Summer school", "Print Quota"), "{up}");
    assert!(before(&down, "Print Quota", "Summer school"), "{down}");
    let none = console.get("/console/accounts?search=zzz").await;
    none.is(200).says("Nothing found");
    // Whatever stands in an address, there is a page.
    for query in [
        "page=99999999999999999999",
        "page=-1",
        "sort=;--",
        "kind=%ff%00",
    ] {
        console
            .get(&format!("/console/accounts?{query}"))
            .await
            .is(200);
    }
}

#[tokio::test]
async fn names_with_markup_are_only_names() {
    let console = Console::new().await;
    let name = "<script>alert(1)</script>\"><img src=x onerror=alert(2)>";
    let fields = with(&[
        ("name", name),
        ("access", "only"),
        ("add_group", "\"><b>group"),
        ("add_user", "'><i>user"),
    ]);
    console
        .post("/console/accounts/new", &fields)
        .await
        .leads_to("/console/accounts");
    let path = console.path_of("art").await;
    for page in [
        "/console/accounts",
        &path,
        &format!("{path}/users"),
        "/console/audit",
        "/console",
    ] {
        let answer = console.get(page).await;
        answer.is(200);
        for markup in ["<script>alert", "<img src=x", "<b>group", "<i>user"] {
            assert!(!answer.body.contains(markup), "{markup} on {page}");
        }
    }
}

#[tokio::test]
async fn the_switch_for_all_clients_is_turned() {
    let console = Console::new().await;
    let off = console.post("/console/clients", &[("on", "no")]).await;
    assert!(
        off.leads_to("/console/accounts")
            .contains("is off for clients now")
    );
    let settings = console.ledger.settings().await.unwrap();
    assert!(!settings.account_management);
    let again = console.post("/console/clients", &[("on", "no")]).await;
    assert_eq!(again.leads_to("/console/accounts"), "Nothing was changed.");
    console
        .get("/console/accounts")
        .await
        .says("clients show no accounts");
    console.post("/console/clients", &[("on", "yes")]).await;
    assert_eq!(console.actions().await, ["settings.change"; 2]);
}

#[tokio::test]
async fn an_empty_site_is_told_how_to_begin() {
    let console = Console::empty().await;
    console
        .get("/console/accounts")
        .await
        .says("No accounts yet");
    console.get("/console").await.says("Set up in this order");
    console
        .get("/console/accounts?archived=yes")
        .await
        .says("No archived accounts");
    for id in ["none", "00000000-0000-0000-0000-000000000000"] {
        let path = format!("/console/accounts/{id}");
        console.get(&path).await.is(404).says("not there any more");
        console.post(&path, &[]).await.is(404);
    }
}
