//! `cargo xtask tidy`: the rules of the source tree that no compiler checks.

mod imports;
mod sources;

use anyhow::{Result, ensure};

/// Checks every rule.
///
/// # Errors
/// With one line for each fault found.
pub(crate) fn run() -> Result<()> {
    let mut faults = imports::faults()?;
    faults.extend(sources::faults()?);
    ensure!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
    println!("tidy: no faults");
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_source_tree_keeps_its_rules() {
        if let Err(problem) = super::run() {
            panic!("{problem:#}");
        }
    }
}
