//! Platen's programs for Windows.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use super::Cross;

/// The packages that they are built from.
pub(crate) const PACKAGES: [&str; 3] = ["platen", "platenctl", "platen-estimate"];

/// The profile of what people download: each program brings its libraries, and a cabinet does
/// not notice that they are the same.
const SMALL: &str = "small";

/// How programs are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Fast to build.
    Debug,
    /// For people, small.
    Release,
}

impl Cross {
    /// Builds them, unless they are to be taken as they are, and says in which directory they
    /// are: with the library that finds the system's web view, which Tauri puts there.
    ///
    /// # Errors
    /// When they do not build.
    pub(crate) fn programs(&self, kind: Kind, build: bool) -> Result<PathBuf> {
        if build {
            let mut cargo = self.cargo();
            cargo.args(["build", "--locked", "--target", self.target.triple()]);
            for package in PACKAGES {
                cargo.args(["--package", package]);
            }
            if kind == Kind::Release {
                // Without the feature Tauri takes it for a run by its developer.
                cargo.args(["--profile", SMALL, "--features", "platen/custom-protocol"]);
            }
            let status = cargo.status().context("starting cargo")?;
            ensure!(status.success(), "the programs for Windows do not build");
        }
        Ok(self.results(match kind {
            Kind::Debug => "debug",
            Kind::Release => SMALL,
        }))
    }
}
