//! A desktop session of each test's own: bus, keyring, provider and browser.
//!
//! The keyring is found through the environment, so every test that may touch
//! it runs again in a process of its own, with an environment of its own: see
//! [`in_session`].
#![expect(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod browser;
pub(crate) mod desktop;
pub(crate) mod mischief;
pub(crate) mod provider;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use platen_identity::{Identity, IdentityConfig, Session, SignInError, Status};
use tokio::sync::watch;

const INSIDE: &str = "PLATEN_TEST_INSIDE";

/// Everything here is local; what takes longer hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Which desktop a test wants.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Desktop {
    /// A private bus with an unlocked gnome-keyring.
    Keyring,
    /// A private bus with nothing on it.
    EmptyBus,
    /// No bus at all.
    NoBus,
}

/// Runs `body` in a process of its own, in a desktop session of its own.
#[track_caller]
pub(crate) fn in_session<F: Future<Output = ()>>(
    desktop: Desktop,
    body: impl FnOnce(desktop::Session) -> F,
) {
    if let Ok(folder) = std::env::var(INSIDE) {
        let session = desktop::Session::inside(Path::new(&folder));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        return runtime.block_on(body(session));
    }
    let name = std::thread::current()
        .name()
        .expect("a test's thread carries its name")
        .to_owned();
    let folder = tempfile::Builder::new()
        .prefix("platen-id")
        .tempdir()
        .unwrap();
    let mut session = desktop::Session::inside(folder.path());
    if desktop != Desktop::NoBus {
        session.start_bus();
    }
    if desktop == Desktop::Keyring {
        session.start_keyring();
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", &name, "--nocapture", "--test-threads=1"])
        .env(INSIDE, folder.path());
    session.dress(&mut command);
    let output = command.output().unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.status.success(),
        "{name} failed inside its session:\n{text}"
    );
    assert!(
        text.contains("1 passed"),
        "{name} did not run inside its session:\n{text}"
    );
}

/// A configuration as a site would write it.
pub(crate) fn config(issuer: &str, folder: &Path) -> IdentityConfig {
    IdentityConfig {
        keyring_service: "Platen test".into(),
        ..IdentityConfig::new(issuer.parse().unwrap(), "platen", folder)
    }
}

/// Signs in through the provider's own pages; also gives the last page.
pub(crate) async fn sign_in(
    identity: &Identity,
    user: &str,
) -> (Result<Session, SignInError>, String) {
    let pending = identity.begin_sign_in().await.unwrap();
    let url = pending.url.clone();
    let browser = tokio::spawn({
        let user = user.to_owned();
        async move {
            browser::Browser::new()
                .walk(url, browser::Wish::SignIn(&user))
                .await
        }
    });
    let outcome = pending.finish(PATIENCE).await;
    (outcome, browser.await.unwrap())
}

/// Waits until the status is as wanted.
#[track_caller]
pub(crate) fn until(
    identity: &Identity,
    what: &'static str,
    wanted: impl Fn(&Status) -> bool,
) -> impl Future<Output = Status> {
    let mut status: watch::Receiver<Status> = identity.status();
    async move {
        let found = tokio::time::timeout(PATIENCE, status.wait_for(|status| wanted(status)))
            .await
            .map(|found| found.expect("the identity lives").clone());
        found.unwrap_or_else(|_| panic!("never {what}: {:?}", *status.borrow()))
    }
}

/// Waits for a condition that only asking can tell.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(Instant::now() < deadline, "never {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
