//! The central server under load: pages, programs, and very many that wait.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use platen_lab::{
    Postgres, PostgresOptions, Process, Scratch, Server, ServerOptions, finish, wait_for,
};

use super::Extent;
use crate::cargo::{cargo, programs};

/// How large the site is, and how long each question is asked.
struct Size {
    people: usize,
    accounts: usize,
    waiting: usize,
    seconds: usize,
}

pub(super) const DATABASE: &str = "platen";

/// Builds the server and what loads it, and prints the tables of the latter.
pub(super) fn measure(debug: bool, extent: Extent) -> Result<String> {
    let programs = build(debug)?;
    let size = match extent {
        Extent::Quick => Size {
            people: 2_000,
            accounts: 200,
            waiting: 500,
            seconds: 2,
        },
        Extent::Usual | Extent::Long => Size {
            people: 100_000,
            accounts: 10_000,
            waiting: 20_000,
            seconds: if extent == Extent::Long { 20 } else { 6 },
        },
    };
    let scratch = Scratch::new("platen-load")?;
    let reference = Reference::start(&programs, &scratch, "reference.log")?;
    let mut text = format!("{}\n", load_average()?);
    text.push_str(&on_sqlite(&programs, &scratch, &reference, &size)?);
    text.push_str(&on_postgres(&programs, &scratch, &reference, &size)?);
    text.push_str(&format!("{}\n", load_average()?));
    Ok(text)
}

pub(super) fn build(debug: bool) -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--locked", "--package", "platen-server"]);
    build.args(["--package", "platen-estimate", "--bins", "--examples"]);
    let own = programs()?;
    if debug {
        finish(&mut build)?;
        return Ok(own);
    }
    finish(build.arg("--release"))?;
    Ok(own.with_file_name("release"))
}

pub(super) fn load(programs: &Path) -> Command {
    Command::new(programs.join("examples/load"))
}

/// What every table is beside.
pub(super) struct Reference {
    pub(super) url: String,
    pub(super) process: Process,
}

impl Reference {
    /// Starts one whose log has that name.
    pub(super) fn start(programs: &Path, scratch: &Scratch, log: &str) -> Result<Self> {
        let log = scratch.join(log);
        let mut command = load(programs);
        let process = Process::start(command.arg("reference"), &log)?;
        let url = wait_for("the reference", super::READY, || {
            let text = std::fs::read_to_string(&log)?;
            Ok(text.lines().next().map(str::to_owned))
        })?;
        Ok(Self { url, process })
    }
}

const HEAD: &str = "what\tmedian, ms\t99 %, ms\ta second\tbeside the plain server\n";

fn on_sqlite(
    programs: &Path,
    scratch: &Scratch,
    reference: &Reference,
    size: &Size,
) -> Result<String> {
    let directory = scratch.join("sqlite");
    let ledger = directory.join("data/ledger.sqlite");
    let (people, accounts) = (size.people.to_string(), size.accounts.to_string());
    finish(
        load(programs)
            .arg("seed")
            .arg(&ledger)
            .args([&people, &accounts]),
    )
    .context("filling the ledger")?;
    let server = Server::start(&directory, programs, &quiet(None))?;
    let mut pages = load(programs);
    let seconds = size.seconds.to_string();
    pages.args(["pages", &server.url(), &reference.url, &people, &seconds]);
    Ok(format!(
        "\non SQLite, {people} people, {accounts} accounts\n{HEAD}{}",
        finish(&mut pages)?
    ))
}

fn on_postgres(
    programs: &Path,
    scratch: &Scratch,
    reference: &Reference,
    size: &Size,
) -> Result<String> {
    let postgres = Postgres::start(&scratch.join("postgres"), &PostgresOptions::default())?;
    postgres.create_database(DATABASE)?;
    let place = postgres.url(DATABASE);
    let (people, accounts) = (size.people.to_string(), size.accounts.to_string());
    finish(load(programs).args(["seed", &place, &people, &accounts]))
        .context("filling the database")?;
    let mut server = Server::start(
        &scratch.join("on-postgres"),
        programs,
        &quiet(Some(place.clone())),
    )?;
    let mut text = format!("\non PostgreSQL, {people} people, {accounts} accounts\n{HEAD}");
    let seconds = size.seconds.to_string();
    let mut api = load(programs);
    api.args(["api", &server.url(), &reference.url, &place, &seconds]);
    text.push_str(&finish(&mut api)?);
    let clients = size.waiting.to_string();
    let pid = server.process().pid().to_string();
    let mut waiting = load(programs);
    waiting.args(["waiting", &server.url(), &pid, &clients, &place]);
    text.push_str(&format!("\nwaiting\n{}", finish(&mut waiting)?));
    let pid = reference.process.pid().to_string();
    let mut waiting = load(programs);
    waiting.args(["waiting", &reference.url, &pid, &clients, "-"]);
    text.push_str(&format!(
        "\nwaiting at the plain server\n{}\n",
        finish(&mut waiting)?
    ));
    Ok(text)
}

/// Lines for each request would be measured as well, and nobody reads them here.
pub(super) fn quiet(database: Option<String>) -> ServerOptions {
    ServerOptions {
        database,
        environment: vec![
            (
                "PLATEN_SERVER_LOG_LEVEL".to_owned(),
                "warn,platen_server=info,platen_server::observe=warn".to_owned(),
            ),
            (
                "PLATEN_SERVER_SIGN_IN_ADMINISTRATORS".to_owned(),
                "platen-admins".to_owned(),
            ),
        ],
        ..ServerOptions::default()
    }
}

/// What else the machine does.
pub(super) fn load_average() -> Result<String> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    let first = text.split(' ').next().unwrap_or_default();
    Ok(format!("load average of the machine: {first}"))
}
