//! What the model does with operations.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use platen_domain::price::price;
use platen_domain::{AccountId, DocumentState, LeaseId, Points, judge, judge_leased};
use platen_sync::wire::{
    Action, Document, Done, Draw, Facts, GivenOut, LeaseState, NewDocument, RefusalCode, Scope,
    Settlement,
};
use uuid::Uuid;

use crate::gate;

use super::{Done as Outcome, Granted, HOLD, Kept, Model, is_permitted, refused};

impl Model {
    pub(super) fn carry_out(
        &mut self,
        device: Uuid,
        user: &str,
        action: &Action,
        now: Timestamp,
    ) -> Outcome {
        match action {
            Action::Place {
                document,
                facts,
                account,
            } => self.place(device, user, document, facts, *account, now),
            Action::PlaceOnLease {
                document,
                facts,
                draw,
                release,
            } => {
                self.know(device, user, document)?;
                self.place_on_lease((device, user), document.id.0, facts, draw, now)?;
                self.given_out(document.id.0, release.as_ref());
                self.done(document.id.0)
            }
            Action::Reprice { document, facts } => self.reprice(user, document.0, facts, now),
            Action::ChangeAccount {
                document,
                account,
                scope,
            } => self.move_document(user, document.0, *account, *scope, now),
            Action::SetActive { account } => self.set_active(user, *account),
            Action::Delete { document } => self.delete(user, document.0),
            Action::BeginRelease {
                document,
                printer,
                nonce,
            } => self.begin_release(user, document.0, printer, *nonce),
            Action::AbandonRelease { document, reason } => {
                let kept = self.own(user, document.0)?;
                match kept.shown.state {
                    Some(DocumentState::Held) => {}
                    Some(DocumentState::Releasing) => {
                        kept.shown.state = Some(DocumentState::Held);
                        kept.shown.release = None;
                        kept.shown.reason = Some(reason.clone());
                        kept.shown.hold_until = now.checked_add(HOLD).ok();
                    }
                    _ => return Err(refused(RefusalCode::WrongState)),
                }
                self.done(document.0)
            }
            Action::Settle {
                document,
                settlement,
            } => self.settle(user, document.0, settlement),
            Action::Unreadable { document, problem } => {
                self.know(device, user, document)?;
                self.mark_unreadable(user, document.id.0, problem, now)
            }
            Action::Notified { document } => {
                self.own(user, document.0)?.shown.notified = true;
                self.done(document.0)
            }
            Action::AskLease {
                lease,
                account,
                points,
            } => self.grant(device, user, lease.0, *account, *points, now),
            Action::ReturnLease { lease, receipt } => {
                self.take_back(device, lease.0, receipt.as_deref(), now)
            }
            Action::Unknown => Err(refused(RefusalCode::Unsupported)),
        }
    }

    fn own(&mut self, user: &str, document: Uuid) -> Result<&mut Kept, super::Refused> {
        let kept = self
            .documents
            .get_mut(&document)
            .ok_or_else(|| refused(RefusalCode::UnknownDocument))?;
        if kept.user != user {
            return Err(refused(RefusalCode::NotYours));
        }
        Ok(kept)
    }

    fn done(&self, document: Uuid) -> Outcome {
        let kept = &self.documents[&document];
        let account = kept
            .shown
            .account
            .map(|id| self.account_view(id.0, &kept.user));
        Ok(Done {
            verdict: kept.shown.verdict,
            document: Some(kept.shown.clone()),
            account,
            lease: None,
        })
    }

    fn know(
        &mut self,
        device: Uuid,
        user: &str,
        document: &NewDocument,
    ) -> Result<(), super::Refused> {
        if self.documents.contains_key(&document.id.0) {
            return self.own(user, document.id.0).map(drop);
        }
        let shown = Document {
            id: document.id,
            device: Some(device),
            queue: document.queue.clone(),
            name: document.name.clone(),
            state: Some(DocumentState::Submitted),
            reason: None,
            account: None,
            cost: None,
            lease: None,
            charged: None,
            verdict: None,
            release: None,
            submitted_at: document.submitted_at,
            hold_until: None,
            notified: false,
        };
        let kept = Kept {
            shown,
            user: user.to_owned(),
            facts: Facts::default(),
            holder: None,
            settlement: None,
            charges: 0,
        };
        self.documents.insert(document.id.0, kept);
        Ok(())
    }

    fn cost(&self, facts: &Facts) -> Result<Points, super::Refused> {
        price(&self.card, &facts.pages(), &facts.finishing)
            .map(|receipt| receipt.total)
            .map_err(|_| refused(RefusalCode::NoPrice))
    }

