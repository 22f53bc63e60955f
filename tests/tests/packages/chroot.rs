//! A fresh system of this computer's own kind in a directory, in which packages are
//! installed, run and removed.
//!
//! It has mounts and process numbers of its own: when the guard goes, everything that
//! runs there ends, and nothing of this computer was mounted where its files are removed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use platen_lab::{Process, Scratch, User, finish, output, root, wait_for, wait_until};

const READY: Duration = Duration::from_secs(20);
/// Mirrors change; a base is not used longer than this.
const OLDEST_BASE: Duration = Duration::from_secs(24 * 3600);
/// What dpkg is told beside its configuration.
const DPKG: &str = "etc/dpkg/dpkg.cfg.d";
static MAKING: Mutex<()> = Mutex::new(());
/// Becomes the first process of the system.
const FIRST: &str = r#"set -e
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mkdir -p "$1$2"
mount --rbind "$2" "$1$2"
touch "$1/run/ready"
exec sleep infinity"#;

/// The system.
pub(crate) struct Chroot {
    first: u32,
    /// Dropped before the files are removed.
    _inside: Process,
    scratch: Scratch,
}

impl Chroot {
    /// A system with the packages that `needs` names in a `Depends` field; the directory
    /// `shared` of this computer is in it at the same place.
    pub(crate) fn fresh(name: &str, needs: &str, shared: &Path) -> Result<Self> {
        let base = base(needs)?;
        let scratch = Scratch::new(name)?;
        let top = scratch.join("root");
        fs::create_dir(&top)?;
        finish(
            Command::new("tar")
                .arg("-xpf")
                .arg(base)
                .arg("-C")
                .arg(&top),
        )?;
        let mut unshare = Command::new("unshare");
        unshare
            .args(["--mount", "--pid", "--fork", "--kill-child"])
            .args(["sh", "-c", FIRST, "first"])
            .args([&top, shared]);
        let mut inside = Process::start(&unshare, &scratch.join("inside.log"))?;
        inside.wait_ready(READY, || top.join("run/ready").exists())?;
        let children = format!("/proc/{0}/task/{0}/children", inside.pid());
        let first = wait_for("the first process", READY, || {
            Ok(fs::read_to_string(&children)?.trim().parse().ok())
        })?;
        Ok(Self {
            first,
            _inside: inside,
            scratch,
        })
    }

    /// A place inside, as this computer sees it.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.scratch
            .join("root")
            .join(inside.trim_start_matches('/'))
    }

    /// `words` about to run inside, as `user` or as root, in a plain environment.
    pub(crate) fn command(&self, user: Option<&User>, words: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--target={}", self.first))
            .args(["--mount", "--pid", "chroot"]);
        if let Some(user) = user {
            command.arg(format!("--userspec={}:{}", user.uid, user.gid));
        }
        command.arg(self.path("/")).args(["env", "-i"]).args([
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL=C.UTF-8",
            "DEBIAN_FRONTEND=noninteractive",
        ]);
        command.args(words);
        command
    }

    /// Runs `words` as root.
    #[track_caller]
    pub(crate) fn run(&self, words: &[&str]) -> Result<String> {
        finish(&mut self.command(None, words))
    }

    /// As [`Chroot::run`], whatever comes of it.
    pub(crate) fn attempt(&self, words: &[&str]) -> Result<Output> {
        output(&mut self.command(None, words))
    }

    /// Every file but those in which package managers and logs keep their own books, and
    /// what is in those of /etc.
    pub(crate) fn files(&self, shared: &Path) -> Result<Vec<String>> {
        let shared = shared.display().to_string();
        let outside = ["/proc", "/dev", "/sys", "/tmp", "/srv", "/run", &shared];
        let books = ["/var/lib/dpkg", "/var/lib/apt", "/var/cache", "/var/log"];
        let mut find = vec!["find", "/"];
        for place in outside.iter().chain(&books) {
            find.extend(["-path", place, "-prune", "-o"]);
        }
        find.extend(["-printf", "%p %M %u:%g %l\n"]);
        let mut lines: Vec<String> = self.run(&find)?.lines().map(str::to_owned).collect();
        let sums = [
            "find",
            "/etc",
            "-type",
            "f",
            "-exec",
            "sha256sum",
            "{}",
            "+",
        ];
        lines.extend(self.run(&sums)?.lines().map(str::to_owned));
        lines.sort();
        Ok(lines)
    }
}

