//! A user with a desktop and a client.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{SECURE_QUEUE, Stage};
use crate::{Desktop, DesktopOptions, Process, User, finish, output, root};

const READY: Duration = Duration::from_secs(30);

/// Where the client shows itself.
#[derive(Clone, Debug)]
pub enum Sight {
    /// On a virtual desktop of its own.
    Virtual(DesktopOptions),
    /// On the desktop of whoever started this process.
    Real,
}

/// What a seat is like.
#[derive(Clone, Debug)]
pub struct SeatOptions {
    /// Whose seat it is; `None` for the user who runs the lab.
    pub user: Option<User>,
    /// Where the client shows itself.
    pub sight: Sight,
    /// Whether the client is told of the stage's provider.
    pub provider: bool,
    /// Accounts, rate card and groups (TOML); `None` for the pilot data of this source tree.
    pub pilot: Option<String>,
    /// Further lines of the client's settings.
    pub settings: String,
    /// The locale of a virtual desktop; a real one has its own.
    pub locale: String,
}

impl Default for SeatOptions {
    fn default() -> Self {
        Self {
            user: None,
            sight: Sight::Virtual(DesktopOptions::default()),
            provider: false,
            pilot: None,
            settings: String::new(),
            locale: "C.UTF-8".to_owned(),
        }
    }
}

/// A user's desktop and settings, and the client once it is started.
#[derive(Debug)]
pub struct Seat {
    directory: PathBuf,
    user: User,
    programs: PathBuf,
    env: Vec<(String, String)>,
    // Dropped in this order: the client goes before its desktop.
    client: Option<Process>,
    desktop: Option<Desktop>,
}

impl Seat {
    /// Prepares a seat in `directory`, whose path must be short; the client is not yet started.
    ///
    /// # Errors
    /// When a part of the desktop is missing or does not come up.
    pub fn take(stage: &Stage, directory: &Path, options: &SeatOptions) -> Result<Self> {
        let user = match &options.user {
            Some(user) => user.clone(),
            None => User::current()?,
        };
        user.own_home(directory)?;
        let desktop = match &options.sight {
            Sight::Real => None,
            Sight::Virtual(parts) => {
                let parts = DesktopOptions {
                    user: Some(user.clone()),
                    ..parts.clone()
                };
                Some(Desktop::start(&directory.join("desk"), &parts)?)
            }
        };
        let pilot = directory.join("pilot.toml");
        match &options.pilot {
            Some(text) => fs::write(&pilot, text)?,
            None => fs::write(&pilot, fs::read(root().join("tests/fixtures/pilot.toml"))?)?,
        }
        let settings = directory.join("client.toml");
        fs::write(&settings, settings_text(stage, directory, options)?)?;
        let mut env = stage.env();
        if let Some(desktop) = &desktop {
            env.extend(desktop.env());
            env.push(("LC_ALL".to_owned(), options.locale.clone()));
        }
        env.push(("PLATEN_CONFIG".to_owned(), settings.display().to_string()));
        Ok(Self {
            directory: directory.to_owned(),
            programs: stage.programs_for(&user)?,
            user,
            env,
            client: None,
            desktop,
        })
    }

