//! Documents get a verdict, whoever gives it; nothing counts before it is stored.

use platen_domain::{DocumentState, Verdict};
use platen_sync::engine::{
    Decision, Declined, Engine, Event, Instruction, RestoreError, Trouble, VERDICT_DEADLINE_MS,
    Wait,
};
use platen_sync::wire::{Action, Answered, Document, RefusalCode, Scope};

use crate::device::{
    Device, account, decisions, document, done, done_with, facts, held, points, ready, submission,
    user, view,
};

#[test]
fn document_is_sent_only_after_it_is_stored() {
    let (mut device, _) = Device::with_lease();
    let moment = device.moment();
    let event = Event::Submitted(Box::new(submission(1, 5)));
    let said = device.engine.handle(event, moment);
    let [Instruction::Store { ticket, changes }] = &said[..] else {
        panic!("{said:?}");
    };
    let stored = device.write(*ticket, changes.clone());
    let said = device.happens(stored);
    assert!(matches!(
        said[..],
        [Instruction::Show, Instruction::Send { .. }]
    ));
    assert!(matches!(device.sent().1[..], [ref one] if one.sequence == 2));
}

#[test]
fn verdict_of_the_server_is_told() {
    let (mut device, _) = Device::with_lease();
    assert!(decisions(&device.submits(1, 5)).is_empty());
    let said = device.answers(|_| done_with(held(1, 5)));
    let judged = Decision::Judged {
        verdict: ready(15),
        account: Some(account(1)),
        lease: None,
    };
    assert_eq!(decisions(&said), [&judged]);
    // Whoever asks again is told the same, and nothing more is sent.
    let before = device.said.len();
    assert_eq!(decisions(&device.submits(1, 5)), [&judged]);
    assert!(!matches!(
        device.said[before..],
        [.., Instruction::Send { .. }]
    ));
}

/// The server declines a document of so many points.
fn declined(number: u128, pages: i64) -> Answered {
    done_with(Document {
        state: Some(DocumentState::Canceled),
        verdict: Some(Verdict::Declined {
            available: points(1),
        }),
        ..held(number, pages)
    })
}

#[test]
fn device_s_own_points_carry_what_the_server_declines() {
    let (mut device, lease) = Device::with_lease();
    device.submits(1, 5);
    let said = device.answers(|_| declined(1, 5));
    let judged = Decision::Judged {
        verdict: ready(15),
        account: Some(account(1)),
        lease: Some(lease),
    };
    assert_eq!(decisions(&said), [&judged]);
    let shown = device.engine.shown();
    assert_eq!(shown.documents[0].document.state, Some(DocumentState::Held));
    assert_eq!(shown.leases[0].left, points(45));
    let (_, operations) = device.sent();
    assert!(matches!(
        operations.last().map(|one| &one.action),
        Some(Action::PlaceOnLease { draw, .. }) if draw.lease == lease
    ));
    // What they do not carry is declined, and nothing is drawn.
    device.answers(|_| done());
    device.submits(2, 46);
    let said = device.answers(|_| declined(2, 46));
    assert!(matches!(
        decisions(&said)[..],
        [Decision::Judged {
            verdict: Verdict::Declined { .. },
            lease: None,
            ..
        }]
    ));
    assert_eq!(device.engine.shown().leases[0].left, points(45));
}

/// What the device sends after the server has declined a document of 5 points, with
/// which something was done meanwhile.
fn after_declining(wishes: &[Event]) -> (Device, Vec<Action>) {
    let (mut device, _) = Device::with_lease();
    device.submits(1, 5);
    let placed = device.sent();
    for wish in wishes {
        device.happens(wish.clone());
    }
    let said = device.answers_to(&placed, |_| declined(1, 5));
    let told = decisions(&said);
    assert!(
        matches!(
            told[..],
            [Decision::Judged {
                verdict: Verdict::Declined { .. },
                ..
            }]
        ),
        "{wishes:?}: {told:?}"
    );
    let outbox = device.outbox();
    (device, outbox)
}

