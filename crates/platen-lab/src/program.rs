//! Programs put where others run them.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::finish;

/// Copies the program `from` to `to` with the permissions `mode`.
///
/// Another process writes the copy: a file that this one had open for writing
/// could be inherited by a child that a parallel test starts in that moment, and
/// then can't be run (ETXTBSY).
///
/// # Errors
/// When it can't be copied. Source: execve(2).
pub fn install_program(from: &Path, to: &Path, mode: u32) -> Result<()> {
    let mut install = Command::new("install");
    install.args(["-m", &format!("{mode:o}")]);
    finish(install.arg("--").args([from, to])).map(|_| ())
}

/// Writes `content` as a program to `path` with the permissions `mode`.
///
/// # Errors
/// As for [`install_program`].
pub fn write_program(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    let draft = path.with_extension("draft");
    fs::write(&draft, content)?;
    let installed = install_program(&draft, path, mode);
    fs::remove_file(&draft)?;
    installed
}
