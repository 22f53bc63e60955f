//! The tray apps that run on this computer, whoever's they are.
//!
//! Each is asked over its control socket by its own program, in its own user's session:
//! root opens nothing that a user may have put there. launchd starts it anew.

mod secrets;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{self, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Subcommand;
use nix::unistd::Uid;
use rustix::process::{Pid, Signal, geteuid, kill_process, test_kill_process};

use crate::client;
use secrets::{User, forget};

/// How long one may take to end when it is asked.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);
/// Where a user's client keeps its data, below the home directory.
const DATA: &str = "Library/Application Support/platen";
/// Where macOS puts the home directories of people.
const HOMES: &str = "/Users";
/// What launchd knows the client as. *Source*: installer/macos/org.platen.client.plist.
const AGENT: &str = "org.platen.client";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show whose client runs
    List,
    /// Have each client end and launchd start the one that is installed now
    Restart,
    /// Ask each client to end; one that does not answer is told to by the system
    Quit,
    /// Delete every user's sealed sign-in and approval key
    Forget,
}

pub(crate) fn run(command: &Command) -> Result<()> {
    let program = client::program()?;
    match command {
        Command::List => {
            for client in running(&program)? {
                println!("{}: process {}", client.name(), client.pid.as_raw_nonzero());
            }
        }
        Command::Restart => {
            for client in running(&program)? {
                client.restart(&program);
            }
        }
        Command::Quit => {
            for client in running(&program)? {
                client.quit(&program);
            }
        }
        Command::Forget => forget(users()?, DATA)?,
    }
    Ok(())
}

/// Whose clients run, as far as this user sees them.
///
/// # Errors
/// The processes can't be listed.
pub(crate) fn whose() -> Result<Vec<String>> {
    let found = running(&client::program()?)?;
    Ok(found.iter().map(Client::name).collect())
}

struct Client {
    pid: Pid,
    uid: u32,
}

/// This user's own; root sees all.
fn running(program: &Path) -> Result<Vec<Client>> {
    let mut ps = process::Command::new("/bin/ps");
    ps.args(["-axww", "-o", "pid=", "-o", "uid=", "-o", "args="]);
    let listed = ps.output().context("the processes can't be listed")?;
    let listed = String::from_utf8_lossy(&listed.stdout);
    let own = geteuid();
    Ok(listed
        .lines()
        .filter_map(|line| client(program, line))
        .filter(|client| own.is_root() || client.uid == own.as_raw())
        .collect())
}

/// The tray app alone, not a program that asks it. *Source*: ps(1).
fn client(program: &Path, line: &str) -> Option<Client> {
    let (pid, rest) = line.trim().split_once(char::is_whitespace)?;
    let (uid, words) = rest.trim().split_once(char::is_whitespace)?;
    let words = words.trim().strip_prefix(program.to_str()?)?;
    matches!(words, "" | " --autostart").then_some(())?;
    Some(Client {
        pid: Pid::from_raw(pid.parse().ok()?)?,
        uid: uid.parse().ok()?,
    })
}

impl Client {
    fn name(&self) -> String {
        user(self.uid).map_or_else(|| format!("user {}", self.uid), |user| user.name)
    }

    fn restart(&self, program: &Path) {
        let agent = format!("gui/{}/{AGENT}", self.uid);
        let mut start = process::Command::new("/bin/launchctl");
        start.args(["kickstart", &agent]);
        if self.end(program) && succeeds(&mut start) {
            println!("{}: the client runs the new version.", self.name());
        } else {
            println!("{}: the client starts with the next sign-in.", self.name());
        }
    }

    fn quit(&self, program: &Path) {
        if self.end(program) {
            println!("{}: the client has ended.", self.name());
        } else {
            println!("{}: the client ends with the session.", self.name());
        }
    }

    fn end(&self, program: &Path) -> bool {
        if self.ask(program, "quit") && self.is_gone_within(PATIENCE) {
            return true;
        }
        // It is gone already if this fails.
        let _ = kill_process(self.pid, Signal::TERM);
        self.is_gone_within(GRACE)
    }

    /// Through its own socket, in its user's session. *Source*: launchctl(1), `asuser`.
    fn ask(&self, program: &Path, word: &str) -> bool {
        let mut command = if geteuid().is_root() {
            let mut command = process::Command::new("/bin/launchctl");
            command.args(["asuser", &self.uid.to_string(), "/usr/bin/sudo", "-H", "-u"]);
            command.arg(format!("#{}", self.uid)).arg(program);
            command
        } else {
            process::Command::new(program)
        };
        succeeds(command.arg(word).current_dir("/"))
    }

    fn is_gone_within(&self, limit: Duration) -> bool {
        let started = Instant::now();
        while test_kill_process(self.pid).is_ok() {
            if started.elapsed() > limit {
                return false;
            }
            std::thread::sleep(PAUSE);
        }
        true
    }
}

fn succeeds(command: &mut process::Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn user(uid: u32) -> Option<User> {
    let user = nix::unistd::User::from_uid(Uid::from_raw(uid)).ok()??;
    Some(User {
        name: user.name,
        uid,
        gid: user.gid.as_raw(),
        home: user.dir,
    })
}

/// Everybody who has a home directory here, from whichever directory service.
fn users() -> Result<Vec<User>> {
    let homes = fs::read_dir(HOMES).context("the users can't be listed")?;
    let owners = homes.filter_map(|home| Some(home.ok()?.metadata().ok()?.uid()));
    let owners: std::collections::BTreeSet<u32> = owners.filter(|uid| *uid != 0).collect();
    Ok(owners.into_iter().filter_map(user).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_tray_app_itself_is_a_client() {
        let program = Path::new("/Applications/Platen.app/Contents/MacOS/platen");
        let found = |words: &str| {
            client(
                program,
                &format!("  812   501 {}{words}", program.display()),
            )
            .map(|client| (client.pid.as_raw_nonzero().get(), client.uid))
        };
        assert_eq!(found(""), Some((812, 501)));
        assert_eq!(found(" --autostart"), Some((812, 501)));
        for other in [" quit", "-estimate", "ctl clients list"] {
            assert_eq!(found(other), None, "{other}");
        }
        assert!(client(program, "1 0 /sbin/launchd").is_none());
    }
}
