//! A page count of one small file, from the start of the process to its end.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::child;
use crate::bench::numbers::{percentile, ratio};
use crate::bench::pdf;

const RUNS: usize = 100;

/// Beside the start of a program that does nothing.
pub(super) fn measure(program: &Path, scratch: &Path) -> Result<String> {
    fs::create_dir_all(scratch)?;
    let document = scratch.join("one-page.pdf");
    fs::write(&document, pdf::document(1)).context("writing a page")?;
    let document = document.to_str().context("a path in UTF-8")?;
    let mut nothing = (Vec::new(), Vec::new());
    let mut counting = (Vec::new(), Vec::new());
    let mut watched = (Vec::new(), Vec::new());
    // Turn about, so that both meet the same machine.
    for _ in 0..RUNS {
        once(Path::new("true"), &[], &mut nothing)?;
        once(program, &["--runs", document], &mut counting)?;
        once(program, &["--json", document], &mut watched)?;
    }
    let line = |name: &str, (wall, spent): &(Vec<f64>, Vec<f64>)| {
        let (wall, spent) = (percentile(wall, 50.0), percentile(spent, 50.0));
        format!("{name:<36} {wall:>8.0} µs wall {spent:>8.0} µs CPU\n")
    };
    let least = percentile(&nothing.0, 50.0);
    Ok(format!(
        "one small document, start to end, median of {RUNS}\n{}{}{}{:<36} {} and {} wall\n",
        line("  true", &nothing),
        line("  platen-estimate --runs (the client)", &counting),
        line("  platen-estimate --json (watched)", &watched),
        "  ratios",
        ratio(percentile(&counting.0, 50.0), least),
        ratio(percentile(&watched.0, 50.0), least),
    ))
}

fn once(
    program: &Path,
    arguments: &[&str],
    (wall, spent): &mut (Vec<f64>, Vec<f64>),
) -> Result<()> {
    let started = Instant::now();
    let done = child::finish(Command::new(program).args(arguments), b"")?;
    wall.push(started.elapsed().as_secs_f64() * 1e6);
    spent.push(done.spent_us);
    ensure!(done.status.success(), "{} failed", program.display());
    Ok(())
}