    fn place(
        &mut self,
        device: Uuid,
        user: &str,
        document: &NewDocument,
        facts: &Facts,
        account: Option<AccountId>,
        now: Timestamp,
    ) -> Outcome {
        let id = document.id.0;
        let state = self.documents.get(&id).and_then(|kept| kept.shown.state);
        let waits = [
            None,
            Some(DocumentState::Submitted),
            Some(DocumentState::Unreadable),
        ];
        if !waits.contains(&state) {
            if self.own(user, id)?.facts != *facts {
                return Err(refused(RefusalCode::ExistsWithDifferent));
            }
            return self.done(id);
        }
        let cost = self.cost(facts)?;
        let account = self.usable(user, account)?;
        self.know(device, user, document)?;
        self.reserve(id, facts, cost, account, now);
        if is_permitted(self.documents[&id].shown.verdict)
            && let Some(account) = account
        {
            self.active.insert(user.to_owned(), account);
        }
        self.done(id)
    }

    /// Judges a document that holds nothing, and reserves its points.
    fn reserve(
        &mut self,
        id: Uuid,
        facts: &Facts,
        cost: Points,
        account: Option<Uuid>,
        now: Timestamp,
    ) {
        let user = self.documents[&id].user.clone();
        let holder = account.map(|account| self.holder(account, &user));
        let verdict = holder.as_ref().map(|holder| {
            let balance = self.balance(holder);
            judge(&self.accounts[&holder.0], balance, cost).expect("small sums")
        });
        let verdict = verdict.unwrap_or(platen_domain::Verdict::Declined {
            available: Points::ZERO,
        });
        let permitted = is_permitted(Some(verdict));
        if let Some(holder) = holder.as_ref().filter(|_| permitted) {
            self.change(holder, cost.hundredths(), 0);
        }
        let kept = self.documents.get_mut(&id).expect("a known document");
        kept.facts = facts.clone();
        kept.holder = holder;
        kept.shown.account = account.map(AccountId);
        kept.shown.cost = Some(cost);
        kept.shown.lease = None;
        kept.shown.verdict = Some(verdict);
        kept.shown.reason = None;
        kept.shown.hold_until = now.checked_add(HOLD).ok();
        kept.shown.state = Some(if permitted {
            DocumentState::Held
        } else {
            DocumentState::Canceled
        });
    }

    fn give_back(&mut self, id: Uuid) {
        let kept = &self.documents[&id];
        let cost = kept.shown.cost.unwrap_or_default().hundredths();
        if let (true, Some(holder)) = (kept.is_reserved(), kept.holder.clone()) {
            self.change(&holder, -cost, 0);
        }
    }

    fn place_on_lease(
        &mut self,
        (device, user): (Uuid, &str),
        id: Uuid,
        facts: &Facts,
        draw: &Draw,
        now: Timestamp,
    ) -> Result<(), super::Refused> {
        if self.cost(facts)? != draw.cost {
            return Err(refused(RefusalCode::ExistsWithDifferent));
        }
        let lease = self
            .leases
            .get(&draw.lease.0)
            .filter(|lease| lease.user == user && lease.device == device)
            .ok_or_else(|| refused(RefusalCode::UnknownLease))?;
        let kept = &self.documents[&id];
        let is_reserved = kept.shown.state.is_some_and(DocumentState::is_reserved);
        if kept.settlement.is_some() || is_reserved && kept.shown.lease == Some(draw.lease) {
            return Ok(());
        }
        let holder = lease.holder.clone();
        self.give_back(id);
        let cost = draw.cost.hundredths();
        let lease = self.leases.get_mut(&draw.lease.0).expect("a known lease");
        lease.drawn += cost;
        if lease.state == LeaseState::Open {
            self.change(&holder, 0, -cost);
        }
        let balance = self.balance(&holder);
        let verdict = judge_leased(&self.accounts[&holder.0], balance, draw.cost);
        self.change(&holder, cost, 0);
        let kept = self.documents.get_mut(&id).expect("a known document");
        kept.facts = facts.clone();
        kept.shown.account = Some(draw.account);
        kept.shown.cost = Some(draw.cost);
        kept.shown.lease = Some(draw.lease);
        kept.shown.verdict = verdict.ok();
        kept.shown.reason = None;
        kept.shown.hold_until = now.checked_add(HOLD).ok();
        if kept.shown.state != Some(DocumentState::Releasing) {
            kept.shown.state = Some(DocumentState::Held);
        }
        kept.holder = Some(holder);
        self.active.insert(user.to_owned(), draw.account.0);
        Ok(())
    }

