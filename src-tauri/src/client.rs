//! The client's work: takes what the spooler, the person and the clock bring,
//! asks the agent what is due, and does it.
//!
//! The ledger and the spooler hold all that must survive; what is in memory
//! here is only about what this process has done itself.

mod approve;
mod diagnose;
mod face;
mod judge;
mod look;
mod notify;
mod put_off;
mod wishes;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use platen_domain::{DocumentId, Person};
use platen_estimate::isolated::Analyser;
use platen_gate::SigningKey;
use platen_ledger::{Document, LedgerError, UserView};
use platen_settings::Managed;
use platen_spooler::{Job, Queue, Spooler, SpoolerError};
use platen_web::words::{ENGLISH, Words};
use tokio::sync::{Semaphore, watch};

use crate::books::{At, Books, BooksError, News};
use crate::lanes::Lanes;
use crate::notifier::Notifier;
use crate::session::SessionState;
use crate::updates::Updates;

pub(crate) use diagnose::sentence_of;
pub(crate) use face::{Offers, face, service};
pub(crate) use look::error_chain;
pub(crate) use wishes::WishError;

/// Documents that are fetched and analysed at once; each analysis is a process
/// of its own, and more of them than cores only wait for each other.
const ANALYSES_AT_ONCE: usize = 4;

/// How the print system does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SpoolerState {
    /// Not asked yet.
    Unknown,
    /// It answers.
    Up,
    /// It doesn't, and what it or the computer says.
    Down(String),
    /// It answers, but this computer can’t work on documents, and why.
    Hindered(String),
}

/// What the client works with.
pub(crate) struct Parts {
    /// Where documents and points are kept.
    pub books: Arc<dyn Books>,
    /// The print system.
    pub spooler: Spooler,
    /// The isolated analyser.
    pub analyser: Analyser,
    /// The desktop's notifications.
    pub notifier: Notifier,
    /// The stand-alone authority's key.
    pub key: Arc<SigningKey>,
    /// Who is signed in.
    pub session: watch::Receiver<SessionState>,
    /// Everything that the person reads, in his language.
    pub words: &'static Words,
    /// Work on documents.
    pub lanes: Lanes,
    /// The settings that an administrator has made.
    pub managed: Vec<Managed>,
    /// Where documents are put while they are analysed.
    pub scratch: PathBuf,
    /// Newer versions.
    pub updates: Arc<Updates>,
}

/// The client; shared by everything that works for it.
pub(crate) struct Client {
    parts: Parts,
    analyses: Semaphore,
    memory: Mutex<Memory>,
    spooler: watch::Sender<SpoolerState>,
    queues: watch::Sender<Vec<Queue>>,
}

/// What this process did or saw itself; losing it costs only a repetition.
#[derive(Default)]
struct Memory {
    /// Jobs by the documents they are, so that a lane finds its job.
    jobs: HashMap<DocumentId, i32>,
    /// Jobs as the event showed them, until their first look takes them.
    arrived: HashMap<DocumentId, Job>,
    /// Released documents whose job was told to print by this process.
    sent: HashSet<DocumentId>,
    /// Documents that wait for somebody to sign in.
    waiting: HashSet<DocumentId>,
    /// The person has been asked to sign in for those.
    asked_to_sign_in: bool,
    /// Documents whose work was put off.
    put_off: HashMap<DocumentId, put_off::PutOff>,
}

