//! A PostgreSQL of its own: the real server of this machine, its cluster in one directory.

mod crash;
mod files;
mod standby;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::geteuid;

use crate::{Process, Signal, User, finish, free_port, output, wait_until};

const READY: Duration = Duration::from_secs(60);
/// How long a server that was asked to stop may write what it has in memory.
const STOP: Duration = Duration::from_secs(60);
/// The administrator of each cluster, whom everybody who reaches the server is let in as.
const ADMINISTRATOR: &str = "platen";

/// What differs from a plain cluster.
#[derive(Clone, Debug, Default)]
pub struct PostgresOptions {
    /// Further lines of postgresql.conf.
    pub settings: String,
    /// Whether to listen on a port of the loopback address as well as on a socket.
    pub tcp: bool,
}

/// A running PostgreSQL, durable as PostgreSQL is by default: every acknowledged commit is on the
/// disk.
///
/// It refuses to run as root, so root runs it as the user `postgres`, whom Debian's package makes,
/// and everyone else as himself. Whoever reaches its socket or port is let in without a password.
#[derive(Debug)]
pub struct Postgres {
    directory: PathBuf,
    tcp: bool,
    port: u16,
    user: User,
    process: Process,
}

impl Postgres {
    /// Makes a cluster in `directory`, which becomes the server's own, and starts it; a cluster that
    /// is there already is started again.
    ///
    /// # Errors
    /// When PostgreSQL is missing ([`crate::setup::ensure`] installs it), finds a fault in `options`,
    /// or does not come up.
    pub fn start(directory: &Path, options: &PostgresOptions) -> Result<Self> {
        let user = server_user()?;
        files::check_path(directory)?;
        files::own(directory, &user)?;
        if !files::data(directory).join("PG_VERSION").exists() {
            let mut initdb = program("initdb", directory, &user)?;
            initdb
                .arg(files::data(directory))
                .args(["--no-sync", "--data-checksums", "--auth=trust"])
                .args(["--encoding=UTF8", "--locale=C.UTF-8"])
                .arg(format!("--username={ADMINISTRATOR}"));
            finish(&mut initdb).context("making the cluster")?;
        }
        Self::configure_and_launch(directory, options, user)
    }

    fn configure_and_launch(
        directory: &Path,
        options: &PostgresOptions,
        user: User,
    ) -> Result<Self> {
        // Another process may take the free port before PostgreSQL does.
        let mut attempts = 5;
        loop {
            let port = if options.tcp { free_port()? } else { 5432 };
            files::configure(directory, options, port)?;
            attempts -= 1;
            match launch(directory, port, &user) {
                Ok(process) => {
                    return Ok(Self {
                        directory: directory.to_owned(),
                        tcp: options.tcp,
                        port,
                        user,
                        process,
                    });
                }
                Err(_) if options.tcp && attempts > 0 => {}
                Err(problem) => return Err(problem),
            }
        }
    }

