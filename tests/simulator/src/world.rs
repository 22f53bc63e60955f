//! Time, the network, and what happens next.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use platen_domain::{DocumentId, LeaseId, UserId};
use platen_sync::engine::{Engine, Event, Instruction, Moment, RequestId, Ticket, Trouble};
use platen_sync::wire::{
    Answer, Answers, Batch, Failure, FailureCode, PROTOCOL, Received, ReceivedOperation,
    Settlement, View,
};
use uuid::Uuid;

use crate::Size;
use crate::authority::{Act, Authority, Beginning};
use crate::chance::Chance;
use crate::check::God;
use crate::device::{Device, Job, JobState, Network, right_time};
use crate::pools::ToldViews;

/// How long a device waits for the answer to operations. Units: milliseconds.
const SEND_TIMEOUT: u64 = 30_000;
/// How long a device waits for a view. Units: milliseconds.
const FETCH_TIMEOUT: u64 = 1_260_000;
/// How long a server lets a request wait. Units: milliseconds.
const PARKED: u64 = 1_200_000;

/// Something that is going to happen.
pub(crate) enum Next {
    /// A write of a device ends.
    Disk { ticket: Ticket, fails: bool },
    /// A device wakes its engine.
    Wake,
    /// A device starts, or its program does.
    PowerOn,
    /// Something comes to a device from the network.
    Arrives(Box<Event>),
    /// A device has waited long enough.
    Timeout { request: RequestId },
    /// A printer is done, with what it took of a lease.
    Printer {
        document: DocumentId,
        draw: Option<(LeaseId, i64)>,
    },
    /// A gate is asked to close a lease.
    Gate { lease: LeaseId },
    /// Something comes to a server.
    Request {
        server: usize,
        request: RequestId,
        what: Request,
    },
    /// A server carries out an operation of a batch.
    Carry {
        server: usize,
        request: RequestId,
        batch: Carrying,
    },
    /// A device wakes up.
    Awake,
    /// Servers look whether anybody waits for what changed.
    Look,
    /// A server is back.
    ServerUp { server: usize },
    /// Somebody does something.
    Somebody,
    /// The server's own timer.
    Tick,
}

pub(crate) enum Request {
    Fetch { after: Option<u64>, wait: bool },
    Send { batch: Batch },
}

pub(crate) struct Carrying {
    operations: Vec<ReceivedOperation>,
    next: usize,
    answers: Vec<Answer>,
}

pub(crate) struct Server {
    pub(crate) up: bool,
    /// Counts lives: what it was doing in a former one is lost.
    pub(crate) life: u64,
    pub(crate) busy: bool,
}

struct Parked {
    device: usize,
    life: u64,
    id: Uuid,
    server: usize,
    server_life: u64,
    request: RequestId,
    after: Option<u64>,
    until: u64,
}

impl Parked {
    const fn at(&self) -> At {
        At {
            device: self.device,
            life: self.life,
            id: self.id,
        }
    }
}

/// A device at a moment of its life; what is meant for another is void.
#[derive(Clone, Copy)]
pub(crate) struct At {
    pub(crate) device: usize,
    pub(crate) life: u64,
    id: Uuid,
}

/// Whom something concerns; of the others nothing is read anew.
enum Concerned {
    Everybody,
    These(BTreeSet<UserId>),
}

pub(crate) struct World<A: Authority> {
    pub(crate) now: u64,
    pub(crate) chance: Chance,
    pub(crate) authority: A,
    pub(crate) devices: Vec<Device>,
    pub(crate) servers: Vec<Server>,
    pub(crate) beginning: Beginning,
    pub(crate) god: God,
    /// Nothing goes wrong any more.
    pub(crate) healed: bool,
    pub(crate) people_left: u32,
    queue: BTreeMap<(u64, u64), (At, Next)>,
    parked: Vec<Parked>,
    told: ToldViews,
    /// What happened to devices that sleep.
    asleep: Vec<(At, Next)>,
    order: u64,
    look_due: bool,
    /// How soon at the latest servers look after a change. Units: milliseconds.
    look_ms: u64,
    /// Whom changes since the last look concern.
    concerned: Concerned,
    trace: DefaultHasher,
    pub(crate) steps: u64,
}