    /// Adds `lines` to the client's settings, for its next start.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn configure(&self, lines: &str) -> Result<()> {
        let path = self.directory.join("client.toml");
        let settings = fs::read_to_string(&path)?;
        Ok(fs::write(path, format!("{settings}{lines}\n"))?)
    }

    /// Starts the client and waits until it answers.
    ///
    /// # Errors
    /// When it ends or does not answer.
    pub fn start_client(&mut self) -> Result<()> {
        self.launch_client()?;
        let mut client = self.client.take().context("it was started just now")?;
        client.wait_ready(READY, || {
            output(&mut self.platen(&["status"])).is_ok_and(|answer| answer.status.success())
        })?;
        self.client = Some(client);
        Ok(())
    }

    /// Starts the client and does not wait for anything.
    ///
    /// # Errors
    /// When there is no such program.
    pub fn launch_client(&mut self) -> Result<()> {
        self.client = None;
        let command = self.platen(&[]);
        self.client = Some(Process::start(
            &command,
            &self.directory.join("client.log"),
        )?);
        Ok(())
    }

    /// Ends the client as its *Quit* does.
    ///
    /// # Errors
    /// When it does not run or does not end.
    pub fn quit_client(&mut self) -> Result<()> {
        finish(&mut self.platen(&["quit"]))?;
        self.client()?.wait(READY)?;
        self.client = None;
        Ok(())
    }

    /// Ends the client as the end of a session does, with SIGTERM.
    ///
    /// # Errors
    /// When it does not run or does not end.
    pub fn stop_client(&mut self) -> Result<()> {
        self.client()?.stop()?;
        self.client = None;
        Ok(())
    }

    /// The running client, to signal, to kill or to look at.
    ///
    /// # Errors
    /// When it was not started.
    pub fn client(&mut self) -> Result<&mut Process> {
        self.client.as_mut().context("the client was not started")
    }

    /// `platen` with `arguments`, about to run as this seat's user.
    #[must_use]
    pub fn platen(&self, arguments: &[&str]) -> Command {
        let program = self.programs.join("platen");
        let mut command = self.command(&program.to_string_lossy());
        command.args(arguments);
        command
    }

    /// `program` about to run at this seat: on its desktop, as its user, against its print server.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = if self.desktop.is_some() {
            self.user.command(program, &self.directory)
        } else {
            Command::new(program)
        };
        command.envs(self.env.iter().cloned());
        command
    }

    /// Prints `file` to `queue` as this seat's user, and returns the job's number.
    ///
    /// # Errors
    /// When lp fails, with what it said.
    pub fn print(&self, stage: &Stage, queue: &str, file: &Path, options: &[&str]) -> Result<i32> {
        // The user may not be allowed to read `file` itself.
        let name = file.file_name().context("a file to print has a name")?;
        let copy = self.directory.join("run").join(name);
        fs::copy(file, &copy).with_context(|| format!("reading {}", file.display()))?;
        if !self.user.is_current() {
            std::os::unix::fs::chown(&copy, Some(self.user.uid), Some(self.user.gid))?;
        }
        let job = stage
            .cupsd()
            .lp_with(self.command("lp"), queue, &copy, options);
        fs::remove_file(&copy)?;
        job
    }

    /// Signs `login` in through the provider's login page.
    ///
    /// # Errors
    /// When the client, the provider or the page it sends the browser to refuses.
    pub fn sign_in(&self, stage: &Stage, login: &str) -> Result<()> {
        let link = finish(&mut self.platen(&["sign-in", "--print-link"]))?;
        stage.provider()?.sign_in(link.trim(), login).map(|_| ())
    }

    /// Its user.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }

    /// Its virtual desktop.
    ///
    /// # Errors
    /// When it is at a real one.
    pub fn desktop(&self) -> Result<&Desktop> {
        self.desktop
            .as_ref()
            .context("this seat has no virtual desktop")
    }

    /// Its virtual desktop, to end or start parts of it.
    ///
    /// # Errors
    /// When it is at a real one.
    pub fn desktop_mut(&mut self) -> Result<&mut Desktop> {
        self.desktop
            .as_mut()
            .context("this seat has no virtual desktop")
    }

    /// The directory where the client keeps its ledger, key and sealed session.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// The key that the client signs approvals with, made at its first start.
    #[must_use]
    pub fn authority_key(&self) -> PathBuf {
        self.data().join("authority.key")
    }
}

fn settings_text(stage: &Stage, directory: &Path, options: &SeatOptions) -> Result<String> {
    let issuer = if options.provider {
        let issuer = stage.provider()?.issuer();
        format!("issuer = \"{issuer}\"\nclient_id = \"platen\"\n")
    } else {
        String::new()
    };
    let socket = stage.cupsd().socket();
    let quoted = [directory, &socket].map(|path| path.display().to_string());
    ensure!(
        quoted.iter().all(|path| !path.contains(['"', '\\'])),
        "{} can't stand in a settings file",
        directory.display()
    );
    let [directory, socket] = quoted;
    let queues: Vec<String> = std::iter::once(SECURE_QUEUE)
        .chain(stage.printers().iter().map(crate::Printer::name))
        .map(|name| format!("\"{name}\""))
        .collect();
    Ok(format!(
        "{issuer}queues = [{}]\npilot = \"{directory}/pilot.toml\"\ncups_server = \"{socket}\"\n\
         data_dir = \"{directory}/data\"\n{}\n",
        queues.join(", "),
        options.settings
    ))
}
