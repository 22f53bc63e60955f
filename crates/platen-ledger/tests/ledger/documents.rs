//! Verdicts, reservations, change of account, release and settlement.

use std::collections::BTreeMap;

use platen_domain::{DocumentState, Finishing, Sides, Standing};
use platen_ledger::{Change, Facts, Refusal, Scope, Settings, Settlement, Unreadable};
use uuid::Uuid;

use crate::support::*;

#[tokio::test]
async fn worked_example_of_rule_5() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 4).await;
    bench.begin_release(1).await;
    let printed = Settlement::Printed { sides: 4 };
    bench
        .ledger
        .settle(document_id(1), printed, now())
        .await
        .unwrap();
    assert_eq!(bench.balance("alice", "quota").await, "4/50 points used");

    let outcome = bench.print(2, "alice", "quota", 15).await;
    assert_eq!(outcome.verdict, ready("19", false));
    assert_eq!(bench.balance("alice", "quota").await, "19/50 points used");
    let view = outcome.account.unwrap();
    assert_eq!(
        view.balance.remaining(&view.account).unwrap(),
        Some(points("31"))
    );

    bench.ledger.delete(document_id(2), now()).await.unwrap();
    assert_eq!(bench.balance("alice", "quota").await, "4/50 points used");
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn verdicts_cross_at_the_limit_and_at_the_hard_limit() {
    let bench = Bench::new().await;
    let verdict = |number, pages| {
        let bench = &bench;
        async move {
            bench
                .print(number, "alice", "department", pages)
                .await
                .verdict
        }
    };
    assert_eq!(verdict(1, 14).await, ready("14", false));
    assert_eq!(verdict(2, 1).await, ready("15", true));
    assert_eq!(verdict(3, 5).await, ready("20", false));
    assert_eq!(verdict(4, 1).await, warning("21"));
    assert_eq!(verdict(5, 10).await, declined("9"));
    assert_eq!(verdict(6, 9).await, warning("30"));
    assert_eq!(verdict(7, 1).await, declined("0"));
    assert_eq!(
        bench.balance("alice", "department").await,
        "30/20 points used"
    );
}

#[tokio::test]
async fn declined_document_is_cancelled_with_a_reason_and_charges_nothing() {
    let bench = Bench::new().await;
    let outcome = bench.print(1, "alice", "quota", 51).await;
    assert_eq!(outcome.document.state, DocumentState::Canceled);
    assert_eq!(
        outcome.document.reason.as_deref(),
        Some("Printing declined: this document needs 51 points, and Print Quota has 50 left.")
    );
    assert_eq!(bench.balance("alice", "quota").await, "0/50 points used");
    let view = bench
        .ledger
        .view(&person("alice"), now(), TODAY)
        .await
        .unwrap();
    assert_eq!(view.documents, [outcome.document]);
}

#[tokio::test]
async fn declined_document_is_revived_on_another_account() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "department", 40).await;
    let outcome = bench
        .move_to(1, "alice", "quota", Scope::AndActive)
        .await
        .unwrap();
    assert_eq!(outcome.verdict, ready("40", true));
    assert_eq!(outcome.document.state, DocumentState::Held);
    assert_eq!(outcome.document.reason, None);
    assert_eq!(outcome.account.unwrap().standing, Standing::Low);
    assert_eq!(
        bench.balance("alice", "department").await,
        "0/20 points used"
    );
    assert_eq!(bench.active("alice", now()).await.unwrap(), "quota");
}

