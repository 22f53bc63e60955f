//! Ours and its peers: how each is asked.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::child::{self, Finished};
use super::read;
use super::truth::Document;

/// Renders with pdfium in one process, in the form of our own runners.
const PDFIUM: &str = include_str!("pdfium.py");

/// What a tool said of one document, and what that took.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// Units: microseconds of processor time, user and system.
    pub(super) spent_us: f64,
    /// Colour page by page, or why there is none.
    pub(super) pages: Result<Vec<bool>, String>,
    /// How pages were judged: names with counts in page order.
    ways: Vec<(String, usize)>,
}

impl Answer {
    pub(super) fn said(spent_us: f64, pages: Vec<bool>) -> Self {
        Self {
            spent_us,
            pages: Ok(pages),
            ways: Vec::new(),
        }
    }

    /// How the page at `index` was judged, as far as the tool says.
    pub(super) fn way(&self, index: usize) -> &str {
        let mut end = 0;
        self.ways
            .iter()
            .find(|(_, count)| {
                end += count;
                index < end
            })
            .map_or("", |(way, _)| way)
    }
}

/// A tool to measure.
pub(super) struct Tool {
    /// As on the command line.
    pub(super) name: &'static str,
    /// What is done with a document.
    pub(super) does: &'static str,
    /// Formats it reads; none named is all.
    reads: &'static [&'static str],
    /// Each how manieth document it is asked about, for its slowness.
    pub(super) every: usize,
    how: How,
}

enum How {
    /// Paths on standard input, a line for each on standard output.
    OneProcess {
        program: PathBuf,
        arguments: Vec<String>,
    },
    /// A process for each document.
    Each {
        program: &'static str,
        arguments: &'static [&'static str],
        understand: fn(&Finished) -> Vec<bool>,
    },
}

/// Whether a tool is there, and if not, where it comes from.
pub(super) enum Found {
    Here(Tool),
    Absent { name: &'static str, hint: String },
}

/// Ours.
pub(super) fn ours(examples: &Path, passes: u32) -> Tool {
    runner(
        "platen",
        "counted, one process",
        &[],
        examples,
        "judge",
        passes,
    )
}

const PDF: &[&str] = &["pdf", "pclm"];
const POSTSCRIPT_TOO: &[&str] = &["pdf", "pclm", "ps", "eps"];

/// The peers in the order of the table.
pub(super) fn peers(examples: &Path, passes: u32) -> Vec<Found> {
    vec![
        Found::Here(runner(
            "hayro",
            "rendered at 36 dpi, one process",
            PDF,
            examples,
            "peer_hayro",
            passes,
        )),
        each(
            "mutool",
            "draw -sf, a process each",
            PDF,
            1,
            ("mutool", "mupdf-tools"),
            &["draw", "-sf"],
            |done| read::mutool(&done.errors),
        ),
        pdfium(),
        each(
            "poppler",
            "pdftoppm -r 36, a process each",
            PDF,
            4,
            ("pdftoppm", "poppler-utils"),
            &["-q", "-cropbox", "-r", "36"],
            |done| read::pixmaps(&done.output),
        ),
        each(
            "inkcov",
            "gs -sDEVICE=inkcov -r36, a process each",
            POSTSCRIPT_TOO,
            16,
            ("gs", "ghostscript"),
            &[
                "-q",
                "-dSAFER",
                "-dBATCH",
                "-dNOPAUSE",
                "-sDEVICE=inkcov",
                "-r36",
                "-o-",
            ],
            |done| read::inkcov(&done.output),
        ),
        // Nothing to install it from with Debian 12.
        Found::Absent {
            name: "pkpgcounter",
            hint: "not in Debian 12".to_owned(),
        },
    ]
}

fn runner(
    name: &'static str,
    does: &'static str,
    reads: &'static [&'static str],
    examples: &Path,
    program: &str,
    passes: u32,
) -> Tool {
    Tool {
        name,
        does,
        reads,
        every: 1,
        how: How::OneProcess {
            program: examples.join(program),
            arguments: vec![passes.to_string()],
        },
    }
}

fn each(
    name: &'static str,
    does: &'static str,
    reads: &'static [&'static str],
    every: usize,
    (program, package): (&'static str, &str),
    arguments: &'static [&'static str],
    understand: fn(&Finished) -> Vec<bool>,
) -> Found {
    // Without a document they fail, but they start.
    if child::run(Path::new(program), &["-v"], b"")
        .is_ok_and(|done| done.status.code() != Some(127))
    {
        return Found::Here(Tool {
            name,
            does,
            reads,
            every,
            how: How::Each {
                program,
                arguments,
                understand,
            },
        });
    }
    Found::Absent {
        name,
        hint: format!("apt install {package}"),
    }
}

