//! Calls of cargo, and where its results land.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// `cargo` in the top directory of the source tree.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(platen_lab::root());
    // Set by `cargo run` for this program alone; tests must not take them for their own.
    for (key, _) in std::env::vars_os() {
        let name = key.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&key);
        }
    }
    command
}

/// Builds every program of the workspace, and what else `more` names.
///
/// # Errors
/// When something does not build.
pub(crate) fn build(more: &[&str]) -> Result<()> {
    let status = cargo()
        .args(["build", "--workspace", "--locked", "--bins"])
        .args(more)
        .status()
        .context("starting cargo")?;
    ensure!(status.success(), "the workspace does not build");
    Ok(())
}

/// The directory that holds the results of every profile.
///
/// # Errors
/// When this program can't be found.
pub(crate) fn target() -> Result<PathBuf> {
    let programs = programs()?;
    let target = programs.parent().context("programs are below target")?;
    Ok(target.to_owned())
}

/// The directory that [`build`] puts programs into: the one this program was built into.
///
/// # Errors
/// When this program can't be found.
pub(crate) fn programs() -> Result<PathBuf> {
    let own = std::env::current_exe().context("looking for this program")?;
    Ok(own
        .parent()
        .context("a program has a directory")?
        .to_owned())
}
