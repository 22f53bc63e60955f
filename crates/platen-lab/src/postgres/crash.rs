//! The end of a PostgreSQL without any chance to tidy up.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, kill_process};

use super::{Postgres, files};
use crate::{Signal, finish, wait_until};

impl Postgres {
    /// Kills the server and all its children at one moment, as a machine that stops would.
    ///
    /// Only what the kernel had taken for the disk survives; that the disk has it as well is what
    /// PostgreSQL's `fsync` is for, and no test without pulling a plug shows it.
    ///
    /// # Errors
    /// When it is not running.
    pub fn kill(&mut self) -> Result<()> {
        // A stopped parent starts no further children and does not notice the end of one.
        self.process.signal(Signal::STOP)?;
        let children = children_of(self.process.pid())?;
        for child in &children {
            kill(*child).context("a child of the server")?;
        }
        self.process.kill9()?;
        wait_until(
            "the end of the server's children",
            Duration::from_secs(10),
            || children.iter().all(|child| !is_alive(*child)),
        )?;
        remove_shared_memory(&files::data(&self.directory))
    }
}

/// The children of process `parent`. Source: proc_pid_stat(5), the fourth field.
fn children_of(parent: u32) -> Result<Vec<u32>> {
    let mut children = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        if parent_of(pid) == Some(parent) {
            children.push(pid);
        }
    }
    Ok(children)
}

fn parent_of(pid: u32) -> Option<u32> {
    after_name(pid)?.split(' ').nth(1)?.parse().ok()
}

fn is_alive(pid: u32) -> bool {
    after_name(pid).is_some_and(|stat| !stat.starts_with('Z'))
}

/// What follows the program's name, which may hold any character: the state, the parent …
fn after_name(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ").map(|(_, rest)| rest.to_owned())
}

fn kill(pid: u32) -> Result<()> {
    let pid = Pid::from_raw(i32::try_from(pid)?).context("process 0")?;
    Ok(kill_process(pid, Signal::KILL)?)
}

/// Removes the System V segment by which a second server on the same files is recognised: the end
/// of a process does not remove it, the end of a machine does.
///
/// Source: PostgreSQL, the seventh line of postmaster.pid.
fn remove_shared_memory(data: &Path) -> Result<()> {
    let identity = fs::read_to_string(data.join("postmaster.pid"))?;
    let segment = identity
        .lines()
        .nth(6)
        .and_then(|line| line.split_whitespace().nth(1))
        .context("postmaster.pid names no shared memory")?;
    finish(Command::new("ipcrm").args(["--shmem-id", segment])).map(|_| ())
}