impl<A: Authority> World<A> {
    pub(crate) fn new(
        authority: A,
        beginning: Beginning,
        mut chance: Chance,
        servers: usize,
        look_ms: u64,
    ) -> Self {
        let devices = beginning.devices.iter().map(|enrolled| {
            let drift = i64::try_from(chance.between(0, 20_000)).unwrap_or(0) - 10_000;
            Device::new(enrolled.device, enrolled.user.clone(), drift, 0)
        });
        let devices = devices.collect();
        let server = |_| Server {
            up: true,
            life: 0,
            busy: false,
        };
        Self {
            now: 1,
            chance,
            authority,
            devices,
            servers: (0..servers).map(server).collect(),
            beginning,
            god: God::default(),
            healed: false,
            people_left: 0,
            queue: BTreeMap::new(),
            parked: Vec::new(),
            told: ToldViews::default(),
            asleep: Vec::new(),
            order: 0,
            look_due: false,
            look_ms,
            concerned: Concerned::nobody(),
            trace: DefaultHasher::new(),
            steps: 0,
        }
    }

    pub(crate) fn at(&self, device: usize) -> At {
        At {
            device,
            life: self.devices[device].life,
            id: self.devices[device].id,
        }
    }

    pub(crate) fn later(&mut self, ms: u64, at: At, next: Next) {
        self.order += 1;
        self.queue.insert((self.now + ms, self.order), (at, next));
    }

    /// A number that tells one run from another.
    pub(crate) fn trace(&self) -> u64 {
        self.trace.finish()
    }

    fn note(&mut self, what: &str, device: usize, more: &str) {
        (self.now, what, device, more).hash(&mut self.trace);
        if std::env::var_os("PLATEN_SIM_TRACE").is_some() {
            eprintln!("{:>12} {:>3} {what} {more}", self.now, device);
        }
    }

    /// Whether nothing was found yet.
    pub(crate) fn may_go_on(&mut self, size: Size) -> bool {
        if self.steps > size.steps {
            self.god.found("the run does not end".to_owned());
        }
        self.god.findings.is_empty()
    }

    /// Lets the next thing happen; false when nothing is left before `until`.
    pub(crate) fn step(&mut self, until: u64) -> bool {
        let Some(entry) = self.queue.first_entry() else {
            return false;
        };
        if entry.key().0 > until {
            self.now = until;
            return false;
        }
        let ((time, _), (at, next)) = entry.remove_entry();
        self.now = time;
        let life = self.devices[at.device].life == at.life;
        if let Next::Timeout { request } = next {
            // Most requests came to something.
            let fails = life && self.devices[at.device].open.remove(&request);
            let trouble = Trouble::Unreachable;
            if fails {
                self.later(0, at, arrives(Event::RequestFailed { request, trouble }));
            }
            return true;
        }
        self.steps += 1;
        match next {
            Next::Request {
                server,
                request,
                what,
            } => self.request(at, server, request, what),
            Next::Carry {
                server,
                request,
                batch,
            } => self.carry(at, server, request, batch),
            Next::Look => self.look(),
            Next::ServerUp { server } => self.servers[server].up = true,
            Next::Somebody => self.somebody(),
            Next::Tick => {
                self.act(&Act::Tick);
                self.later(600_000, at, Next::Tick);
            }
            Next::Printer { document, draw } => self.printer_done(at.device, document, draw),
            Next::PowerOn => self.power_on(at.device),
            _ if !life => {}
            Next::Awake => self.awake(at.device),
            next if self.devices[at.device].asleep_until > self.now => {
                let sleeps = self.devices[at.device].asleep_until - self.now;
                self.asleep.push((at, next));
                self.later(sleeps + 1, at, Next::Awake);
            }
            Next::Gate { lease } => {
                let receipt = self.devices[at.device].gate.close(lease);
                self.happens(at.device, Event::LeaseClosed { lease, receipt });
            }
            Next::Disk { ticket, fails } => self.disk_done(at.device, ticket, fails),
            Next::Wake => self.wake(at.device),
            Next::Arrives(event) => {
                if let Some(request) = answered(&event) {
                    self.devices[at.device].open.remove(&request);
                }
                self.happens(at.device, *event);
            }
            Next::Timeout { .. } => {}
        }
        true
    }

    /// What happened to a device while it slept, happens.
    pub(crate) fn awake(&mut self, device: usize) {
        if self.devices[device].asleep_until > self.now {
            return;
        }
        let slept = std::mem::take(&mut self.asleep);
        for (at, next) in slept {
            match at.device == device {
                true => self.later(0, at, next),
                false => self.asleep.push((at, next)),
            }
        }
    }