#[test]
fn document_that_was_changed_since_it_was_placed_is_not_drawn_as_it_was() {
    let document = document(1);
    let repriced = Event::Repriced {
        document,
        facts: Box::new(facts(1)),
    };
    let moved = Event::AccountChanged {
        document,
        account: account(2),
        scope: Scope::ThisDocument,
    };
    for wish in [repriced, moved, Event::Deleted { document }] {
        let (device, outbox) = after_declining(std::slice::from_ref(&wish));
        assert!(
            !outbox
                .iter()
                .any(|action| matches!(action, Action::PlaceOnLease { .. })),
            "{wish:?}: {outbox:?}"
        );
        assert_eq!(device.engine.shown().leases[0].left, points(50));
    }
}

#[test]
fn document_that_its_owner_was_told_of_is_drawn_all_the_same() {
    let (mut device, lease) = Device::with_lease();
    device.submits(1, 5);
    let placed = device.sent();
    device.happens(Event::Notified {
        document: document(1),
    });
    let said = device.answers_to(&placed, |_| declined(1, 5));
    assert!(matches!(
        decisions(&said)[..],
        [Decision::Judged { lease: Some(from), .. }] if *from == lease
    ));
}

#[test]
fn account_that_the_server_judged_on_is_drawn_on_and_no_other() {
    let (mut device, _) = Device::with_lease();
    device.submits(1, 5);
    // The active account was another by then.
    let said = device.answers(|_| {
        let Answered::Done(mut done) = declined(1, 5) else {
            panic!("it is declined");
        };
        if let Some(document) = &mut done.document {
            document.account = Some(account(2));
        }
        Answered::Done(done)
    });
    assert!(matches!(
        decisions(&said)[..],
        [Decision::Judged { verdict: Verdict::Declined { .. }, account: Some(on), lease: None }]
            if *on == account(2)
    ));
    assert_eq!(device.engine.shown().leases[0].left, points(50));
}

/// A view in which the server has declined a document of 5 points.
fn view_with_declined(lease_of: platen_domain::LeaseId) -> platen_sync::wire::View {
    let mut next = view(3);
    next.applied = 2;
    next.leases = vec![crate::device::lease(lease_of)];
    let Answered::Done(done) = declined(1, 5) else {
        panic!("it is declined");
    };
    next.documents = done.document.into_iter().collect();
    next
}

#[test]
fn view_that_declines_is_drawn_on_only_with_the_leases_it_leaves() {
    let (mut device, id) = Device::with_lease();
    device.submits(1, 5);
    let said = device.shows(view_with_declined(id));
    assert!(matches!(
        decisions(&said)[..],
        [Decision::Judged { lease: Some(_), .. }]
    ));
    let called_back = |next: &mut platen_sync::wire::View| next.leases[0].called_back = true;
    let gone = |next: &mut platen_sync::wire::View| next.leases.clear();
    for change in [called_back as fn(&mut _), gone] {
        let (mut device, id) = Device::with_lease();
        device.submits(1, 5);
        let mut next = view_with_declined(id);
        change(&mut next);
        let said = device.shows(next);
        assert!(matches!(
            decisions(&said)[..],
            [Decision::Judged {
                verdict: Verdict::Declined { .. },
                lease: None,
                ..
            }]
        ));
    }
}

#[test]
fn document_that_was_deleted_elsewhere_is_not_drawn() {
    let (mut device, id) = Device::with_lease();
    device.submits(1, 5);
    let mut next = view_with_declined(id);
    next.closed = std::mem::take(&mut next.documents);
    next.closed[0].state = Some(DocumentState::Deleted);
    device.shows(next);
    assert!(matches!(device.outbox()[..], [Action::Place { .. }, ..]));
    assert_eq!(device.engine.shown().leases[0].left, points(50));
}

fn unreadable(number: u128) -> Event {
    Event::Unreadable {
        document: Box::new(submission(number, 5).document),
        problem: "It is protected by a password.".into(),
    }
}

