//! The development OpenID provider: the certified npm package `oidc-provider` with pilot users.

mod login;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::{Process, root};

const READY: Duration = Duration::from_secs(30);

/// A running provider. Any password is accepted on its login page.
#[derive(Debug)]
pub struct Provider {
    issuer: String,
    port: u16,
    log: PathBuf,
    environment: Vec<(String, String)>,
    process: Process,
}

impl Provider {
    /// Starts the provider on a free port, with its log in `directory`.
    ///
    /// `environment` sets lifetimes, such as `PLATEN_PROVIDER_ACCESS_S`: see
    /// tests/provider/openid-provider.mjs.
    ///
    /// # Errors
    /// When Node or its packages are missing ([`crate::setup::ensure`] installs them), or it does
    /// not come up.
    pub fn start(directory: &Path, environment: &[(&str, &str)]) -> Result<Self> {
        let environment: Vec<(String, String)> = environment
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let log = directory.join("provider.log");
        let (process, issuer) = launch(&log, 0, &environment)?;
        let port = issuer
            .rsplit(':')
            .next()
            .and_then(|port| port.parse().ok())
            .unwrap_or(0);
        Ok(Self {
            issuer,
            port,
            log,
            environment,
            process,
        })
    }

    /// Its issuer URL, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Signs `login` in on the provider's login page, as a browser that was sent to `url` would, and
    /// returns the page that the application then shows.
    ///
    /// # Errors
    /// When a page does not answer, or the application refuses.
    pub fn sign_in(&self, url: &str, login: &str) -> Result<String> {
        login::sign_in(url, login)
    }

    /// Takes the provider down.
    ///
    /// # Errors
    /// When it does not end.
    pub fn stop(&mut self) -> Result<()> {
        self.process.stop()
    }

    /// Brings the provider up again under the same issuer. It has forgotten every session and token
    /// unless it was started with `PLATEN_PROVIDER_STATE`.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_again(&mut self) -> Result<()> {
        self.stop()?;
        (self.process, _) = launch(&self.log, self.port, &self.environment)?;
        Ok(())
    }
}

fn launch(log: &Path, port: u16, environment: &[(String, String)]) -> Result<(Process, String)> {
    let script = root().join("tests/provider/openid-provider.mjs");
    ensure!(
        script.with_file_name("node_modules/oidc-provider").exists(),
        "the provider's packages are not installed: `cargo xtask run` and `cargo xtask test` do it"
    );
    let before = std::fs::read_to_string(log).map_or(0, |text| text.len());
    let mut command = Command::new("node");
    command
        .arg(script)
        .arg(port.to_string())
        .envs(environment.iter().cloned());
    let mut process = Process::start(&command, log)?;
    let mut issuer = None;
    let output = process.log_path().to_owned();
    process.wait_ready(READY, || {
        let text = std::fs::read_to_string(&output).unwrap_or_default();
        issuer = text
            .get(before..)
            .and_then(|text| text.rsplit_once('\n'))
            .and_then(|(whole, _)| whole.lines().find_map(|line| line.strip_prefix("issuer ")))
            .map(str::to_owned);
        issuer.is_some()
    })?;
    Ok((process, issuer.unwrap_or_default()))
}
