//! A server of a few hundred lines that does everything the obvious way: what
//! the simulator tests the client against, and what the real server is compared
//! with.

mod apply;
mod people;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use platen_domain::{
    Access, Account, AccountId, Balance, DocumentState, Kind, LeaseId, Points, RateCard, UserId,
    Verdict,
};
use platen_sync::wire::{
    AccountView, Answer, Answered, Document, Facts, Failure, FailureCode, Lease, LeasePolicy,
    LeaseState, PROTOCOL, ReceivedOperation, RefusalCode, Refused, Release, Settings, Settlement,
    User, View,
};
use uuid::Uuid;

use crate::authority::{
    Act, Authority, Beginning, Policy, TrueBalance, TrueDocument, TrueLease, Truth,
};
use crate::gate;

/// How long a held document waits.
const HOLD: SignedDuration = SignedDuration::from_hours(24);
/// How long after its end a lease may be written off by hand.
pub(crate) const WAIT_BEFORE_WRITE_OFF: SignedDuration = SignedDuration::from_hours(24);
/// Closed documents in a view.
const CLOSED: usize = 20;

type Holder = (Uuid, Option<String>);
type Done = Result<platen_sync::wire::Done, Refused>;

/// The server.
pub struct Model {
    accounts: BTreeMap<Uuid, Account>,
    balances: BTreeMap<Holder, Balance>,
    adjusted: BTreeMap<Holder, i64>,
    active: BTreeMap<String, Uuid>,
    documents: BTreeMap<Uuid, Kept>,
    leases: BTreeMap<Uuid, Granted>,
    devices: BTreeMap<Uuid, Device>,
    card: RateCard,
    policy: Policy,
    version: u64,
}

struct Device {
    user: String,
    revoked: bool,
    applied: u64,
    answers: BTreeMap<u64, (Uuid, Answered)>,
}

#[derive(Clone)]
struct Kept {
    shown: Document,
    user: String,
    facts: Facts,
    holder: Option<Holder>,
    settlement: Option<Settlement>,
    charges: u32,
}

#[derive(Clone)]
struct Granted {
    account: Uuid,
    holder: Holder,
    user: String,
    device: Uuid,
    asked: Points,
    granted: i64,
    drawn: i64,
    given_back: i64,
    state: LeaseState,
    written_off: bool,
    ends_at: Timestamp,
    called_back: bool,
}

impl Granted {
    fn left(&self) -> i64 {
        (self.granted - self.drawn - self.given_back).max(0)
    }
}

fn refused(code: RefusalCode) -> Refused {
    Refused::new(code, format!("{code:?}"))
}

fn failure(code: FailureCode, expected: Option<u64>) -> Failure {
    Failure {
        code,
        sentence: format!("{code:?}"),
        retry_after_s: None,
        expected,
    }
}

impl Model {
    /// The server as a site begins.
    #[must_use]
    pub fn new(beginning: &Beginning) -> Self {
        let account = |one: &crate::authority::SimAccount| Account {
            id: one.id,
            name: one.name.clone(),
            code: one.name.clone(),
            enabled: true,
            start: None,
            expiry: None,
            kind: if one.shared {
                Kind::Shared
            } else {
                Kind::Individual
            },
            limit: one.limit,
            exceed_by: one.exceed_by,
            access: Access::Everyone,
            on_clients: true,
            archived: false,
            version: 0,
        };
        let accounts = beginning.accounts.iter().map(account);
        let mut model = Self {
            accounts: accounts.map(|account| (account.id.0, account)).collect(),
            balances: BTreeMap::new(),
            adjusted: BTreeMap::new(),
            active: BTreeMap::new(),
            documents: BTreeMap::new(),
            leases: BTreeMap::new(),
            devices: BTreeMap::new(),
            card: beginning.card.clone(),
            policy: beginning.policy,
            version: 1,
        };
        for device in &beginning.devices {
            model.act(&Act::Enrol(device.clone()), Timestamp::UNIX_EPOCH);
        }
        model
    }

    fn holder(&self, account: Uuid, user: &str) -> Holder {
        let shared = self.accounts[&account].kind == Kind::Shared;
        (account, (!shared).then(|| user.to_owned()))
    }

    fn balance(&self, holder: &Holder) -> Balance {
        self.balances.get(holder).copied().unwrap_or_default()
    }

