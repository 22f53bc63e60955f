//! The faults.

/// One fault: what stands once in a file, and what is put there instead.
pub(super) struct Mutant {
    pub(super) name: &'static str,
    pub(super) file: &'static str,
    pub(super) find: &'static str,
    pub(super) replace: &'static str,
}

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "draws-more-than-is-left",
        file: "crates/platen-sync/src/engine/offline.rs",
        find: "if left < cost {",
        replace: "if left < Points::ZERO {",
    },
    Mutant {
        name: "takes-the-servers-count-of-draws-over-its-own",
        file: "crates/platen-sync/src/engine/lease.rs",
        find: "drawn: drawn.max(lease.drawn),",
        replace: "drawn: drawn.min(lease.drawn),",
    },
    Mutant {
        name: "draws-on-leases-whose-time-is-over",
        file: "crates/platen-sync/src/engine/lease.rs",
        find: "self.open && !self.closing && self.lasts(state, clock)",
        replace: "self.open && !self.closing",
    },
    Mutant {
        name: "draws-on-leases-that-are-on-their-way-back",
        file: "crates/platen-sync/src/engine/lease.rs",
        find: "self.open && !self.closing && self.lasts(state, clock)",
        replace: "self.open && self.lasts(state, clock)",
    },
    Mutant {
        name: "believes-a-wall-clock-that-was-set-back",
        file: "crates/platen-sync/src/engine/lease.rs",
        find: "clock.wall >= state.meta.latest_wall && ",
        replace: "",
    },
    Mutant {
        name: "applies-a-view-over-pending-work",
        file: "crates/platen-sync/src/engine/show.rs",
        find: "if *number <= applied {",
        replace: "if *number <= applied || entry.answer.is_none() {",
    },
    Mutant {
        name: "takes-a-failed-write-for-a-good-one",
        file: "crates/platen-sync/src/engine.rs",
        find: "Event::StoreFailed(ticket) => self.store_failed(ticket),",
        replace: "Event::StoreFailed(ticket) => self.stored(ticket),",
    },
    Mutant {
        name: "gives-releases-out-that-the-server-may-know-of",
        file: "crates/platen-sync/src/engine/document.rs",
        find: "(number > self.meta.sent_through).then_some((number, draw.lease))",
        replace: "Some((number, draw.lease))",
    },
    Mutant {
        name: "prints-when-nobody-waits-any-more",
        file: "crates/platen-sync/src/engine/arrival.rs",
        find: "if until.is_some_and(|until| until > now) {",
        replace: "if until.is_none_or(|until| until > now) {",
    },
    Mutant {
        name: "draws-on-leases-that-it-does-not-remember",
        file: "crates/platen-sync/src/engine/arrival.rs",
        find: "if former.is_none() && !asked_for {",
        replace: "if former.is_none() && !asked_for && view.version == 0 {",
    },
    Mutant {
        name: "goes-back-to-an-older-view",
        file: "crates/platen-sync/src/engine/arrival.rs",
        find: "if expected.is_some_and(|held| view.version < held) {",
        replace: "if expected.is_some_and(|held| view.version < held && held < view.version) {",
    },
    Mutant {
        name: "never-waits-longer",
        file: "crates/platen-sync/src/engine/link.rs",
        find: "FIRST_PAUSE_MS << self.failures.min(6)",
        replace: "FIRST_PAUSE_MS",
    },
    Mutant {
        name: "grants-beyond-the-limit",
        file: "crates/platen-ledger/src/rules/lease.rs",
        find: "room.map_or(ask.points, |room| room.min(ask.points))",
        replace: "room.map_or(ask.points, |_| ask.points)",
    },
    Mutant {
        name: "writes-a-lease-off-before-its-time",
        file: "crates/platen-ledger/src/rules/lease.rs",
        find: "if !record.lease.can_be_written_off(now) {",
        replace: "if record.lease.made_at > now {",
    },
    Mutant {
        name: "gives-a-drawn-document-back-to-the-lease",
        file: "crates/platen-ledger/src/rules/lease.rs",
        find: "lease.drawn = lease.drawn.plus(cost)?;",
        replace: "lease.drawn = lease.drawn.max(cost);",
    },
    Mutant {
        name: "counts-a-draw-twice",
        file: "crates/platen-ledger/src/rules/reserve.rs",
        find: "        return_reservation(tx, &record)?;\n        let document = &mut record.document;\n        document.state = DocumentState::Submitted;",
        replace: "        let document = &mut record.document;\n        document.state = DocumentState::Submitted;",
    },
    Mutant {
        name: "says-that-more-was-applied",
        file: "crates/platen-authority/src/view.rs",
        find: "applied: device.applied,",
        replace: "applied: device.applied + 1,",
    },
    Mutant {
        name: "delivers-a-document-as-held-that-is-being-printed",
        file: "crates/platen-sync/src/engine/document.rs",
        find: "*release = given_out;",
        replace: "*release = None.filter(|_: &GivenOut| given_out.is_some());",
    },
    Mutant {
        name: "returns-a-lease-without-the-word-of-its-gate",
        file: "crates/platen-sync/src/engine/upkeep.rs",
        find: "if draft.state.signed(id).is_none() {",
        replace: "if !is_returned(&draft.state, id) {",
    },
    Mutant {
        name: "closes-a-lease-that-the-gate-is-about-to-print-on",
        file: "crates/platen-sync/src/engine/upkeep.rs",
        find: "document.lease == Some(lease) && document.state == Some(DocumentState::Releasing)",
        replace: "document.lease == Some(lease) && document.state.is_none()",
    },
    Mutant {
        name: "believes-the-device-instead-of-its-gate",
        file: "crates/platen-ledger/src/rules/lease.rs",
        find: "sum = sum.plus(cost.minus(covered)?)?;",
        replace: "sum = sum.plus(covered.minus(covered)?)?;",
    },
    Mutant {
        name: "keeps-the-younger-of-two-leases-however-little-it-has",
        file: "crates/platen-sync/src/engine/upkeep.rs",
        find: "(!self.is_old(lease, lasts_ms), lease.left(), lease.order())",
        replace: "(!self.is_old(lease, lasts_ms), lease.order())",
    },
    Mutant {
        name: "gives-an-old-answer-to-another-request",
        file: "crates/platen-ledger/src/rules/device.rs",
        find: "if stored.id == delivery.id && stored.request == delivery.request",
        replace: "if stored.sequence == delivery.sequence",
    },
    Mutant {
        name: "forgets-what-it-answered",
        file: "crates/platen-ledger/src/rules/device.rs",
        find: "    tx.put_delivery(StoredDelivery {\n        device: device.id,\n        sequence: delivery.sequence,\n        id: delivery.id,\n        request: delivery.request,\n        outcome: outcome.clone(),\n        made_at: moment.now,\n    })?;\n",
        replace: "",
    },
    Mutant {
        name: "carries-a-request-out-again",
        file: "crates/platen-ledger/src/rules/device.rs",
        find: "    if delivery.sequence > device.applied {",
        replace: "    if delivery.sequence <= device.applied {\n        return Ok(Turn::Now(device));\n    }\n    if delivery.sequence > device.applied {",
    },
    Mutant {
        name: "lets-a-device-draw-on-what-another-was-granted",
        file: "crates/platen-ledger/src/rules/device.rs",
        find: "            if let Some(lease) = placed.ask.lease {\n                lease::is_of(tx, lease, device)?;\n            }\n",
        replace: "",
    },
    Mutant {
        name: "does-not-tell-whoever-waits-of-his-own-things",
        file: "crates/platen-web/src/hub.rs",
        find: "waiting.heard().own = self.number;",
        replace: "",
    },
    Mutant {
        name: "counts-one-approval-twice",
        file: "crates/platen-gate/src/counter.rs",
        find: "    if used::is_used(&places.used, print.nonce) {\n        return Err(UsedError::Already.into());\n    }\n",
        replace: "",
    },
];
