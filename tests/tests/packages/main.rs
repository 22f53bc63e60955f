//! The packages for Linux: made twice, installed in a fresh system, used, upgraded,
//! refused, removed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chroot;
mod guides;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chroot::{Chroot, until};
use platen_lab::{Desktop, DesktopOptions, Keyring, Process, Scratch, User, finish};
use platen_tests::rig::{programs_with, tester};

/// Everything a shell could make something of, and letters beyond ASCII.
const HOSTILE: &str = r#"Büro "3" 'x' $(touch /srv/run) `touch /srv/run`; touch /srv/run &"#;
/// A machine that runs other tests beside this one takes several times what an idle one
/// does; docs/measured.md says what was measured there.
const LONGEST_INSTALLATION: Duration = Duration::from_secs(40);

/// The packages of `version`, of the programs as the tests have them.
fn packages(out: &Path, version: &str, kind: &str) -> Result<()> {
    let xtask = programs_with("xtask")?.join("xtask");
    let mut make = Command::new(xtask);
    make.args(["dist", kind, "--profile", "dev", "--no-build"])
        .args(["--version", version, "--out"])
        .arg(out);
    finish(make.current_dir(platen_lab::root())).map(drop)
}

fn only(place: &Path, start: &str) -> Result<PathBuf> {
    for entry in fs::read_dir(place)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with(start) && (name.ends_with(".deb") || name.ends_with(".rpm")) {
            return Ok(path);
        }
    }
    anyhow::bail!("no package {start} in {}", place.display())
}

/// What a package needs of the system: its `Depends` without those of ours.
fn needs(place: &Path) -> Result<String> {
    let mut all = vec!["dbus-bin".to_owned()];
    for package in ["platen_", "platen-tools_", "platen-server_"] {
        let file = only(place, package)?;
        let depends = finish(Command::new("dpkg-deb").arg("-f").arg(file).arg("Depends"))?;
        let of_system = |one: &&str| !one.trim().starts_with("platen");
        all.extend(
            depends
                .trim()
                .split(',')
                .filter(of_system)
                .map(|one| one.trim().to_owned()),
        );
    }
    all.sort();
    all.dedup();
    Ok(all.join(", "))
}

/// A fresh system with packages of two versions in it, and somebody's desktop.
struct House {
    system: Chroot,
    desktop: Desktop,
    user: User,
    shared: Scratch,
}

impl House {
    /// None, and why: only root may make one.
    fn build() -> Result<Option<Self>> {
        if User::current()?.uid != 0 {
            println!("skipped: a system of its own needs root");
            return Ok(None);
        }
        let user = tester("platen-tester")?;
        let shared = Scratch::new("packages")?;
        for (place, version) in [("one", "0.1.0"), ("two", "0.10.0")] {
            packages(&shared.join(place), version, "deb")?;
        }
        let home = shared.join("home");
        let desktop = Desktop::start(
            &home,
            &DesktopOptions {
                user: Some(user.clone()),
                tray: true,
                notifications: false,
                keyring: Keyring::Missing,
            },
        )?;
        let system = Chroot::fresh("system", &needs(&shared.join("one"))?, shared.path())?;
        system.run(&[
            "useradd",
            "--no-create-home",
            "--home-dir",
            home.to_str().context("a short path")?,
            "--uid",
            &user.uid.to_string(),
            "--user-group",
            &user.name,
        ])?;
        Ok(Some(Self {
            system,
            desktop,
            user,
            shared,
        }))
    }

    fn file(&self, place: &str, start: &str) -> String {
        let file = only(&self.shared.join(place), start).unwrap();
        file.display().to_string()
    }

    fn install(&self, place: &str, packages: &[&str]) -> Result<String> {
        let files: Vec<String> = packages
            .iter()
            .map(|start| self.file(place, start))
            .collect();
        let mut words = vec!["apt-get", "install", "--yes", "--no-install-recommends"];
        words.extend(files.iter().map(String::as_str));
        self.system.run(&words)
    }

    fn preseed(&self, lines: &str) -> Result<()> {
        fs::write(self.system.path("/srv/answers"), lines)?;
        self.system
            .run(&["debconf-set-selections", "/srv/answers"])
            .map(drop)
    }

