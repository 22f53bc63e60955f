//! Checks everything Platen needs and says what to do about what is missing.

mod bundle;
mod desktop;
mod redact;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use platen_gate::estimate::Estimator;
use platen_gate::machine;
use platen_gate::places::Places;
use platen_identity::{Identity, IdentityConfig};
use platen_ledger::Ledger;
use platen_settings::Loaded;
use serde_json::json;

use crate::cups::Server;
use crate::{authority, client, policy, queue};

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
    let server = Server::from_environment();
    let loaded = client::load();
    let mut findings = print_server(&server);
    findings.push(keys());
    findings.push(leases());
    findings.push(preserved_files(&server));
    match &loaded {
        Ok(loaded) => {
            findings.push(settings(loaded));
            findings.push(ledger(loaded));
            findings.push(provider(loaded));
        }
        Err(error) => findings.push(wrong(
            "settings",
            format!("{error:#}"),
            "Correct the file; until then Platen does not start.",
        )),
    }
    findings.extend(queue::runtime()?.block_on(desktop::check(PATIENCE)));
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

/// The print server, this user's rights there, and each managed queue.
fn print_server(server: &Server) -> Vec<Finding> {
    let queues = match queue::queues() {
        Ok(queues) => queues,
        Err(error) => {
            return vec![wrong(
                "print server",
                format!("{error:#}"),
                "Start it: systemctl start cups.",
            )];
        }
    };
    let name = queue::user_name();
    let mut findings = vec![good("print server", format!("answers {name}"))];
    let gated: Vec<_> = queues
        .iter()
        .filter(|queue| queue::is_gated(queue))
        .collect();
    if gated.is_empty() {
        findings.push(wrong(
            "queues",
            "no queue is managed",
            "Make one: platenctl queue add NAME --device URI.",
        ));
    }
    for queue in gated {
        let (level, why) = queue::judged(server, queue);
        let what = format!("{} is {level}: {why}", queue.name);
        findings.push(if level == "enforced" {
            good("queue", what)
        } else {
            let advice = "Remove the queue and add it again with platenctl, as administrator.";
            wrong("queue", what, advice)
        });
    }
    findings
}

/// Without preserved files a declined document cannot come back.
fn preserved_files(server: &Server) -> Finding {
    let area = "declined documents";
    let Ok(conf) = fs::read_to_string(&server.conf) else {
        return Finding {
            area,
            state: State::NotNeeded("only an administrator can look at this".into()),
        };
    };
    // CUPS keeps files for a day unless told otherwise.
    let kept = policy::directive(&conf, "PreserveJobFiles").unwrap_or("1d");
    let history = policy::directive(&conf, "PreserveJobHistory").unwrap_or("Yes");
    let off = |value: &str| ["no", "off", "false", "0"].contains(&value.to_lowercase().as_str());
    if off(kept) || off(history) {
        return wrong(
            area,
            "the print server forgets them, so no other account can be chosen for them",
            "Set PreserveJobFiles 1d and PreserveJobHistory Yes in cupsd.conf.",
        );
    }
    good(area, format!("kept by the print server ({kept})"))
}

/// Whether the gate can take prints on a lease, which a site without a server
/// never has.
fn leases() -> Finding {
    let area = "printing without network";
    let places = Places::from_environment();
    let uid = rustix::process::geteuid().as_raw();
    let state = match (
        machine::public(&places),
        Estimator::find(&places, None, uid),
    ) {
        (None, _) => State::NotNeeded("no queue is behind the gate".into()),
        (Some(_), Err(error)) => State::NotNeeded(format!("not on points of a server: {error}")),
        (Some(_), Ok(_)) if !places.socket.exists() => State::NotNeeded(format!(
            "not on points of a server: nobody listens at {}",
            places.socket.display()
        )),
        (Some(_), Ok(_)) => State::Good("the gate counts what is printed".into()),
    };
    Finding { area, state }
}

fn keys() -> Finding {
    let area = "trusted keys";
    let places = Places::from_environment();
    match authority::load(&places) {
        Err(error) => wrong(
            area,
            format!("{error:#}"),
            "Have an administrator correct who may write there; until then nothing prints.",
        ),
        Ok(found) if found.keys.is_empty() => wrong(
            area,
            "none, so nothing can be released",
            "Trust a user's key: platenctl authority trust --user NAME.",
        ),
        Ok(found) => {
            let names: Vec<_> = found
                .keys
                .iter()
                .map(|(path, _)| authority::name(path))
                .collect();
            good(area, names.join(", "))
        }
    }
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
    match rustix::fs::statvfs(&directory) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
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
    queue::runtime()?.block_on(async {
        Ledger::open(path)?.accounts().await?;
        Ok(())
    })
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
        queue::runtime()?.block_on(async {
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
