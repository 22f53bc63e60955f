//! One process over many documents: paths come in on standard input, one line
//! for each goes out. `cargo xtask bench estimate` reads it.
//!
//! A line is `microseconds TAB pages TAB notes TAB path`. Pages are run lengths
//! in order, `C1,G351`, or `!` and why there are none.

use rustix::time::{ClockId, clock_gettime};
use std::io::{BufRead, Write};
use std::path::Path;

/// What a tool said of one document.
pub(crate) struct Verdict {
    /// Colour or not, in page order; else why not.
    pub(crate) pages: Result<Vec<bool>, String>,
    /// Whatever else is worth a line in the table.
    pub(crate) notes: String,
}

/// Asks `judge` about every document, `passes` times over, and keeps the
/// shortest time of each.
pub(crate) fn run(judge: impl Fn(&Path) -> Verdict) -> std::io::Result<()> {
    let passes = std::env::args()
        .nth(1)
        .and_then(|word| word.parse::<u32>().ok())
        .unwrap_or(1);
    let mut out = std::io::stdout().lock();
    for path in std::io::stdin().lock().lines() {
        let path = path?;
        let mut best = f64::INFINITY;
        let mut verdict = None;
        for _ in 0..passes.max(1) {
            let started = processor_time_us();
            verdict = Some(judge(Path::new(&path)));
            best = best.min(processor_time_us() - started);
        }
        let Some(verdict) = verdict else { continue };
        let pages = match &verdict.pages {
            Ok(pages) => runs(pages),
            Err(reason) => format!("!{}", reason.replace(['\t', '\n'], " ")),
        };
        writeln!(out, "{best:.1}\t{pages}\t{}\t{path}", verdict.notes)?;
        out.flush()?;
    }
    Ok(())
}

/// User and system time of this process and all its threads.
fn processor_time_us() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 * 1e6 + now.tv_nsec as f64 / 1e3
}

fn runs(pages: &[bool]) -> String {
    pages
        .chunk_by(|a, b| a == b)
        .map(|run| format!("{}{}", if run[0] { 'C' } else { 'G' }, run.len()))
        .collect::<Vec<_>>()
        .join(",")
}
