//! Whatever happens in whatever order: nothing panics, nothing is sent or told
//! that is not on the disk, and no lease is overdrawn.

use std::collections::BTreeMap;

use platen_domain::{LeaseId, Points};
use platen_sync::engine::{Event, Instruction, Link, RequestId, Trouble};
use platen_sync::wire::{
    Action, Answer, Answered, Answers, Failure, FailureCode, PROTOCOL, Received, Scope, Settlement,
};
use proptest::prelude::*;

use crate::device::{Device, account, document, done, facts, held, lease, submission, view};

#[derive(Clone, Debug)]
enum Step {
    Submit(u8, u32),
    Reprice(u8, u32),
    Move(u8, bool),
    Choose(bool),
    Delete(u8),
    Release(u8),
    Settle(u8),
    Pass(u32),
    View { lag: u8, called_back: bool },
    Answer { upto: u8, refuse: bool },
    Fail(u8),
    Disk(bool),
    Restart,
    Reboot,
    SignIn,
}

fn step() -> impl Strategy<Value = Step> {
    let few = 0..5_u8;
    prop_oneof![
        4 => (few.clone(), 1..40_u32).prop_map(|(one, pages)| Step::Submit(one, pages)),
        1 => (few.clone(), 1..40_u32).prop_map(|(one, pages)| Step::Reprice(one, pages)),
        1 => (few.clone(), any::<bool>()).prop_map(|(one, to)| Step::Move(one, to)),
        1 => any::<bool>().prop_map(Step::Choose),
        1 => few.clone().prop_map(Step::Delete),
        2 => few.clone().prop_map(Step::Release),
        1 => few.prop_map(Step::Settle),
        3 => (0..200_000_000_u32).prop_map(Step::Pass),
        6 => (0..3_u8, any::<bool>()).prop_map(|(lag, called_back)| Step::View {
            lag,
            called_back: called_back && lag == 0,
        }),
        5 => (0..9_u8, any::<bool>()).prop_map(|(upto, refuse)| Step::Answer { upto, refuse }),
        2 => (0..9_u8).prop_map(Step::Fail),
        1 => any::<bool>().prop_map(Step::Disk),
        1 => Just(Step::Restart),
        1 => Just(Step::Reboot),
        1 => Just(Step::SignIn),
    ]
}

/// A server that takes every operation for done.
#[derive(Default)]
struct Server {
    version: u64,
    applied: u64,
    leases: Vec<LeaseId>,
}

struct Run {
    device: Device,
    server: Server,
    looked_at: usize,
}

impl Run {
    fn happens(&mut self, event: Event) {
        self.device.happens(event);
        for said in &self.device.said[self.looked_at..] {
            if let Instruction::Send { batch, .. } = said {
                let read = Received::from_json(batch.json().as_bytes()).expect("a good batch");
                for operation in read.operations {
                    let stored = self
                        .device
                        .disk
                        .values()
                        .any(|row| row.contains(&operation.id.to_string()));
                    assert!(stored, "sent and not stored: {operation:?}");
                }
            }
        }
        self.looked_at = self.device.said.len();
        self.check_leases();
    }

    fn check_leases(&self) {
        let rows = self
            .device
            .disk
            .iter()
            .filter(|(key, _)| key.starts_with("lease/"));
        for (_, row) in rows {
            let row: serde_json::Value = serde_json::from_str(row).expect("JSON");
            let points = |name: &str| -> Points {
                row[name]
                    .as_str()
                    .and_then(|text| text.parse().ok())
                    .expect("points")
            };
            assert!(points("drawn") <= points("granted"), "{row}");
        }
        let mut drawn = BTreeMap::new();
        for action in self.device.outbox() {
            if let Action::PlaceOnLease { draw, .. } = action {
                *drawn.entry(draw.lease).or_insert(0) += draw.cost.hundredths();
            }
        }
        assert!(drawn.values().all(|drawn| *drawn <= 5_000), "{drawn:?}");
    }

    fn request(&self, of: impl Fn(&Instruction) -> Option<RequestId>) -> Option<RequestId> {
        self.device.said.iter().rev().find_map(of)
    }

