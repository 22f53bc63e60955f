//! Leases: asked for, kept, drawn on while they certainly last, returned.

use jiff::SignedDuration;
use platen_domain::{DocumentState, LeaseId, Points};
use platen_sync::engine::{Decision, Event, Instruction, Trouble, Wait};
use platen_sync::wire::{Action, Answered, LeaseState, Operation, RefusalCode, View};
use uuid::Uuid;

use crate::device::{DAY_MS, Device, account, decisions, done, held, lease, points, view};

/// Whether a document of a point is judged without network.
fn draws(device: &mut Device, number: u128) -> bool {
    let said = device.submits(number, 1);
    match decisions(&said)[..] {
        [Decision::Judged { lease, .. }] => lease.is_some(),
        [Decision::Waits(Wait::NoLease)] => false,
        _ => panic!("{said:?}"),
    }
}

fn with(version: u64, id: LeaseId, applied: u64) -> View {
    let mut next = view(version);
    next.leases = vec![lease(id)];
    next.accounts[0].balance.leased = points(50);
    next.applied = applied;
    next
}

#[test]
fn lease_lasts_by_the_clock_that_nobody_sets_less_a_margin() {
    let (mut device, _) = Device::with_lease();
    device.fails(Trouble::Unreachable);
    // 1 % of three days and, by a clock that is as slow, a minute.
    let margin = 3 * DAY_MS / 100 + 59_400;
    device.clock.since_boot_ms += 3 * DAY_MS - margin - 1_000;
    device.clock.wall += SignedDuration::from_hours(24 * 365);
    assert!(draws(&mut device, 1));
    device.clock.since_boot_ms += 1_000;
    assert!(!draws(&mut device, 2));
    device.clock.wall -= SignedDuration::from_hours(24 * 500);
    assert!(!draws(&mut device, 3));
}

#[test]
fn after_a_reboot_the_wall_clock_decides_with_an_hour_less() {
    let hours = |hours: i64| {
        let (mut device, _) = Device::with_lease();
        device.fails(Trouble::Unreachable);
        device.reboot(SignedDuration::from_secs(hours * 3600));
        device.fails(Trouble::Unreachable);
        draws(&mut device, 1)
    };
    assert!(hours(70));
    assert!(!hours(71));
    // The clock was set back.
    assert!(!hours(-1));
}

#[test]
fn wall_clock_that_was_behind_the_servers_counts_as_if_it_were_right() {
    let (mut device, id) = Device::with_lease();
    let mut next = with(3, id, 1);
    next.server_time += SignedDuration::from_hours(24);
    next.leases[0].ends_at += SignedDuration::from_hours(24);
    device.shows(next);
    device.fails(Trouble::Unreachable);
    device.reboot(SignedDuration::from_hours(71));
    device.fails(Trouble::Unreachable);
    assert!(!draws(&mut device, 1));
}

#[test]
fn lease_that_is_called_back_is_returned_after_what_was_drawn_on_it() {
    let (mut device, id) = Device::with_lease();
    device.fails(Trouble::Unreachable);
    assert!(draws(&mut device, 1));
    device.passes(2_000);
    let mut next = with(3, id, 1);
    next.leases[0].called_back = true;
    device.shows(next);
    assert!(matches!(
        device.sent().1[..],
        [
            Operation { action: Action::PlaceOnLease { .. }, .. },
            Operation { action: Action::ReturnLease { lease, .. }, .. },
            Operation { action: Action::AskLease { .. }, .. },
        ] if lease == id
    ));
    device.fails(Trouble::Unreachable);
    assert!(!draws(&mut device, 2));
    device.restart();
    device.fails(Trouble::Unreachable);
    assert!(!draws(&mut device, 3));
}

#[test]
fn lease_that_the_device_does_not_remember_is_not_drawn_on() {
    let (mut device, _) = Device::with_lease();
    device.shows(with(3, LeaseId(Uuid::from_u128(77)), 1));
    device.fails(Trouble::Unreachable);
    assert!(!draws(&mut device, 1));
}

#[test]
fn lease_in_another_state_is_not_drawn_on() {
    for state in [
        LeaseState::Unreported,
        LeaseState::Returned,
        LeaseState::WrittenOff,
        LeaseState::Unknown,
    ] {
        let (mut device, id) = Device::with_lease();
        let mut next = with(3, id, 1);
        next.leases[0].state = state;
        device.shows(next);
        device.fails(Trouble::Unreachable);
        assert!(!draws(&mut device, 1), "{state:?}");
    }
}