    /// The tray app as the desktop starts it.
    fn start_client(&self) -> Result<Process> {
        let environment: Vec<String> = self
            .desktop
            .env()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut words = vec!["env"];
        words.extend(environment.iter().map(String::as_str));
        words.extend(["platen", "--autostart"]);
        let command = self.system.command(Some(&self.user), &words);
        Process::start(&command, &self.shared.join("client.log"))
    }

    fn status(&self) -> Result<serde_json::Value> {
        let runtime = format!("XDG_RUNTIME_DIR={}", self.shared.join("home/run").display());
        let words = ["env", &runtime, "platen", "status", "--json"];
        let said = finish(&mut self.system.command(Some(&self.user), &words))?;
        Ok(serde_json::from_str(&said)?)
    }

    fn clients(&self) -> Result<String> {
        self.system.run(&["platenctl", "clients", "list"])
    }

    fn version(&self, package: &str) -> Result<String> {
        self.system.run(&[
            "dpkg-query",
            "-W",
            "-f",
            "${db:Status-Abbrev}${Version}",
            package,
        ])
    }
}

const CLIENT: [&str; 2] = ["platen-tools_", "platen_"];

#[test]
fn client_is_installed_upgraded_while_it_runs_and_removed_without_a_trace() {
    let Some(house) = House::build().unwrap() else {
        return;
    };
    let system = &house.system;
    let before = system.files(house.shared.path()).unwrap();

    // A value that can't be used stops the installation with a sentence.
    house
        .preseed("platen platen/log_level string loud\n")
        .unwrap();
    let refused = format!("{:#}", house.install("one", &CLIENT).unwrap_err());
    assert!(
        refused.contains("“log_level” must be one of error, warn"),
        "{refused}"
    );
    // Where debconf reads \n, it takes it for the end of a line.
    house
        .preseed("platen platen/log_level string info\nplaten platen/client_id string a\\nb\n")
        .unwrap();
    let refused = system
        .attempt(&["dpkg", "--configure", "--pending"])
        .unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("“client_id” contains a line break"), "{said}");
    assert!(!system.path("/etc/platen/policy.toml").exists());
    house
        .preseed("platen platen/client_id string kiosk\n")
        .unwrap();
    system.run(&["dpkg", "--configure", "--pending"]).unwrap();
    let got = system
        .run(&["platenctl", "policy", "get", "client_id"])
        .unwrap();
    assert_eq!(got, "kiosk\n");
    system
        .run(&["dpkg", "--purge", "platen", "platen-tools"])
        .unwrap();
    assert_eq!(
        differences(&before, &system.files(house.shared.path()).unwrap()),
        ""
    );

    let answers = format!(
        "platen platen/log_level string debug\nplaten platen/client_id string {HOSTILE}\n\
         platen platen/queues string Secure, Bücherei\nplaten platen/allow_quit string false\n"
    );
    house.preseed(&answers).unwrap();
    let started = Instant::now();
    house.install("one", &CLIENT).unwrap();
    let took = started.elapsed();
    println!("installed in {:.1} s", took.as_secs_f32());
    assert!(took < LONGEST_INSTALLATION, "it took {took:?}");
    let policy = fs::read_to_string(system.path("/etc/platen/policy.toml")).unwrap();
    let got = system
        .run(&["platenctl", "policy", "get", "client_id"])
        .unwrap();
    assert_eq!(got.trim_end(), HOSTILE.trim_end(), "{policy}");
    assert!(
        policy.contains("allow_quit = false") && policy.contains("Bücherei"),
        "{policy}"
    );
    assert!(!system.path("/srv/run").exists(), "a value was run");
    system.run(&["platenctl", "policy", "check"]).unwrap();

    let _client = house.start_client().unwrap();
    until("the client's answer", || house.status().is_ok()).unwrap();
    let status = house.status().unwrap();
    let managed = status["managed"].as_array().unwrap();
    let keys: Vec<&str> = managed
        .iter()
        .map(|one| one["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["allow_quit", "client_id", "log_level", "queues"]);
    assert_eq!(managed[0]["file"], "/etc/platen/policy.toml");
    let running = house.clients().unwrap();
    assert!(running.starts_with("platen-tester: process "), "{running}");

    upgrade(&house, &running, &policy).unwrap();
    refuse_downgrade(&house, &running).unwrap();
    remove(&house, &before).unwrap();
}

/// The same process runs the new program, without having lost its place.
fn upgrade(house: &House, running: &str, policy: &str) -> Result<()> {
    let said = house.install("two", &CLIENT)?;
    ensure!(
        said.contains("platen-tester: the client runs the new version"),
        "{said}"
    );
    ensure!(house.version("platen")? == "ii 0.10.0");
    until("the client after the upgrade", || house.status().is_ok())?;
    ensure!(
        house.clients()? == running,
        "another process: {}",
        house.clients()?
    );
    let number = running.trim().rsplit(' ').next().context("a number")?;
    let program = house
        .system
        .run(&["readlink", &format!("/proc/{number}/exe")])?;
    ensure!(program == "/usr/bin/platen\n", "it runs {program}");
    let after = fs::read_to_string(house.system.path("/etc/platen/policy.toml"))?;
    ensure!(after == policy, "the policy has changed: {after}");
    Ok(())
}

fn refuse_downgrade(house: &House, running: &str) -> Result<()> {
    let older: Vec<String> = CLIENT
        .iter()
        .map(|start| house.file("one", start))
        .collect();
    let mut words = vec!["dpkg", "--install"];
    words.extend(older.iter().map(String::as_str));
    let output = house.system.attempt(&words)?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(!output.status.success(), "it was not refused: {said}");
    ensure!(said.contains("Going back to 0.1.0 is refused"), "{said}");
    for package in ["platen", "platen-tools"] {
        ensure!(
            house.version(package)? == "ii 0.10.0",
            "{}",
            house.version(package)?
        );
    }
    ensure!(house.clients()? == running, "the client did not go on");
    house.status().map(drop)
}

fn remove(house: &House, before: &[String]) -> Result<()> {
    let system = &house.system;
    let kept = house.shared.join("home/.local/share/platen");
    ensure!(kept.join("authority.key").exists(), "the client has no key");
    fs::write(kept.join("session.sealed"), "sealed")?;
    let said = system.run(&["apt-get", "remove", "--yes", "platen", "platen-tools"])?;
    ensure!(
        said.contains("platen-tester: the client has ended"),
        "{said}"
    );
    ensure!(
        said.contains("platen-tester: the sign-in is forgotten"),
        "{said}"
    );
    ensure!(!kept.join("authority.key").exists() && !kept.join("session.sealed").exists());
    ensure!(
        kept.join("ledger.sqlite").exists(),
        "the user's ledger is gone"
    );
    ensure!(
        system.path("/etc/platen/policy.toml").exists(),
        "removing is no purging"
    );
    system.run(&["dpkg", "--purge", "platen", "platen-tools"])?;
    let left = differences(before, &system.files(house.shared.path())?);
    ensure!(left.is_empty(), "left behind or missing:\n{left}");
    let settings = system.run(&["debconf-show", "platen"])?;
    ensure!(settings.is_empty(), "{settings}");
    Ok(())
}

#[test]
fn server_keeps_its_configuration_through_an_upgrade_and_takes_all_with_it_when_purged() {
    let Some(house) = House::build().unwrap() else {
        return;
    };
    let system = &house.system;
    let before = system.files(house.shared.path()).unwrap();
    let server = ["platen-tools_", "platen-server_"];
    house.install("one", &server).unwrap();
    assert_eq!(
        system
            .run(&["stat", "-c", "%U:%G %a", "/var/lib/platen"])
            .unwrap(),
        "platen:platen 700\n"
    );
    let output = system.attempt(&["platen-server", "check"]).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(78), "{said}");
    assert!(said.contains("/etc/platen/"), "{said}");
    let configuration = system.path("/etc/platen/server.toml");
    let own = "public_url = \"http://127.0.0.1:8631\"\n";
    fs::write(&configuration, own).unwrap();
    system.run(&["platen-server", "check"]).unwrap();
    house.install("two", &server).unwrap();
    assert_eq!(fs::read_to_string(&configuration).unwrap(), own);
    assert_eq!(house.version("platen-server").unwrap(), "ii 0.10.0");
    system.run(&["dpkg", "--remove", "platen-server"]).unwrap();
    assert_eq!(fs::read_to_string(&configuration).unwrap(), own);
    system
        .run(&["dpkg", "--purge", "platen-server", "platen-tools"])
        .unwrap();
    let after = system.files(house.shared.path()).unwrap();
    // Users stay, or a later one could get the number and with it what was left elsewhere.
    let users = ["passwd", "group", "shadow", "gshadow"];
    let is_of_users = |line: &&str| {
        users
            .iter()
            .any(|name| line.contains(&format!("/etc/{name}")))
    };
    let left = differences(&before, &after);
    let left: Vec<&str> = left.lines().filter(|line| !is_of_users(line)).collect();
    assert!(left.is_empty(), "left behind or missing: {left:#?}");
    let user = system.run(&["getent", "passwd", "platen"]).unwrap();
    assert!(
        user.ends_with(":/var/lib/platen:/usr/sbin/nologin\n"),
        "{user}"
    );
}