    fn power_on(&mut self, device: usize) {
        let off = self.devices[device].is_off(self.now);
        if self.devices[device].engine.is_some() || off {
            return;
        }
        let clock = self.devices[device].clock(self.now);
        let one = &mut self.devices[device];
        match Engine::restore(&one.user, one.disk.clone(), clock) {
            Ok(engine) => one.engine = Some(engine),
            Err(error) => return self.god.found(format!("a store can't be read: {error}")),
        }
        self.note("on", device, "");
        for event in self.devices[device].resync() {
            self.happens(device, event);
        }
    }

    /// Something happens on a device, and its engine says what to do.
    pub(crate) fn happens(&mut self, device: usize, event: Event) {
        let random = self.chance.wide();
        let one = &mut self.devices[device];
        let clock = one.clock(self.now);
        let Some(engine) = &mut one.engine else {
            return;
        };
        let moment = Moment { clock, random };
        let name = name(&event);
        let instructions = engine.handle(event, moment);
        self.note(name, device, "");
        for instruction in instructions {
            self.do_instruction(device, instruction);
        }
        self.set_wake(device);
        if self.healed && matches!(name, "answered" | "view") {
            for event in self.devices[device].deletions() {
                self.happens(device, event);
            }
        }
    }

    fn set_wake(&mut self, device: usize) {
        let one = &self.devices[device];
        let wake = one.engine.as_ref().and_then(Engine::wake_at);
        let wake = wake.map(|wake| one.right_time_of(wake).max(self.now + 1));
        if wake != one.wake {
            self.devices[device].wake = wake;
            if let Some(wake) = wake {
                let at = self.at(device);
                self.later(wake - self.now, at, Next::Wake);
            }
        }
    }

    fn wake(&mut self, device: usize) {
        let one = &mut self.devices[device];
        // One that was set for another time, or slept through.
        if one.wake.is_none_or(|wake| wake > self.now) {
            return;
        }
        one.wake = None;
        self.happens(device, Event::Woke);
    }

    fn do_instruction(&mut self, device: usize, instruction: Instruction) {
        let at = self.at(device);
        match instruction {
            Instruction::Store { ticket, changes } => {
                let fails = self.devices[device].disk_full;
                self.devices[device].writing = (!fails).then_some(changes);
                self.devices[device].writing_since = self.now;
                let most = if self.chance.happens(50) { 2_000 } else { 8 };
                let takes = self.chance.between(0, most);
                self.later(takes, at, Next::Disk { ticket, fails });
            }
            Instruction::Fetch {
                request,
                after,
                wait,
            } => {
                let what = |_: &mut Self| Request::Fetch { after, wait };
                self.send(device, request, FETCH_TIMEOUT, what);
            }
            Instruction::Send { request, batch } => {
                self.note("batch", device, batch.json());
                let what = |_: &mut Self| Request::Send {
                    batch: batch.clone(),
                };
                self.send(device, request, SEND_TIMEOUT, what);
            }
            Instruction::Decide { document, decision } => {
                self.note("told", device, &format!("{decision:?}"));
                self.devices[device].was_told(document, decision);
            }
            Instruction::Release {
                document,
                nonce,
                signed_lease,
                ..
            } => {
                let lease = signed_lease.and_then(|signed| Some(LeaseId(signed.parse().ok()?)));
                self.print(device, document, nonce, lease);
            }
            Instruction::CloseLease { lease, .. } => {
                // Its disk may be slow, or nobody may listen for a while.
                let most = if self.chance.happens(50) { 600_000 } else { 50 };
                let takes = self.chance.between(1, most);
                self.later(takes, at, Next::Gate { lease });
            }
            Instruction::Refused { refused, .. } => {
                self.note("refused", device, &refused.sentence);
                self.devices[device].refusals += 1;
            }
            Instruction::Abort { .. }
            | Instruction::Decline { .. }
            | Instruction::Answered { .. }
            | Instruction::Pending { .. }
            | Instruction::Show => {}
        }
    }

    fn disk_done(&mut self, device: usize, ticket: Ticket, fails: bool) {
        if fails {
            return self.happens(device, Event::StoreFailed(ticket));
        }
        if let Some(changes) = self.devices[device].writing.take() {
            self.god.written(&self.devices[device], &changes);
            self.devices[device].write(changes);
        }
        self.happens(device, Event::Stored(ticket));
    }