#[test]
fn lease_counts_only_once_a_view_has_it() {
    let mut device = Device::new();
    device.shows(view(1));
    device.answers(|_| done());
    device.fails(Trouble::Unreachable);
    assert!(!draws(&mut device, 1));
}

#[test]
fn new_lease_is_asked_for_when_half_is_drawn_and_the_old_one_returned_after() {
    // It ends after the old one, or before it, where the site shortens its leases.
    for (ends_after, left_ms) in [(1, 3 * DAY_MS), (-48, DAY_MS)] {
        replaces(SignedDuration::from_hours(ends_after), left_ms);
    }
}

#[track_caller]
fn replaces(ends_after: SignedDuration, left_ms: u64) {
    let (mut device, old) = Device::with_lease();
    device.fails(Trouble::Unreachable);
    device.submits(1, 26);
    device.passes(2_000);
    device.shows(with(3, old, 1));
    let (_, operations) = device.sent();
    let [
        Operation {
            action: Action::PlaceOnLease { .. },
            ..
        },
    ] = operations[..]
    else {
        panic!("the account is asked for room as it was shown: {operations:?}");
    };
    device.answers(|_| done());
    let mut next = with(4, old, 2);
    next.leases[0].drawn = points(26);
    next.accounts[0].balance.leased = points(24);
    next.accounts[0].balance.pending = points(10);
    device.shows(next.clone());
    let (_, operations) = device.sent();
    let [
        Operation {
            action:
                Action::AskLease {
                    lease: new,
                    points: asked,
                    ..
                },
            ..
        },
    ] = operations[..]
    else {
        panic!("{operations:?}");
    };
    assert_eq!(asked, points(50));
    device.answers(|_| done());
    next.version = 5;
    next.lease_policy.hours = u32::try_from(left_ms * 24 / DAY_MS).expect("a few days");
    next.applied = 3;
    next.leases.push(platen_sync::wire::Lease {
        ends_at: next.leases[0].ends_at + ends_after,
        left_ms,
        ..lease(new)
    });
    next.accounts[0].balance.leased = points(74);
    device.shows(next);
    assert!(matches!(
        device.sent().1[..],
        [Operation { action: Action::ReturnLease { lease, .. }, .. }] if lease == old
    ));
}

#[test]
fn lease_is_renewed_when_half_of_its_time_is_over() {
    let (mut device, old) = Device::with_lease();
    let sent = device.sent();
    device.passes(3 * DAY_MS / 2 - 1);
    assert_eq!(device.sent(), sent);
    device.passes(1);
    // The account has 40 points left, which is less than the lease: it goes back
    // first.
    assert!(matches!(
        device.sent().1[..],
        [
            Operation { action: Action::ReturnLease { lease, .. }, .. },
            Operation { action: Action::AskLease { .. }, .. },
        ] if lease == old
    ));
}

#[test]
fn lease_of_some_hours_is_renewed_when_half_of_them_are_over() {
    for hours in [8, 25] {
        let (mut device, _) = Device::with_lease_of(hours);
        let sent = device.sent();
        device.passes(u64::from(hours) * DAY_MS / 48 - 1);
        assert_eq!(device.sent(), sent, "{hours} hours");
        device.passes(1);
        assert_ne!(device.sent(), sent, "{hours} hours");
    }
}

#[test]
fn refused_lease_is_not_asked_for_again_at_once() {
    let mut device = Device::new();
    device.shows(view(1));
    device.answers(|_| Answered::refused(RefusalCode::NoLease, "No."));
    let sent = device.sent();
    let mut next = view(2);
    next.applied = 1;
    device.shows(next);
    assert_eq!(device.sent(), sent);
    device.passes(11 * 60_000);
    assert_ne!(device.sent(), sent);
}

#[test]
fn policy_of_no_points_asks_for_none_and_returns_what_is_there() {
    let (mut device, id) = Device::with_lease();
    let mut next = with(3, id, 1);
    next.lease_policy.points = Points::ZERO;
    device.shows(next);
    assert!(matches!(
        device.sent().1[..],
        [Operation {
            action: Action::ReturnLease { .. },
            ..
        }]
    ));
    // The return is on its way: nothing may be drawn behind it.
    device.fails(Trouble::Unreachable);
    assert!(!draws(&mut device, 1));
    let mut fresh = Device::new();
    let mut first = view(1);
    first.lease_policy.points = Points::ZERO;
    fresh.shows(first);
    assert!(fresh.sent_at_all().is_none());
}

