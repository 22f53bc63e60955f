//! What people, machines and bad luck do next.

use platen_domain::{AccountId, DocumentId, LeaseId, PageFacts, PageRun, Points, Size};
use platen_sync::engine::{Event, Submission};
use platen_sync::wire::{Facts, NewDocument, Scope};
use uuid::Uuid;

use crate::authority::{Act, Authority, Enrolled, Policy};
use crate::device::{Job, JobState, Network, right_time};
use crate::world::{Next, World};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

impl<A: Authority> World<A> {
    /// Somebody does something, and somebody else does later.
    pub(crate) fn somebody(&mut self) {
        if self.people_left == 0 || self.healed {
            return;
        }
        self.people_left -= 1;
        let device = self.chance.below(self.devices.len());
        match self.chance.below(100) {
            0..=54 => self.user_does(device),
            55..=67 => self.portal_does(device),
            68..=77 => self.administrator_does(),
            _ => self.goes_wrong(device),
        }
        let pause = match self.chance.below(20) {
            0..=14 => self.chance.between(1, 5_000),
            15..=18 => self.chance.between(1_000, 10 * MINUTE),
            _ => self.night(),
        };
        let at = self.at(device);
        self.later(pause, at, Next::Somebody);
    }

    /// Most devices sleep, and nobody does anything.
    fn night(&mut self) -> u64 {
        let pause = self.chance.between(MINUTE, 12 * HOUR);
        for device in 0..self.devices.len() {
            if self.chance.happens(900) {
                let wakes = pause.saturating_sub(self.chance.between(0, 10 * MINUTE));
                let until = &mut self.devices[device].asleep_until;
                *until = (*until).max(self.now + wakes);
            } else {
                // Nobody leaves a disk full for a night.
                self.devices[device].disk_full = false;
            }
        }
        pause
    }

    fn account(&mut self) -> AccountId {
        let accounts = &self.beginning.accounts;
        accounts[self.chance.below(accounts.len())].id
    }

    fn facts(&mut self) -> Facts {
        let most = if self.chance.happens(200) { 60 } else { 12 };
        let page = PageFacts {
            size: Size::A4,
            colour: self.chance.happens(200),
        };
        let count = u32::try_from(self.chance.between(1, most)).unwrap_or(1);
        Facts {
            documents: vec![vec![PageRun { count, page }]],
            ..Facts::default()
        }
    }

    /// A job of a device in one of these states.
    fn job(&mut self, device: usize, state: JobState) -> Option<DocumentId> {
        let jobs = self.devices[device].jobs.iter();
        let jobs: Vec<_> = jobs
            .filter(|(_, job)| job.state == state)
            .map(|(id, _)| *id)
            .collect();
        // Rather one of the last.
        let from = jobs.len().saturating_sub(6);
        self.chance.one_of(&jobs[from..]).copied()
    }

    fn user_does(&mut self, device: usize) {
        if self.devices[device].engine.is_none() {
            return;
        }
        let what = self.chance.below(100);
        if what < 50 {
            return self.submits(device);
        }
        if what < 56 {
            let account = self.account();
            return self.happens(device, Event::ActiveChosen { account });
        }
        let Some(document) = self.job(device, JobState::Held) else {
            return self.submits(device);
        };
        let event = match what {
            56..=79 => Event::ReleaseAsked {
                document,
                printer: "Floor 2".into(),
            },
            80..=86 => {
                if let Some(job) = self.devices[device].jobs.get_mut(&document) {
                    job.state = JobState::Deleted;
                }
                Event::Deleted { document }
            }
            87..=92 => Event::AccountChanged {
                document,
                account: self.account(),
                scope: match self.chance.happens(500) {
                    true => Scope::AndActive,
                    false => Scope::ThisDocument,
                },
            },
            93..=96 => {
                let facts = self.facts();
                if let Some(job) = self.devices[device].jobs.get_mut(&document) {
                    job.submission.facts = facts.clone();
                }
                let facts = Box::new(facts);
                Event::Repriced { document, facts }
            }
            97..=98 => Event::Notified { document },
            _ => {
                let Some(job) = self.devices[device].jobs.get(&document) else {
                    return;
                };
                Event::Unreadable {
                    document: Box::new(job.submission.document.clone()),
                    problem: "It is protected by a password.".into(),
                }
            }
        };
        self.happens(device, event);
    }

