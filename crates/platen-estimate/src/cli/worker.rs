//! The process that looks at documents, and the limits it puts on itself.

use super::answer;
use super::arguments::{Arguments, Style};
use crate::limits::Limits;
use crate::mapped;
use crate::report::{Problem, Report};
use crate::system::Confinement;
use crate::text::TextPage;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Begins a line that is for the parent alone; no answer has it.
pub(super) const MARK: u8 = 0;

/// What a worker tells its parent beside the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Note {
    /// A document of so many bytes was opened and is being looked at.
    Begun(u64),
    /// Its answer is complete, and calls for this exit status.
    Done(u8),
}

impl Note {
    fn line(self) -> String {
        let mark = char::from(MARK);
        match self {
            Self::Begun(bytes) => format!("{mark}begun {bytes}\n"),
            Self::Done(status) => format!("{mark}done {status}\n"),
        }
    }

    /// Reads a line without its end; none if it is no note.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let (mark, text) = line.split_first()?;
        let text = std::str::from_utf8(text).ok()?;
        if *mark != MARK {
            return None;
        }
        match text.split_once(' ')? {
            ("begun", bytes) => bytes.parse().ok().map(Self::Begun),
            ("done", status) => status.parse().ok().map(Self::Done),
            _ => None,
        }
    }
}

/// Counts the files one by one.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    // What a damaged document trips is answered, not printed.
    std::panic::set_hook(Box::new(|_| {}));
    let notes = arguments.style != Style::Runs;
    let confinement = Confinement::new();
    let mut worst = 0;
    for file in &arguments.files {
        let say = |text: &str| {
            let mut stdout = std::io::stdout().lock();
            stdout
                .write_all(text.as_bytes())
                .and_then(|()| stdout.flush())
        };
        let begun = |bytes| {
            confinement.confine(&arguments.limits, bytes);
            if notes {
                // What fails here fails again with the answer.
                let _ = say(&Note::Begun(bytes).line());
            }
        };
        let result = analyse(file, &arguments.page, &arguments.limits, begun);
        let status = answer::status(&result);
        worst = worst.max(status);
        let mut text = answer::render(file, &result, arguments);
        text.push('\n');
        if notes {
            text.push_str(&Note::Done(status).line());
        }
        if say(&text).is_err() {
            return ExitCode::from(super::UNREADABLE);
        }
    }
    ExitCode::from(worst)
}

/// Maps a file and counts it; `-` is the standard input.
fn analyse(
    path: &Path,
    page: &TextPage,
    limits: &Limits,
    begun: impl FnOnce(u64),
) -> Result<Report, Problem> {
    let opened = mapped::open(path, limits.document_bytes)?;
    begun(opened.length());
    crate::estimate_mapped_on(opened.map()?, page, limits)
}