/// Why a look at a document ended early; the next event or resync repeats it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkError {
    /// The print system.
    #[error("the print system failed")]
    Spooler(#[from] SpoolerError),
    /// The ledger, or the print server.
    #[error("the ledger failed")]
    Books(#[from] BooksError),
    /// The job is no longer what was priced.
    #[error("{}", ENGLISH.stored_changed)]
    Changed,
    /// It was released to a printer that this computer does not have.
    #[error("{}", ENGLISH.stored_not_here)]
    NoSuchPrinter,
    /// The disk.
    #[error("a file could not be written")]
    File(#[from] std::io::Error),
}

impl Client {
    /// Nothing runs yet.
    #[must_use]
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            parts,
            analyses: Semaphore::new(ANALYSES_AT_ONCE),
            memory: Mutex::default(),
            spooler: watch::Sender::new(SpoolerState::Unknown),
            queues: watch::Sender::new(Vec::new()),
        })
    }

    /// Where documents and points are kept.
    #[must_use]
    pub(crate) fn books(&self) -> &dyn Books {
        &*self.parts.books
    }

    /// Everything that the person reads, in his language.
    #[must_use]
    pub(crate) fn words(&self) -> &'static Words {
        self.parts.words
    }

    /// The settings that an administrator has made.
    #[must_use]
    pub(crate) fn managed(&self) -> &[Managed] {
        &self.parts.managed
    }

    /// Newer versions.
    #[must_use]
    pub(crate) fn updates(&self) -> &Arc<Updates> {
        &self.parts.updates
    }

    /// Who is signed in now; none: nobody.
    #[must_use]
    pub(crate) fn person(&self) -> Option<Person> {
        self.parts.session.borrow().person.clone()
    }

    /// Who is signed in, with what is not in order between this computer and the
    /// print server.
    #[must_use]
    pub(crate) fn known(&self, session: &SessionState) -> SessionState {
        let mut known = session.clone();
        if let Some(link) = self.books().link()
            && let Some(note) = link.note.filter(|_| known.person.is_some())
        {
            known.sentence = match known.note {
                // Both are away for the same reason.
                Some(_) => format!("{} {}", known.sentence, link.sentence),
                None => link.sentence,
            };
            known.note = Some(note.to_owned());
        }
        known
    }

    /// How the print system does.
    #[must_use]
    pub(crate) fn spooler_state(&self) -> watch::Receiver<SpoolerState> {
        self.spooler.subscribe()
    }

    /// The managed queues as last seen.
    #[must_use]
    pub(crate) fn queues(&self) -> watch::Receiver<Vec<Queue>> {
        self.queues.subscribe()
    }

    /// Takes down how the print system does.
    pub(crate) fn set_spooler(&self, state: SpoolerState) {
        self.spooler.send_if_modified(|now| {
            let changed = *now != state;
            *now = state;
            changed
        });
    }

    /// Looks at one job of the spooler, for an event.
    ///
    /// *Errors*: [`SpoolerError`].
    pub(crate) async fn see(&self, number: i32) -> Result<(), WorkError> {
        let Some(job) = self.job(number).await? else {
            // Purged: what the ledger has of it is looked at without a job.
            let gone: Vec<_> = {
                let memory = self.memory();
                memory
                    .jobs
                    .iter()
                    .filter(|(_, one)| **one == number)
                    .map(|(id, _)| *id)
                    .collect()
            };
            for document in gone {
                self.parts.lanes.look(document).await;
            }
            return Ok(());
        };
        self.arrived(job).await;
        Ok(())
    }

    /// Looks at a job as the spooler has just shown it.
    pub(crate) async fn arrived(&self, job: Job) {
        if self.is_managed(&job.queue) {
            let document = DocumentId(job.uuid);
            {
                let mut memory = self.memory();
                memory.jobs.insert(document, job.id);
                memory.arrived.insert(document, job);
            }
            self.parts.lanes.look(document).await;
        }
    }

    fn is_managed(&self, queue: &str) -> bool {
        self.queues
            .borrow()
            .iter()
            .any(|one| one.managed && one.name == queue)
    }

    /// A job by its number, if the spooler still knows it.
    pub(crate) async fn job(&self, number: i32) -> Result<Option<Job>, SpoolerError> {
        match self.parts.spooler.job(number).await {
            Ok(job) => Ok(Some(job)),
            Err(SpoolerError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Looks at everything: all open jobs, all open documents, all queues.
    ///
    /// *Errors*: the spooler or the ledger doesn't answer; tried again with the
    /// next event.
    pub(crate) async fn resync(&self) -> Result<(), WorkError> {
        self.refresh_queues().await?;
        // A job that arrives from here on may not be in the list, and is kept.
        let before: Vec<DocumentId> = self.memory().jobs.keys().copied().collect();
        let jobs = self.parts.spooler.open_jobs().await?;
        let mut documents: Vec<DocumentId> = Vec::with_capacity(jobs.len());
        {
            let mut memory = self.memory();
            for document in before {
                memory.jobs.remove(&document);
                memory.arrived.remove(&document);
            }
            for job in jobs.iter().filter(|job| self.is_managed(&job.queue)) {
                let document = DocumentId(job.uuid);
                memory.jobs.insert(document, job.id);
                documents.push(document);
            }
        }
        for document in self.open_documents().await? {
            self.memory()
                .jobs
                .entry(document.id)
                .or_insert(document.job_id);
            if !documents.contains(&document.id) {
                documents.push(document.id);
            }
        }
        self.books().forget_all_but(&documents).await?;
        for document in documents {
            self.parts.lanes.look(document).await;
        }
        Ok(())
    }

    /// Reads the queues anew.
    ///
    /// *Errors*: [`SpoolerError`].
    pub(crate) async fn refresh_queues(&self) -> Result<(), SpoolerError> {
        let queues = self.parts.spooler.queues().await?;
        self.queues.send_if_modified(|now| {
            let changed = *now != queues;
            *now = queues;
            changed
        });
        Ok(())
    }

    /// Documents that nobody released in time return their points and leave
    /// the spooler, and leases that nobody reported on do. Returns when to come again.
    ///
    /// *Errors*: [`BooksError`].
    pub(crate) async fn expire(&self) -> Result<Option<Timestamp>, BooksError> {
        let (expired, next) = self.books().expire(at()).await?;
        for document in expired {
            self.parts.lanes.look(document).await;
        }
        Ok(next)
    }

    /// Does what the print server's side asks for, until nobody is there any more.
    pub(crate) async fn hear(&self, mut news: tokio::sync::mpsc::UnboundedReceiver<News>) {
        while let Some(news) = news.recv().await {
            match news {
                News::LookAround => {
                    if let Err(error) = self.signed_in().await {
                        tracing::warn!(error = %error_chain(&error), "waiting documents could not be read");
                    }
                }
                News::Look(document) => self.parts.lanes.look(document).await,
                News::Refused(about, sentence) => self.tell_refused(about, &sentence).await,
                News::NotDelivered(text) => {
                    let title = self.words().notices.title_not_delivered;
                    self.tell_problem(title, &text).await;
                }
            }
        }
    }

    /// The person's accounts and newest documents, open and past; for the tray.
    ///
    /// *Errors*: [`BooksError`].
    pub(crate) async fn recent(
        &self,
        session: &SessionState,
    ) -> Result<(Option<UserView>, Vec<Document>), BooksError> {
        /// More than the menu shows, so that scripts see some history too.
        const RECENT: u32 = 20;
        let Some(person) = &session.person else {
            return Ok((None, Vec::new()));
        };
        let view = match self.books().view(person, at()).await {
            // Signed in, and not yet known to the books.
            Err(BooksError::SignedOut) => return Ok((None, Vec::new())),
            view => view?,
        };
        let mut recent = view.documents.clone();
        recent.extend(self.books().history(&person.id, Some(RECENT)).await?);
        recent.sort_by_key(|document| std::cmp::Reverse((document.submitted_at, document.job_id)));
        Ok((Some(view), recent))
    }

    async fn open_documents(&self) -> Result<Vec<Document>, BooksError> {
        let Some(person) = self.person() else {
            return Ok(Vec::new());
        };
        match self.books().view(&person, at()).await {
            Err(BooksError::SignedOut) => Ok(Vec::new()),
            view => Ok(view?.documents),
        }
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        // A panic elsewhere leaves these sets usable: they hold no invariant.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one place where the client reads the clock.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The site's local date.
fn today() -> Date {
    Zoned::now().date()
}

/// This moment, for the books.
pub(crate) fn at() -> At {
    At {
        now: now(),
        today: today(),
    }
}

impl From<LedgerError> for WorkError {
    fn from(error: LedgerError) -> Self {
        Self::Books(error.into())
    }
}
