//! What must hold, seen by somebody who sees everything.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use platen_domain::DocumentState;
use platen_sync::engine::{Change, Link};
use platen_sync::wire::{Action, LeaseState, Operation};
use serde_json::Value;
use uuid::Uuid;

use crate::WAIT_BEFORE_WRITE_OFF;
use crate::authority::{Act, Authority, TrueBalance, TrueLease, Truth};
use crate::device::{Device, JobState, counts, right_time};
use crate::world::World;

/// Sees every disk and the ledger.
#[derive(Default)]
pub(crate) struct God {
    truth: Truth,
    /// What devices drew, by device and number of the operation.
    draws: BTreeMap<Uuid, BTreeMap<u64, Drawn>>,
    /// Points drawn by the rows of leases on disks.
    rows: BTreeMap<Uuid, i64>,
    wiped: BTreeSet<Uuid>,
    wiped_documents: BTreeSet<Uuid>,
    pub(crate) findings: Vec<String>,
}

#[derive(Clone, Copy)]
struct Drawn {
    lease: Uuid,
    document: Uuid,
    cost: i64,
}

impl God {
    pub(crate) fn found(&mut self, what: String) {
        self.findings.push(what);
    }

    pub(crate) fn leases(&self) -> impl Iterator<Item = Uuid> {
        let open = self.truth.leases.iter();
        open.filter(|(_, lease)| lease.state == LeaseState::Open)
            .map(|(id, _)| *id)
    }

    pub(crate) fn wiped(&mut self, device: Uuid, documents: impl Iterator<Item = Uuid>) {
        self.wiped.insert(device);
        self.wiped_documents.extend(documents);
    }

    /// A device wrote something to its disk: from now on it may act on it.
    pub(crate) fn written(&mut self, device: &Device, changes: &[Change]) {
        let decided = right_time(device.writing_since);
        for change in changes {
            let Some(value) = &change.value else {
                continue;
            };
            if change.key.starts_with("operation/") && value.contains("place_on_lease") {
                self.drew(device.id, value);
            }
            if change.key.starts_with("lease/") {
                self.lease_written(device, decided, value);
            }
        }
    }

    fn drew(&mut self, device: Uuid, row: &str) {
        let row: Value = serde_json::from_str(row).unwrap_or_default();
        let operation: Result<Operation, _> = serde_json::from_value(row["operation"].clone());
        if let Ok(Operation {
            sequence,
            action: Action::PlaceOnLease { document, draw, .. },
            ..
        }) = operation
        {
            let drawn = Drawn {
                lease: draw.lease.0,
                document: document.id.0,
                cost: draw.cost.hundredths(),
            };
            self.draws
                .entry(device)
                .or_default()
                .insert(sequence, drawn);
        }
    }

    /// While a device measures by a clock that nobody sets, it never draws on a
    /// lease whose time is over.
    fn lease_written(&mut self, device: &Device, now: Timestamp, row: &str) {
        let row: Value = serde_json::from_str(row).unwrap_or_default();
        let id = |name: &str| {
            row[name]
                .as_str()
                .and_then(|text| text.parse::<Uuid>().ok())
        };
        let points = row["drawn"].as_str().and_then(|text| text.parse().ok());
        let (Some(lease), Some(points)) = (id("id"), points) else {
            return self.found(format!("a row of a lease can't be read: {row}"));
        };
        let points = platen_domain::Points::hundredths(points);
        let before = self.rows.insert(lease, points).unwrap_or_default();
        let timed = id("boot") == Some(device.clock_boot());
        let over = self
            .truth
            .leases
            .get(&lease)
            .is_some_and(|lease| lease.ends_at <= now);
        if points > before && timed && over {
            self.found(format!("lease {lease} was drawn on after its end"));
        }
    }

    /// The ledger changed, by an act of people or by an operation; gives whether a
    /// shared pool did.
    pub(crate) fn look(&mut self, truth: Truth, act: Option<&Act>, now: Timestamp) -> bool {
        let mut faults = self.early(&truth, now);
        faults.extend(sums(&truth));
        faults.extend(
            truth
                .leases
                .iter()
                .filter_map(|(id, lease)| conserved(*id, lease)),
        );
        for (id, document) in &truth.documents {
            if document.charges > 1 {
                faults.push(format!("R-18: {id} was charged {} times", document.charges));
            }
        }
        faults.extend(self.undelivered(&truth));
        if !act.is_some_and(Act::is_administration) {
            faults.extend(self.overspent(&truth));
        }
        self.findings.extend(faults);
        let pools = !pools(&truth).eq(pools(&self.truth));
        self.truth = truth;
        pools
    }

