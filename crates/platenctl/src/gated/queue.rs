//! Queues behind the gate.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::{Args, Subcommand};
use platen_gate::device::SCHEME_PREFIX;
use platen_gate::machine;
use platen_gate::places::Places;
use platen_spooler::{Cups, CupsConfig, Enforcement, Queue};
use serde_json::json;

use super::cups::{self, Server};
use super::policy;
use crate::client;
use crate::replace::replace;
use crate::table::table;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a queue that prints nothing without an approval
    Add(Add),
    /// Remove such a queue, and with the last one all that was installed for it
    Remove {
        /// The queue's name
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        name: Option<String>,
        /// Every managed queue
        #[arg(long)]
        all: bool,
    },
    /// Put this version's gate in the place of an older one, if queues use it
    Refresh,
    /// Show the queues and how sure it is that nothing prints unpaid
    List {
        /// For programs
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// The new queue's name
    name: String,
    /// The printer, such as ipp://printer.example/ipp/print or socket://10.0.0.9
    #[arg(long, required_unless_present = "secure", conflicts_with = "secure")]
    device: Option<String>,
    /// A queue without a printer: documents wait here until released elsewhere
    #[arg(long)]
    secure: bool,
    /// The printer's driver (PPD file)
    #[arg(long, value_name = "FILE", conflicts_with = "everywhere")]
    ppd: Option<PathBuf>,
    /// Ask the printer itself what it can do (IPP Everywhere)
    #[arg(long, conflicts_with = "secure")]
    everywhere: bool,
    /// What people see as the queue's name
    #[arg(long)]
    info: Option<String>,
    /// Where the printer stands
    #[arg(long)]
    location: Option<String>,
}

pub(crate) fn run(command: Command) -> Result<()> {
    let server = Server::from_environment();
    match command {
        Command::Add(add) => self::add(&server, &add),
        Command::Remove { name, .. } => match name {
            Some(name) => remove(&server, &name),
            None => remove_all(&server),
        },
        Command::Refresh => server.refresh_backend(),
        Command::List { json } => list(&server, json),
    }
}

fn add(server: &Server, add: &Add) -> Result<()> {
    let device = real_device(add)?;
    let known = queues()?;
    ensure!(
        known.iter().all(|queue| queue.name != add.name),
        "there is a queue {} already; remove it first or choose another name",
        add.name
    );
    let mut ppd = add.ppd.as_deref().map(absolute).transpose()?;
    let built_in = (device.is_empty() && ppd.is_none())
        .then(built_in_ppd)
        .transpose()?;
    if let Some(file) = &built_in {
        ppd = Some(file.path().display().to_string());
    }
    server.install_backend()?;
    machine::load_or_create(&Places::from_environment())
        .context("the key of this computer's gate can't be made")?;
    let made = make(server, add, &device, ppd.as_deref());
    if made.is_err() {
        // Nothing may be left of a queue that could not be made.
        if queues()?.iter().any(|queue| queue.name == add.name) {
            cups::lpadmin(&["-x", &add.name])?;
        }
        if !known.iter().any(is_gated) {
            uninstall(server)?;
        }
    }
    made?;
    println!(
        "{} is ready: it prints nothing without an approval.",
        add.name
    );
    Ok(())
}

/// What applications may ask for on a queue without a printer. Without it CUPS
/// takes the queue for a one-sided monochrome printer, and `lp` writes that
/// into the jobs.
fn built_in_ppd() -> Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().suffix(".ppd").tempfile()?;
    file.write_all(include_bytes!(
        "../../../../installer/linux/platen-secure.ppd"
    ))?;
    Ok(file)
}