    fn submits(&mut self, device: usize) {
        let account = self.chance.happens(200).then(|| self.account());
        let submission = Submission {
            document: NewDocument {
                id: DocumentId(Uuid::from_u128(self.chance.wide())),
                queue: "secure".into(),
                job_id: i32::try_from(self.chance.between(1, 1_000)).unwrap_or(1),
                name: "Thesis".into(),
                submitted_at: right_time(self.now),
            },
            facts: self.facts(),
            account,
        };
        let job = Job {
            submission,
            state: JobState::Held,
            used: Default::default(),
            prints: 0,
            settlement: None,
        };
        self.submit(device, job);
    }

    fn portal_does(&mut self, device: usize) {
        let user = self.user_of(device);
        let account = self.account();
        let Some(document) = self.job(device, JobState::Held) else {
            self.act(&Act::SetActive { user, account });
            return;
        };
        let act = match self.chance.below(5) {
            0 => Act::Delete { document },
            1 => Act::Move {
                user,
                document,
                account,
            },
            2 | 3 => Act::Release {
                document,
                nonce: Uuid::from_u128(self.chance.wide()),
            },
            _ => Act::SetActive { user, account },
        };
        self.act(&act);
    }

    fn administrator_does(&mut self) {
        let account = self.account();
        let leases: Vec<_> = self.god.leases().collect();
        let lease = self.chance.one_of(&leases).map(|id| LeaseId(*id));
        let points = |most: u64, chance: &mut crate::chance::Chance| {
            Points::whole(i64::try_from(chance.between(0, most)).unwrap_or(0)).unwrap_or_default()
        };
        let act = match (self.chance.below(12), lease) {
            (0 | 1, _) => {
                let limited = !self.chance.happens(100);
                Act::SetLimit {
                    account,
                    limit: limited.then(|| points(400, &mut self.chance)),
                    exceed_by: match limited {
                        true => points(30, &mut self.chance),
                        false => Points::ZERO,
                    },
                }
            }
            (2, _) => Act::Archive {
                account,
                archived: self.chance.happens(300),
            },
            (3 | 4, _) => {
                let device = self.chance.below(self.devices.len());
                let amount = points(60, &mut self.chance);
                Act::Adjust {
                    id: Uuid::from_u128(self.chance.wide()),
                    account,
                    user: self.user_of(device),
                    // Rather a credit.
                    points: match self.chance.happens(700) {
                        true => Points::ZERO.minus(amount).unwrap_or_default(),
                        false => amount,
                    },
                }
            }
            (5 | 6, Some(lease)) => Act::CallBack { lease },
            (7..=9, Some(lease)) => Act::WriteOff { lease },
            (10, _) => {
                let policy = Policy {
                    points: points(60, &mut self.chance),
                    days: u32::try_from(self.chance.between(1, 3)).unwrap_or(1),
                    write_off_days: u32::try_from(self.chance.between(0, 2)).unwrap_or(0),
                };
                Act::SetPolicy(policy)
            }
            _ => Act::Tick,
        };
        self.act(&act);
    }

