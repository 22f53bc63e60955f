//! The print client without a desktop: the engine, its disk, its network and its clocks are those
//! of the tray app; the spooler and the printer are a few lines here.
//!
//! `headless-client SETUP.json` waits on its socket for whoever tests it, and ends with the
//! connection. See [`platen_tests::headless`].

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use async_trait::async_trait;
use jiff::Timestamp;
use platen_domain::{DocumentId, UserId, Verdict};
use platen_link::{Comeback, Link, LinkConfig, NoToken, Released, SignIn, Told};
use platen_sync::engine::{Decision, Event, Shown};
use platen_sync::wire::{Enrolment, Settlement};
use platen_tests::documents::submission;
use platen_tests::headless::{self, Balance, Document, Line, Setup, Sight, Wish};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixListener;
use tokio::net::unix::OwnedWriteHalf;
use uuid::Uuid;

/// How long the printer takes for a document.
const PRINTING: Duration = Duration::from_millis(100);
/// Thirty-two zeros in base64.
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

struct Holder(String);

#[async_trait]
impl SignIn for Holder {
    async fn id_token(&self, _: bool) -> Result<String, NoToken> {
        Ok(self.0.clone())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let file = std::env::args().nth(1).context("no set-up was named")?;
    let setup: Setup = serde_json::from_slice(&std::fs::read(file)?)?;
    let listener = UnixListener::bind(setup.socket())?;
    let (connection, _) = listener.accept().await?;
    let (reader, writer) = connection.into_split();
    let config = LinkConfig {
        server: setup.server.parse()?,
        proxy: setup
            .proxy
            .as_ref()
            .map(|proxy| proxy.parse())
            .transpose()?,
        user: UserId::new(setup.user.clone()),
        store: setup.store(),
        enrolment: Enrolment {
            device: Uuid::nil(),
            name: setup.name.clone(),
            system: "Linux".into(),
            key: KEY.into(),
            login: String::new(),
            gate: String::new(),
            again: false,
        },
        comeback: Comeback::None,
    };
    let (link, mut telling) = Link::start(config, Box::new(Holder(setup.token.clone()))).await?;
    let mut client = Client {
        printer: setup.printed(),
        spool: setup.directory.join("spool"),
        shown: link.shown(),
        link,
        writer,
        submitted: HashMap::new(),
    };
    let mut shown = client.shown.clone();
    shown.mark_changed();
    let mut wishes = BufReader::new(reader).lines();
    loop {
        tokio::select! {
            wish = wishes.next_line() => match wish? {
                Some(wish) => client.fulfil(serde_json::from_str(&wish)?).await?,
                None => return Ok(()),
            },
            changed = shown.changed() => {
                changed?;
                let sight = sight(&shown.borrow_and_update());
                client.say(&Line::Shown(sight)).await?;
            }
            Some((about, told)) = telling.recv() => client.hear(about, told).await?,
        }
    }
}

struct Client {
    link: Link,
    shown: tokio::sync::watch::Receiver<Arc<Shown>>,
    writer: OwnedWriteHalf,
    printer: PathBuf,
    /// The documents that are here; others of the same user are on his other computers.
    spool: PathBuf,
    /// When documents were submitted here, and how many pages they have.
    submitted: HashMap<Uuid, (Instant, u32)>,
}

impl Client {
    async fn fulfil(&mut self, wish: Wish) -> Result<()> {
        let event = match wish {
            Wish::Print { document, pages } => {
                append(&self.spool, &document.to_string())?;
                let known = self.submitted.len();
                self.submitted.insert(document, (Instant::now(), pages));
                Event::Submitted(Box::new(submission(document, pages, known)))
            }
            Wish::Release(document) => Event::ReleaseAsked {
                document: DocumentId(document),
                printer: "Office".into(),
            },
            Wish::NetworkChanged => Event::NetworkChanged,
        };
        self.link.happened(event).await;
        Ok(())
    }

    async fn hear(&mut self, about: Option<DocumentId>, told: Told) -> Result<()> {
        let document = about.map_or(Uuid::nil(), |about| about.0);
        let what = match told {
            Told::Decided(Decision::Judged { verdict, lease, .. }) => headless::Told::Judged {
                permitted: !matches!(verdict, Verdict::Declined { .. }),
                on_lease: lease.is_some(),
            },
            Told::Decided(Decision::Waits(_)) => headless::Told::Waits,
            Told::Decided(Decision::Refused(refused)) | Told::Refused(refused) => {
                headless::Told::Refused(refused.sentence)
            }
            Told::Declined(why) => headless::Told::Declined(format!("{why:?}")),
            Told::Release(_) if !read(&self.spool)?.contains(&document.to_string()) => {
                return Ok(());
            }
            Told::Release(release) => {
                self.print(document, &release).await?;
                headless::Told::Printed
            }
            // There is no gate on these computers.
            Told::Answered(_) | Told::Pending | Told::Close(..) => return Ok(()),
        };
        let submitted = self.submitted.get(&document);
        let after = submitted.map_or(Duration::ZERO, |(at, _)| at.elapsed());
        self.say(&Line::Told {
            document,
            what,
            after_ms: u64::try_from(after.as_millis())?,
        })
        .await
    }

    /// Prints on an approval once, as the gate does: the entry is on the disk first.
    async fn print(&self, document: Uuid, release: &Released) -> Result<()> {
        if !read(&self.printer)?.contains(&release.nonce.to_string()) {
            append(&self.printer, &format!("{} {document}", release.nonce))?;
        }
        let (link, pages) = (self.link.clone(), self.submitted.get(&document));
        // Zero: the printer does not say.
        let sides = pages.map_or(0, |(_, pages)| u64::from(*pages));
        tokio::spawn(async move {
            tokio::time::sleep(PRINTING).await;
            let settled = Event::Settled {
                document: DocumentId(document),
                settlement: Settlement::Printed { sides },
            };
            link.happened(settled).await;
        });
        Ok(())
    }

    async fn say(&mut self, line: &Line) -> Result<()> {
        let line = serde_json::to_string(line)? + "\n";
        Ok(self.writer.write_all(line.as_bytes()).await?)
    }
}

fn read(list: &Path) -> Result<String> {
    match std::fs::read_to_string(list) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        text => Ok(text?),
    }
}

fn append(list: &Path, line: &str) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.create(true).append(true).open(list)?;
    writeln!(file, "{line}")?;
    Ok(file.sync_all()?)
}

fn sight(shown: &Shown) -> Sight {
    let name = |id| {
        let account = shown.accounts.iter().find(|one| Some(one.id) == id);
        account.map(|one| one.name.clone())
    };
    let documents = shown.documents.iter().chain(&shown.closed);
    let usable = shown.leases.iter().filter(|lease| !lease.ending);
    Sight {
        wall_s: Timestamp::now().as_second(),
        link: format!("{:?}", shown.link),
        undelivered: shown.undelivered,
        active: name(shown.active),
        accounts: shown
            .accounts
            .iter()
            .map(|one| Balance {
                name: one.name.clone(),
                posted: one.balance.posted.hundredths(),
                pending: one.balance.pending.hundredths(),
                leased: one.balance.leased.hundredths(),
            })
            .collect(),
        documents: documents
            .map(|one| Document {
                id: one.document.id.0,
                state: format!("{:?}", one.document.state)
                    .trim_start_matches("Some(")
                    .trim_end_matches(')')
                    .to_owned(),
                cost: one.document.cost.map(|cost| cost.hundredths()),
                charged: one.document.charged.map(|charged| charged.hundredths()),
            })
            .collect(),
        leases: usable.map(|lease| lease.left.hundredths()).collect(),
    }
}