#[tokio::test]
async fn change_of_account_moves_one_document_and_both_balances() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 10).await;
    bench.print(2, "alice", "quota", 12).await;
    bench
        .move_to(2, "alice", "department", Scope::ThisDocument)
        .await
        .unwrap();
    assert_eq!(bench.balance("alice", "quota").await, "10/50 points used");
    assert_eq!(
        bench.balance("alice", "department").await,
        "12/20 points used"
    );
    assert_eq!(bench.active("alice", now()).await.unwrap(), "quota");

    let outcome = bench
        .move_to(1, "alice", "department", Scope::AndActive)
        .await
        .unwrap();
    assert_eq!(outcome.verdict, warning("22"));
    assert_eq!(bench.balance("alice", "quota").await, "0/50 points used");
    assert_eq!(bench.active("alice", now()).await.unwrap(), "department");
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn change_to_an_account_that_declines_changes_nothing() {
    let bench = Bench::new().await;
    let before = bench.print(1, "alice", "quota", 31).await.document;
    let outcome = bench
        .move_to(1, "alice", "department", Scope::AndActive)
        .await
        .unwrap();
    assert_eq!(outcome.verdict, declined("30"));
    assert_eq!(outcome.document, before);
    assert_eq!(bench.document(1).await, before);
    assert_eq!(bench.balance("alice", "quota").await, "31/50 points used");
    assert_eq!(
        bench.balance("alice", "department").await,
        "0/20 points used"
    );
    assert_eq!(bench.active("alice", now()).await.unwrap(), "quota");
}

#[tokio::test]
async fn nobody_moves_the_document_of_another() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 1).await;
    let moved = bench.move_to(1, "bob", "department", Scope::ThisDocument);
    assert_eq!(refusal(moved.await), Refusal::NotYours);
    assert_eq!(
        refusal(bench.reserve(1, "bob", None, facts(1)).await),
        Refusal::NotYours
    );
}

#[tokio::test]
async fn changed_options_replace_the_reservation() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 40).await;
    let duplex = Facts {
        finishing: Finishing {
            sides: Sides::TwoSidedLongEdge,
            ..Finishing::default()
        },
        priced_options: BTreeMap::from([("sides".into(), "two-sided-long-edge".into())]),
        ..facts(40)
    };
    let outcome = bench
        .ledger
        .reprice(document_id(1), duplex.clone(), now())
        .await
        .unwrap();
    assert_eq!(outcome.verdict, ready("20", false));
    assert_eq!(outcome.document.facts, Some(duplex));
    assert_eq!(bench.balance("alice", "quota").await, "20/50 points used");

    // What no longer fits is cancelled and returned, and revived once it fits.
    let outcome = bench
        .ledger
        .reprice(document_id(1), facts(51), now())
        .await
        .unwrap();
    assert_eq!(outcome.verdict, declined("50"));
    assert_eq!(outcome.document.state, DocumentState::Canceled);
    assert_eq!(bench.balance("alice", "quota").await, "0/50 points used");
    let outcome = bench
        .ledger
        .reprice(document_id(1), facts(50), now())
        .await
        .unwrap();
    assert_eq!(outcome.document.state, DocumentState::Held);
    assert_eq!(bench.balance("alice", "quota").await, "50/50 points used");
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn preview_says_what_would_be_and_changes_nothing() {
    let bench = Bench::new().await;
    let before = bench.print(1, "alice", "quota", 40).await.document;
    let alice = person("alice");
    let department = bench.account("department").await;
    let ask = |account, facts| {
        bench
            .ledger
            .preview(document_id(1), &alice, account, facts, now(), TODAY)
    };
    // Its own reservation does not stand in its way.
    let preview = ask(None, Some(facts(50))).await.unwrap();
    assert_eq!(preview.verdict, ready("50", true));
    assert_eq!(preview.cost, points("50"));
    let preview = ask(Some(department), None).await.unwrap();
    assert_eq!(preview.verdict, declined("30"));
    let preview = ask(Some(department), Some(facts(25))).await.unwrap();
    assert_eq!(preview.verdict, warning("25"));
    assert_eq!(bench.document(1).await, before);
    assert_eq!(bench.balance("alice", "quota").await, "40/50 points used");
}

