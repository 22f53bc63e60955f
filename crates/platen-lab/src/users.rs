//! Ordinary users of this machine, to print and to sit at a desktop as.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::{getegid, geteuid};

use crate::process::search_path;
use crate::{finish, output, wait_for};

/// The variables that lead a program to the desktop and the files of whoever started the lab.
const PERSONAL: [&str; 11] = [
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
    "XDG_CURRENT_DESKTOP",
    "SUDO_USER",
    "MAIL",
];

/// A user account of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its login name.
    pub name: String,
    /// Its user id.
    pub uid: u32,
    /// Its primary group's id.
    pub gid: u32,
}

impl User {
    /// The user this process runs as.
    ///
    /// # Errors
    /// When the user has no name.
    pub fn current() -> Result<Self> {
        let name = finish(Command::new("id").arg("-un"))?;
        Ok(Self {
            name: name.trim().to_owned(),
            uid: geteuid().as_raw(),
            gid: getegid().as_raw(),
        })
    }

    /// The user `name`, created without a home and a password when the machine does not know it yet.
    ///
    /// It stays on the machine, because other runs may be using it.
    ///
    /// # Errors
    /// When it is missing and this process is not root, or useradd fails.
    pub fn ensure(name: &str) -> Result<Self> {
        // useradd refuses while another one runs.
        wait_for("useradd", Duration::from_secs(20), || {
            if let Some(user) = Self::find(name)? {
                return Ok(Some(user));
            }
            ensure!(geteuid().is_root(), "only root can make the user {name}");
            let mut useradd = Command::new("useradd");
            useradd.args(["--no-create-home", "--user-group", name]);
            output(useradd.env("PATH", search_path()))?;
            Ok(None)
        })
    }

    fn find(name: &str) -> Result<Option<Self>> {
        let known = output(Command::new("getent").args(["passwd", name]))?;
        if !known.status.success() {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&known.stdout).into_owned();
        let fields: Vec<&str> = line.trim().split(':').collect();
        let [_, _, uid, gid, ..] = fields[..] else {
            return Ok(None);
        };
        Ok(Some(Self {
            name: name.to_owned(),
            uid: uid.parse()?,
            gid: gid.parse()?,
        }))
    }

    /// Whether this process runs as this user.
    #[must_use]
    pub fn is_current(&self) -> bool {
        geteuid().as_raw() == self.uid
    }

    /// Makes `home` this user's own, with `home/run` as the place of its sockets.
    ///
    /// # Errors
    /// When the directory can't be made or given away.
    pub fn own_home(&self, home: &Path) -> Result<()> {
        for (path, mode) in [(home.to_owned(), 0o755), (home.join("run"), 0o700)] {
            fs::create_dir_all(&path).with_context(|| format!("creating {}", path.display()))?;
            fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
            chown(&path, Some(self.uid), Some(self.gid))?;
        }
        Ok(())
    }

    /// `program` about to run as this user with `home` as its home.
    ///
    /// The environment leads to nothing of the user who runs the lab. The returned command runs
    /// another program (`setpriv`) first when the user is not the current one.
    #[must_use]
    pub fn command(&self, program: &str, home: &Path) -> Command {
        let mut command = if self.is_current() {
            Command::new(program)
        } else {
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={}", self.uid))
                .arg(format!("--regid={}", self.gid))
                .args(["--init-groups", "--", program]);
            command
        };
        for variable in PERSONAL {
            command.env_remove(variable);
        }
        command
            .env("HOME", home)
            .env("USER", &self.name)
            .env("LOGNAME", &self.name)
            .env("XDG_RUNTIME_DIR", home.join("run"))
            .current_dir("/");
        command
    }
}
