//! What is left of a crash: a report on this computer, which nothing sends anywhere.
//!
//! It says what happened and where, the versions, and the last lines of the log. What is
//! quoted is left out, since it may be the name of a document.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use platen_settings::{LARGEST_CRASH, MOST_CRASHES, crash_directory, crash_reports};

/// The last lines of the log that a report has.
const MOST_LINES: usize = 100;
/// *Units*: bytes.
const LONGEST_LINE: usize = 500;
/// Begins what is the program's own word for a name, in sentences.
const QUOTES: [char; 2] = ['“', '„'];
/// The same in what Rust says of a value.
const QUOTES_OF_VALUES: [char; 5] = ['“', '„', '"', '\'', '`'];

static LAST_LINES: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// Takes down the last lines of the log, each written at once.
pub(crate) struct LastLines;

impl io::Write for LastLines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(&line[..line.len().min(LONGEST_LINE)]);
        // A line that a crash interrupts is not worth a second crash.
        if let Ok(mut lines) = LAST_LINES.lock() {
            if lines.len() == MOST_LINES {
                lines.pop_front();
            }
            lines.push_back(unquoted(text.trim_end(), &QUOTES));
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// From now on every panic of this process leaves a report under `data_dir`, and is said
/// on standard error as before. The newest few stay.
pub(crate) fn keep_reports(data_dir: &Path) {
    let (data_dir, said) = (data_dir.to_owned(), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        said(panic);
        match write(&data_dir, &report(panic)) {
            Ok(path) => eprintln!("platen: a report is in {}", path.display()),
            Err(error) => eprintln!("platen: no report could be written: {error}"),
        }
    }));
}

/// *Errors*: the disk.
fn write(data_dir: &Path, report: &str) -> io::Result<PathBuf> {
    let directory = crash_directory(data_dir);
    std::fs::create_dir_all(&directory)?;
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%6f");
    let path = directory.join(format!("{time}-{}.txt", std::process::id()));
    std::fs::write(&path, report)?;
    for old in crash_reports(data_dir).into_iter().skip(MOST_CRASHES) {
        std::fs::remove_file(old)?;
    }
    Ok(path)
}

fn report(panic: &PanicHookInfo<'_>) -> String {
    let thread = std::thread::current();
    let place = panic.location().map(|place| {
        let (file, line) = (place.file(), place.line());
        format!("{}:{line}:{}", of_package(file), place.column())
    });
    let mut text = format!(
        "platen {} on {} {}, {}\n{}\nat {}, in the thread {}\n\nThe log before it:\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        jiff::Timestamp::now(),
        message(panic.payload()),
        place.as_deref().unwrap_or("an unknown place"),
        thread.name().unwrap_or("without a name"),
    );
    // It may be this very thread that holds them.
    if let Ok(lines) = LAST_LINES.try_lock() {
        for line in &*lines {
            let _ = writeln!(text, "{line}");
        }
    }
    let mut end = text.len().min(LARGEST_CRASH);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// What a panic says: the program's own words whole, what values are in it up to the first
/// that is quoted.
fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        return (*text).to_owned();
    }
    let text = payload.downcast_ref::<String>();
    text.map_or_else(
        || "a panic without words".to_owned(),
        |text| unquoted(text, &QUOTES_OF_VALUES),
    )
}

/// `text` up to its first quotation mark.
fn unquoted(text: &str, marks: &[char]) -> String {
    match text.find(marks) {
        Some(at) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A source file without where its package was when the program was built.
fn of_package(file: &str) -> &str {
    let package = file.rsplit_once("/registry/src/");
    let package = package.and_then(|(_, rest)| rest.split_once('/'));
    package.map_or(file, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::Command;

    use super::*;

    /// Tells the child of these tests where to crash.
    const PLACE: &str = "PLATEN_TEST_CRASH";

    /// The child: a process of its own, since the hook is the whole process's.
    #[test]
    #[ignore = "crashes on purpose, for the test below"]
    fn child_that_panics() {
        let place = std::env::var_os(PLACE).unwrap();
        keep_reports(Path::new(&place));
        LastLines
            .write_all("INFO released document.id=7\n".as_bytes())
            .unwrap();
        LastLines
            .write_all("WARN error=“My will.pdf” can’t be read\n".as_bytes())
            .unwrap();
        let name = String::from("My will.pdf");
        for number in 0..MOST_CRASHES {
            let name = name.clone();
            let thread = std::thread::Builder::new().name("lane".into());
            let lane = thread.spawn(move || panic!("no lane {number} for {name:?}"));
            assert!(lane.unwrap().join().is_err());
        }
        panic!("the child has to end badly");
    }

    #[test]
    fn a_panic_leaves_a_report_without_names_and_the_newest_few_stay() {
        let data_dir = tempfile::tempdir().unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "crash::tests::child_that_panics"]);
        command.args(["--ignored", "--nocapture"]);
        command
            .env(PLACE, data_dir.path())
            .env("RUST_BACKTRACE", "0");
        let output = command.output().unwrap();
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        let written = said.matches("platen: a report is in ").count();
        assert_eq!(written, MOST_CRASHES + 1, "{said}");
        let reports = crash_reports(data_dir.path());
        assert_eq!(reports.len(), MOST_CRASHES, "{reports:?}");
        let texts: Vec<_> = reports
            .iter()
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect();
        let lane = texts
            .iter()
            .find(|text| text.contains("in the thread lane"));
        let lane = lane.unwrap();
        for part in [
            env!("CARGO_PKG_VERSION"),
            "\nno lane 4 for …\nat src-tauri/src/crash.rs:",
            "INFO released document.id=7\n",
            "WARN error=…\n",
        ] {
            assert!(lane.contains(part), "{part:?} in {lane}");
        }
        for text in &texts {
            assert!(!text.contains("will"), "{text}");
        }
        assert!(texts[0].contains("\nthe child has to end badly\n"));
    }

    #[test]
    fn reports_and_lines_are_bounded() {
        for number in 0..=MOST_LINES {
            let line = format!("{number} {}\n", "x".repeat(2 * LONGEST_LINE));
            LastLines.write_all(line.as_bytes()).unwrap();
        }
        let lines = LAST_LINES.lock().unwrap();
        assert_eq!(lines.len(), MOST_LINES);
        assert!(lines.iter().all(|line| line.len() <= LONGEST_LINE));
        assert_eq!(
            of_package("/build/registry/src/index-1/tokio-1.2.3/src/a.rs"),
            "tokio-1.2.3/src/a.rs"
        );
        assert_eq!(of_package("src-tauri/src/run.rs"), "src-tauri/src/run.rs");
    }
}
