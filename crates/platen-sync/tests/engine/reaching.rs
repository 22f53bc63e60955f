//! Reaching the server: pauses, deadlines, who has to do something.

use platen_domain::Kind;
use platen_sync::engine::{
    Away, Decision, Event, Instruction, LONGEST_PAUSE_MS, Link, Stop, Trouble, VERDICT_DEADLINE_MS,
    Wait,
};
use platen_sync::wire::{Balances, Failure, FailureCode, PROTOCOL, PoolBalance, View, WhoUpdates};

use crate::device::{Device, account, decisions, done, lease, points, view};

fn failure(code: FailureCode) -> Trouble {
    Trouble::Failed(Failure {
        code,
        sentence: String::new(),
        retry_after_s: None,
        expected: None,
    })
}

fn pause(device: &Device) -> u64 {
    device.engine.wake_at().expect("a next try") - device.clock.since_boot_ms
}

#[test]
fn pauses_grow_up_to_a_minute_and_differ() {
    let (mut device, _) = Device::with_lease();
    let mut pauses = Vec::new();
    for _ in 0..40 {
        device.fails(Trouble::Unreachable);
        let pause = pause(&device);
        assert!(pause <= LONGEST_PAUSE_MS, "{pause}");
        pauses.push(pause);
        device.passes(pause);
    }
    assert!(pauses[0] <= 1_000 && pauses[1] <= 2_000, "{pauses:?}");
    assert!(pauses.iter().any(|pause| *pause > 30_000), "{pauses:?}");
    let different: std::collections::BTreeSet<_> = pauses.iter().collect();
    assert!(different.len() > 35, "{pauses:?}");
}

#[test]
fn server_says_when_it_may_be_asked_again() {
    for _ in 0..20 {
        let (mut device, _) = Device::with_lease();
        device.fails(Trouble::Unavailable {
            retry_after_s: Some(300),
        });
        assert_eq!(device.engine.link(), Link::Away(Away::Unavailable));
        let pause = pause(&device);
        assert!((300_000..=450_000).contains(&pause), "{pause}");
    }
}

#[test]
fn network_that_comes_back_is_tried_soon() {
    let (mut device, _) = Device::with_lease();
    for _ in 0..10 {
        device.fails(Trouble::Unreachable);
        let pause = pause(&device);
        device.passes(pause);
    }
    device.fails(Trouble::Certificate);
    assert_eq!(device.engine.link(), Link::Away(Away::Certificate));
    device.happens(Event::NetworkChanged);
    assert!(pause(&device) <= 1_100);
}

#[test]
fn signed_out_device_keeps_everything_and_sends_nothing() {
    let (mut device, _) = Device::with_lease();
    device.happens(Event::ActiveChosen {
        account: account(2),
    });
    let undelivered = device.engine.undelivered();
    device.fails(failure(FailureCode::SignedOut));
    assert_eq!(device.engine.link(), Link::Stopped(Stop::SignedOut));
    let said = device.submits(1, 1);
    assert_eq!(decisions(&said), [&Decision::Waits(Wait::SignIn)]);
    let requests = |said: &[Instruction]| {
        let request = |one: &&Instruction| {
            matches!(one, Instruction::Send { .. } | Instruction::Fetch { .. })
        };
        said.iter().filter(request).count()
    };
    assert_eq!(requests(&device.passes(3_600_000)), 0);
    assert_eq!(device.engine.undelivered(), undelivered + 1);
    let said = device.happens(Event::SignedIn);
    assert_eq!(requests(&said), 1);
    let mut next = view(3);
    next.applied = 1;
    device.shows(next);
    assert!(device.sent().1.len() >= 2);
}

#[test]
fn state_of_another_user_is_not_shown() {
    let mut device = Device::new();
    let mut other = view(1);
    other.user.id = platen_domain::UserId::local("ben");
    device.shows(other);
    assert_eq!(device.engine.link(), Link::Stopped(Stop::SomebodyElse));
    assert_eq!(device.engine.shown().user, None);
}

