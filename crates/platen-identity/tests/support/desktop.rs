//! A private session bus and gnome-keyring, stopped when dropped.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::wait_for;

/// No service folders: nothing starts by itself, least of all a keyring.
const BUS_CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>ADDRESS</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"#;

const SECRETS: &str = "org.freedesktop.secrets";

/// One desktop session in a folder; both sides of the process border use it.
pub(crate) struct Session {
    folder: PathBuf,
    children: Vec<Child>,
}

impl Session {
    pub(crate) fn inside(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            children: Vec::new(),
        }
    }

    /// A fresh folder for an identity's data.
    pub(crate) fn data_dir(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn start_bus(&mut self) {
        let config = self.folder.join("bus.conf");
        std::fs::write(&config, BUS_CONFIG.replace("ADDRESS", &self.address())).unwrap();
        let child = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--nopidfile", "--nosyslog"])
            .stdout(Stdio::null())
            // As root it complains that it may not raise its own limits.
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed (Debian package dbus)");
        self.children.push(child);
        wait_for("a session bus", || {
            self.folder.join("bus").exists().then_some(())
        });
    }

    /// Starts an unlocked gnome-keyring on the bus.
    pub(crate) fn start_keyring(&mut self) {
        let mut command = Command::new("gnome-keyring-daemon");
        command
            .args([
                "--foreground",
                "--unlock",
                "--components=secrets",
                "--control-directory",
            ])
            .arg(self.folder.join("control"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.dress(&mut command);
        let mut child = command
            .spawn()
            .expect("gnome-keyring-daemon is installed (Debian package gnome-keyring)");
        child.stdin.take().unwrap().write_all(b"password").unwrap();
        std::fs::write(self.folder.join("keyring.pid"), child.id().to_string()).unwrap();
        self.children.push(child);
        wait_for("a keyring", || self.keyring_answers().then_some(()));
    }

    /// Locks the keyring, as a desktop does after a while.
    pub(crate) fn lock_keyring(&self) {
        let output = self
            .send("org.freedesktop.Secret.Service.Lock")
            .arg("array:objpath:/org/freedesktop/secrets/collection/login")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// Stops (`STOP`) or continues (`CONT`) the keyring, as if it waited for a
    /// person in front of its prompt.
    pub(crate) fn signal_keyring(&self, signal: &str) {
        let id = std::fs::read_to_string(self.folder.join("keyring.pid")).unwrap();
        super::provider::signal(&id, signal);
    }

    /// Puts a program into this session.
    pub(crate) fn dress(&self, command: &mut Command) {
        for (variable, folder) in [
            ("HOME", "home"),
            ("XDG_DATA_HOME", "home/data"),
            ("XDG_CONFIG_HOME", "home/config"),
            ("XDG_CACHE_HOME", "home/cache"),
            ("XDG_RUNTIME_DIR", "run"),
        ] {
            let folder = self.folder.join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            command.env(variable, folder);
        }
        command
            .env("DBUS_SESSION_BUS_ADDRESS", self.address())
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY");
    }

    fn address(&self) -> String {
        format!("unix:path={}", self.folder.join("bus").display())
    }

    fn keyring_answers(&self) -> bool {
        self.send("org.freedesktop.DBus.Peer.Ping")
            .output()
            .unwrap()
            .status
            .success()
            && self
                .send("org.freedesktop.Secret.Service.ReadAlias")
                .arg("string:default")
                .output()
                .is_ok_and(|output| {
                    String::from_utf8_lossy(&output.stdout).contains("collection/login")
                })
    }

    fn send(&self, method: &str) -> Command {
        let mut command = Command::new("dbus-send");
        command
            .args(["--session", "--print-reply", "--reply-timeout=2000"])
            .arg(format!("--dest={SECRETS}"))
            .args(["/org/freedesktop/secrets", method]);
        self.dress(&mut command);
        command
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