#[test]
fn known_document_that_can_not_be_read_any_more_gives_its_points_back() {
    let (mut device, _) = Device::with_lease();
    device.fails(Trouble::Unreachable);
    device.submits(1, 5);
    device.happens(unreadable(1));
    assert!(matches!(
        device.outbox()[..],
        [Action::PlaceOnLease { .. }, Action::Unreadable { .. }]
    ));
    let shown = device.engine.shown();
    let balance = shown.accounts[0].balance;
    assert_eq!((balance.pending, balance.leased), (points(0), points(45)));
    assert_eq!(
        shown.documents[0].document.state,
        Some(DocumentState::Unreadable)
    );
    // Once is enough, and once it can be read it is placed anew.
    device.happens(unreadable(1));
    assert_eq!(device.outbox().len(), 2);
    let said = device.submits(1, 3);
    assert!(matches!(
        decisions(&said)[..],
        [Decision::Judged { verdict, .. }] if *verdict == ready(13)
    ));
    assert!(matches!(
        device.outbox()[..],
        [.., Action::PlaceOnLease { .. }]
    ));
}

#[test]
fn document_that_can_not_be_read_waits_for_no_verdict() {
    let (mut device, _) = Device::with_lease();
    device.submits(1, 5);
    let placed = device.sent();
    device.happens(unreadable(1));
    assert!(decisions(&device.passes(VERDICT_DEADLINE_MS)).is_empty());
    let said = device.answers_to(&placed, |_| declined(1, 5));
    assert!(decisions(&said).is_empty(), "{said:?}");
    assert!(matches!(
        device.outbox()[..],
        [.., Action::Unreadable { .. }]
    ));
    // Its second verdict is told.
    let mut document = held(1, 5);
    document.state = Some(DocumentState::Unreadable);
    device.answers(|_| done_with(document.clone()));
    device.submits(1, 5);
    let said = device.answers(|_| done_with(held(1, 5)));
    assert!(matches!(
        decisions(&said)[..],
        [Decision::Judged { verdict, .. }] if *verdict == ready(15)
    ));
}

#[test]
fn document_that_is_released_or_over_does_not_become_unreadable() {
    for state in [DocumentState::Releasing, DocumentState::Printed] {
        let (mut device, _) = Device::with_lease();
        let mut next = view(3);
        next.applied = 1;
        let mut document = held(1, 5);
        document.state = Some(state);
        match state.is_open() {
            true => next.documents = vec![document],
            false => next.closed = vec![document],
        }
        device.shows(next);
        let before = device.outbox();
        device.happens(unreadable(1));
        assert_eq!(device.outbox(), before, "{state:?}");
    }
}

#[test]
fn wish_without_the_server_is_kept_and_said_to_be() {
    let (mut device, _) = Device::with_lease();
    device.submits(1, 5);
    device.answers(|_| done_with(held(1, 5)));
    device.fails(Trouble::Unreachable);
    let said = device.happens(Event::Repriced {
        document: document(1),
        facts: Box::new(facts(2)),
    });
    let pending = Instruction::Pending {
        document: document(1),
    };
    assert!(said.contains(&pending), "{said:?}");
    assert!(matches!(device.outbox()[..], [.., Action::Reprice { .. }]));
}

#[test]
fn answer_to_a_wish_is_told_once_it_is_shown() {
    let (mut device, _) = Device::with_lease();
    device.submits(1, 5);
    device.answers(|_| done_with(held(1, 5)));
    device.happens(Event::Repriced {
        document: document(1),
        facts: Box::new(facts(2)),
    });
    let said = device.answers(|_| done_with(held(1, 2)));
    let told = |said: &Instruction| matches!(said, Instruction::Answered { .. });
    assert_eq!(said.iter().filter(|said| told(said)).count(), 1, "{said:?}");
    let shown = device.engine.shown();
    assert_eq!(shown.documents[0].document.cost, Some(points(2)));
}

#[test]
fn silent_server_is_waited_for_three_seconds() {
    let (mut device, lease) = Device::with_lease();
    device.submits(1, 5);
    assert!(device.passes(VERDICT_DEADLINE_MS - 1).is_empty());
    let said = device.passes(1);
    let judged = Decision::Judged {
        verdict: ready(15),
        account: Some(account(1)),
        lease: Some(lease),
    };
    assert_eq!(decisions(&said), [&judged]);
    // The next one is not kept waiting.
    let said = device.submits(2, 5);
    assert!(matches!(
        decisions(&said)[..],
        [Decision::Judged { verdict, .. }] if *verdict == ready(20)
    ));
    // The server's answer comes too late to be told.
    let said = device.answers(|_| done_with(held(1, 5)));
    assert!(decisions(&said).is_empty());
}

