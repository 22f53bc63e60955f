//! A private cupsd: the real print server of this machine, with everything it owns in one directory.

mod files;

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::process::search_path;
use crate::{Process, finish, install_program, output, wait_for, write_program};

/// The longest path of a UNIX socket: `sun_path` of `sockaddr_un` less its final zero byte.
const LONGEST_SOCKET_PATH: usize = 107;
const READY: Duration = Duration::from_secs(20);
const DRIVER: Duration = Duration::from_secs(20);
const DRIVER_NAME: &str = "printer-make-and-model=";
/// The `printer-make-and-model` of a queue that has no driver, or none yet.
const NO_DRIVER: &str = "Local Raw Printer";

/// A backend to install beside the system's own.
#[derive(Clone, Debug)]
pub struct Backend {
    /// The scheme of its device URIs.
    pub name: String,
    /// The program; it is copied.
    pub program: PathBuf,
    /// Its file mode: 0755 runs as `lp`, 0700 runs as root (when cupsd does).
    pub mode: u32,
}

/// What differs from a plain private cupsd.
#[derive(Clone, Debug)]
pub struct CupsdOptions {
    /// Backends beside the system's own and `tofile`.
    pub backends: Vec<Backend>,
    /// Variables that cupsd, its backends, filters and notifiers see, such as
    /// `DBUS_SYSTEM_BUS_ADDRESS` for the dbus notifier.
    pub environment: Vec<(String, String)>,
    /// Instead of the usual `<Location />` and `<Policy default>`.
    pub policies: Option<String>,
    /// Further lines of cupsd.conf.
    pub directives: String,
    /// A TCP port of the loopback address to listen on as well.
    pub port: Option<u16>,
    /// Whether a finished job's documents stay: without them a cancelled job can't come back.
    pub preserve_job_files: bool,
}

impl Default for CupsdOptions {
    fn default() -> Self {
        Self {
            backends: Vec::new(),
            environment: Vec::new(),
            policies: None,
            directives: String::new(),
            port: None,
            preserve_job_files: true,
        }
    }
}

/// A running cupsd. As root it prints as `lp` and knows every user by the socket's credentials; as
/// an ordinary user it runs as that user alone.
#[derive(Debug)]
pub struct Cupsd {
    directory: PathBuf,
    options: CupsdOptions,
    process: Process,
}

impl Cupsd {
    /// Starts cupsd in `directory`; queues and jobs that an earlier one left there are still known.
    ///
    /// # Errors
    /// When cupsd is missing, finds a fault in `options`, or does not come up.
    pub fn start(directory: &Path, options: CupsdOptions) -> Result<Self> {
        let socket = directory.join("run/cups.sock");
        ensure!(
            socket.as_os_str().len() <= LONGEST_SOCKET_PATH,
            "{} is too long for a UNIX socket",
            socket.display()
        );
        prepare(directory, &options).with_context(|| format!("in {}", directory.display()))?;
        let mut check = cupsd_command(directory, &options);
        finish(check.arg("-t")).context("cupsd refuses its configuration")?;
        let process = launch(directory, &options)?;
        Ok(Self {
            directory: directory.to_owned(),
            options,
            process,
        })
    }

    /// Stops cupsd in an orderly way and starts it again on the same files.
    ///
    /// # Errors
    /// When it does not stop, or not come up again.
    pub fn restart(&mut self) -> Result<()> {
        self.stop()?;
        self.start_again()
    }

