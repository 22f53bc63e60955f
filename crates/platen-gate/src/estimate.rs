//! What a print on a lease costs at least, found out by the gate itself.
//!
//! The documents are counted by `platen-estimate` in a process of its own, with
//! limits on time and memory and without the gate's rights; the prices are those
//! that the server signed. Where the gate can't know which of two papers the queue
//! chooses, the cheaper one counts: the bound is for a client that lies, and one
//! that doesn't must not be refused.
//! *Source*: rules.md.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use platen_domain::layout::lay_out;
use platen_domain::{
    JobOptions, PageFacts, PageRun, Passage, Points, RateCard, Sides, Size, Ticket, price,
};
use serde::Deserialize;

use crate::options::{Options, size_of_name};
use crate::places::Places;

/// Processor time for a small document, as the client allows.
const TIME: Duration = Duration::from_millis(1500);
/// A document of this length may take that time once more. *Units*: bytes.
const LENGTH_THAT_DOUBLES_TIME: u64 = 20_000_000;
/// *Units*: bytes.
const MEMORY: u64 = 256 << 20;
/// The limit is one on processor time, and others may be using the processor.
const WAIT_FOR_PROCESSOR: u32 = 3;
const GRACE: Duration = Duration::from_secs(1);
/// *Units*: bytes.
const LONGEST_ANSWER: u64 = 4 << 20;
/// As the ledger prices them.
const MOST_PAGES: u64 = 1_000_000;
/// CUPS's name for what no filter touches.
const RAW: &str = "application/vnd.cups-raw";
/// What cupsd's filters lay out anew.
const LAID_OUT: [&str; 6] = [
    "application/pdf",
    "application/postscript",
    "text/plain",
    "image/jpeg",
    "image/png",
    "image/tiff",
];
/// Where it is looked for if the configuration names none.
const INSTALLED: [&str; 2] = [
    "/usr/lib/platen/platen-estimate",
    "/usr/bin/platen-estimate",
];

/// Why there is no price; the text is meant for people.
#[derive(Debug, thiserror::Error)]
pub enum EstimateError {
    /// The program is missing, can't be run, or might be somebody else's.
    #[error("the pages can't be counted here ({0}); ask your administrator")]
    Program(io::Error),
    /// The document is the reason.
    #[error("the document's pages can't be counted; it can be printed with network")]
    Document,
    /// More than one document: of the others cupsd does not say what it takes them
    /// for.
    #[error("a job of several documents can't be printed without network; print them one by one")]
    Several,
    /// Its price does not fit into a number.
    #[error("the document costs too many points")]
    Overflow,
}

/// What is to be printed.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The spooled documents, in order.
    pub files: &'a [PathBuf],
    /// The options that filters and printer will follow.
    pub options: &'a Options,
    /// The copies that will be made.
    pub copies: u32,
    /// What cupsd takes the document for; its filters follow that.
    pub format: Option<&'a str>,
    /// Whether the queue has a driver; without one no filter touches a document.
    pub has_driver: bool,
    /// The paper that the queue's driver chooses where the job is silent.
    pub queue_paper: Option<Size>,
}

/// Counts documents.
#[derive(Clone, Debug)]
pub struct Estimator {
    program: PathBuf,
    /// As whom it runs; none: as the gate does.
    run_as: Option<(u32, u32)>,
}

impl Estimator {
    /// The program that `places` configure, or the one that is installed; run as
    /// these ids. Root or `own_uid`, as whom the gate runs, must own it.
    ///
    /// # Errors
    /// [`EstimateError::Program`].
    pub fn find(
        places: &Places,
        run_as: Option<(u32, u32)>,
        own_uid: u32,
    ) -> Result<Self, EstimateError> {
        let installed = || {
            INSTALLED
                .iter()
                .map(PathBuf::from)
                .find(|path| path.exists())
        };
        let program = places
            .estimator()
            .or_else(installed)
            .ok_or_else(|| io::Error::other("platen-estimate is not installed"))
            .map_err(EstimateError::Program)?;
        let metadata = std::fs::metadata(&program).map_err(EstimateError::Program)?;
        let owned = metadata.uid() == 0 || metadata.uid() == own_uid;
        if !owned || metadata.mode() & 0o022 != 0 {
            let problem = io::Error::other("others may change platen-estimate");
            return Err(EstimateError::Program(problem));
        }
        Ok(Self { program, run_as })
    }

