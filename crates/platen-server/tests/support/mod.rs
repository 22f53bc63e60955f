//! A real print server behind the gate, with real printers, and a ledger with
//! documents to print.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use jiff::Timestamp;
use jiff::civil::Date;
use platen_domain::{DocumentId, DocumentState, PageFacts, PageRun, Person, Points, Size, UserId};
use platen_lab::{Scratch, Stage, StageOptions, User, finish, grey_pdf};
use platen_ledger::{Document, Facts, Ledger, NewDocument, Reserve, Site};
use platen_server::printing::{CupsPrinting, Host, PrintingParts, site_key};
use platen_spooler::{Cups, CupsConfig};
use ring::digest::{SHA256, digest};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Nothing here takes that long on a machine that works; on a busy one it may.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);
/// A queue without a gate, for the printer that is also behind one.
pub(crate) const OPEN_QUEUE: &str = "Open";

const SITE: &str = r#"
[[account]]
name = "Print Quota"
code = "quota"
limit = 50

[rates.A4]
mono = { simplex = 1, duplex = 0.75 }
colour = { simplex = 3, duplex = 2.5 }

[rates.other]
mono = { simplex = 10, duplex = 10 }
colour = { simplex = 20, duplex = 20 }
"#;

/// The whole site.
pub(crate) struct Hall {
    pub(crate) stage: Stage,
    pub(crate) ledger: Ledger,
    pub(crate) scratch: Scratch,
}

/// A server's printing, running until it is dropped.
pub(crate) struct Running {
    pub(crate) printing: CupsPrinting,
    task: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Running {
    pub(crate) fn start(parts: PrintingParts) -> Self {
        let (printing, work) = CupsPrinting::new(parts);
        let task = tokio::spawn(work.run());
        Self { printing, task }
    }

    /// Ends it where it is, as a crash would.
    pub(crate) async fn crash(mut self) {
        self.task.abort();
        // Aborted: its end is what is waited for.
        let _ended = (&mut self.task).await;
    }
}

impl Hall {
    pub(crate) async fn open(name: &str) -> Result<Self> {
        let scratch = Scratch::new(name)?;
        let options = StageOptions {
            provider: false,
            ..StageOptions::default()
        };
        let stage = Stage::start(&scratch.join("site"), &programs()?, &options)?;
        let library = stage.printer("Library")?;
        let queue = [
            "-p",
            OPEN_QUEUE,
            "-E",
            "-v",
            &library.uri(),
            "-m",
            "everywhere",
        ];
        stage.cupsd().lpadmin(&queue)?;
        let ledger = Ledger::open(&scratch.join("ledger.sqlite"))?;
        ledger.load_site(Site::from_toml(SITE)?).await?;
        let hall = Self {
            stage,
            ledger,
            scratch,
        };
        hall.trust("server").await?;
        Ok(hall)
    }

    /// The directory of a server of that name.
    pub(crate) fn directory(&self, server: &str) -> Result<PathBuf> {
        let directory = self.scratch.join(server);
        std::fs::create_dir_all(&directory)?;
        Ok(directory)
    }

    /// Lets the gate believe what the site's servers sign.
    async fn trust(&self, server: &str) -> Result<()> {
        let directory = self.directory(server)?;
        site_key(&self.ledger, &directory).await?;
        let key = directory.join("authority.key");
        let mut trust = self.stage.platenctl();
        finish(trust.args(["authority", "trust"]).arg(&key))?;
        Ok(())
    }

    pub(crate) fn cups(&self) -> Result<Cups> {
        Ok(Cups::connect(CupsConfig {
            socket: self.stage.cupsd().socket(),
            user: User::current()?.name,
            queues: Some(vec![OPEN_QUEUE.into()]),
        }))
    }

    /// A server's printing that does no work yet.
    pub(crate) async fn parts(&self, server: &str) -> Result<PrintingParts> {
        let directory = self.directory(server)?;
        let key = site_key(&self.ledger, &directory).await?;
        Ok(PrintingParts {
            ledger: self.ledger.clone(),
            cups: self.cups()?,
            host: Host::of(&directory)?,
            key,
            scratch: directory,
            push: None,
        })
    }

