//! The package installed, repaired, upgraded and removed in a Windows of its own, and what
//! is there after each step.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::Release;
use super::wine::{Windows, windows_path};

/// *Source*: Windows Installer, error codes.
const SUCCESS: u32 = 0;
const REFUSED: u32 = 1603;
/// What Wine says instead where one of the package's programs ends the installation.
const FAILED: u32 = 1627;

const POLICY: &str = r"HKLM\Software\Policies\Platen";
const RUN: &str = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run";
const PLACE: &str = "Program Files/Platen";
/// How often it is installed to see how long that takes.
const SILENT: usize = 5;
/// Everything a shell, an installer or the registry could make something of, and letters
/// beyond any one code page. Only one quotation mark: what Wine looks up in the registry it
/// cuts at a second.
const HOSTILE: &str = r#"Büro 3" 'x' $(calc) `calc` %PATH% [ISSUER] [SystemFolder] {0} ;|& 打印 \"#;

/// What is installed, in two versions.
pub(super) struct Case {
    pub(super) old: Version,
    pub(super) new: Version,
    /// The programs write down what they are asked, and do nothing else.
    pub(super) stand_ins: bool,
}

/// A package, and where what is in it was taken from.
pub(super) struct Version {
    package: PathBuf,
    files: PathBuf,
    number: String,
}

impl Version {
    /// `package` as it was just made for `release`.
    pub(super) fn of(release: &Release, package: &Path) -> Self {
        Self {
            package: package.to_owned(),
            files: super::place(release),
            number: release.version.clone(),
        }
    }
}

/// Checks every step in a Windows made in `place`.
///
/// # Errors
/// With what is not as it should be.
pub(super) fn check(case: &Case, place: &Path) -> Result<()> {
    let windows = Windows::new(place)?;
    let house = House { case, windows };
    let step = |what: &str, done: Result<()>| {
        done.with_context(|| what.to_owned())?;
        println!("msi: {what}");
        Ok::<_, anyhow::Error>(())
    };
    step("values that can't be used are refused", house.refuses())?;
    let times = house.installs_silently();
    let times = times.context("installed silently, and removed")?;
    println!("msi: installed silently: {}", seconds(&times));
    step("installed with values of all kinds", house.installs())?;
    step("repaired", house.repairs())?;
    step("upgraded, with what it was told", house.upgrades())?;
    step("downgrade refused", house.refuses_to_go_back())?;
    step("removed without a trace", house.removes())
}

struct House<'a> {
    case: &'a Case,
    windows: Windows,
}

