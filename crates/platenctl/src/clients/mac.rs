//! The tray apps that run on this computer, whoever's they are.
//!
//! Each is asked over its control socket by its own program, in its own user's session:
//! root opens nothing that a user may have put there. launchd starts it anew.

mod secrets;
mod unix;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process;

use anyhow::{Context as _, Result};
use nix::unistd::Uid;
use rustix::process::{Pid, Signal, geteuid, kill_process, test_kill_process};

use secrets::User;
use unix::{GRACE, PATIENCE, name, succeeds, within};

pub(crate) use unix::{Command, run};

/// Where a user's client keeps its data, below the home directory.
const DATA: &str = "Library/Application Support/platen";
/// Where macOS puts the home directories of people.
const HOMES: &str = "/Users";
/// What launchd knows the client as. *Source*: installer/macos/org.platen.client.plist.
const AGENT: &str = "org.platen.client";

/// Whose clients run, as far as this user sees them.
///
/// # Errors
/// The processes can't be listed.
pub(crate) fn whose() -> Result<Vec<String>> {
    let found = running(&crate::client::program()?)?;
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
        name(self.uid)
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
        if self.ask(program, "quit") && within(PATIENCE, || self.is_gone()) {
            return true;
        }
        // It is gone already if this fails.
        let _ = kill_process(self.pid, Signal::TERM);
        within(GRACE, || self.is_gone())
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

    fn is_gone(&self) -> bool {
        test_kill_process(self.pid).is_err()
    }
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
