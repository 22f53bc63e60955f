//! A real cupsd, a real system bus, and people who print.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use platen_lab::{Cupsd, CupsdOptions, Scratch, SystemBus, User, install_program, write_program};
use platen_spooler::{Cups, CupsConfig};

/// Longest wait for anything that should happen at once.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A print server with a secure queue `sec` and a printer queue `printer`, both
/// holding; `printer` writes what it prints to the sink.
pub(crate) struct Lab {
    pub(crate) cupsd: Cupsd,
    pub(crate) bus: Option<SystemBus>,
    pub(crate) scratch: Scratch,
}

impl Lab {
    /// Starts it, with or without a system bus.
    pub(crate) fn start(with_bus: bool, keep_files: bool) -> Result<Self> {
        let scratch = Scratch::new("spooler")?;
        let bus = with_bus
            .then(|| SystemBus::start(&scratch.join("bus")))
            .transpose()?;
        let environment = bus
            .iter()
            .map(|bus| ("DBUS_SYSTEM_BUS_ADDRESS".to_owned(), bus.address()))
            .collect();
        let options = CupsdOptions {
            environment,
            preserve_job_files: keep_files,
            ..CupsdOptions::default()
        };
        let cupsd = Cupsd::start(&scratch.join("cups"), options)?;
        std::fs::write(scratch.join("note.txt"), "hello\n")?;
        install_silent_gate(&cupsd)?;
        let hold = ["-E", "-o", "job-hold-until-default=indefinite"];
        let sink = cupsd.sink_uri();
        for (name, device) in [("sec", "gate:"), ("printer", sink.as_str())] {
            let queue = ["-p", name, "-v", device];
            cupsd.lpadmin(&[&queue[..], &hold[..]].concat())?;
        }
        Ok(Self {
            cupsd,
            bus,
            scratch,
        })
    }

    /// Who prints: the user of this process and, where root can make one, an
    /// ordinary user.
    pub(crate) fn people() -> Result<Vec<User>> {
        let me = User::current()?;
        let mut people = vec![me.clone()];
        if me.uid == 0 {
            people.push(User::ensure("platen-alice")?);
        }
        Ok(people)
    }

    /// Prints as this person and returns the job's number.
    pub(crate) fn print(&self, person: &User, arguments: &[&str]) -> Result<i32> {
        let file = self.scratch.join("note.txt");
        let lp = person.command("lp", self.scratch.path());
        self.cupsd.lp_with(lp, "sec", &file, arguments)
    }

    /// A program of this build, copied to where everybody may run it, about to
    /// run as this person.
    pub(crate) fn program(&self, person: &User, program: &std::path::Path) -> Result<Command> {
        let name = program.file_name().unwrap_or_default();
        let copy = self.scratch.join(name);
        if !copy.exists() {
            install_program(program, &copy, 0o755)?;
        }
        let mut command = person.command(&copy.to_string_lossy(), self.scratch.path());
        command.envs(self.cupsd.env());
        let bus = self.bus.as_ref().map_or_else(
            || format!("unix:path={}", self.scratch.join("no-bus").display()),
            SystemBus::address,
        );
        command.env("DBUS_SYSTEM_BUS_ADDRESS", bus);
        Ok(command)
    }
}

/// What a scene needs.
#[derive(Clone, Copy, Default)]
pub(crate) struct Parts {
    pub(crate) bus: bool,
    pub(crate) keep_files: bool,
}

/// Runs the scene here if this is a person's process, else as each person.
pub(crate) fn as_each_person(
    test: &str,
    lab: Parts,
    scene: impl AsyncFnOnce(Cups, String) -> Result<()>,
) -> Result<()> {
    if std::env::var_os("PLATEN_SCENE").is_some() {
        let user = std::env::var("USER")?;
        let cups = Cups::connect(CupsConfig::from_environment(user.clone()));
        let runtime = tokio::runtime::Runtime::new()?;
        return runtime.block_on(scene(cups, user));
    }
    let lab = Lab::start(lab.bus, lab.keep_files)?;
    for person in Lab::people()? {
        let mut child = lab.program(&person, &std::env::current_exe()?)?;
        child
            .env("PLATEN_SCENE", "1")
            .args(["--exact", test, "--nocapture"]);
        let output = child.output()?;
        let ran = String::from_utf8_lossy(&output.stdout).contains("1 passed");
        ensure!(
            output.status.success() && ran,
            "as {}: {}{}",
            person.name,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// cupsd wants a program for every scheme, and this one keeps every job.
fn install_silent_gate(cupsd: &Cupsd) -> Result<()> {
    let gate = cupsd.server_bin().join("backend/gate");
    write_program(&gate, b"#!/bin/sh\nexit 3\n", 0o755)
}