    /// What printing `job` costs at least by `card`.
    ///
    /// # Errors
    /// [`EstimateError`]: it can't be known; then nothing may be printed.
    pub fn at_least(&self, job: &Job<'_>, card: &RateCard) -> Result<Points, EstimateError> {
        let pairs: Vec<(&str, &str)> = job.options.all().collect();
        let asked = JobOptions {
            copies: Some(job.copies),
            banners: Some(0),
            ..JobOptions::read(pairs.iter().copied()).options
        };
        let [file] = job.files else {
            return Err(EstimateError::Several);
        };
        let paper = job.queue_paper.filter(|_| asked.media.is_none());
        let counted = self.count(file, &pairs, paper)?;
        if !counted.format.is_what(job.format) {
            return Err(EstimateError::Document);
        }
        let raw = !job.has_driver || job.format == Some(RAW);
        let least = price_of(&counted, &asked, raw, card)?;
        let on_paper = JobOptions {
            media: asked.media.or(paper),
            ..asked
        };
        Ok(least.min(price_of(&counted, &on_paper, raw, card)?))
    }

    fn count(
        &self,
        file: &Path,
        options: &[(&str, &str)],
        paper: Option<Size>,
    ) -> Result<Counted, EstimateError> {
        let millimetres = |hundredths: u32| f64::from(hundredths) / 100.0;
        let paper = paper.map(|Size { width, height }| {
            let (width, height) = (millimetres(width), millimetres(height));
            word("media", &format!("custom_{width}x{height}mm"))
        });
        let words = options.iter().map(|(name, value)| word(name, value));
        let file = File::open(file).map_err(EstimateError::Program)?;
        let length = file.metadata().map_err(EstimateError::Program)?.len();
        let shares = length as f64 / LENGTH_THAT_DOUBLES_TIME as f64;
        let deadline = (TIME + TIME.mul_f64(shares)) * WAIT_FOR_PROCESSOR + GRACE;
        let mut command = Command::new(&self.program);
        command
            .args(["--runs", "--time-ms", &TIME.as_millis().to_string()])
            .args(["--memory-bytes", &MEMORY.to_string()])
            .args(words.chain(paper).map(|word| format!("-o{word}")))
            .args(["--", "-"])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(file))
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some((uid, gid)) = self.run_as {
            // std also drops root's supplementary groups.
            command.uid(uid).gid(gid);
        }
        let child = command.spawn().map_err(EstimateError::Program)?;
        let answer = answer_of(child, deadline)?;
        match serde_json::from_slice(&answer) {
            Ok(Answer::Counted(counted)) if !counted.runs.is_empty() => Ok(counted),
            _ => Err(EstimateError::Document),
        }
    }
}

/// What the program prints until it ends or its time is over.
fn answer_of(mut child: Child, deadline: Duration) -> Result<Vec<u8>, EstimateError> {
    let Some(stdout) = child.stdout.take() else {
        return Err(EstimateError::Program(io::Error::other("no pipe")));
    };
    let (say, hear) = mpsc::channel();
    thread::spawn(move || {
        let mut answer = Vec::new();
        let read = stdout.take(LONGEST_ANSWER + 1).read_to_end(&mut answer);
        // Nobody listens any more once the time is over.
        let _late = say.send(read.map(|_| answer));
    });
    let heard = hear.recv_timeout(deadline);
    // It has ended, or has to.
    let _ended = child.kill();
    let _status = child.wait();
    match heard {
        Ok(Ok(answer)) if answer.len() as u64 <= LONGEST_ANSWER => Ok(answer),
        _ => Err(EstimateError::Document),
    }
}

/// One line of `platen-estimate --runs`.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Counted(Counted),
    Refused(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Counted {
    format: Format,
    /// Count, width and height in hundredths of a millimetre, colour.
    runs: Vec<(u32, u32, u32, bool)>,
    #[serde(default)]
    ticket: TicketForm,
}

#[derive(Default, Deserialize)]
struct TicketForm {
    copies: Option<u32>,
    sides: Option<String>,
    monochrome: Option<bool>,
}

/// How a document gets through the print system, by its language, as the
/// estimate has it.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Format {
    Pdf,
    PostScript,
    Text,
    Jpeg,
    Png,
    Tiff,
    Pwg,
    #[serde(rename = "cups-raster")]
    CupsRaster,
    Urf,
    Pcl,
    PclXl,
    Xps,
    Emf,
}

