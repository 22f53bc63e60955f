//! The real development provider (npm `oidc-provider`), one for each test.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A running provider, stopped when dropped.
pub(crate) struct Provider {
    child: Child,
    pub(crate) issuer: String,
}

impl Provider {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts it with settings of its environment, such as lifetimes.
    pub(crate) fn start_with(settings: &[(&str, &str)]) -> Self {
        let folder = folder();
        let mut child = Command::new("node")
            .arg("openid-provider.mjs")
            .current_dir(&folder)
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node is installed (Debian package nodejs)");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let issuer = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("issuer ").map(str::to_owned))
            .expect("the provider says where it is");
        Self { child, issuer }
    }

    /// Stops (`STOP`) or continues (`CONT`) it, as if the network were gone.
    pub(crate) fn signal(&self, signal: &str) {
        self::signal(&self.child.id().to_string(), signal);
    }

    pub(crate) fn stop(self) {}
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn signal(process: &str, signal: &str) {
    let status = Command::new("kill")
        .args([&format!("-{signal}"), process])
        .status()
        .unwrap();
    assert!(status.success());
}

/// The provider's folder, with its packages installed once for all tests.
fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/provider");
    let lock =
        std::fs::File::create(std::env::temp_dir().join("platen-provider-install.lock")).unwrap();
    lock.lock().unwrap();
    if !folder
        .join("node_modules/oidc-provider/package.json")
        .exists()
    {
        let status = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            .stdout(Stdio::null())
            .status()
            .expect("npm is installed (Debian package npm)");
        assert!(status.success(), "npm ci failed");
    }
    folder
}