impl House<'_> {
    fn install(&self, version: &Version, properties: &[(&str, &str)], wanted: u32) -> Result<()> {
        let line: Vec<String> = properties
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", value.replace('"', "\"\"")))
            .collect();
        let line = line.join(" ");
        let said = self.windows.install(&version.package, &line)?;
        ensure!(said == wanted, "{line}: {said} instead of {wanted}");
        Ok(())
    }

    fn refuses(&self) -> Result<()> {
        let server = ("SERVER_URL", "https://print.example.edu");
        let issuer = ("ISSUER", "https://id.example.edu");
        for properties in [
            &[("SERVER_URL", "http://print.example.edu"), issuer][..],
            &[server],
            &[("ISSUER", "javascript:alert(1)")],
            &[("CLIENT_ID", "#1")],
            &[("QUEUES", "Secure[~]Library")],
            &[("AUTOSTART", "yes")],
            &[("ALLOW_QUIT", "1")],
            &[("LOG_LEVEL", "loud")],
            &[("UPDATE_CHANNEL", "nightly")],
            &[("UPDATE_URL", "http://updates.example.edu/releases.json")],
        ] {
            self.install(&self.case.new, properties, REFUSED)?;
            self.has_policy(&[])?;
        }
        if self.case.stand_ins {
            // What only the program can judge is undone.
            let mistake = self.windows.drive("mistake.txt");
            fs::write(&mistake, "")?;
            self.install(&self.case.new, &[issuer], FAILED)?;
            fs::remove_file(mistake)?;
        } else {
            let queues = ("QUEUES", "../../etc/passwd");
            self.install(&self.case.new, &[queues], FAILED)?;
        }
        self.has_policy(&[])?;
        ensure!(!self.place().exists(), "files stay after a refusal");
        Ok(())
    }

    /// As a company's tools install it, and how long that took each time.
    fn installs_silently(&self) -> Result<Vec<Duration>> {
        let package = windows_path(&self.case.old.package);
        let mut times = Vec::new();
        for _ in 0..SILENT {
            let started = Instant::now();
            self.windows.run(&["msiexec", "/i", &package, "/qn"])?;
            times.push(started.elapsed());
            self.has_policy(&[])?;
            self.has_files(&self.case.old)?;
            self.windows.run(&["msiexec", "/x", &package, "/qn"])?;
            ensure!(!self.place().exists(), "files stay after the removal");
        }
        Ok(times)
    }

    fn installs(&self) -> Result<()> {
        let properties = [
            ("SERVER_URL", "https://print.example.edu"),
            ("ISSUER", "https://id.example.edu/realms/a b"),
            ("CLIENT_ID", HOSTILE),
            ("QUEUES", "Secure, Drucker-Süd"),
            ("ALLOW_QUIT", "false"),
            ("UPDATE_CHANNEL", "off"),
            ("UPDATE_URL", "https://updates.example.edu/releases.json"),
        ];
        self.forget_calls()?;
        self.install(&self.case.old, &properties, SUCCESS)?;
        self.has_policy(&wanted())?;
        self.has_files(&self.case.old)?;
        self.has_run_key(true)?;
        ensure!(self.shortcut().is_some() == self.has_client(), "a shortcut");
        self.was_asked("policy check\n")
    }

    fn repairs(&self) -> Result<()> {
        let broken = self.place().join("platen-estimate.exe");
        fs::remove_file(&broken)?;
        let key = [POLICY, "/v", "allow_quit", "/f"];
        self.windows.run(&[&["reg", "delete"][..], &key].concat())?;
        let properties = [
            ("REINSTALL", "ALL"),
            ("REINSTALLMODE", "omus"),
            ("ALLOW_QUIT", "false"),
        ];
        self.install(&self.case.old, &properties, SUCCESS)?;
        self.has_policy(&wanted())?;
        self.has_files(&self.case.old)
    }

    fn upgrades(&self) -> Result<()> {
        // As a group policy writes a switch.
        let key = [
            POLICY,
            "/v",
            "allow_quit",
            "/t",
            "REG_DWORD",
            "/d",
            "0",
            "/f",
        ];
        self.windows.run(&[&["reg", "add"][..], &key].concat())?;
        self.forget_calls()?;
        let properties = [("LOG_LEVEL", "debug"), ("AUTOSTART", "false")];
        self.install(&self.case.new, &properties, SUCCESS)?;
        self.has_newer()?;
        // Wine does not tell the older package that a newer one removes it, and so it asks, too.
        self.was_asked("clients quit\nclients quit\npolicy check\n")
    }

    fn refuses_to_go_back(&self) -> Result<()> {
        self.forget_calls()?;
        self.install(&self.case.old, &[("LOG_LEVEL", "info")], REFUSED)?;
        self.has_newer()?;
        self.was_asked("")
    }

    /// What is there after the upgrade, and stays.
    fn has_newer(&self) -> Result<()> {
        let mut policy: BTreeMap<_, _> = wanted().into_iter().collect();
        policy.insert("allow_quit", "dword:00000000");
        policy.insert("autostart", "false");
        policy.insert("log_level", "debug");
        let policy: Vec<_> = policy.into_iter().collect();
        self.has_policy(&policy)?;
        self.has_run_key(false)?;
        self.has_files(&self.case.new)?;
        let listed = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall";
        let file = self.windows.values(listed)?;
        let version = file.get("DisplayVersion").map(String::as_str);
        ensure!(
            version == Some(self.case.new.number.as_str()),
            "the version listed is {version:?}"
        );
        Ok(())
    }

    fn removes(&self) -> Result<()> {
        self.forget_calls()?;
        self.install(&self.case.new, &[("REMOVE", "ALL")], SUCCESS)?;
        self.was_asked("clients quit\n")?;
        let left = self.windows.traces("platen")?;
        ensure!(left.is_empty(), "left behind:\n{}", left.join("\n"));
        Ok(())
    }

    fn place(&self) -> PathBuf {
        self.windows.drive(PLACE)
    }

    fn has_client(&self) -> bool {
        self.case.old.files.join("platen.exe").is_file()
    }

    fn has_policy(&self, wanted: &[(&str, &str)]) -> Result<()> {
        let found = self.windows.values(POLICY)?;
        let found: Vec<_> = found
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        ensure!(found == wanted, "policy {found:?} instead of {wanted:?}");
        Ok(())
    }

    fn has_run_key(&self, wanted: bool) -> Result<()> {
        let found = self.windows.values(RUN)?.remove("Platen");
        let line = r#""C:\Program Files\Platen\platen.exe" --autostart"#;
        let wanted = (wanted && self.has_client()).then(|| line.to_owned());
        ensure!(found == wanted, "started with {found:?}, not {wanted:?}");
        Ok(())
    }

    fn has_files(&self, version: &Version) -> Result<()> {
        let mut names: Vec<String> = fs::read_dir(self.place())?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_>>()?;
        names.sort();
        let mut wanted = vec!["copyright.txt", "platen-estimate.exe", "platenctl.exe"];
        wanted.push("third-party.txt");
        if self.has_client() {
            wanted.extend(super::CLIENT);
        }
        wanted.sort_unstable();
        ensure!(names == wanted, "files {names:?} instead of {wanted:?}");
        for name in wanted.iter().filter(|name| !name.ends_with(".txt")) {
            let installed = fs::read(self.place().join(name))?;
            let original = fs::read(version.files.join(name))?;
            ensure!(installed == original, "{name} is another file");
        }
        Ok(())
    }

    /// Wine has it in the user's menu, Windows in everybody's.
    fn shortcut(&self) -> Option<PathBuf> {
        let menu = "Microsoft/Windows/Start Menu/Programs/Platen.lnk";
        let users = fs::read_dir(self.windows.drive("users")).ok()?;
        let roaming = users.filter_map(|user| Some(user.ok()?.path().join("AppData/Roaming")));
        roaming
            .chain([self.windows.drive("ProgramData")])
            .map(|place| place.join(menu))
            .find(|file| file.is_file())
    }

    fn forget_calls(&self) -> Result<()> {
        fs::write(self.windows.drive("calls.txt"), "").context("forgetting what was asked")
    }

    /// What the programs were asked since.
    fn was_asked(&self, wanted: &str) -> Result<()> {
        if !self.case.stand_ins {
            return Ok(());
        }
        let asked = fs::read_to_string(self.windows.drive("calls.txt"))?.replace('\r', "");
        ensure!(asked == wanted, "asked {asked:?} instead of {wanted:?}");
        Ok(())
    }
}

/// The median, and all of them.
fn seconds(times: &[Duration]) -> String {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let all: Vec<String> = times
        .iter()
        .map(|time| format!("{:.1}", time.as_secs_f32()))
        .collect();
    let median = sorted[sorted.len() / 2].as_secs_f32();
    format!("{median:.1} s (median of {})", all.join(", "))
}

/// The policy after the first installation, by name.
fn wanted() -> Vec<(&'static str, &'static str)> {
    vec![
        ("allow_quit", "false"),
        ("client_id", HOSTILE),
        ("issuer", "https://id.example.edu/realms/a b"),
        ("queues", "Secure, Drucker-Süd"),
        ("server_url", "https://print.example.edu"),
        ("update_channel", "off"),
        ("update_url", "https://updates.example.edu/releases.json"),
    ]
}
