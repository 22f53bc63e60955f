//! Outboxes of devices: in order, each operation once, and what was printed
//! without network.

use platen_domain::{AccountId, DocumentId, DocumentState, LeaseId};
use platen_ledger::{
    Actor, AuditFilter, Delivered, Delivery, Device, DeviceOperation, Lease, LeaseAsk, LeaseState,
    LedgerError, PlacedOnLease, Refusal, Reserve, Scope, Settings, Settlement,
};
use uuid::Uuid;

use crate::support::*;

pub(crate) const DEVICE: Uuid = Uuid::from_u128(0xd0);

/// Alice's laptop.
pub(crate) struct Laptop {
    pub(crate) bench: Bench,
    pub(crate) quota: AccountId,
    pub(crate) next: u64,
}

impl Laptop {
    pub(crate) async fn new() -> Self {
        let bench = Bench::new().await;
        bench.ledger.enrol(device()).await.unwrap();
        let quota = bench.account("quota").await;
        Self {
            bench,
            quota,
            next: 1,
        }
    }

    /// A document on Alice's quota.
    pub(crate) fn place(&self, number: u128, pages: u32) -> DeviceOperation {
        let ask = Reserve {
            account: Some(self.quota),
            ..reserve(number, pages, None)
        };
        DeviceOperation::Place(Box::new((new_document(number, "alice"), ask)))
    }

    pub(crate) fn delivery(&self, sequence: u64, operation: DeviceOperation) -> Delivery {
        Delivery {
            device: DEVICE,
            sequence,
            id: Uuid::from_u128(0xabc0_0000 + u128::from(sequence)),
            request: [u8::try_from(sequence % 251).unwrap(); 32],
            answered: 0,
            person: person("alice"),
            operation,
        }
    }

    pub(crate) async fn send(
        &self,
        delivery: Delivery,
        hour: i64,
    ) -> Result<Delivered, LedgerError> {
        self.bench
            .ledger
            .deliver(delivery, hours_later(hour), TODAY)
            .await
    }

    /// Delivers the next operation at an hour counted from now.
    pub(crate) async fn next(&mut self, operation: DeviceOperation, hour: i64) -> Delivered {
        let delivery = self.delivery(self.next, operation);
        self.next += 1;
        self.send(delivery, hour).await.unwrap()
    }

    pub(crate) async fn done(&mut self, operation: DeviceOperation, hour: i64) {
        assert_eq!(self.next(operation, hour).await, Delivered::Done);
    }

    pub(crate) async fn lease(&mut self, number: u128, code: &str, amount: &str) -> LeaseId {
        let id = LeaseId(Uuid::from_u128(number));
        let ask = LeaseAsk {
            id,
            account: self.bench.account(code).await,
            person: person("alice"),
            device: DEVICE.to_string(),
            points: points(amount),
            expires_at: hours_later(24),
        };
        self.done(DeviceOperation::AskLease(Box::new(ask)), 0).await;
        id
    }

    pub(crate) async fn leases(&self) -> Vec<Lease> {
        self.bench.ledger.leases(Default::default()).await.unwrap()
    }

    pub(crate) async fn parts(&self, code: &str) -> [String; 3] {
        let account = self.bench.account(code).await;
        let rows = self.bench.ledger.balances(Some(account)).await.unwrap();
        let balance = rows[0].balance;
        [balance.posted, balance.pending, balance.leased].map(|points| points.to_string())
    }

    async fn set_rates(&self) {
        let site = SITE.to_owned() + &CARD.replace("simplex = 1,", "simplex = 2,");
        let site = platen_ledger::Site::from_toml(&site).unwrap();
        self.bench.ledger.load_site(site).await.unwrap();
    }
}

pub(crate) fn root() -> Actor {
    Actor {
        id: person("root").id,
        name: "root".into(),
        address: "192.0.2.1".into(),
    }
}

pub(crate) fn device() -> Device {
    Device {
        id: DEVICE,
        user: person("alice").id,
        name: "Laptop of Alice".into(),
        key: [5; 32],
        login: "alice".into(),
        gate: None,
        session: Uuid::from_u128(0x5e),
        applied: 0,
        made_at: now(),
        seen_at: now(),
    }
}

pub(crate) fn reserve(number: u128, pages: u32, lease: Option<LeaseId>) -> Reserve {
    Reserve {
        id: document_id(number),
        person: person("alice"),
        account: None,
        facts: facts(pages),
        lease,
    }
}

