//! From the spooler accepting a document to the `Notify` call, beside cupsd's own signal.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use platen_lab::{Process, Recorder, SECURE_QUEUE, event_time_us, wait_for, wait_until};

use super::numbers::{percentile, ratio};
use super::{Bench, now_us, pdf, print_job};

const PATIENCE: Duration = Duration::from_secs(30);
const MOST_PAGES: usize = 10;

pub(super) fn measure(programs: &Path, documents: usize) -> Result<String> {
    let mut bench = Bench::new(programs)?;
    let log = bench.scratch.join("jobs.log");
    let mut watch = Command::new("dbus-monitor");
    watch.args(["--address", &bench.stage.bus().address()]);
    let mut watch = Process::start(
        watch.arg("interface='org.cups.cupsd.Notifier',member='JobCreated'"),
        &log,
    )?;
    watch.wait_ready(PATIENCE, || {
        std::fs::read_to_string(&log).is_ok_and(|text| text.contains("NameLost"))
    })?;
    let recorder = Recorder::start(bench.seat.desktop()?)?;
    bench.seat.start_client()?;

    let socket = bench.stage.cupsd().socket();
    let user = bench.seat.user().name.clone();
    let mut reference = Vec::new();
    let mut ours = Vec::new();
    for number in 0..documents {
        let name = format!("bench-{number:05}");
        let document = pdf::document(1 + number % MOST_PAGES);
        let accepted = now_us();
        print_job::print_job(&socket, SECURE_QUEUE, &user, &name, &document)?;
        let notified = wait_for(&format!("the notification of {name}"), PATIENCE, || {
            Ok(recorder
                .notifications()
                .into_iter()
                .find(|it| it.summary.contains(&name) || it.body.contains(&name)))
        })?;
        let milliseconds = |at: u64| at.saturating_sub(accepted) as f64 / 1000.0;
        ours.push(milliseconds(notified.at_us));
        wait_until("cupsd's signal", PATIENCE, || {
            created(&watch.log()).contains_key(&name)
        })?;
        let signals = created(&watch.log());
        let signal = signals.get(&name).context("cupsd's signal is gone")?;
        reference.push(milliseconds(*signal));
    }
    Ok(table(documents, &reference, &ours))
}

/// When cupsd told of each job, by the job's name.
fn created(log: &str) -> BTreeMap<String, u64> {
    let mut at = None;
    let mut found = BTreeMap::new();
    for line in log.lines() {
        if line.starts_with("signal ") {
            at = event_time_us(line).filter(|_| line.contains("member=JobCreated"));
        } else if let (Some(at), Some(text)) = (at, line.strip_prefix("   string \"bench-")) {
            let name = format!("bench-{}", text.trim_end_matches('"'));
            found.entry(name).or_insert(at);
        }
    }
    found
}

fn table(documents: usize, reference: &[f64], ours: &[f64]) -> String {
    let mut text = format!(
        "{documents} PDFs of 1 to {MOST_PAGES} pages, milliseconds after Print-Job was sent\n\
         {:<10} {:>12} {:>12} {:>8} {:>8}\n",
        "", "JobCreated", "Notify", "ratio", "goal"
    );
    for (name, percent, goal) in [("median", 50.0, 4), ("p99", 99.0, 10)] {
        let (before, after) = (percentile(reference, percent), percentile(ours, percent));
        text.push_str(&format!(
            "{name:<10} {before:>12.1} {after:>12.1} {:>8} {:>8}\n",
            ratio(after, before),
            format!("≤ {goal}×")
        ));
    }
    text
}