    /// No lease is written off while its device's clock may still be right.
    fn early(&self, truth: &Truth, now: Timestamp) -> Vec<String> {
        let written_off = truth.leases.iter().filter(|(id, lease)| {
            let before = self.truth.leases.get(id).map(|lease| lease.state);
            lease.state == LeaseState::WrittenOff && before == Some(LeaseState::Open)
        });
        written_off
            .filter(|(_, lease)| now < lease.ends_at + WAIT_BEFORE_WRITE_OFF)
            .map(|(id, _)| format!("R-17: lease {id} was written off too early"))
            .collect()
    }

    /// What devices drew and did not deliver is still set aside for it.
    fn undelivered(&self, truth: &Truth) -> Vec<String> {
        let mut faults = Vec::new();
        for (device, draws) in &self.draws {
            if self.wiped.contains(device) {
                continue;
            }
            let applied = truth.applied.get(device).copied().unwrap_or_default();
            let mut drawn: BTreeMap<Uuid, i64> = BTreeMap::new();
            for one in draws.range(applied + 1..).map(|(_, one)| one) {
                *drawn.entry(one.lease).or_default() += one.cost;
            }
            for (id, drawn) in drawn {
                let Some(lease) = truth.leases.get(&id) else {
                    faults.push(format!("R-17: lease {id} was drawn on and never granted"));
                    continue;
                };
                let left = lease.granted - lease.drawn - lease.given_back;
                if lease.state != LeaseState::WrittenOff && drawn > left {
                    faults.push(format!(
                        "R-17: {drawn} are drawn on lease {id}, of which {left} are set aside"
                    ));
                }
            }
        }
        faults
    }

    /// Nobody is beyond his hard limit by more than he was, but for what was
    /// drawn on leases that were written off.
    fn overspent(&self, truth: &Truth) -> Vec<String> {
        let mut faults = Vec::new();
        for (holder, balance) in &truth.balances {
            let former = self.truth.balances.get(holder).copied().unwrap_or_default();
            let more = balance.excess() - former.excess();
            let late: i64 = truth
                .leases
                .iter()
                .filter(|(_, lease)| (lease.account, lease.holder.clone()) == *holder)
                .filter(|(_, lease)| lease.state == LeaseState::WrittenOff)
                .map(|(id, lease)| {
                    let before = self.truth.leases.get(id).map_or(0, |lease| lease.drawn);
                    lease.drawn - before
                })
                .sum();
            if more > late {
                faults.push(format!("R-17: {holder:?} is {more} more beyond its limit"));
            }
        }
        faults
    }
}

/// The balances of shared pools.
fn pools(truth: &Truth) -> impl Iterator<Item = (&Uuid, &TrueBalance)> {
    let balances = truth.balances.iter();
    balances
        .filter(|((_, holder), _)| holder.is_none())
        .map(|((account, _), balance)| (account, balance))
}

/// Balances are what their parts add up to.
fn sums(truth: &Truth) -> Vec<String> {
    let mut faults = Vec::new();
    let mut pending: BTreeMap<(Uuid, Option<String>), i64> = BTreeMap::new();
    let mut posted = pending.clone();
    let mut leased = pending.clone();
    for document in truth.documents.values() {
        let Some(account) = document.account else {
            continue;
        };
        let holder = (account, document.holder.clone());
        if document.state.is_reserved() {
            *pending.entry(holder.clone()).or_default() += document.cost;
        }
        *posted.entry(holder).or_default() += document.charged;
    }
    for lease in truth.leases.values() {
        if lease.state == LeaseState::Open {
            let left = lease.granted - lease.drawn - lease.given_back;
            *leased
                .entry((lease.account, lease.holder.clone()))
                .or_default() += left;
        }
    }
    for (holder, balance) in &truth.balances {
        let of = |sums: &BTreeMap<_, i64>| sums.get(holder).copied().unwrap_or_default();
        let parts = [
            ("pending", balance.pending, of(&pending)),
            ("leased", balance.leased, of(&leased)),
            ("posted", balance.posted, of(&posted) + balance.adjusted),
        ];
        for (what, stored, sum) in parts {
            if stored != sum {
                faults.push(format!(
                    "{what} of {holder:?} is {stored}, its parts are {sum}"
                ));
            }
        }
    }
    faults
}