    /// The spooler lets a job go to its printer, once for each approval.
    fn print(&mut self, device: usize, document: DocumentId, nonce: Uuid, lease: Option<LeaseId>) {
        let at = self.at(device);
        let takes = self.chance.between(500, 60_000);
        let draw = lease.map(|lease| (lease, self.devices[device].cost(document)));
        let Some(job) = self.devices[device].jobs.get_mut(&document) else {
            return;
        };
        if job.state == JobState::Held && !job.used.insert(nonce) {
            let reason = "This approval has been used already.".to_owned();
            self.happens(device, Event::Abandoned { document, reason });
        } else if job.state == JobState::Held {
            job.state = JobState::Printing;
            self.note("prints", device, "");
            self.later(takes, at, Next::Printer { document, draw });
        } else if job.state == JobState::Deleted {
            let reason = "The document is not there any more.".to_owned();
            self.happens(device, Event::Abandoned { document, reason });
            self.happens(device, Event::Deleted { document });
        }
    }

    fn printer_done(&mut self, device: usize, document: DocumentId, draw: Option<(LeaseId, i64)>) {
        let failed = self.chance.happens(50);
        let mut begins = !self.chance.happens(50);
        let one = &mut self.devices[device];
        let Some(job) = one.jobs.get_mut(&document) else {
            return;
        };
        if let Some((lease, cost)) = draw.filter(|_| begins) {
            begins = one.gate.print(lease, document, cost);
        }
        if !begins {
            job.state = JobState::Held;
            let reason = "The printer is off.".to_owned();
            return self.happens(device, Event::Abandoned { document, reason });
        }
        job.state = JobState::Done;
        job.settlement = Some(if failed {
            let reason = "No toner.".to_owned();
            Settlement::Failed { reason }
        } else {
            job.prints += 1;
            Settlement::Printed { sides: 0 }
        });
        if let Some(event) = self.devices[device].settled(document) {
            self.happens(device, event);
        }
    }

    /// A request goes on its way, or does not.
    fn send(
        &mut self,
        device: usize,
        request: RequestId,
        timeout: u64,
        what: impl Fn(&mut Self) -> Request,
    ) {
        let at = self.at(device);
        let fails = |trouble| arrives(Event::RequestFailed { request, trouble });
        self.devices[device].open.insert(request);
        self.later(timeout, at, Next::Timeout { request });
        let soon = self.chance.between(1, 300);
        let trouble = match self.devices[device].network {
            Network::Down if self.chance.happens(700) => Some(Trouble::Unreachable),
            // Nobody says anything.
            Network::Down => return,
            Network::Captive => Some(Trouble::NotOurs),
            Network::Intercepted => Some(Trouble::Certificate),
            Network::Up | Network::Lossy => None,
        };
        if let Some(trouble) = trouble {
            return self.later(soon, at, fails(trouble));
        }
        let lossy = self.devices[device].network == Network::Lossy;
        let copies = match () {
            () if lossy && self.chance.happens(200) => 0,
            () if lossy && self.chance.happens(200) => 2,
            () => 1,
        };
        for _ in 0..copies {
            let delay = self.delay(lossy);
            let server = self.chance.below(self.servers.len());
            let what = what(self);
            self.later(
                delay,
                at,
                Next::Request {
                    server,
                    request,
                    what,
                },
            );
        }
    }

    fn delay(&mut self, lossy: bool) -> u64 {
        match lossy && self.chance.happens(150) {
            true => self.chance.between(100, 50_000),
            false => self.chance.between(1, 80),
        }
    }

    /// An answer goes back, or is lost.
    fn respond(&mut self, at: At, event: Event) {
        let network = self.devices[at.device].network;
        let lossy = network == Network::Lossy;
        if !matches!(network, Network::Up | Network::Lossy) || (lossy && self.chance.happens(200)) {
            return;
        }
        let copies = if lossy && self.chance.happens(100) {
            2
        } else {
            1
        };
        for _ in 0..copies {
            let delay = self.delay(lossy);
            self.later(delay, at, Next::Arrives(Box::new(event.clone())));
        }
    }

    fn fail(&mut self, at: At, request: RequestId, trouble: Trouble) {
        self.respond(at, Event::RequestFailed { request, trouble });
    }