impl Format {
    const fn passage(self) -> Passage {
        match self {
            Self::Pcl | Self::PclXl | Self::Xps | Self::Emf | Self::CupsRaster => Passage::AsIs,
            Self::Pdf | Self::Text | Self::Jpeg | Self::Png | Self::Tiff => Passage::LaidOut,
            Self::PostScript => Passage::Interpreted,
            Self::Pwg | Self::Urf => Passage::Either,
        }
    }

    /// Whether cupsd takes the document for the same: text that is also a PDF, say,
    /// would be counted as the one and printed as the other.
    fn is_what(self, taken_for: Option<&str>) -> bool {
        let own = match self {
            Self::Pdf => "application/pdf",
            Self::PostScript => "application/postscript",
            // CUPS has names for programs, pages for the web and so on, and lays
            // them all out as text.
            Self::Text => {
                let is_text = |format: &str| {
                    ["text/", "application/x-"]
                        .iter()
                        .any(|start| format.starts_with(start))
                };
                return taken_for.is_some_and(|format| format == RAW || is_text(format));
            }
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Tiff => "image/tiff",
            Self::Pwg => "image/pwg-raster",
            Self::Urf => "image/urf",
            // Printers' own languages, which cupsd knows under several names and
            // passes on, or knows not at all.
            Self::CupsRaster | Self::Pcl | Self::PclXl | Self::Xps | Self::Emf => {
                return taken_for.is_some_and(|format| !LAID_OUT.contains(&format));
            }
        };
        taken_for.is_some_and(|format| format == own || format == RAW)
    }

    const fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Tiff)
    }
}

impl TicketForm {
    fn ticket(&self) -> Ticket {
        Ticket {
            copies: self.copies,
            sides: self.sides.as_deref().and_then(Sides::from_keyword),
            monochrome: self.monochrome,
        }
    }
}

fn price_of(
    counted: &Counted,
    asked: &JobOptions,
    raw: bool,
    card: &RateCard,
) -> Result<Points, EstimateError> {
    if counted.format.is_picture() && asked.spreads_pictures {
        return Err(EstimateError::Document);
    }
    let passage = match raw {
        true => Passage::AsIs,
        false => counted.format.passage(),
    };
    let ticket = counted.ticket.ticket();
    let finishing = asked.finishing(&JobOptions::default(), &ticket, passage);
    let repeats = passage.repeats(&ticket);
    let of_pages = passage.repeats_of_pages(&ticket, finishing.copies);
    let pages: u64 = counted.runs.iter().map(|run| u64::from(run.0)).sum();
    let times = u64::from(repeats).saturating_mul(u64::from(of_pages));
    if pages.saturating_mul(times) > MOST_PAGES {
        return Err(EstimateError::Document);
    }
    let runs = counted.runs.iter();
    let runs: Vec<PageRun> = runs
        .map(|&(count, width, height, colour)| PageRun {
            // At most the pages of all copies, which were counted.
            count: count.saturating_mul(of_pages),
            page: PageFacts {
                size: Size { width, height },
                colour,
            },
        })
        .collect();
    let documents = vec![PageRun::unfold(&runs); repeats as usize];
    if lay_out(&documents, &finishing).copy.is_empty() {
        // What a printer makes of it is anybody's guess.
        return Err(EstimateError::Document);
    }
    let receipt = price::price(card, &documents, &finishing);
    receipt
        .map(|receipt| receipt.total)
        .map_err(|_| EstimateError::Overflow)
}

/// An option as the program reads it again, whatever its value.
fn word(name: &str, value: &str) -> String {
    let mut word = format!("{name}=");
    for character in value.chars() {
        if !character.is_alphanumeric() {
            word.push('\\');
        }
        word.push(character);
    }
    word
}

/// The paper that a driver takes where nothing is said. *Source*: Adobe PPD 4.3,
/// section 5.15 (`DefaultPageSize`).
#[must_use]
pub fn default_paper(driver: &Path) -> Option<Size> {
    let text = std::fs::read(driver).ok()?;
    String::from_utf8_lossy(&text)
        .lines()
        .find_map(|line| line.strip_prefix("*DefaultPageSize:"))
        .and_then(|name| size_of_name(name.trim()))
}

#[cfg(test)]
mod tests;