/// The device without `gate:`; empty for a queue without a printer.
fn real_device(add: &Add) -> Result<String> {
    let device = add.device.as_deref().unwrap_or_default();
    let device = device.strip_prefix(SCHEME_PREFIX).unwrap_or(device);
    if device.is_empty() {
        ensure!(!add.everywhere, "a queue without a printer cannot be asked");
        return Ok(String::new());
    }
    let (scheme, rest) = device
        .split_once(':')
        .context("the device is no device URI, such as ipp://printer/ipp/print")?;
    ensure!(
        !scheme.is_empty()
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-'),
        "the device is no device URI, such as ipp://printer/ipp/print"
    );
    let authority = rest.trim_start_matches('/').split('/').next();
    ensure!(
        authority.is_none_or(|host| !host.contains('@')),
        "the device names a user or password, which every user could read; \
         let the printer trust this computer instead"
    );
    Ok(device.to_owned())
}

fn make(server: &Server, add: &Add, device: &str, ppd: Option<&str>) -> Result<()> {
    configure_gate(server)?;
    if server.add_policy()? {
        server.reload()?;
    }
    let policy = format!("printer-op-policy={}", policy::NAME);
    let gated = format!("{SCHEME_PREFIX}{device}");
    let mut options = vec![
        "-p",
        &add.name,
        "-o",
        &policy,
        "-o",
        "job-hold-until-default=indefinite",
        "-o",
        "printer-error-policy=abort-job",
        "-o",
        "printer-is-shared=false",
    ];
    if let Some(info) = &add.info {
        options.extend(["-D", info]);
    }
    if let Some(location) = &add.location {
        options.extend(["-L", location]);
    }
    if let Some(ppd) = ppd {
        options.extend(["-P", ppd]);
    }
    if add.everywhere {
        // The printer must be asked directly; the queue takes no jobs before
        // the gate stands before it.
        options.extend(["-v", device, "-m", "everywhere"]);
        cups::lpadmin(&options)?;
        server.wait_for_driver(&add.name)?;
        cups::lpadmin(&["-p", &add.name, "-v", &gated])?;
    } else {
        options.extend(["-v", &gated]);
        cups::lpadmin(&options)?;
    }
    cups::lpadmin(&["-p", &add.name, "-E"])
}

/// Tells the gate as whom cupsd runs printers' backends, if not as `lp`.
fn configure_gate(server: &Server) -> Result<()> {
    let places = Places::from_environment();
    let Some(text) = gate_configuration(server) else {
        return Ok(());
    };
    if fs::read_to_string(&places.configuration).is_ok() {
        return Ok(());
    }
    if let Some(directory) = places.configuration.parent() {
        fs::create_dir_all(directory)?;
    }
    replace(&places.configuration, text.as_bytes(), 0o644, None)
}

fn gate_configuration(server: &Server) -> Option<String> {
    let conf = fs::read_to_string(&server.files_conf).ok()?;
    let user = policy::directive(&conf, "User")?;
    (user != Places::below(Path::new("/nonexistent")).run_as())
        .then(|| format!("# Written by platenctl.\nrun_as = {user}\n"))
}

fn remove(server: &Server, name: &str) -> Result<()> {
    let known = queues()?;
    let queue = known
        .iter()
        .find(|queue| queue.name == name)
        .with_context(|| format!("there is no queue {name}"))?;
    ensure!(
        is_gated(queue),
        "{name} is not behind the gate, so it is not Platen's to remove"
    );
    cups::lpadmin(&["-x", name])?;
    if !known
        .iter()
        .any(|queue| queue.name != name && is_gated(queue))
    {
        uninstall(server)?;
    }
    println!("{name} is removed.");
    Ok(())
}

/// Where no print server answers there is no queue to remove, only what was
/// installed for some.
fn remove_all(server: &Server) -> Result<()> {
    if std::os::unix::net::UnixStream::connect(cups::socket()).is_ok() {
        for queue in queues()?.iter().filter(|queue| is_gated(queue)) {
            cups::lpadmin(&["-x", &queue.name])?;
            let device = queue.device_uri.as_deref().unwrap_or("no device");
            println!("{} ({device}) is removed.", queue.name);
        }
        return uninstall(server);
    }
    machine::remove_unused(&Places::from_environment())?;
    server.remove_backend()
}

