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
    Finishing, JobOptions, PageFacts, PageRun, Passage, Points, RateCard, Sides, Size, Ticket,
    price,
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
    /// Documents of one job that are printed in different ways.
    #[error(
        "the job's documents ask for different copies, sides or colours; print them one by one"
    )]
    Different,
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
    /// No filter touches the documents (`application/vnd.cups-raw`).
    pub raw: bool,
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
        let counted = job
            .files
            .iter()
            .map(|file| self.count(file, &pairs))
            .collect::<Result<Vec<_>, _>>()?;
        let papers = match asked.media {
            Some(_) => [None, None],
            None => [None, job.queue_paper],
        };
        let mut least: Option<Points> = None;
        for paper in papers {
            let asked = JobOptions {
                media: asked.media.or(paper),
                ..asked.clone()
            };
            let cost = price_of(&counted, &asked, job.raw, card)?;
            least = Some(least.map_or(cost, |least| least.min(cost)));
        }
        least.ok_or(EstimateError::Document)
    }

    fn count(&self, file: &Path, options: &[(&str, &str)]) -> Result<Counted, EstimateError> {
        let file = File::open(file).map_err(EstimateError::Program)?;
        let length = file.metadata().map_err(EstimateError::Program)?.len();
        let shares = length as f64 / LENGTH_THAT_DOUBLES_TIME as f64;
        let deadline = (TIME + TIME.mul_f64(shares)) * WAIT_FOR_PROCESSOR + GRACE;
        let mut command = Command::new(&self.program);
        command
            .args(["--runs", "--time-ms", &TIME.as_millis().to_string()])
            .args(["--memory-bytes", &MEMORY.to_string()])
            .args(
                options
                    .iter()
                    .map(|(name, value)| format!("-o{}", word(name, value))),
            )
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
    counted: &[Counted],
    asked: &JobOptions,
    raw: bool,
    card: &RateCard,
) -> Result<Points, EstimateError> {
    let mut documents: Vec<Vec<PageFacts>> = Vec::new();
    let mut finishing: Option<Finishing> = None;
    let mut pages = 0_u64;
    for one in counted {
        if one.format.is_picture() && asked.spreads_pictures {
            return Err(EstimateError::Document);
        }
        let passage = if raw {
            Passage::AsIs
        } else {
            one.format.passage()
        };
        let ticket = one.ticket.ticket();
        let own = asked.finishing(&JobOptions::default(), &ticket, passage);
        let repeats = passage.repeats(&ticket);
        let of_pages = passage.repeats_of_pages(&ticket, own.copies);
        let count: u64 = one.runs.iter().map(|run| u64::from(run.0)).sum();
        let times = u64::from(repeats).saturating_mul(u64::from(of_pages));
        pages = pages.saturating_add(count.saturating_mul(times));
        if pages > MOST_PAGES {
            return Err(EstimateError::Document);
        }
        let runs: Vec<PageRun> = one
            .runs
            .iter()
            .map(|&(count, width, height, colour)| PageRun {
                // At most the pages of all copies, which were counted.
                count: count.saturating_mul(of_pages),
                page: PageFacts {
                    size: Size { width, height },
                    colour,
                },
            })
            .collect();
        documents.extend(std::iter::repeat_n(
            PageRun::unfold(&runs),
            repeats as usize,
        ));
        match &finishing {
            Some(first) if *first != own => return Err(EstimateError::Different),
            _ => finishing = Some(own),
        }
    }
    let finishing = finishing.ok_or(EstimateError::Document)?;
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
