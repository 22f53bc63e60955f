//! The central server, `platen-server`, as an administrator would start it.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{Process, Signal, free_port};

const READY: Duration = Duration::from_secs(60);
/// Its own patience with requests under way is shorter.
const STOP: Duration = Duration::from_secs(40);
const ANSWER: Duration = Duration::from_secs(10);
const ATTEMPTS: usize = 4;

/// The client of the development provider that servers are.
const CLIENT_SECRET: &str = "development";

/// How a server is set up.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// The provider to sign in with.
    pub issuer: Option<String>,
    /// PostgreSQL's address; none: an SQLite file.
    pub database: Option<String>,
    /// Accounts, rates and groups to load at start.
    pub pilot: Option<PathBuf>,
    /// Variables that are added, `PORT` in their values standing for the server's port.
    pub environment: Vec<(String, String)>,
}

/// A running server on a free port of the loopback address.
#[derive(Debug)]
pub struct Server {
    directory: PathBuf,
    port: u16,
    command: Command,
    process: Process,
}

impl Server {
    /// Starts a server with its configuration, data and log in `directory`, and waits until it
    /// serves. Platen's programs are in the directory `programs`.
    ///
    /// # Errors
    /// When it does not come up, with what it says.
    pub fn start(directory: &Path, programs: &Path, options: &ServerOptions) -> Result<Self> {
        fs::create_dir_all(directory)?;
        let mut attempt = 1;
        loop {
            let port = free_port()?;
            let command = Self::command(directory, programs, options, port)?;
            match launch(&command, directory) {
                Ok(process) => {
                    return Ok(Self {
                        directory: directory.to_owned(),
                        port,
                        command,
                        process,
                    });
                }
                // Somebody else took the port meanwhile.
                Err(problem) if attempt < ATTEMPTS && format!("{problem:#}").contains("in use") => {
                    attempt += 1;
                }
                Err(problem) => return Err(problem),
            }
        }
    }

    /// `platen-server serve` about to run as [`Server::start`] runs it, on `port`.
    ///
    /// # Errors
    /// When its files can't be written.
    pub fn command(
        directory: &Path,
        programs: &Path,
        options: &ServerOptions,
        port: u16,
    ) -> Result<Command> {
        let settings = directory.join("server.toml");
        let text = configuration(directory, options, port);
        fs::write(&settings, text).with_context(|| format!("writing {}", settings.display()))?;
        let mut command = Command::new(programs.join("platen-server"));
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("PLATEN_SERVER_") {
                command.env_remove(&variable);
            }
        }
        command.arg("--config").arg(&settings).arg("serve");
        for (name, value) in &options.environment {
            command.env(name, value.replace("PORT", &port.to_string()));
        }
        Ok(command)
    }

    /// Where people reach it, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The directory with its configuration, data and log.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where its ledger is, unless that is in PostgreSQL.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// The process, to signal or to look at its log.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Everything it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Status and body of the page at `path`, asked for by whoever.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn ask(&self, path: &str) -> Result<(u16, String)> {
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        connection.set_read_timeout(Some(ANSWER))?;
        let port = self.port;
        connection.write_all(
            format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        )?;
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        Ok((status.context("no status")?, body.to_owned()))
    }

    /// Stops it as `systemctl stop` does, and waits for its end.
    ///
    /// # Errors
    /// When it does not end by itself.
    pub fn stop(&mut self) -> Result<()> {
        if self.process.is_running() {
            self.process.signal(Signal::TERM)?;
            self.process.wait(STOP)?;
        }
        Ok(())
    }

    /// Starts it again on the same files and port, after stopping it if it runs.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn restart(&mut self) -> Result<()> {
        self.stop()?;
        self.process = launch(&self.command, &self.directory)?;
        Ok(())
    }
}

fn launch(command: &Command, directory: &Path) -> Result<Process> {
    let log = directory.join("server.log");
    let before = fs::read_to_string(&log).map_or(0, |text| text.len());
    let mut process = Process::start(command, &log)?;
    process.wait_ready(READY, || {
        let text = fs::read_to_string(&log).unwrap_or_default();
        text.get(before..)
            .is_some_and(|text| text.lines().any(|line| line.contains("serving")))
    })?;
    Ok(process)
}

fn configuration(directory: &Path, options: &ServerOptions, port: u16) -> String {
    let mut lines = vec![
        format!("public_url = \"http://127.0.0.1:{port}\""),
        format!("listen = [\"127.0.0.1:{port}\"]"),
        format!("data_dir = \"{}\"", directory.join("data").display()),
        "time_zone = \"UTC\"".to_owned(),
        "shutdown_s = 5".to_owned(),
    ];
    if let Some(database) = &options.database {
        lines.push(format!("database = \"{database}\""));
    }
    if let Some(pilot) = &options.pilot {
        lines.push(format!("pilot = \"{}\"", pilot.display()));
    }
    if let Some(issuer) = &options.issuer {
        lines.push(format!(
            "[sign_in]\nissuer = \"{issuer}\"\nclient_secret = \"{CLIENT_SECRET}\"\n\
             administrators = [\"platen-admins\"]\ntray_clients = [\"platen\"]"
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}
