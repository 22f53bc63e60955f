//! Names of accounts with every Unicode trick.

use platen_domain::{Account, AccountId};
use platen_ledger::{Refusal, Site};
use uuid::Uuid;

use crate::support::*;

async fn named(bench: &Bench, number: u128, name: &str, code: &str) -> Account {
    Account {
        id: AccountId(Uuid::from_u128(number)),
        name: name.into(),
        code: code.into(),
        version: 0,
        ..bench
            .ledger
            .account_by_code("quota")
            .await
            .unwrap()
            .unwrap()
    }
}

#[tokio::test]
async fn names_that_look_the_same_are_the_same() {
    let bench = Bench::new().await;
    let first = named(&bench, 1, "Große Café", "gc-1").await;
    bench.ledger.save_account(first).await.unwrap();
    for name in [
        "GROSSE CAFÉ",
        "Große  Cafe\u{301}",
        "Gro\u{200b}ße\u{a0}Café",
        "Ｇroße Café\u{fe0f}",
    ] {
        let same = named(&bench, 2, name, "other").await;
        assert_eq!(
            refusal(bench.ledger.save_account(same).await),
            Refusal::NotUnique { what: "name" },
            "{name:?}"
        );
    }
    let same = named(&bench, 2, "Other", "GC\u{2010}1").await;
    bench.ledger.save_account(same).await.unwrap();
    let same = named(&bench, 3, "Another", "ＧＣ-１").await;
    assert_eq!(
        refusal(bench.ledger.save_account(same).await),
        Refusal::NotUnique { what: "code" }
    );
    let found = bench.ledger.account_by_code("Gc-1").await.unwrap();
    assert_eq!(found.unwrap().id.0.as_u128(), 1);
}

#[tokio::test]
async fn names_and_codes_hold_no_control_or_direction_characters() {
    let bench = Bench::new().await;
    let long = "a".repeat(201);
    for (name, code, sentence) in [
        (
            "a\0b",
            "c",
            "The name of an account contains a control character.",
        ),
        (
            "a",
            "b\n",
            "The code of an account contains a control character.",
        ),
        (
            "a\u{202e}b",
            "c",
            "The name of an account contains an invisible character that turns the direction of \
             writing.",
        ),
        (
            &long,
            "c",
            "The name of an account is longer than 200 characters.",
        ),
        ("\u{200b}", "c", "An account needs a name and a code."),
        ("a", "\u{2060} ", "An account needs a name and a code."),
    ] {
        let account = named(&bench, 1, name, code).await;
        let refused = refusal(bench.ledger.save_account(account).await);
        assert_eq!(refused.to_string(), sentence);
    }
    // Joiners belong to many a script.
    let persian = named(&bench, 1, "می\u{200c}خواهم 👩\u{200d}🔬", "c").await;
    bench.ledger.save_account(persian).await.unwrap();
}

#[tokio::test]
async fn site_file_knows_the_same_names_for_the_same() {
    let site = |first: &str, second: &str| {
        Site::from_toml(&format!(
            "[[account]]\nname = \"{first}\"\ncode = \"a\"\n
             [[account]]\nname = \"{second}\"\ncode = \"b\"\n{CARD}"
        ))
    };
    assert!(site("Straße", "STRASSE").is_err());
    assert!(site("Straße", "Strase").is_ok());
    assert!(site("a\u{202e}b", "c").is_err());
    let bench = Bench::new().await;
    let renamed = SITE.replace("code = \"quota\"", "code = \"ＱＵＯＴＡ\"");
    let renamed = Site::from_toml(&format!("{renamed}{CARD}")).unwrap();
    let summary = bench.ledger.load_site(renamed).await.unwrap();
    assert_eq!(summary.updated, ["ＱＵＯＴＡ"]);
    assert_eq!(summary.not_in_file, [""; 0]);
}
