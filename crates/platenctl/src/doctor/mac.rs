//! What there is to check and to tell on macOS.

use anyhow::Result;
use platen_spooler::{CupsConfig, Queue, Spooler, SpoolerError};

use super::bundle::{lines, said};
pub(super) use super::files::{create_private, free_bytes};
pub(super) use super::log_file::log;
use super::{Finding, courtesy};
use crate::{client, clients};

/// CUPS and each managed queue, all of which are by courtesy.
///
/// *Errors*: no event loop.
pub(super) fn print_server(named: Option<Vec<String>>) -> Result<Vec<Finding>> {
    let start = "Start it: sudo launchctl kickstart system/org.cups.cupsd";
    Ok(courtesy::print_server(all_queues(named)?, start))
}

/// Whether the client runs.
///
/// *Errors*: none, but on other systems.
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
pub(super) fn desktop() -> Result<Vec<Finding>> {
    Ok(vec![courtesy::client_runs(clients::whose(), "for")])
}

/// What this user and this computer are called.
pub(super) fn own_words() -> Vec<(String, &'static str)> {
    let home = std::env::home_dir().map(|home| home.display().to_string());
    let computer = said("uname", &["-n"]);
    // The short name alone is the same computer's.
    let short = computer.split('.').next().unwrap_or_default().to_owned();
    vec![
        (home.unwrap_or_default(), "‹home›"),
        (computer, "‹computer›"),
        (short, "‹computer›"),
        (said("scutil", &["--get", "ComputerName"]), "‹computer›"),
        (client::user_name(), "‹user›"),
        (said("id", &["-F"]), "‹name›"),
    ]
}

/// Versions, and the kind of computer.
pub(super) fn versions() -> String {
    lines([
        ("client", courtesy::client_version()),
        ("system", said("sw_vers", &["-productVersion"])),
        ("build", said("sw_vers", &["-buildVersion"])),
        ("kernel", said("uname", &["-srm"])),
        ("language", std::env::var("LANG").unwrap_or_default()),
    ])
}

/// The print queues, without their printers' addresses.
pub(super) fn queues() -> String {
    courtesy::listed(all_queues)
}

/// The computer's queues; `named` are managed.
fn all_queues(named: Option<Vec<String>>) -> Result<Result<Vec<Queue>, SpoolerError>> {
    let mut config = CupsConfig::from_environment(client::user_name());
    config.queues = named;
    let spooler = Spooler::connect(config);
    Ok(client::runtime()?.block_on(spooler.queues()))
}