#[tokio::test]
async fn what_was_printed_is_posted_and_the_rest_returns() {
    let bench = Bench::new().await;
    let cases = [
        (
            Settlement::Printed { sides: 10 },
            DocumentState::Printed,
            "10",
            "0",
        ),
        (
            Settlement::Printed { sides: 7 },
            DocumentState::Printed,
            "7",
            "3",
        ),
        (
            Settlement::Printed { sides: 0 },
            DocumentState::Printed,
            "10",
            "0",
        ),
        (
            Settlement::Printed { sides: 10 },
            DocumentState::Printed,
            "10",
            "0",
        ),
        (
            Settlement::Stopped { sides: 2 },
            DocumentState::Printed,
            "2",
            "8",
        ),
        (
            Settlement::Stopped { sides: 0 },
            DocumentState::Failed,
            "0",
            "10",
        ),
        (
            Settlement::Failed {
                reason: "Paper jam".into(),
            },
            DocumentState::Failed,
            "0",
            "10",
        ),
    ];
    let mut used = points("0");
    for (number, (settlement, state, posted, returned)) in (1..).zip(cases) {
        bench.print(number, "alice", "research", 10).await;
        bench.begin_release(number).await;
        let settled = bench
            .ledger
            .settle(document_id(number), settlement.clone(), now())
            .await
            .unwrap();
        assert_eq!(settled.document.state, state, "{settlement:?}");
        assert_eq!(settled.posted, points(posted), "{settlement:?}");
        assert_eq!(settled.returned, points(returned), "{settlement:?}");
        used = used.plus(points(posted)).unwrap();
        let text = format!("{used}/100 points used");
        assert_eq!(bench.balance("alice", "research").await, text);
        let receipt = bench.ledger.receipt(document_id(number)).await.unwrap();
        assert_eq!(receipt.total, points(posted), "{settlement:?}");
    }
    // Five printed documents, two that returned everything.
    assert_eq!(bench.activity_count().await, 5);
}

#[tokio::test]
async fn charge_keeps_the_rate_card_that_priced_it() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 10).await;
    let dearer = CARD.replace("simplex = 1,", "simplex = 2,");
    bench.load(&format!("{SITE}{dearer}")).await;
    bench.begin_release(1).await;
    let settled = bench
        .ledger
        .settle(document_id(1), Settlement::Printed { sides: 10 }, now())
        .await
        .unwrap();
    assert_eq!(settled.posted, points("10"));
    let receipt = bench.ledger.receipt(document_id(1)).await.unwrap();
    assert_eq!((receipt.card_version, receipt.total), (1, points("10")));
    let outcome = bench.print(2, "alice", "quota", 10).await;
    assert_eq!(outcome.document.cost, Some(points("20")));
    assert_eq!(outcome.document.card_version, Some(2));
}

#[tokio::test]
async fn abandoned_release_is_held_again_with_its_points() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 10).await;
    let releasing = bench.begin_release(1).await;
    assert_eq!(releasing.state, DocumentState::Releasing);
    assert_eq!(
        refusal(bench.ledger.delete(document_id(1), now()).await),
        Refusal::WrongState(DocumentState::Releasing)
    );
    let held = bench
        .ledger
        .abandon_release(document_id(1), "The printer is off.".into(), now())
        .await
        .unwrap();
    assert_eq!(held.state, DocumentState::Held);
    assert_eq!((held.printer, held.release_nonce), (None, None));
    assert_eq!(bench.balance("alice", "quota").await, "10/50 points used");
    let again = bench
        .ledger
        .begin_release(document_id(1), "other".into(), Uuid::from_u128(9), now())
        .await
        .unwrap();
    assert_eq!(again.printer.as_deref(), Some("other"));
}

#[tokio::test]
async fn documents_that_nobody_releases_expire_and_return_their_points() {
    let bench = Bench::new().await;
    bench.print(1, "alice", "quota", 10).await;
    bench.print(2, "alice", "quota", 99).await;
    bench.print(3, "alice", "quota", 5).await;
    bench.begin_release(3).await;
    assert_eq!(
        bench.ledger.next_expiry().await.unwrap(),
        Some(hours_later(24))
    );
    assert_eq!(bench.ledger.expire_due(hours_later(23)).await.unwrap(), []);
    let expired = bench.ledger.expire_due(hours_later(24)).await.unwrap();
    let ids: Vec<_> = expired.iter().map(|document| document.id).collect();
    assert_eq!(ids, [document_id(1), document_id(2)]);
    assert_eq!(bench.document(3).await.state, DocumentState::Releasing);
    assert_eq!(bench.balance("alice", "quota").await, "5/50 points used");
    assert_eq!(bench.ledger.next_expiry().await.unwrap(), None);
}