    fn mark_unreadable(&mut self, user: &str, id: Uuid, problem: &str, now: Timestamp) -> Outcome {
        let state = self.own(user, id)?.shown.state;
        if !state.is_some_and(|state| state.is_open() && state != DocumentState::Releasing) {
            return Err(refused(RefusalCode::WrongState));
        }
        self.give_back(id);
        let kept = self.own(user, id)?;
        (kept.facts, kept.holder) = (Facts::default(), None);
        kept.shown = Document {
            state: Some(DocumentState::Unreadable),
            reason: Some(problem.to_owned()),
            account: None,
            cost: None,
            lease: None,
            verdict: None,
            hold_until: now.checked_add(HOLD).ok(),
            ..kept.shown.clone()
        };
        self.done(id)
    }

    fn given_out(&mut self, id: Uuid, release: Option<&GivenOut>) {
        if let (Some(kept), Some(release)) = (self.documents.get_mut(&id), release)
            && kept.settlement.is_none()
        {
            kept.begin_release(&release.printer, release.nonce);
        }
    }

    fn reprice(&mut self, user: &str, id: Uuid, facts: &Facts, now: Timestamp) -> Outcome {
        let cost = self.cost(facts)?;
        let kept = self.own(user, id)?;
        if !kept
            .shown
            .state
            .is_some_and(DocumentState::account_can_change)
        {
            return Err(refused(RefusalCode::WrongState));
        }
        let account = kept.shown.account.map(|account| account.0);
        self.give_back(id);
        self.reserve(id, facts, cost, account, now);
        self.done(id)
    }

    pub(super) fn move_document(
        &mut self,
        user: &str,
        id: Uuid,
        account: AccountId,
        scope: Scope,
        now: Timestamp,
    ) -> Outcome {
        let kept = self.own(user, id)?;
        if !kept
            .shown
            .state
            .is_some_and(DocumentState::account_can_change)
        {
            return Err(refused(RefusalCode::WrongState));
        }
        let (facts, cost) = (kept.facts.clone(), kept.shown.cost.unwrap_or_default());
        let held = kept.shown.state == Some(DocumentState::Held);
        let already = held && kept.shown.account == Some(account);
        self.usable(user, Some(account))?;
        if !already {
            let holder = self.holder(account.0, user);
            let balance = self.balance(&holder);
            let verdict = judge(&self.accounts[&account.0], balance, cost).expect("small sums");
            if !is_permitted(Some(verdict)) {
                return Ok(Done {
                    verdict: Some(verdict),
                    ..self.done(id)?
                });
            }
            self.give_back(id);
            self.reserve(id, &facts, cost, Some(account.0), now);
        }
        if scope == Scope::AndActive {
            self.active.insert(user.to_owned(), account.0);
        }
        self.done(id)
    }

    pub(super) fn set_active(&mut self, user: &str, account: AccountId) -> Outcome {
        self.usable(user, Some(account))?;
        if self.account_view(account.0, user).at_limit {
            return Err(refused(RefusalCode::AtLimit));
        }
        self.active.insert(user.to_owned(), account.0);
        Ok(Done::default())
    }

    pub(super) fn delete(&mut self, user: &str, id: Uuid) -> Outcome {
        let state = self.own(user, id)?.shown.state;
        match state {
            Some(DocumentState::Deleted) => {}
            Some(state) if state.is_open() && state != DocumentState::Releasing => {
                self.close(id, DocumentState::Deleted);
            }
            _ => return Err(refused(RefusalCode::WrongState)),
        }
        self.done(id)
    }

    pub(super) fn close(&mut self, id: Uuid, state: DocumentState) {
        self.give_back(id);
        let kept = self.documents.get_mut(&id).expect("a known document");
        kept.shown.state = Some(state);
        kept.shown.release = None;
        kept.shown.hold_until = None;
    }

    pub(super) fn begin_release(
        &mut self,
        user: &str,
        id: Uuid,
        printer: &str,
        nonce: Uuid,
    ) -> Outcome {
        let kept = self.own(user, id)?;
        let again = |kept: &Kept| {
            kept.shown
                .release
                .as_ref()
                .is_some_and(|one| one.nonce == nonce)
        };
        match kept.shown.state {
            Some(DocumentState::Held) => kept.begin_release(printer, nonce),
            Some(DocumentState::Releasing) if again(kept) => {}
            _ => return Err(refused(RefusalCode::WrongState)),
        }
        self.done(id)
    }

