//! The tray apps that run on this computer, whoever's they are.
//!
//! Packages ask them to start anew after an upgrade and to end before a removal.
//! Each is asked over its control socket by its own program, run as its own user:
//! root opens nothing that a user may have put there.

mod secrets;
mod unix;

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};

use secrets::{User, as_user};
use unix::{GRACE, PATIENCE, name, succeeds, within};

pub(crate) use unix::{Command, run};

/// What the kernel adds to the name of a program whose file was replaced.
const DELETED: &str = " (deleted)";
/// Where a user's client keeps its data, below the home directory.
const DATA: &str = ".local/share/platen";

struct Client {
    pid: Pid,
    uid: u32,
    gid: u32,
    environment: Vec<(OsString, OsString)>,
}

/// Those that this user may look at; root sees all.
fn running(program: &Path) -> Result<Vec<Client>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").context("the processes can't be listed")? {
        let entry = entry?;
        let number = entry.file_name().into_string().unwrap_or_default();
        let Some(pid) = number.parse().ok().and_then(Pid::from_raw) else {
            continue;
        };
        // It may end while it is looked at.
        if let Some(client) = client(program, pid, &entry.path()) {
            found.push(client);
        }
    }
    Ok(found)
}

fn client(program: &Path, pid: Pid, place: &Path) -> Option<Client> {
    let running = fs::read_link(place.join("exe")).ok()?;
    let running = running.to_str()?;
    if Path::new(running.strip_suffix(DELETED).unwrap_or(running)) != program {
        return None;
    }
    let words = fs::read(place.join("cmdline")).ok()?;
    let mut words = words.split(|byte| *byte == 0).skip(1);
    let is_tray = matches!(words.next(), None | Some(b"" | b"--autostart"));
    let owner = fs::metadata(place).ok()?;
    let environment = fs::read(place.join("environ")).ok()?;
    let environment = environment.split(|byte| *byte == 0).filter_map(|line| {
        let at = line.iter().position(|byte| *byte == b'=')?;
        let text = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
        Some((text(&line[..at]), text(&line[at + 1..])))
    });
    is_tray.then(|| Client {
        pid,
        uid: owner.uid(),
        gid: owner.gid(),
        environment: environment.collect(),
    })
}

impl Client {
    fn name(&self) -> String {
        name(self.uid)
    }

    fn restart(&self, program: &Path) {
        if self.ask(program, "restart") && within(PATIENCE, || !self.is_outdated()) {
            println!("{}: the client runs the new version.", self.name());
        } else {
            self.quit(program);
            println!("{}: the client starts with the next sign-in.", self.name());
        }
    }

    fn quit(&self, program: &Path) {
        if self.ask(program, "quit") && within(PATIENCE, || self.is_gone()) {
            println!("{}: the client has ended.", self.name());
            return;
        }
        // It is gone already if this fails.
        let _ = kill_process(self.pid, Signal::TERM);
        if !within(GRACE, || self.is_gone()) {
            println!("{}: the client ends with the session.", self.name());
        }
    }

    /// Through its own socket, by its own user.
    fn ask(&self, program: &Path, word: &str) -> bool {
        let where_it_is = ["HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"];
        let wanted = self
            .environment
            .iter()
            .filter(|(name, _)| where_it_is.iter().any(|one| name == one));
        let mut command = process::Command::new(program);
        command
            .arg(word)
            .env_clear()
            .envs(wanted.cloned())
            .current_dir("/");
        as_user(&mut command, self.uid, self.gid);
        succeeds(&mut command)
    }

    fn place(&self) -> PathBuf {
        format!("/proc/{}", self.pid.as_raw_nonzero()).into()
    }

    /// Ended, even if its parent has not yet asked how.
    fn is_gone(&self) -> bool {
        fs::read_link(self.place().join("exe")).is_err()
    }

    /// It runs a file that is not there any more; once it is gone, it doesn't.
    fn is_outdated(&self) -> bool {
        let running = fs::read_link(self.place().join("exe"));
        running.is_ok_and(|path| path.to_string_lossy().ends_with(DELETED))
    }
}

/// Everybody whom the system lists.
fn users() -> Result<Vec<User>> {
    let listed = process::Command::new("getent")
        .arg("passwd")
        .output()
        .context("the users can't be listed")?;
    let listed = String::from_utf8_lossy(&listed.stdout);
    Ok(listed.lines().filter_map(parse).collect())
}

/// *Source*: passwd(5).
fn parse(line: &str) -> Option<User> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, uid, gid, _, home, _] = fields[..] else {
        return None;
    };
    Some(User {
        name: name.to_owned(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        home: home.into(),
    })
}

fn user(uid: u32) -> Option<User> {
    users().ok()?.into_iter().find(|user| user.uid == uid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_read_as_the_system_lists_them() {
        let user = parse("kim:x:1001:1002:Kim,,,:/srv/kim:/bin/bash").unwrap();
        assert_eq!(
            (user.name.as_str(), user.uid, user.gid),
            ("kim", 1001, 1002)
        );
        assert_eq!(user.home, Path::new("/srv/kim"));
        for broken in [
            "",
            "kim",
            "kim:x:one:1002:Kim:/srv/kim:/bin/sh",
            "# a:b:c:d:e:f",
        ] {
            assert!(parse(broken).is_none(), "{broken}");
        }
    }

    #[test]
    fn nothing_but_the_tray_app_itself_is_a_client() {
        let this = std::env::current_exe().unwrap();
        let found = running(&this).unwrap();
        let own = std::process::id().cast_signed();
        // A test program may have arguments, and then it is none.
        let has_arguments = std::env::args().len() > 1;
        let is_found = found
            .iter()
            .any(|client| client.pid.as_raw_nonzero().get() == own);
        assert_eq!(is_found, !has_arguments);
        assert!(
            running(Path::new("/nonexistent/platen"))
                .unwrap()
                .is_empty()
        );
    }
}
