//! Loads a server, for `cargo xtask bench server`, which says what for.
//!
//! `load seed PLACE PEOPLE ACCOUNTS` fills a ledger with people who are signed
//! in; `pages`, `api` and `waiting` measure a running server on it, each beside
//! the plainest server there can be, which is `reference`. `devices` fills a ledger
//! for `sync`, which `poll` is beside; `cargo xtask bench sync` runs them. Results
//! are lines of a table, columns divided by tabs.

mod api;
mod devices;
mod fleet;
mod measure;
mod pages;
mod reference;
mod seed;
mod sync;
mod waiting;
mod web;

use std::process::ExitCode;

type Problem = Box<dyn std::error::Error + Send + Sync>;
type Result<T, E = Problem> = std::result::Result<T, E>;

const USAGE: &str = "\
load seed PLACE PEOPLE ACCOUNTS      PLACE: a file, or PostgreSQL's address
load pages URL REFERENCE PEOPLE SECONDS
load api URL REFERENCE PLACE SECONDS
load waiting URL PID CLIENTS PLACE   PLACE -: the reference, which is told by its own page
load devices PLACE PEOPLE ACCOUNTS   as seed, everybody with a device that keeps in step
load sync URL REFERENCE PID CLIENTS idle|-   idle: for a minute, too
load events REFERENCE PID CLIENTS    the same of the plain server, in answers that go on
load poll REFERENCE PID CLIENTS      the same, in whole answers
load reference                       prints its URL, and serves until it is killed";

fn main() -> ExitCode {
    // Nothing else of this process installs one before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("load: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("load: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["seed", place, people, accounts] => {
            seed::seed(place, people.parse()?, accounts.parse()?).await
        }
        ["pages", url, reference, people, seconds] => {
            pages::measure(url, reference, people.parse()?, seconds.parse()?).await
        }
        ["api", url, reference, place, seconds] => {
            api::measure(url, reference, place, seconds.parse()?).await
        }
        ["waiting", url, pid, clients, place] => {
            waiting::measure(url, pid.parse()?, clients.parse()?, place).await
        }
        ["devices", place, people, accounts] => {
            devices::seed(place, people.parse()?, accounts.parse()?).await
        }
        ["sync", url, reference, pid, clients, idle] => {
            let idle = idle == "idle";
            sync::measure(url, reference, pid.parse()?, clients.parse()?, idle).await
        }
        [plain @ ("events" | "poll"), url, pid, clients] => {
            let goes_on = plain == "events";
            sync::plain(url, pid.parse()?, clients.parse()?, goes_on).await
        }
        ["reference"] => reference::serve().await,
        _ => Err(USAGE.into()),
    }
}