#[tokio::test]
async fn unreadable_document_is_held_and_returns_what_it_held() {
    let bench = Bench::new().await;
    bench.submit(1, "alice").await;
    let mark = |problem: &str| {
        bench
            .ledger
            .mark_unreadable(document_id(1), problem.into(), now())
    };
    let document = mark("It is encrypted.").await.unwrap();
    assert_eq!(document.state, DocumentState::Unreadable);
    assert_eq!(document.reason.as_deref(), Some("It is encrypted."));
    let outcome = bench.reserve(1, "alice", None, facts(3)).await.unwrap();
    assert_eq!(outcome.document.state, DocumentState::Held);
    let document = mark("It changed and is damaged now.").await.unwrap();
    assert_eq!((document.cost, document.account), (None, None));
    assert_eq!(
        bench.balance("alice", "department").await,
        "0/20 points used"
    );
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn unreadable_document_is_cancelled_where_the_site_declines_it() {
    let bench = Bench::new().await;
    let decline = |settings: &mut Settings| settings.unreadable = Unreadable::Decline;
    let desk = super::desk::desk(&bench);
    desk.edit_settings(decline, now()).await.unwrap();
    bench.submit(1, "alice").await;
    let mark = || {
        let problem = "It is encrypted.".to_owned();
        bench.ledger.mark_unreadable(document_id(1), problem, now())
    };
    let document = mark().await.unwrap();
    assert_eq!(document.state, DocumentState::Canceled);
    assert_eq!(document.reason.as_deref(), Some("It is encrypted."));
    assert_eq!(mark().await.unwrap(), document);
    // It has no price: no account carries it for nothing.
    let (alice, quota) = (person("alice"), bench.account("quota").await);
    let moved = bench.ledger.change_account(
        document_id(1),
        &alice,
        quota,
        Scope::ThisDocument,
        now(),
        TODAY,
    );
    assert_eq!(
        refusal(moved.await),
        Refusal::WrongState(DocumentState::Canceled)
    );
    // Deleted and brought back it is what it was.
    bench.ledger.delete(document_id(1), now()).await.unwrap();
    let back = bench.ledger.undelete(document_id(1), &alice, now(), TODAY);
    assert_eq!(back.await.unwrap().document.state, DocumentState::Canceled);
    bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn history_gives_closed_documents_in_pages_newest_first() {
    let bench = Bench::new().await;
    for number in 1..=7 {
        bench.print(number, "alice", "quota", 1).await;
        if number != 4 {
            bench
                .ledger
                .delete(document_id(number), now())
                .await
                .unwrap();
        }
    }
    bench.print(8, "bob", "quota", 1).await;
    bench.ledger.delete(document_id(8), now()).await.unwrap();
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let user = person("alice").id;
        let page = bench.ledger.history(&user, before, 2).await.unwrap();
        assert!(page.documents.len() <= 2);
        seen.extend(page.documents.into_iter().map(|document| document.id));
        let Some(next) = page.next else { break };
        before = Some(next.to_string().parse().unwrap());
    }
    assert_eq!(seen, [7, 6, 5, 3, 2, 1].map(document_id));
}

#[tokio::test]
async fn document_too_long_to_be_priced_is_refused() {
    let bench = Bench::new().await;
    bench.submit(1, "alice").await;
    let endless = bench.reserve(1, "alice", None, facts(u32::MAX)).await;
    assert_eq!(refusal(endless), Refusal::TooManyPages);
    assert_eq!(bench.document(1).await.state, DocumentState::Submitted);
}

#[tokio::test]
async fn cost_that_does_not_fit_is_an_error_and_changes_nothing() {
    let huge = "[rates.other]\nmono = { simplex = 92233720368547758, duplex = 1 }\n\
                colour = { simplex = 1, duplex = 1 }\n";
    let bench = Bench::with_site(&format!("{SITE}{huge}")).await;
    bench.submit(1, "alice").await;
    let outcome = bench.reserve(1, "alice", None, facts(2)).await;
    assert!(matches!(
        outcome,
        Err(platen_ledger::LedgerError::Points(_))
    ));
    assert_eq!(bench.document(1).await.state, DocumentState::Submitted);
    let outcome = bench.reserve(1, "alice", None, facts(1)).await.unwrap();
    assert_eq!(outcome.verdict, declined("30"));
    bench
        .adjust(9, "department", Some("alice"), Change::Debit(points("1")))
        .await
        .unwrap();
    bench.ledger.verify().await.unwrap();
}
