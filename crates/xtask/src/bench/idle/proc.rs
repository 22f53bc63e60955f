//! What /proc knows of a program and everything it started.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Ticks of a second: `USER_HZ`, which Linux keeps at 100 for programs on every architecture it has.
const TICKS_PER_S: f64 = 100.0;

/// A program and its descendants at one moment.
pub(super) struct Sample {
    /// Voluntary context switches of all threads: each is a wake-up.
    pub(super) switches: u64,
    ticks: u64,
    pub(super) proportional_kb: u64,
    /// Of this program alone, kept or to be read again from a file.
    pub(super) private_kb: u64,
    /// Of it, what only the program's end gives back.
    pub(super) dirty_kb: u64,
    pub(super) processes: usize,
    pub(super) web_processes: usize,
}

impl Sample {
    /// `None` when the program has ended.
    pub(super) fn of(pid: u32) -> Option<Self> {
        fs::metadata(format!("/proc/{pid}/task")).ok()?;
        let mut sample = Self {
            switches: 0,
            ticks: 0,
            proportional_kb: 0,
            private_kb: 0,
            dirty_kb: 0,
            processes: 0,
            web_processes: 0,
        };
        for pid in family(pid) {
            sample.add(Path::new(&format!("/proc/{pid}")));
        }
        Some(sample)
    }

    /// Processor time since `before`. Units: seconds.
    pub(super) fn cpu_s(&self, before: &Self) -> f64 {
        self.ticks.saturating_sub(before.ticks) as f64 / TICKS_PER_S
    }

    fn add(&mut self, process: &Path) {
        let read = |name: &str| fs::read_to_string(process.join(name)).unwrap_or_default();
        self.processes += 1;
        self.web_processes += usize::from(read("comm").starts_with("WebKit"));
        if let Some((_, fields)) = read("stat").rsplit_once(") ") {
            // utime and stime are fields 14 and 15 of the whole, 11 and 12 after the name.
            self.ticks += fields
                .split(' ')
                .skip(11)
                .take(2)
                .filter_map(|ticks| ticks.parse::<u64>().ok())
                .sum::<u64>();
        }
        let memory = read("smaps_rollup");
        self.proportional_kb += number(&memory, "Pss:");
        let dirty = number(&memory, "Private_Dirty:");
        self.dirty_kb += dirty;
        self.private_kb += dirty + number(&memory, "Private_Clean:");
        let threads = fs::read_dir(process.join("task")).into_iter().flatten();
        for thread in threads.flatten() {
            let status = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
            self.switches += number(&status, "voluntary_ctxt_switches:");
        }
    }
}

/// The number after `name` at the beginning of a line, 0 without one.
fn number(text: &str, name: &str) -> u64 {
    text.lines()
        .find_map(|line| {
            line.strip_prefix(name)?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0)
}

/// `pid` and its descendants.
fn family(pid: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let parent = stat
            .rsplit_once(") ")
            .and_then(|(_, fields)| fields.split(' ').nth(1)?.parse().ok());
        if let Some(parent) = parent {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut family = vec![pid];
    let mut next = 0;
    while let Some(member) = family.get(next) {
        family.extend(children.remove(member).unwrap_or_default());
        next += 1;
    }
    family
}
