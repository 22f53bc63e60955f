//! What there is to say where no gate is: every queue is by courtesy.

use anyhow::Result;
use platen_spooler::{Queue, SpoolerError};

use super::{Finding, State, good, wrong};
use crate::client;

/// The print system and each managed queue; `start` is what to do where it does not answer.
pub(super) fn print_server(queues: Result<Vec<Queue>, SpoolerError>, start: &str) -> Vec<Finding> {
    let queues = match queues {
        Ok(queues) => queues,
        Err(error) => return vec![wrong("print server", error.to_string(), start)],
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
    findings
}

/// Whether the client runs, `where_it_runs` if it does: for whom, or in which sessions.
pub(super) fn client_runs(where_it_runs: Result<Vec<String>>, preposition: &str) -> Finding {
    let area = "client";
    match where_it_runs {
        Ok(names) if names.is_empty() => Finding {
            area,
            state: State::NotNeeded("it does not run".into()),
        },
        Ok(names) => good(area, format!("runs {preposition} {}", names.join(", "))),
        Err(error) => wrong(area, format!("{error:#}"), "Sign in again."),
    }
}

/// The queues that `all` finds for those that the settings name, without their printers'
/// addresses.
pub(super) fn listed(
    all: impl FnOnce(Option<Vec<String>>) -> Result<Result<Vec<Queue>, SpoolerError>>,
) -> String {
    let named = client::load()
        .ok()
        .and_then(|loaded| loaded.settings.queues);
    match all(named) {
        Ok(Ok(queues)) => {
            let lines = queues.iter();
            let lines = lines.map(|queue| format!("{}: managed: {}\n", queue.name, queue.managed));
            lines.collect()
        }
        Ok(Err(error)) => format!("{error}\n"),
        Err(error) => format!("{error:#}\n"),
    }
}

/// What the installed client says its version is.
pub(super) fn client_version() -> String {
    let program = client::program().map(|program| program.display().to_string());
    super::bundle::said(&program.unwrap_or_default(), &["--version"])
}