#[test]
fn account_that_was_used_has_a_lease_beside_the_active_one() {
    let (mut device, id) = Device::with_lease();
    let mut on_other = crate::device::submission(1, 5);
    on_other.account = Some(account(2));
    device.happens(Event::Submitted(Box::new(on_other)));
    let asked = |operation: &Operation| matches!(operation.action, Action::AskLease { account: on, .. } if on == account(2));
    device.answers(|_| done());
    device.shows(with(3, id, 2));
    assert!(device.sent().1.iter().any(asked));
}

/// A device whose computer has a gate, and a view with its lease.
fn with_gate() -> (Device, LeaseId, View) {
    let (mut device, id) = Device::with_lease();
    let mut next = with(3, id, 1);
    next.leases[0].signed = Some("signed".into());
    device.shows(next.clone());
    (device, id, next)
}

fn asked_to_close(said: &[Instruction]) -> Vec<(LeaseId, &str)> {
    let closing = |instruction| match instruction {
        &Instruction::CloseLease { lease, ref signed } => Some((lease, &**signed)),
        _ => None,
    };
    said.iter().filter_map(closing).collect()
}

/// With what it was returned, of the batch that was sent last.
fn returned(device: &Device, id: LeaseId) -> Vec<Option<String>> {
    let returned = |operation: Operation| match operation.action {
        Action::ReturnLease { lease, receipt } if lease == id => Some(receipt),
        _ => None,
    };
    let (_, sent) = device.sent();
    sent.into_iter().filter_map(returned).collect()
}

fn closed(lease: LeaseId) -> Event {
    let receipt = "receipt".into();
    Event::LeaseClosed { lease, receipt }
}

#[test]
fn lease_that_a_gate_counts_on_is_returned_with_its_word() {
    let (mut device, id, mut next) = with_gate();
    next.version += 1;
    next.leases[0].called_back = true;
    let said = device.shows(next.clone());
    assert_eq!(asked_to_close(&said), [(id, "signed")]);
    assert_eq!(returned(&device, id), []);
    device.fails(Trouble::Unreachable);
    assert!(!draws(&mut device, 1));
    // The program ends before the gate has spoken.
    device.restart();
    next.version += 1;
    let said = device.shows(next.clone());
    assert_eq!(asked_to_close(&said), [(id, "signed")]);
    device.answers(|_| done());
    device.happens(closed(id));
    let word = [Some("receipt".to_owned())];
    assert_eq!(returned(&device, id), word);
    // Said twice, it is returned once; and the gate is not asked any more.
    device.happens(closed(id));
    assert_eq!(returned(&device, id), word);
    device.restart();
    next.version += 1;
    assert_eq!(asked_to_close(&device.shows(next)), []);
}

#[test]
fn gate_is_not_asked_to_close_what_it_is_about_to_print_on() {
    let (mut device, id, mut next) = with_gate();
    next.version += 1;
    next.leases[0].called_back = true;
    next.documents = vec![held(1, 5)];
    next.documents[0].lease = Some(id);
    next.documents[0].state = Some(DocumentState::Releasing);
    let said = device.shows(next.clone());
    assert_eq!(asked_to_close(&said), []);
    next.version += 1;
    next.documents.clear();
    let said = device.shows(next);
    assert_eq!(asked_to_close(&said), [(id, "signed")]);
}

#[test]
fn word_of_the_gate_that_finds_no_room_on_the_disk_is_kept() {
    let (mut device, id, mut next) = with_gate();
    next.version += 1;
    next.leases[0].called_back = true;
    device.shows(next);
    device.disk_full = true;
    device.happens(closed(id));
    assert_eq!(returned(&device, id), []);
    device.disk_full = false;
    device.passes(60_000);
    assert_eq!(returned(&device, id), [Some("receipt".to_owned())]);
}

#[test]
fn lease_that_goes_back_first_is_awaited_before_another_is_asked_for() {
    let (mut device, old, _) = with_gate();
    let sent = device.sent();
    let said = device.passes(3 * DAY_MS / 2);
    assert_eq!(asked_to_close(&said), [(old, "signed")]);
    assert_eq!(device.sent(), sent);
    device.happens(closed(old));
    assert!(matches!(
        device.sent().1[..],
        [
            Operation { action: Action::ReturnLease { lease, receipt: Some(_) }, .. },
            Operation { action: Action::AskLease { .. }, .. },
        ] if lease == old
    ));
}
