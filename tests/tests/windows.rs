//! The tray app for Windows in Wine: on a virtual screen, against a spooler that follows a script
//! (`tests/winspool`). `cargo xtask check-platforms programs` builds what it takes and says in the
//! environment where that is.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use platen_lab::{Desktop, DesktopOptions, Keyring, Process, Scratch, User, output, wait_for};
use platen_tests::PortalClient;
use platen_tests::documents::grey;
use platen_tests::rig::{DEADLINE, Status, pilot};

const PROGRAMS: [&str; 4] = [
    "platen.exe",
    "platenctl.exe",
    "platen-estimate.exe",
    "WebView2Loader.dll",
];
const ACCOUNT: &str = "[[account]]\nname = \"Print Quota\"\ncode = \"quota\"\nlimit = 50\n";
/// *Source*: Windows, `JOB_STATUS_PRINTED`.
const PRINTED: u32 = 0x80;

/// A session in which the client can run.
struct House {
    // Dropped in this order: the client goes before its screen.
    client: Option<Process>,
    desktop: Desktop,
    scratch: Scratch,
    loader: PathBuf,
    user: User,
}

impl House {
    fn build() -> Result<Self> {
        let scratch = Scratch::new("windows")?;
        let built = variable("PLATEN_WINDOWS_PROGRAMS")?;
        for name in PROGRAMS {
            let copied = fs::copy(built.join(name), scratch.join(name));
            copied.with_context(|| format!("{name} is not in {}", built.display()))?;
        }
        // Under the name by which programs look for it.
        fs::copy(variable("PLATEN_WINSPOOL")?, scratch.join("winspool.drv"))?;
        fs::write(scratch.join("pilot.toml"), pilot(ACCOUNT))?;
        let settings = format!(
            "queues = [\"Laser\"]\npilot = '{}'\ndata_dir = '{}'\n",
            windows_path(&scratch.join("pilot.toml")),
            windows_path(&scratch.join("data")),
        );
        fs::write(scratch.join("client.toml"), settings)?;
        fs::write(
            scratch.join("spooler"),
            "printer\tLaser\tport=IP_10.0.0.9\n",
        )?;
        let screen = DesktopOptions {
            user: None,
            tray: false,
            notifications: false,
            keyring: Keyring::Missing,
        };
        Ok(Self {
            client: None,
            desktop: Desktop::start(&scratch.join("desk"), &screen)?,
            scratch,
            loader: variable("PLATEN_WINE")?,
            user: User::current()?,
        })
    }

    /// A program of Platen's, about to run in the session.
    fn program(&self, name: &str, words: &[&str]) -> Command {
        let place = |name: &str| windows_path(&self.scratch.join(name));
        let mut command = Command::new(&self.loader);
        command
            .arg(self.scratch.join(name))
            .args(words)
            .env("DISPLAY", self.desktop.display())
            .env("PLATEN_CONFIG", place("client.toml"))
            .env("PLATEN_WINSPOOL_SCRIPT", place("spooler"))
            // Instead of Wine's own, which knows of no jobs.
            .env("WINEDLLOVERRIDES", "winspool.drv=n");
        command
    }

    /// Runs it to its end, and returns what it wrote.
    fn run(&self, name: &str, words: &[&str]) -> Result<String> {
        let written = self.scratch.join("written.txt");
        // Not through a pipe: what Wine starts on the way would keep it open.
        let file = fs::File::create(&written)?;
        let mut command = self.program(name, words);
        command.stdin(Stdio::null()).stderr(file.try_clone()?);
        let status = command.stdout(file).status()?;
        let text = fs::read_to_string(&written)?;
        ensure!(
            status.success(),
            "{name} {words:?} failed ({status}): {text}"
        );
        Ok(text)
    }

    fn platen(&self, words: &[&str]) -> Result<String> {
        self.run("platen.exe", words)
    }

    fn start_client(&mut self) -> Result<()> {
        let log = self.scratch.join("client.log");
        let mut client = Process::start(&self.program("platen.exe", &[]), &log)?;
        client.wait_ready(DEADLINE, || self.platen(&["status"]).is_ok())?;
        self.client = Some(client);
        Ok(())
    }

    /// Where no panel takes icons, Wine has a window of its own for them while there are any.
    fn until_icon_is_shown(&self) -> Result<()> {
        wait_for("the tray icon", DEADLINE, || {
            let mut search = self.desktop.command("xdotool");
            search.args(["search", "--onlyvisible", "--name", "^Wine System Tray$"]);
            // It fails when it finds none.
            Ok(output(&mut search)?.status.success().then_some(()))
        })
    }

