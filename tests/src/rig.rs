//! A site with one seat at it, and the questions that the tests ask.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use platen_lab::{
    Notification, Recorder, SECURE_QUEUE, Scratch, Seat, SeatOptions, Stage, StageOptions, User,
    finish, install_program, output, wait_for,
};
use serde::Deserialize;

use crate::PortalClient;
use crate::menu::Shown;

/// Nothing here takes that long on a machine that works; on a busy one it may.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// The account that a seat belongs to when the tests run as root.
const TESTER: &str = "platen-alice";

/// One account that carries everything.
pub const PLENTY: &str = r#"
[[account]]
name = "Plenty"
code = "plenty"
"#;

const RATES: &str = r#"
[rates.A4]
mono = { simplex = 1, duplex = 0.75 }
colour = { simplex = 3, duplex = 2.5 }

[rates.other]
mono = { simplex = 10, duplex = 10 }
colour = { simplex = 20, duplex = 20 }
"#;

/// A pilot file: these accounts at the usual rates.
#[must_use]
pub fn pilot(accounts: &str) -> String {
    [accounts, RATES].concat()
}

/// A site, a seat with a running client, and what it notifies.
#[derive(Debug)]
pub struct Rig {
    // Dropped in this order: the client goes before its print server.
    /// What the desktop was told.
    pub recorder: Recorder,
    /// The person's desktop and client.
    pub seat: Seat,
    /// The site.
    pub stage: Stage,
    scratch: Scratch,
}

/// What differs from the usual rig.
#[derive(Debug, Default)]
pub struct RigOptions {
    /// The site.
    pub stage: StageOptions,
    /// The seat; its user is chosen by the rig unless it is given.
    pub seat: SeatOptions,
}

/// What `platen status --json` says.
#[derive(Clone, Debug, Deserialize)]
pub struct Status {
    /// The person.
    pub person: Option<String>,
    /// By which identifier he is known.
    pub user_id: Option<String>,
    /// How the sign-in is, as a sentence.
    pub note: String,
    /// How it stands with the site's server, where there is one.
    pub server: Option<ServerStatus>,
    /// How the print system is, as a sentence.
    pub spooler: String,
    /// The active account's name.
    pub active_account: Option<String>,
    /// Every account.
    pub accounts: Vec<AccountStatus>,
    /// Newest first.
    pub documents: Vec<DocumentStatus>,
}

/// How it stands with the site's server.
#[derive(Clone, Debug, Deserialize)]
pub struct ServerStatus {
    /// `connected`, `away`, `stopped` and the like.
    pub link: String,
    /// The same as a sentence.
    pub sentence: String,
    /// Operations that it has not confirmed.
    pub undelivered: usize,
    /// Points that this computer may use without it, as `5 on Course`.
    pub leases: Vec<String>,
}

/// One account there.
#[derive(Clone, Debug, Deserialize)]
pub struct AccountStatus {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `19/50 points used`.
    pub balance: String,
    /// New documents are charged to it.
    pub active: bool,
}

/// One document there.
#[derive(Clone, Debug, Deserialize)]
pub struct DocumentStatus {
    /// Its id, the job's UUID.
    pub id: String,
    /// The spooler's number for it.
    pub job_id: i32,
    /// Its name.
    pub name: String,
    /// The state's name.
    pub state: String,
    /// Why it is in it.
    pub reason: Option<String>,
    /// The account's name.
    pub account: Option<String>,
    /// What it costs.
    pub points: Option<String>,
    /// What was charged.
    pub charged: Option<String>,
    /// Its owner was told.
    pub notified: bool,
}

impl Status {
    /// The balance of the account `name`.
    #[must_use]
    pub fn balance(&self, name: &str) -> Option<&str> {
        self.accounts
            .iter()
            .find(|one| one.name == name)
            .map(|one| one.balance.as_str())
    }

    /// The id of the account `name`.
    ///
    /// # Errors
    /// When the person has no such account.
    pub fn account_id(&self, name: &str) -> Result<&str> {
        let found = self.accounts.iter().find(|one| one.name == name);
        found
            .map(|one| one.id.as_str())
            .with_context(|| format!("no account {name}"))
    }

    /// The document `name`.
    ///
    /// # Errors
    /// When there is none.
    pub fn document(&self, name: &str) -> Result<&DocumentStatus> {
        let found = self.documents.iter().find(|one| one.name == name);
        found.with_context(|| format!("no document {name} among {:?}", self.documents))
    }
}

