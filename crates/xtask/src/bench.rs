//! `cargo xtask bench`: how fast and how quiet, beside a reference in the same run.

mod estimate;
mod idle;
mod latency;
mod ledger;
mod numbers;
mod pdf;
mod portal;
mod print_job;
mod server;
mod start;
mod swing;
mod sync;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use platen_lab::{Scratch, Seat, SeatOptions, Stage, StageOptions, setup};

use crate::cargo::target;
use crate::dist::{self, Profile};

const HELP: &str = "\
cargo xtask bench [latency | idle | start | portal | ledger | server | sync | estimate]…   (all without a name)

  --documents N   latency: that many PDFs instead of 200
  --minutes N     idle: that long instead of 10
  --corpus DIR    estimate: the documents of this directory and its truth.tsv, else those of
                  $PLATEN_CORPUS, else a small set made of our fixtures with Ghostscript
  --peers A,B     estimate: beside these only, of hayro, mutool, pdfium, poppler, inkcov, pkpgcounter
  --quick         estimate: an eighth of the documents, each measured once; ledger: moments alone;
                  server: a small site; sync: 500 clients
  --long          ledger: ten seconds for each rate, and reads of ten million activities;
                  server: twenty seconds for each question; sync: 10,000 clients instead of 2,000
  --hostile       estimate: what the worst of the hostile documents take, instead
  --no-build      take the programs as they are; not for those that build what they need themselves
  --debug         the debug build, which is there after `cargo xtask test`, instead of a release build;
                  estimate is measured in a release build whatever stands here";

/// Measurements that build what they need themselves.
const ALONE: [&str; 4] = ["estimate", "ledger", "server", "sync"];

/// Nothing takes that long to come up.
const READY: Duration = Duration::from_secs(30);

/// Accounts without a limit, so that every document takes the same way.
const UNLIMITED: &str = "\
[[account]]
name = \"Unlimited\"
code = \"unlimited\"

[rates.A4]
mono = { simplex = 1, duplex = 0.75 }
colour = { simplex = 3, duplex = 2.5 }

[rates.other]
mono = { simplex = 2, duplex = 1.5 }
colour = { simplex = 6, duplex = 5 }
";

/// How long a measurement may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    Quick,
    Usual,
    Long,
}

struct Options {
    what: Vec<String>,
    documents: usize,
    minutes: f64,
    debug: bool,
    build: bool,
    extent: Extent,
    estimate: estimate::Options,
}

/// Measures what `arguments` name and prints one table each.
///
/// # Errors
/// When the set-up or the build fails, or a part does not come up.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let Some(options) = parse(arguments)? else {
        println!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    let mut programs = PathBuf::new();
    let whole = |what: &String| !ALONE.contains(&what.as_str());
    if options.what.iter().any(|what| what != "estimate") {
        setup::ensure(setup::Purpose::Bench)?;
    }
    if options.what.iter().any(whole) {
        programs = programs_to_measure(&options)?;
    }
    for what in &options.what {
        println!("\n{what}");
        let table = match what.as_str() {
            "latency" => latency::measure(&programs, options.documents),
            "idle" => idle::measure(&programs, options.minutes),
            "start" => start::measure(&programs),
            "portal" => portal::measure(&programs),
            "ledger" => ledger::measure(options.debug, options.extent),
            "server" => server::measure(options.debug, options.extent),
            "sync" => sync::measure(options.debug, options.extent),
            "estimate" => estimate::measure(&options.estimate),
            other => bail!("no measurement {other:?}; cargo xtask bench --help"),
        };
        println!("{}", table.with_context(|| format!("measuring {what}"))?);
    }
    Ok(ExitCode::SUCCESS)
}

fn parse(arguments: &[String]) -> Result<Option<Options>> {
    let mut options = Options {
        what: Vec::new(),
        documents: 200,
        minutes: 10.0,
        debug: false,
        build: true,
        extent: Extent::Usual,
        estimate: estimate::Options::default(),
    };
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .with_context(|| format!("{word} needs a value"))
        };
        match word {
            "--documents" => options.documents = value()?.parse()?,
            "--minutes" => options.minutes = value()?.parse()?,
            "--corpus" => options.estimate.corpus = Some(PathBuf::from(value()?)),
            "--peers" => {
                let peers = value()?.split(',').map(str::to_owned).collect();
                options.estimate.peers = Some(peers);
            }
            "--hostile" => options.estimate.hostile = true,
            "--quick" => {
                options.extent = Extent::Quick;
                options.estimate.quick = true;
            }
            "--long" => options.extent = Extent::Long,
            "--debug" => options.debug = true,
            "--no-build" => options.build = false,
            "--" => {}
            "--help" | "-h" => return Ok(None),
            name => options.what.push(name.to_owned()),
        }
    }
    if options.what.is_empty() {
        options.what = [
            "latency", "idle", "start", "portal", "ledger", "server", "sync", "estimate",
        ]
        .map(str::to_owned)
        .into();
    }
    Ok(Some(options))
}

/// Those that people install, or those that the tests have.
fn programs_to_measure(options: &Options) -> Result<PathBuf> {
    let (profile, name) = if options.debug {
        (Profile::Dev, "debug")
    } else {
        (Profile::Release, "release")
    };
    if options.build {
        dist::build(profile)?;
    }
    Ok(target()?.join(name))
}

/// A site and a seat with accounts that never run out, the client not yet started.
struct Bench {
    // Dropped in this order.
    seat: Seat,
    stage: Stage,
    scratch: Scratch,
}

impl Bench {
    fn new(programs: &Path) -> Result<Self> {
        let scratch = Scratch::new("platen-bench")?;
        let options = StageOptions {
            provider: false,
            ..StageOptions::default()
        };
        let stage = Stage::start(scratch.path(), programs, &options)?;
        let options = SeatOptions {
            pilot: Some(UNLIMITED.to_owned()),
            ..SeatOptions::default()
        };
        let seat = Seat::take(&stage, &scratch.join("seat"), &options)?;
        Ok(Self {
            seat,
            stage,
            scratch,
        })
    }
}

/// The wall clock. Units: microseconds since the Unix epoch, as dbus-monitor tells them.
fn now_us() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
