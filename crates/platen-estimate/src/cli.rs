//! The command line of `platen-estimate`, and the limits it puts on itself.

use crate::limits::Limits;
use crate::mapped;
use crate::report::{Problem, Report};
use crate::runs::Wire;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "\
Counts the pages of documents and says which show colour.

Usage: platen-estimate [--json | --runs] FILE…

  --json   one JSON object for each file
  --runs   compact form for the client; one file

Exit status: 0 counted, 2 unreadable, 3 limit reached.
";

/// How the answer is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Person,
    Json,
    Runs,
}

struct Arguments {
    style: Style,
    limits: Limits,
    files: Vec<PathBuf>,
}

#[derive(Serialize)]
struct JsonReport<'r> {
    file: &'r str,
    #[serde(flatten)]
    report: &'r Report,
}

#[derive(Serialize)]
struct JsonProblem<'r> {
    file: &'r str,
    error: String,
    #[serde(flatten)]
    problem: &'r Problem,
}

/// Runs the program on its arguments, the program's name left out.
pub fn run(arguments: impl Iterator<Item = std::ffi::OsString>) -> ExitCode {
    // What a damaged document trips is answered, not printed.
    std::panic::set_hook(Box::new(|_| {}));
    let Some(arguments) = parse(arguments) else {
        eprint!("{USAGE}");
        return ExitCode::from(64);
    };
    let mut worst = 0;
    for file in &arguments.files {
        let result = analyse(file, &arguments.limits);
        worst = worst.max(match &result {
            Ok(_) => 0,
            Err(problem) if problem.is_limit() => 3,
            Err(_) => 2,
        });
        let line = render(arguments.style, file, &result);
        if writeln!(std::io::stdout(), "{line}").is_err() {
            return ExitCode::from(2);
        }
    }
    ExitCode::from(worst)
}

fn parse(mut arguments: impl Iterator<Item = std::ffi::OsString>) -> Option<Arguments> {
    let mut parsed = Arguments {
        style: Style::Person,
        limits: Limits::default(),
        files: Vec::new(),
    };
    let mut only_files = false;
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next()?.to_str()?.parse::<u64>().ok();
        match argument.to_str() {
            Some("--") if !only_files => only_files = true,
            Some("--json") if !only_files => parsed.style = Style::Json,
            Some("--runs") if !only_files => parsed.style = Style::Runs,
            Some("--time-ms") if !only_files => {
                parsed.limits.time = Duration::from_millis(number()?);
            }
            Some("--memory-bytes") if !only_files => parsed.limits.memory_bytes = number()?,
            Some("--max-pages") if !only_files => {
                parsed.limits.max_pages = u32::try_from(number()?).ok()?;
            }
            Some("--document-bytes") if !only_files => parsed.limits.document_bytes = number()?,
            Some(option) if !only_files && option.starts_with("--") => return None,
            _ => parsed.files.push(argument.into()),
        }
    }
    let fits = !parsed.files.is_empty() && (parsed.style != Style::Runs || parsed.files.len() == 1);
    fits.then_some(parsed)
}

/// Maps a file and counts it; `-` is the standard input.
fn analyse(path: &Path, limits: &Limits) -> Result<Report, Problem> {
    let opened = mapped::open(path, limits.document_bytes)?;
    confine(limits, opened.length());
    crate::estimate_mapped(opened.map()?, limits)
}

/// Limits address space and processor time of this process, as one more
/// document of that `length` needs them.
///
/// A limit that can't be set leaves the others and the caller's deadline.
/// *Source*: setrlimit(2).
fn confine(limits: &Limits, length: u64) {
    let set = |resource, value: u64| {
        let maximum = getrlimit(resource).maximum;
        let current = Some(maximum.map_or(value, |maximum| value.min(maximum)));
        let _ = setrlimit(resource, Rlimit { current, maximum });
    };
    set(Resource::As, limits.memory_bytes.saturating_add(length));
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0);
    // Whole seconds are counted, so that one may be almost over already.
    let seconds = limits.time_for(length).as_secs().saturating_add(2);
    set(Resource::Cpu, used.saturating_add(seconds));
    set(Resource::Core, 0);
}

fn render(style: Style, path: &Path, result: &Result<Report, Problem>) -> String {
    let name = path.to_string_lossy();
    let json = match (style, result) {
        (Style::Person, Ok(report)) => return sentence(&name, report),
        (Style::Person, Err(problem)) => return format!("{name}: {problem}"),
        (Style::Json, Ok(report)) => serde_json::to_string(&JsonReport {
            file: &name,
            report,
        }),
        (Style::Json, Err(problem)) => serde_json::to_string(&JsonProblem {
            file: &name,
            error: problem.to_string(),
            problem,
        }),
        (Style::Runs, Ok(report)) => serde_json::to_string(&Wire::from(&report.analysis())),
        (Style::Runs, Err(problem)) => serde_json::to_string(&Wire::Refused(problem.clone())),
    };
    json.unwrap_or_else(|error| error.to_string())
}

fn sentence(name: &str, report: &Report) -> String {
    let colour = report.pages.iter().filter(|page| page.colour).count();
    let total = report.pages.len();
    let plural = if total == 1 { "page" } else { "pages" };
    let mut text = format!("{name}: {total} {plural}, {colour} in colour");
    for warning in &report.warnings {
        text.push_str("\n  ");
        text.push_str(warning);
    }
    text
}