/// granted = drawn + left + given back; more is drawn only on one that was
/// written off.
fn conserved(id: Uuid, lease: &TrueLease) -> Option<String> {
    let TrueLease {
        granted,
        drawn,
        given_back,
        state,
        written_off,
        ..
    } = lease;
    let holds = match state {
        LeaseState::Open => *given_back == 0 && drawn <= granted,
        // Its gate may speak after it was written off and more was drawn.
        LeaseState::Returned if !written_off => drawn + given_back == *granted,
        LeaseState::Returned | LeaseState::WrittenOff => drawn + given_back >= *granted,
        _ => false,
    };
    (!holds).then(|| {
        format!("lease {id} ({state:?}): {granted} granted, {drawn} drawn, {given_back} returned")
    })
}

impl<A: Authority> World<A> {
    /// What must hold once nothing goes wrong any more and all is delivered.
    pub(crate) fn check_healed(&mut self) {
        let now = right_time(self.now);
        let truth = self.authority.truth(now);
        if let Err(fault) = self.authority.verify() {
            self.god.found(fault);
        }
        for device in 0..self.devices.len() {
            if self.devices[device].revoked {
                continue;
            }
            let id = self.devices[device].id;
            let link = self.devices[device].engine.as_ref().map(|one| one.link());
            if link != Some(Link::Connected) {
                self.god
                    .found(format!("device {device} is not connected: {link:?}"));
                continue;
            }
            match self.authority.view(id, None, now) {
                Ok(None) => self.god.found("there is no view".to_owned()),
                Ok(Some(view)) => {
                    if let Some(what) = self.devices[device].differs(&view) {
                        self.god
                            .found(format!("device {device} shows another state: {what}"));
                    }
                }
                Err(failure) => self.god.found(format!("no view: {failure:?}")),
            }
            let faults = jobs(device, &self.devices[device], &truth);
            self.god.findings.extend(faults);
        }
        self.every_draw_counts(&truth);
    }

    /// Every draw of a device that came back is in the ledger.
    fn every_draw_counts(&mut self, truth: &Truth) {
        let mut faults = Vec::new();
        for (device, draws) in &self.god.draws {
            let gone = self
                .devices
                .iter()
                .all(|one| one.id != *device || one.revoked);
            if gone || self.god.wiped.contains(device) {
                continue;
            }
            let mut sums: BTreeMap<Uuid, i64> = BTreeMap::new();
            for one in draws.values() {
                *sums.entry(one.lease).or_default() += one.cost;
                if !truth.documents.contains_key(&one.document) {
                    faults.push(format!("{} was drawn and is not known", one.document));
                }
            }
            for (lease, sum) in sums {
                let drawn = truth.leases.get(&lease).map(|lease| lease.drawn);
                if drawn != Some(sum) {
                    faults.push(format!("{sum} drawn on lease {lease}, counted {drawn:?}"));
                }
            }
        }
        self.god.findings.extend(faults);
    }
}

/// Every document in one state, and what was printed charged once.
fn jobs(number: usize, device: &Device, truth: &Truth) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, job) in &device.jobs {
        let Some(document) = truth.documents.get(&id.0) else {
            if job.prints > 0 || device.promised.contains(id) {
                faults.push(format!("R-18: {} of device {number} is not known", id.0));
            }
            continue;
        };
        let state = document.state;
        if job.prints > 1 {
            faults.push(format!("{} was printed {} times", id.0, job.prints));
        }
        let charged = document.charges == 1 && document.charged == document.cost;
        if (job.prints > 0) != charged || (job.prints > 0) != (state == DocumentState::Printed) {
            faults.push(format!(
                "R-18: {} of device {number}: printed {} times, {state:?}, charged {} times {} of {}",
                id.0, job.prints, document.charges, document.charged, document.cost
            ));
        }
        if job.state == JobState::Deleted && counts(state) {
            faults.push(format!("{} is deleted, and {state:?} on the server", id.0));
        }
        if state == DocumentState::Releasing && job.state == JobState::Held {
            faults.push(format!("{} is being released, and nothing happens", id.0));
        }
    }
    faults
}
