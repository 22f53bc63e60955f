//! The words of the command line, and what they mean.

use super::options::parse_options;
use crate::limits::Limits;
use crate::text::TextPage;
use platen_domain::{JobOptions, RateCard};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

pub(super) const USAGE: &str = "\
Usage: platen-estimate [--json] [--rates FILE] [-o option=value]… FILE…";

const HELP: &str = "\
Counts the pages of documents, says which show colour, and what printing them takes.

Usage: platen-estimate [--json] [--rates FILE] [-o option=value]… FILE…

  FILE               a document; - is the standard input
  --json             one JSON object for each file, each on a line of its own
  --rates FILE       a rate card in TOML; points are counted by it
  -o option=value    a print option as lp takes it: copies, sides, number-up,
                     page-ranges, page-set, booklet, print-color-mode, media …
      --help         this text
      --version      the program's version

Limits on each document, rarely of use:
  --time-ms N  --memory-bytes N  --max-pages N  --document-bytes N

Exit status, the worst of all files: 0 counted, 2 unreadable, 3 limit reached,
64 the command line or the rate card makes no sense.
";

/// How the answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// A table.
    Person,
    /// JSON for scripts.
    Json,
    /// The compact form for the client.
    Runs,
}

#[derive(Debug)]
pub(super) enum Parsed {
    /// Files are to be counted.
    Run(Box<Arguments>),
    /// This is to be said, and that is all.
    Say(String),
}

#[derive(Debug)]
pub(super) struct Arguments {
    pub(super) style: Style,
    /// This process is the worker of another one.
    pub(super) worker: bool,
    pub(super) limits: Limits,
    pub(super) files: Vec<PathBuf>,
    /// The words that are no files, for a worker.
    pub(super) option_words: Vec<OsString>,
    /// What `-o` says.
    pub(super) options: JobOptions,
    /// The same for plain text.
    pub(super) page: TextPage,
    /// Sentences about options that are not known.
    pub(super) warnings: Vec<String>,
    pub(super) card: Option<RateCard>,
}

/// Reads the command line; an error is a sentence that says what is wrong.
pub(super) fn parse(words: impl Iterator<Item = OsString>) -> Result<Parsed, String> {
    let mut words = Words {
        words,
        taken: Vec::new(),
    };
    let mut pairs = Vec::new();
    let mut rates = None;
    let mut parsed = Arguments {
        style: Style::Person,
        worker: false,
        limits: Limits::default(),
        files: Vec::new(),
        option_words: Vec::new(),
        options: JobOptions::default(),
        page: TextPage::default(),
        warnings: Vec::new(),
        card: None,
    };
    let mut only_files = false;
    while let Some(word) = words.next() {
        let text = if only_files { None } else { word.to_str() };
        match text {
            Some("--help" | "-h") => return Ok(Parsed::Say(HELP.to_owned())),
            Some("--version") => {
                let version = env!("CARGO_PKG_VERSION");
                return Ok(Parsed::Say(format!("platen-estimate {version}\n")));
            }
            Some("--") => {
                words.taken.pop();
                only_files = true;
            }
            Some("--json") => parsed.style = Style::Json,
            Some("--runs") => parsed.style = Style::Runs,
            Some("--worker") => parsed.worker = true,
            Some("--rates") => rates = Some(PathBuf::from(words.value("--rates")?)),
            Some("-o") => pairs.extend(parse_options(&words.text("-o")?)),
            Some(option) if option.starts_with("-o") => pairs.extend(parse_options(&option[2..])),
            Some("--time-ms") => {
                parsed.limits.time = Duration::from_millis(words.number("--time-ms")?);
            }
            Some("--memory-bytes") => {
                parsed.limits.memory_bytes = words.number("--memory-bytes")?;
            }
            Some("--max-pages") => parsed.limits.max_pages = words.number("--max-pages")?,
            Some("--document-bytes") => {
                parsed.limits.document_bytes = words.number("--document-bytes")?;
            }
            Some(option) if option.starts_with('-') && option.len() > 1 => {
                return Err(format!("there is no option {option}\n{USAGE}"));
            }
            _ => {
                words.taken.pop();
                parsed.files.push(word.into());
            }
        }
    }
    if parsed.files.is_empty() || parsed.style == Style::Runs && parsed.files.len() != 1 {
        return Err(format!("which file?\n{USAGE}"));
    }
    parsed.option_words = words.taken;
    parsed.take_options(&pairs)?;
    if let Some(rates) = rates {
        parsed.card = Some(read_card(&rates)?);
    }
    Ok(Parsed::Run(Box::new(parsed)))
}