    fn change(&mut self, holder: &Holder, pending: i64, leased: i64) {
        let balance = self.balances.entry(holder.clone()).or_default();
        let plus = |points: Points, more: i64| Points::from_hundredths(points.hundredths() + more);
        balance.pending = plus(balance.pending, pending);
        balance.leased = plus(balance.leased, leased);
    }

    /// The account of a person that is asked for, or his active one.
    fn usable(&self, user: &str, account: Option<AccountId>) -> Result<Option<Uuid>, Refused> {
        if let Some(id) = account {
            let account = self
                .accounts
                .get(&id.0)
                .ok_or_else(|| refused(RefusalCode::UnknownAccount))?;
            if account.archived {
                return Err(refused(RefusalCode::Barred));
            }
            return Ok(Some(id.0));
        }
        let last = self.active.get(user).copied();
        let open = self.accounts.values().filter(|account| !account.archived);
        let chosen = platen_domain::active::choose(open, last.map(AccountId));
        Ok(chosen.map(|account| account.id.0))
    }

    fn account_view(&self, account: Uuid, user: &str) -> AccountView {
        let known = &self.accounts[&account];
        let balance = self.balance(&self.holder(account, user));
        AccountView {
            id: known.id,
            name: known.name.clone(),
            kind: known.kind,
            limit: known.limit,
            exceed_by: known.exceed_by,
            balance,
            at_limit: balance.at_limit(known).unwrap_or(true),
            in_grace: false,
        }
    }

    fn lease_view(&self, id: Uuid, now: Timestamp) -> Lease {
        let lease = &self.leases[&id];
        let over = lease.ends_at <= now;
        Lease {
            id: LeaseId(id),
            account: AccountId(lease.account),
            granted: Points::from_hundredths(lease.granted),
            drawn: Points::from_hundredths(lease.drawn),
            state: match lease.state {
                LeaseState::Open if over => LeaseState::Unreported,
                state => state,
            },
            ends_at: lease.ends_at,
            left_ms: u64::try_from(lease.ends_at.duration_since(now).as_millis()).unwrap_or(0),
            called_back: lease.called_back,
            signed: gate::is_at(lease.device).then(|| id.to_string()),
        }
    }
}

impl Authority for Model {
    fn apply(
        &mut self,
        device: Uuid,
        operation: &ReceivedOperation,
        now: Timestamp,
    ) -> Result<Answer, Failure> {
        let known = self
            .devices
            .get(&device)
            .filter(|device| !device.revoked)
            .ok_or_else(|| failure(FailureCode::Revoked, None))?;
        let answer = |result| Answer {
            id: operation.id,
            sequence: operation.sequence,
            result,
        };
        if operation.sequence <= known.applied {
            let stored = known.answers.get(&operation.sequence);
            return match stored {
                Some((id, _)) if *id != operation.id => Err(failure(FailureCode::Diverged, None)),
                Some((_, result)) => Ok(answer(result.clone())),
                None => Ok(answer(Answered::Unknown)),
            };
        }
        if operation.sequence != known.applied + 1 {
            return Err(failure(FailureCode::OutOfOrder, Some(known.applied + 1)));
        }
        let user = known.user.clone();
        let result = match &operation.action {
            Err(refused) => Answered::Refused(refused.clone()),
            Ok(action) => match self.carry_out(device, &user, action, now) {
                Ok(done) => Answered::Done(Box::new(done)),
                Err(refused) => Answered::Refused(refused),
            },
        };
        if let Some(known) = self.devices.get_mut(&device) {
            known.applied = operation.sequence;
            known
                .answers
                .insert(operation.sequence, (operation.id, result.clone()));
        }
        self.version += 1;
        Ok(answer(result))
    }

    fn acknowledge(&mut self, device: Uuid, through: u64) {
        if let Some(known) = self.devices.get_mut(&device) {
            known.answers.retain(|number, _| *number > through);
        }
    }