fn pdfium() -> Found {
    let name = "pdfium";
    let import = ["-c", "import pypdfium2, PIL"];
    if child::run(Path::new("python3"), &import, b"").is_ok_and(|done| done.status.success()) {
        return Found::Here(Tool {
            name,
            does: "rendered at 36 dpi, one process",
            reads: PDF,
            every: 1,
            how: How::OneProcess {
                program: "python3".into(),
                arguments: vec!["-c".to_owned(), PDFIUM.to_owned()],
            },
        });
    }
    Found::Absent {
        name,
        hint: "pip install pypdfium2 pillow".to_owned(),
    }
}

impl Tool {
    /// The documents it is asked about, by their place in the list.
    pub(super) fn share(&self, documents: &[Document]) -> Vec<usize> {
        let reads = |document: &Document| {
            self.reads.is_empty() || self.reads.contains(&document.format.as_str())
        };
        (0..documents.len())
            .filter(|index| reads(&documents[*index]))
            .step_by(self.every.max(1))
            .collect()
    }

    /// Asks about each document of `share`; the answers stand in its order.
    ///
    /// # Errors
    /// When the tool itself can't be run or loses its thread.
    pub(super) fn ask(&self, documents: &[Document], share: &[usize]) -> Result<Vec<Answer>> {
        let asked: Vec<&Document> = share.iter().map(|index| &documents[*index]).collect();
        match &self.how {
            How::OneProcess { program, arguments } => one_process(program, arguments, &asked),
            How::Each {
                program,
                arguments,
                understand,
            } => asked
                .iter()
                .map(|document| a_process(program, arguments, *understand, &document.path))
                .collect(),
        }
    }
}

fn one_process(program: &Path, arguments: &[String], asked: &[&Document]) -> Result<Vec<Answer>> {
    let paths: String = asked
        .iter()
        .map(|document| format!("{}\n", document.path.display()))
        .collect();
    let mut command = std::process::Command::new(program);
    let done = child::finish(command.args(arguments), paths.as_bytes())
        .with_context(|| format!("running {}", program.display()))?;
    let output = String::from_utf8_lossy(&done.output).into_owned();
    let answers: Vec<Answer> = output.lines().filter_map(line).collect();
    ensure!(
        answers.len() == asked.len(),
        "{} ended ({}) at {}",
        program.display(),
        done.status,
        asked.get(answers.len()).map_or("its end", |it| &it.name)
    );
    Ok(answers)
}

/// `microseconds TAB pages TAB ways TAB path`.
fn line(line: &str) -> Option<Answer> {
    let mut cells = line.split('\t');
    let spent_us = cells.next()?.parse().ok()?;
    let pages = read::run_lengths(cells.next()?);
    let ways = cells
        .next()?
        .split(',')
        .filter_map(|run| {
            let (way, count) = run.split_once(':')?;
            Some((way.to_owned(), count.parse().ok()?))
        })
        .collect();
    Some(Answer {
        spent_us,
        pages,
        ways,
    })
}

fn a_process(
    program: &str,
    arguments: &[&str],
    understand: fn(&Finished) -> Vec<bool>,
    path: &Path,
) -> Result<Answer> {
    let path = path.to_str().context("a path in UTF-8")?;
    let arguments: Vec<&str> = arguments.iter().copied().chain([path]).collect();
    let done = child::run(Path::new(program), &arguments, b"")?;
    let pages = understand(&done);
    let mut answer = Answer::said(done.spent_us, pages);
    if answer.pages.as_ref().is_ok_and(Vec::is_empty) {
        answer.pages = Err(format!("no page ({})", done.status));
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_runner_is_an_answer() {
        let answer = line("12.5\tC1,G2\tdrawn:2,unknown:1\t/a.pdf").unwrap();
        assert_eq!(answer.spent_us, 12.5);
        assert_eq!(answer.pages, Ok(vec![true, false, false]));
        assert_eq!(answer.way(1), "drawn");
        assert_eq!(answer.way(2), "unknown");
        assert_eq!(answer.way(3), "");
        let refused = line("1\t!The document is empty.\t\t/b.pdf").unwrap();
        assert_eq!(refused.pages, Err("The document is empty.".to_owned()));
    }
}