#[test]
fn the_same_programs_give_the_same_packages() {
    let shared = Scratch::new("reproducible").unwrap();
    for kind in ["deb", "rpm"] {
        let sums = ["first", "second"].map(|name| {
            let place = shared.join(kind).join(name);
            packages(&place, "1.2.3", kind).unwrap();
            fs::read_to_string(place.join("SHA256SUMS")).unwrap()
        });
        assert!(sums[0].lines().count() == 4, "{}", sums[0]);
        assert_eq!(sums[0], sums[1]);
    }
    for package in ["platen", "platen-tools", "platen-server"] {
        let file = only(&shared.join("rpm/first"), &format!("{package}-1.2.3-1")).unwrap();
        let said = finish(Command::new("rpm").args(["-qp", "--scripts"]).arg(&file)).unwrap();
        assert!(said.contains("postinstall scriptlet"), "{said}");
        finish(Command::new("rpm").args(["-K", "--nosignature"]).arg(&file)).unwrap();
    }
    let client = only(&shared.join("rpm/first"), "platen-1.2.3-1").unwrap();
    let needs = finish(Command::new("rpm").args(["-qp", "--requires"]).arg(&client)).unwrap();
    for wanted in [
        "platen-tools = 1.2.3",
        "libwebkit2gtk-4.1.so.0()(64bit)",
        "libc.so.6(GLIBC_",
    ] {
        assert!(needs.contains(wanted), "{needs}");
    }
    let kept = finish(
        Command::new("rpm")
            .args(["-qp", "--configfiles"])
            .arg(&client),
    )
    .unwrap();
    assert_eq!(kept, "/etc/xdg/autostart/org.platen.client.desktop\n");
    let list = fs::read_to_string(shared.join("deb/first/platen-1.2.3.cdx.json")).unwrap();
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["specVersion"], "1.5");
    let parts = list["components"].as_array().unwrap();
    let tauri = parts.iter().find(|part| part["name"] == "tauri").unwrap();
    assert_eq!(tauri["hashes"][0]["content"].as_str().unwrap().len(), 64);
    assert!(
        parts
            .iter()
            .all(|part| !part["name"].as_str().unwrap().starts_with("platen"))
    );
}