/// A directory with Platen's programs: where cargo put them, beside the tests.
///
/// # Errors
/// When this program runs from somewhere else, or they were not built.
pub fn programs() -> Result<PathBuf> {
    programs_with("platen")
}

/// As [`programs`], where this one must be among them.
///
/// # Errors
/// As there.
pub fn programs_with(name: &str) -> Result<PathBuf> {
    let me = std::env::current_exe()?;
    let beside = me.ancestors().skip(1).take(2);
    beside
        .map(Path::to_owned)
        .find(|place| place.join(name).is_file())
        .with_context(|| format!("{name} is not built: cargo build --workspace"))
}

/// An ordinary user to sit at the seat: a test user when the tests run as root.
///
/// # Errors
/// When it can't be made.
pub fn tester(name: &str) -> Result<User> {
    let me = User::current()?;
    if me.uid == 0 {
        User::ensure(name)
    } else {
        Ok(me)
    }
}

impl Rig {
    /// A site without provider, one person with the pilot accounts, the client running.
    ///
    /// # Errors
    /// When a part does not come up.
    pub fn start(name: &str) -> Result<Self> {
        let stage = StageOptions {
            provider: false,
            ..StageOptions::default()
        };
        Self::with(
            name,
            RigOptions {
                stage,
                ..RigOptions::default()
            },
        )
    }

    /// The same with accounts of its own, at the usual rates.
    ///
    /// # Errors
    /// When a part does not come up.
    pub fn with_accounts(name: &str, accounts: &str) -> Result<Self> {
        let stage = StageOptions {
            provider: false,
            ..StageOptions::default()
        };
        let seat = SeatOptions {
            pilot: Some(pilot(accounts)),
            ..SeatOptions::default()
        };
        Self::with(name, RigOptions { stage, seat })
    }

    /// As `options` say, the client running and its key trusted.
    ///
    /// # Errors
    /// When a part does not come up.
    pub fn with(name: &str, options: RigOptions) -> Result<Self> {
        let mut rig = Self::without_client(name, options)?;
        rig.seat.start_client()?;
        rig.stage.trust(&rig.seat)?;
        Ok(rig)
    }

    /// The same before the client's first start.
    ///
    /// # Errors
    /// When a part does not come up.
    pub fn without_client(name: &str, options: RigOptions) -> Result<Self> {
        let scratch = Scratch::new(name)?;
        let stage = Stage::start(&scratch.join("site"), &programs()?, &options.stage)?;
        let mut seat = options.seat;
        if seat.user.is_none() {
            seat.user = Some(tester(TESTER)?);
        }
        let seat = Seat::take(&stage, &scratch.join("seat"), &seat)?;
        let recorder = Recorder::start(seat.desktop()?)?;
        Ok(Self {
            recorder,
            seat,
            stage,
            scratch,
        })
    }

