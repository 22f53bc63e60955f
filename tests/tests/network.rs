//! Devices on networks of their own whose lines go dead without a word, with two servers on one
//! PostgreSQL behind TLS: cut, lossy, slow, moved to another address, while everybody prints.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use platen_lab::{Computer, Network, Server, ServerOptions};
use platen_tests::headless::{Setup, Sight, Told, Wish};
use platen_tests::rig::pilot;
use platen_tests::server::{certificate_for, server_programs};
use platen_tests::{Headless, ServerRig, ServerRigOptions, WebClient};
use uuid::Uuid;

/// Not enough for all that three of Alice's computers print.
const SITE: &str = r#"
[settings]
lease_points = 6

[[account]]
name = "Course"
code = "course"
limit = 40

[[account]]
name = "Print Quota"
code = "quota"
limit = 45
"#;

const DOCUMENTS: u32 = 14;
const PAUSE: Duration = Duration::from_millis(500);
/// Three seconds are promised; a busy machine may take a while to say so.
const DECIDED: Duration = Duration::from_secs(6);
/// A dead connection is found out within half a minute, and a pause between two tries may last one.
const IN_STEP: Duration = Duration::from_secs(60);
const CUT: Duration = Duration::from_secs(8);

/// Servers that computers reach over a network, and one for people on this machine.
struct Site {
    // Dropped in this order: the servers go before their database and their address.
    servers: Vec<Server>,
    rig: ServerRig,
    network: Network,
}

impl Site {
    fn start(name: &str, count: usize) -> Result<Self> {
        let network = Network::lay()?;
        let options = ServerRigOptions {
            postgres: true,
            pilot: Some(pilot(SITE)),
            ..ServerRigOptions::default()
        };
        let mut rig = ServerRig::with(name, options)?;
        let address = network.address().to_string();
        let (certificate, key) = certificate_for(&address)?;
        std::fs::write(rig.path("certificate.pem"), certificate)?;
        std::fs::write(rig.path("key.pem"), key)?;
        let path = |file: &str| rig.path(file).display().to_string();
        let environment = [
            ("TLS_CERTIFICATE", path("certificate.pem")),
            ("TLS_KEY", path("key.pem")),
            ("LISTEN", format!("{address}:PORT")),
            ("PUBLIC_URL", format!("https://{address}:PORT")),
        ];
        let environment = environment
            .map(|(name, value)| (format!("PLATEN_SERVER_{name}"), value))
            .to_vec();
        let options = ServerOptions {
            issuer: Some(rig.provider().issuer().to_owned()),
            database: Some(rig.postgres()?.url("platen")),
            environment,
            ..ServerOptions::default()
        };
        let servers = (0..count).map(|number| {
            let directory = rig.path(&format!("far-{number}"));
            Server::start(&directory, &server_programs()?, &options)
        });
        let servers = servers.collect::<Result<_>>()?;
        Ok(Self {
            servers,
            rig,
            network,
        })
    }

    /// The computer with that number, where somebody is signed in.
    async fn computer(&mut self, identity: &(String, String), number: usize) -> Result<Desk> {
        let computer = self.network.computer()?;
        let port = self.servers[number % self.servers.len()].port();
        let setup = Setup {
            server: format!("https://{}:{port}", self.network.address()),
            proxy: None,
            user: identity.1.clone(),
            token: identity.0.clone(),
            name: format!("Computer {number}"),
            directory: self.rig.path(&format!("computer-{number}")),
        };
        let trusted = self.rig.path("certificate.pem");
        let computer = Arc::new(Mutex::new(computer));
        let there = computer.clone();
        let client = Headless::start(setup, move |program| {
            let there = there.lock().expect("nobody panics holding it");
            let mut command = there.command(program);
            command.env("SSL_CERT_FILE", &trusted);
            command
        });
        Ok(Desk {
            client: client.await?,
            computer,
            printed: Vec::new(),
        })
    }
}

/// A computer with its client.
struct Desk {
    client: Headless,
    computer: Arc<Mutex<Computer>>,
    /// What was printed there, and how many pages.
    printed: Vec<(Uuid, u32)>,
}

