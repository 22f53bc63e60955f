//! How fast the ledger is, beside what its engines give bare on the same disk in
//! the same run, and whether every sum is right afterwards.
//!
//! `cargo run --release -p platen-ledger --example bench -- [--quick | --long]`

mod bare_postgres;
mod bare_sqlite;
mod key;
mod measure;
mod ours;
mod reads;
mod table;
mod worker;

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use platen_lab::{Postgres, PostgresOptions, Scratch};

use crate::bare_postgres::BARE_POSTGRES;
use crate::bare_sqlite::BARE_SQLITE;
use crate::measure::Measured;
use crate::ours::{Ours, Spread};
use crate::reads::Growing;
use crate::table::{Comparison, Table};

type Problem = Box<dyn Error + Send + Sync>;
type Result<T> = std::result::Result<T, Problem>;

/// How long to measure.
#[derive(Clone, Copy)]
struct Extent {
    /// Each rate.
    time: Duration,
    /// How many activities reads are measured with.
    activities: &'static [u64],
}

const QUICK: Extent = Extent {
    time: Duration::from_millis(100),
    activities: &[10, 100],
};
const USUAL: Extent = Extent {
    time: Duration::from_secs(3),
    activities: &[100, 10_000],
};
const LONG: Extent = Extent {
    time: Duration::from_secs(10),
    activities: &[100, 10_000, 10_000_000],
};

/// Accounts of a small site and of a large one, beside the hot one.
const SMALL: usize = 10;
const LARGE: usize = 1_000;

#[tokio::main]
async fn main() -> Result<()> {
    if worker::is_done().await? {
        return Ok(());
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let extent = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => USUAL,
        ["--quick"] => QUICK,
        ["--long"] => LONG,
        _ => return Err("usage: bench [--quick | --long]".into()),
    };
    bench(extent).await
}

async fn bench(extent: Extent) -> Result<()> {
    let scratch = Scratch::new("platen-ledger")?;
    let mut table = Table::default();
    sqlite(&mut table, scratch.path(), extent).await?;
    let server = Postgres::start(&scratch.join("pg"), &PostgresOptions::default())?;
    postgres(&mut table, &server, extent).await?;
    let sizes = reads(&mut table, scratch.path(), extent).await?;
    table.print();
    println!("\n{sizes}");
    println!("After every run all sums agreed, and the hot account was filled to the point.");
    Ok(())
}

/// Rounds in which all cases of an engine are measured one after the other, so
/// that a busy moment of the machine meets all of them.
const ROUNDS: u32 = 3;

async fn sqlite(table: &mut Table, folder: &Path, extent: Extent) -> Result<()> {
    let mut bare: [Measured; 4] = Default::default();
    let [mut one, mut many, mut spread] = [const { Measured::NONE }; 3];
    let mut ours = Ours::on_file(&folder.join("ledger.sqlite"), SMALL).await?;
    let time = extent.time / ROUNDS;
    for _ in 0..ROUNDS {
        for (case, measured) in BARE_SQLITE.iter().zip(&mut bare) {
            measured.add(bare_sqlite::measure(folder, case, time).await?);
        }
        one.add(ours.measure(1, Spread::Hot, time).await?);
        many.add(ours.measure(64, Spread::Hot, time).await?);
        spread.add(ours.measure(64, Spread::Others, time).await?);
    }
    ours.fill_to_the_cap().await?;
    let mut rows = table.engine("SQLite");
    for (case, measured) in BARE_SQLITE.iter().zip(&bare) {
        rows.rate(
            case.name,
            measured,
            Some(rates(measured, &bare[0], "the first")),
        );
    }
    let bare = &bare[1];
    rows.rate(
        "ours, 1 caller",
        &one,
        Some(rates(&one, bare, "bare, one a commit")),
    );
    let goal = rates(&many, bare, "bare, one a commit").at_least(15.0);
    rows.rate("ours, 64 callers", &many, Some(goal));
    let goal = waits(&many, bare, 99, "bare, one a commit").at_most(3.0);
    rows.comparison("ours, 64 callers, p99", goal);
    let goal = rates(&spread, &many, "the hot account");
    rows.rate("ours, 64 callers, 10 accounts", &spread, Some(goal));
    Ok(())
}

