//! Everything around the client, set up as a site would: print server with managed queues behind the
//! gate, printers, provider; and seats, at which a user's client runs.
//!
//! Knows Platen's programs from outside only: their names, command lines and settings.

mod seat;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::gate_socket::GateSocket;
use crate::process::search_path;
use crate::{
    Cupsd, CupsdOptions, Printer, Provider, SystemBus, User, finish, install_program, output,
};

pub use seat::{Seat, SeatOptions, Sight};

/// The queue that holds every document until it is released.
pub const SECURE_QUEUE: &str = "Platen-Secure";

/// What a stage has.
#[derive(Clone, Debug)]
pub struct StageOptions {
    /// Printers, each a managed queue of the same name.
    pub printers: Vec<String>,
    /// Whether there is a provider to sign in with.
    pub provider: bool,
    /// Variables of the provider, such as token lifetimes.
    pub provider_environment: Vec<(String, String)>,
    /// What differs in cupsd; its environment is completed.
    pub cupsd: CupsdOptions,
}

impl Default for StageOptions {
    fn default() -> Self {
        Self {
            printers: ["Library", "Office"].map(str::to_owned).into(),
            provider: true,
            provider_environment: Vec::new(),
            cupsd: CupsdOptions::default(),
        }
    }
}

/// A site of one's own.
#[derive(Debug)]
pub struct Stage {
    directory: PathBuf,
    programs: PathBuf,
    cupsd: Cupsd,
    printers: Vec<Printer>,
    provider: Option<Provider>,
    bus: SystemBus,
    _gate_socket: GateSocket,
}

impl Stage {
    /// Sets a site up in `directory`, whose path must be short, with Platen's programs from the
    /// directory `programs`.
    ///
    /// # Errors
    /// When a part is missing or does not come up, or a queue can't be made.
    pub fn start(directory: &Path, programs: &Path, options: &StageOptions) -> Result<Self> {
        fs::create_dir_all(directory)?;
        let bus = SystemBus::start(&directory.join("bus"))?;
        let mut cupsd = options.cupsd.clone();
        cupsd.environment.extend(bus.env());
        let gate = directory.join("gate");
        fs::create_dir_all(&gate)?;
        let gate_socket = GateSocket::start(&gate, programs.join("platen-gate"))?;
        let gate = gate.display().to_string();
        cupsd.environment.push(("PLATEN_GATE_DIR".to_owned(), gate));
        let cupsd = Cupsd::start(&directory.join("cups"), cupsd)?;
        let provider = options.provider.then(|| {
            let environment: Vec<(&str, &str)> = options
                .provider_environment
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .collect();
            Provider::start(&directory.join("provider"), &environment)
        });
        let printers: Result<Vec<Printer>> = options
            .printers
            .iter()
            .map(|name| Printer::start(&directory.join(name), name, &bus))
            .collect();
        let stage = Self {
            directory: directory.to_owned(),
            programs: programs.to_owned(),
            cupsd,
            printers: printers?,
            provider: provider.transpose()?,
            bus,
            _gate_socket: gate_socket,
        };
        stage.add_queue(SECURE_QUEUE, &["--secure"])?;
        for printer in &stage.printers {
            let options = ["--device", &printer.uri(), "--everywhere"];
            stage.add_queue(printer.name(), &options)?;
        }
        stage.lead_gate_to_analyser()?;
        Ok(stage)
    }

    /// Makes the managed queue `name`, `options` as `platenctl queue add` takes them.
    ///
    /// # Errors
    /// When platenctl refuses.
    pub fn add_queue(&self, name: &str, options: &[&str]) -> Result<()> {
        let mut add = self.platenctl();
        finish(add.args(["queue", "add", name]).args(options))
            .with_context(|| format!("making the managed queue {name}"))?;
        Ok(())
    }

    /// `platenctl` about to administer this site.
    #[must_use]
    pub fn platenctl(&self) -> Command {
        let mut command = self.cupsd.command("env");
        command
            .arg(self.programs.join("platenctl"))
            .envs(self.env());
        command
    }

