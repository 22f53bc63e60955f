//! Installs what the laboratory needs: Debian packages, the provider's npm packages, and the
//! Python packages that try the API.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use rustix::process::geteuid;

use crate::process::search_path;
use crate::{finish, output, root};

/// What building the workspace takes.
const TO_BUILD: &[&str] = &["build-essential", "pkg-config", "libwebkit2gtk-4.1-dev"];

/// What running and testing takes.
const TO_RUN: &[&str] = &[
    "ca-certificates",
    "chromium",
    "chromium-driver",
    "cups-client",
    "cups-core-drivers",
    "cups-daemon",
    "cups-filters",
    "cups-filters-core-drivers",
    "cups-ipp-utils",
    "dbus",
    "debootstrap",
    "desktop-file-utils",
    "dunst",
    "fonts-dejavu-core",
    "ghostscript",
    "gnome-keyring",
    "iproute2",
    "libarchive-tools",
    "libfaketime",
    "libnotify-bin",
    "libsecret-tools",
    "msitools",
    "nftables",
    "openbox",
    "poppler-utils",
    "postgresql",
    "python3-venv",
    "rpm",
    "scrot",
    "strace",
    "util-linux",
    "wixl",
    "xdotool",
    "xfce4-panel",
    "xvfb",
];

/// The oldest Node.js that the development OpenID provider runs on.
const OLDEST_NODE: u32 = 20;

/// What `cargo xtask bench` compares with.
const TO_COMPARE: &[&str] = &["system-config-printer"];

/// Programs that show, on a system without Debian's packages, that everything is there.
const PROGRAMS: [&str; 27] = [
    "bsdtar",
    "cc",
    "chromedriver",
    "cupsd",
    "dbus-daemon",
    "debootstrap",
    "desktop-file-validate",
    "dunst",
    "gnome-keyring-daemon",
    "initdb",
    "ip",
    "ippeveprinter",
    "ipptool",
    "lp",
    "msibuild",
    "nft",
    "node",
    "npm",
    "openbox",
    "pdfinfo",
    "python3",
    "rpmbuild",
    "scrot",
    "strace",
    "wixl",
    "xfce4-panel",
    "Xvfb",
];

/// Why something is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Building, running and testing.
    Work,
    /// Measuring as well, with the programs compared with.
    Bench,
}

/// Installs what is missing for `purpose`, and says what it does.
///
/// Root installs directly, anyone else through sudo. Nothing is touched when nothing is missing.
///
/// # Errors
/// When packages are missing and this is no Debian-like system, the user may not install, or the
/// installation fails: the message says what to install by hand.
pub fn ensure(purpose: Purpose) -> Result<()> {
    let mut wanted: Vec<&str> = [TO_BUILD, TO_RUN].concat();
    if !has_program("node") || !has_program("npm") {
        wanted.extend(["nodejs", "npm"]);
    }
    if purpose == Purpose::Bench {
        wanted.extend(TO_COMPARE);
    }
    install(&missing(&wanted)?)?;
    check_node()?;
    provider_packages()?;
    schemathesis().map(drop)
}

/// The provider's library asks for more than older versions of Node.js have.
fn check_node() -> Result<()> {
    let version = finish(Command::new("node").arg("--version"))?;
    let version = version.trim();
    let major = version.trim_start_matches('v').split('.').next();
    let major: Option<u32> = major.and_then(|number| number.parse().ok());
    ensure!(
        major.is_some_and(|major| major >= OLDEST_NODE),
        "Node.js {version} is too old for the development OpenID provider; install version \
         {OLDEST_NODE} or newer (https://nodejs.org) and try again"
    );
    Ok(())
}

/// Installs those of these Debian packages that are missing, as [`ensure`] does.
///
/// # Errors
/// As for [`ensure`].
pub fn packages(wanted: &[&str]) -> Result<()> {
    install(&missing(wanted)?)
}

fn has_program(name: &str) -> bool {
    std::env::split_paths(&search_path()).any(|place| place.join(name).is_file())
}