pub(crate) fn on_lease(number: u128, pages: u32, lease: LeaseId) -> DeviceOperation {
    priced_by(1, number, pages, lease)
}

fn priced_by(card: u64, number: u128, pages: u32, lease: LeaseId) -> DeviceOperation {
    DeviceOperation::PlaceOnLease(Box::new(PlacedOnLease {
        document: new_document(number, "alice"),
        ask: reserve(number, pages, Some(lease)),
        card,
        release: None,
    }))
}

pub(crate) fn release(number: u128) -> DeviceOperation {
    DeviceOperation::BeginRelease(
        document_id(number),
        "printer".into(),
        Uuid::from_u128(number),
    )
}

pub(crate) fn printed(number: u128, sides: u64) -> DeviceOperation {
    DeviceOperation::Settle(document_id(number), Settlement::Printed { sides })
}

pub(crate) fn code(delivered: &Delivered) -> &str {
    match delivered {
        Delivered::Refused { code, .. } => code,
        Delivered::Done => "done",
    }
}

#[tokio::test]
async fn outbox_is_carried_out_in_order_and_each_operation_once() {
    let mut laptop = Laptop::new().await;
    let placed = laptop.place(1, 4);
    laptop.done(placed, 0).await;
    laptop.done(release(1), 0).await;
    laptop.done(printed(1, 4), 0).await;
    for sequence in [1, 2, 3] {
        let again = match sequence {
            1 => laptop.place(1, 4),
            2 => release(1),
            _ => printed(1, 4),
        };
        let again = laptop.delivery(sequence, again);
        assert_eq!(laptop.send(again, 1).await.unwrap(), Delivered::Done);
    }
    let early = laptop.delivery(5, laptop.place(2, 1));
    assert_eq!(
        refusal(laptop.send(early, 1).await),
        Refusal::OutOfStep { applied: 3 }
    );
    let mut other = laptop.delivery(3, printed(1, 4));
    other.request = [0; 32];
    assert_eq!(
        refusal(laptop.send(other, 1).await),
        Refusal::OutOfStep { applied: 3 }
    );
    assert_eq!(laptop.parts("quota").await, ["4", "0", "0"]);
    let stored = laptop.bench.ledger.device(DEVICE).await.unwrap().unwrap();
    assert_eq!(stored.applied, 3);
    laptop.bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn document_is_that_of_the_device_that_holds_it() {
    let mut laptop = Laptop::new().await;
    let placed = laptop.place(1, 1);
    laptop.done(placed, 0).await;
    assert_eq!(laptop.bench.document(1).await.device, Some(DEVICE));
    laptop.bench.submit(2, "alice").await;
    let placed = laptop.place(2, 1);
    let taken = laptop.next(placed, 0).await;
    assert_eq!(code(&taken), "exists-with-different");
    assert_eq!(laptop.bench.document(2).await.device, None);
}

#[tokio::test]
async fn device_that_begins_anew_on_the_same_computer_takes_its_documents_over() {
    let mut laptop = Laptop::new().await;
    let placed = laptop.place(1, 4);
    laptop.done(placed, 0).await;
    let lease = laptop.lease(0x1e, "quota", "10").await;
    laptop.done(on_lease(2, 4, lease), 0).await;
    let ledger = laptop.bench.ledger.clone();
    for (number, key, taken) in [(0xd1, [6; 32], false), (0xd2, [5; 32], true)] {
        let anew = Device {
            id: Uuid::from_u128(number),
            session: Uuid::from_u128(number),
            key,
            ..device()
        };
        ledger.enrol(anew.clone()).await.unwrap();
        let place = |number: u128, sequence| {
            let operation = laptop.place(number, 4);
            Delivery {
                device: anew.id,
                ..laptop.delivery(sequence, operation)
            }
        };
        let delivered = laptop.send(place(1, 1), 0).await.unwrap();
        assert_eq!(delivered == Delivered::Done, taken, "{delivered:?}");
        let holder = if taken { anew.id } else { DEVICE };
        assert_eq!(laptop.bench.document(1).await.device, Some(holder));
        // What the former one may still print on its points stays with it.
        let on_points = laptop.send(place(2, 2), 0).await.unwrap();
        assert_eq!(code(&on_points), "exists-with-different");
        assert_eq!(laptop.bench.document(2).await.device, Some(DEVICE));
    }
    assert_eq!(laptop.parts("quota").await, ["0", "8", "6"]);
    ledger.verify().await.unwrap();
}

#[tokio::test]
async fn what_was_refused_beforehand_does_not_hold_up_the_outbox() {
    let mut laptop = Laptop::new().await;
    let refused = DeviceOperation::Refused {
        code: "unsupported".into(),
        text: "Too new.".into(),
    };
    assert_eq!(code(&laptop.next(refused, 0).await), "unsupported");
    let placed = laptop.place(1, 1);
    laptop.done(placed, 0).await;
}

#[tokio::test]
async fn refusal_is_an_answer_that_stays() {
    let mut laptop = Laptop::new().await;
    let first = laptop.next(release(1), 0).await;
    assert_eq!(code(&first), "unknown-document");
    let placed = laptop.place(1, 4);
    laptop.done(placed, 0).await;
    // Now it could be done, and was refused all the same.
    let again = laptop.delivery(1, release(1));
    assert_eq!(laptop.send(again, 1).await.unwrap(), first);
    assert_eq!(laptop.bench.document(1).await.state, DocumentState::Held);
}

#[tokio::test]
async fn what_is_refused_leaves_nothing_behind() {
    let mut laptop = Laptop::new().await;
    let lease = laptop.lease(0x1e, "quota", "5").await;
    let refused = laptop.next(on_lease(1, 6, lease), 1).await;
    assert_eq!(code(&refused), "insufficient-points");
    assert_eq!(
        laptop.bench.ledger.document(document_id(1)).await.unwrap(),
        None
    );
    assert_eq!(laptop.parts("quota").await, ["0", "0", "5"]);
}

#[tokio::test]
async fn devices_have_their_person_and_their_key() {
    let laptop = Laptop::new().await;
    let ledger = &laptop.bench.ledger;
    let moved = Device {
        session: Uuid::from_u128(0x5f),
        applied: 99,
        ..device()
    };
    let stored = ledger.enrol(moved).await.unwrap();
    assert_eq!((stored.applied, stored.session), (0, Uuid::from_u128(0x5f)));
    for (what, other) in [
        (
            "user",
            Device {
                user: person("bob").id,
                ..device()
            },
        ),
        (
            "key",
            Device {
                key: [6; 32],
                ..device()
            },
        ),
    ] {
        assert_eq!(
            refusal(ledger.enrol(other).await),
            Refusal::ExistsWithDifferent { what }
        );
    }
    let mut foreign = laptop.delivery(1, laptop.place(1, 1));
    foreign.person = person("bob");
    let unknown = Refusal::UnknownDevice(DEVICE);
    assert_eq!(refusal(laptop.send(foreign, 0).await), unknown);
    let bob = person("bob");
    let view = ledger.device_view(DEVICE, &bob, now(), TODAY).await;
    assert_eq!(refusal(view), unknown);
}

#[tokio::test]
async fn nobody_reaches_another_person_s_document_or_lease() {
    let mut laptop = Laptop::new().await;
    laptop.bench.print(7, "bob", "quota", 1).await;
    let account = laptop.bench.account("department").await;
    for operation in [
        DeviceOperation::Delete(document_id(7)),
        DeviceOperation::ChangeAccount(document_id(7), account, Scope::ThisDocument),
        DeviceOperation::Reprice(document_id(7), Box::new(facts(2))),
        release(7),
        DeviceOperation::AbandonRelease(document_id(7), "no".into()),
        printed(7, 1),
        DeviceOperation::Notified(document_id(7)),
    ] {
        assert_eq!(code(&laptop.next(operation, 0).await), "not-yours");
    }
    let stranger = LeaseAsk {
        id: LeaseId(Uuid::from_u128(0x1e)),
        account,
        person: person("bob"),
        device: DEVICE.to_string(),
        points: points("1"),
        expires_at: hours_later(1),
    };
    let asked = DeviceOperation::AskLease(Box::new(stranger.clone()));
    assert_eq!(code(&laptop.next(asked, 0).await), "not-yours");
    let ledger = &laptop.bench.ledger;
    let lease = ledger.grant_lease(stranger, now(), TODAY).await.unwrap().id;
    let returned = DeviceOperation::ReturnLease(lease, None);
    assert_eq!(code(&laptop.next(returned, 0).await), "unknown-lease");
    let foreign = laptop.next(on_lease(8, 1, lease), 0).await;
    assert_eq!(code(&foreign), "unknown-lease");
}

#[tokio::test]
async fn lease_stays_with_the_gate_that_its_device_had() {
    let mut laptop = Laptop::new().await;
    let without = laptop.lease(1, "quota", "1").await;
    let mut at = async |gate, lease| {
        let moved = Device {
            gate,
            login: "ana".into(),
            ..device()
        };
        let stored = laptop.bench.ledger.enrol(moved).await.unwrap();
        assert_eq!((stored.gate, stored.login.as_str()), (gate, "ana"));
        laptop.lease(lease, "quota", "1").await
    };
    let first = at(Some([1; 32]), 2).await;
    let second = at(Some([2; 32]), 3).await;
    // Asked for again from elsewhere, it is the same lease.
    laptop.next -= 1;
    assert_eq!(laptop.lease(3, "quota", "1").await, second);
    let moved = Device {
        gate: Some([1; 32]),
        ..device()
    };
    laptop.bench.ledger.enrol(moved).await.unwrap();
    let leases = laptop.leases().await;
    let gate = |id| leases.iter().find(|lease| lease.id == id).unwrap().gate;
    assert_eq!(gate(without), None);
    assert_eq!(gate(first), Some([1; 32]));
    assert_eq!(gate(second), Some([2; 32]));
}

#[tokio::test]
async fn what_was_judged_without_network_wins_over_what_the_server_thought() {
    for thought in ["held", "declined", "deleted", "expired"] {
        let mut laptop = Laptop::new().await;
        let lease = laptop.lease(0x1e, "quota", "10").await;
        let pages = if thought == "declined" { 41 } else { 8 };
        let placed = laptop.place(1, pages);
        laptop.done(placed, 0).await;
        match thought {
            "deleted" => {
                laptop
                    .done(DeviceOperation::Delete(document_id(1)), 0)
                    .await
            }
            "expired" => {
                laptop
                    .bench
                    .ledger
                    .expire_due(hours_later(25))
                    .await
                    .unwrap();
            }
            _ => {}
        }
        laptop.done(on_lease(1, 8, lease), 30).await;
        let document = laptop.bench.document(1).await;
        assert_eq!(document.state, DocumentState::Held, "{thought}");
        assert_eq!(document.lease, Some(lease), "{thought}");
        assert_eq!(laptop.parts("quota").await, ["0", "8", "2"], "{thought}");
        laptop.done(release(1), 30).await;
        laptop.done(printed(1, 8), 30).await;
        laptop
            .done(DeviceOperation::ReturnLease(lease, None), 30)
            .await;
        assert_eq!(laptop.parts("quota").await, ["8", "0", "0"], "{thought}");
        laptop.bench.ledger.verify().await.unwrap();
    }
}

#[tokio::test]
async fn what_was_over_is_drawn_anew_from_the_same_lease() {
    for over in ["deleted", "expired"] {
        let mut laptop = Laptop::new().await;
        let lease = laptop.lease(0x1e, "quota", "10").await;
        laptop.done(on_lease(1, 4, lease), 0).await;
        match over {
            "deleted" => {
                laptop
                    .done(DeviceOperation::Delete(document_id(1)), 0)
                    .await
            }
            _ => drop(
                laptop
                    .bench
                    .ledger
                    .expire_due(hours_later(25))
                    .await
                    .unwrap(),
            ),
        }
        // The device had it still, and what it prints is paid.
        laptop.done(on_lease(1, 4, lease), 30).await;
        let document = laptop.bench.document(1).await;
        assert_eq!(document.state, DocumentState::Held, "{over}");
        assert_eq!(laptop.leases().await[0].drawn, points("8"), "{over}");
        laptop.done(release(1), 30).await;
        laptop.done(printed(1, 4), 30).await;
        laptop
            .done(DeviceOperation::ReturnLease(lease, None), 30)
            .await;
        assert_eq!(laptop.parts("quota").await, ["4", "0", "0"], "{over}");
        laptop.bench.ledger.verify().await.unwrap();
    }
}

#[tokio::test]
async fn printed_document_is_not_printed_again_by_a_lease() {
    let mut laptop = Laptop::new().await;
    let lease = laptop.lease(0x1e, "quota", "10").await;
    let placed = laptop.place(1, 8);
    laptop.done(placed, 0).await;
    laptop.done(release(1), 0).await;
    laptop.done(printed(1, 8), 0).await;
    let refused = laptop.next(on_lease(1, 8, lease), 1).await;
    assert_eq!(code(&refused), "exists-with-different");
    assert_eq!(laptop.parts("quota").await, ["8", "0", "10"]);
}

#[tokio::test]
async fn lease_s_end_does_not_take_away_what_was_drawn_before() {
    let mut laptop = Laptop::new().await;
    let lease = laptop.lease(0x1e, "quota", "50").await;
    // Its time is over, and nobody else may have the points.
    let held = &laptop.leases().await[0];
    assert!(held.is_unreported(hours_later(24)) && !held.is_unreported(hours_later(23)));
    let other = laptop.bench.print(9, "alice", "quota", 1).await;
    assert_eq!(other.verdict, declined("0"));
    laptop.done(on_lease(1, 50, lease), 24 * 90).await;
    assert_eq!(laptop.parts("quota").await, ["0", "50", "0"]);
}

#[tokio::test]
async fn price_is_that_of_the_card_that_the_device_had() {
    let mut laptop = Laptop::new().await;
    let lease = laptop.lease(0x1e, "quota", "10").await;
    laptop.set_rates().await;
    laptop.done(on_lease(1, 8, lease), 1).await;
    let document = laptop.bench.document(1).await;
    assert_eq!(document.cost, Some(points("8")));
    assert_eq!(document.card_version, Some(1));
    for card in [0, 3, u64::MAX] {
        let made_up = priced_by(card, 2, 1, lease);
        assert_eq!(code(&laptop.next(made_up, 1).await), "no-rate-card");
    }
    laptop.bench.ledger.verify().await.unwrap();
}

#[tokio::test]
async fn lease_is_written_off_a_day_after_its_end_and_what_comes_later_is_charged() {
    let mut laptop = Laptop::new().await;
    let lease = laptop.lease(0x1e, "quota", "50").await;
    let ledger = laptop.bench.ledger.clone();
    let lasts = Refusal::LeaseLasts(lease);
    let alice = person("alice").id;
    let early = ledger.write_off_lease(lease, Some(&alice), hours_later(47));
    assert_eq!(refusal(early.await), lasts);
    let bob = person("bob").id;
    let foreign = ledger.write_off_lease(lease, Some(&bob), hours_later(48));
    assert_eq!(refusal(foreign.await), Refusal::UnknownLease(lease));
    let desk = ledger.desk(root());
    let early = desk.write_off_lease(lease, hours_later(47)).await;
    assert_eq!(refusal(early), lasts);
    for _ in 0..2 {
        let given_up = desk.write_off_lease(lease, hours_later(48)).await.unwrap();
        assert_eq!(given_up.state, LeaseState::Expired);
    }
    assert_eq!(laptop.parts("quota").await, ["0", "0", "0"]);
    laptop.bench.print(9, "alice", "quota", 45).await;
    laptop.done(on_lease(1, 20, lease), 50).await;
    laptop.done(release(1), 50).await;
    laptop.done(printed(1, 20), 50).await;
    assert_eq!(laptop.parts("quota").await, ["20", "45", "0"]);
    let entries = ledger.audit(AuditFilter::default()).await.unwrap().rows;
    let told = entries
        .iter()
        .map(|entry| (&*entry.action, &*entry.subject));
    let told: Vec<_> = told.collect();
    assert_eq!(
        told,
        [("lease.late", "alice"), ("lease.write-off", "alice")]
    );
    for entry in &entries {
        assert!(entry.detail.contains("Laptop of Alice"), "{}", entry.detail);
    }
    ledger.verify().await.unwrap();
}

#[tokio::test]
async fn settings_say_when_a_lease_is_written_off_by_itself() {
    let mut laptop = Laptop::new().await;
    laptop.lease(0x1e, "quota", "50").await;
    let ledger = laptop.bench.ledger.clone();
    let desk = ledger.desk(root());
    let never = |settings: &mut Settings| settings.leasing.lease_report_days = 0;
    desk.edit_settings(never, now()).await.unwrap();
    assert_eq!(ledger.next_expiry().await.unwrap(), None);
    assert_eq!(ledger.write_off_due(hours_later(99_999)).await.unwrap(), []);
    let soon = |settings: &mut Settings| settings.leasing.lease_report_days = 2;
    desk.edit_settings(soon, now()).await.unwrap();
    let due = hours_later(24 + 48);
    assert_eq!(ledger.next_expiry().await.unwrap(), Some(due));
    assert_eq!(ledger.write_off_due(hours_later(71)).await.unwrap(), []);
    assert_eq!(ledger.write_off_due(due).await.unwrap().len(), 1);
    assert_eq!(ledger.next_expiry().await.unwrap(), None);
    assert_eq!(laptop.parts("quota").await, ["0", "0", "0"]);
}

#[tokio::test]
async fn called_back_points_are_told_to_the_device() {
    let mut laptop = Laptop::new().await;
    let lease = laptop.lease(0x1e, "quota", "50").await;
    let ledger = laptop.bench.ledger.clone();
    let bob = person("bob").id;
    let foreign = ledger.call_back_lease(lease, Some(&bob), now()).await;
    assert_eq!(refusal(foreign), Refusal::UnknownLease(lease));
    let desk = ledger.desk(root());
    desk.call_back_lease(lease, hours_later(1)).await.unwrap();
    let again = ledger.call_back_lease(lease, None, hours_later(2)).await;
    assert_eq!(again.unwrap().called_at, Some(hours_later(1)));
    let alice = person("alice");
    let view = ledger
        .device_view(DEVICE, &alice, now(), TODAY)
        .await
        .unwrap();
    assert_eq!(view.leases[0].called_at, Some(hours_later(1)));
    assert_eq!(view.device.applied, 1);
    laptop
        .done(DeviceOperation::ReturnLease(lease, None), 3)
        .await;
    let view = ledger
        .device_view(DEVICE, &alice, now(), TODAY)
        .await
        .unwrap();
    assert_eq!(view.leases, []);
    assert_eq!(laptop.parts("quota").await, ["0", "0", "0"]);
}

#[tokio::test]
async fn answers_are_kept_until_the_device_has_them() {
    let mut laptop = Laptop::new().await;
    for number in 1..=16 {
        let placed = laptop.place(number, 1);
        laptop.done(placed, 0).await;
    }
    let first = laptop.delivery(1, laptop.place(1, 1));
    assert_eq!(
        laptop.send(first.clone(), 1).await.unwrap(),
        Delivered::Done
    );
    for number in 17..=32 {
        let mut next = laptop.delivery(number, laptop.place(number.into(), 1));
        next.answered = number - 1;
        assert_eq!(laptop.send(next, 1).await.unwrap(), Delivered::Done);
    }
    // Somebody who asks for it still was put back to an earlier day.
    assert_eq!(
        refusal(laptop.send(first, 1).await),
        Refusal::OutOfStep { applied: 32 }
    );
    let last = laptop.delivery(32, laptop.place(32, 1));
    assert_eq!(laptop.send(last, 1).await.unwrap(), Delivered::Done);
}

#[tokio::test]
async fn one_operation_sent_to_two_servers_at_once_takes_place_once() {
    let laptop = Laptop::new().await;
    let other = laptop.bench.place.open().await;
    for sequence in 1..=20 {
        let delivery = laptop.delivery(sequence, laptop.place(sequence.into(), 1));
        let (here, there) = tokio::join!(
            laptop.bench.ledger.deliver(delivery.clone(), now(), TODAY),
            other.deliver(delivery, now(), TODAY),
        );
        assert_eq!(
            (here.unwrap(), there.unwrap()),
            (Delivered::Done, Delivered::Done)
        );
    }
    assert_eq!(laptop.parts("quota").await, ["0", "20", "0"]);
    let ids: Vec<_> = (1..=20).map(document_id).collect();
    let alice = person("alice");
    let view = laptop
        .bench
        .ledger
        .view(&alice, now(), TODAY)
        .await
        .unwrap();
    let mut placed: Vec<DocumentId> = view.documents.iter().map(|one| one.id).collect();
    placed.sort_unstable_by_key(|id| id.0);
    assert_eq!(placed, ids);
}

#[tokio::test]
async fn declined_change_of_account_is_told() {
    let mut laptop = Laptop::new().await;
    let placed = laptop.place(1, 40);
    laptop.done(placed, 0).await;
    let before = laptop.bench.document(1).await;
    let to = laptop.bench.account("department").await;
    let change = DeviceOperation::ChangeAccount(document_id(1), to, Scope::ThisDocument);
    assert_eq!(code(&laptop.next(change, 0).await), "insufficient-points");
    let after = laptop.bench.document(1).await;
    assert_eq!(after.account, before.account);
}
