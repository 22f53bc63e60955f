//! `cargo xtask dist`: the packages that people install.
//!
//! The same source gives the same bytes: every time in a package is that of the last
//! commit, entries are in order, owners are root. The tools are Debian's own
//! (`dpkg-deb`, `rpmbuild`), which say what those systems expect better than we could.

mod deb;
mod mac;
mod msi;
mod notices;
mod package;
mod releases;
mod rpm;
mod sbom;
mod sign;
mod stage;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use platen_lab::{finish, root};

use crate::cargo::{cargo, target};
use crate::cross::{Cross, PACKAGES, ProgramKind, Target};
use notices::Crate;
use releases::Listing;

const HELP: &str = "\
cargo xtask dist [OPTIONS] [KIND…]

Makes the packages of every KIND: deb, rpm, pkg, msi; or of deb and rpm, and of those whose
programs are given. With them come a list of what is in them (SBOM), checksums, the list of
releases that clients ask for newer versions (releases.json) and, where a key is named,
signatures.

  --profile dev|release   the programs to pack; default: release, built for it
  --no-build              take the programs as they are
  --version VERSION       instead of the workspace's version
  --out DIRECTORY         default: target/dist
  --app DIRECTORY         Platen.app as it was built on a Mac; pkg needs it
  --policy FILE           pkg: a policy.toml to install with it
  --windows DIRECTORY     msi: the programs as they were built for Windows; default: they
                          are built here, on Debian, the first time with their toolchain
  --channel beta|stable   list the client's packages there; default: stable. The other
                          channel stays as the list in the directory says
  --share PERCENT         offer them to so many of the devices; default: 100
  --notes URL             where people read what is new
  --check                 msi: install, repair, upgrade and remove it in a Windows of its
                          own (wine), and see what is there after each step

SOURCE_DATE_EPOCH: the time in every package; default: the last commit's.
PLATEN_MAINTAINER: who answers for the deb packages, as NAME <ADDRESS>.
PLATEN_GPG_KEY: signs the checksums and the rpm packages with this key of gpg's.
PLATEN_MAC_P12, PLATEN_MAC_P12_PASSWORD_FILE: sign the pkg with rcodesign.
PLATEN_WINDOWS_P12, PLATEN_WINDOWS_P12_PASSWORD_FILE: sign the msi and what is in it with
osslsigncode; PLATEN_WINDOWS_TIMESTAMP_URL: who says when.
PLATEN_UPDATE_KEY: signs the list of releases with this Ed25519 key (a PEM file), which the
programs that are built then believe; PLATEN_UPDATE_PUBLIC_KEY: they believe this one instead.
";

/// The programs that packages carry.
const PROGRAMS: [&str; 5] = [
    "platen",
    "platen-estimate",
    "platen-gate",
    "platen-server",
    "platenctl",
];

/// A kind of package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Deb,
    Rpm,
    Pkg,
    Msi,
}

const KINDS: [(&str, Kind); 4] = [
    ("deb", Kind::Deb),
    ("rpm", Kind::Rpm),
    ("pkg", Kind::Pkg),
    ("msi", Kind::Msi),
];

impl Kind {
    /// Its programs are built on another system.
    fn is_foreign(self) -> bool {
        matches!(self, Self::Pkg | Self::Msi)
    }
}

/// How the programs were built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For tests: stripped here, packed fast.
    Dev,
    /// For people: small, packed well.
    Release,
}

/// What is packed, and where to.
#[derive(Debug)]
struct Release {
    version: String,
    /// *Units*: seconds since 1970.
    epoch: u64,
    profile: Profile,
    /// The directory with the programs.
    programs: PathBuf,
    out: PathBuf,
    /// What the programs are built from; nothing where none of their packages is made.
    crates: BTreeSet<Crate>,
    /// The same of those for Windows.
    windows: BTreeSet<Crate>,
}

#[derive(Debug, PartialEq, Eq)]
struct Options {
    kinds: Vec<Kind>,
    profile: Profile,
    build: bool,
    version: String,
    out: Option<PathBuf>,
    app: Option<PathBuf>,
    policy: Option<PathBuf>,
    windows: Option<PathBuf>,
    listing: Listing,
    check: bool,
}

