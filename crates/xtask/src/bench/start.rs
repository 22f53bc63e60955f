//! From the start of the client to its icon in the tray.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use platen_lab::{Process, event_time_us, finish, wait_for};

use super::numbers::{percentile, ratio};
use super::{Bench, now_us};

const RUNS: usize = 10;
const PATIENCE: Duration = Duration::from_secs(30);
const GOAL_MS: f64 = 400.0;

pub(super) fn measure(programs: &Path) -> Result<String> {
    let mut bench = Bench::new(programs)?;
    let log = bench.scratch.join("tray.log");
    let address = bench.seat.desktop()?.bus_address();
    let mut watch: Command = bench.seat.command("dbus-monitor");
    watch.args(["--address", &address]);
    let mut watch = Process::start(watch.arg("member='RegisterStatusNotifierItem'"), &log)?;
    watch.wait_ready(PATIENCE, || {
        std::fs::read_to_string(&log).is_ok_and(|text| text.contains("NameLost"))
    })?;
    let mut ours = Vec::new();
    let mut reference = Vec::new();
    for run in 0..RUNS {
        let started = now_us();
        let mut ask = bench.seat.command("dbus-send");
        ask.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus"]);
        finish(ask.args(["/", "org.freedesktop.DBus.ListNames"]))?;
        reference.push((now_us() - started) as f64 / 1000.0);

        let started = now_us();
        bench.seat.start_client()?;
        let shown = wait_for("the tray icon", PATIENCE, || {
            Ok(registered(&watch.log()).get(run).copied())
        })?;
        ours.push(shown.saturating_sub(started) as f64 / 1000.0);
        bench.seat.stop_client()?;
    }
    let (median, worst) = (percentile(&ours, 50.0), percentile(&ours, 100.0));
    let small = percentile(&reference, 50.0);
    Ok(format!(
        "{RUNS} starts, milliseconds until the icon is handed to the tray\n\
         median {median:.0}, worst {worst:.0}, goal ≤ {GOAL_MS:.0}; \
         {} of a dbus-send round trip ({small:.1})\n",
        ratio(median, small)
    ))
}

fn registered(log: &str) -> Vec<u64> {
    log.lines()
        .filter(|line| line.starts_with("method call "))
        .filter(|line| line.contains("member=RegisterStatusNotifierItem"))
        .filter_map(event_time_us)
        .collect()
}