    fn client(&mut self) -> Result<&mut Process> {
        self.client.as_mut().context("the client was not started")
    }

    /// Writes on in the spooler's script.
    fn perform(&self, lines: &str) -> Result<()> {
        let file = OpenOptions::new()
            .append(true)
            .open(self.scratch.join("spooler"));
        Ok(file?.write_all(lines.as_bytes())?)
    }

    fn print(&self, number: u32, name: &str, document: &[u8]) -> Result<()> {
        let user = &self.user.name;
        let data: String = document.iter().map(|byte| format!("{byte:02x}")).collect();
        self.perform(&format!(
            "job\tLaser\t{number}\tuser={user}\tdocument={name}\tdata={data}\n"
        ))
    }

    fn status(&self) -> Result<Status> {
        let text = self.platen(&["status", "--json"])?;
        serde_json::from_str(&text).context("the status is not what it was")
    }

    fn until_state(&self, name: &str, state: &str) -> Result<Status> {
        let found = wait_for(&format!("{name} to be {state}"), DEADLINE, || {
            let status = self.status()?;
            let there = status.document(name).is_ok_and(|it| it.state == state);
            Ok(there.then_some(status))
        });
        found.with_context(|| format!("last seen: {:#?}", self.status()))
    }
}

/// What `cargo xtask check-platforms programs` says.
fn variable(name: &str) -> Result<PathBuf> {
    let value = std::env::var_os(name).map(PathBuf::from);
    value.with_context(|| format!("{name} is not set: cargo xtask check-platforms programs"))
}

fn windows_path(file: &Path) -> String {
    format!("Z:{}", file.display().to_string().replace('/', "\\"))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes Wine and the programs for Windows: cargo xtask check-platforms programs"]
async fn documents_are_held_priced_released_and_charged_on_windows() -> Result<()> {
    let mut house = House::build()?;
    house.start_client()?;

    house.until_icon_is_shown()?;
    // With the desktop there comes no second one.
    house.platen(&["--autostart"])?;
    ensure!(house.client()?.is_running(), "the first client has ended");

    house.print(7, "notes.pdf", &grey(4))?;
    let status = house.until_state("notes.pdf", "held")?;
    let notes = status.document("notes.pdf")?;
    ensure!(notes.points.as_deref() == Some("4"), "{notes:?}");
    ensure!(
        status.balance("Print Quota") == Some("4/50 points used"),
        "{status:?}"
    );

    let link = house.platen(&["open", "--print-link"])?;
    let portal = PortalClient::enter(link.trim()).await?;
    let page = portal.get("/").await?;
    ensure!(page.text.contains("notes.pdf"), "{}", page.text);
    let release = format!("/documents/{}/release", notes.id);
    portal.done(&release, &[("printer", "Laser")]).await?;
    house.until_state("notes.pdf", "releasing")?;
    house.perform(&format!(
        "job\tLaser\t7\tstatus={PRINTED}\ngone\tLaser\t7\n"
    ))?;
    let status = house.until_state("notes.pdf", "printed")?;
    let notes = status.document("notes.pdf")?;
    ensure!(notes.charged.as_deref() == Some("4"), "{notes:?}");
    ensure!(
        status.balance("Print Quota") == Some("4/50 points used"),
        "{status:?}"
    );

    house.print(8, "thesis.pdf", &grey(15))?;
    let status = house.until_state("thesis.pdf", "held")?;
    let delete = format!("/documents/{}/delete", status.document("thesis.pdf")?.id);
    portal.done(&delete, &[]).await?;
    let status = house.until_state("thesis.pdf", "deleted")?;
    ensure!(
        status.balance("Print Quota") == Some("4/50 points used"),
        "{status:?}"
    );

    // As a package asks for it.
    house.run("platenctl.exe", &["clients", "quit"])?;
    house.client()?.wait(DEADLINE)?;
    let data = windows_path(&house.scratch.join("data"));
    let words = ["accounts", "verify", "--data-dir", &data];
    house.run("platenctl.exe", &words)?;

    // It starts anew with what it knew, and quits by itself.
    house.start_client()?;
    let status = house.status()?;
    ensure!(
        status.balance("Print Quota") == Some("4/50 points used"),
        "{status:?}"
    );
    house.platen(&["quit"])?;
    house.client()?.wait(DEADLINE)?;
    let log = fs::read_to_string(house.scratch.join("data/platen.log"))?;
    ensure!(!log.is_empty(), "the client has written no log");
    Ok(())
}