/// Makes packages, as `arguments` say.
///
/// # Errors
/// When something does not build, or a tool is missing; the message says which.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let Some(options) = parse(arguments)? else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    if options.build && !options.kinds.iter().all(|kind| kind.is_foreign()) {
        build(options.profile)?;
    }
    let (name, out) = match options.profile {
        Profile::Dev => ("debug", "dist-dev"),
        Profile::Release => ("release", "dist"),
    };
    let mut foreign = BTreeSet::new();
    if options.kinds.contains(&Kind::Msi) {
        let target = Some(Target::Windows.triple());
        foreign = notices::crates(&PACKAGES, target)?;
    }
    let mut own = BTreeSet::new();
    if options.kinds.iter().any(|kind| *kind != Kind::Msi) {
        own = notices::crates(&PROGRAMS, None)?;
    }
    let release = Release {
        version: options.version,
        epoch: epoch()?,
        profile: options.profile,
        programs: target()?.join(name),
        out: options
            .out
            .map_or_else(|| target().map(|place| place.join(out)), Ok)?,
        crates: own,
        windows: foreign,
    };
    fs::create_dir_all(&release.out)
        .with_context(|| format!("making {}", release.out.display()))?;
    let mut made = Vec::new();
    for kind in options.kinds {
        made.extend(match kind {
            Kind::Deb => deb::make(&release)?,
            Kind::Rpm => rpm::make(&release)?,
            Kind::Pkg => {
                let app = options.app.as_deref();
                let app = app.context("a pkg needs an app that was built on a Mac: --app")?;
                vec![mac::make(&release, app, options.policy.as_deref())?]
            }
            Kind::Msi => {
                let programs = match &options.windows {
                    Some(given) => given.clone(),
                    None => {
                        let kind = match release.profile {
                            Profile::Dev => ProgramKind::Debug,
                            Profile::Release => ProgramKind::Release,
                        };
                        Cross::ready(Target::Windows)?.programs(kind, options.build)?
                    }
                };
                let package = msi::make(&release, &programs)?;
                if options.check {
                    msi::try_out(&release, &programs, &package)?;
                }
                vec![package]
            }
        });
    }
    made.push(sbom::make(&release)?);
    made.extend(sign::make(&release, &made)?);
    // Signing changed some of them.
    made.extend(releases::make(&release, &options.listing, &made)?);
    for file in made {
        let size = fs::metadata(&file)?.len();
        println!("{:>10}  {}", size, file.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// None: only the help is wanted.
fn parse(arguments: &[String]) -> Result<Option<Options>> {
    let mut options = Options {
        kinds: Vec::new(),
        profile: Profile::Release,
        build: true,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        out: None,
        app: None,
        policy: None,
        windows: None,
        listing: Listing::default(),
        check: false,
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .with_context(|| format!("{word} needs a value"))
        };
        match word.as_str() {
            "--help" | "-h" => return Ok(None),
            "--no-build" => options.build = false,
            "--version" => options.version = version(value()?)?,
            "--out" => options.out = Some(std::path::absolute(value()?)?),
            "--app" => options.app = Some(std::path::absolute(value()?)?),
            "--policy" => options.policy = Some(std::path::absolute(value()?)?),
            "--windows" => options.windows = Some(std::path::absolute(value()?)?),
            "--channel" => options.listing.channel = releases::channel(value()?)?,
            "--share" => options.listing.share = releases::share(value()?)?,
            "--notes" => options.listing.notes = Some(releases::notes(value()?)?),
            "--check" => options.check = true,
            "--profile" => {
                options.profile = match value()?.as_str() {
                    "dev" => Profile::Dev,
                    "release" => Profile::Release,
                    other => bail!("no profile {other:?}; there are dev and release"),
                }
            }
            other => match KINDS.iter().find(|(name, _)| *name == other) {
                Some((_, kind)) => options.kinds.push(*kind),
                None => bail!("no package {other:?}; cargo xtask dist --help"),
            },
        }
    }
    if options.kinds.is_empty() {
        options.kinds.extend(KINDS.map(|(_, kind)| kind));
        if options.app.is_none() {
            options.kinds.retain(|kind| *kind != Kind::Pkg);
        }
        if options.windows.is_none() {
            options.kinds.retain(|kind| *kind != Kind::Msi);
        }
    }
    Ok(Some(options))
}

/// What every kind of package takes for a version.
fn version(text: &str) -> Result<String> {
    let parts: Vec<&str> = text.split('.').collect();
    let number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    ensure!(
        parts.len() == 3 && parts.iter().all(number),
        "{text:?} is no version such as 1.2.3"
    );
    Ok(text.to_owned())
}

/// Builds the programs as they go into packages.
///
/// # Errors
/// When they don't build.
pub(crate) fn build(profile: Profile) -> Result<()> {
    let mut command = cargo();
    command.args(["build", "--locked"]);
    if std::env::var_os(releases::PUBLIC_KEY).is_none()
        && let Some(key) = releases::public_key()?
    {
        println!("the programs believe lists of releases that {key} has signed");
        command.env(releases::PUBLIC_KEY, key);
    }
    match profile {
        // As the tests have them, so that nothing is built twice.
        Profile::Dev => {
            command.args(["--workspace", "--bins", "--example", "spooler"]);
        }
        Profile::Release => {
            command.arg("--release");
            for program in PROGRAMS {
                command.args(["--package", program]);
            }
        }
    }
    let status = command.status().context("starting cargo")?;
    ensure!(status.success(), "the programs do not build");
    Ok(())
}

/// The time that every file in a package has. *Source*: reproducible-builds.org,
/// SOURCE_DATE_EPOCH.
fn epoch() -> Result<u64> {
    let text = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text,
        Err(_) => finish(
            Command::new("git")
                .args(["log", "-1", "--format=%ct"])
                .current_dir(root()),
        )
        .context("the time of the last commit; without git set SOURCE_DATE_EPOCH")?,
    };
    text.trim()
        .parse()
        .with_context(|| format!("SOURCE_DATE_EPOCH is no number of seconds: {text:?}"))
}

