//! Checks everything Platen needs and says what to do about what is missing.

mod bundle;
#[cfg(any(windows, target_os = "macos"))]
mod courtesy;
#[cfg(not(any(windows, target_os = "macos")))]
mod desktop;
#[cfg(unix)]
mod files;
#[cfg(any(windows, target_os = "macos"))]
mod log_file;
mod redact;
#[cfg_attr(windows, path = "doctor/windows.rs")]
#[cfg_attr(target_os = "macos", path = "doctor/mac.rs")]
#[cfg_attr(not(any(windows, target_os = "macos")), path = "doctor/linux.rs")]
mod system;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use platen_identity::{Identity, IdentityConfig};
use platen_ledger::Ledger;
use platen_settings::{Loaded, crash_reports};
use serde_json::json;

use crate::client;

/// No check takes longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Below this the ledger may soon be unable to write. *Units*: bytes.
const LITTLE_SPACE: u64 = 100 * 1024 * 1024;

/// Check everything Platen needs.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// For programs
    #[arg(long)]
    json: bool,
    /// Write what helps somebody else to find the fault into an archive (tar, gzip) to
    /// read before it is sent; names of people and documents are taken out
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) area: &'static str,
    /// How it stands.
    pub(crate) state: State,
}

/// How something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// In order, with what was seen.
    Good(String),
    /// Not needed here, with the reason.
    NotNeeded(String),
    /// Not in order: what is wrong, and what to do.
    Wrong { what: String, advice: String },
}

pub(crate) fn good(area: &'static str, what: impl Into<String>) -> Finding {
    let state = State::Good(what.into());
    Finding { area, state }
}

pub(crate) fn wrong(
    area: &'static str,
    what: impl Into<String>,
    advice: impl Into<String>,
) -> Finding {
    let state = State::Wrong {
        what: what.into(),
        advice: advice.into(),
    };
    Finding { area, state }
}

/// Prints all findings; true if everything is in order.
pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let loaded = client::load();
    let queues = loaded.as_ref().ok();
    let queues = queues.and_then(|loaded| loaded.settings.queues.clone());
    let mut findings = system::print_server(queues)?;
    match &loaded {
        Ok(loaded) => {
            findings.push(settings(loaded));
            findings.push(ledger(loaded));
            findings.push(provider(loaded));
            findings.push(crashes(loaded));
        }
        Err(error) => findings.push(wrong(
            "settings",
            format!("{error:#}"),
            "Correct the file; until then Platen does not start.",
        )),
    }
    findings.extend(system::desktop()?);
    let in_order = findings
        .iter()
        .all(|finding| !matches!(finding.state, State::Wrong { .. }));
    let text = text(&findings);
    if arguments.json {
        print_json(&findings, in_order)?;
    } else {
        print!("{text}");
    }
    if let Some(file) = &arguments.bundle {
        bundle::write(file, &text, loaded.as_ref().ok())?;
        eprintln!("{}", bundle::sentence(file));
    }
    Ok(in_order)
}

fn text(findings: &[Finding]) -> String {
    let lines = findings.iter().map(|Finding { area, state }| match state {
        State::Good(what) => format!("ok       {area}: {what}\n"),
        State::NotNeeded(why) => format!("-        {area}: {why}\n"),
        State::Wrong { what, advice } => {
            format!("PROBLEM  {area}: {what}\n         {advice}\n")
        }
    });
    lines.collect()
}

fn print_json(findings: &[Finding], in_order: bool) -> Result<()> {
    let list: Vec<_> = findings
        .iter()
        .map(|Finding { area, state }| match state {
            State::Good(what) => json!({"area": area, "ok": true, "what": what}),
            State::NotNeeded(what) => {
                json!({"area": area, "ok": true, "needed": false, "what": what})
            }
            State::Wrong { what, advice } => {
                json!({"area": area, "ok": false, "what": what, "advice": advice})
            }
        })
        .collect();
    let all = json!({"in_order": in_order, "findings": list});
    println!("{}", serde_json::to_string_pretty(&all)?);
    Ok(())
}

/// Which settings users can't change, and what is wrong with any.
fn settings(loaded: &Loaded) -> Finding {
    let area = "settings";
    let mistakes = loaded.settings.mistakes();
    if let Some(mistake) = mistakes.first() {
        let advice = "Correct it: platenctl policy show says where it stands.";
        return wrong(area, mistake.to_string(), advice);
    }
    if loaded.managed.is_empty() {
        return good(area, "the user's own");
    }
    let managed = loaded.managed.iter();
    let managed = managed.map(|one| format!("{} by {}", one.key, one.file.display()));
    let managed: Vec<_> = managed.collect();
    good(area, format!("managed: {}", managed.join(", ")))
}

fn ledger(loaded: &Loaded) -> Finding {
    let area = "ledger";
    let directory = match client::data_directory(loaded) {
        Ok(directory) => directory,
        Err(error) => return wrong(area, format!("{error:#}"), "Set data_dir in client.toml."),
    };
    let path = directory.join("ledger.sqlite");
    if !path.exists() {
        return wrong(
            area,
            format!("there is none in {}", directory.display()),
            "Load a site: platenctl accounts load FILE.",
        );
    }
    if let Err(error) = open(&path) {
        return wrong(
            area,
            format!("{error:#}"),
            "Check it: platenctl accounts verify.",
        );
    }
    match system::free_bytes(&directory) {
        Ok(free) => {
            let what = format!("opens, {} MB of disk are free", free / 1_000_000);
            if free < LITTLE_SPACE {
                return wrong(area, what, "Free some disk space.");
            }
            good(area, what)
        }
        Err(error) => wrong(area, error.to_string(), "Check the disk."),
    }
}

fn open(path: &Path) -> Result<()> {
    client::runtime()?.block_on(async {
        Ledger::open(path)?.accounts().await?;
        Ok(())
    })
}

/// What the client left of its crashes.
fn crashes(loaded: &Loaded) -> Finding {
    let area = "crashes";
    let directory = client::data_directory(loaded).unwrap_or_default();
    let reports = crash_reports(&directory);
    let Some(last) = reports.first() else {
        return good(area, "none");
    };
    let what = match reports.len() {
        1 => format!("the client crashed; the report is {}", last.display()),
        number => format!(
            "the client crashed; there are {number} reports, the last is {}",
            last.display()
        ),
    };
    let advice = "Show it to whoever looks after this computer: platenctl doctor --bundle FILE takes the reports \
                  along. Delete them afterwards.";
    wrong(area, what, advice)
}

/// Whether the sign-in service answers and is who it should be.
fn provider(loaded: &Loaded) -> Finding {
    let area = "sign-in";
    let Some(issuer) = &loaded.settings.issuer else {
        return Finding {
            area,
            state: State::NotNeeded("no provider is set; this computer's user counts".into()),
        };
    };
    let asked = (|| -> Result<()> {
        let scratch = std::env::temp_dir().join("platenctl-doctor-unused");
        let client_id = loaded
            .settings
            .client_id
            .clone()
            .unwrap_or_else(|| "platen".into());
        let config = IdentityConfig::new(issuer.parse()?, client_id, scratch);
        client::runtime()?.block_on(async {
            let identity = Identity::new(config);
            // Beginning asks the provider for its configuration; nothing is opened.
            tokio::time::timeout(PATIENCE, identity.begin_sign_in()).await??;
            Ok(())
        })
    })();
    match asked {
        Ok(()) => good(area, format!("{issuer} answers")),
        Err(error) => wrong(
            area,
            format!("{issuer}: {error:#}"),
            "Check the network and `issuer` in client.toml.",
        ),
    }
}
