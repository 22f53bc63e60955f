//! Leases that a gate counts on: they end with its word.

use platen_domain::LeaseId;
use platen_ledger::{
    AuditFilter, Delivered, Device, DeviceOperation, LeaseReceipt, LeaseState, PlacedOnLease,
    Refusal, Settlement,
};
use uuid::Uuid;

use super::delivering::{Laptop, code, device, on_lease, printed, release, reserve, root};
use crate::support::*;

const GATE: [u8; 32] = [1; 32];

/// Alice's laptop with a gate, and 50 points on it.
async fn laptop() -> (Laptop, LeaseId) {
    let mut laptop = Laptop::new().await;
    let with_gate = Device {
        gate: Some(GATE),
        ..device()
    };
    laptop.bench.ledger.enrol(with_gate).await.unwrap();
    let lease = laptop.lease(0x1e, "quota", "50").await;
    (laptop, lease)
}

fn receipt(lease: LeaseId, prints: &[(u128, &str)]) -> Option<Box<LeaseReceipt>> {
    let prints = prints.iter();
    Some(Box::new(LeaseReceipt {
        lease,
        gate: GATE,
        prints: prints
            .map(|(number, cost)| (document_id(*number), points(cost)))
            .collect(),
    }))
}

fn returned(lease: LeaseId, prints: &[(u128, &str)]) -> DeviceOperation {
    DeviceOperation::ReturnLease(lease, receipt(lease, prints))
}

async fn actions(laptop: &Laptop) -> Vec<String> {
    let entries = laptop.bench.ledger.audit(AuditFilter::default()).await;
    let entries = entries.unwrap().rows.into_iter();
    entries.map(|entry| entry.action).collect()
}

#[tokio::test]
async fn nothing_comes_back_without_the_word_of_the_lease_s_own_gate() {
    let (mut laptop, lease) = laptop().await;
    let other = |change: fn(&mut LeaseReceipt)| {
        let mut receipt = receipt(lease, &[]);
        change(receipt.as_deref_mut().unwrap());
        receipt
    };
    for wrong in [
        None,
        other(|receipt| receipt.gate = [2; 32]),
        other(|receipt| receipt.lease = LeaseId(Uuid::from_u128(7))),
    ] {
        let refused = laptop
            .next(DeviceOperation::ReturnLease(lease, wrong), 1)
            .await;
        assert_eq!(code(&refused), "no-receipt");
    }
    let ledger = laptop.bench.ledger.clone();
    let direct = ledger.return_lease(lease, now()).await;
    assert_eq!(refusal(direct), Refusal::NoReceipt(lease));
    // Nor does its owner get it back by giving it up.
    let alice = person("alice").id;
    let given_up = ledger.write_off_lease(lease, Some(&alice), hours_later(99));
    assert_eq!(refusal(given_up.await), Refusal::NoReceipt(lease));
    assert_eq!(laptop.parts("quota").await, ["0", "0", "50"]);
    laptop.done(returned(lease, &[]), 2).await;
    assert_eq!(laptop.parts("quota").await, ["0", "0", "0"]);
    ledger.verify().await.unwrap();
}