#[test]
fn desktop_files_and_metadata_are_what_desktops_take() {
    let shared = Scratch::new("desktop-files").unwrap();
    packages(&shared.join("deb"), "1.2.3", "deb").unwrap();
    let tree = shared.join("tree");
    let client = only(&shared.join("deb"), "platen_").unwrap();
    finish(Command::new("dpkg-deb").arg("-x").arg(client).arg(&tree)).unwrap();
    for file in [
        "usr/share/applications/org.platen.client.desktop",
        "etc/xdg/autostart/org.platen.client.desktop",
    ] {
        finish(Command::new("desktop-file-validate").arg(tree.join(file))).unwrap();
    }
    let manual = tree.join("usr/share/man/man1/platen.1.gz");
    let shown = finish(Command::new("zcat").arg(&manual)).unwrap();
    assert!(
        shown.contains(".TH PLATEN 1") && shown.contains("sign\\-in"),
        "{shown}"
    );
    let notices = tree.join("usr/share/doc/platen/third-party.txt.gz");
    let notices = finish(Command::new("zcat").arg(&notices)).unwrap();
    assert!(notices.contains("\ntauri 2.") && notices.contains("Permission is hereby granted"));
}

/// Lines that only one of both has.
fn differences(before: &[String], after: &[String]) -> String {
    let lost = before
        .iter()
        .filter(|line| !after.contains(line))
        .map(|line| format!("- {line}\n"));
    let new = after
        .iter()
        .filter(|line| !before.contains(line))
        .map(|line| format!("+ {line}\n"));
    lost.chain(new).collect()
}
