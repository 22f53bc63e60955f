use platen_domain::{Access, Kind};
use platen_words::{ENGLISH, GERMAN};

use super::*;

fn points(whole: i64) -> Points {
    Points::whole(whole).unwrap()
}

fn account(limit: Option<i64>, exceed_by: i64) -> Account {
    Account {
        id: AccountId(Uuid::from_u128(1)),
        name: "Print Quota".into(),
        code: "quota".into(),
        enabled: true,
        start: None,
        expiry: None,
        kind: Kind::Individual,
        limit: limit.map(points),
        exceed_by: points(exceed_by),
        access: Access::Everyone,
        on_clients: true,
        archived: false,
        version: 1,
    }
}

fn subject<'a>(account: &'a Account, used: i64, others: &'a [(AccountId, String)]) -> Subject<'a> {
    Subject {
        speech: &ENGLISH,
        document: DocumentId(Uuid::from_u128(9)),
        name: "thesis.pdf",
        cost: points(15),
        account,
        balance: Balance {
            posted: points(used),
            ..Balance::default()
        },
        others,
        direct_choice: true,
    }
}

#[test]
fn ready_names_document_points_balance_and_account() {
    let account = account(Some(50), 0);
    let note = Notification::ready(&subject(&account, 19, &[]), false).unwrap();
    assert_eq!(note.title, "Job Ready");
    assert_eq!(
        note.body,
        "“thesis.pdf” costs 15 points.\nPrint Quota: 19/50 points used, 31 available"
    );
    assert_eq!(note.actions[1].1, "Change Account");
}

#[test]
fn unlimited_account_shows_used_points_alone() {
    let account = account(None, 0);
    let note = Notification::ready(&subject(&account, 19, &[]), false).unwrap();
    assert!(
        note.body.ends_with("Print Quota: 19 points"),
        "{}",
        note.body
    );
}

#[test]
fn warning_says_what_is_still_allowed() {
    let account = account(Some(20), 10);
    let note = Notification::warning(&subject(&account, 25, &[])).unwrap();
    assert_eq!(note.title, "Account Limit Warning");
    assert!(note.body.contains("25/20 points used"), "{}", note.body);
    assert!(
        note.body
            .ends_with("You are over the limit. 5 points more allowed."),
        "{}",
        note.body
    );
    let full = Notification::warning(&subject(&account, 30, &[])).unwrap();
    assert!(
        full.body.ends_with("nothing more is allowed."),
        "{}",
        full.body
    );
}

#[test]
fn declined_charges_nothing_and_offers_at_most_two_other_accounts_directly() {
    let account = account(Some(20), 0);
    let others: Vec<_> = (2..6)
        .map(|n| (AccountId(Uuid::from_u128(n)), format!("Account {n}")))
        .collect();
    let note = Notification::declined(&subject(&account, 12, &others)).unwrap();
    assert_eq!(note.title, "Printing Declined");
    assert!(
        note.body
            .contains("needs 15 points. Print Quota has 8 available"),
        "{}",
        note.body
    );
    let labels: Vec<_> = note
        .actions
        .iter()
        .map(|(_, label)| label.as_str())
        .collect();
    assert_eq!(
        labels,
        [
            "Show Document",
            "Change Account",
            "Charge Account 2",
            "Charge Account 3"
        ]
    );
    let alone = Notification::declined(&subject(&account, 12, &[])).unwrap();
    assert!(
        alone
            .body
            .ends_with("No other account of yours can carry it."),
        "{}",
        alone.body
    );
}

#[test]
fn every_button_is_found_by_its_key() {
    let account = account(Some(20), 0);
    let others = [(AccountId(Uuid::from_u128(2)), "Research".to_owned())];
    let note = Notification::declined(&subject(&account, 12, &others)).unwrap();
    for (action, _) in &note.actions {
        assert_eq!(note.action(&action.key()), Some(action));
    }
    assert_eq!(account_of_key(&note.actions[2].0.key()), Some(others[0].0));
    assert_eq!(note.action("something-else"), None);
}

#[test]
fn german_notifications_say_the_same_with_a_comma() {
    let account = account(Some(20), 10);
    let others = [(AccountId(Uuid::from_u128(2)), "Lehre".to_owned())];
    let mut subject = subject(&account, 12, &others);
    subject.speech = &GERMAN;
    subject.cost = Points::from_hundredths(750);
    let note = Notification::ready(&subject, true).unwrap();
    assert_eq!(note.title, "Dokument bereit");
    assert_eq!(
        note.body,
        "„thesis.pdf“ kostet 7,5 Punkte.\nPrint Quota: 12/20 Punkte verbraucht, 8 verfügbar\n\
         Drei Viertel dieses Kontos sind nun verbraucht."
    );
    let labels: Vec<_> = note.actions.iter().map(|(_, label)| label).collect();
    assert_eq!(
        labels,
        ["Dokument zeigen", "Konto ändern", "Lehre belasten"]
    );
    let english = Notification::ready(&self::subject(&account, 12, &others), true).unwrap();
    let keys = |note: &Notification| -> Vec<String> {
        note.actions
            .iter()
            .map(|(action, _)| action.key())
            .collect()
    };
    assert_eq!(keys(&note), keys(&english));
    subject.cost = points(30);
    assert_eq!(
        Notification::declined(&subject).unwrap().body,
        "„thesis.pdf“ braucht 30 Punkte. Verfügbar auf Print Quota: 18 \
         (12/20 Punkte verbraucht).\nEs wurde nichts abgebucht. \
         Zum Drucken bitte ein anderes Konto wählen."
    );
    let waiting = Notification::sign_in(&GERMAN, 2);
    assert!(
        waiting.body.starts_with("2 Dokumente warten."),
        "{}",
        waiting.body
    );
}