    fn goes_wrong(&mut self, device: usize) {
        let at = self.at(device);
        match self.chance.below(24) {
            0..=6 => self.network_changes(device),
            7 => {
                // The whole site is cut off, or comes back.
                let network = match self.chance.happens(400) {
                    true => Network::Down,
                    false => Network::Up,
                };
                for one in &mut self.devices {
                    one.network = network;
                }
            }
            8..=11 => {
                let arrives = self.chance.happens(500);
                self.crash_device(device, arrives);
                let off = self.chance.between(10, 5 * MINUTE);
                self.later(off, at, Next::PowerOn);
            }
            12 | 13 => {
                let arrives = self.chance.happens(500);
                self.crash_device(device, arrives);
                let long = self.chance.happens(300);
                let most = if long { 100 * HOUR } else { 10 * MINUTE };
                let off = self.chance.between(1_000, most);
                let boot = Uuid::from_u128(self.chance.wide());
                self.devices[device].reboot(boot, self.now + off);
                self.later(off, at, Next::PowerOn);
            }
            14 => {
                let sleeps = self.chance.between(MINUTE, 30 * HOUR);
                self.devices[device].asleep_until = self.now + sleeps;
            }
            15 | 16 => {
                let full = &mut self.devices[device].disk_full;
                *full = !*full;
            }
            17 => {
                let days = i64::try_from(self.chance.between(0, 6)).unwrap_or(0) - 3;
                self.devices[device].set_wall(days * 24 * 3_600_000);
            }
            18 | 19 => {
                let server = self.chance.below(self.servers.len());
                self.crash_server(server);
            }
            20 => {
                let server = self.chance.below(self.servers.len());
                let busy = &mut self.servers[server].busy;
                *busy = !*busy;
            }
            21 => {
                let out = self.devices[device].signed_out;
                self.devices[device].signed_out = !out;
                if out {
                    self.happens(device, Event::SignedIn);
                }
            }
            22 if self.chance.happens(300) => self.reinstalls(device),
            23 if self.chance.happens(100) => {
                let id = self.devices[device].id;
                self.devices[device].revoked = true;
                self.act(&Act::Revoke { device: id });
            }
            _ => self.happens(device, Event::NetworkChanged),
        }
    }

    fn network_changes(&mut self, device: usize) {
        self.devices[device].network = match self.chance.below(10) {
            0..=2 => Network::Down,
            3..=5 => Network::Lossy,
            6 => Network::Captive,
            7 => Network::Intercepted,
            _ => Network::Up,
        };
        if self.chance.happens(700) {
            self.happens(device, Event::NetworkChanged);
        }
    }

    pub(crate) fn crash_device(&mut self, device: usize, write_arrives: bool) {
        let one = &self.devices[device];
        if let Some(changes) = one.writing.as_ref().filter(|_| write_arrives) {
            self.god.written(one, changes);
        }
        self.devices[device].crash(write_arrives);
    }

    /// The device's memory is gone, and it is enrolled as another; what was in
    /// its spooler is gone as well.
    fn reinstalls(&mut self, device: usize) {
        let former = self.devices[device].id;
        let id = Uuid::from_u128(self.chance.wide());
        let jobs = std::mem::take(&mut self.devices[device].jobs);
        self.god.wiped(former, jobs.keys().map(|id| id.0));
        self.devices[device].wipe(id);
        let user = self.user_of(device);
        self.act(&Act::Enrol(Enrolled { device: id, user }));
        let boot = Uuid::from_u128(self.chance.wide());
        self.devices[device].reboot(boot, self.now + MINUTE);
        let at = self.at(device);
        self.later(MINUTE, at, Next::PowerOn);
    }

    /// Nothing goes wrong from now on.
    pub(crate) fn heal(&mut self) {
        self.healed = true;
        for server in 0..self.servers.len() {
            self.servers[server].up = true;
            self.servers[server].busy = false;
        }
        for device in 0..self.devices.len() {
            let one = &mut self.devices[device];
            one.network = Network::Up;
            one.disk_full = false;
            one.asleep_until = 0;
            one.signed_out = false;
            one.set_wall(0);
            let at = self.at(device);
            if self.devices[device].engine.is_none() {
                let boot = Uuid::from_u128(self.chance.wide());
                self.devices[device].reboot(boot, self.now);
            }
            self.awake(device);
            self.later(1, at, Next::PowerOn);
            self.happens(device, Event::SignedIn);
            // What was answered before may still be on its way.
            let signed_in = Next::Arrives(Box::new(Event::SignedIn));
            self.later(2 * MINUTE, at, signed_in);
            for event in self.devices[device].deletions() {
                self.happens(device, event);
            }
            self.happens(device, Event::NetworkChanged);
        }
    }
}