    fn settle(&mut self, user: &str, id: Uuid, settlement: &Settlement) -> Outcome {
        let kept = self.own(user, id)?;
        if let Some(stored) = &kept.settlement {
            if stored != settlement {
                return Err(refused(RefusalCode::ExistsWithDifferent));
            }
            return self.done(id);
        }
        if !kept.is_reserved() {
            return Err(refused(RefusalCode::WrongState));
        }
        let printed = matches!(settlement, Settlement::Printed { .. });
        kept.settlement = Some(settlement.clone());
        let cost = kept.shown.cost.unwrap_or_default();
        let holder = kept.holder.clone();
        if printed {
            kept.charges += 1;
            kept.shown.charged = Some(cost);
        } else {
            kept.shown.charged = Some(Points::ZERO);
        }
        if let Some(holder) = holder.filter(|_| printed) {
            let balance = self.balances.entry(holder).or_default();
            balance.posted = balance.posted.plus(cost).expect("small sums");
        }
        self.close(
            id,
            if printed {
                DocumentState::Printed
            } else {
                DocumentState::Failed
            },
        );
        self.done(id)
    }

    fn grant(
        &mut self,
        device: Uuid,
        user: &str,
        id: Uuid,
        account: AccountId,
        points: Points,
        now: Timestamp,
    ) -> Outcome {
        if let Some(lease) = self.leases.get(&id) {
            if lease.device != device || lease.asked != points {
                return Err(refused(RefusalCode::ExistsWithDifferent));
            }
            return Ok(self.with_lease(id, now));
        }
        if self.policy.points == Points::ZERO || self.policy.days == 0 {
            return Err(refused(RefusalCode::NoLease));
        }
        self.usable(user, Some(account))?;
        let holder = self.holder(account.0, user);
        let room = self.balance(&holder).room(&self.accounts[&account.0]);
        let room = room.expect("small sums").unwrap_or(Points::MAX);
        let granted = points.min(self.policy.points).min(room).hundredths();
        if granted == 0 {
            return Err(refused(RefusalCode::InsufficientPoints));
        }
        self.change(&holder, 0, granted);
        let lasts = SignedDuration::from_hours(24 * i64::from(self.policy.days));
        let lease = Granted {
            account: account.0,
            holder,
            user: user.to_owned(),
            device,
            asked: points,
            granted,
            drawn: 0,
            given_back: 0,
            state: LeaseState::Open,
            written_off: false,
            ends_at: now + lasts,
            called_back: false,
        };
        self.leases.insert(id, lease);
        Ok(self.with_lease(id, now))
    }

    fn with_lease(&self, id: Uuid, now: Timestamp) -> Done {
        Done {
            lease: Some(self.lease_view(id, now)),
            ..Done::default()
        }
    }

    fn take_back(
        &mut self,
        device: Uuid,
        id: Uuid,
        receipt: Option<&str>,
        now: Timestamp,
    ) -> Outcome {
        let known = self.leases.get(&id).filter(|lease| lease.device == device);
        let lease = known.ok_or_else(|| refused(RefusalCode::UnknownLease))?;
        if lease.state == LeaseState::Returned {
            return Ok(self.with_lease(id, now));
        }
        let holder = lease.holder.clone();
        let mut unreported = 0;
        if gate::is_at(device) {
            let said = receipt.and_then(gate::read_receipt);
            let said = said.filter(|(lease, _)| lease.0 == id);
            let (_, prints) = said.ok_or_else(|| refused(RefusalCode::Invalid))?;
            let mut seen = BTreeSet::new();
            for (document, cost) in prints {
                let covered = if seen.insert(document.0) {
                    self.reported(document.0, id)
                } else {
                    0
                };
                unreported += (cost - covered).max(0);
            }
        }
        if self.leases[&id].state == LeaseState::Open {
            self.end_lease(LeaseId(id), LeaseState::Returned);
        } else {
            self.leases.get_mut(&id).expect("a known lease").state = LeaseState::Returned;
        }
        let posted = &mut self.balances.entry(holder).or_default().posted;
        *posted = Points::from_hundredths(posted.hundredths() + unreported);
        Ok(self.with_lease(id, now))
    }

    /// What a document accounts for on a lease that it was printed on.
    fn reported(&self, document: Uuid, lease: Uuid) -> i64 {
        let known = self.documents.get(&document).map(|kept| &kept.shown);
        let its = known.filter(|shown| {
            let released = [
                DocumentState::Releasing,
                DocumentState::Printed,
                DocumentState::Failed,
            ];
            let is_released = shown.state.is_some_and(|state| released.contains(&state));
            shown.lease == Some(LeaseId(lease)) && is_released
        });
        let cost = its.and_then(|shown| shown.cost);
        cost.unwrap_or_default().hundredths()
    }

    pub(super) fn end_lease(&mut self, id: LeaseId, state: LeaseState) {
        let lease = self.leases.get_mut(&id.0).expect("a known lease");
        let (left, holder) = (lease.left(), lease.holder.clone());
        lease.given_back += left;
        lease.written_off |= state == LeaseState::WrittenOff;
        lease.state = state;
        self.change(&holder, 0, -left);
    }
}