    /// The URL of `database` for clients, over TCP when the server listens on a port.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        Self::url_of(&[self], database)
    }

    /// The URL by which clients find whichever of `servers` takes writes.
    #[must_use]
    pub fn url_of(servers: &[&Self], database: &str) -> String {
        let places: Vec<String> = servers
            .iter()
            .map(|server| format!("{}:{}", server.host().replace('/', "%2F"), server.port))
            .collect();
        let mut url = format!(
            "postgresql://{ADMINISTRATOR}@{}/{database}",
            places.join(",")
        );
        if servers.len() > 1 {
            url.push_str("?target_session_attrs=read-write");
        }
        url
    }

    /// Where clients reach it: the loopback address, or the directory of its socket.
    #[must_use]
    pub fn host(&self) -> String {
        if self.tcp {
            "127.0.0.1".to_owned()
        } else {
            self.directory.display().to_string()
        }
    }

    /// Its port; part of the socket's name when it listens on nothing else.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The directory that holds everything this server owns.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The process, to signal or to look at its log.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// A program of PostgreSQL (psql, pg_dump, pg_restore …) about to run against this server as its
    /// administrator. It runs as the server's user, so it can't write what belongs to another.
    ///
    /// # Errors
    /// When PostgreSQL is missing.
    pub fn command(&self, name: &str) -> Result<Command> {
        let mut command = program(name, &self.directory, &self.user)?;
        command
            .env("PGHOST", &self.directory)
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", ADMINISTRATOR)
            .env("PGDATABASE", "postgres");
        Ok(command)
    }

    /// Runs `sql` in the database `postgres` and returns its rows, one a line, `|` between columns.
    ///
    /// # Errors
    /// When a statement fails, with what PostgreSQL says.
    pub fn psql(&self, sql: &str) -> Result<String> {
        self.psql_in("postgres", sql)
    }

    /// As [`Postgres::psql`], in `database`.
    ///
    /// # Errors
    /// As for [`Postgres::psql`].
    pub fn psql_in(&self, database: &str, sql: &str) -> Result<String> {
        let mut psql = self.command("psql")?;
        psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"])
            .args(["--set=ON_ERROR_STOP=1", "--dbname", database])
            .args(["--command", sql]);
        Ok(finish(&mut psql)?.trim_end().to_owned())
    }

    /// Makes an empty database.
    ///
    /// # Errors
    /// When there is one of that name.
    pub fn create_database(&self, name: &str) -> Result<()> {
        finish(self.command("createdb")?.arg(name)).map(|_| ())
    }

    /// Stops the server as `systemctl stop` does: sessions end, everything is written.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop(&mut self) -> Result<()> {
        if self.process.is_running() {
            self.process.signal(Signal::INT)?;
            self.process.wait(STOP)?;
        }
        Ok(())
    }

    /// Starts the server on the same files and port, after stopping it if it runs; after
    /// [`Postgres::kill`] it recovers.
    ///
    /// # Errors
    /// When it does not stop, or not come up again.
    pub fn restart(&mut self) -> Result<()> {
        self.stop()?;
        self.process = launch(&self.directory, self.port, &self.user)?;
        Ok(())
    }

    /// Waits until `sql` answers `wanted`.
    fn await_answer(&self, sql: &str, wanted: &str) -> Result<()> {
        wait_until(&format!("{wanted:?} from {sql}"), READY, || {
            self.psql(sql).is_ok_and(|answer| answer == wanted)
        })
    }
}

fn server_user() -> Result<User> {
    if geteuid().is_root() {
        User::ensure("postgres")
    } else {
        User::current()
    }
}

/// `name`, one of PostgreSQL's programs, about to run as `user`, unmoved by what the environment
/// says about other servers.
fn program(name: &str, directory: &Path, user: &User) -> Result<Command> {
    let path = files::programs()?.join(name);
    let path = path.to_str().context("PostgreSQL's directory is no text")?;
    let mut command = user.command(path, directory);
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("PG") {
            command.env_remove(&variable);
        }
    }
    command.env("LC_ALL", "C.UTF-8");
    Ok(command)
}

fn launch(directory: &Path, port: u16, user: &User) -> Result<Process> {
    let mut server = program("postgres", directory, user)?;
    server.arg("-D").arg(files::data(directory));
    // What a dropped guard leaves is thrown away: QUIT ends at once, and unlike KILL tidily.
    let log = directory.join("server.log");
    let mut process = Process::start_ended_by("QUIT", &server, &log)?;
    let mut ready = program("pg_isready", directory, user)?;
    ready
        .arg(format!("--host={}", directory.display()))
        .arg(format!("--port={port}"));
    let identity = files::data(directory).join("postmaster.pid");
    let own = process.pid().to_string();
    process.wait_ready(READY, || {
        // Not the server that was there before.
        std::fs::read_to_string(&identity).is_ok_and(|text| text.lines().next() == Some(&own))
            && output(&mut ready).is_ok_and(|said| said.status.success())
    })?;
    Ok(process)
}
