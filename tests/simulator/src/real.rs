//! The server's own code on a ledger of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use platen_authority::{Caller, Moment, Server, apply, view};
use platen_domain::{Access, Account, DocumentId, DocumentState, Kind, Person, Points, UserId};
use platen_ledger::{
    Actor, Adjustment, Change, Device, Document, LeaseFilter, Ledger, LedgerError, Scope, Site,
    site::Leasing,
};
use platen_sync::wire::{
    Answer, Failure, FailureCode, LeaseState, Received, ReceivedOperation, View,
};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use crate::authority::{
    Act, Authority, Beginning, Policy, TrueBalance, TrueDocument, TrueLease, Truth,
};
use crate::gate::{self, PlainSigner};

/// Rates as [`Beginning`] has them.
const RATES: &str = "
[rates.other]
mono = { simplex = 1, duplex = 0.75 }
colour = { simplex = 2.5, duplex = 2 }
";

/// The server, on an SQLite file.
pub struct Real {
    runtime: Runtime,
    ledger: Ledger,
    users: BTreeMap<Uuid, UserId>,
    revoked: BTreeSet<Uuid>,
    acknowledged: BTreeMap<Uuid, u64>,
    accounts: BTreeMap<Uuid, Account>,
    truth: Truth,
    _place: TempDir,
}

fn person(user: &UserId) -> Person {
    let login = user.as_str().rsplit('#').next().unwrap_or_default();
    Person {
        id: user.clone(),
        name: login.to_owned(),
        login: login.to_owned(),
        groups: BTreeSet::new(),
    }
}

fn at(now: Timestamp) -> Moment {
    Moment {
        now,
        today: now.to_zoned(TimeZone::UTC).date(),
    }
}

/// Where a file costs no disk.
fn place() -> std::io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    match memory.is_dir() {
        true => TempDir::new_in(memory),
        false => TempDir::new(),
    }
}

impl Real {
    /// The server as a site begins.
    ///
    /// # Panics
    /// When a ledger can't be made.
    #[must_use]
    pub fn new(beginning: &Beginning) -> Self {
        let place = place().expect("a directory");
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        let ledger = {
            let _inside = runtime.enter();
            Ledger::open(&place.path().join("ledger.sqlite")).expect("a ledger")
        };
        let mut real = Self {
            runtime,
            ledger,
            users: BTreeMap::new(),
            revoked: BTreeSet::new(),
            acknowledged: BTreeMap::new(),
            accounts: BTreeMap::new(),
            truth: Truth::default(),
            _place: place,
        };
        let site = Site::from_toml(RATES).expect("a site");
        real.wait(real.ledger.load_site(site)).expect("rates");
        for one in &beginning.accounts {
            let account = Account {
                id: one.id,
                name: one.name.clone(),
                code: one.name.clone(),
                enabled: true,
                start: None,
                expiry: None,
                kind: match one.shared {
                    true => Kind::Shared,
                    false => Kind::Individual,
                },
                limit: one.limit,
                exceed_by: one.exceed_by,
                access: Access::Everyone,
                on_clients: true,
                archived: false,
                version: 0,
            };
            let saved = real.wait(real.ledger.save_account(account));
            real.accounts.insert(one.id.0, saved.expect("an account"));
        }
        let begin = "2026-11-29T09:00:00Z".parse().expect("a time");
        assert!(real.act(&Act::SetPolicy(beginning.policy), begin));
        for device in &beginning.devices {
            assert!(real.act(&Act::Enrol(device.clone()), begin));
        }
        real
    }

    fn server(&self) -> Server<'_> {
        Server {
            ledger: &self.ledger,
            signer: Some(&PlainSigner),
        }
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    fn caller(&self, device: Uuid) -> Result<Caller, Failure> {
        let user = self
            .users
            .get(&device)
            .filter(|_| !self.revoked.contains(&device));
        let user = user.ok_or_else(|| Failure {
            code: FailureCode::Revoked,
            sentence: "Shut out.".to_owned(),
            retry_after_s: None,
            expected: None,
        })?;
        Ok(Caller {
            device,
            person: person(user),
        })
    }