#[test]
fn document_beyond_the_lease_waits_and_is_judged_on_return() {
    let (mut device, _) = Device::with_lease();
    device.fails(Trouble::Unreachable);
    let said = device.submits(1, 51);
    let wait = Decision::Waits(Wait::LeaseTooSmall {
        cost: points(51),
        left: points(50),
    });
    assert_eq!(decisions(&said), [&wait]);
    device.passes(2_000);
    let mut next = view(3);
    next.applied = 1;
    device.shows(next);
    let declined = Verdict::Declined {
        available: points(40),
    };
    let said = device.answers(|operation| match operation.action {
        Action::Place { .. } => {
            let mut document = held(1, 51);
            document.state = Some(DocumentState::Canceled);
            document.verdict = Some(declined);
            done_with(document)
        }
        _ => done(),
    });
    assert!(matches!(
        decisions(&said)[..],
        [Decision::Judged { verdict, lease: None, .. }] if *verdict == declined
    ));
}

#[test]
fn documents_without_network_never_draw_more_than_the_lease() {
    let (mut device, _) = Device::with_lease();
    device.fails(Trouble::NotOurs);
    let mut drawn = 0;
    for number in 1..=20 {
        let said = device.submits(number, 7);
        drawn += decisions(&said)
            .iter()
            .filter(|decision| matches!(decision, Decision::Judged { .. }))
            .count();
        if number % 3 == 0 {
            device.restart();
            device.fails(Trouble::NotOurs);
        }
    }
    // 7 × 7 = 49 of 50.
    assert_eq!(drawn, 7);
}

#[test]
fn full_disk_promises_nothing() {
    let (mut device, _) = Device::with_lease();
    device.disk_full = true;
    let before = device.disk.clone();
    let said = device.submits(1, 5);
    assert_eq!(decisions(&said), [&Decision::Waits(Wait::DiskFull)]);
    assert!(
        !said
            .iter()
            .any(|said| matches!(said, Instruction::Send { .. }))
    );
    let said = device.happens(Event::Deleted {
        document: document(9),
    });
    assert!(matches!(said[..], [Instruction::Decline { .. }, ..]));
    assert_eq!(device.disk, before);
    // It is tried again by itself.
    device.disk_full = false;
    device.passes(30_000);
    assert!(matches!(device.outbox()[..], [Action::Place { .. }]));
}

#[test]
fn full_disk_while_the_server_is_silent_draws_nothing() {
    let (mut device, _) = Device::with_lease();
    device.submits(1, 5);
    device.disk_full = true;
    let said = device.passes(VERDICT_DEADLINE_MS);
    assert_eq!(decisions(&said), [&Decision::Waits(Wait::DiskFull)]);
    device.disk_full = false;
    device.restart();
    device.fails(Trouble::Unreachable);
    assert!(matches!(
        decisions(&device.said)[..],
        [.., Decision::Judged { lease: Some(_), .. }]
    ));
}

#[test]
fn restart_goes_on_with_what_is_stored() {
    let (mut device, _) = Device::with_lease();
    device.submits(1, 5);
    device.restart();
    device.fails(Trouble::Unreachable);
    // It may have been sent before: the server hears of both.
    assert!(matches!(
        device.outbox()[..],
        [Action::Place { .. }, Action::PlaceOnLease { .. }]
    ));
    device.restart();
    assert_eq!(device.engine.undelivered(), 2);
    assert_eq!(device.engine.shown().documents.len(), 1);
}

#[test]
fn operation_of_another_version_is_sent_as_it_was_stored() {
    let (mut device, _) = Device::with_lease();
    device.submits(1, 5);
    let mut rows = device.disk.iter_mut();
    let (_, row) = rows.find(|(key, _)| key.starts_with("operation/")).unwrap();
    *row = row.replacen("{\"id\"", "{ \"from_the_future\":7,\"id\"", 1);
    device.restart();
    let mut next = view(3);
    next.applied = 1;
    device.shows(next);
    let sent = device.said.iter().rev().find_map(|said| match said {
        Instruction::Send { batch, .. } => Some(batch.json().to_owned()),
        _ => None,
    });
    assert!(sent.unwrap().contains("{ \"from_the_future\":7,\"id\""));
}