    fn request(&mut self, at: At, server: usize, request: RequestId, what: Request) {
        if !self.servers[server].up {
            return self.fail(at, request, Trouble::Unreachable);
        }
        if self.servers[server].busy {
            let retry_after_s = self.chance.happens(500).then_some(20);
            return self.fail(at, request, Trouble::Unavailable { retry_after_s });
        }
        if self.devices[at.device].signed_out {
            return self.fail(at, request, failed(FailureCode::SignedOut));
        }
        match what {
            Request::Fetch { after, wait } => self.fetched(at, server, request, (after, wait)),
            Request::Send { batch } => {
                let received = match Received::from_json(batch.json().as_bytes()) {
                    Ok(received) => received,
                    Err(fault) => return self.god.found(format!("a batch can't be read: {fault}")),
                };
                self.authority.acknowledge(at.id, received.acknowledged);
                let batch = Carrying {
                    operations: received.operations,
                    next: 0,
                    answers: Vec::new(),
                };
                self.carry(at, server, request, batch);
            }
        }
    }

    fn carry(&mut self, at: At, server: usize, request: RequestId, mut batch: Carrying) {
        if !self.servers[server].up {
            return;
        }
        let Some(operation) = batch.operations.get(batch.next) else {
            let answers = Answers {
                protocol: PROTOCOL,
                server_time: right_time(self.now),
                answers: batch.answers,
            };
            let json = answers.to_json();
            self.note("answers", at.device, &json);
            return match Answers::from_json(json.as_bytes()) {
                Ok(answers) => {
                    let answers = Box::new(answers);
                    self.respond(at, Event::AnswersArrived { request, answers });
                }
                Err(fault) => self.god.found(format!("answers can't be read: {fault}")),
            };
        };
        let now = right_time(self.now);
        let applied = self.authority.apply(at.id, operation, now);
        self.changed(None, at.device);
        if !self.healed && self.chance.happens(5) {
            self.crash_server(server);
        }
        match applied {
            Err(failure) => {
                self.note("failure", at.device, &failure.sentence);
                self.fail(at, request, Trouble::Failed(failure));
            }
            Ok(answer) => {
                batch.answers.push(answer);
                batch.next += 1;
                let next = Next::Carry {
                    server,
                    request,
                    batch,
                };
                let pause = self.chance.between(0, 3);
                self.later(pause, at, next);
            }
        }
    }

    /// What the server has that is newer than a version, if anything.
    fn view_of(&mut self, at: At, after: Option<u64>) -> Result<Option<Event>, Trouble> {
        let now = right_time(self.now);
        let view = self
            .authority
            .view(at.id, after, now)
            .map_err(Trouble::Failed)?;
        let Some(view) = view else {
            return Ok(None);
        };
        // To read each of them again would take most of the time.
        if self.chance.happens(50) {
            match View::from_json(view.to_json().as_bytes()) {
                Ok(read) if read == view => {}
                other => self
                    .god
                    .found(format!("a view is read differently: {other:?}")),
            }
        }
        let request = RequestId(0);
        let told = self.told.tell(at.id, after, &view);
        match told {
            Err(finding) => self.god.found(finding),
            Ok(Some(balances)) if !self.chance.happens(300) => {
                return Ok(Some(Event::BalancesArrived { request, balances }));
            }
            Ok(_) => {}
        }
        let view = Box::new(view);
        Ok(Some(Event::ViewArrived { request, view }))
    }

    fn fetched(
        &mut self,
        at: At,
        server: usize,
        request: RequestId,
        (after, wait): (Option<u64>, bool),
    ) {
        let parked = Parked {
            device: at.device,
            life: at.life,
            id: at.id,
            server,
            server_life: self.servers[server].life,
            request,
            after,
            until: if wait { self.now + PARKED } else { self.now },
        };
        self.tell(parked);
        if wait {
            self.look_at(PARKED + 1);
        }
    }

    /// Tells a device what there is to tell, and lets it wait on.
    fn tell(&mut self, mut one: Parked) {
        let (at, request) = (one.at(), one.request);
        match self.view_of(at, one.after) {
            Err(trouble) => return self.fail(at, request, trouble),
            Ok(Some(Event::BalancesArrived { balances, .. })) => {
                one.after = Some(balances.version);
                self.respond(at, Event::BalancesArrived { request, balances });
            }
            Ok(Some(event)) => return self.respond(at, of(request, event)),
            Ok(None) => {}
        }
        if one.until <= self.now {
            return self.respond(at, Event::ViewUnchanged { request });
        }
        self.parked.push(one);
    }

    fn look_at(&mut self, ms: u64) {
        let at = self.at(0);
        self.later(ms, at, Next::Look);
    }

