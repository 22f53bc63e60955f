//! The print client without a desktop: the real engine with its disk, network and clocks, in a
//! process of its own that can be anywhere: on a computer of a [`platen_lab::Network`], under
//! another clock, stopped.
//!
//! Here is the test's half, and what the two say to each other over a socket: a line of JSON each.
//! The other half is the program `headless-client`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use platen_lab::Process;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::watch;
use uuid::Uuid;

use crate::rig::{DEADLINE, programs_with};

/// What the client works with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setup {
    /// The server's address.
    pub server: String,
    /// By way of this proxy.
    pub proxy: Option<String>,
    /// By which identifier the server knows the user.
    pub user: String,
    /// His ID token.
    pub token: String,
    /// The computer's name.
    pub name: String,
    /// Where its memory and its socket are, and the list of what was printed.
    pub directory: PathBuf,
}

impl Setup {
    /// The socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.directory.join("socket")
    }

    /// The memory of the device.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.directory.join("device.sqlite")
    }

    /// What came out of the printer: a line for each, the approval's number and the document's id.
    #[must_use]
    pub fn printed(&self) -> PathBuf {
        self.directory.join("printed")
    }
}

/// What a person or the spooler does there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Wish {
    /// Print so many grey pages.
    Print {
        /// The document.
        document: Uuid,
        /// How many.
        pages: u32,
    },
    /// Release it.
    Release(Uuid),
    /// The operating system says that the network is another.
    NetworkChanged,
}

/// What the client says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Line {
    /// What people see there now.
    Shown(Sight),
    /// What its user was told of a document.
    Told {
        /// The document.
        document: Uuid,
        /// What.
        what: Told,
        /// How long after it was printed there. Units: milliseconds.
        after_ms: u64,
    },
}

/// What a user was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// There is a verdict.
    Judged {
        /// It may be printed.
        permitted: bool,
        /// Its points come from a lease.
        on_lease: bool,
    },
    /// It is held until there can be a verdict.
    Waits,
    /// It came out of the printer.
    Printed,
    /// A wish was not fulfilled.
    Declined(String),
    /// The server refused something.
    Refused(String),
}

/// What people see.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sight {
    /// What the wall clock says there. Units: seconds since 1970.
    pub wall_s: i64,
    /// How it stands with the server, as the engine calls it.
    pub link: String,
    /// Operations without an answer.
    pub undelivered: usize,
    /// The active account's name.
    pub active: Option<String>,
    /// The accounts.
    pub accounts: Vec<Balance>,
    /// Open documents, and the last of those that are over.
    pub documents: Vec<Document>,
    /// What is left of the leases that can be drawn on. Units: hundredths of a point.
    pub leases: Vec<i64>,
}

/// A balance. Units: hundredths of a point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// The account's name.
    pub name: String,
    /// Charged.
    pub posted: i64,
    /// Reserved.
    pub pending: i64,
    /// Set aside on devices.
    pub leased: i64,
}

/// A document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document {
    /// Its id.
    pub id: Uuid,
    /// Its state, as the engine calls it.
    pub state: String,
    /// What it costs. Units: hundredths of a point.
    pub cost: Option<i64>,
    /// What was charged. Units: hundredths of a point.
    pub charged: Option<i64>,
}

impl Sight {
    /// It answers.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.link == "Connected"
    }

    /// It answers, and has everything.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        self.is_connected() && self.undelivered == 0
    }

    /// Documents in this state.
    pub fn in_state(&self, state: &str) -> impl Iterator<Item = &Document> {
        let state = state.to_owned();
        self.documents.iter().filter(move |one| one.state == state)
    }
}

/// A line that a client said of a document, and when it came.
#[derive(Clone, Debug)]
pub struct Said {
    /// The document.
    pub document: Uuid,
    /// What its user was told.
    pub what: Told,
    /// How long after it was printed.
    pub after: Duration,
    /// When it was told.
    pub at: Instant,
}

/// How to run a program where the client is.
pub type Place = Box<dyn Fn(&str) -> Command + Send + Sync>;

/// A running client.
pub struct Headless {
    setup: Setup,
    place: Place,
    process: Process,
    wishes: tokio::sync::Mutex<OwnedWriteHalf>,
    sight: watch::Receiver<Sight>,
    said: Arc<Mutex<Vec<Said>>>,
}

impl Headless {
    /// Starts it at `place`, which runs a program given its path.
    ///
    /// # Errors
    /// When it was not built or does not come up.
    pub async fn start(
        setup: Setup,
        place: impl Fn(&str) -> Command + Send + Sync + 'static,
    ) -> Result<Self> {
        std::fs::create_dir_all(&setup.directory)?;
        let text = serde_json::to_string(&setup)?;
        std::fs::write(setup.directory.join("setup.json"), text)?;
        let place: Place = Box::new(place);
        let said = Arc::default();
        let (process, wishes, sight) = launch(&setup, &place, &said).await?;
        Ok(Self {
            setup,
            place,
            process,
            wishes: tokio::sync::Mutex::new(wishes),
            sight,
            said,
        })
    }

