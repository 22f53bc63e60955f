//! What there is to check and to tell on macOS.

use anyhow::Result;
use platen_spooler::{CupsConfig, Queue, Spooler, SpoolerError};

use super::bundle::said;
pub(super) use super::files::{create_private, free_bytes};
pub(super) use super::log_file::log;
use super::{Finding, State, good, wrong};
use crate::{client, clients};

/// CUPS and each managed queue, all of which are by courtesy.
///
/// *Errors*: no event loop.
pub(super) fn print_server(named: Option<Vec<String>>) -> Result<Vec<Finding>> {
    let queues = match all_queues(named)? {
        Ok(queues) => queues,
        Err(error) => {
            return Ok(vec![wrong(
                "print server",
                error.to_string(),
                "Start it: sudo launchctl kickstart system/org.cups.cupsd",
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

/// Whether the client runs.
///
/// *Errors*: none, but on other systems.
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
pub(super) fn desktop() -> Result<Vec<Finding>> {
    let area = "client";
    let found = match clients::whose() {
        Ok(names) if names.is_empty() => Finding {
            area,
            state: State::NotNeeded("it does not run".into()),
        },
        Ok(names) => good(area, format!("runs for {}", names.join(", "))),
        Err(error) => wrong(area, format!("{error:#}"), "Sign in again."),
    };
    Ok(vec![found])
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
    let mut text = format!("platenctl {}\n", env!("CARGO_PKG_VERSION"));
    let program = client::program().map(|program| program.display().to_string());
    let client = said(&program.unwrap_or_default(), &["--version"]);
    for (what, value) in [
        ("client", client),
        ("system", said("sw_vers", &["-productVersion"])),
        ("build", said("sw_vers", &["-buildVersion"])),
        ("kernel", said("uname", &["-srm"])),
        ("language", std::env::var("LANG").unwrap_or_default()),
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

/// The computer's queues; `named` are managed.
fn all_queues(named: Option<Vec<String>>) -> Result<Result<Vec<Queue>, SpoolerError>> {
    let mut config = CupsConfig::from_environment(client::user_name());
    config.queues = named;
    let spooler = Spooler::connect(config);
    Ok(client::runtime()?.block_on(spooler.queues()))
}
