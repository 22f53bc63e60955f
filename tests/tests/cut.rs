//! Devices whose links are cut under load, with two servers on one PostgreSQL: the engine as the
//! tray app runs it, real requests, real disks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use platen_domain::{DocumentId, DocumentState, Points, UserId, Verdict};
use platen_link::{Comeback, Link, LinkConfig, NoToken, SignIn, Told};
use platen_sync::engine::{self, Decision, Event};
use platen_sync::wire::Enrolment;
use platen_tests::documents::submission;
use platen_tests::rig::pilot;
use platen_tests::{Cable, ServerRig, ServerRigOptions};
use tokio::sync::Mutex;
use uuid::Uuid;

/// Two people's own points: not enough for all that five devices print.
const SITE: &str = r#"
[settings]
lease_points = 4

[[account]]
name = "Print Quota"
code = "quota"
limit = 40
"#;

const DOCUMENTS: u32 = 12;
/// A pause between two tries lasts a minute at most.
const DEADLINE: Duration = Duration::from_secs(150);

struct Holder(String);

#[async_trait]
impl SignIn for Holder {
    async fn id_token(&self, _: bool) -> Result<String, NoToken> {
        Ok(self.0.clone())
    }
}

/// A computer with the print client.
struct Device {
    user: UserId,
    link: Link,
    /// What its user was told last of each document.
    decided: Arc<Mutex<BTreeMap<DocumentId, Decision>>>,
}

impl Device {
    async fn start(
        rig: &ServerRig,
        (token, user): (String, String),
        (server, cable): (String, &Cable),
        number: usize,
    ) -> Result<Self> {
        let config = LinkConfig {
            server: server.parse()?,
            proxy: Some(cable.url().parse()?),
            user: UserId::new(user.clone()),
            store: rig.path(&format!("device-{number}.sqlite")),
            enrolment: Enrolment {
                device: Uuid::nil(),
                name: format!("Computer {number}"),
                system: "Linux".into(),
                key: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into(),
                login: String::new(),
                gate: String::new(),
                again: false,
            },
            comeback: Comeback::None,
        };
        let (link, mut telling) = Link::start(config, Box::new(Holder(token))).await?;
        let decided = Arc::new(Mutex::new(BTreeMap::new()));
        let last = decided.clone();
        tokio::spawn(async move {
            while let Some((about, told)) = telling.recv().await {
                if let (Some(document), Told::Decided(decision)) = (about, told) {
                    last.lock().await.insert(document, decision);
                }
            }
        });
        Ok(Self {
            user: UserId::new(user),
            link,
            decided,
        })
    }

    /// Prints documents of one to three points, one after another.
    async fn print(&self) {
        for document in 0..DOCUMENTS {
            let pages = document % 3 + 1;
            let number = usize::try_from(document).unwrap_or_default();
            let submission = submission(Uuid::new_v4(), pages, number);
            self.link
                .happened(Event::Submitted(Box::new(submission)))
                .await;
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    }

    fn is_delivered(&self) -> bool {
        let shown = self.link.shown().borrow().clone();
        shown.link == engine::Link::Connected && shown.undelivered == 0
    }
}

/// Waits until it is so for all of them, and lets them try again at once meanwhile.
async fn until(what: &str, devices: &[Device], is_so: impl Fn() -> bool) -> Result<()> {
    let started = Instant::now();
    while !is_so() {
        ensure!(started.elapsed() < DEADLINE, "waited in vain: {what}");
        for device in devices {
            device.link.happened(Event::NetworkChanged).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_agree_with_the_ledger_after_their_links_were_cut_under_load() -> Result<()> {
    let options = ServerRigOptions {
        servers: 2,
        postgres: true,
        pilot: Some(pilot(SITE)),
        ..ServerRigOptions::default()
    };
    let mut rig = ServerRig::with("cut", options)?;
    let cables = [Cable::lay().await?, Cable::lay().await?];
    let servers = [rig.server(0)?.url(), rig.server(1)?.url()];
    let mut devices = Vec::new();
    for (login, computers) in [("alice", 5), ("bob", 2)] {
        let identity = rig.identity(login).await?;
        for _ in 0..computers {
            let number = devices.len();
            let way = (servers[number % 2].clone(), &cables[number % 2]);
            devices.push(Device::start(&rig, identity.clone(), way, number).await?);
        }
    }
    until("all to be connected", &devices, || {
        devices.iter().all(Device::is_delivered)
    })
    .await?;

    // One link after the other is cut while everybody prints; a server dies in between.
    let devices = Arc::new(devices);
    let printing: Vec<_> = (0..devices.len())
        .map(|number| {
            let devices = devices.clone();
            tokio::spawn(async move { devices[number].print().await })
        })
        .collect();
    for cable in cables.iter().cycle().take(3) {
        tokio::time::sleep(Duration::from_millis(600)).await;
        cable.cut();
        tokio::time::sleep(Duration::from_millis(900)).await;
        cable.mend();
    }
    rig.server(0)?.process().kill9()?;
    rig.server(0)?.restart()?;
    for device in printing {
        device.await?;
    }
    until("everything to be delivered", &devices, || {
        devices.iter().all(Device::is_delivered)
    })
    .await?;

    for user in [&devices[0].user, &devices[6].user] {
        let own: Vec<_> = devices.iter().filter(|one| one.user == *user).collect();
        let shown = |device: &Device| device.link.shown().borrow().clone();
        // Views come to each in its own time.
        until("the devices to agree", &devices, || {
            let balance = |device: &&Device| shown(device).accounts.first().map(|one| one.balance);
            let first = own.first().map(balance);
            own.iter().all(|device| Some(balance(device)) == first)
        })
        .await?;
        let last = shown(own[0]);
        let account = last.accounts.first().context("no account")?;
        let balance = account.balance;
        ensure!(
            balance.committed()? <= Points::from_hundredths(4_000),
            "{balance:?}"
        );
        let held = last
            .documents
            .iter()
            .filter(|one| one.document.state == Some(DocumentState::Held));
        let mut reserved = Points::ZERO;
        for document in held {
            reserved = reserved.plus(document.document.cost.unwrap_or_default())?;
        }
        assert_eq!(reserved, balance.pending, "{last:?}");
        // Each was decided on once and for all, and its user told what the ledger says.
        let mut decided = 0;
        for device in &own {
            for (document, decision) in device.decided.lock().await.iter() {
                decided += 1;
                let all = last.documents.iter().chain(&last.closed);
                let found = all.clone().find(|one| one.document.id == *document);
                let state = found.and_then(|one| one.document.state);
                let permitted = match decision {
                    Decision::Judged { verdict, .. } => {
                        !matches!(verdict, Verdict::Declined { .. })
                    }
                    other => panic!("{document:?} was left at {other:?}"),
                };
                if permitted {
                    assert_eq!(state, Some(DocumentState::Held), "{document:?}");
                } else {
                    // Only the newest of those that are over are in a view.
                    ensure!(state != Some(DocumentState::Held), "{document:?}");
                }
            }
        }
        assert_eq!(decided, own.len() * DOCUMENTS as usize);
    }
    ensure!(cables.iter().all(|cable| cable.passed() > 10), "{cables:?}");
    Ok(())
}
