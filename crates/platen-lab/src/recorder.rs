//! Reads the notifications that programs send on a session bus.

mod parse;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::{Desktop, Process, User, wait_for};

pub use parse::{Notification, event_time_us};

const READY: Duration = Duration::from_secs(10);
const RULE: &str = "type='method_call',interface='org.freedesktop.Notifications',member='Notify'";

/// Records every `org.freedesktop.Notifications.Notify` call.
#[derive(Debug)]
pub struct Recorder {
    process: Process,
}

impl Recorder {
    /// Records what is sent on the bus of `desktop`, into a file in its directory.
    ///
    /// # Errors
    /// When dbus-monitor is missing or does not come up.
    pub fn start(desktop: &Desktop) -> Result<Self> {
        Self::on(
            desktop.user(),
            &desktop.bus_address(),
            &desktop.directory().join("notifications.log"),
        )
    }

    /// Records as `user` what is sent on the bus at `address`, into the file `log`.
    ///
    /// # Errors
    /// When dbus-monitor is missing, the bus refuses it, or it does not come up.
    pub fn on(user: &User, address: &str, log: &Path) -> Result<Self> {
        let mut command = user.command("dbus-monitor", Path::new("/"));
        command.args(["--address", address, RULE]);
        let mut process = Process::start(&command, log)?;
        let output = log.to_owned();
        process.wait_ready(READY, || {
            std::fs::read_to_string(&output).is_ok_and(|text| text.contains("NameLost"))
        })?;
        Ok(Self { process })
    }

    /// Everything that was sent so far, oldest first.
    #[must_use]
    pub fn notifications(&self) -> Vec<Notification> {
        parse::notifications(&self.process.log())
    }

    /// Waits for the first notification for which `wanted` holds.
    ///
    /// # Errors
    /// After `deadline`, with what was sent instead.
    pub fn wait_for(
        &self,
        deadline: Duration,
        mut wanted: impl FnMut(&Notification) -> bool,
    ) -> Result<Notification> {
        wait_for("a notification", deadline, || {
            Ok(self.notifications().into_iter().find(&mut wanted))
        })
        .map_err(|problem| problem.context(format!("sent so far: {:?}", self.notifications())))
    }
}
