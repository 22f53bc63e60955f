//! What the gate of this computer counted on points of a server.

use anyhow::{Context as _, Result};
use clap::Args;
use jiff::Timestamp;
use platen_gate::counter::{self, Counted};
use platen_gate::places::Places;
use serde_json::json;

use crate::table::table;

/// Show what was printed without network, as the gate counted it
///
/// A server's console shows what the devices reported of the same leases.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// For programs
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let counted = counter::counted(&Places::from_environment())
        .context("what was counted cannot be read; run this as administrator")?;
    if arguments.json {
        let list: Vec<_> = counted
            .iter()
            .map(|one| {
                json!({
                    "lease": one.lease.0, "points": one.drawn.to_string(),
                    "prints": one.prints, "ends": end(one),
                })
            })
            .collect();
        println!("{}", serde_json::to_string_pretty(&list)?);
        return Ok(());
    }
    if counted.is_empty() {
        println!("Nothing was printed here on points of a server.");
        return Ok(());
    }
    let rows: Vec<_> = counted
        .iter()
        .map(|one| {
            let (points, prints) = (one.drawn.to_string(), one.prints.to_string());
            vec![one.lease.0.to_string(), points, prints, end(one)]
        })
        .collect();
    print!("{}", table(&["LEASE", "POINTS", "PRINTS", "ENDS"], &rows));
    Ok(())
}

fn end(counted: &Counted) -> String {
    i64::try_from(counted.ends_unix_s)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map_or_else(|| "never".to_owned(), |end| end.to_string())
}
