//! A document is printed only when nothing can make it be printed uncharged.

use jiff::SignedDuration;
use platen_domain::DocumentState;
use platen_sync::engine::{Declined, Event, Instruction, RELEASE_PATIENCE_MS, Trouble};
use platen_sync::wire::{Action, Answered, Operation, Release, Settlement};

use crate::device::{Device, document, done, done_with, facts, held, view};

fn ask() -> Event {
    Event::ReleaseAsked {
        document: document(1),
        printer: "Floor 2".into(),
    }
}

fn released(said: &[Instruction]) -> usize {
    let releases = said
        .iter()
        .filter(|said| matches!(said, Instruction::Release { .. }));
    releases.count()
}

fn declined(said: &[Instruction]) -> bool {
    let why = |said: &Instruction| {
        matches!(
            said,
            Instruction::Decline {
                why: Declined::NeedsNetwork,
                ..
            }
        )
    };
    said.iter().any(why)
}

fn releasing(operation: &Operation) -> Answered {
    let Action::BeginRelease { printer, nonce, .. } = &operation.action else {
        return done();
    };
    let mut document = held(1, 5);
    document.state = Some(DocumentState::Releasing);
    document.release = Some(Release {
        printer: printer.clone(),
        nonce: *nonce,
        approval: Some("signed".into()),
    });
    done_with(document)
}

/// A device with a document that the server holds.
fn with_held() -> Device {
    let (mut device, _) = Device::with_lease();
    device.submits(1, 5);
    device.answers(|_| done_with(held(1, 5)));
    device
}

#[test]
fn release_waits_for_the_server() {
    let mut device = with_held();
    assert_eq!(released(&device.happens(ask())), 0);
    let said = device.answers(releasing);
    assert!(said.iter().any(|said| matches!(
        said,
        Instruction::Release { approval: Some(approval), .. } if approval == "signed"
    )));
    // The view that shows it is no second release.
    let mut next = view(3);
    let (_, operations) = device.sent();
    let Answered::Done(answer) = releasing(&operations[0]) else {
        panic!("{operations:?}");
    };
    next.documents = answer.document.into_iter().collect();
    next.applied = 3;
    assert_eq!(released(&device.shows(next)), 0);
}

#[test]
fn document_of_the_server_is_not_released_without_network() {
    let mut device = with_held();
    device.fails(Trouble::Unreachable);
    assert!(declined(&device.happens(ask())));
}

#[test]
fn document_on_the_lease_is_released_without_network_once() {
    let (mut device, lease) = Device::with_lease();
    device.fails(Trouble::Unreachable);
    device.submits(1, 5);
    let said = device.happens(ask());
    assert_eq!(released(&said), 1);
    assert!(said.iter().any(
        |said| matches!(said, Instruction::Release { lease: Some(from), .. } if *from == lease)
    ));
    assert_eq!(released(&device.happens(ask())), 0);
    device.happens(Event::Settled {
        document: document(1),
        settlement: Settlement::Printed { sides: 0 },
    });
    assert!(matches!(
        device.outbox()[..],
        [
            Action::PlaceOnLease {
                release: Some(_),
                ..
            },
            Action::Settle { .. }
        ]
    ));
    // Told again after a restart, it is known.
    device.restart();
    device.happens(Event::Settled {
        document: document(1),
        settlement: Settlement::Printed { sides: 0 },
    });
    assert_eq!(device.outbox().len(), 2);
}

#[test]
fn release_without_network_that_printed_nothing_may_be_asked_for_again() {
    let (mut device, _) = Device::with_lease();
    device.fails(Trouble::Unreachable);
    device.submits(1, 5);
    for _ in 0..3 {
        assert_eq!(released(&device.happens(ask())), 1);
        device.happens(Event::Abandoned {
            document: document(1),
            reason: "Off.".into(),
        });
        device.restart();
        device.fails(Trouble::Unreachable);
        assert!(matches!(
            device.outbox()[..],
            [Action::PlaceOnLease { release: None, .. }]
        ));
    }
}

#[test]
fn document_that_the_server_may_know_is_not_released_without_network() {
    let (mut device, _) = Device::with_lease();
    device.fails(Trouble::Unreachable);
    device.submits(1, 5);
    device.passes(2_000);
    let mut next = view(3);
    next.applied = 1;
    // It is sent now, and may have arrived, when the network breaks again.
    device.shows(next);
    device.fails(Trouble::Unreachable);
    assert!(declined(&device.happens(ask())));
    device.restart();
    device.fails(Trouble::Unreachable);
    assert!(declined(&device.happens(ask())));
}

#[test]
fn document_whose_options_changed_since_is_not_released_without_network() {
    let (mut device, _) = Device::with_lease();
    device.fails(Trouble::Unreachable);
    device.submits(1, 5);
    device.happens(Event::Repriced {
        document: document(1),
        facts: Box::new(facts(40)),
    });
    assert!(declined(&device.happens(ask())));
}

#[test]
fn release_that_is_answered_too_late_is_taken_back() {
    let mut device = with_held();
    device.happens(ask());
    assert!(declined(&device.passes(RELEASE_PATIENCE_MS)));
    let said = device.answers(releasing);
    assert_eq!(released(&said), 0);
    assert!(matches!(
        device.sent().1[..],
        [Operation {
            action: Action::AbandonRelease { .. },
            ..
        }]
    ));
}

