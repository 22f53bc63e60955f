//! A newer version, from the packages that `cargo xtask dist` makes to the desktop that shows
//! them: list and packages over real HTTPS, signed by openssl, offered by the real tray.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum_server::tls_rustls::RustlsConfig;
use platen_lab::{
    Notification, Process, SeatOptions, StageOptions, User, finish, install_program, output,
    wait_until, write_program,
};
use platen_tests::documents::grey;
use platen_tests::rig::{DEADLINE, pilot, programs_with};
use platen_tests::server::certificate;
use platen_tests::{Rig, RigOptions};

/// Newer than any that this source tree has.
const NEWER: &str = "1000.0.0";
/// The directory in `$0` over `/etc`, for one program alone.
const WITH_POLICY: &str = "mount -t overlay overlay -o lowerdir=\"$0\":/etc /etc && exec \"$@\"";

/// The packages and their list, as they were built and signed.
struct Release {
    directory: PathBuf,
    public_key: String,
}

fn release(place: &Path, options: &[&str]) -> Result<Release> {
    let key = place.join("update-key.pem");
    let directory = place.join("dist");
    if !key.exists() {
        let mut make = Command::new("openssl");
        finish(
            make.args(["genpkey", "-algorithm", "ed25519", "-out"])
                .arg(&key),
        )?;
    }
    let xtask = programs_with("xtask")?.join("xtask");
    let mut make = Command::new(xtask);
    make.args(["dist", "deb", "--profile", "dev", "--no-build"])
        .args(["--version", NEWER, "--out"])
        .arg(&directory)
        .args(options)
        .env("PLATEN_UPDATE_KEY", &key);
    finish(make.current_dir(platen_lab::root()))?;
    let mut show = Command::new("openssl");
    let pem = finish(show.args(["pkey", "-pubout", "-in"]).arg(&key))?;
    let public_key = pem.lines().nth(1).context("a key in one line")?;
    Ok(Release {
        directory,
        public_key: public_key.to_owned(),
    })
}

/// Serves `directory` to whoever trusts the certificate, which is written to `trusted`;
/// returns the address.
async fn serve(directory: &Path, trusted: &Path) -> Result<String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (certificate, key) = certificate()?;
    fs::write(trusted, &certificate)?;
    let tls = RustlsConfig::from_pem(certificate.into(), key.into()).await?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    let file = |State(directory): State<PathBuf>, uri: Uri| async move {
        let path = directory.join(uri.path().trim_start_matches('/'));
        fs::read(path).map_err(|_| StatusCode::NOT_FOUND)
    };
    let router = axum::Router::new().fallback(file);
    let router = router.with_state(directory.to_owned());
    let server = axum_server::from_tcp_rustls(listener, tls)?;
    tokio::spawn(server.serve(router.into_make_service()));
    Ok(format!("https://127.0.0.1:{port}"))
}

/// `command` on a computer with what `etc` has in `/etc`.
fn with_policy(command: &Command, etc: &Path) -> Command {
    let mut wrapped = Command::new("unshare");
    wrapped.args(["--mount", "sh", "-c", WITH_POLICY]);
    wrapped
        .arg(etc)
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir("/")
        .env("SSL_CERT_FILE", "/etc/platen/trusted.pem");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    wrapped
}

/// A rig whose client is not started yet.
fn rig(name: &str) -> Result<Rig> {
    let options = RigOptions {
        stage: StageOptions {
            provider: false,
            ..StageOptions::default()
        },
        seat: SeatOptions {
            pilot: Some(pilot(platen_tests::rig::PLENTY)),
            ..SeatOptions::default()
        },
    };
    Rig::without_client(name, options)
}