    fn take(&mut self, step: Step) {
        let doc = |one: u8| document(one.into());
        match step {
            Step::Submit(one, pages) => {
                self.happens(Event::Submitted(Box::new(submission(one.into(), pages))));
            }
            Step::Reprice(one, pages) => self.happens(Event::Repriced {
                document: doc(one),
                facts: Box::new(facts(pages)),
            }),
            Step::Move(one, to) => self.happens(Event::AccountChanged {
                document: doc(one),
                account: account(1 + u128::from(to)),
                scope: Scope::AndActive,
            }),
            Step::Choose(other) => self.happens(Event::ActiveChosen {
                account: account(1 + u128::from(other)),
            }),
            Step::Delete(one) => self.happens(Event::Deleted { document: doc(one) }),
            Step::Release(one) => self.happens(Event::ReleaseAsked {
                document: doc(one),
                printer: "P".into(),
            }),
            Step::Settle(one) => self.happens(Event::Settled {
                document: doc(one),
                settlement: Settlement::Printed { sides: 0 },
            }),
            Step::Pass(ms) => {
                self.device.clock.since_boot_ms += u64::from(ms);
                self.happens(Event::Woke);
            }
            Step::View { lag, called_back } => self.shows(lag, called_back),
            Step::Answer { upto, refuse } => self.answers(upto, refuse),
            Step::Fail(which) => self.fails(which),
            Step::Disk(full) => self.device.disk_full = full,
            Step::Restart => drop(self.device.restart()),
            Step::Reboot => self.device.reboot(jiff::SignedDuration::from_mins(5)),
            Step::SignIn => self.happens(Event::SignedIn),
        }
    }

    fn shows(&mut self, lag: u8, called_back: bool) {
        let Some(request) = self.request(|said| match said {
            Instruction::Fetch { request, .. } => Some(*request),
            _ => None,
        }) else {
            return;
        };
        self.server.version += 1;
        let mut next = view(self.server.version);
        next.applied = self.server.applied.saturating_sub(u64::from(lag));
        next.documents = vec![held(1, 5), held(2, 5)];
        next.leases = self.server.leases.iter().map(|id| lease(*id)).collect();
        for lease in &mut next.leases {
            lease.called_back = called_back;
        }
        self.happens(Event::ViewArrived {
            request,
            view: Box::new(next),
        });
    }

    fn answers(&mut self, upto: u8, refuse: bool) {
        let Some((request, operations)) = self.device.sent_at_all() else {
            return;
        };
        let mut answers = Vec::new();
        for operation in operations.iter().take(upto.into()) {
            if let Action::AskLease { lease, .. } = operation.action
                && !self.server.leases.contains(&lease)
            {
                self.server.leases.push(lease);
            }
            self.server.applied = self.server.applied.max(operation.sequence);
            answers.push(Answer {
                id: operation.id,
                sequence: operation.sequence,
                result: if refuse {
                    Answered::refused(platen_sync::wire::RefusalCode::WrongState, "No.")
                } else {
                    done()
                },
            });
        }
        let answers = Box::new(Answers {
            protocol: PROTOCOL,
            server_time: self.device.clock.wall,
            answers,
        });
        self.happens(Event::AnswersArrived { request, answers });
    }

    fn fails(&mut self, which: u8) {
        let Some(request) = self.request(|said| match said {
            Instruction::Fetch { request, .. } | Instruction::Send { request, .. } => {
                Some(*request)
            }
            _ => None,
        }) else {
            return;
        };
        let failed = |code| {
            Trouble::Failed(Failure {
                code,
                sentence: String::new(),
                retry_after_s: Some(u32::MAX),
                expected: Some(3),
            })
        };
        let trouble = match which {
            0 => Trouble::Certificate,
            1 => Trouble::NotOurs,
            2 => Trouble::Unavailable {
                retry_after_s: Some(u32::MAX),
            },
            3 => failed(FailureCode::OutOfOrder),
            4 => failed(FailureCode::SignedOut),
            5 => failed(FailureCode::Malformed),
            6 => failed(FailureCode::Unknown),
            _ => Trouble::Unreachable,
        };
        self.happens(Event::RequestFailed { request, trouble });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn nothing_breaks_whatever_happens(steps in prop::collection::vec(step(), 1..80)) {
        let mut run = Run {
            device: Device::new(),
            server: Server::default(),
            looked_at: 0,
        };
        for step in steps {
            run.take(step);
            let engine = &run.device.engine;
            if matches!(engine.link(), Link::Away(_)) {
                // It goes on by itself, whatever it waits for.
                let fetches = engine.waits_on().is_some();
                prop_assert!(engine.wake_at().is_some() || fetches || engine.is_asking());
            }
        }
    }
}