/// Undoes what the first queue needed. Trusted keys stay: they are removed with
/// `authority revoke`; the gate's own stays where something was counted with it.
fn uninstall(server: &Server) -> Result<()> {
    if server.remove_policy()? {
        server.reload()?;
    }
    let configuration = Places::from_environment().configuration;
    let written = fs::read_to_string(&configuration).ok();
    if written.is_some() && written == gate_configuration(server) {
        fs::remove_file(&configuration)?;
    }
    machine::remove_unused(&Places::from_environment())?;
    server.remove_backend()
}

fn list(server: &Server, json: bool) -> Result<()> {
    let queues = queues()?;
    let rows = || queues.iter().map(|queue| (queue, judged(server, queue)));
    if json {
        let list: Vec<_> = rows()
            .map(|(queue, (level, why))| {
                json!({
                    "name": queue.name, "info": queue.info, "level": level, "why": why,
                    "device": queue.device_uri, "prints": queue.is_printer,
                })
            })
            .collect();
        println!("{}", serde_json::to_string_pretty(&list)?);
        return Ok(());
    }
    if queues.is_empty() {
        println!("There are no queues. Make one with: platenctl queue add NAME --device URI");
        return Ok(());
    }
    let rows: Vec<_> = rows()
        .map(|(queue, (level, why))| vec![queue.name.clone(), level.into(), why])
        .collect();
    print!("{}", table(&["QUEUE", "LEVEL", "WHY"], &rows));
    Ok(())
}

/// How sure it is that a queue prints nothing unpaid, and why.
pub(crate) fn judged(server: &Server, queue: &Queue) -> (&'static str, String) {
    if queue.enforcement == Enforcement::Courtesy {
        return ("courtesy", "its users can print without approval".into());
    }
    let backend = server.backend();
    match cups::is_private(&backend) {
        Err(_) => ("broken", "the gate is not installed: nothing prints".into()),
        Ok(false) => ("courtesy", "others may change the gate".into()),
        Ok(true) => match fs::read_to_string(&server.conf) {
            Ok(conf) if !policy::is_in(&conf) => (
                "courtesy",
                "names are believed: the policy is missing".into(),
            ),
            _ if queue.is_printer => ("enforced", "prints only what was approved".into()),
            _ => ("enforced", "holds everything, has no printer".into()),
        },
    }
}

pub(crate) fn is_gated(queue: &Queue) -> bool {
    queue.enforcement == Enforcement::Enforced
}

/// The print server's queues, as this user sees them.
pub(crate) fn queues() -> Result<Vec<Queue>> {
    let cups = Cups::connect(CupsConfig::from_environment(client::user_name()));
    client::runtime()?
        .block_on(cups.queues())
        .context("the print server does not answer; is cups running?")
}

fn absolute(path: &Path) -> Result<String> {
    let path = fs::canonicalize(path)
        .with_context(|| format!("the driver {} cannot be read", path.display()))?;
    path.into_os_string()
        .into_string()
        .map_err(|_| anyhow::anyhow!("the driver's file name is no text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(uri: &str) -> Result<String> {
        real_device(&Add {
            name: "x".into(),
            device: Some(uri.into()),
            secure: false,
            ppd: None,
            everywhere: false,
            info: None,
            location: None,
        })
    }

    #[test]
    fn devices_may_be_written_with_or_without_the_gate() {
        assert_eq!(device("gate:").unwrap(), "");
        assert_eq!(device("gate:ipp://a/b").unwrap(), "ipp://a/b");
        assert_eq!(device("ipp://a/b").unwrap(), "ipp://a/b");
        assert_eq!(device("tofile:/a/b").unwrap(), "tofile:/a/b");
    }

    #[test]
    fn devices_that_are_none_or_carry_a_password_are_refused() {
        for uri in [
            "printer",
            ":x",
            "/dev/lp0",
            "ipp://me:secret@host/",
            "ipp://me@host",
        ] {
            assert!(device(uri).is_err(), "{uri}");
        }
    }
}