/// An estimator that counts nothing before `go` is there.
fn patient_estimator(rig: &Rig, go: &Path) -> Result<PathBuf> {
    let (estimator, patient) = (rig.path("platen-estimate"), rig.path("patient"));
    let built = programs_with("platen-estimate")?.join("platen-estimate");
    install_program(&built, &estimator, 0o755)?;
    let script = format!(
        "#!/bin/sh\nuntil [ -e '{}' ]; do sleep 0.1; done\nexec '{}' \"$@\"\n",
        go.display(),
        estimator.display()
    );
    write_program(&patient, script.as_bytes(), 0o755)?;
    Ok(patient)
}

fn policy(etc: &Path, lines: &str) -> Result<()> {
    fs::write(etc.join("platen/policy.toml"), lines).context("writing the policy")
}

fn labels(rig: &Rig) -> Vec<String> {
    let shown = rig.tray().map(|shown| shown.items).unwrap_or_default();
    shown.into_iter().map(|item| item.label).collect()
}

fn told(rig: &Rig, title: &str) -> Result<Notification> {
    rig.recorder
        .wait_for(DEADLINE, |note| note.summary == title)
}

#[tokio::test(flavor = "multi_thread")]
async fn newer_version_is_offered_in_the_tray_and_its_packages_are_shown_when_it_is_chosen()
-> Result<()> {
    if User::current()?.uid != 0 {
        println!("skipped: a policy of its own needs root");
        return Ok(());
    }
    let rig = rig("updates")?;
    let (etc, place) = (rig.path("etc"), rig.path("release"));
    fs::create_dir_all(etc.join("platen"))?;
    fs::create_dir_all(&place)?;
    let release = release(&place, &["--channel", "beta"])?;
    let address = serve(&release.directory, &etc.join("platen/trusted.pem")).await?;
    policy(
        &etc,
        &format!(
            "update_channel = \"beta\"\nupdate_url = \"{address}/releases.json\"\n\
             update_key = \"{}\"\n",
            release.public_key
        ),
    )?;
    let go = rig.path("go");
    let estimator = patient_estimator(&rig, &go)?;
    let setting = format!("estimator = \"{}\"", estimator.display());
    rig.seat.configure(&setting)?;
    let command = with_policy(&rig.seat.platen(&[]), &etc);
    let mut client = Process::start(&command, &rig.path("client.log"))?;
    client.wait_ready(DEADLINE, || {
        output(&mut rig.seat.platen(&["status"])).is_ok_and(|answer| answer.status.success())
    })?;
    wait_until("the question in the menu", DEADLINE, || {
        labels(&rig).contains(&"Check for Updates".to_owned())
    })?;
    rig.click("Check for Updates")?;
    let note = told(&rig, &format!("Platen {NEWER} Is Available"))?;
    let install = ("install-update".to_owned(), "Install…".to_owned());
    assert!(note.actions.contains(&install), "{note:?}");
    let offer = format!("Install Platen {NEWER}…");
    wait_until("the offer in the menu", DEADLINE, || {
        labels(&rig).contains(&offer)
    })?;
    assert!(!labels(&rig).contains(&"Check for Updates".to_owned()));

    // While a document waits for its answer nothing is opened.
    rig.print("waiting.pdf", &grey(1), &[])?;
    rig.until_state("waiting.pdf", "submitted")?;
    rig.click(&offer)?;
    told(&rig, "Not Now")?;
    assert_eq!(rig.seat.desktop()?.browsed(), Vec::<String>::new());
    fs::write(&go, "")?;
    rig.told("Job Ready", "waiting.pdf")?;

    // The packages are there, the tools first, as they were built.
    let files = rig.seat.data().join("updates").join(NEWER);
    for package in ["platen-tools", "platen"] {
        let name = format!("{package}_{NEWER}_amd64.deb");
        ensure!(fs::read(files.join(&name))? == fs::read(release.directory.join(&name))?);
    }
    // What was changed since is not shown.
    let changed = files.join(format!("platen_{NEWER}_amd64.deb"));
    let mut bytes = fs::read(&changed)?;
    bytes[100] ^= 1;
    fs::write(&changed, bytes)?;
    rig.click(&offer)?;
    told(&rig, "No Update")?;
    assert_eq!(rig.seat.desktop()?.browsed(), Vec::<String>::new());
    // It was fetched anew meanwhile, and is shown now.
    wait_until("the package as it was", DEADLINE, || {
        let name = changed.file_name().unwrap_or_default();
        let original = fs::read(release.directory.join(name));
        original.is_ok_and(|original| fs::read(&changed).is_ok_and(|found| found == original))
    })?;
    let title = format!("Platen {NEWER} Is Available");
    wait_until("it to be told again", DEADLINE, || {
        let notes = rig.recorder.notifications();
        notes.iter().filter(|note| note.summary == title).count() == 2
    })?;
    rig.press(&title, "Install…")?;
    wait_until("the packages on the desktop", DEADLINE, || {
        let shown = rig.seat.desktop().map(|desktop| desktop.browsed());
        let place = files.display().to_string();
        shown.is_ok_and(|shown| shown.len() == 1 && shown[0].ends_with(&place))
    })?;
    Ok(())
}

