//! `platenctl queue`, `authority` and `doctor` on a real, private cupsd.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use platen_lab::{Cupsd, CupsdOptions, Printer, Scratch, SystemBus, finish};

struct Lab {
    cupsd: Cupsd,
    scratch: Scratch,
}

impl Lab {
    fn start(name: &str) -> Self {
        let scratch = Scratch::new(name).unwrap();
        let gate = scratch.join("gate").display().to_string();
        let options = CupsdOptions {
            environment: vec![("PLATEN_GATE_DIR".into(), gate)],
            ..CupsdOptions::default()
        };
        let cupsd = Cupsd::start(&scratch.join("cups"), options).unwrap();
        fs::write(scratch.join("client.toml"), "").unwrap();
        Self { cupsd, scratch }
    }

    fn platenctl(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_platenctl"));
        command
            .args(arguments)
            .envs(self.cupsd.env())
            .env("PLATEN_GATE_DIR", self.scratch.join("gate"))
            .env("PLATEN_GATE_PROGRAM", self.program())
            .env("PLATEN_CONFIG", self.scratch.join("client.toml"))
            .env("XDG_DATA_HOME", self.scratch.join("data"))
            .env_remove("DBUS_SESSION_BUS_ADDRESS");
        command.output().unwrap()
    }

    /// Stands for the gate: what is installed is copied, not run, here.
    fn program(&self) -> PathBuf {
        let path = self.scratch.join("platen-gate");
        let text = "#!/bin/sh\n# platen-approval\n[ $# -eq 0 ] && exit 0\n\
                    echo 'ERROR: Platen: no' >&2\nexit 3\n";
        fs::write(&path, text).unwrap();
        path
    }

