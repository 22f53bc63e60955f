//! The estimator over many documents in one process, for the bench.

mod runner;

use platen_estimate::mapped::{self, Opened};
use platen_estimate::{JudgedBy, Limits, Report, estimate_mapped};
use runner::Verdict;
use std::path::Path;

fn main() -> std::io::Result<()> {
    // A document that trips a library is in the table, not on the screen.
    std::panic::set_hook(Box::new(|_| {}));
    runner::run(judge)
}

fn judge(path: &Path) -> Verdict {
    let limits = Limits::default();
    let counted = mapped::open(path, limits.document_bytes)
        .and_then(Opened::map)
        .and_then(|document| estimate_mapped(document, &limits));
    match counted {
        Ok(report) => Verdict {
            pages: Ok(report.pages.iter().map(|page| page.colour).collect()),
            notes: how(&report),
        },
        Err(problem) => Verdict {
            pages: Err(problem.to_string()),
            notes: String::new(),
        },
    }
}

/// How many pages were judged in each way.
fn how(report: &Report) -> String {
    [
        ("declared", JudgedBy::Declared),
        ("drawn", JudgedBy::Drawn),
        ("pixels", JudgedBy::Pixels),
        ("unknown", JudgedBy::Unknown),
    ]
    .iter()
    .map(|(name, way)| {
        let count = report.pages.iter().filter(|page| page.judged_by == *way);
        (name, count.count())
    })
    .filter(|(_, count)| *count > 0)
    .map(|(name, count)| format!("{name}:{count}"))
    .collect::<Vec<_>>()
    .join(",")
}
