//! What there is to check and to tell on Windows.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::Result;
use platen_spooler::{Queue, Spooler, WinspoolConfig};
use platen_windows::system;
use windows_registry::{CURRENT_USER, LOCAL_MACHINE};

use super::bundle::said;
pub(super) use super::log_file::log;
use super::{Finding, State, good, wrong};
use crate::client;

/// Where the web view says its version, for the computer and for a user.
/// *Source*: learn.microsoft.com, “Distribute your app and the WebView2 Runtime”.
const WEB_VIEW: [&str; 2] = [
    r"SOFTWARE\WOW6432Node\Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}",
    r"Software\Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}",
];

/// The spooler and each managed queue, all of which are by courtesy.
///
/// *Errors*: no event loop.
pub(super) fn print_server(named: Option<Vec<String>>) -> Result<Vec<Finding>> {
    let queues = match all_queues(named)? {
        Ok(queues) => queues,
        Err(error) => {
            return Ok(vec![wrong(
                "print server",
                error.to_string(),
                "Start the service “Print Spooler” (Spooler).",
            )]);
        }
    };
    let mut findings = vec![good(
        "print server",
        format!("answers {}", client::user_name()),
    )];
    let managed: Vec<_> = queues.iter().filter(|queue| queue.managed).collect();
    if managed.is_empty() {
        findings.push(wrong(
            "queues",
            "no queue is managed",
            "Name some that are there: platenctl policy set queues=NAME,NAME",
        ));
    }
    findings.extend(managed.iter().map(|queue| {
        let why = "is by courtesy: its users can print without approval";
        good("queue", format!("{} {why}", queue.name))
    }));
    Ok(findings)
}

/// The web view that the portal's window needs, and whether the client runs.
///
/// *Errors*: none, but on other systems.
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
pub(super) fn desktop() -> Result<Vec<Finding>> {
    let version = [&LOCAL_MACHINE, &CURRENT_USER]
        .iter()
        .zip(WEB_VIEW)
        .find_map(|(root, place)| root.open(place).ok()?.get_string("pv").ok());
    let web_view = version.map_or_else(
        || {
            wrong(
                "portal",
                "the WebView2 runtime is not installed, so that no window opens",
                "Install it (Microsoft Edge WebView2 Runtime); platen open --print-link works without.",
            )
        },
        |version| good("portal", format!("WebView2 {version}")),
    );
    let runs = client::program().and_then(|program| Ok(system::clients(&program)?));
    let client = match runs {
        Ok(clients) if clients.is_empty() => Finding {
            area: "client",
            state: State::NotNeeded("it does not run".into()),
        },
        Ok(clients) => {
            let sessions = clients.iter().map(|one| one.session.to_string());
            let sessions: Vec<_> = sessions.collect();
            good("client", format!("runs in session {}", sessions.join(", ")))
        }
        Err(error) => wrong("client", format!("{error:#}"), "Sign in again."),
    };
    Ok(vec![web_view, client])
}

/// What is free on the disk of a directory. *Units*: bytes.
///
/// *Errors*: it can't be asked.
pub(super) fn free_bytes(directory: &Path) -> io::Result<u64> {
    system::free_bytes(directory)
}

/// Makes a file that nobody else reads.
///
/// *Errors*: it is there already, or can't be made.
pub(super) fn create_private(file: &Path) -> io::Result<File> {
    system::create_private_file(file)
}

/// What this user and this computer are called.
pub(super) fn own_words() -> Vec<(String, &'static str)> {
    let home = std::env::home_dir().map(|home| home.display().to_string());
    let (name, full_name) = system::account()
        .map(|account| (account.name, account.full_name))
        .unwrap_or_default();
    vec![
        (home.unwrap_or_default(), "‹home›"),
        (variable("COMPUTERNAME"), "‹computer›"),
        (variable("USERDOMAIN"), "‹domain›"),
        (name, "‹user›"),
        (full_name, "‹name›"),
    ]
}

/// Versions, and the kind of computer and session.
pub(super) fn versions() -> String {
    let mut text = format!("platenctl {}\n", env!("CARGO_PKG_VERSION"));
    let program = client::program().map(|program| program.display().to_string());
    let client = said(&program.unwrap_or_default(), &["--version"]);
    for (what, value) in [
        ("client", client),
        (
            "system",
            said("cmd", &["/c", "ver"]).trim_start().to_owned(),
        ),
        ("processor", variable("PROCESSOR_ARCHITECTURE")),
        ("session", variable("SESSIONNAME")),
    ] {
        let value = if value.is_empty() { "none" } else { &value };
        text.push_str(&format!("{what}: {value}\n"));
    }
    text
}

/// The print queues, without their printers' addresses.
pub(super) fn queues() -> String {
    let named = client::load()
        .ok()
        .and_then(|loaded| loaded.settings.queues);
    match all_queues(named) {
        Ok(Ok(queues)) => {
            let lines = queues.iter();
            let lines = lines.map(|queue| format!("{}: managed: {}\n", queue.name, queue.managed));
            lines.collect()
        }
        Ok(Err(error)) => format!("{error}\n"),
        Err(error) => format!("{error:#}\n"),
    }
}

/// The computer's queues and the user's; `named` are managed.
fn all_queues(
    named: Option<Vec<String>>,
) -> Result<std::result::Result<Vec<Queue>, platen_spooler::SpoolerError>> {
    let spooler = Spooler::connect(WinspoolConfig {
        user: client::user_name(),
        queues: named,
    });
    Ok(client::runtime()?.block_on(spooler.queues()))
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}
