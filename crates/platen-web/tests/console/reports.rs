//! Reports and the overview.

use crate::support::Console;

#[tokio::test]
async fn the_last_thirty_days_are_drawn_told_and_given_as_a_file() {
    let console = Console::used().await;
    let page = console.get("/console/reports").await;
    page.is(200)
        .says("Printed")
        .says("Total")
        .says("Top accounts")
        .says("Print Quota");
    assert_eq!(page.body.matches("chart-printed").count(), 30);
    assert!(!page.body.contains("style="), "styles are not allowed");
    let file = console.get("/console/reports.csv").await;
    file.is(200);
    assert_eq!(file.body.lines().count(), 31, "{}", file.body);
    assert!(
        file.body
            .starts_with("start,printed,copied,adjusted,documents\n")
    );
    let kind = file.headers["content-disposition"].to_str().unwrap();
    assert_eq!(kind, "attachment; filename=\"report.csv\"");
    // The table adds up to what the file adds up to.
    let printed: f64 = file
        .body
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap().parse::<f64>().unwrap())
        .sum();
    let total = page.text();
    let total = total.split("Total ").nth(1).unwrap();
    assert_eq!(total.split(' ').next().unwrap(), format!("{printed}"));
}

#[tokio::test]
async fn a_report_of_one_account_or_one_person() {
    let console = Console::used().await;
    let page = console.get("/console/reports?account=research").await;
    page.says("Nothing was used in this time")
        .says_not("Top accounts");
    let page = console
        .get("/console/reports?user=CAROL@example.edu&by=week")
        .await;
    page.is(200).says("Week of");
    let all = console.get("/console/reports.csv?by=month").await.body;
    let carol = console
        .get("/console/reports.csv?by=month&user=carol@example.edu")
        .await
        .body;
    assert_ne!(all, carol);
    assert!(
        carol
            .lines()
            .skip(1)
            .all(|line| line.split(',').nth(1) == Some("0")),
        "{carol}"
    );
}

#[tokio::test]
async fn what_can_not_be_reported_stands_beside_its_field() {
    let console = Console::used().await;
    for (query, field, text) in [
        ("since=x", "since", "2026-09-01"),
        (
            "since=2026-05-02&until=2026-05-01",
            "until",
            "before the first day",
        ),
        ("since=1900-01-01", "since", "too long"),
        ("account=none", "account", "No account"),
        ("user=none", "user", "is known"),
    ] {
        let answer = console.get(&format!("/console/reports?{query}")).await;
        answer.is(422);
        assert!(answer.fault(field).contains(text), "{query}");
        console
            .get(&format!("/console/reports.csv?{query}"))
            .await
            .is(422);
    }
}

#[tokio::test]
async fn the_overview_tells_the_site_at_a_glance() {
    let console = Console::used().await;
    let page = console.get("/console").await;
    page.is(200)
        .says("Accounts 6")
        .says("Users known 6")
        .says("Most used accounts")
        .says("Alice Example")
        .says_not("Set up in this order");
    console.post("/console/clients", &[("on", "no")]).await;
    console
        .get("/console")
        .await
        .says("Still open")
        .says("Settings changed");
    let empty = Console::empty().await;
    empty
        .get("/console")
        .await
        .says("Nothing was printed or copied")
        .says("No changes yet");
}
