//! An IPP Everywhere printer that counts what it prints.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process::search_path;
use crate::{Cupsd, Process, SystemBus, free_port, output, write_program};

const READY: Duration = Duration::from_secs(15);
/// Another process may take the port first; more than a few times in a row is another fault.
const ATTEMPTS: usize = 4;

/// A document that came out of a [`Printer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Print {
    /// Sides that were printed, all copies together, as the printer reported them.
    pub impressions: u32,
    /// Pages of the document as the printer received it.
    pub pages: u32,
    /// Copies asked of the printer itself.
    pub copies: u32,
    /// The IPP `sides` that the printer was asked for, or nothing.
    pub sides: String,
    /// The IPP `print-color-mode`, or nothing.
    pub colour_mode: String,
    /// The IPP `media`, or nothing.
    pub media: String,
    /// The job's name.
    pub name: String,
    /// The user who printed it, as cupsd told.
    pub user: String,
    /// What the printer received.
    pub file: PathBuf,
}

/// How a printer behaves, from the next document on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Behaviour {
    /// The time one side takes.
    pub per_side: Duration,
    /// Jams after that many sides.
    pub fail_after: Option<u32>,
    /// Prints nothing for as long as this is so, also of a document that it has begun.
    pub waits: bool,
}

/// A running `ippeveprinter`: PDF, JPEG and PWG raster, colour and two-sided.
#[derive(Debug)]
pub struct Printer {
    name: String,
    directory: PathBuf,
    port: u16,
    process: Process,
}

impl Printer {
    /// Starts a printer in `directory`; `bus` keeps it away from the machine's own network names.
    ///
    /// # Errors
    /// When ippeveprinter is missing or does not come up.
    pub fn start(directory: &Path, name: &str, bus: &SystemBus) -> Result<Self> {
        fs::create_dir_all(directory.join("spool"))?;
        let engine = directory.join("print-pages");
        write_program(&engine, include_bytes!("scripts/print-pages.sh"), 0o755)?;
        let mut attempt = 1;
        let (port, process) = loop {
            let port = free_port()?;
            match launch(directory, name, bus, port) {
                Ok(process) => break (port, process),
                Err(problem) if attempt == ATTEMPTS => return Err(problem),
                Err(_) => attempt += 1,
            }
        };
        Ok(Self {
            name: name.to_owned(),
            directory: directory.to_owned(),
            port,
            process,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The device URI that a queue for it needs.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("ipp://localhost:{}/ipp/print", self.port)
    }

    /// Adds a plain queue for this printer, named like it, to `cupsd`.
    ///
    /// # Errors
    /// When lpadmin fails.
    pub fn add_to(&self, cupsd: &Cupsd) -> Result<()> {
        cupsd.lpadmin(&[
            "-p",
            &self.name,
            "-E",
            "-v",
            &self.uri(),
            "-m",
            "everywhere",
        ])
    }

    /// Changes how it behaves, from the next document on; whether it waits, at once.
    ///
    /// # Errors
    /// When its directory can't be written.
    pub fn behave(&self, behaviour: Behaviour) -> Result<()> {
        let text = format!(
            "page_seconds={} fail_after={}\n",
            behaviour.per_side.as_secs_f32(),
            behaviour
                .fail_after
                .map(|count| count.to_string())
                .unwrap_or_default()
        );
        let fresh = self.directory.join("behaviour.new");
        fs::write(&fresh, text)?;
        fs::rename(&fresh, self.directory.join("behaviour"))?;
        let wait = self.directory.join("wait");
        if behaviour.waits {
            fs::write(&wait, "")?;
        } else if wait.exists() {
            fs::remove_file(&wait)?;
        }
        Ok(())
    }

    /// Everything it has printed so far, oldest first.
    ///
    /// # Errors
    /// When its log is damaged.
    pub fn prints(&self) -> Result<Vec<Print>> {
        let text = fs::read_to_string(self.directory.join("prints")).unwrap_or_default();
        text.lines()
            .map(|line| parse(line).with_context(|| format!("the printer's log says {line:?}")))
            .collect()
    }

    /// Switches the printer off, as a pulled plug does.
    ///
    /// # Errors
    /// When it does not end.
    pub fn switch_off(&mut self) -> Result<()> {
        self.process.stop()
    }

    /// Switches the printer on again at the same address.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn switch_on(&mut self, bus: &SystemBus) -> Result<()> {
        self.process = launch(&self.directory, &self.name, bus, self.port)?;
        Ok(())
    }
}

fn parse(line: &str) -> Option<Print> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [
        impressions,
        pages,
        copies,
        sides,
        colour_mode,
        media,
        name,
        user,
        file,
    ] = fields[..]
    else {
        return None;
    };
    Some(Print {
        impressions: impressions.parse().ok()?,
        pages: pages.parse().ok()?,
        copies: copies.parse().ok()?,
        sides: sides.to_owned(),
        colour_mode: colour_mode.to_owned(),
        media: media.to_owned(),
        name: name.to_owned(),
        user: user.to_owned(),
        file: PathBuf::from(file),
    })
}

fn launch(directory: &Path, name: &str, bus: &SystemBus, port: u16) -> Result<Process> {
    let mut command = Command::new("ippeveprinter");
    command
        .args(["-2", "-p", &port.to_string(), "-n", "localhost", "-d"])
        .arg(directory.join("spool"))
        .args(["-k", "-r", "off", "-c"])
        .arg(directory.join("print-pages"))
        .args(["-f", "application/pdf,image/jpeg,image/pwg-raster"])
        .args(["-s", "20,10", "-vv", name])
        .env("PATH", search_path())
        .env("PLATEN_LAB_PRINTER", directory)
        .envs(bus.env());
    let mut process = Process::start(&command, &directory.join("log"))?;
    let uri = format!("ipp://localhost:{port}/ipp/print");
    process.wait_ready(READY, || {
        let mut ask = Command::new("ipptool");
        ask.args(["-q", &uri, "get-printer-attributes.test"]);
        output(&mut ask).is_ok_and(|answer| answer.status.success())
    })?;
    Ok(process)
}
