//! The print server's files and programs.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use super::policy;
use crate::replace::{not_allowed, replace};

/// How long a reload may take. *Source*: cupsd finishes what it is printing
/// first, for at most 30 s (`ReloadTimeout`).
const RELOAD: Duration = Duration::from_secs(45);
/// How long a printer may take to say what it can do.
const ANSWER: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(50);
/// Found in every gate program; so an older one may be replaced.
const GATE_MARK: &[u8] = platen_gate::APPROVAL_OPTION.as_bytes();

/// One print server, the computer's own or a private one.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// cupsd.conf.
    pub(crate) conf: PathBuf,
    /// cups-files.conf.
    pub(crate) files_conf: PathBuf,
    /// The directory above `backend`.
    pub(crate) bin: PathBuf,
}

impl Server {
    /// What the environment names: `PLATEN_CUPS_CONF` or `CUPS_SERVERROOT`, and
    /// `PLATEN_CUPS_SERVERBIN`; else the computer's own.
    pub(crate) fn from_environment() -> Self {
        let path = |name| std::env::var_os(name).map(PathBuf::from);
        let root = path("CUPS_SERVERROOT").unwrap_or_else(|| "/etc/cups".into());
        let conf = path("PLATEN_CUPS_CONF").unwrap_or_else(|| root.join("cupsd.conf"));
        let files_conf = conf.with_file_name("cups-files.conf");
        let configured = || {
            let text = fs::read_to_string(&files_conf).ok()?;
            policy::directive(&text, "ServerBin").map(PathBuf::from)
        };
        let bin = path("PLATEN_CUPS_SERVERBIN")
            .or_else(configured)
            .unwrap_or_else(|| "/usr/lib/cups".into());
        Self {
            conf,
            files_conf,
            bin,
        }
    }

    /// Where the gate is installed.
    pub(crate) fn backend(&self) -> PathBuf {
        self.bin.join("backend/gate")
    }

