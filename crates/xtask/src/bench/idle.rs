//! What the tray costs while nothing happens.

mod proc;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use platen_lab::Process;

use super::numbers::ratio;
use super::{Bench, swing};
use proc::Sample;

/// What a program does on its way up is not idling.
const SETTLING: Duration = Duration::from_secs(30);

struct Peer {
    name: &'static str,
    pid: u32,
    _process: Option<Process>,
}

pub(super) fn measure(programs: &Path, minutes: f64) -> Result<String> {
    let mut bench = Bench::new(programs)?;
    bench.seat.start_client()?;
    let mut peers = vec![Peer {
        name: "platen",
        pid: bench.seat.client()?.pid(),
        _process: None,
    }];
    let applet = bench.seat.command("system-config-printer-applet");
    let applet = Process::start(&applet, &bench.scratch.join("applet.log"))?;
    peers.push(peer("system-config-printer-applet", applet));
    if swing::prepare(&bench.seat, bench.scratch.path())? {
        let window = swing::open(&bench.seat, bench.scratch.path())?;
        peers.push(peer("bare Swing window", window));
    }
    thread::sleep(SETTLING);
    let started = Instant::now();
    let before: Vec<Option<Sample>> = peers.iter().map(|it| Sample::of(it.pid)).collect();
    thread::sleep(Duration::from_secs_f64(minutes * 60.0));
    let seconds = started.elapsed().as_secs_f64();
    let rows: Vec<Row> = peers
        .iter()
        .zip(before)
        .filter_map(|(peer, before)| {
            let after = Sample::of(peer.pid)?;
            Some(Row::new(peer.name, &before?, &after, seconds))
        })
        .collect();
    Ok(table(&rows, seconds))
}

fn peer(name: &'static str, process: Process) -> Peer {
    Peer {
        name,
        pid: process.pid(),
        _process: Some(process),
    }
}

struct Row {
    name: &'static str,
    wake_ups_per_s: f64,
    cpu_percent: f64,
    proportional_mb: f64,
    private_mb: f64,
    dirty_mb: f64,
    processes: usize,
    web_processes: usize,
}

impl Row {
    fn new(name: &'static str, before: &Sample, after: &Sample, seconds: f64) -> Self {
        let megabytes = |kilobytes: u64| kilobytes as f64 / 1024.0;
        Self {
            name,
            wake_ups_per_s: after.switches.saturating_sub(before.switches) as f64 / seconds,
            cpu_percent: after.cpu_s(before) / seconds * 100.0,
            proportional_mb: megabytes(after.proportional_kb),
            private_mb: megabytes(after.private_kb),
            dirty_mb: megabytes(after.dirty_kb),
            processes: after.processes,
            web_processes: after.web_processes,
        }
    }
}

fn table(rows: &[Row], seconds: f64) -> String {
    let mut text = format!(
        "{seconds:.0} s without a window; memory in MB; the client's web processes: {}\n\
         {:<30} {:>11} {:>7} {:>8} {:>8} {:>8} {:>10} {:>12}\n",
        rows.first().map_or(0, |row| row.web_processes),
        "",
        "wake-ups/s",
        "CPU %",
        "PSS",
        "private",
        "dirty",
        "processes",
        "PSS, ratio"
    );
    let ours = rows.iter().find(|row| row.name == "platen");
    for row in rows {
        let compared = ours.map_or(f64::NAN, |ours| ours.proportional_mb);
        text.push_str(&format!(
            "{:<30} {:>11.3} {:>7.2} {:>8.1} {:>8.1} {:>8.1} {:>10} {:>12}\n",
            row.name,
            row.wake_ups_per_s,
            row.cpu_percent,
            row.proportional_mb,
            row.private_mb,
            row.dirty_mb,
            row.processes,
            ratio(compared, row.proportional_mb),
        ));
    }
    text.push_str("goals: platen ≤ 0.05 wake-ups/s, 0.00 % CPU, no web process, PSS ≤ 1× the applet or private and dirty ≤ 15 MB\n");
    text
}
