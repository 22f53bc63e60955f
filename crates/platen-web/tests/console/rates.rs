//! The Rates Card: grid, preview, conflict.

use futures_util::future::join_all;

use crate::support::{Answer, Console};

const NAMES: [&str; 8] = ["pms", "pmd", "pcs", "pcd", "cms", "cmd", "ccs", "ccd"];

/// The form as a browser would send it, with one value everywhere.
fn card(version: &str, sizes: &[(&str, &str)], other: &str, deed: &str) -> Vec<(String, String)> {
    let mut fields = vec![
        ("version".to_owned(), version.to_owned()),
        ("do".to_owned(), deed.to_owned()),
    ];
    for (name, rate) in sizes {
        fields.push(("name".to_owned(), (*name).to_owned()));
        fields.push(("size".to_owned(), String::new()));
        fields.extend(NAMES.map(|column| (column.to_owned(), (*rate).to_owned())));
    }
    fields.extend(NAMES.map(|column| (format!("o_{column}"), other.to_owned())));
    fields
}

async fn post(console: &Console, fields: &[(String, String)]) -> Answer {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    console.post("/console/rates", &fields).await
}

#[tokio::test]
async fn the_card_is_shown_as_a_grid_and_saved() {
    let console = Console::new().await;
    let page = console.get("/console/rates").await;
    page.is(200).says("Version 1 in force").says("Other size");
    assert!(page.body.contains("value=\"0.75\""), "{}", page.body);
    let fields = card(
        "1",
        &[("A4", "2"), ("A3", "4"), ("A5", "1,5")],
        "20",
        "save",
    );
    let answer = post(&console, &fields).await;
    let notice = answer.leads_to("/console/rates");
    assert_eq!(notice, "The new rates are in force: version 2.");
    let stored = console.ledger.rate_card().await.unwrap().unwrap();
    assert_eq!(stored.rows.len(), 3);
    let a5 = stored.rows.iter().find(|row| row.name == "A5").unwrap();
    assert_eq!(a5.copy.colour_duplex.to_string(), "1.5");
    assert_eq!(console.actions().await, ["rates.change"]);
    let same = post(
        &console,
        &card(
            "2",
            &[("A4", "2"), ("A3", "4"), ("A5", "1.5")],
            "20",
            "save",
        ),
    )
    .await;
    assert_eq!(
        same.leads_to("/console/rates"),
        "The rates were so already."
    );
}

#[tokio::test]
async fn a_preview_says_what_last_month_would_have_cost_and_saves_nothing() {
    let console = Console::used().await;
    let fields = card("1", &[("A4", "100")], "100", "preview");
    let page = post(&console, &fields).await;
    page.is(200)
        .says("What these rates would have cost")
        .says("Charged then")
        .says("Save these rates");
    let text = page.text();
    let dearer = text.split("Dearer ").nth(1).unwrap();
    let dearer: u64 = dearer.split(' ').next().unwrap().parse().unwrap();
    assert!(dearer > 30, "{text}");
    assert_eq!(
        console.ledger.rate_card().await.unwrap().unwrap().version,
        1
    );
    assert!(console.actions().await.is_empty());
    let unused = Console::new().await;
    let page = post(&unused, &fields).await;
    page.says("Nothing was printed in this time");
}

#[tokio::test]
async fn mistakes_stand_at_their_cells_and_nothing_is_saved() {
    let console = Console::new().await;
    let mut fields = card(
        "1",
        &[("A4", "1"), ("Napkin", "1"), ("a4", "1")],
        "1",
        "save",
    );
    for field in &mut fields {
        if field.0 == "o_ccd" {
            field.1 = "-3".to_owned();
        }
    }
    let answer = post(&console, &fields).await;
    answer.is(422).says("3 fields need another look");
    assert_eq!(answer.fault("name-1"), "This paper is not known.");
    assert!(answer.fault("name-2").contains("same paper as “A4”"));
    assert!(answer.fault("o-ccd").contains("number of points"));
    assert!(answer.body.contains("value=\"Napkin\"") && answer.body.contains("value=\"-3\""));
    let empty = post(&console, &[("do".to_owned(), "save".to_owned())]).await;
    empty.is(422).says("8 fields need another look");
    assert_eq!(
        console.ledger.rate_card().await.unwrap().unwrap().version,
        1
    );
}

#[tokio::test]
async fn sizes_are_added_and_removed_without_a_script() {
    let console = Console::new().await;
    let page = post(&console, &card("1", &[("A4", "1")], "5", "add")).await;
    page.is(200);
    assert_eq!(page.body.matches("name=\"name\"").count(), 2);
    let page = post(
        &console,
        &card("1", &[("A4", "1"), ("A3", "2")], "5", "remove-0"),
    )
    .await;
    assert_eq!(page.field("name"), "A3");
    assert_eq!(page.body.matches("name=\"name\"").count(), 1);
}

#[tokio::test]
async fn the_second_of_two_administrators_is_told_here_too() {
    let console = Console::new().await;
    post(&console, &card("1", &[("A4", "2")], "5", "save"))
        .await
        .leads_to("/console/rates");
    let told = post(&console, &card("1", &[("A4", "3")], "5", "save")).await;
    told.is(409).says("Somebody else changed the rates");
    assert_eq!(told.field("pms"), "3");
    let version = told.field("version");
    let saved = post(&console, &card(&version, &[("A4", "3")], "5", "save")).await;
    saved.leads_to("/console/rates");
}

#[tokio::test]
async fn a_site_without_rates_is_told_so_and_gets_its_first_card() {
    let console = Console::empty().await;
    let page = console.get("/console/rates").await;
    page.says("No rates are set up yet");
    let answer = post(&console, &card("0", &[("A4", "1")], "5", "save")).await;
    answer.leads_to("/console/rates");
    assert!(console.ledger.rate_card().await.unwrap().is_some());
}

#[tokio::test]
async fn of_administrators_who_save_one_version_at_once_exactly_one_wins() {
    let console = Console::new().await;
    for version in 1..=3 {
        let forms: Vec<_> = (1..=10)
            .map(|rate| {
                card(
                    &version.to_string(),
                    &[("A4", &(version * 20 + rate).to_string())],
                    "99",
                    "save",
                )
            })
            .collect();
        let answers = join_all(forms.iter().map(|form| post(&console, form))).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 303);
        assert_eq!(won.len(), 1, "version {version}");
        for answer in lost {
            answer.is(409).says("Somebody else changed the rates");
            // What was typed is there, to be saved in place of the other one.
            assert_eq!(answer.field("version"), (version + 1).to_string());
        }
    }
    assert_eq!(console.actions().await.len(), 3);
}
