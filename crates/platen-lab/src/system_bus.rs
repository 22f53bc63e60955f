//! A private "system" bus, for cupsd's dbus notifier and for ippeveprinter.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::Process;

/// A running `dbus-daemon` that lets everyone say everything.
#[derive(Debug)]
pub struct SystemBus {
    process: Process,
    socket: PathBuf,
}

impl SystemBus {
    /// Starts the bus in `directory`.
    ///
    /// # Errors
    /// When dbus-daemon is missing or does not come up.
    pub fn start(directory: &Path) -> Result<Self> {
        fs::create_dir_all(directory)?;
        fs::set_permissions(directory, Permissions::from_mode(0o755))?;
        let socket = directory.join("bus.sock");
        let configuration = directory.join("bus.conf");
        fs::write(&configuration, configuration_text(&socket))
            .with_context(|| format!("writing {}", configuration.display()))?;
        let mut command = Command::new("dbus-daemon");
        command
            .arg(format!("--config-file={}", configuration.display()))
            .args(["--nofork", "--nopidfile", "--nosyslog"]);
        let mut process = Process::start(&command, &directory.join("bus.log"))?;
        process.wait_ready(Duration::from_secs(10), || {
            std::os::unix::net::UnixStream::connect(&socket).is_ok()
        })?;
        fs::set_permissions(&socket, Permissions::from_mode(0o777))?;
        Ok(Self { process, socket })
    }

    /// Its address, as `DBUS_SYSTEM_BUS_ADDRESS` has it.
    #[must_use]
    pub fn address(&self) -> String {
        format!("unix:path={}", self.socket.display())
    }

    /// The variables that lead a program to this bus.
    #[must_use]
    pub fn env(&self) -> Vec<(String, String)> {
        vec![("DBUS_SYSTEM_BUS_ADDRESS".to_owned(), self.address())]
    }

    /// The process, to signal or to end it.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}

fn configuration_text(socket: &Path) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="*"/>
    <allow receive_type="*"/>
    <allow eavesdrop="true"/>
    <allow send_destination="*"/>
  </policy>
</busconfig>
"#,
        socket.display()
    )
}