#[tokio::test]
async fn prints_that_were_reported_are_charged_once() {
    let (mut laptop, lease) = laptop().await;
    laptop.done(on_lease(1, 5, lease), 1).await;
    laptop.done(release(1), 1).await;
    laptop.done(printed(1, 5), 1).await;
    // One that failed was counted all the same, and one still prints.
    laptop.done(on_lease(2, 6, lease), 1).await;
    laptop.done(release(2), 1).await;
    let failed = Settlement::Failed {
        reason: "Paper jam.".into(),
    };
    laptop
        .done(DeviceOperation::Settle(document_id(2), failed), 1)
        .await;
    let placed = PlacedOnLease {
        document: new_document(3, "alice"),
        ask: reserve(3, 7, Some(lease)),
        card: 1,
        release: Some(("printer".into(), Uuid::from_u128(3))),
    };
    laptop
        .done(DeviceOperation::PlaceOnLease(Box::new(placed)), 1)
        .await;
    let counted = [(1, "5"), (2, "6"), (3, "7")];
    laptop.done(returned(lease, &counted), 2).await;
    assert_eq!(laptop.parts("quota").await, ["5", "7", "0"]);
    assert_eq!(actions(&laptop).await, [""; 0]);
    let lease = &laptop.leases().await[0];
    assert_eq!(lease.state, LeaseState::Returned);
    laptop.bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn what_the_gate_printed_and_nobody_reported_is_charged_and_told() {
    let (mut laptop, lease) = laptop().await;
    laptop.bench.print(9, "alice", "quota", 3).await;
    // Held: the gate can't have printed it by what was reported.
    laptop.done(on_lease(1, 5, lease), 1).await;
    // Released once, and printed for more, and twice.
    laptop.done(on_lease(2, 6, lease), 1).await;
    laptop.done(release(2), 1).await;
    // Taken back, though the gate printed it.
    laptop.done(on_lease(3, 2, lease), 1).await;
    laptop.done(release(3), 1).await;
    let back = DeviceOperation::AbandonRelease(document_id(3), "It did not begin.".into());
    laptop.done(back, 1).await;
    let counted = [(1, "5"), (2, "7"), (2, "6"), (3, "2"), (4, "8"), (9, "3")];
    let unreported = 5 + 7 + 2 + 8 + 3;
    laptop.done(returned(lease, &counted), 2).await;
    let posted = unreported.to_string();
    assert_eq!(laptop.parts("quota").await, [&posted, "13", "0"]);
    assert_eq!(actions(&laptop).await, ["lease.unreported"]);
    let ledger = laptop.bench.ledger.clone();
    let entries = ledger.audit(AuditFilter::default()).await.unwrap().rows;
    for told in ["Laptop of Alice", "\"unreported\":\"25\""] {
        assert!(entries[0].detail.contains(told), "{}", entries[0].detail);
    }
    // Returned again it is not charged again.
    laptop.done(returned(lease, &counted), 3).await;
    assert_eq!(laptop.parts("quota").await, [&posted, "13", "0"]);
    ledger.verify().await.unwrap();
}

#[tokio::test]
async fn hidden_print_is_charged_beyond_the_limit_too() {
    let (mut laptop, lease) = laptop().await;
    laptop.done(on_lease(1, 5, lease), 1).await;
    laptop.done(returned(lease, &[(3, "50")]), 1).await;
    assert_eq!(laptop.parts("quota").await, ["50", "5", "0"]);
    let placed = laptop.place(2, 1);
    laptop.done(placed, 2).await;
    let verdict = laptop.bench.document(2).await.verdict;
    assert!(
        matches!(verdict, Some(platen_domain::Verdict::Declined { .. })),
        "{verdict:?}"
    );
    laptop.bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn lease_that_was_written_off_is_unaccounted_until_its_gate_speaks() {
    let (mut laptop, lease) = laptop().await;
    let ledger = laptop.bench.ledger.clone();
    let alice = person("alice").id;
    let unaccounted = async || {
        let found = ledger.unaccounted_leases(&alice, hours_later(1)).await;
        let found: Vec<_> = found.unwrap().iter().map(|lease| lease.id).collect();
        found
    };
    assert_eq!(unaccounted().await, []);
    let desk = ledger.desk(root());
    desk.write_off_lease(lease, hours_later(48)).await.unwrap();
    assert_eq!(unaccounted().await, [lease]);
    let ended = ledger.unaccounted_leases(&alice, hours_later(24)).await;
    assert_eq!(ended.unwrap(), []);
    let bobs = ledger.unaccounted_leases(&person("bob").id, now()).await;
    assert_eq!(bobs.unwrap(), []);
    // What it printed and reports late is charged, what it hid as well.
    laptop.done(on_lease(1, 5, lease), 50).await;
    laptop.done(release(1), 50).await;
    let counted = [(1, "5"), (2, "4")];
    laptop.done(returned(lease, &counted), 51).await;
    assert_eq!(unaccounted().await, []);
    assert_eq!(laptop.parts("quota").await, ["4", "5", "0"]);
    let late = laptop.next(on_lease(3, 1, lease), 52).await;
    assert_eq!(code(&late), "lease-ended");
    ledger.verify().await.unwrap();
}

#[tokio::test]
async fn somebody_else_s_document_accounts_for_nothing() {
    let (mut laptop, lease) = laptop().await;
    laptop.bench.print(7, "bob", "quota", 5).await;
    laptop.done(returned(lease, &[(7, "5")]), 1).await;
    let ledger = &laptop.bench.ledger;
    let entries = ledger.audit(AuditFilter::default()).await.unwrap().rows;
    assert_eq!(entries[0].action, "lease.unreported");
    assert!(entries[0].detail.contains("\"unreported\":\"5\""));
    let again = laptop.delivery(laptop.next - 1, returned(lease, &[(7, "5")]));
    assert_eq!(laptop.send(again, 2).await.unwrap(), Delivered::Done);
    ledger.verify().await.unwrap();
}
