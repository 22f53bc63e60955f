//! The task that owns the engine.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use platen_domain::{DocumentId, LeaseId, UserId};
use platen_ledger::LedgerError;
use platen_sync::engine::{
    Change, Decision, Declined, Engine, Event, Instruction, RequestId, RestoreError, Shown, Ticket,
    Trouble,
};
use platen_sync::wire::{Done, Enrolment, Refused};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinHandle};
use url::Url;
use uuid::Uuid;

use crate::clock::SystemClock;
use crate::session::{Session, SignIn};
use crate::store::{Rows, Store};
use crate::transport::{Seen, Transport};

/// Events of the program wait here until those before are taken in.
const EVENTS: usize = 64;
/// No sleep is longer, so that a clock that jumped is noticed.
const LONGEST_SLEEP: Duration = Duration::from_secs(3600);
/// Where the devices of each user stand in the store.
const DEVICES: &str = "devices";
/// Where it stands whose documents are.
const OWNERS: &str = "owners";

/// What a link is made of.
pub struct LinkConfig {
    /// The server.
    pub server: Url,
    /// By way of this proxy, whatever the system says.
    pub proxy: Option<Url>,
    /// Whose documents these are.
    pub user: UserId,
    /// The file that everything is kept in.
    pub store: PathBuf,
    /// What the server is told of the device; its identity is the store's.
    pub enrolment: Enrolment,
    /// What becomes of a device that the server no longer takes.
    pub comeback: Comeback,
}

/// What becomes of a device that the server no longer takes, once its user has
/// signed in again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comeback {
    /// There is nothing to come back from.
    #[default]
    None,
    /// It was signed out: it is let in again, and goes on.
    Again,
    /// Its memory is not what the server knows, or can't be used: it begins as a new
    /// device, and what it had not delivered stays in the store. A file that is damaged
    /// is kept beside the new one.
    Anew,
}

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The disk.
    #[error(transparent)]
    Store(#[from] LedgerError),
    /// What stands in the store can't be used.
    #[error(transparent)]
    Memory(#[from] RestoreError),
    /// The computer's certificates can't be read, or the proxy has no address.
    #[error("connections to the print server can’t be made")]
    Network(#[source] reqwest::Error),
}

/// What a program is told of a document. *Source*: [`Instruction`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// What became of it.
    Decided(Decision),
    /// It may be printed.
    Release(Box<Released>),
    /// A wish was carried out, or its verdict declines it.
    Answered(Box<Done>),
    /// A wish waits for the server.
    Pending,
    /// A wish can't be fulfilled; nothing was changed.
    Declined(Declined),
    /// The server refused what was done here.
    Refused(Refused),
    /// The gate has to close a lease, which the server signed so, and the engine to hear
    /// what it says ([`Event::LeaseClosed`]).
    Close(LeaseId, String),
}

/// A document that may be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// Where.
    pub printer: String,
    /// The number of the approval, good for one print.
    pub nonce: Uuid,
    /// The approval, signed by the server.
    pub approval: Option<String>,
    /// The lease that its points were drawn from without network, as the server
    /// signed it.
    pub signed_lease: Option<String>,
}

/// A running engine. It ends when the last clone is dropped.
#[derive(Clone)]
pub struct Link {
    events: mpsc::Sender<Event>,
    shown: watch::Receiver<Arc<Shown>>,
    store: Store,
    device: Uuid,
    end: Arc<End>,
}