impl Arguments {
    /// The client passes options on as its users gave them: what makes no sense
    /// counts as not given there, as it does for CUPS.
    fn take_options(&mut self, pairs: &[(String, String)]) -> Result<(), String> {
        let pairs = || {
            pairs
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
        };
        let reading = JobOptions::read(pairs());
        let (page, bad_for_text) = TextPage::read(pairs());
        let mut bad = reading.bad.iter().chain(&bad_for_text);
        if let Some(bad) = bad.next()
            && self.style != Style::Runs
        {
            return Err(bad.to_string());
        }
        self.options = reading.options;
        self.page = page;
        self.warnings = reading
            .unknown
            .iter()
            .map(|name| format!("The option {name} is not known and was ignored."))
            .collect();
        Ok(())
    }
}

fn read_card(path: &std::path::Path) -> Result<RateCard, String> {
    let name = path.display();
    // The worker reads it once more.
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(format!("{name}: the rate card must be a regular file"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    platen_rates::card_from_toml(&text)
        .map(|card| card.with_version(1))
        .map_err(|mistake| format!("{name}: {mistake}"))
}

struct Words<W> {
    words: W,
    /// Those that were options or their values.
    taken: Vec<OsString>,
}

impl<W: Iterator<Item = OsString>> Words<W> {
    fn next(&mut self) -> Option<OsString> {
        let word = self.words.next()?;
        self.taken.push(word.clone());
        Some(word)
    }

    fn value(&mut self, option: &str) -> Result<OsString, String> {
        self.next()
            .ok_or_else(|| format!("{option} needs a value\n{USAGE}"))
    }

    fn text(&mut self, option: &str) -> Result<String, String> {
        self.value(option)?
            .into_string()
            .map_err(|_| format!("the value of {option} is no text"))
    }

    fn number<N: std::str::FromStr>(&mut self, option: &str) -> Result<N, String> {
        let text = self.text(option)?;
        text.parse()
            .map_err(|_| format!("{option} {text}: {option} must be a whole number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Parsed, String> {
        parse(words.iter().map(OsString::from))
    }

    fn arguments(words: &[&str]) -> Arguments {
        match parsed(words) {
            Ok(Parsed::Run(arguments)) => *arguments,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_come_alone_joined_and_in_lists() {
        let taken = arguments(&["-o", "copies=2 number-up=4", "-osides=one-sided", "a.pdf"]);
        assert_eq!(taken.options.copies, Some(2));
        assert_eq!(taken.options.number_up, Some(4));
        assert_eq!(taken.options.sides, Some(platen_domain::Sides::OneSided));
        assert_eq!(taken.files, [PathBuf::from("a.pdf")]);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (words, expected) in [
            (vec![], "which file?"),
            (vec!["--json"], "which file?"),
            (vec!["--colour", "a"], "there is no option --colour"),
            (vec!["--rates"], "--rates needs a value"),
            (vec!["--rates", "/no/such/file", "a"], "/no/such/file: "),
            (vec!["--max-pages", "many", "a"], "must be a whole number"),
            (
                vec!["-o", "number-up=5", "a"],
                "option number-up=5: number-up must be 1, 2, 3",
            ),
            (vec!["-o", "cpi=0", "a"], "option cpi=0: cpi must be"),
        ] {
            let said = parsed(&words).unwrap_err();
            assert!(said.contains(expected), "{words:?}: {said}");
        }
    }

    #[test]
    fn client_is_not_refused_for_its_users_options() {
        let taken = arguments(&["--runs", "-o", "cpi=0 media=A5", "a"]);
        assert_eq!(
            taken.options.media,
            platen_domain::Size::from_media_name("a5")
        );
    }

    #[test]
    fn dash_is_a_file_and_so_is_everything_after_two() {
        assert_eq!(arguments(&["-"]).files, [PathBuf::from("-")]);
        assert_eq!(
            arguments(&["--", "--json", "-o"]).files,
            [PathBuf::from("--json"), PathBuf::from("-o")]
        );
    }

    #[test]
    fn worker_gets_the_options_without_the_files() {
        let taken = arguments(&["--json", "a", "-o", "copies=2", "--", "--json", "-o"]);
        assert_eq!(taken.option_words, ["--json", "-o", "copies=2"]);
        assert_eq!(taken.files.len(), 3);
    }

    #[test]
    fn unknown_options_are_told() {
        let taken = arguments(&["-o", "numberup=2", "a"]);
        assert_eq!(
            taken.warnings,
            ["The option numberup is not known and was ignored."]
        );
    }
}
