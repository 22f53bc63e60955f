//! Devices that were tampered with: what they deliver harms nobody, and the ledger goes
//! on.

use jiff::Timestamp;
use platen_domain::{DocumentState, Points};
use platen_ledger::{Delivered, Device, DeviceOperation, NewDocument, Settlement};
use uuid::Uuid;

use super::delivering::{Laptop, code, device, on_lease, printed, reserve};
use crate::support::*;

#[tokio::test]
async fn points_that_one_device_has_are_not_drawn_by_another_of_the_same_person() {
    let mut laptop = Laptop::new().await;
    let lease = laptop.lease(1, "quota", "10").await;
    let before = laptop.parts("quota").await;
    let other = Device {
        id: Uuid::from_u128(0xd1),
        key: [6; 32],
        session: Uuid::from_u128(0x5f),
        ..device()
    };
    laptop.bench.ledger.enrol(other.clone()).await.unwrap();
    let mut stolen = laptop.delivery(1, on_lease(7, 5, lease));
    stolen.device = other.id;
    let answer = laptop.send(stolen, 1).await.unwrap();
    assert_eq!(code(&answer), "unknown-lease");
    assert_eq!(laptop.parts("quota").await, before);
    let document = laptop.bench.ledger.document(document_id(7)).await;
    assert_eq!(document.unwrap(), None);
    // Who has them may.
    laptop.done(on_lease(8, 5, lease), 1).await;
}

#[tokio::test]
async fn number_that_can_not_be_kept_is_refused_and_the_ledger_goes_on() {
    let mut laptop = Laptop::new().await;
    laptop.done(laptop.place(1, 1), 0).await;
    for sides in [u64::MAX, 1 << 63] {
        let answer = laptop.next(printed(1, sides), 1).await;
        assert_eq!(code(&answer), "unstorable");
        let stopped = Settlement::Stopped { sides };
        let answer = laptop.next(DeviceOperation::Settle(document_id(1), stopped), 1);
        assert_eq!(code(&answer.await), "unstorable");
    }
    laptop.done(laptop.place(2, 1), 2).await;
    laptop.done(printed(1, 1), 2).await;
}

#[tokio::test]
async fn time_at_the_end_of_all_times_is_read_back() {
    let mut laptop = Laptop::new().await;
    for (number, submitted_at) in [(1, Timestamp::MAX), (2, Timestamp::MIN)] {
        let new = NewDocument {
            submitted_at,
            ..new_document(number, "alice")
        };
        let mut ask = reserve(number, 1, None);
        ask.account = Some(laptop.quota);
        let placed = DeviceOperation::Place(Box::new((new, ask)));
        let again = laptop.delivery(laptop.next, placed.clone());
        laptop.done(placed, 0).await;
        // Sent again, it is the same.
        let answer = laptop.send(again, 0).await.unwrap();
        assert_eq!(answer, Delivered::Done);
    }
    let fresh = laptop.bench.place.open().await;
    let expired = fresh.expire_due(hours_later(1_000)).await.unwrap();
    assert_eq!(expired.len(), 2);
    for number in [1, 2] {
        let document = fresh.document(document_id(number)).await.unwrap();
        assert_eq!(document.unwrap().state, DocumentState::Expired);
    }
    fresh.verify().await.unwrap();
}

#[tokio::test]
async fn document_whose_number_is_that_of_another_s_overrun_is_settled_once() {
    let mut laptop = Laptop::new().await;
    laptop.done(laptop.place(1, 2), 0).await;
    let id = platen_domain::DocumentId(Uuid::new_v5(&document_id(1).0, b"overrun"));
    let mut ask = reserve(1, 1, None);
    (ask.id, ask.account) = (id, Some(laptop.quota));
    let new = NewDocument {
        id,
        ..new_document(1, "alice")
    };
    laptop
        .done(DeviceOperation::Place(Box::new((new, ask))), 0)
        .await;
    let all = Settlement::Printed { sides: 1 };
    laptop.done(DeviceOperation::Settle(id, all), 1).await;
    let answer = laptop.next(printed(1, 5), 1).await;
    assert_eq!(code(&answer), "exists-with-different");
    laptop.done(laptop.place(3, 1), 2).await;
    for row in laptop.bench.ledger.balances(None).await.unwrap() {
        assert!(row.balance.posted >= Points::ZERO);
    }
    laptop.bench.ledger.verify().await.unwrap();
}
