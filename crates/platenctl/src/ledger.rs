//! The records themselves: check, export, backup, restore.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use platen_ledger::{ExportFilter, ExportFormat, Ledger, LedgerError, Progress};

use crate::accounts::{find, person};
use crate::client;
use crate::client::runtime;

/// Names the database where no option does.
const DATABASE: &str = "PLATEN_DATABASE";

/// Check, export, back up and restore the ledger; docs/ledger.md says more.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Where the ledger is; default: where the client keeps it
    #[arg(
        long,
        global = true,
        value_name = "DIRECTORY",
        conflicts_with = "database"
    )]
    data_dir: Option<PathBuf>,
    /// The ledger's PostgreSQL database, such as postgres://platen@db/platen;
    /// without --data-dir also from PLATEN_DATABASE, which other users of this
    /// computer can't see
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Recompute every balance and check that nothing was altered
    Verify,
    /// Write activities, oldest first
    Export(Export),
    /// Copy the ledger to a new file while it is in use (not PostgreSQL)
    Backup {
        /// The file to make
        file: PathBuf,
    },
    /// Check a backup and put it in the ledger's place (not PostgreSQL)
    Restore {
        /// A file that `backup` made
        file: PathBuf,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args, Debug)]
struct Export {
    /// Of this account only
    #[arg(long, value_name = "CODE")]
    account: Option<String>,
    /// Of this person only
    #[arg(long)]
    user: Option<String>,
    /// From this day on, such as 2026-09-01
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// Up to the end of this day
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// How to write them
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For spreadsheets
    Csv,
    /// A JSON object on each line
    Jsonl,
}

/// Where the ledger is.
enum Place {
    File(PathBuf),
    Database(String),
}

impl Place {
    fn of(arguments: &Arguments) -> Result<Self> {
        if let Some(directory) = &arguments.data_dir {
            return Ok(Self::File(directory.join("ledger.sqlite")));
        }
        let database = match &arguments.database {
            Some(url) => Some(url.clone()),
            None => std::env::var(DATABASE).ok().filter(|url| !url.is_empty()),
        };
        match database {
            Some(url) => Ok(Self::Database(url)),
            None => Ok(Self::File(
                client::data_directory(&client::load()?)?.join("ledger.sqlite"),
            )),
        }
    }

    async fn open(&self) -> Result<Ledger> {
        match self {
            Self::Database(url) => Ok(Ledger::connect(url).await?),
            Self::File(path) => {
                ensure!(
                    path.exists(),
                    "there is no ledger at {}; say where it is with --data-dir or --database",
                    path.display()
                );
                Ok(Ledger::open(path)?)
            }
        }
    }
}

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let place = Place::of(&arguments)?;
    if let Command::Restore { file, yes } = &arguments.command {
        return restore(&place, file, *yes);
    }
    runtime()?.block_on(async {
        let ledger = place.open().await?;
        match arguments.command {
            Command::Verify => verify(&ledger).await,
            Command::Export(asked) => export(&ledger, asked).await,
            Command::Backup { file } => back_up(&ledger, &file).await,
            Command::Restore { .. } => Ok(()),
        }
    })
}

pub(crate) async fn verify(ledger: &Ledger) -> Result<()> {
    let checked = ledger.verify_with(shown("activities checked")).await;
    end_line();
    let verified = checked?;
    println!(
        "The ledger is in order: {} balances, {} activities, {} documents.",
        verified.balances, verified.activities, verified.documents
    );
    Ok(())
}

async fn export(ledger: &Ledger, asked: Export) -> Result<()> {
    let zone = TimeZone::system();
    let midnight = |day: Date| -> Result<Timestamp> { Ok(day.to_zoned(zone.clone())?.timestamp()) };
    let mut filter = ExportFilter {
        since: asked.since.map(midnight).transpose()?,
        ..ExportFilter::default()
    };
    if let Some(day) = asked.until {
        filter.until = Some(midnight(day.tomorrow()?)?);
    }
    if let Some(code) = &asked.account {
        filter.account = Some(find(ledger, code).await?.id);
    }
    if let Some(name) = &asked.user {
        filter.user = Some(person(ledger, name).await?);
    }
    let format = match asked.format {
        Format::Csv => ExportFormat::Csv,
        Format::Jsonl => ExportFormat::JsonLines,
    };
    let Some(path) = asked.output else {
        return match ledger.export(filter, format, io::stdout()).await {
            // Whoever reads has seen enough, as `head` does.
            Err(LedgerError::Unwritable(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                Ok(())
            }
            done => Ok(done.map(drop)?),
        };
    };
    // Under its name stands all of it or what was there before.
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let file = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    let exported = ledger.export(filter, format, file).await?;
    exported.sink.as_file().sync_all()?;
    exported
        .sink
        .persist(&path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    println!(
        "{} activities are in {}.",
        exported.activities,
        path.display()
    );
    Ok(())
}

async fn back_up(ledger: &Ledger, file: &Path) -> Result<()> {
    let made = ledger.back_up(file, shown("pages copied")).await;
    end_line();
    made?;
    println!("The ledger is backed up to {}.", file.display());
    Ok(())
}

fn restore(place: &Place, backup: &Path, yes: bool) -> Result<()> {
    let Place::File(target) = place else {
        return Err(LedgerError::InPostgres.into());
    };
    ensure!(backup.is_file(), "there is no file {}", backup.display());
    if target.exists() && !yes && !confirmed(backup, target)? {
        bail!("nothing was changed");
    }
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder).context("the ledger's folder cannot be made")?;
    }
    let restored = Ledger::restore(backup, target)?;
    println!(
        "The backup is in order and in place: {} balances, {} activities, {} documents.",
        restored.verified.balances, restored.verified.activities, restored.verified.documents
    );
    if let Some(former) = restored.former {
        println!("The former ledger is kept as {}.", former.display());
    }
    Ok(())
}

fn confirmed(backup: &Path, target: &Path) -> Result<bool> {
    ensure!(
        io::stdin().is_terminal(),
        "the ledger {} would be replaced; say --yes if it shall be",
        target.display()
    );
    print!(
        "Put {} in the place of {}? What was printed since the backup is forgotten. [y/N] ",
        backup.display(),
        target.display()
    );
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}

/// Shows progress where a person watches.
fn shown(what: &'static str) -> impl FnMut(Progress) + Send + 'static {
    let watched = io::stderr().is_terminal();
    move |progress| {
        if watched {
            eprint!("\r{} of {} {what}", progress.done, progress.total);
        }
    }
}

fn end_line() {
    if io::stderr().is_terminal() {
        eprintln!();
    }
}