#[test]
fn refusal_is_told_and_leaves_nothing_behind() {
    let (mut device, _) = Device::with_lease();
    device.happens(Event::ActiveChosen {
        account: account(2),
    });
    assert_eq!(device.engine.shown().active, Some(account(2)));
    let said = device.answers(|_| Answered::refused(RefusalCode::AtLimit, "No."));
    assert!(matches!(
        &said[..],
        [Instruction::Refused { document: None, refused }, ..] if refused.sentence == "No."
    ));
    assert_eq!(device.engine.shown().active, Some(account(1)));
    assert_eq!(device.engine.undelivered(), 0);
}

#[test]
fn view_never_undoes_what_was_done_here_since() {
    let (mut device, _) = Device::with_lease();
    device.happens(Event::ActiveChosen {
        account: account(2),
    });
    // A view from before the choice.
    let mut next = view(3);
    next.applied = 1;
    device.shows(next.clone());
    assert_eq!(device.engine.shown().active, Some(account(2)));
    device.answers(|_| done());
    assert_eq!(device.engine.shown().active, Some(account(2)));
    // Still one from before.
    next.version = 4;
    device.shows(next.clone());
    assert_eq!(device.engine.shown().active, Some(account(2)));
    // With it, and with another choice that was made elsewhere after.
    next.version = 5;
    next.applied = 2;
    device.shows(next);
    assert_eq!(device.engine.shown().active, Some(account(1)));
    let outbox = device.outbox();
    assert!(
        !outbox
            .iter()
            .any(|action| matches!(action, Action::SetActive { .. }))
    );
}

#[test]
fn older_view_is_ignored() {
    let (mut device, _) = Device::with_lease();
    let mut newer = view(7);
    newer.applied = 1;
    newer.active = Some(account(2));
    device.shows(newer);
    let mut older = view(6);
    older.applied = 1;
    device.shows(older);
    assert_eq!(device.engine.shown().active, Some(account(2)));
}

#[test]
fn points_of_a_document_without_network_show_at_once() {
    let (mut device, _) = Device::with_lease();
    device.fails(Trouble::Unreachable);
    device.submits(1, 5);
    let balance = device.engine.shown().accounts[0].balance;
    assert_eq!((balance.pending, balance.leased), (points(5), points(45)));
    device.happens(Event::Deleted {
        document: document(1),
    });
    let balance = device.engine.shown().accounts[0].balance;
    assert_eq!((balance.pending, balance.leased), (points(0), points(45)));
    assert!(device.engine.shown().documents.is_empty());
}

#[test]
fn waiting_document_moves_to_an_account_that_carries_it() {
    let (mut device, _) = Device::with_lease();
    device.fails(Trouble::Unreachable);
    let mut on_other = submission(1, 5);
    on_other.account = Some(account(2));
    let said = device.happens(Event::Submitted(Box::new(on_other)));
    assert_eq!(decisions(&said), [&Decision::Waits(Wait::NoLease)]);
    let said = device.happens(Event::AccountChanged {
        document: document(1),
        account: account(1),
        scope: Scope::ThisDocument,
    });
    assert!(matches!(
        decisions(&said)[..],
        [Decision::Judged { lease: Some(_), .. }]
    ));
    let said = device.happens(Event::AccountChanged {
        document: document(8),
        account: account(1),
        scope: Scope::ThisDocument,
    });
    assert!(matches!(
        said[..],
        [
            Instruction::Decline {
                why: Declined::NotNow,
                ..
            },
            ..
        ]
    ));
}

#[test]
fn memory_of_one_user_is_not_for_another() {
    let (device, _) = Device::with_lease();
    let other = platen_domain::UserId::local("ben");
    let restored = Engine::restore(&other, device.disk.clone(), device.clock);
    assert_eq!(restored.err(), Some(RestoreError::SomebodyElses));
    assert!(Engine::restore(&user(), device.disk.clone(), device.clock).is_ok());
    let mut damaged = device.disk.clone();
    damaged.insert("view".into(), "{".into());
    let restored = Engine::restore(&user(), damaged, device.clock);
    assert!(matches!(restored.err(), Some(RestoreError::Damaged { .. })));
}