async fn postgres(table: &mut Table, server: &Postgres, extent: Extent) -> Result<()> {
    server.create_database("bare")?;
    server.create_database("ours")?;
    let (bare_url, url) = (server.url("bare"), server.url("ours"));
    let mut bare: [Measured; 5] = Default::default();
    let [mut one, mut hot, mut spread, mut two, mut hot64, mut two64] =
        [const { Measured::NONE }; 6];
    let mut ours = Ours::on_server(&url, LARGE).await?;
    let time = extent.time / ROUNDS;
    for _ in 0..ROUNDS {
        for (case, measured) in BARE_POSTGRES.iter().zip(&mut bare) {
            measured.add(bare_postgres::measure(&bare_url, case, time).await?);
        }
        one.add(ours.measure(1, Spread::Hot, time).await?);
        hot.add(ours.measure(32, Spread::Hot, time).await?);
        spread.add(ours.measure(32, Spread::Others, time).await?);
        two.add(ours.measure_two(&url, 32, time).await?);
        hot64.add(ours.measure(64, Spread::Hot, time).await?);
        two64.add(ours.measure_two(&url, 64, time).await?);
    }
    ours.fill_to_the_cap().await?;
    let mut rows = table.engine("PostgreSQL");
    for (case, measured) in BARE_POSTGRES.iter().zip(&bare) {
        rows.rate(
            case.name,
            measured,
            Some(rates(measured, &bare[1], "hot row, 32 clients")),
        );
    }
    let goal = rates(&one, &bare[0], "bare, 1 client");
    rows.rate("ours, hot, 1 caller", &one, Some(goal));
    let goal = rates(&hot, &bare[1], "bare, hot row, 32 clients").at_least(20.0);
    rows.rate("ours, hot, 32 callers", &hot, Some(goal));
    rows.rate("ours, 1,000 accounts, 32 callers", &spread, None);
    let goal = rates(&hot, &spread, "1,000 accounts").at_least(0.8);
    rows.comparison("ours, hot, 32 callers", goal);
    let goal = rates(&two, &hot, "one program").at_least(1.0);
    rows.rate("ours, hot, 2 programs of 16 callers", &two, Some(goal));
    rows.rate("ours, hot, 64 callers", &hot64, None);
    let goal = rates(&two64, &hot64, "one program").at_least(1.0);
    rows.rate("ours, hot, 2 programs of 32 callers", &two64, Some(goal));
    Ok(())
}

/// Gives the sentences on the sizes.
async fn reads(table: &mut Table, folder: &Path, extent: Extent) -> Result<String> {
    let path = folder.join("growing.sqlite");
    let ours = Ours::on_file(&path, SMALL).await?;
    let mut growing = Growing::new(ours.ledger).await?;
    let mut first: Option<reads::Reads> = None;
    let mut before = None;
    let mut sizes = String::new();
    for &activities in extent.activities {
        growing.grow_to(activities).await?;
        let size = reads::size_of_file(&path)?;
        if let Some((fewer, smaller)) = before.replace((activities, size)) {
            let each = (size - smaller) / (activities - fewer);
            sizes = format!("SQLite: {each} bytes an activity, from {fewer} to {activities}.");
        }
        let found = growing.measure().await?;
        let first = first.get_or_insert_with(|| found.clone());
        let mut rows = table.engine("SQLite");
        for (what, found, first) in [
            ("balance", &found.balance, &first.balance),
            ("verdict", &found.verdict, &first.verdict),
        ] {
            let case = format!("{what}, {activities} activities");
            let goal = waits(found, first, 50, "the first").at_most(1.5);
            rows.wait(&case, found, goal);
        }
    }
    Ok(sizes)
}

fn rates(ours: &Measured, other: &Measured, beside: &'static str) -> Comparison {
    Comparison::new(beside, ours.rate() / other.rate())
}

fn waits(ours: &Measured, other: &Measured, percent: usize, beside: &'static str) -> Comparison {
    Comparison::new(beside, ours.wait_us(percent) / other.wait_us(percent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn everything_is_measured_and_every_sum_agrees() {
        if worker::is_done().await.expect("the worker works") {
            return;
        }
        bench(QUICK).await.expect("the bench runs");
    }
}