impl Desk {
    fn line(&self) -> MutexGuard<'_, Computer> {
        self.computer.lock().expect("nobody panics holding it")
    }

    /// Connected, and points are set aside.
    async fn until_ready(&self) -> Result<()> {
        let ready = |sight: &Sight| sight.is_delivered() && !sight.leases.is_empty();
        self.client.until("a lease", IN_STEP, ready).await?;
        Ok(())
    }

    async fn until_delivered(&self) -> Result<Duration> {
        let delivered = self.client.until("delivered", IN_STEP, Sight::is_delivered);
        delivered.await
    }

    /// Prints documents of one to three pages, and releases every other one. If `crashes`, the
    /// client is killed in the middle, and the spooler then tells again of all that it holds.
    async fn work(&mut self, crashes: bool) -> Result<()> {
        for number in 0..DOCUMENTS {
            let pages = number % 3 + 1;
            let document = self.client.print(pages).await?;
            self.printed.push((document, pages));
            tokio::time::sleep(PAUSE).await;
            if number % 2 == 0 {
                self.client.wish(&Wish::Release(document)).await?;
            }
            if crashes && number == DOCUMENTS / 2 {
                self.client.crash(None).await?;
                for (document, pages) in self.printed.clone() {
                    self.client.wish(&Wish::Print { document, pages }).await?;
                }
            }
        }
        Ok(())
    }

    /// The user of each document was told within three seconds whether it may be printed, or that
    /// it waits.
    fn decided_in_time(&self) -> Result<()> {
        let said = self.client.said();
        for (document, _) in &self.printed {
            let mut about = said.iter().filter(|said| said.document == *document);
            let first = about.find(|said| matches!(said.what, Told::Judged { .. } | Told::Waits));
            let first = first.with_context(|| format!("nothing was said of {document}"))?;
            ensure!(
                first.after < DECIDED,
                "{}: {first:?} {said:?}",
                self.client.setup().name,
            );
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_agree_after_their_lines_went_dead_in_every_way_under_load() -> Result<()> {
    let mut site = Site::start("dead-lines", 2)?;
    let mut desks = Vec::new();
    for (login, computers) in [("alice", 4), ("bob", 2)] {
        let identity = site.rig.identity(login).await?;
        for _ in 0..computers {
            let number = desks.len();
            desks.push(site.computer(&identity, number).await?);
        }
    }
    for desk in &desks {
        desk.until_ready().await?;
    }
    let lines: Vec<_> = desks.iter().map(|desk| desk.computer.clone()).collect();
    let line = |number: usize| lines[number].lock().expect("nobody panics holding it");
    let working: Vec<_> = desks
        .into_iter()
        .enumerate()
        .map(|(number, mut desk)| {
            tokio::spawn(async move {
                desk.work(number == CRASHES).await?;
                anyhow::Ok(desk)
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    line(0).unplug()?;
    line(1).lose(100)?;
    line(2).go_elsewhere()?;
    line(3).lose_answers()?;
    line(4).lose(20)?;
    line(4).slow(256)?;
    line(5).lose_the_way()?;
    tokio::time::sleep(CUT / 2).await;
    site.servers[0].process().kill9()?;
    site.servers[0].restart()?;
    tokio::time::sleep(CUT / 2).await;
    line(0).plug_in()?;
    line(1).lose(0)?;
    line(3).lose(0)?;
    line(4).lose(0)?;
    line(5).find_the_way()?;
    let restored = Instant::now();
    let mut desks = Vec::new();
    for desk in working {
        desks.push(desk.await??);
    }
    let desks = Arc::new(desks);
    let waiting: Vec<_> = (0..desks.len())
        .map(|number| {
            let desks = desks.clone();
            tokio::spawn(async move {
                desks[number].until_delivered().await?;
                anyhow::Ok(restored.elapsed())
            })
        })
        .collect();
    for (number, desk) in waiting.into_iter().enumerate() {
        eprintln!("computer {number} has delivered after {:?}", desk.await??);
    }
    for desk in desks.iter() {
        desk.decided_in_time()?;
    }
    agree(&desks[..4]).await?;
    agree(&desks[4..]).await
}

/// The computer whose client is killed while its line is dead.
const CRASHES: usize = 5;

/// Releases what is still held, and checks that everybody has the same, everything once.
async fn agree(desks: &[Desk]) -> Result<()> {
    let started = Instant::now();
    loop {
        let mut held = 0;
        for desk in desks {
            let own: BTreeSet<_> = desk.printed.iter().map(|(id, _)| *id).collect();
            let sight = desk.client.sight();
            for document in sight.in_state("Held").filter(|one| own.contains(&one.id)) {
                held += 1;
                desk.client.wish(&Wish::Release(document.id)).await?;
            }
            held += sight.in_state("Releasing").count() + sight.undelivered;
        }
        let sights: Vec<_> = desks.iter().map(|desk| desk.client.sight()).collect();
        let alike = sights
            .windows(2)
            .all(|two| two[0].accounts == two[1].accounts);
        if held == 0 && alike {
            break;
        }
        ensure!(
            started.elapsed() < IN_STEP,
            "they do not agree: {sights:#?}"
        );
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let sight = desks[0].client.sight();
    let mut printed = BTreeSet::new();
    let mut pages = 0;
    for desk in desks {
        let sizes: BTreeMap<_, _> = desk.printed.iter().copied().collect();
        for document in desk.client.printed()? {
            ensure!(printed.insert(document), "{document} was printed twice");
            let size = sizes
                .get(&document)
                .context("it was printed somewhere else")?;
            pages += i64::from(*size);
        }
    }
    ensure!(printed.len() > desks.len() * 2, "{printed:?}");
    let posted: i64 = sight.accounts.iter().map(|one| one.posted).sum();
    assert_eq!(posted, pages * 100, "{sight:#?}");
    for account in &sight.accounts {
        assert_eq!(account.pending, 0, "{sight:#?}");
        let limit = if account.name == "Course" {
            4_000
        } else {
            4_500
        };
        ensure!(account.posted + account.leased <= limit, "{sight:#?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_device_finds_out_that_its_line_is_dead() -> Result<()> {
    let mut site = Site::start("quiet-lines", 1)?;
    let identity = site.rig.identity("alice").await?;
    let silent = site.computer(&identity, 0).await?;
    let moved = site.computer(&identity, 1).await?;
    for desk in [&silent, &moved] {
        desk.until_ready().await?;
    }
    silent.line().lose(100)?;
    moved.line().go_elsewhere()?;
    let cut = Instant::now();
    // Meanwhile somebody chooses another account in the portal.
    let portal = WebClient::sign_in(&site.rig.url(), "alice").await?;
    let account = site.rig.account("Print Quota").await?;
    portal
        .done("/account", &[("account", account.as_str())])
        .await?;
    let chosen = |sight: &Sight| sight.active.as_deref() == Some("Print Quota");
    moved.client.until("the account", IN_STEP, chosen).await?;
    eprintln!("moved, and in step after {:?}", cut.elapsed());
    let away = |sight: &Sight| !sight.is_connected();
    silent.client.until("to be away", IN_STEP, away).await?;
    eprintln!("silent, and known to be after {:?}", cut.elapsed());
    silent.line().lose(0)?;
    let back = silent.client.until("the account", IN_STEP, chosen).await?;
    eprintln!("in step {back:?} after the line was back");
    Ok(())
}
