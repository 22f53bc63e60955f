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

/// How pages were judged: names with counts, in page order.
fn how(report: &Report) -> String {
    report
        .pages
        .chunk_by(|a, b| a.judged_by == b.judged_by)
        .map(|run| format!("{}:{}", name(run[0].judged_by), run.len()))
        .collect::<Vec<_>>()
        .join(",")
}

fn name(way: JudgedBy) -> &'static str {
    match way {
        JudgedBy::Declared => "declared",
        JudgedBy::Drawn => "drawn",
        JudgedBy::Pixels => "pixels",
        JudgedBy::Unknown => "unknown",
    }
}