    /// Waits until cupsd has asked the printer and made a driver from its answer,
    /// which it does after it has told lpadmin that all is well.
    pub(crate) fn wait_for_driver(&self, queue: &str) -> Result<()> {
        let driver = self.conf.with_file_name("ppd").join(format!("{queue}.ppd"));
        let started = Instant::now();
        while !driver.exists() {
            ensure!(
                started.elapsed() < ANSWER,
                "the printer does not answer, or does not know IPP Everywhere"
            );
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Installs the gate, readable and executable by root alone, whereupon
    /// cupsd runs it as root.
    pub(crate) fn install_backend(&self) -> Result<()> {
        let target = self.backend();
        let program = gate_program()?;
        let content = fs::read(&program)
            .with_context(|| format!("the gate program {} cannot be read", program.display()))?;
        match fs::read(&target) {
            Ok(present) if present == content && is_private(&target)? => return Ok(()),
            Ok(present) => ensure!(
                is_a_gate(&present),
                "{} is a program of somebody else's; move it away first",
                target.display()
            ),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| not_allowed(&target)),
        }
        replace(&target, &content, 0o700, None)
    }

    /// Replaces the gate by this version's, if one is installed.
    pub(crate) fn refresh_backend(&self) -> Result<()> {
        match fs::read(self.backend()) {
            Ok(present) if is_a_gate(&present) => self.install_backend(),
            _ => Ok(()),
        }
    }

    /// Removes the gate, if it is one.
    pub(crate) fn remove_backend(&self) -> Result<()> {
        let target = self.backend();
        match fs::read(&target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Ok(present) if !is_a_gate(&present) => Ok(()),
            present => present
                .and_then(|_| fs::remove_file(&target))
                .with_context(|| not_allowed(&target)),
        }
    }

    /// Puts the policy in force; true if the file had to be changed.
    pub(crate) fn add_policy(&self) -> Result<bool> {
        self.change_conf(policy::added)
    }

    /// Takes the policy out of force; true if the file had to be changed.
    pub(crate) fn remove_policy(&self) -> Result<bool> {
        self.change_conf(policy::removed)
    }

    fn change_conf(&self, change: impl Fn(&str) -> String) -> Result<bool> {
        let text = fs::read_to_string(&self.conf).with_context(|| not_allowed(&self.conf))?;
        let changed = change(&text);
        if changed == text {
            return Ok(false);
        }
        self.check_conf(&changed)?;
        let metadata = fs::metadata(&self.conf)?;
        replace(
            &self.conf,
            changed.as_bytes(),
            metadata.mode() & 0o7777,
            Some((metadata.uid(), metadata.gid())),
        )?;
        Ok(true)
    }

    /// Has cupsd look over a new configuration before it is put in place.
    fn check_conf(&self, text: &str) -> Result<()> {
        let trial = self.conf.with_extension("platen-trial");
        replace(&trial, text.as_bytes(), 0o600, None)?;
        let checked = Command::new("cupsd")
            .env("PATH", search_path())
            .arg("-t")
            .arg("-c")
            .arg(&trial)
            .arg("-s")
            .arg(&self.files_conf)
            .output();
        fs::remove_file(&trial)?;
        let output = checked.context("cupsd is not installed; install the package cups")?;
        ensure!(
            output.status.success(),
            "cupsd would refuse its changed configuration, nothing was changed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(())
    }

    /// Has cupsd read its configuration again, and waits until it has.
    ///
    /// *Source*: cupsd(8): SIGHUP. Its process is the one that listens; it makes
    /// its socket anew when it has read everything.
    pub(crate) fn reload(&self) -> Result<()> {
        let socket = socket();
        let listener = UnixStream::connect(&socket)
            .with_context(|| format!("the print server does not answer at {}", socket.display()))?;
        let peer = rustix::net::sockopt::socket_peercred(&listener)?;
        if peer.pid == Pid::INIT {
            // With socket activation it is systemd that listens.
            return run(Command::new("systemctl").args(["reload-or-restart", "cups.service"]));
        }
        drop(listener);
        let before = identity(&socket);
        kill_process(peer.pid, Signal::HUP)
            .context("only an administrator may reload the print server")?;
        let started = Instant::now();
        while identity(&socket) == before || UnixStream::connect(&socket).is_err() {
            ensure!(
                started.elapsed() < RELOAD,
                "the print server did not read its configuration in time; restart it"
            );
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }
}

/// What changes when a socket is made anew.
fn identity(socket: &Path) -> Option<(u64, i64, i64)> {
    let metadata = fs::symlink_metadata(socket).ok()?;
    Some((metadata.ino(), metadata.ctime(), metadata.ctime_nsec()))
}

fn is_a_gate(program: &[u8]) -> bool {
    program
        .windows(GATE_MARK.len())
        .any(|part| part == GATE_MARK)
}

/// The gate beside this program, or what `PLATEN_GATE_PROGRAM` names.
fn gate_program() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("PLATEN_GATE_PROGRAM") {
        return Ok(path.into());
    }
    let beside = std::env::current_exe()?.with_file_name("platen-gate");
    if beside.exists() {
        return Ok(beside);
    }
    let installed = PathBuf::from("/usr/lib/platen/platen-gate");
    ensure!(
        installed.exists(),
        "the program platen-gate is not installed; install Platen again"
    );
    Ok(installed)
}

/// cupsd's local socket.
pub(crate) fn socket() -> PathBuf {
    platen_spooler::CupsConfig::from_environment(String::new()).socket
}

/// Owned by root or by this user, and nobody else may even read it.
pub(crate) fn is_private(path: &Path) -> io::Result<bool> {
    let metadata = fs::metadata(path)?;
    let own = rustix::process::geteuid().as_raw();
    Ok(metadata.mode() & 0o077 == 0 && (metadata.uid() == 0 || metadata.uid() == own))
}

/// Runs lpadmin against the print server that the environment names.
pub(crate) fn lpadmin(arguments: &[&str]) -> Result<()> {
    run(Command::new("lpadmin")
        .env("PATH", search_path())
        .env("CUPS_SERVER", socket())
        .args(arguments))
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .env("LC_ALL", "C.UTF-8")
        .output()
        .with_context(|| format!("{name} is not installed; install the package cups-client"))?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// Administrators' programs, which an ordinary user's PATH may leave out.
fn search_path() -> String {
    let own = std::env::var("PATH").unwrap_or_default();
    format!("{own}:/usr/sbin:/sbin:/usr/bin:/bin")
}