#[test]
fn administrator_asks_at_once_and_is_told_what_is_wrong() -> Result<()> {
    if User::current()?.uid != 0 {
        println!("skipped: a policy of its own needs root");
        return Ok(());
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let scratch = platen_lab::Scratch::new("updates-ctl")?;
    let (etc, place) = (scratch.join("etc"), scratch.join("release"));
    fs::create_dir_all(etc.join("platen"))?;
    fs::create_dir_all(&place)?;
    let release = release(&place, &["--notes", "https://example.edu/new"])?;
    let address = runtime.block_on(serve(&release.directory, &etc.join("platen/trusted.pem")))?;
    let ask = || -> Result<(bool, String)> {
        let mut command = Command::new(programs_with("platenctl")?.join("platenctl"));
        command.args(["updates", "check"]);
        command
            .env("HOME", scratch.path())
            .env_remove("XDG_DATA_HOME");
        command
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("PLATEN_CONFIG");
        let answer = output(&mut with_policy(&command, &etc))?;
        let said = [answer.stdout, answer.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        Ok((answer.status.success(), said))
    };
    let url = format!("update_url = \"{address}/releases.json\"\n");
    let key = format!("update_key = \"{}\"\n", release.public_key);
    // Packages for Linux come from elsewhere unless somebody says otherwise.
    policy(&etc, &format!("{url}{key}"))?;
    let (good, said) = ask()?;
    ensure!(good && said.contains("“update_channel” is off"), "{said}");
    let stable = "update_channel = \"stable\"\n";
    policy(&etc, &format!("{stable}{url}{key}"))?;
    let (good, said) = ask()?;
    let ready = format!("Platen {NEWER} of the channel stable is ready to be installed:");
    ensure!(good && said.starts_with(&ready), "{said}");
    ensure!(
        said.contains(&format!("/updates/{NEWER}/platen_{NEWER}_")),
        "{said}"
    );
    ensure!(
        said.contains("What is new: https://example.edu/new"),
        "{said}"
    );
    // Another's key, and none that an administrator has set.
    let other = "update_key = \"MCowBQYDK2VwAyEAmAEfVERgHLajNjAy3jF03BWHaNeJxAR0Ph8V/uWcTXI=\"\n";
    policy(&etc, &format!("{stable}{url}{other}"))?;
    let (good, said) = ask()?;
    ensure!(!good && said.contains("not signed by the key"), "{said}");
    policy(&etc, &format!("{stable}{url}"))?;
    fs::create_dir_all(scratch.join(".config/platen"))?;
    fs::write(scratch.join(".config/platen/client.toml"), &key)?;
    let (good, said) = ask()?;
    ensure!(
        !good && said.contains("only where an administrator sets it"),
        "{said}"
    );
    Ok(())
}