    pub(crate) async fn run(&self, server: &str) -> Result<Running> {
        Ok(Running::start(self.parts(server).await?))
    }

    /// A document of grey pages that waits for its release.
    pub(crate) async fn bring(&self, name: &str, pages: u32) -> Result<DocumentId> {
        let content = grey_pdf(pages);
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest(&SHA256, &content).as_ref());
        self.bring_as(name, pages, &content, sha256).await
    }

    /// The same, whatever its digest is said to be.
    pub(crate) async fn bring_as(
        &self,
        name: &str,
        pages: u32,
        content: &[u8],
        sha256: [u8; 32],
    ) -> Result<DocumentId> {
        let id = DocumentId(Uuid::new_v4());
        for (number, part) in content.chunks(Ledger::CONTENT_PART).enumerate() {
            let number = u32::try_from(number)?;
            self.ledger
                .put_content(id, number, part.to_vec(), now())
                .await?;
        }
        let page = PageFacts {
            size: Size::A4,
            colour: false,
        };
        let mut facts = Facts {
            documents: vec![vec![PageRun { count: pages, page }]],
            digests: vec![sha256],
            format: "application/pdf".into(),
            ..Facts::default()
        };
        facts.finishing.media = Some(Size::A4);
        let new = NewDocument {
            id,
            user: alice().id,
            queue: String::new(),
            job_id: 0,
            name: name.into(),
            submitted_at: now(),
        };
        let ask = Reserve {
            id,
            person: alice(),
            account: None,
            facts,
            lease: None,
        };
        let outcome = self.ledger.place(new, ask, now(), today()).await?;
        ensure!(outcome.document.state == DocumentState::Held);
        Ok(id)
    }

    pub(crate) async fn document(&self, id: DocumentId) -> Result<Document> {
        self.ledger.document(id).await?.context("it is gone")
    }

    /// Waits until the document is as asked for.
    pub(crate) async fn until(
        &self,
        what: &str,
        id: DocumentId,
        is_so: impl Fn(&Document) -> bool,
    ) -> Result<Document> {
        let started = Instant::now();
        loop {
            let document = self.document(id).await?;
            if is_so(&document) {
                return Ok(document);
            }
            if started.elapsed() > DEADLINE {
                bail!("waited in vain: {what}; it is {document:?}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn until_state(
        &self,
        id: DocumentId,
        state: DocumentState,
    ) -> Result<Document> {
        self.until(state.name(), id, |document| document.state == state)
            .await
    }

    /// How often the printer printed something.
    pub(crate) fn prints(&self, printer: &str) -> Result<usize> {
        Ok(self.stage.printer(printer)?.prints()?.len())
    }

    /// Posted and pending points of the one account.
    pub(crate) async fn balance(&self) -> Result<(Points, Points)> {
        let view = self.ledger.view(&alice(), now(), today()).await?;
        let balance = view.accounts.first().context("no account")?.balance;
        Ok((balance.posted, balance.pending))
    }
}

pub(crate) fn alice() -> Person {
    Person {
        id: UserId::openid("https://id.example.edu", "alice"),
        name: "Alice Example".into(),
        login: "alice@example.edu".into(),
        groups: Default::default(),
    }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

pub(crate) fn today() -> Date {
    jiff::Zoned::now().date()
}

pub(crate) fn points(whole: i64) -> Points {
    Points::from_hundredths(whole * 100)
}

/// Platen's programs, where cargo put them: beside the tests.
fn programs() -> Result<PathBuf> {
    let me = std::env::current_exe()?;
    let beside = me.ancestors().skip(1).take(2).map(Path::to_owned);
    beside
        .into_iter()
        .find(|place| place.join("platenctl").is_file() && place.join("platen-gate").is_file())
        .context("build the programs first: cargo build --workspace")
}