#[test]
fn device_whose_memory_was_put_back_stops() {
    let mut device = Device::new();
    let mut ahead = view(1);
    ahead.applied = 1;
    device.shows(ahead);
    assert_eq!(device.engine.link(), Link::Stopped(Stop::Diverged));
}

#[test]
fn server_that_knows_less_than_it_has_shown_is_not_trusted() {
    let (mut device, _) = Device::with_lease();
    for _ in 0..3 {
        device.shows(view(1));
        device.passes(3_000);
    }
    assert_eq!(device.engine.link(), Link::Stopped(Stop::Diverged));
}

/// Two servers behind one address that number the same state in different ways, as after half
/// of an upgrade: each finds that the client lacks it.
#[test]
fn servers_that_never_agree_are_not_asked_without_a_pause() {
    let mut device = Device::new();
    let mut names = ["Ana", "Ana Lima"].into_iter().cycle();
    let mut shown = 0;
    let mut shows = |device: &mut Device, name: &str| {
        shown += 1;
        let mut view = view(shown);
        view.user.name = name.to_owned();
        let said = device.shows(view);
        let mut asks = said.iter();
        asks.any(|said| matches!(said, Instruction::Fetch { .. }))
    };
    let mut pauses = Vec::new();
    for name in names.by_ref().take(30) {
        if !shows(&mut device, name) {
            let pause = pause(&device);
            pauses.push(pause);
            device.passes(pause);
        }
    }
    assert!((20..=26).contains(&pauses.len()), "{pauses:?}");
    assert!(pauses[0] <= 1_000, "{pauses:?}");
    let last = pauses[pauses.len() - 1];
    assert!((30_000..=LONGEST_PAUSE_MS).contains(&last), "{pauses:?}");
    // What is new is told as soon as it is there, and so is what follows on it.
    assert!(shows(&mut device, "Ana Maria Lima"));
}

#[test]
fn whoever_is_too_old_is_named() {
    for (code, who) in [
        (FailureCode::ClientTooOld, WhoUpdates::Client),
        (FailureCode::ServerTooOld, WhoUpdates::Server),
    ] {
        let mut device = Device::new();
        device.fails(failure(code));
        assert_eq!(device.engine.link(), Link::Away(Away::Outdated(who)));
    }
}

#[test]
fn operations_that_the_server_misses_are_sent_again() {
    let (mut device, _) = Device::with_lease();
    device.happens(Event::ActiveChosen {
        account: account(2),
    });
    device.answers(|_| done());
    device.happens(Event::ActiveChosen {
        account: account(1),
    });
    let (request, operations) = device.sent();
    let first = operations[0].sequence;
    assert!(first > 2);
    let lost = Trouble::Failed(Failure {
        code: FailureCode::OutOfOrder,
        sentence: String::new(),
        retry_after_s: None,
        expected: Some(2),
    });
    device.happens(Event::RequestFailed {
        request,
        trouble: lost,
    });
    let (_, operations) = device.sent();
    let numbers: Vec<_> = operations.iter().map(|one| one.sequence).collect();
    assert_eq!(numbers[..2], [2, 3]);
    assert!(numbers.contains(&first));
}

#[test]
fn late_result_of_a_request_that_was_broken_off_is_ignored() {
    let (mut device, _) = Device::with_lease();
    let late = device.fetching();
    device.fails(Trouble::Unreachable);
    let mut next = view(9);
    next.applied = 1;
    next.active = Some(account(2));
    device.happens(Event::ViewArrived {
        request: late,
        view: Box::new(next),
    });
    assert_eq!(device.engine.shown().active, Some(account(1)));
}

