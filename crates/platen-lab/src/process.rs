//! A supervised process: it lives as long as its guard, and not a moment longer.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, kill_process, test_kill_process};

use crate::wait_for;

pub use rustix::process::Signal;

const SUPERVISE: &str = include_str!("scripts/supervise.sh");
/// How long a process may take to end after SIGTERM before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// The variable that marks what a supervised program started. A supervisor does not carry the mark of
/// another one around it, or that one would kill it before it has done its work.
pub(crate) const MARK: &str = "PLATEN_LAB_PROCESS";

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A running program and everything it started.
///
/// A small shell in a session of its own stands between the guard and the program and reads a pipe
/// that the guard holds open. When the guard is dropped, or the process that holds it dies in
/// whatever way, the pipe ends: the shell sends SIGTERM, after five seconds SIGKILL, and then kills
/// what the program left behind, found by its session and by a mark in its environment.
#[derive(Debug)]
pub struct Process {
    name: String,
    supervisor: Child,
    lifeline: Option<ChildStdin>,
    pid: Pid,
    log: PathBuf,
    status: Option<ExitStatus>,
}

impl Process {
    /// Starts `command` under supervision; what it writes is appended to the file `log`.
    ///
    /// Program, arguments, environment and directory of `command` are used; its input is empty.
    ///
    /// # Errors
    /// When there is no shell, or `log` can't be written.
    pub fn start(command: &Command, log: &Path) -> Result<Self> {
        Self::start_ended_by("TERM", command, log)
    }

    /// As [`Process::start`], for a program that takes another signal than SIGTERM for its end.
    pub(crate) fn start_ended_by(signal: &str, command: &Command, log: &Path) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        if let Some(directory) = log.parent() {
            fs::create_dir_all(directory)
                .with_context(|| format!("creating {}", directory.display()))?;
        }
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("opening the log {}", log.display()))?;
        let mark = format!(
            "{}-{}-{:x}",
            std::process::id(),
            COUNTER.fetch_add(1, Ordering::Relaxed),
            started_at_nanos(),
        );
        let mut supervisor = Command::new("setsid");
        supervisor
            .args(["sh", "-c", SUPERVISE, "supervise", &mark])
            .arg(log)
            .args([signal, &GRACE.as_secs().to_string()])
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .env_remove(MARK);
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => supervisor.env(key, value),
                None => supervisor.env_remove(key),
            };
        }
        if let Some(directory) = command.get_current_dir() {
            supervisor.current_dir(directory);
        }
        let mut supervisor = supervisor
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        let lifeline = supervisor.stdin.take();
        let mut first_line = String::new();
        let stdout = supervisor.stdout.take().context("supervisor has no pipe")?;
        BufReader::new(stdout).read_line(&mut first_line)?;
        let pid = first_line
            .trim()
            .parse()
            .ok()
            .and_then(Pid::from_raw)
            .with_context(|| format!("the supervisor of {name} did not start it"))?;
        Ok(Self {
            name,
            supervisor,
            lifeline,
            pid,
            log: log.to_owned(),
            status: None,
        })
    }

    /// The process id of the program itself.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// Whether the program still runs.
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        self.exit_status().is_none() && test_kill_process(self.pid).is_ok()
    }

    /// How the program ended, once it has; a death by signal is the exit code 128 + signal.
    #[must_use]
    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.supervisor.try_wait().ok().flatten();
        }
        self.status
    }

    /// Everything the program has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The file its output goes to.
    #[must_use]
    pub fn log_path(&self) -> &Path {
        &self.log
    }

    /// Sends `signal` to the program alone.
    ///
    /// # Errors
    /// When it has ended.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill_process(self.pid, signal)
            .with_context(|| format!("{} (process {}) has ended", self.name, self.pid()))
    }

    /// Kills the program without any chance to tidy up, and returns when it is gone.
    ///
    /// # Errors
    /// When it can't be killed.
    pub fn kill9(&mut self) -> Result<()> {
        self.signal(Signal::KILL)?;
        self.wait(Duration::from_secs(10)).map(|_| ())
    }

    /// Waits until the program, and whatever it started, is gone.
    ///
    /// # Errors
    /// When it still runs after `deadline`.
    pub fn wait(&mut self, deadline: Duration) -> Result<ExitStatus> {
        let what = format!("the end of {}", self.name);
        wait_for(&what, deadline, || Ok(self.exit_status()))
    }

    /// Ends the program and everything it started: SIGTERM first, SIGKILL after five seconds.
    ///
    /// # Errors
    /// When it survives even that.
    pub fn stop(&mut self) -> Result<()> {
        drop(self.lifeline.take());
        self.wait(GRACE * 3).map(|_| ())
    }

    /// Waits until `ready` holds, and gives up as soon as the program has ended.
    ///
    /// # Errors
    /// With the last lines of the program's log, when it ends or is not ready after `deadline`.
    pub fn wait_ready(
        &mut self,
        deadline: Duration,
        mut ready: impl FnMut() -> bool,
    ) -> Result<()> {
        let what = format!("{} to be ready", self.name);
        let result = wait_for(&what, deadline, || {
            if ready() {
                return Ok(Some(()));
            }
            if let Some(status) = self.exit_status() {
                bail!("{} ended at once ({status})", self.name);
            }
            Ok(None)
        });
        result.with_context(|| self.last_lines())
    }

    fn last_lines(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines.len().saturating_sub(15);
        format!("{} wrote:\n{}", self.name, lines[tail..].join("\n"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(problem) = self.stop() {
            eprintln!("lab: {problem:#}");
        }
    }
}

/// `PATH` with the directories of administrators' programs (lpadmin, useradd), which an ordinary
/// user's may lack.
pub(crate) fn search_path() -> OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/local/sbin:/usr/sbin:/sbin");
    path
}

fn started_at_nanos() -> u128 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos())
}

/// Runs `command` to its end with empty input.
///
/// # Errors
/// When it can't be started; an exit code other than 0 is for the caller to judge.
pub fn output(command: &mut Command) -> Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("starting {name}"))
}

/// Runs `command` to its end and returns what it printed.
///
/// # Errors
/// When it can't be started or fails, with what it wrote on its error output.
pub fn finish(command: &mut Command) -> Result<String> {
    let result = output(command)?;
    ensure!(
        result.status.success(),
        "{command:?} failed ({}): {}{}",
        result.status,
        String::from_utf8_lossy(&result.stderr),
        String::from_utf8_lossy(&result.stdout),
    );
    Ok(String::from_utf8_lossy(&result.stdout).into_owned())
}
