//! What there is to check and to tell on Linux: CUPS, the gate, a freedesktop session.

use std::fs;

use anyhow::Result;
use platen_gate::estimate::Estimator;
use platen_gate::machine;
use platen_gate::places::Places;

use super::bundle::{lines, said};
pub(super) use super::files::{create_private, free_bytes};
use super::{Finding, PATIENCE, State, desktop, good, wrong};
use crate::client;
use crate::gated::cups::Server;
use crate::gated::{authority, policy, queue};

/// Lines of a log at most, the last ones.
const LINES: &str = "500";

/// The print server, its queues, and whether they print nothing unpaid.
///
/// *Errors*: none, but on other systems.
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
pub(super) fn print_server(_named: Option<Vec<String>>) -> Result<Vec<Finding>> {
    let server = Server::from_environment();
    let mut findings = queues_of(&server);
    findings.push(keys());
    findings.push(leases());
    findings.push(preserved_files(&server));
    Ok(findings)
}

/// What the session offers the client.
///
/// *Errors*: no event loop.
pub(super) fn desktop() -> Result<Vec<Finding>> {
    Ok(client::runtime()?.block_on(desktop::check(PATIENCE)))
}

/// The print server, this user's rights there, and each managed queue.
fn queues_of(server: &Server) -> Vec<Finding> {
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
    let name = client::user_name();
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

/// What this user and this computer are called.
pub(super) fn own_words() -> Vec<(String, &'static str)> {
    let home = std::env::home_dir().map(|home| home.display().to_string());
    let computer = said("uname", &["-n"]);
    // The short name alone is the same computer's.
    let short = computer.split('.').next().unwrap_or_default().to_owned();
    let login = client::user_name();
    let entry = said("getent", &["passwd", &login]);
    let full = entry.split(':').nth(4).unwrap_or_default();
    let full = full.split(',').next().unwrap_or_default().to_owned();
    vec![
        (home.unwrap_or_default(), "‹home›"),
        (computer, "‹computer›"),
        (short, "‹computer›"),
        (login, "‹user›"),
        (full, "‹name›"),
    ]
}

/// Versions, and the kind of computer and session.
pub(super) fn versions() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let variable = |name| std::env::var(name).unwrap_or_default();
    lines([
        ("client", said("platen", &["--version"])),
        ("kernel", said("uname", &["-srm"])),
        (
            "system",
            name.unwrap_or_default().trim_matches('"').to_owned(),
        ),
        ("desktop", variable("XDG_CURRENT_DESKTOP")),
        ("session", variable("XDG_SESSION_TYPE")),
        ("language", variable("LANG")),
    ])
}

/// A printer's address says where it stands, its scheme how it is reached.
pub(super) fn queues() -> String {
    let queues = match queue::queues() {
        Ok(queues) => queues,
        Err(error) => return format!("{error:#}\n"),
    };
    let lines = queues.iter().map(|queue| {
        let device = queue.device_uri.as_deref().unwrap_or("none");
        let gated = queue::is_gated(queue);
        let scheme = device.trim_start_matches("gate:");
        let scheme = scheme.split(':').next().unwrap_or_default();
        format!("{}: {scheme}, behind the gate: {gated}\n", queue.name)
    });
    lines.collect()
}

/// Empty where no journal is kept.
pub(super) fn log() -> String {
    let which = ["--user", "--quiet", "--no-pager", "--output=short-iso"];
    let mut words = which.to_vec();
    words.extend(["--lines", LINES, "_COMM=platen"]);
    said("journalctl", &words)
}