impl Release {
    /// `program` about to run where nothing of this computer or moment gets into
    /// its output.
    fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("SOURCE_DATE_EPOCH", self.epoch.to_string())
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC");
        command
    }

    /// An empty directory to work in.
    fn scratch(&self, name: &str) -> Result<PathBuf> {
        let directory = self.out.join("work").join(name);
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory)
            .with_context(|| format!("making {}", directory.display()))?;
        Ok(directory)
    }

    /// `text` of a file of the source tree with this release's values in it.
    fn filled(&self, text: &str, package: &str) -> Result<String> {
        let date = finish(
            self.tool("date")
                .args(["-d", &format!("@{}", self.epoch), "+%F"]),
        )?;
        Ok(text
            .replace("@VERSION@", &self.version)
            .replace("@PACKAGE@", package)
            .replace("@DATE@", date.trim()))
    }
}

/// A file of the source tree, if there is one.
fn source(path: &str) -> Result<Option<String>> {
    let path: &Path = path.as_ref();
    match fs::read_to_string(root().join(path)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Option<Options>> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        parse(&words)
    }

    #[test]
    fn every_kind_is_made_unless_some_are_named() {
        let options = parsed(&[]).unwrap().unwrap();
        assert_eq!(options.kinds, [Kind::Deb, Kind::Rpm]);
        assert_eq!((options.profile, options.build), (Profile::Release, true));
        let options = parsed(&[
            "rpm",
            "--profile",
            "dev",
            "--no-build",
            "--version",
            "1.20.3",
        ]);
        let options = options.unwrap().unwrap();
        assert_eq!(options.kinds, [Kind::Rpm]);
        assert_eq!((options.profile, options.build), (Profile::Dev, false));
        assert_eq!(options.version, "1.20.3");
        assert_eq!(parsed(&["--help"]).unwrap(), None);
    }

    #[test]
    fn words_that_mean_nothing_are_refused() {
        for words in [
            &["exe"][..],
            &["--version", "1.0"],
            &["--version", "1.0.0-rc1"],
            &["--version", "1.0.$(id)"],
            &["--profile", "fast"],
            &["--channel", "off"],
            &["--share", "101"],
            &["--notes", "javascript:alert(1)"],
            &["--out"],
        ] {
            assert!(parsed(words).is_err(), "{words:?}");
        }
    }
}
