//! Very many clients that keep in step with one server.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use platen_lab::{Postgres, PostgresOptions, Scratch, Server, finish};

use super::Extent;
use super::server::{DATABASE, Reference, build, load, load_average, quiet};

/// Accounts of the site; everybody may use seven of them.
const ACCOUNTS: &str = "200";
/// How long the server stays away once it was killed, beside what its start takes.
const AWAY: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(50);

/// Builds the server and what loads it, and prints the tables of the latter.
pub(super) fn measure(debug: bool, extent: Extent) -> Result<String> {
    let programs = build(debug)?;
    let clients = match extent {
        Extent::Quick => 500,
        Extent::Usual => 2_000,
        Extent::Long => 10_000,
    };
    let clients = &usize::to_string(&clients);
    let scratch = Scratch::new("platen-load")?;
    let mut text = format!("{clients} clients\n{}\n", load_average()?);
    for (what, log, word) in [
        ("server-sent events", "events.log", "events"),
        ("long polls", "polls.log", "poll"),
    ] {
        // What a process has freed it keeps: each has one of its own.
        let Reference { url, process } = &Reference::start(&programs, &scratch, log)?;
        let pid = process.pid().to_string();
        let words = [word, url, &pid, clients];
        let measured = finish(load(&programs).args(words))?;
        text.push_str(&format!("\nthe plain server, {what}\n{measured}\n"));
    }
    let reference = Reference::start(&programs, &scratch, "reference.log")?;
    let ledger = scratch.join("sqlite/data/ledger.sqlite");
    let ledger = ledger.to_str().context("a strange temporary directory")?;
    let measured = ours(
        &programs,
        &scratch,
        "sqlite",
        (ledger, None),
        &reference,
        clients,
    );
    text.push_str(&format!("\non SQLite\n{}\n", measured?));
    let postgres = Postgres::start(&scratch.join("postgres"), &PostgresOptions::default())?;
    postgres.create_database(DATABASE)?;
    let place = postgres.url(DATABASE);
    let place = (place.as_str(), Some(place.clone()));
    let measured = ours(
        &programs,
        &scratch,
        "on-postgres",
        place,
        &reference,
        clients,
    );
    text.push_str(&format!("\non PostgreSQL\n{}\n", measured?));
    text.push_str(&format!("{}\n", load_average()?));
    Ok(text)
}

fn ours(
    programs: &Path,
    scratch: &Scratch,
    name: &str,
    (ledger, database): (&str, Option<String>),
    reference: &Reference,
    clients: &str,
) -> Result<String> {
    // A minute of idleness is the same on both.
    let idle = if database.is_none() { "idle" } else { "-" };
    finish(load(programs).args(["devices", ledger, clients, ACCOUNTS]))
        .context("filling the ledger")?;
    let mut server = Server::start(&scratch.join(name), programs, &quiet(database))?;
    let pid = server.process().pid().to_string();
    let mut measure = load(programs);
    measure.args(["sync", &server.url(), &reference.url, &pid, clients, idle]);
    with_falls(measure, &mut server)
}

/// Runs what kills the server in between, and starts the server again.
fn with_falls(mut measure: Command, server: &mut Server) -> Result<String> {
    let measuring = thread::spawn(move || finish(&mut measure));
    while !measuring.is_finished() {
        if !server.process().is_running() {
            thread::sleep(AWAY);
            server.restart()?;
        }
        thread::sleep(LOOK);
    }
    let measured = measuring.join();
    measured.map_err(|_| anyhow!("the measurement broke off"))?
}