    /// Whoever waits for something that changed is answered.
    fn look(&mut self) {
        self.look_due = false;
        let concerned = std::mem::replace(&mut self.concerned, Concerned::nobody());
        for one in std::mem::take(&mut self.parked) {
            let server = &self.servers[one.server];
            let gone = !server.up || server.life != one.server_life;
            if gone || self.devices[one.device].life != one.life {
                continue;
            }
            match concerned.includes(&self.devices[one.device].user) || one.until <= self.now {
                true => self.tell(one),
                false => self.parked.push(one),
            }
        }
    }

    /// Something changed in the ledger, by an act or by an operation of a device: it is
    /// looked at, and people are told.
    fn changed(&mut self, act: Option<&Act>, device: usize) {
        let now = right_time(self.now);
        let truth = self.authority.truth(now);
        let pools = self.god.look(truth, act, now);
        match &mut self.concerned {
            Concerned::These(users) if act.is_none() && !pools => {
                users.insert(self.devices[device].user.clone());
            }
            concerned => *concerned = Concerned::Everybody,
        }
        if !self.look_due && !self.parked.is_empty() {
            self.look_due = true;
            let ms = self.chance.between(1, self.look_ms);
            self.look_at(ms);
        }
    }

    pub(crate) fn act(&mut self, act: &Act) -> bool {
        let done = self.authority.act(act, right_time(self.now));
        if done {
            self.note("act", 0, &format!("{act:?}"));
            self.changed(Some(act), 0);
        }
        done
    }

    pub(crate) fn crash_server(&mut self, server: usize) {
        let at = self.at(0);
        self.note("server falls", server, "");
        self.servers[server].up = false;
        self.servers[server].life += 1;
        let (broken, parked) = std::mem::take(&mut self.parked)
            .into_iter()
            .partition(|one| one.server == server);
        self.parked = parked;
        let broken: Vec<Parked> = broken;
        for one in broken {
            // Some connections break at once, of others nobody hears.
            if self.chance.happens(700) {
                self.fail(one.at(), one.request, Trouble::Unreachable);
            }
        }
        let away = self.chance.between(100, 120_000);
        self.later(away, at, Next::ServerUp { server });
    }

    /// Somebody submits a document.
    pub(crate) fn submit(&mut self, device: usize, job: Job) {
        let submission = job.submission.clone();
        let document = submission.document.id;
        self.devices[device].jobs.insert(document, job);
        self.happens(device, Event::Submitted(Box::new(submission)));
    }

    /// Everybody who uses a device.
    pub(crate) fn user_of(&self, device: usize) -> UserId {
        self.devices[device].user.clone()
    }
}

impl Concerned {
    const fn nobody() -> Self {
        Self::These(BTreeSet::new())
    }

    fn includes(&self, user: &UserId) -> bool {
        match self {
            Self::Everybody => true,
            Self::These(users) => users.contains(user),
        }
    }
}

/// A view as what comes of this request.
fn of(request: RequestId, event: Event) -> Event {
    match event {
        Event::ViewArrived { view, .. } => Event::ViewArrived { request, view },
        other => other,
    }
}

fn arrives(event: Event) -> Next {
    Next::Arrives(Box::new(event))
}

/// The request that something comes of.
const fn answered(event: &Event) -> Option<RequestId> {
    match event {
        Event::ViewArrived { request, .. }
        | Event::ViewUnchanged { request }
        | Event::AnswersArrived { request, .. }
        | Event::RequestFailed { request, .. } => Some(*request),
        _ => None,
    }
}

/// What an event is called in the trace.
const fn name(event: &Event) -> &'static str {
    match event {
        Event::Started => "started",
        Event::Woke => "woke",
        Event::NetworkChanged => "network",
        Event::Stored(_) => "stored",
        Event::StoreFailed(_) => "not stored",
        Event::SignedIn => "signed in",
        Event::Submitted(_) => "submitted",
        Event::ViewArrived { .. } => "view",
        Event::BalancesArrived { .. } => "balances",
        Event::ViewUnchanged { .. } => "no view",
        Event::AnswersArrived { .. } => "answered",
        Event::RequestFailed { .. } => "failed",
        Event::ReleaseAsked { .. } => "release",
        Event::Deleted { .. } => "deleted",
        Event::Settled { .. } => "settled",
        Event::Abandoned { .. } => "abandoned",
        _ => "something else",
    }
}

fn failed(code: FailureCode) -> Trouble {
    Trouble::Failed(Failure {
        code,
        sentence: String::new(),
        retry_after_s: None,
        expected: None,
    })
}