    /// Stops cupsd as `systemctl stop` does.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop(&mut self) -> Result<()> {
        self.process.stop()
    }

    /// Kills cupsd without any chance to write what it has in memory.
    ///
    /// # Errors
    /// When it is not running.
    pub fn kill9(&mut self) -> Result<()> {
        self.process.kill9()
    }

    /// Starts cupsd after [`Cupsd::stop`] or [`Cupsd::kill9`] on the same files.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_again(&mut self) -> Result<()> {
        self.process = launch(&self.directory, &self.options)?;
        Ok(())
    }

    /// The process, to signal or to look at.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// The directory that holds everything this cupsd owns.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The UNIX socket it listens on.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.directory.join("run/cups.sock")
    }

    /// Its `ServerRoot`: cupsd.conf, printers.conf, ppd.
    #[must_use]
    pub fn server_root(&self) -> PathBuf {
        self.directory.join("etc")
    }

    /// Its `ServerBin`: the directory whose `backend` holds the backends it may use.
    #[must_use]
    pub fn server_bin(&self) -> PathBuf {
        self.directory.join("bin")
    }

    /// Where printed documents land that went to [`Cupsd::sink_uri`]: `JOB.prn` and `JOB.args`.
    #[must_use]
    pub fn sink(&self) -> PathBuf {
        self.directory.join("out")
    }

    /// The device URI of a printer that writes documents to [`Cupsd::sink`] unchanged.
    #[must_use]
    pub fn sink_uri(&self) -> String {
        format!("tofile:{}", self.sink().display())
    }

    /// What cupsd wrote to its error log.
    #[must_use]
    pub fn error_log(&self) -> String {
        let log = fs::read(self.directory.join("log/error_log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// The variables that lead CUPS programs and libraries to this cupsd.
    #[must_use]
    pub fn env(&self) -> Vec<(String, String)> {
        vec![
            (
                "CUPS_SERVER".to_owned(),
                self.socket().display().to_string(),
            ),
            (
                "CUPS_SERVERROOT".to_owned(),
                self.server_root().display().to_string(),
            ),
        ]
    }

    /// `program` (lp, lpadmin, lpstat, cancel …) about to run against this cupsd.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .envs(self.env())
            .env("PATH", search_path())
            .env("LC_ALL", "C.UTF-8");
        command
    }

    /// Runs lpadmin, such as `["-p", "Library", "-E", "-v", URI, "-m", "everywhere"]`.
    ///
    /// # Errors
    /// When it fails, with what it said; when cupsd makes no driver for a printer that it is to ask.
    pub fn lpadmin(&self, arguments: &[&str]) -> Result<()> {
        finish(self.command("lpadmin").args(arguments))?;
        let value_of = |option| {
            let at = arguments.iter().position(|word| *word == option)?;
            arguments.get(at + 1).copied()
        };
        match (value_of("-m"), value_of("-p")) {
            (Some("everywhere"), Some(queue)) => self.wait_for_driver(queue),
            _ => Ok(()),
        }
    }

    /// cupsd asks the printer after lpadmin was answered, and aborts what is printed before that.
    fn wait_for_driver(&self, queue: &str) -> Result<()> {
        wait_for("the driver of a queue", DRIVER, || {
            let said = finish(self.command("lpoptions").args(["-p", queue]))?;
            let has_one = said.contains(DRIVER_NAME) && !said.contains(NO_DRIVER);
            Ok(has_one.then_some(()))
        })
    }

    /// Prints `file` with lp as the user this process runs as, and returns the job's number.
    ///
    /// # Errors
    /// When lp fails, with what it said.
    pub fn lp(&self, queue: &str, file: &Path, arguments: &[&str]) -> Result<i32> {
        self.lp_with(self.command("lp"), queue, file, arguments)
    }

    /// As [`Cupsd::lp`], with `lp` prepared to run as another user.
    ///
    /// # Errors
    /// When lp fails, with what it said.
    pub fn lp_with(
        &self,
        mut lp: Command,
        queue: &str,
        file: &Path,
        arguments: &[&str],
    ) -> Result<i32> {
        lp.envs(self.env()).env("LC_ALL", "C.UTF-8");
        let said = finish(lp.args(["-d", queue]).args(arguments).arg("--").arg(file))?;
        // "request id is QUEUE-17 (1 file(s))"
        said.split_whitespace()
            .find_map(|word| word.strip_prefix(queue)?.strip_prefix('-')?.parse().ok())
            .with_context(|| format!("lp answered without a job number: {said}"))
    }
}

fn prepare(directory: &Path, options: &CupsdOptions) -> Result<()> {
    for part in [
        "etc/ppd",
        "run",
        "cache/rss",
        "spool/tmp",
        "log",
        "bin",
        "out",
    ] {
        fs::create_dir_all(directory.join(part))?;
    }
    for part in ["", "etc", "run", "bin", "out", "log"] {
        fs::set_permissions(directory.join(part), fs::Permissions::from_mode(0o755))?;
    }
    install_programs(directory, options)?;
    let account = files::Account::of_this_process()?;
    if account.root {
        let (user, group) = account.ids()?;
        chown(directory.join("out"), Some(user), Some(group))?;
    }
    for (name, text) in [
        ("cupsd.conf", files::cupsd_conf(directory, options)),
        (
            "cups-files.conf",
            files::cups_files_conf(directory, options, &account),
        ),
    ] {
        let path = directory.join("etc").join(name);
        fs::write(&path, text)?;
        // cupsd refuses files that its group or others may write.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640))?;
    }
    Ok(())
}

/// Links the system's programs into a directory of this cupsd's own, so that backends can be added.
fn install_programs(directory: &Path, options: &CupsdOptions) -> Result<()> {
    for kind in [
        "backend", "filter", "notifier", "cgi-bin", "daemon", "driver", "monitor",
    ] {
        let own = directory.join("bin").join(kind);
        fs::create_dir_all(&own)?;
        let Ok(entries) = fs::read_dir(Path::new("/usr/lib/cups").join(kind)) else {
            continue;
        };
        for entry in entries {
            let entry = entry?;
            if kind == "backend" && searches_the_network(&entry.file_name().to_string_lossy()) {
                continue;
            }
            match std::os::unix::fs::symlink(entry.path(), own.join(entry.file_name())) {
                Err(problem) if problem.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(problem.into());
                }
                _ => {}
            }
        }
    }
    let backends = directory.join("bin/backend");
    write_program(
        &backends.join("tofile"),
        include_bytes!("scripts/backend-tofile.sh"),
        0o755,
    )?;
    for backend in &options.backends {
        install_program(
            &backend.program,
            &backends.join(&backend.name),
            backend.mode,
        )?;
    }
    Ok(())
}

fn searches_the_network(backend: &str) -> bool {
    ["dnssd", "mdns", "snmp", "usb"].contains(&backend) || backend.starts_with("driverless")
}

fn cupsd_command(directory: &Path, options: &CupsdOptions) -> Command {
    let mut command = Command::new(files::cupsd_program(directory));
    command
        .arg("-c")
        .arg(directory.join("etc/cupsd.conf"))
        .arg("-s")
        .arg(directory.join("etc/cups-files.conf"))
        .envs(options.environment.iter().cloned());
    command
}

fn launch(directory: &Path, options: &CupsdOptions) -> Result<Process> {
    let mut command = cupsd_command(directory, options);
    command.arg("-f");
    let mut process = Process::start(&command, &directory.join("log/output"))?;
    let socket = directory.join("run/cups.sock");
    process.wait_ready(READY, || {
        let mut lpstat = Command::new("lpstat");
        lpstat.arg("-r").env("CUPS_SERVER", &socket);
        socket.exists()
            && output(lpstat.env("LC_ALL", "C"))
                .is_ok_and(|said| said.stdout.ends_with(b"scheduler is running\n"))
    })?;
    Ok(process)
}