/// The simulator found that the same view was asked for twice a second.
#[test]
fn full_disk_does_not_make_the_device_ask_over_and_over() {
    let (mut device, _) = Device::with_lease();
    device.disk_full = true;
    for version in 3..6 {
        let mut next = view(version);
        next.applied = 1;
        device.shows(next);
        assert_eq!(device.engine.link(), Link::Away(Away::DiskFull));
        let fetches = |said: &[Instruction]| {
            let mut said = said.iter();
            said.any(|one| matches!(one, Instruction::Fetch { .. }))
        };
        assert!(!fetches(&device.passes(29_000)));
        assert!(fetches(&device.passes(20_000)));
    }
}

/// Found on a network of its own: as long as something else happened in the very moment of a
/// deadline, nobody was told anything.
#[test]
fn deadline_that_comes_with_another_event_is_kept() {
    let (mut device, _) = Device::with_lease();
    device.submits(1, 5);
    device.clock.since_boot_ms += VERDICT_DEADLINE_MS;
    let said = device.submits(2, 5);
    assert_eq!(device.engine.link(), Link::Away(Away::Silent));
    assert!(matches!(
        decisions(&said)[..],
        [Decision::Judged { lease: Some(_), .. }, ..]
    ));
}

#[test]
fn server_that_has_what_was_never_sent_is_not_the_one_it_was() {
    let (mut device, id) = Device::with_lease();
    device.fails(Trouble::Unreachable);
    device.submits(1, 5);
    let undelivered = device.engine.undelivered();
    device.passes(LONGEST_PAUSE_MS);
    let mut next = view(3);
    next.applied = 2;
    next.leases = vec![lease(id)];
    device.shows(next);
    assert_eq!(device.engine.link(), Link::Stopped(Stop::Diverged));
    assert_eq!(device.engine.undelivered(), undelivered);
}

fn pool_of(view: &View, number: u128) -> PoolBalance {
    PoolBalance::of(view.account(account(number)).expect("an account"))
}

/// The state that the server shows, with a pool in it.
fn with_pool(version: u64) -> View {
    let mut view = view(version);
    view.applied = 1;
    view.accounts[1].kind = Kind::Shared;
    view
}

#[test]
fn balances_of_pools_are_shown_and_asked_for_anew() {
    let (mut device, _) = Device::with_lease();
    device.shows(with_pool(9));
    let mut pool = pool_of(&with_pool(9), 2);
    pool.balance.pending = points(7);
    let news = |base, version, pool: &PoolBalance| Balances {
        protocol: PROTOCOL,
        base,
        version,
        pools: vec![pool.clone()],
    };
    let next = |said: &[Instruction]| {
        said.iter().find_map(|said| match said {
            Instruction::Fetch { after, wait, .. } => Some((*after, *wait)),
            _ => None,
        })
    };
    // More may follow on the same request, and then it is asked anew, at once.
    assert_eq!(next(&device.balances(news(9, 11, &pool))), None);
    assert_eq!(next(&device.balances(news(11, 12, &pool))), None);
    let request = device.fetching();
    let said = device.happens(Event::ViewUnchanged { request });
    assert_eq!(next(&said), Some((Some(12), true)));
    let pending = |device: &Device| {
        let shown = device.engine.shown();
        let mut accounts = shown.accounts.iter();
        accounts
            .find(|one| one.id == account(2))
            .map(|one| one.balance.pending)
    };
    assert_eq!(pending(&device), Some(points(7)));
    // After a restart as well.
    device.restart();
    assert_eq!(pending(&device), Some(points(7)));
    // What follows on another state, or is of what is no pool, is not taken.
    pool.balance.pending = points(8);
    let own = pool_of(&with_pool(9), 1);
    for wrong in [news(9, 14, &pool), news(12, 12, &pool), news(12, 14, &own)] {
        device.balances(wrong);
        assert_eq!(device.engine.link(), Link::Away(Away::Garbled));
        assert_ne!(pending(&device), Some(points(8)));
        device.passes(LONGEST_PAUSE_MS);
    }
    let newer = Balances {
        protocol: PROTOCOL + 1,
        ..news(12, 14, &pool)
    };
    device.balances(newer);
    assert_eq!(
        device.engine.link(),
        Link::Away(Away::Outdated(WhoUpdates::Client))
    );
}