    /// Kills it as a crash does and starts it again, at another place if one is given.
    ///
    /// # Errors
    /// When it does not end or does not come up.
    pub async fn crash(&mut self, place: Option<Place>) -> Result<()> {
        if self.process.is_running() {
            self.process.kill9()?;
        }
        if let Some(place) = place {
            self.place = place;
        }
        let (process, wishes, sight) = launch(&self.setup, &self.place, &self.said).await?;
        (self.process, self.sight) = (process, sight);
        *self.wishes.lock().await = wishes;
        Ok(())
    }

    /// Lets something happen there.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn wish(&self, wish: &Wish) -> Result<()> {
        let line = serde_json::to_string(wish)? + "\n";
        let mut wishes = self.wishes.lock().await;
        wishes.write_all(line.as_bytes()).await?;
        Ok(())
    }

    /// Prints a document of so many grey pages.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn print(&self, pages: u32) -> Result<Uuid> {
        let document = Uuid::new_v4();
        self.wish(&Wish::Print { document, pages }).await?;
        Ok(document)
    }

    /// Prints a document, and waits for what its user is told first.
    ///
    /// # Errors
    /// When nothing is told in time.
    pub async fn ask(&self, pages: u32) -> Result<Said> {
        let document = self.print(pages).await?;
        let started = Instant::now();
        loop {
            if let Some(said) = self.said().into_iter().find(|one| one.document == document) {
                return Ok(said);
            }
            ensure!(
                started.elapsed() < DEADLINE,
                "nothing was told of a document: {}",
                self.process.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What people see there.
    #[must_use]
    pub fn sight(&self) -> Sight {
        self.sight.borrow().clone()
    }

    /// Waits until what people see there is so; how long that took.
    ///
    /// # Errors
    /// After the deadline, with what was seen last.
    pub async fn until(
        &self,
        what: &str,
        deadline: Duration,
        is_so: impl Fn(&Sight) -> bool,
    ) -> Result<Duration> {
        let started = Instant::now();
        let mut sight = self.sight.clone();
        let waiting = sight.wait_for(|sight| is_so(sight));
        let in_time = matches!(tokio::time::timeout(deadline, waiting).await, Ok(Ok(_)));
        let name = &self.setup.name;
        ensure!(
            in_time,
            "{name} waited in vain: {what}; last seen: {:?}\n{}",
            self.sight(),
            self.process.log()
        );
        Ok(started.elapsed())
    }

    /// All that its user was told, also before a crash.
    #[must_use]
    pub fn said(&self) -> Vec<Said> {
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What came out of the printer, in order.
    ///
    /// # Errors
    /// When the list can't be read.
    pub fn printed(&self) -> Result<Vec<Uuid>> {
        let path = self.setup.printed();
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text = std::fs::read_to_string(path)?;
        let documents = text.lines().filter_map(|line| line.split(' ').nth(1));
        Ok(documents.map(str::parse).collect::<Result<_, _>>()?)
    }

    /// What it works with.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Its process.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }
}

async fn launch(
    setup: &Setup,
    place: &Place,
    said: &Arc<Mutex<Vec<Said>>>,
) -> Result<(Process, OwnedWriteHalf, watch::Receiver<Sight>)> {
    let program = programs_with("headless-client")?.join("headless-client");
    let socket = setup.socket();
    let _ = std::fs::remove_file(&socket);
    let mut command = place(&program.to_string_lossy());
    command.arg(setup.directory.join("setup.json"));
    let log = setup.directory.join("client.log");
    let mut process = Process::start(&command, &log)?;
    process.wait_ready(DEADLINE, || socket.exists())?;
    let (reader, writer) = connect(&socket).await?.into_split();
    let (show, sight) = watch::channel(Sight::default());
    let said = Arc::clone(said);
    tokio::spawn(async move {
        let mut lines = BufReader::new(reader).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            match serde_json::from_str(&line) {
                Ok(Line::Shown(sight)) => drop(show.send_replace(sight)),
                Ok(Line::Told {
                    document,
                    what,
                    after_ms,
                }) => {
                    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                    said.push(Said {
                        document,
                        what,
                        after: Duration::from_millis(after_ms),
                        at: Instant::now(),
                    });
                }
                Err(_) => break,
            }
        }
    });
    Ok((process, writer, sight))
}

async fn connect(socket: &Path) -> Result<UnixStream> {
    let mut last = None;
    for _ in 0..100 {
        match UnixStream::connect(socket).await {
            Ok(stream) => return Ok(stream),
            // It is bound and not yet listened on.
            Err(problem) => last = Some(problem),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let problem = last.context("no try was made")?;
    Err(problem).with_context(|| format!("connecting to {}", socket.display()))
}
