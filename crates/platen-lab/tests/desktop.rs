//! The virtual desktop, its recorder, the provider and the browser.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use platen_lab::{
    Browser, Desktop, DesktopOptions, Keyring, Process, Provider, Recorder, Scratch, User, finish,
    output, setup, wait_until,
};

const DEADLINE: Duration = Duration::from_secs(20);

/// Sends a notification; its sender waits for the answer as long as the guard lives.
fn notify(desktop: &Desktop, summary: &str, body: &str) -> Process {
    let mut send = desktop.command("notify-send");
    send.args(["--app-name=Lab", "--action=more=Tell more", summary, body]);
    let log = desktop.directory().join("notify-send.log");
    Process::start(&send, &log).expect("notify-send starts")
}

fn ordinary_user() -> Option<User> {
    User::current()
        .is_ok_and(|user| user.uid == 0)
        .then(|| User::ensure("platen-alice").expect("useradd works"))
}

fn desktop(directory: &Path, user: Option<User>) -> Desktop {
    let options = DesktopOptions {
        user,
        ..DesktopOptions::default()
    };
    Desktop::start(directory, &options).expect("the desktop comes up")
}

#[test]
fn two_desktops_of_different_users_keep_their_notifications_and_secrets_apart() {
    let scratch = Scratch::new("lab-desk").unwrap();
    let one = desktop(&scratch.join("one"), None);
    let two = desktop(&scratch.join("two"), ordinary_user());
    assert_ne!(one.display(), two.display());
    let (first, second) = (Recorder::start(&one), Recorder::start(&two));
    let (first, second) = (first.unwrap(), second.unwrap());

    let _sender = notify(&two, "Job Ready", "thesis.pdf\n15 points");
    let seen = second
        .wait_for(DEADLINE, |it| it.summary == "Job Ready")
        .unwrap();
    assert_eq!(seen.body, "thesis.pdf\n15 points");
    assert_eq!(seen.actions, [("more".to_owned(), "Tell more".to_owned())]);
    assert_eq!(first.notifications(), []);

    let mut store = two.command("sh");
    store.args([
        "-c",
        "printf secret | secret-tool store --label=lab lab key && secret-tool lookup lab key",
    ]);
    assert_eq!(finish(&mut store).unwrap(), "secret");
    let mut lookup = one.command("secret-tool");
    let found = output(lookup.args(["lookup", "lab", "key"])).unwrap();
    assert!(found.stdout.is_empty());

    let picture = scratch.join("screen.png");
    two.screenshot(&picture).unwrap();
    assert!(fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn a_desktop_ends_with_everything_it_started() {
    let scratch = Scratch::new("lab-desk").unwrap();
    let desk = desktop(&scratch.join("desk"), ordinary_user());
    let wanted = desk.bus_address();
    drop(desk);
    let left: Vec<_> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| fs::read(entry.ok()?.path().join("environ")).ok())
        .filter(|environment| String::from_utf8_lossy(environment).contains(&wanted))
        .collect();
    assert_eq!(left.len(), 0);
}

#[test]
fn the_tray_the_notifications_and_the_keyring_come_and_go() {
    let scratch = Scratch::new("lab-desk").unwrap();
    let options = DesktopOptions {
        tray: false,
        notifications: false,
        keyring: Keyring::Locked,
        ..DesktopOptions::default()
    };
    let mut desk = Desktop::start(&scratch.join("desk"), &options).unwrap();
    let tray = "org.kde.StatusNotifierWatcher";
    assert!(!desk.has_name(tray));
    desk.start_tray().unwrap();
    assert!(desk.has_name(tray));
    desk.stop_tray();
    wait_until("no tray", DEADLINE, || !desk.has_name(tray)).unwrap();
    assert!(default_collection_is_locked(&desk));
    desk.start_keyring().unwrap();
    assert!(!default_collection_is_locked(&desk));
}

fn default_collection_is_locked(desktop: &Desktop) -> bool {
    let mut ask = desktop.command("dbus-send");
    ask.args([
        "--session",
        "--print-reply=literal",
        "--dest=org.freedesktop.secrets",
        "/org/freedesktop/secrets/collection/login",
        "org.freedesktop.DBus.Properties.Get",
        "string:org.freedesktop.Secret.Collection",
        "string:Locked",
    ]);
    finish(&mut ask)
        .expect("the login keyring is there")
        .contains("boolean true")
}

#[test]
fn the_provider_keeps_its_issuer_when_it_comes_back() {
    setup::ensure(setup::Purpose::Work).unwrap();
    let scratch = Scratch::new("lab-oidc").unwrap();
    let mut provider = Provider::start(scratch.path(), &[]).unwrap();
    let discovery = format!("{}/.well-known/openid-configuration", provider.issuer());
    let fetch = || {
        let script =
            format!("fetch('{discovery}').then(r => r.json()).then(j => console.log(j.issuer))");
        output(Command::new("node").args(["-e", &script])).unwrap()
    };
    let told = |answer: std::process::Output| String::from_utf8(answer.stdout).unwrap();
    assert_eq!(told(fetch()).trim(), provider.issuer());
    provider.stop().unwrap();
    assert!(!fetch().status.success());
    provider.start_again().unwrap();
    assert_eq!(told(fetch()).trim(), provider.issuer());
}

#[test]
fn two_browsers_listen_on_addresses_of_their_own() {
    let scratch = Scratch::new("lab-web").unwrap();
    let one = Browser::start(&scratch.join("one")).unwrap();
    let two = Browser::start(&scratch.join("two")).unwrap();
    assert_ne!(one.url(), two.url());
}

#[test]
fn a_pilot_user_signs_in_on_the_providers_own_pages() {
    setup::ensure(setup::Purpose::Work).unwrap();
    let scratch = Scratch::new("lab-oidc").unwrap();
    let provider = Provider::start(scratch.path(), &[]).unwrap();
    let application = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = application.local_addr().unwrap().port();
    let url = format!(
        "{}/auth?client_id=platen&response_type=code&scope=openid%20offline_access&prompt=consent\
         &redirect_uri=http%3A%2F%2F127.0.0.1%3A{port}%2Fcallback&state=s\
         &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
        provider.issuer()
    );
    let called_back = std::thread::spawn(move || {
        let (mut connection, _) = application.accept().unwrap();
        let mut request = [0; 4096];
        let length = connection.read(&mut request).unwrap();
        connection
            .write_all(b"HTTP/1.1 200 OK\r\n\r\nWelcome")
            .unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    assert_eq!(provider.sign_in(&url, "alice").unwrap(), "Welcome");
    let request = called_back.join().unwrap();
    assert!(request.starts_with("GET /callback?code="), "{request}");
}
