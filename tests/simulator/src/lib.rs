//! The sync layer, simulated.
//!
//! Many clients with their disks, clocks, spoolers and printers, a network that
//! loses, doubles and delays, servers that fall, people who do what they like:
//! all of it in virtual time, out of one seed, so that a run can be repeated
//! exactly. The clients are the real engine and the messages the real messages.
//! After every step it is checked what must hold; at the end everything heals,
//! and then every device must show what the ledger holds.

mod authority;
mod chance;
mod check;
mod device;
mod gate;
mod model;
mod people;
mod pools;
mod real;
mod world;

use jiff::SignedDuration;
use platen_domain::{AccountId, Points, PrintRates, RateCard, UserId};
use uuid::Uuid;

pub use authority::{
    Act, Authority, Beginning, Enrolled, Policy, SimAccount, TrueBalance, TrueDocument, TrueLease,
    Truth,
};
pub use chance::Chance;
pub use model::Model;
pub use real::Real;

use world::{Next, World};

/// How long a run goes on after everything healed. Units: milliseconds.
const HEALING_MS: u64 = 40 * 60_000;
/// How long a run lasts at most before everything heals. Units: milliseconds.
const LONGEST_MS: u64 = 30 * 24 * 3_600_000;

/// How large a run is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Devices at least.
    pub least_devices: u64,
    /// Devices at most.
    pub devices: u64,
    /// People at most.
    pub people: u64,
    /// How often somebody does something.
    pub acts: u32,
    /// How soon at the latest servers look after a change. Units: milliseconds.
    pub look_ms: u64,
    /// Steps at most: a run that has more goes round in circles.
    pub steps: u64,
}

impl Size {
    /// The size of most runs from the command line.
    pub const FULL: Self = Self {
        least_devices: 5,
        devices: 40,
        people: 8,
        acts: 250,
        look_ms: 40,
        steps: 3_000_000,
    };
    /// The size of every tenth run from the command line: a site with hundreds of clients.
    pub const LARGE: Self = Self {
        least_devices: 200,
        devices: 400,
        people: 150,
        acts: 200,
        // Of each change everybody's state would be read.
        look_ms: 2_000,
        steps: 3_000_000,
    };
    /// The size of a run among the tests.
    pub const SMALL: Self = Self {
        least_devices: 5,
        devices: 6,
        people: 8,
        acts: 60,
        look_ms: 40,
        steps: 100_000,
    };

    /// The size of a seed's run from the command line.
    #[must_use]
    pub const fn of(seed: u64) -> Self {
        match seed.is_multiple_of(10) {
            true => Self::LARGE,
            false => Self::FULL,
        }
    }
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What happened in it, counted.
    pub steps: u64,
    /// The same for the same run.
    pub trace: u64,
    /// What did not hold; the first of it.
    pub findings: Vec<String>,
}

/// Runs one seed on the server that `serve` makes.
pub fn run<A: Authority>(seed: u64, size: Size, serve: impl FnOnce(&Beginning) -> A) -> Outcome {
    let mut chance = Chance::new(seed);
    let beginning = beginning(&mut chance, size);
    let servers = usize::try_from(chance.between(1, 4)).unwrap_or(1);
    let acts = u32::try_from(chance.between(size.acts.into(), 2 * u64::from(size.acts)));
    let authority = serve(&beginning);
    let mut world = World::new(authority, beginning, chance, servers, size.look_ms);
    world.people_left = acts.unwrap_or(size.acts);
    for device in 0..world.devices.len() {
        let at = world.at(device);
        world.later(1, at, Next::PowerOn);
    }
    let at = world.at(0);
    world.later(2_000, at, Next::Somebody);
    world.later(60_000, at, Next::Tick);
    while world.people_left > 0
        && world.now < LONGEST_MS
        && world.may_go_on(size)
        && world.step(LONGEST_MS)
    {}
    world.heal();
    let until = world.now + HEALING_MS;
    while world.may_go_on(size) && world.step(until) {}
    if world.god.findings.is_empty() {
        world.check_healed();
    }
    Outcome {
        steps: world.steps,
        trace: world.trace(),
        findings: world.god.findings,
    }
}

fn beginning(chance: &mut Chance, size: Size) -> Beginning {
    let points = |whole: u64| Points::whole(i64::try_from(whole).unwrap_or(0)).unwrap_or_default();
    let id = |chance: &mut Chance| Uuid::from_u128(chance.wide());
    let names = ["Biology", "chemistry", "Physics", "Thesis", "Zoology"];
    let mut accounts = Vec::new();
    for name in names
        .iter()
        .take(usize::try_from(chance.between(1, 5)).unwrap_or(1))
    {
        let limited = !chance.happens(150);
        accounts.push(SimAccount {
            id: AccountId(id(chance)),
            name: (*name).to_owned(),
            shared: chance.happens(400),
            limit: limited.then(|| points(chance.between(0, 300))),
            exceed_by: match limited && chance.happens(500) {
                true => points(chance.between(0, 30)),
                false => Points::ZERO,
            },
        });
    }
    let users = chance.between(1, size.people);
    let count = chance.between(size.least_devices, size.devices);
    let mut devices = Vec::new();
    for _ in 0..count {
        devices.push(Enrolled {
            device: id(chance),
            user: UserId::local(&format!("user{}", chance.between(1, users))),
        });
    }
    let rate = |whole: i64| Points::from_hundredths(whole);
    let rates = |factor: i64| PrintRates {
        mono_simplex: rate(100 * factor),
        mono_duplex: rate(75 * factor),
        colour_simplex: rate(250 * factor),
        colour_duplex: rate(200 * factor),
    };
    Beginning {
        accounts,
        card: RateCard {
            version: 1,
            rows: Vec::new(),
            other_print: rates(1),
            other_copy: rates(1),
        },
        devices,
        policy: Policy {
            points: points(chance.between(0, 60)),
            days: u32::try_from(chance.between(1, 3)).unwrap_or(1),
            write_off_days: u32::try_from(chance.between(0, 2)).unwrap_or(0),
        },
    }
}

/// How long after its end a lease may be written off by hand.
pub const WAIT_BEFORE_WRITE_OFF: SignedDuration = model::WAIT_BEFORE_WRITE_OFF;