    /// Trusts the key that `seat` signs its approvals with, for its own user's documents.
    ///
    /// # Errors
    /// When platenctl refuses.
    pub fn trust(&self, seat: &Seat) -> Result<()> {
        let mut trust = self.platenctl();
        trust.args(["authority", "trust"]).arg(seat.authority_key());
        finish(trust.args(["--user", &seat.user().name])).map(|_| ())
    }

    /// The variables that lead a program to this site's print server and system bus.
    #[must_use]
    pub fn env(&self) -> Vec<(String, String)> {
        let mut env = self.cupsd.env();
        env.extend(self.bus.env());
        let gate = self.directory.join("gate").display().to_string();
        env.push(("PLATEN_GATE_DIR".to_owned(), gate));
        env.push(("PATH".to_owned(), search_path().to_string_lossy().into()));
        env
    }

    /// The directory that holds everything of this site.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The print server.
    #[must_use]
    pub fn cupsd(&self) -> &Cupsd {
        &self.cupsd
    }

    /// The print server, to stop or to start it.
    pub fn cupsd_mut(&mut self) -> &mut Cupsd {
        &mut self.cupsd
    }

    /// The system bus.
    #[must_use]
    pub fn bus(&self) -> &SystemBus {
        &self.bus
    }

    /// The printers.
    #[must_use]
    pub fn printers(&self) -> &[Printer] {
        &self.printers
    }

    /// The printer `name`.
    ///
    /// # Errors
    /// When the site has no such printer.
    pub fn printer(&self, name: &str) -> Result<&Printer> {
        self.printers
            .iter()
            .find(|printer| printer.name() == name)
            .with_context(|| format!("there is no printer {name}"))
    }

    /// The printer `name`, to switch off or on.
    ///
    /// # Errors
    /// When the site has no such printer.
    pub fn printer_mut(&mut self, name: &str) -> Result<&mut Printer> {
        self.printers
            .iter_mut()
            .find(|printer| printer.name() == name)
            .with_context(|| format!("there is no printer {name}"))
    }

    /// The provider.
    ///
    /// # Errors
    /// When the site has none.
    pub fn provider(&self) -> Result<&Provider> {
        self.provider.as_ref().context("there is no provider")
    }

    /// The provider, to take down or to bring up.
    ///
    /// # Errors
    /// When the site has none.
    pub fn provider_mut(&mut self) -> Result<&mut Provider> {
        self.provider.as_mut().context("there is no provider")
    }

    /// The gate prices prints on a lease itself, as a user who may not look where programs are
    /// built.
    fn lead_gate_to_analyser(&self) -> Result<()> {
        const NAME: &str = "platen-estimate";
        let copies = self.directory.join("programs");
        fs::create_dir_all(&copies)?;
        install_program(&self.programs.join(NAME), &copies.join(NAME), 0o755)?;
        let path = self.directory.join("gate/gate.conf");
        let written = fs::read_to_string(&path).unwrap_or_default();
        let line = format!("{written}estimator = {}\n", copies.join(NAME).display());
        Ok(fs::write(path, line)?)
    }

    /// Where `user` finds Platen's programs: where they were built, or, where `user` may not look
    /// there, in copies.
    fn programs_for(&self, user: &User) -> Result<PathBuf> {
        let mut reach = user.command("test", Path::new("/"));
        reach.arg("-x").arg(self.programs.join("platen"));
        if output(&mut reach)?.status.success() {
            return Ok(self.programs.clone());
        }
        let copies = self.directory.join("programs");
        fs::create_dir_all(&copies)?;
        for name in ["platen", "platen-estimate"] {
            let copy = copies.join(name);
            if !copy.exists() {
                let original = self.programs.join(name);
                install_program(&original, &copy, 0o755)?;
            }
        }
        Ok(copies)
    }
}
