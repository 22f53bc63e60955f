//! What the worst of the hostile documents cost, each in a process of its own
//! and under the limits that the program has by itself.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::child;

/// So many are named.
const WORST: usize = 8;
const GOAL_S: f64 = 2.0;
const GOAL_MIB: f64 = 256.0;
const MIB: f64 = (1 << 20) as f64;

struct Cost {
    name: String,
    spent_s: f64,
    /// Resident, the document's own length taken off: it is mapped.
    resident_mib: f64,
    end: String,
}

/// The table: the worst by time, the worst by memory, and how all of them ended.
pub(super) fn measure(program: &Path, examples: &Path, scratch: &Path) -> Result<String> {
    let directory = scratch.join("hostile");
    let status = Command::new(examples.join("hostile_documents"))
        .arg(&directory)
        .status()
        .context("writing hostile documents")?;
    ensure!(status.success(), "the hostile documents were not written");
    let mut costs = Vec::new();
    for entry in fs::read_dir(&directory)? {
        costs.push(cost(program, &entry?.path())?);
    }
    fs::remove_dir_all(&directory)?;
    let mut text = format!(
        "{} hostile documents, `platen-estimate --runs` each\n",
        costs.len()
    );
    for end in ["counted", "unreadable", "limit reached", "killed"] {
        let count = costs.iter().filter(|it| it.end.starts_with(end)).count();
        text.push_str(&format!("  {end}: {count}\n"));
    }
    let over = |it: &&Cost| it.spent_s > GOAL_S || it.resident_mib > GOAL_MIB;
    let count = costs.iter().filter(over).count();
    text.push_str(&format!(
        "  over {GOAL_S} s of processor time or {GOAL_MIB} MiB: {count}\n"
    ));
    costs.sort_by(|a, b| b.spent_s.total_cmp(&a.spent_s));
    text.push_str("  longest\n");
    costs
        .iter()
        .take(WORST)
        .for_each(|it| text.push_str(&it.line()));
    costs.sort_by(|a, b| b.resident_mib.total_cmp(&a.resident_mib));
    text.push_str("  largest\n");
    costs
        .iter()
        .take(WORST)
        .for_each(|it| text.push_str(&it.line()));
    Ok(text)
}

fn cost(program: &Path, document: &Path) -> Result<Cost> {
    let length = fs::metadata(document)?.len();
    let mut command = Command::new(program);
    let done = child::finish(command.arg("--runs").arg(document), b"")?;
    let end = match (done.status.code(), done.status.signal()) {
        (Some(0), _) => "counted".to_owned(),
        (Some(2), _) => "unreadable".to_owned(),
        (Some(3), _) => "limit reached".to_owned(),
        // The client reads these two as the limits on memory and time.
        (_, Some(6)) => "killed: memory".to_owned(),
        (_, Some(24)) => "killed: time".to_owned(),
        _ => format!("killed: {}", done.status),
    };
    Ok(Cost {
        name: document
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        spent_s: done.spent_us / 1e6,
        resident_mib: (done.resident_bytes as f64 - length as f64) / MIB,
        end,
    })
}

impl Cost {
    fn line(&self) -> String {
        let Self {
            name,
            spent_s,
            resident_mib,
            end,
        } = self;
        format!("  {spent_s:>8.2} s {resident_mib:>7.0} MiB  {end:<14}  {name}\n")
    }
}