    #[track_caller]
    fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.platenctl(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[track_caller]
    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.platenctl(arguments);
        assert!(!output.status.success(), "{arguments:?} succeeded");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Everything a queue may touch: contents, modes and owners.
    fn files(&self) -> BTreeMap<PathBuf, (u32, u32, Vec<u8>)> {
        let mut found = BTreeMap::new();
        let root = self.cupsd.server_root();
        for directory in [
            root.clone(),
            root.join("ppd"),
            self.cupsd.server_bin().join("backend"),
            self.scratch.path().to_owned(),
            self.scratch.join("gate"),
        ] {
            let Ok(entries) = fs::read_dir(directory) else {
                continue;
            };
            for path in entries.map(|entry| entry.unwrap().path()) {
                // cupsd writes a date into these, and keeps an old copy.
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                let of_cupsd = name.starts_with("printers.conf")
                    || name.starts_with("subscriptions.conf")
                    || name.starts_with("classes.conf");
                if of_cupsd || !path.is_file() {
                    continue;
                }
                let metadata = fs::symlink_metadata(&path).unwrap();
                // Root alone reads some backends; their modes still tell.
                let content = fs::read(&path).unwrap_or_default();
                found.insert(path, (metadata.mode(), metadata.uid(), content));
            }
        }
        found
    }

    #[track_caller]
    fn assert_unchanged(&self, before: &BTreeMap<PathBuf, (u32, u32, Vec<u8>)>) {
        let after = self.files();
        let changed: Vec<_> = before
            .iter()
            .chain(&after)
            .map(|(path, _)| path)
            .filter(|path| before.get(*path) != after.get(*path))
            .collect();
        assert!(changed.is_empty(), "{changed:?}");
    }

    fn queue_says(&self, name: &str) -> String {
        fs::read_to_string(self.cupsd.server_root().join("printers.conf"))
            .unwrap_or_default()
            .split("<Printer ")
            .find(|text| text.starts_with(&format!("{name}>")))
            .unwrap_or_default()
            .to_owned()
    }
}

#[test]
fn removing_the_last_queue_leaves_every_file_as_it_was() {
    let lab = Lab::start("ctl-queue");
    lab.program();
    let before = lab.files();
    lab.succeeds(&[
        "queue",
        "add",
        "secure",
        "--secure",
        "--info",
        "All printers",
    ]);
    lab.succeeds(&["queue", "add", "sink", "--device", &lab.cupsd.sink_uri()]);
    let backend = lab.cupsd.server_bin().join("backend/gate");
    assert_eq!(fs::metadata(&backend).unwrap().mode() & 0o777, 0o700);
    assert_ne!(lab.files(), before);

    lab.succeeds(&["queue", "remove", "secure"]);
    assert!(backend.exists(), "the other queue still needs the gate");
    let listed = lab.succeeds(&["queue", "list"]);
    assert!(
        listed.contains("enforced") && !listed.contains("secure"),
        "{listed}"
    );

    lab.succeeds(&["queue", "remove", "sink"]);
    lab.assert_unchanged(&before);
}

#[test]
fn managed_queue_holds_and_believes_no_names() {
    let lab = Lab::start("ctl-policy");
    lab.succeeds(&["queue", "add", "secure", "--secure"]);
    let document = lab.scratch.join("a.txt");
    fs::write(&document, "hello\n").unwrap();
    // The user himself may submit; it is held.
    lab.cupsd.lp("secure", &document, &[]).unwrap();
    let jobs = finish(
        lab.cupsd
            .command("lpstat")
            .args(["-W", "not-completed", "-o"]),
    )
    .unwrap();
    assert!(jobs.contains("secure-1"), "{jobs}");
    // A name that is merely claimed is refused.
    let mut claimed = lab.cupsd.command("lp");
    claimed
        .args(["-U", "somebody-else"])
        .stdin(std::process::Stdio::null());
    assert!(
        lab.cupsd
            .lp_with(claimed, "secure", &document, &[])
            .is_err()
    );
    let text = lab.queue_says("secure");
    for expected in [
        "DeviceURI gate:",
        "OpPolicy platen",
        "ErrorPolicy abort-job",
    ] {
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn printer_is_asked_what_it_can_do_and_still_stands_behind_the_gate() {
    let lab = Lab::start("ctl-eve");
    let bus = SystemBus::start(&lab.scratch.join("bus")).unwrap();
    let printer = Printer::start(&lab.scratch.join("eve"), "eve", &bus).unwrap();
    lab.succeeds(&[
        "queue",
        "add",
        "eve",
        "--device",
        &printer.uri(),
        "--everywhere",
    ]);
    let driver = fs::read_to_string(lab.cupsd.server_root().join("ppd/eve.ppd")).unwrap();
    assert!(driver.contains("*Duplex"), "{driver}");
    let text = lab.queue_says("eve");
    let device = format!("DeviceURI gate:{}", printer.uri());
    assert!(
        text.contains(&device) && text.contains("OpPolicy platen"),
        "{text}"
    );
    // A printer that is not there leaves no queue and no gate.
    lab.succeeds(&["queue", "remove", "eve"]);
    let before = lab.files();
    let nobody = "ipp://127.0.0.1:9/ipp/print";
    lab.fails(&["queue", "add", "gone", "--device", nobody, "--everywhere"]);
    lab.assert_unchanged(&before);
}

#[test]
fn queue_that_cannot_be_made_leaves_nothing() {
    let lab = Lab::start("ctl-fail");
    lab.program();
    let before = lab.files();
    let said = lab.fails(&["queue", "add", "x", "--device", "ipp://me:secret@printer/"]);
    assert!(said.contains("password"), "{said}");
    let driver = lab.scratch.join("no-driver.ppd").display().to_string();
    let sink = lab.cupsd.sink_uri();
    lab.fails(&["queue", "add", "x", "--device", &sink, "--ppd", &driver]);
    lab.assert_unchanged(&before);
    // A driver that only cupsd finds to be none: everything is taken back.
    fs::write(&driver, "this is no driver").unwrap();
    lab.fails(&["queue", "add", "x", "--device", &sink, "--ppd", &driver]);
    fs::remove_file(&driver).unwrap();
    lab.assert_unchanged(&before);
    lab.cupsd
        .lpadmin(&["-p", "theirs", "-E", "-v", &sink])
        .unwrap();
    let said = lab.fails(&["queue", "add", "theirs", "--secure"]);
    assert!(said.contains("already"), "{said}");
    let said = lab.fails(&["queue", "remove", "theirs"]);
    assert!(said.contains("not behind the gate"), "{said}");
}

#[test]
fn somebody_elses_backend_is_not_overwritten() {
    let lab = Lab::start("ctl-backend");
    let backend = lab.cupsd.server_bin().join("backend/gate");
    fs::write(&backend, "theirs").unwrap();
    let said = lab.fails(&["queue", "add", "x", "--secure"]);
    assert!(said.contains("somebody else's"), "{said}");
    assert_eq!(fs::read(&backend).unwrap(), b"theirs");
}

fn write_key(path: &Path) -> String {
    platen_gate::SigningKey::load_or_create(path)
        .unwrap()
        .public()
        .to_string()
}

#[test]
fn keys_are_trusted_shown_and_revoked() {
    let lab = Lab::start("ctl-key");
    let path = lab.scratch.join("authority.key");
    let public = write_key(&path);
    let path = path.display().to_string();
    lab.succeeds(&["authority", "trust", &path, "--user", "alice"]);
    let shown = lab.succeeds(&["authority", "show", "--json"]);
    assert!(
        shown.contains(&public) && shown.contains("alice"),
        "{shown}"
    );
    lab.succeeds(&["authority", "revoke", "alice"]);
    assert!(lab.succeeds(&["authority", "show"]).contains("No key"));
    let said = lab.fails(&["authority", "trust", &path, "--user", "../../etc/x"]);
    assert!(said.contains("no user name"), "{said}");
    lab.fails(&["authority", "revoke", "alice"]);
}

#[test]
fn doctor_finds_what_is_missing_and_then_is_content() {
    let lab = Lab::start("ctl-doctor");
    let sick = lab.platenctl(&["doctor", "--json"]);
    assert!(!sick.status.success());
    let said = String::from_utf8_lossy(&sick.stdout).into_owned();
    for area in ["queues", "trusted keys", "ledger"] {
        assert!(said.contains(&format!("\"area\": \"{area}\"")), "{said}");
    }
    lab.succeeds(&["queue", "add", "secure", "--secure"]);
    let key = lab.scratch.join("authority.key");
    write_key(&key);
    lab.succeeds(&["authority", "trust", &key.display().to_string()]);
    lab.succeeds(&["accounts", "add", "quota", "--limit", "50"]);
    let healthy = lab.succeeds(&["doctor"]);
    assert!(healthy.contains("secure is enforced"), "{healthy}");
    assert!(!healthy.contains("PROBLEM"), "{healthy}");
    assert!(healthy.contains("printing without network"), "{healthy}");
    let leases = lab.succeeds(&["leases"]);
    assert!(leases.contains("Nothing was printed here"), "{leases}");
    assert_eq!(lab.succeeds(&["leases", "--json"]).trim(), "[]");
    // The gate gone, nothing prints, and the doctor says so.
    fs::remove_file(lab.cupsd.server_bin().join("backend/gate")).unwrap();
    let sick = lab.platenctl(&["doctor"]);
    assert!(!sick.status.success());
    let said = String::from_utf8_lossy(&sick.stdout).into_owned();
    assert!(said.contains("the gate is not installed"), "{said}");
}

#[test]
fn bundle_has_what_helps_and_nobodys_name() {
    let lab = Lab::start("ctl-bundle");
    lab.succeeds(&["queue", "add", "secure", "--secure"]);
    let data = lab.scratch.join("data");
    let settings = format!(
        "proxy = \"http://somebody:geheim@192.168.7.9:3128\"\nlog_level = \"debug\"\n\
         client_id = \"desk\"\nclient_secret = 'sehr\"verborgen'\ndata_dir = \"{}\"\n",
        data.display()
    );
    fs::write(lab.scratch.join("client.toml"), settings).unwrap();
    fs::create_dir_all(data.join("crashes")).unwrap();
    let crash = "platen 9.9\nno lane\nWARN mail to somebody@example.edu, “geheim.pdf”\n";
    let report = "20261130T120000000-7.txt";
    fs::write(data.join("crashes").join(report), crash).unwrap();
    let file = lab.scratch.join("diagnostics.tar.gz");
    let path = file.display().to_string();
    let output = lab.platenctl(&["doctor", "--bundle", &path]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("nothing was sent"), "{said}");
    let metadata = fs::metadata(&file).unwrap();
    assert_eq!(metadata.mode() & 0o777, 0o600);

    let unpacked = lab.scratch.join("unpacked");
    fs::create_dir(&unpacked).unwrap();
    let mut tar = Command::new("tar");
    finish(tar.arg("-xzf").arg(&file).arg("-C").arg(&unpacked)).unwrap();
    let top = unpacked.join("platen-diagnostics");
    let read = |name: &str| fs::read_to_string(top.join(name)).unwrap();
    assert!(read("doctor.txt").contains("secure is enforced"));
    assert!(read("settings.toml").contains("log_level = \"debug\""));
    assert!(read("settings.toml").contains("http://‹hidden›@‹address›"));
    assert!(read("queues.txt").contains("secure: "));
    assert!(read("doctor.txt").contains("the client crashed"));
    let report = format!("crashes/{report}");
    assert!(read(&report).starts_with("platen 9.9\nno lane\n"));
    assert!(read("system.txt").contains(env!("CARGO_PKG_VERSION")));
    let computer = finish(Command::new("uname").arg("-n")).unwrap();
    for name in [
        "doctor.txt",
        "settings.toml",
        "managed.txt",
        "system.txt",
        "queues.txt",
        "log.txt",
        &report,
    ] {
        let text = read(name);
        for secret in [
            "geheim",
            "verborgen",
            "somebody",
            "192.168.7.9",
            computer.trim(),
        ] {
            assert!(!text.contains(secret), "{secret} is in {name}:\n{text}");
        }
    }
    assert_eq!(fs::read_dir(&top).unwrap().count(), 8);

    // What is there is not overwritten.
    let before = fs::read(&file).unwrap();
    let refused = lab.fails(&["doctor", "--bundle", &path]);
    assert!(refused.contains("diagnostics.tar.gz"), "{refused}");
    assert!(fs::read(&file).unwrap() == before);
}