#[test]
fn release_before_a_restart_is_taken_back() {
    let mut device = with_held();
    device.happens(ask());
    device.reboot(SignedDuration::from_secs(60));
    let mut next = view(3);
    next.applied = 2;
    next.documents = vec![held(1, 5)];
    device.shows(next);
    assert_eq!(released(&device.answers(releasing)), 0);
    assert!(matches!(
        device.sent().1[..],
        [Operation {
            action: Action::AbandonRelease { .. },
            ..
        }]
    ));
}

#[test]
fn release_in_the_portal_is_given_out_once() {
    let mut device = with_held();
    let mut next = view(3);
    next.applied = 2;
    let mut document = held(1, 5);
    document.state = Some(DocumentState::Releasing);
    document.release = Some(Release {
        printer: "Floor 3".into(),
        nonce: uuid::Uuid::from_u128(9),
        approval: None,
    });
    next.documents = vec![document];
    assert_eq!(released(&device.shows(next.clone())), 1);
    next.version = 4;
    assert_eq!(released(&device.shows(next.clone())), 0);
    // What was done here since counts for more than an older view.
    device.happens(Event::Abandoned {
        document: crate::device::document(1),
        reason: "Off.".into(),
    });
    device.restart();
    next.version = 5;
    assert_eq!(released(&device.shows(next)), 0);
}

/// A view in which document 1 is being released.
fn view_with_release(version: u64, applied: u64) -> platen_sync::wire::View {
    let mut next = view(version);
    next.applied = applied;
    let mut document = held(1, 5);
    document.state = Some(DocumentState::Releasing);
    document.release = Some(Release {
        printer: "Floor 3".into(),
        nonce: uuid::Uuid::from_u128(9),
        approval: Some("signed".into()),
    });
    next.documents = vec![document];
    next
}

fn unchanged(device: &mut Device) -> Vec<Instruction> {
    let request = device.fetching();
    device.happens(Event::ViewUnchanged { request })
}

#[test]
fn release_is_told_again_after_a_restart_though_nothing_changed() {
    let mut device = with_held();
    let told = device.shows(view_with_release(3, 2));
    let release = told
        .iter()
        .find(|said| matches!(said, Instruction::Release { .. }));
    let release = release.cloned().expect("a release");
    assert_eq!(released(&unchanged(&mut device)), 0);
    device.restart();
    assert!(unchanged(&mut device).contains(&release));
    device.passes(2_000);
    assert_eq!(released(&unchanged(&mut device)), 0);
    // A server that shows the same again says no more.
    device.restart();
    assert!(device.shows(view_with_release(3, 2)).contains(&release));
    // What was taken back here is not told.
    device.happens(Event::Abandoned {
        document: document(1),
        reason: "Off.".into(),
    });
    device.restart();
    assert_eq!(released(&unchanged(&mut device)), 0);
}

#[test]
fn release_whose_answer_came_before_a_restart_is_told_again() {
    let mut device = with_held();
    device.happens(ask());
    assert_eq!(released(&device.answers(releasing)), 1);
    let (_, operations) = device.sent();
    let Answered::Done(answer) = releasing(&operations[0]) else {
        panic!("{operations:?}");
    };
    device.restart();
    let mut next = view(3);
    next.documents = answer.document.into_iter().collect();
    next.applied = 3;
    assert_eq!(released(&device.shows(next)), 1);
}

#[test]
fn release_without_network_is_told_again_after_a_restart() {
    let (mut device, lease) = Device::with_lease();
    let mut next = view(3);
    next.applied = 1;
    next.leases = vec![platen_sync::wire::Lease {
        signed: Some("signed lease".into()),
        ..crate::device::lease(lease)
    }];
    device.shows(next.clone());
    device.fails(Trouble::Unreachable);
    device.submits(1, 5);
    let said = device.happens(ask());
    let release = said
        .iter()
        .find(|said| matches!(said, Instruction::Release { .. }));
    let release = release.cloned().expect("a release");
    assert!(matches!(
        &release,
        Instruction::Release { lease: Some(from), signed_lease: Some(signed), .. }
            if *from == lease && signed == "signed lease"
    ));
    let before = device.said.len();
    device.restart();
    let again = device.said[before..].to_vec();
    assert!(again.contains(&release), "{again:?}");
    assert_eq!(released(&again), 1);
    // Not again by whatever comes next in the same life, delivered or not.
    device.passes(2_000);
    next.version = 4;
    assert_eq!(released(&device.shows(next.clone())), 0);
    let Instruction::Release { nonce, .. } = release else {
        panic!("a release");
    };
    let mut document = held(1, 5);
    document.state = Some(DocumentState::Releasing);
    document.release = Some(Release {
        printer: "Floor 2".into(),
        nonce,
        approval: None,
    });
    next.documents = vec![document];
    (next.version, next.applied) = (5, 2);
    assert_eq!(released(&device.shows(next)), 0);
}

#[test]
fn release_without_network_that_is_over_is_not_told_again() {
    let over = [
        Event::Abandoned {
            document: document(1),
            reason: "Off.".into(),
        },
        Event::Settled {
            document: document(1),
            settlement: Settlement::Printed { sides: 0 },
        },
    ];
    for event in over {
        let (mut device, _) = Device::with_lease();
        device.fails(Trouble::Unreachable);
        device.submits(1, 5);
        device.happens(ask());
        device.happens(event.clone());
        let before = device.said.len();
        device.restart();
        assert_eq!(released(&device.said[before..]), 0, "{event:?}");
    }
}