/// Ends the task from outside.
struct End {
    wanted: watch::Sender<bool>,
    task: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Link {
    /// Takes up what the store has and begins to keep in step. The receiver gets
    /// what there is to tell, of which document, in order; none where it is about
    /// no document.
    ///
    /// Has to be called inside a tokio runtime.
    ///
    /// *Errors*: [`StartError`].
    pub async fn start(
        config: LinkConfig,
        sign_in: Box<dyn SignIn>,
    ) -> Result<(Self, mpsc::UnboundedReceiver<(Option<DocumentId>, Told)>), StartError> {
        let LinkConfig {
            server,
            proxy,
            user,
            store,
            mut enrolment,
            comeback,
        } = config;
        let open = if comeback == Comeback::Anew {
            Store::open_anew
        } else {
            Store::open
        };
        let store = tokio::task::spawn_blocking(move || open(&store))
            .await
            .unwrap_or(Err(LedgerError::Halted))?;
        let device = device_of(&store, &user, comeback == Comeback::Anew).await?;
        enrolment.device = device;
        enrolment.again = comeback == Comeback::Again;
        let mut clock = SystemClock::new();
        let rows = store.read(&engine_space(device)).await?;
        let engine = Engine::restore(&user, rows, clock.now())?;
        let transport = Transport::new(server, proxy.as_ref()).map_err(StartError::Network)?;
        let (events, incoming) = mpsc::channel(EVENTS);
        let (told, telling) = mpsc::unbounded_channel();
        let (show, shown) = watch::channel(Arc::new(engine.shown()));
        let (done, results) = mpsc::unbounded_channel();
        let host = Host {
            engine,
            clock,
            store: store.clone(),
            space: engine_space(device),
            session: Arc::new(Session::new(transport, sign_in, enrolment)),
            requests: HashMap::new(),
            done,
            told,
            show,
        };
        let (wanted, ended) = watch::channel(false);
        let task = tokio::spawn(host.run(incoming, results, ended));
        let link = Self {
            events,
            shown,
            store,
            device,
            end: Arc::new(End {
                wanted,
                task: tokio::sync::Mutex::new(Some(task)),
            }),
        };
        Ok((link, telling))
    }

    /// Something happened here.
    pub async fn happened(&self, event: Event) {
        // Nobody takes it any more when the program is ending; the spooler tells
        // it again at the next start.
        let _ = self.events.send(event).await;
    }

    /// Ends it, whoever still holds a clone; afterwards the store is at rest, and
    /// another may be started on it.
    pub async fn close(&self) {
        self.end.wanted.send_replace(true);
        if let Some(task) = self.end.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the task of the link broke");
        }
        // Writes are done in order: this one waits for those before.
        let _ = self.store.read(DEVICES).await;
    }