    fn view(
        &mut self,
        device: Uuid,
        after: Option<u64>,
        now: Timestamp,
    ) -> Result<Option<View>, Failure> {
        let known = self
            .devices
            .get(&device)
            .filter(|device| !device.revoked)
            .ok_or_else(|| failure(FailureCode::Revoked, None))?;
        if after.is_some_and(|after| self.version <= after) {
            return Ok(None);
        }
        let user = known.user.clone();
        let applied = known.applied;
        let mut accounts: Vec<_> = self
            .accounts
            .values()
            .filter(|account| !account.archived)
            .map(|account| self.account_view(account.id.0, &user))
            .collect();
        accounts.sort_by_key(|account| account.name.to_lowercase());
        let mut documents: Vec<_> = self
            .documents
            .values()
            .filter(|kept| kept.user == user)
            .map(|kept| kept.shown.clone())
            .collect();
        documents.sort_by_key(|document| std::cmp::Reverse((document.submitted_at, document.id)));
        let is_open = |document: &Document| document.state.is_some_and(DocumentState::is_open);
        let (documents, mut closed): (Vec<_>, Vec<_>) = documents.into_iter().partition(is_open);
        closed.truncate(CLOSED);
        let leases = self
            .leases
            .iter()
            .filter(|(_, lease)| lease.device == device && lease.state == LeaseState::Open);
        let active = self.usable(&user, None).unwrap_or(None);
        Ok(Some(View {
            protocol: PROTOCOL,
            version: self.version,
            server_time: now,
            user: User {
                id: UserId::new(user.clone()),
                name: user.clone(),
                login: user,
            },
            settings: Settings::default(),
            accounts,
            active: active.map(AccountId),
            card: Some(self.card.clone().into()),
            documents,
            closed,
            leases: leases.map(|(id, _)| self.lease_view(*id, now)).collect(),
            lease_policy: LeasePolicy {
                points: self.policy.points,
                days: self.policy.days,
                hours: self.policy.days * 24,
                share: 100,
            },
            applied,
        }))
    }

    fn act(&mut self, act: &Act, now: Timestamp) -> bool {
        let done = self.carry_out_act(act, now);
        self.version += u64::from(done);
        done
    }

    fn truth(&mut self, _now: Timestamp) -> Truth {
        let hard = |account: &Uuid| {
            let hard = self.accounts[account].hard_limit().unwrap_or_default();
            hard.map(Points::hundredths)
        };
        Truth {
            balances: self
                .balances
                .iter()
                .map(|(holder, balance)| {
                    let truth = TrueBalance {
                        posted: balance.posted.hundredths(),
                        pending: balance.pending.hundredths(),
                        leased: balance.leased.hundredths(),
                        adjusted: self.adjusted.get(holder).copied().unwrap_or_default(),
                        hard: hard(&holder.0),
                    };
                    (holder.clone(), truth)
                })
                .collect(),
            documents: self
                .documents
                .iter()
                .map(|(id, kept)| (*id, kept.truth()))
                .collect(),
            leases: self
                .leases
                .iter()
                .map(|(id, lease)| (*id, lease.truth()))
                .collect(),
            applied: self
                .devices
                .iter()
                .map(|(id, device)| (*id, device.applied))
                .collect(),
        }
    }

    fn verify(&mut self) -> Result<(), String> {
        Ok(())
    }
}

impl Kept {
    fn truth(&self) -> TrueDocument {
        let points = |points: Option<Points>| points.unwrap_or_default().hundredths();
        TrueDocument {
            user: self.user.clone(),
            state: self.shown.state.unwrap_or(DocumentState::Submitted),
            account: self.shown.account.map(|account| account.0),
            holder: self.holder.as_ref().and_then(|(_, user)| user.clone()),
            cost: points(self.shown.cost),
            charges: self.charges,
            charged: points(self.shown.charged),
            lease: self.shown.lease.map(|lease| lease.0),
        }
    }

    fn is_reserved(&self) -> bool {
        self.shown.state.is_some_and(DocumentState::is_reserved)
    }

    fn begin_release(&mut self, printer: &str, nonce: Uuid) {
        self.shown.state = Some(DocumentState::Releasing);
        self.shown.hold_until = None;
        self.shown.release = Some(Release {
            printer: printer.to_owned(),
            nonce,
            approval: None,
        });
    }
}

impl Granted {
    fn truth(&self) -> TrueLease {
        TrueLease {
            account: self.account,
            holder: self.holder.1.clone(),
            device: self.device,
            granted: self.granted,
            drawn: self.drawn,
            given_back: self.given_back,
            state: self.state,
            written_off: self.written_off,
            ends_at: self.ends_at,
        }
    }
}

fn is_permitted(verdict: Option<Verdict>) -> bool {
    verdict.is_some_and(|verdict| !matches!(verdict, Verdict::Declined { .. }))
}