/// The packed files of a system with what `needs` names: from an earlier run on the same
/// day, or made by debootstrap from where this computer has its own packages.
fn base(needs: &str) -> Result<PathBuf> {
    // Whoever comes second has what the first made.
    let _alone = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let place = root().join("target/chroot");
    let (packed, contents) = (place.join("base.tar"), place.join("base.needs"));
    let is_recent = || -> Option<bool> {
        let age = fs::metadata(&packed)
            .ok()?
            .modified()
            .ok()?
            .elapsed()
            .ok()?;
        Some(age < OLDEST_BASE && fs::read_to_string(&contents).ok()? == needs)
    };
    if is_recent() == Some(true) {
        return Ok(packed);
    }
    fs::create_dir_all(&place)?;
    let scratch = Scratch::new("debootstrap")?;
    let top = scratch.join("root");
    // What is thrown away need not survive a power cut: dpkg waits for no disk.
    fs::create_dir_all(top.join(DPKG))?;
    fs::write(top.join(DPKG).join("platen-tests"), "force-unsafe-io\n")?;
    let sources = sources()?;
    let (_, first) = sources
        .split_once("deb ")
        .context("this computer has no source of packages")?;
    let mut words = first.split_whitespace();
    let (mirror, codename) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    finish(
        Command::new("debootstrap")
            .args(["--variant=minbase", codename])
            .arg(&top)
            .arg(mirror),
    )?;
    fs::write(top.join("etc/apt/sources.list"), &sources)?;
    let inside = |words: &[&str]| {
        let mut chroot = Command::new("chroot");
        chroot
            .arg(&top)
            .args(words)
            .env("DEBIAN_FRONTEND", "noninteractive");
        finish(chroot.env("LC_ALL", "C.UTF-8"))
    };
    inside(&["apt-get", "update"])?;
    inside(&[
        "apt-get",
        "satisfy",
        "--yes",
        "--no-install-recommends",
        needs,
    ])?;
    inside(&["apt-get", "clean"])?;
    finish(
        Command::new("tar")
            .arg("-cpf")
            .arg(&packed)
            .arg("-C")
            .arg(&top)
            .arg("."),
    )?;
    fs::write(&contents, needs)?;
    Ok(packed)
}

/// Where this computer has the packages of its own release from, as lines of a
/// `sources.list`, the release itself first.
fn sources() -> Result<String> {
    let release = fs::read_to_string("/etc/os-release")?;
    let codename = release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .context("this system's release has no name")?;
    let format = "deb $(REPO_URI) $(CODENAME) $(COMPONENT)";
    let mut targets = Command::new("apt-get");
    targets.args(["indextargets", "--format", format, "Created-By: Packages"]);
    let listed = finish(&mut targets)?;
    let of_release = |line: &&str| {
        let suite = line.split(' ').nth(2).unwrap_or_default();
        suite == codename || suite.starts_with(&format!("{codename}-"))
    };
    let mut lines: Vec<&str> = listed.lines().filter(of_release).collect();
    lines.sort_by_key(|line| line.split(' ').nth(2).map(str::len));
    lines.dedup();
    ensure!(!lines.is_empty(), "apt knows no source of {codename}");
    Ok(lines.iter().map(|line| format!("{line}\n")).collect())
}

/// Waits until `condition` holds of what goes on inside.
pub(crate) fn until(what: &str, condition: impl FnMut() -> bool) -> Result<()> {
    wait_until(what, READY, condition)
}