    /// Whose document this is, of all who ever signed in here; none: nobody's yet.
    ///
    /// *Errors*: the disk can't be read.
    pub async fn owners(&self) -> Result<Vec<(DocumentId, UserId)>, LedgerError> {
        let rows = self.store.read(OWNERS).await?;
        let read = |(name, user): (String, String)| {
            Some((DocumentId(name.parse().ok()?), UserId::new(user)))
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Writes down whose document this is, or forgets it.
    ///
    /// *Errors*: nothing was written.
    pub async fn own(
        &self,
        document: DocumentId,
        user: Option<&UserId>,
    ) -> Result<(), LedgerError> {
        let change = Change {
            key: document.0.to_string(),
            value: user.map(|user| user.as_str().to_owned()),
        };
        self.store.write(OWNERS, vec![change]).await
    }

    /// What people see, as it changes.
    #[must_use]
    pub fn shown(&self) -> watch::Receiver<Arc<Shown>> {
        self.shown.clone()
    }

    /// Which device this is.
    #[must_use]
    pub const fn device(&self) -> Uuid {
        self.device
    }

    /// What the program itself kept about documents.
    ///
    /// *Errors*: the disk can't be read.
    pub async fn kept(&self) -> Result<Vec<(DocumentId, String)>, LedgerError> {
        let rows = self.store.read(&documents_space(self.device)).await?;
        let read = |(name, value): (String, String)| Some((DocumentId(name.parse().ok()?), value));
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Keeps something about a document, or forgets it, for good.
    ///
    /// *Errors*: nothing was written.
    pub async fn keep(
        &self,
        document: DocumentId,
        value: Option<String>,
    ) -> Result<(), LedgerError> {
        let change = Change {
            key: document.0.to_string(),
            value,
        };
        let space = documents_space(self.device);
        self.store.write(&space, vec![change]).await
    }
}

fn engine_space(device: Uuid) -> String {
    format!("engine/{device}")
}

fn documents_space(device: Uuid) -> String {
    format!("documents/{device}")
}

/// The device that a user has here; made and stored before anybody hears of it.
async fn device_of(store: &Store, user: &UserId, anew: bool) -> Result<Uuid, LedgerError> {
    let rows: Rows = store.read(DEVICES).await?;
    let known = rows.iter().find(|(name, _)| name == user.as_str());
    let known = known.and_then(|(_, device)| device.parse().ok());
    if let Some(device) = known.filter(|_| !anew) {
        return Ok(device);
    }
    let device = Uuid::new_v4();
    let change = Change {
        key: user.as_str().to_owned(),
        value: Some(device.to_string()),
    };
    store.write(DEVICES, vec![change]).await?;
    Ok(device)
}

struct Host {
    engine: Engine,
    clock: SystemClock,
    store: Store,
    space: String,
    session: Arc<Session>,
    requests: HashMap<RequestId, AbortHandle>,
    /// Where requests and writes say how they ended.
    done: mpsc::UnboundedSender<Event>,
    told: mpsc::UnboundedSender<(Option<DocumentId>, Told)>,
    show: watch::Sender<Arc<Shown>>,
}

impl Host {
    async fn run(
        mut self,
        mut incoming: mpsc::Receiver<Event>,
        mut results: mpsc::UnboundedReceiver<Event>,
        mut ended: watch::Receiver<bool>,
    ) {
        self.take(Event::Started);
        loop {
            let event = tokio::select! {
                _ = ended.wait_for(|ended| *ended) => break,
                event = incoming.recv() => match event {
                    Some(event) => event,
                    None => break,
                },
                // Never none: this holds a sender.
                Some(event) = results.recv() => event,
                () = tokio::time::sleep(self.until_wake()) => Event::Woke,
            };
            self.take(event);
        }
        for request in self.requests.values() {
            request.abort();
        }
    }

    fn until_wake(&mut self) -> Duration {
        let Some(at) = self.engine.wake_at() else {
            return LONGEST_SLEEP;
        };
        let now = self.clock.now().since_boot_ms;
        Duration::from_millis(at.saturating_sub(now)).min(LONGEST_SLEEP)
    }

    fn take(&mut self, event: Event) {
        let moment = self.clock.moment();
        match &event {
            Event::ViewArrived { request, .. }
            | Event::ViewUnchanged { request }
            | Event::AnswersArrived { request, .. } => drop(self.requests.remove(request)),
            Event::RequestFailed { request, trouble } => {
                tracing::debug!(request = request.0, ?trouble, "no answer");
                self.requests.remove(request);
            }
            _ => {}
        }
        for instruction in self.engine.handle(event, moment) {
            self.carry_out(instruction);
        }
        // A server that has nothing new changes only how it stands with it.
        if self.show.borrow().link != self.engine.link() {
            self.show();
        }
    }

    fn show(&self) {
        self.show.send_replace(Arc::new(self.engine.shown()));
    }

    fn carry_out(&mut self, instruction: Instruction) {
        match instruction {
            Instruction::Store { ticket, changes } => self.store(ticket, changes),
            Instruction::Fetch {
                request,
                after,
                wait,
            } => {
                tracing::debug!(request = request.0, wait, "asks for the view");
                let (session, heard) = (self.session.clone(), self.done.clone());
                self.ask(request, async move {
                    let balances = move |balances| {
                        let _ = heard.send(Event::BalancesArrived { request, balances });
                    };
                    Ok(match session.view(after, wait, balances).await? {
                        Seen::Same => Event::ViewUnchanged { request },
                        Seen::New(view) => Event::ViewArrived { request, view },
                    })
                });
            }
            Instruction::Send { request, batch } => {
                tracing::debug!(request = request.0, "sends operations");
                let session = self.session.clone();
                self.ask(request, async move {
                    let answers = Box::new(session.operations(batch.json()).await?);
                    Ok(Event::AnswersArrived { request, answers })
                });
            }
            Instruction::Abort { request } => {
                if let Some(task) = self.requests.remove(&request) {
                    task.abort();
                }
            }
            Instruction::Show => self.show(),
            Instruction::Decide { document, decision } => {
                self.tell(Some(document), Told::Decided(decision));
            }
            Instruction::Release {
                document,
                printer,
                nonce,
                approval,
                signed_lease,
                ..
            } => {
                let released = Released {
                    printer,
                    nonce,
                    approval,
                    signed_lease,
                };
                self.tell(Some(document), Told::Release(Box::new(released)));
            }
            Instruction::Answered { document, done } => {
                self.tell(Some(document), Told::Answered(done));
            }
            Instruction::Pending { document } => self.tell(Some(document), Told::Pending),
            Instruction::CloseLease { lease, signed } => {
                self.tell(None, Told::Close(lease, signed));
            }
            Instruction::Decline { document, why } => self.tell(document, Told::Declined(why)),
            Instruction::Refused { document, refused } => {
                self.tell(document, Told::Refused(refused));
            }
        }
    }

    fn tell(&self, document: Option<DocumentId>, told: Told) {
        // What nobody takes any more is told again at the next start.
        let _ = self.told.send((document, told));
    }

    fn store(&self, ticket: Ticket, changes: Vec<Change>) {
        let (store, space, done) = (self.store.clone(), self.space.clone(), self.done.clone());
        tokio::spawn(async move {
            let event = match store.write(&space, changes).await {
                Ok(()) => Event::Stored(ticket),
                Err(error) => {
                    tracing::error!(%error, "what was done could not be stored");
                    Event::StoreFailed(ticket)
                }
            };
            let _ = done.send(event);
        });
    }

    fn ask(
        &mut self,
        request: RequestId,
        work: impl Future<Output = Result<Event, Trouble>> + Send + 'static,
    ) {
        let done = self.done.clone();
        let task = tokio::spawn(async move {
            let event = work
                .await
                .unwrap_or_else(|trouble| Event::RequestFailed { request, trouble });
            let _ = done.send(event);
        });
        self.requests.insert(request, task.abort_handle());
    }
}