    /// Writes a document for printing.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn file(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.scratch.join(name);
        std::fs::write(&path, bytes)?;
        Ok(path)
    }

    /// A path of this rig's own.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.scratch.join(name)
    }

    /// Prints `bytes` to the secure queue under `name` and returns the job's number.
    ///
    /// # Errors
    /// When lp refuses.
    pub fn print(&self, name: &str, bytes: &[u8], options: &[&str]) -> Result<i32> {
        let file = self.file(name, bytes)?;
        self.seat.print(&self.stage, SECURE_QUEUE, &file, options)
    }

    /// What the client says of itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn status(&self) -> Result<Status> {
        let text = finish(&mut self.seat.platen(&["status", "--json"]))?;
        serde_json::from_str(&text).context("the status is not what it was")
    }

    /// Waits until the client's status is as wanted, and returns it.
    ///
    /// # Errors
    /// After the deadline, with the last status.
    pub fn until(&self, what: &str, wanted: impl Fn(&Status) -> bool) -> Result<Status> {
        let found = wait_for(what, DEADLINE, || {
            // It may be restarting.
            Ok(self.status().ok().filter(|status| wanted(status)))
        });
        found.map_err(|problem| problem.context(format!("last seen: {:#?}", self.status())))
    }

    /// Waits until the document `name` is in `state`, and returns the status.
    ///
    /// # Errors
    /// After the deadline, with the last status.
    pub fn until_state(&self, name: &str, state: &str) -> Result<Status> {
        self.until(&format!("{name} to be {state}"), |status| {
            status
                .document(name)
                .is_ok_and(|document| document.state == state)
        })
    }

    /// Waits for a notification with this title about this document.
    ///
    /// # Errors
    /// After the deadline, with what was sent instead.
    pub fn told(&self, title: &str, document: &str) -> Result<Notification> {
        self.recorder.wait_for(DEADLINE, |note| {
            note.summary == title && note.body.contains(&format!("“{document}”"))
        })
    }

    /// How many notifications name this document.
    #[must_use]
    pub fn times_told(&self, document: &str) -> usize {
        let name = format!("“{document}”");
        self.recorder
            .notifications()
            .iter()
            .filter(|note| note.body.contains(&name))
            .count()
    }

    /// Presses the button `label` of the notification `title`.
    ///
    /// # Errors
    /// When the notification daemon does not answer.
    pub fn press(&self, title: &str, label: &str) -> Result<()> {
        self.seat.desktop()?.press(title, label)
    }

    /// What the tray shows.
    ///
    /// # Errors
    /// When there is no tray item on the bus.
    pub fn tray(&self) -> Result<Shown> {
        let text = finish(self.tool("tray-menu")?.arg("show"))?;
        serde_json::from_str(&text).context("the tray is not what it was")
    }

    /// Clicks the item of the tray menu whose label begins so.
    ///
    /// # Errors
    /// When there is none or it is disabled.
    pub fn click(&self, label: &str) -> Result<()> {
        finish(self.tool("tray-menu")?.args(["click", label])).map(|_| ())
    }

    /// Clicks such an item even if it is disabled, as a panel with an older menu does.
    ///
    /// # Errors
    /// When there is none.
    pub fn click_anyway(&self, label: &str) -> Result<()> {
        finish(self.tool("tray-menu")?.args(["click-anyway", label])).map(|_| ())
    }

    /// Whether a panel shows the tray item.
    ///
    /// # Errors
    /// When there is no item or no panel.
    pub fn in_panel(&self) -> Result<bool> {
        let text = finish(self.tool("tray-menu")?.arg("in-panel"))?;
        Ok(text.trim() == "true")
    }

    /// How many windows with this title are on the screen.
    ///
    /// # Errors
    /// When xdotool is missing.
    pub fn windows(&self, title: &str) -> Result<usize> {
        let mut search = self.seat.desktop()?.command("xdotool");
        search.args(["search", "--onlyvisible", "--name", &format!("^{title}$")]);
        // It fails when it finds none.
        let answer = output(&mut search)?;
        Ok(String::from_utf8_lossy(&answer.stdout).lines().count())
    }

    fn tool(&self, name: &str) -> Result<std::process::Command> {
        let program = programs()?.join(name);
        // The seat's user may not look into the target directory.
        let copy = self.scratch.join(name);
        if !copy.exists() {
            install_program(&program, &copy, 0o755)?;
        }
        Ok(self.seat.command(&copy.to_string_lossy()))
    }

    /// Enters the portal, at a document if one is named.
    ///
    /// # Errors
    /// When the client gives no link or the portal does not take it.
    pub async fn portal(&self, document: Option<&str>) -> Result<PortalClient> {
        let mut words = vec!["open", "--print-link"];
        words.extend(document.iter().flat_map(|id| ["--document", *id]));
        PortalClient::enter(finish(&mut self.seat.platen(&words))?.trim()).await
    }

    /// Kills the client as a crash does.
    ///
    /// # Errors
    /// When it does not run.
    pub fn crash(&mut self) -> Result<()> {
        self.seat.client()?.kill9()
    }

    /// Checks the ledger as an administrator does: every balance and chain.
    ///
    /// # Errors
    /// When something does not hold.
    pub fn verify_ledger(&self) -> Result<()> {
        let mut verify = self.stage.platenctl();
        verify
            .args(["accounts", "verify", "--data-dir"])
            .arg(self.seat.data());
        finish(&mut verify).map(|_| ())
    }

    /// Takes a picture of the desktop.
    ///
    /// # Errors
    /// When it can't be taken.
    pub fn screenshot(&self, file: &Path) -> Result<()> {
        self.seat.desktop()?.screenshot(file)
    }

    /// How the job stands, as `lpstat` shows it to an administrator.
    ///
    /// # Errors
    /// When CUPS does not answer.
    pub fn lpstat(&self, arguments: &[&str]) -> Result<String> {
        let answer = output(self.stage.cupsd().command("lpstat").args(arguments))?;
        Ok(String::from_utf8_lossy(&answer.stdout).into_owned())
    }
}
