//! Reservations for each second.

use anyhow::Result;
use platen_lab::finish;

use super::Extent;
use crate::cargo::cargo;

/// The table that the ledger's own example prints: the engines bare, and ours beside them.
pub(super) fn measure(debug: bool, extent: Extent) -> Result<String> {
    let mut example = cargo();
    example.args(["run", "--quiet", "--locked", "--package", "platen-ledger"]);
    if !debug {
        example.arg("--release");
    }
    example.args(["--example", "bench", "--"]);
    match extent {
        Extent::Quick => example.arg("--quick"),
        Extent::Usual => &mut example,
        Extent::Long => example.arg("--long"),
    };
    finish(&mut example)
}