fn missing(wanted: &[&str]) -> Result<Vec<String>> {
    if !has_program("dpkg-query") {
        let absent: Vec<&str> = PROGRAMS.into_iter().filter(|it| !has_program(it)).collect();
        ensure!(
            absent.is_empty(),
            "this is no Debian-like system, so nothing can be installed for you, and these \
             programs are missing: {}. On Debian they are in: {}",
            absent.join(" "),
            wanted.join(" ")
        );
        return Ok(Vec::new());
    }
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat", "${db:Status-Status} ${Package}\n"]);
    // Packages that dpkg has never heard of make it fail, and are missing all the same.
    let answer = output(query.args(wanted))?;
    let answer = String::from_utf8_lossy(&answer.stdout).into_owned();
    let present: BTreeSet<&str> = answer
        .lines()
        .filter_map(|line| line.strip_prefix("installed "))
        .collect();
    Ok(wanted
        .iter()
        .filter(|package| !present.contains(*package))
        .map(|package| (*package).to_owned())
        .collect())
}

fn install(packages: &[String]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    println!("set-up: installing {}", packages.join(" "));
    ensure!(
        has_program("apt-get"),
        "apt-get is not there; install by hand: {}",
        packages.join(" ")
    );
    apt(&["update"])?;
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(packages.iter().map(String::as_str));
    apt(&arguments)
}

fn apt(arguments: &[&str]) -> Result<()> {
    let root = geteuid().is_root();
    ensure!(
        root || has_program("sudo"),
        "packages are missing; as root, run: apt-get {}",
        arguments.join(" ")
    );
    let mut command = Command::new(if root { "env" } else { "sudo" });
    command
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
        // Another installation may be under way: wait for it instead of failing.
        .args(["-o", "DPkg::Lock::Timeout=300", "--quiet"])
        .args(arguments);
    let status = command.status().context("starting apt-get")?;
    ensure!(
        status.success(),
        "apt-get {} failed ({status})",
        arguments[0]
    );
    Ok(())
}

/// Installs the provider's packages as its lock file has them, unless that was done already.
fn provider_packages() -> Result<()> {
    let directory = root().join("tests/provider");
    let lock = fs::read(directory.join("package-lock.json"))
        .with_context(|| format!("reading the lock file in {}", directory.display()))?;
    let stamp = directory.join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("set-up: npm ci for the development OpenID provider");
    let status = npm(&directory).status().context("starting npm")?;
    ensure!(
        status.success(),
        "npm ci failed ({status}) in {}",
        directory.display()
    );
    fs::write(&stamp, lock)?;
    Ok(())
}

fn npm(directory: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(directory);
    npm
}

/// The program that tries an API out against its OpenAPI document; installed with everything it
/// needs, in the versions of `tests/schemathesis/requirements.txt`, unless that was done already.
///
/// # Errors
/// When Python can't make a virtual environment, or the packages can't be had.
pub fn schemathesis() -> Result<PathBuf> {
    let wanted = root().join("tests/schemathesis/requirements.txt");
    let requirements =
        fs::read(&wanted).with_context(|| format!("reading {}", wanted.display()))?;
    let place = root().join("target/schemathesis");
    let program = place.join("bin/schemathesis");
    let stamp = place.join("installed-requirements.txt");
    if fs::read(&stamp).is_ok_and(|installed| installed == requirements) {
        return Ok(program);
    }
    println!("set-up: pip install for schemathesis, which tries the API");
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(&place);
    finish(&mut make).context("a virtual environment for Python (Debian: python3-venv)")?;
    let mut install = Command::new(place.join("bin/pip"));
    install
        .args([
            "install",
            "--quiet",
            "--no-input",
            "--disable-pip-version-check",
        ])
        .args(["--only-binary", ":all:", "--requirement"])
        .arg(&wanted);
    finish(&mut install).context("the Python packages of schemathesis")?;
    fs::write(&stamp, requirements)?;
    Ok(program)
}
