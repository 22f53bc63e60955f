//! What there is to check and to tell on Windows.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::Result;
use platen_spooler::{Queue, Spooler, SpoolerError, WinspoolConfig};
use platen_windows::system;
use windows_registry::{CURRENT_USER, LOCAL_MACHINE};

use super::bundle::{lines, said};
pub(super) use super::log_file::log;
use super::{Finding, courtesy, good, wrong};
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
    let start = "Start the service “Print Spooler” (Spooler).";
    Ok(courtesy::print_server(all_queues(named)?, start))
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
    let sessions = runs.map(|clients| clients.iter().map(|one| one.session.to_string()).collect());
    Ok(vec![
        web_view,
        courtesy::client_runs(sessions, "in session"),
    ])
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
    lines([
        ("client", courtesy::client_version()),
        (
            "system",
            said("cmd", &["/c", "ver"]).trim_start().to_owned(),
        ),
        ("processor", variable("PROCESSOR_ARCHITECTURE")),
        ("session", variable("SESSIONNAME")),
    ])
}

/// The print queues, without their printers' addresses.
pub(super) fn queues() -> String {
    courtesy::listed(all_queues)
}

/// The computer's queues and the user's; `named` are managed.
fn all_queues(named: Option<Vec<String>>) -> Result<Result<Vec<Queue>, SpoolerError>> {
    let spooler = Spooler::connect(WinspoolConfig {
        user: client::user_name(),
        queues: named,
    });
    Ok(client::runtime()?.block_on(spooler.queues()))
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}