    async fn carry_out(&self, act: &Act, now: Timestamp) -> Result<bool, LedgerError> {
        let ledger = &self.ledger;
        let today = at(now).today;
        match act {
            Act::Delete { document } => drop(ledger.delete(*document, now).await?),
            Act::Move {
                user,
                document,
                account,
            } => {
                let person = person(user);
                let moved = ledger.change_account(
                    *document,
                    &person,
                    *account,
                    Scope::ThisDocument,
                    now,
                    today,
                );
                drop(moved.await?);
            }
            Act::Release { document, nonce } => {
                let release = ledger.begin_release(*document, "Hall".into(), *nonce, now);
                drop(release.await?);
            }
            Act::SetActive { user, account } => {
                ledger
                    .set_active(&person(user), *account, now, today)
                    .await?;
            }
            Act::SetLimit {
                account,
                limit,
                exceed_by,
            } => {
                let Some(known) = ledger.account(*account).await? else {
                    return Ok(false);
                };
                let changed = Account {
                    limit: *limit,
                    exceed_by: *exceed_by,
                    ..known
                };
                drop(ledger.save_account(changed).await?);
            }
            Act::Archive { account, archived } => drop(match archived {
                true => ledger.archive_account(*account).await?,
                false => ledger.restore_account(*account).await?,
            }),
            Act::Adjust {
                id,
                account,
                user,
                points,
            } => {
                let kind = self.accounts[&account.0].kind;
                let change = match points.is_negative() {
                    true => Change::Credit(Points::ZERO.minus(*points)?),
                    false => Change::Debit(*points),
                };
                let adjustment = Adjustment {
                    account: *account,
                    user: (kind == Kind::Individual).then(|| user.clone()),
                    change,
                    reason: "Because.".into(),
                    by: "root".into(),
                    corrects: None,
                };
                drop(ledger.adjust(*id, adjustment, now).await?);
            }
            Act::CallBack { lease } => drop(ledger.call_back_lease(*lease, None, now).await?),
            Act::WriteOff { lease } => drop(ledger.write_off_lease(*lease, None, now).await?),
            Act::SetPolicy(policy) => self.set_policy(*policy, now).await?,
            Act::Revoke { .. } => {}
            Act::Enrol(enrolled) => {
                let device = Device {
                    id: enrolled.device,
                    user: enrolled.user.clone(),
                    name: "Laptop".into(),
                    key: [7; 32],
                    login: "somebody".into(),
                    gate: gate::is_at(enrolled.device).then_some(gate::KEY),
                    session: enrolled.device,
                    applied: 0,
                    made_at: now,
                    seen_at: now,
                };
                drop(ledger.enrol(device).await?);
            }
            Act::Tick => {
                let expired = ledger.expire_due(now).await?;
                let written_off = ledger.write_off_due(now).await?;
                return Ok(!expired.is_empty() || !written_off.is_empty());
            }
        }
        Ok(true)
    }

    async fn set_policy(&self, policy: Policy, now: Timestamp) -> Result<(), LedgerError> {
        let former = self.ledger.settings().await?;
        let mut settings = former;
        let whole = policy.points.hundredths() / 100;
        settings.leasing = Leasing {
            lease_points: u32::try_from(whole).unwrap_or(0),
            lease_hours: policy.days * 24,
            lease_report_days: policy.write_off_days,
        };
        let root = Actor {
            id: UserId::local("root"),
            name: "root".into(),
            address: String::new(),
        };
        self.ledger
            .desk(root)
            .put_settings(settings, former, now)
            .await
    }

    /// Reads anew what an operation or an act may have changed.
    fn look(&mut self, documents: &[DocumentId]) {
        let ledger = self.ledger.clone();
        let read = async {
            let mut known = Vec::new();
            for id in documents {
                known.extend(ledger.document(*id).await?);
            }
            let balances = ledger.balances(None).await?;
            let leases = ledger.leases(LeaseFilter::default()).await?;
            Ok::<_, LedgerError>((known, balances, leases))
        };
        let (known, balances, leases) = self.wait(read).expect("a ledger that can be read");
        for document in known {
            let truth = self.document_truth(&document);
            self.truth.documents.insert(document.id.0, truth);
        }
        for row in balances {
            let holder = (
                row.account.0,
                row.holder.map(|user| user.as_str().to_owned()),
            );
            let hard = self.accounts[&row.account.0].hard_limit();
            let known = self.truth.balances.entry(holder).or_default();
            *known = TrueBalance {
                posted: row.balance.posted.hundredths(),
                pending: row.balance.pending.hundredths(),
                leased: row.balance.leased.hundredths(),
                adjusted: known.adjusted,
                hard: hard.unwrap_or_default().map(Points::hundredths),
            };
        }
        for lease in leases {
            let (granted, drawn) = (lease.granted.hundredths(), lease.drawn.hundredths());
            let former = self.truth.leases.get(&lease.id.0);
            let state = match lease.state {
                platen_ledger::LeaseState::Open => LeaseState::Open,
                platen_ledger::LeaseState::Returned => LeaseState::Returned,
                platen_ledger::LeaseState::Expired => LeaseState::WrittenOff,
            };
            let written_off =
                state == LeaseState::WrittenOff || former.is_some_and(|former| former.written_off);
            let given_back = match former {
                _ if state == LeaseState::Open => 0,
                // What was drawn since comes on top.
                Some(former) if former.state != LeaseState::Open => former.given_back,
                _ => granted - drawn,
            };
            let truth = TrueLease {
                account: lease.account.0,
                holder: lease.holder.map(|user| user.as_str().to_owned()),
                device: lease.device.parse().unwrap_or_default(),
                granted,
                drawn,
                given_back,
                state,
                written_off,
                ends_at: lease.expires_at,
            };
            self.truth.leases.insert(lease.id.0, truth);
        }
    }

