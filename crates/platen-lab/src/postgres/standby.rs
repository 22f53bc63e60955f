//! A second server that has every commit before its client hears of it, and takes over.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::{Postgres, PostgresOptions, files};
use crate::finish;

impl Postgres {
    /// Makes a copy of this server in `directory` that follows it, and lets every further commit
    /// here wait until that standby, known as `name`, has it on its disk.
    ///
    /// Without the standby no commit returns.
    ///
    /// # Errors
    /// When the copy can't be made, or does not follow.
    pub fn standby(&self, directory: &Path, name: &str) -> Result<Self> {
        files::check_path(directory)?;
        files::own(directory, &self.user)?;
        let mut copy = self.command("pg_basebackup")?;
        copy.arg("--pgdata")
            .arg(files::data(directory))
            .args(["--write-recovery-conf", "--wal-method=stream"])
            .args(["--checkpoint=fast", "--no-sync"])
            .env("PGAPPNAME", name);
        finish(&mut copy).context("copying the cluster")?;
        let options = PostgresOptions {
            settings: String::new(),
            tcp: self.tcp,
        };
        let standby = Self::configure_and_launch(directory, &options, self.user.clone())?;
        // After the copy, so that the standby itself waits for nobody once it is promoted.
        self.psql(&format!(
            "ALTER SYSTEM SET synchronous_standby_names = '\"{name}\"'"
        ))?;
        self.psql("SELECT pg_reload_conf()")?;
        let state =
            format!("SELECT sync_state FROM pg_stat_replication WHERE application_name = '{name}'");
        self.await_answer(&state, "sync")?;
        Ok(standby)
    }

    /// Makes a standby a server that takes writes.
    ///
    /// # Errors
    /// When it is none.
    pub fn promote(&self) -> Result<()> {
        let promoted = self.psql("SELECT pg_promote(wait => true, wait_seconds => 60)")?;
        ensure!(promoted == "t", "the standby was not promoted");
        self.await_answer("SELECT pg_is_in_recovery()", "f")
    }
}
