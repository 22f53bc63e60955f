//! Where the gate finds its keys and notes what it has used.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The variable that moves everything into one directory, for a private
/// spooler. cupsd passes a backend only what its own configuration names.
pub const DIRECTORY_VARIABLE: &str = "PLATEN_GATE_DIR";

/// Printer backends run as this user unless the configuration names another.
const DEFAULT_RUN_AS: &str = "lp";

/// The gate's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// One file per trusted key.
    pub authorities: PathBuf,
    /// One file per approval that was used.
    pub used: PathBuf,
    /// What was drawn on leases, and the latest time that was seen.
    pub leases: PathBuf,
    /// The secret key of this computer's gate.
    pub machine_key: PathBuf,
    /// Its public half, which everybody may read.
    pub machine_public: PathBuf,
    /// Where the gate is asked for the receipt of a lease.
    pub socket: PathBuf,
    /// `run_as = USER`, `estimator = PROGRAM`; need not exist.
    pub configuration: PathBuf,
}

impl Places {
    /// The places of this computer, or those that [`DIRECTORY_VARIABLE`] names.
    #[must_use]
    pub fn from_environment() -> Self {
        env::var_os(DIRECTORY_VARIABLE)
            .filter(|directory| !directory.is_empty())
            .map_or_else(Self::of_this_computer, |directory| {
                Self::below(Path::new(&directory))
            })
    }

    /// `/etc/platen/gate` and `/var/lib/platen/gate`.
    #[must_use]
    pub fn of_this_computer() -> Self {
        let kept = Self::below(Path::new("/var/lib/platen/gate"));
        Self {
            used: kept.used,
            leases: kept.leases,
            machine_key: kept.machine_key,
            socket: PathBuf::from("/run/platen/gate.sock"),
            ..Self::below(Path::new("/etc/platen/gate"))
        }
    }

    /// Everything below one directory.
    #[must_use]
    pub fn below(directory: &Path) -> Self {
        Self {
            authorities: directory.join("authorities"),
            used: directory.join("used"),
            leases: directory.join("leases"),
            machine_key: directory.join("machine.key"),
            machine_public: directory.join("machine.pub"),
            socket: directory.join("gate.sock"),
            configuration: directory.join("gate.conf"),
        }
    }

    /// The program that counts documents, if the configuration names it.
    #[must_use]
    pub fn estimator(&self) -> Option<PathBuf> {
        let text = fs::read_to_string(&self.configuration).ok()?;
        setting(&text, "estimator").map(PathBuf::from)
    }

    /// The user that printer backends run as. *Source*: `User` in
    /// cups-files.conf, which names whom cupsd runs them as.
    #[must_use]
    pub fn run_as(&self) -> String {
        fs::read_to_string(&self.configuration)
            .ok()
            .and_then(|text| setting(&text, "run_as"))
            .unwrap_or_else(|| DEFAULT_RUN_AS.to_owned())
    }
}

fn setting(text: &str, name: &str) -> Option<String> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backends_run_as_lp_unless_configured() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::below(dir.path());
        assert_eq!(places.run_as(), "lp");
        fs::write(&places.configuration, "# of this site\nrun_as = printing\n").unwrap();
        assert_eq!(places.run_as(), "printing");
    }
}