    fn document_truth(&self, document: &Document) -> TrueDocument {
        let account = document.account.map(|account| account.0);
        let individual =
            account.is_some_and(|account| self.accounts[&account].kind == Kind::Individual);
        let points = |points: Option<Points>| points.unwrap_or_default().hundredths();
        let charged = points(document.charged());
        TrueDocument {
            user: document.user.as_str().to_owned(),
            state: document.state,
            account,
            holder: individual.then(|| document.user.as_str().to_owned()),
            cost: points(document.cost),
            // A second charge would not fit what the balance adds up to.
            charges: u32::from(document.state == DocumentState::Printed),
            charged,
            lease: document.lease.map(|lease| lease.0),
        }
    }
}

impl Authority for Real {
    fn apply(
        &mut self,
        device: Uuid,
        operation: &ReceivedOperation,
        now: Timestamp,
    ) -> Result<Answer, Failure> {
        let caller = self.caller(device)?;
        let received = Received {
            acknowledged: self.acknowledged.get(&device).copied().unwrap_or_default(),
            operations: vec![operation.clone()],
        };
        let answers = self.wait(apply(self.server(), &caller, received, at(now)));
        let document = operation
            .action
            .as_ref()
            .ok()
            .and_then(|action| action.document());
        self.look(document.as_slice());
        let mut answers = answers?.answers;
        let answer = answers.pop().expect("an answer to the operation");
        let applied = self.truth.applied.entry(device).or_default();
        *applied = (*applied).max(operation.sequence);
        Ok(answer)
    }

    fn acknowledge(&mut self, device: Uuid, through: u64) {
        let known = self.acknowledged.entry(device).or_default();
        *known = (*known).max(through);
    }

    fn view(
        &mut self,
        device: Uuid,
        after: Option<u64>,
        now: Timestamp,
    ) -> Result<Option<View>, Failure> {
        let caller = self.caller(device)?;
        let after = after.unwrap_or_default();
        let seen = self.wait(view(self.server(), &caller, after, at(now)))?;
        Ok(seen.view.map(|view| *view))
    }

    fn act(&mut self, act: &Act, now: Timestamp) -> bool {
        let done = match self.wait(self.carry_out(act, now)) {
            Ok(done) => done,
            Err(LedgerError::Refused(_)) => false,
            Err(error) => panic!("the ledger does not do {act:?}: {error}"),
        };
        if !done {
            return false;
        }
        match act {
            Act::Enrol(enrolled) => {
                self.users.insert(enrolled.device, enrolled.user.clone());
            }
            Act::Revoke { device } => drop(self.revoked.insert(*device)),
            Act::SetLimit { account, .. } => {
                let known = self.wait(self.ledger.account(*account));
                if let Ok(Some(known)) = known {
                    self.accounts.insert(account.0, known);
                }
            }
            Act::Adjust {
                account,
                user,
                points,
                ..
            } => {
                let kind = self.accounts[&account.0].kind;
                let holder = (kind == Kind::Individual).then(|| user.as_str().to_owned());
                let balance = self.truth.balances.entry((account.0, holder)).or_default();
                balance.adjusted += points.hundredths();
            }
            _ => {}
        }
        let documents = match act {
            Act::Delete { document }
            | Act::Move { document, .. }
            | Act::Release { document, .. } => {
                vec![*document]
            }
            // Any that was open may have expired.
            Act::Tick => self
                .truth
                .documents
                .iter()
                .filter(|(_, document)| document.state.is_open())
                .map(|(id, _)| DocumentId(*id))
                .collect(),
            _ => Vec::new(),
        };
        self.look(&documents);
        true
    }

    fn truth(&mut self, _now: Timestamp) -> Truth {
        self.truth.clone()
    }

    fn verify(&mut self) -> Result<(), String> {
        let verified = self.wait(self.ledger.verify());
        verified.map(drop).map_err(|error| error.to_string())
    }
}
