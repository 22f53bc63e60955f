//! Reservations for each second.

use anyhow::Result;
use platen_lab::finish;

use crate::cargo::cargo;

/// The table that the ledger's own example prints: one by one and concurrent, beside a bare SQLite
/// transaction on the same disk.
pub(super) fn measure(debug: bool) -> Result<String> {
    let mut example = cargo();
    example.args(["run", "--quiet", "--locked", "--package", "platen-ledger"]);
    if !debug {
        example.arg("--release");
    }
    finish(example.args(["--example", "reservations"]))
}
