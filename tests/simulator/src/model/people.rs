//! What the model does for people and by itself.

use jiff::{SignedDuration, Timestamp};
use platen_domain::{DocumentState, LeaseId};
use platen_sync::wire::{LeaseState, Scope};

use super::{Device, Model, WAIT_BEFORE_WRITE_OFF};
use crate::authority::Act;

impl Model {
    pub(super) fn carry_out_act(&mut self, act: &Act, now: Timestamp) -> bool {
        match act {
            Act::Delete { document } => {
                let user = self
                    .documents
                    .get(&document.0)
                    .map(|kept| kept.user.clone());
                user.is_some_and(|user| self.delete(&user, document.0).is_ok())
            }
            Act::Move {
                user,
                document,
                account,
            } => self
                .move_document(
                    user.as_str(),
                    document.0,
                    *account,
                    Scope::ThisDocument,
                    now,
                )
                .is_ok(),
            Act::Release { document, nonce } => {
                let user = self
                    .documents
                    .get(&document.0)
                    .map(|kept| kept.user.clone());
                let mut release =
                    |user: String| self.begin_release(&user, document.0, "Hall", *nonce);
                user.is_some_and(|user| release(user).is_ok())
            }
            Act::SetActive { user, account } => self.set_active(user.as_str(), *account).is_ok(),
            Act::SetLimit {
                account,
                limit,
                exceed_by,
            } => self.accounts.get_mut(&account.0).is_some_and(|known| {
                known.limit = *limit;
                known.exceed_by = *exceed_by;
                true
            }),
            Act::Archive { account, archived } => {
                self.accounts.get_mut(&account.0).is_some_and(|known| {
                    known.archived = *archived;
                    true
                })
            }
            Act::Adjust {
                account,
                user,
                points,
                ..
            } => {
                let holder = self.holder(account.0, user.as_str());
                let balance = self.balances.entry(holder.clone()).or_default();
                balance.posted = balance.posted.plus(*points).expect("small sums");
                *self.adjusted.entry(holder).or_default() += points.hundredths();
                true
            }
            Act::CallBack { lease } => self.leases.get_mut(&lease.0).is_some_and(|known| {
                known.called_back = true;
                true
            }),
            Act::WriteOff { lease } => self.write_off(*lease, WAIT_BEFORE_WRITE_OFF, now),
            Act::SetPolicy(policy) => {
                self.policy = *policy;
                true
            }
            Act::Revoke { device } => self.devices.get_mut(device).is_some_and(|known| {
                known.revoked = true;
                true
            }),
            Act::Enrol(enrolled) => {
                let device = Device {
                    user: enrolled.user.as_str().to_owned(),
                    revoked: false,
                    applied: 0,
                    answers: std::collections::BTreeMap::new(),
                };
                self.devices.insert(enrolled.device, device);
                true
            }
            Act::Tick => self.tick(now),
        }
    }

    fn write_off(&mut self, id: LeaseId, wait: SignedDuration, now: Timestamp) -> bool {
        let due = self
            .leases
            .get(&id.0)
            .is_some_and(|lease| lease.state == LeaseState::Open && lease.ends_at + wait <= now);
        if due {
            self.end_lease(id, LeaseState::WrittenOff);
        }
        due
    }

    fn tick(&mut self, now: Timestamp) -> bool {
        let overdue: Vec<_> =
            self.documents
                .iter()
                .filter(|(_, kept)| {
                    kept.shown.hold_until.is_some_and(|until| until <= now)
                        && kept.shown.state.is_some_and(|state| {
                            state.is_open() && state != DocumentState::Releasing
                        })
                })
                .map(|(id, _)| *id)
                .collect();
        for id in &overdue {
            self.close(*id, DocumentState::Expired);
        }
        let mut done = !overdue.is_empty();
        if self.policy.write_off_days > 0 {
            let days = i64::from(self.policy.write_off_days);
            let leases: Vec<_> = self.leases.keys().map(|id| LeaseId(*id)).collect();
            for lease in leases {
                done |= self.write_off(lease, SignedDuration::from_hours(24 * days), now);
            }
        }
        // A lease that ends is shown otherwise from then on.
        let ended = self.leases.values().any(|lease| {
            lease.state == LeaseState::Open
                && lease.left() > 0
                && lease.ends_at <= now
                && lease.ends_at + SignedDuration::from_mins(11) > now
        });
        done || ended
    }
}
