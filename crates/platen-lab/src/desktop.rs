//! A virtual desktop: screen, session bus, window manager, panel with a tray, notifications, keyring.

mod files;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{Process, User, finish, output, wait_until};

const READY: Duration = Duration::from_secs(30);

/// What the keyring of a desktop is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keyring {
    /// As after a usual login.
    #[default]
    Unlocked,
    /// Present, but nobody has unlocked it: reading asks for a password.
    Locked,
    /// No Secret Service at all.
    Missing,
}

/// Which parts a desktop has.
#[derive(Clone, Debug)]
pub struct DesktopOptions {
    /// Whose desktop it is; `None` for the user who runs the lab.
    pub user: Option<User>,
    /// Whether a panel shows a tray (a StatusNotifier host).
    pub tray: bool,
    /// Whether a notification daemon runs.
    pub notifications: bool,
    /// The keyring.
    pub keyring: Keyring,
}

impl Default for DesktopOptions {
    fn default() -> Self {
        Self {
            user: None,
            tray: true,
            notifications: true,
            keyring: Keyring::Unlocked,
        }
    }
}

/// A running desktop on a screen that nobody sees, 1280 × 800.
#[derive(Debug)]
pub struct Desktop {
    directory: PathBuf,
    user: User,
    display: String,
    // Dropped in this order: what draws on the screen goes before the bus and the screen.
    tray: Option<Process>,
    notifications: Option<Process>,
    keyring: Option<Process>,
    _windows: Process,
    _bus: Process,
    _screen: Process,
}

impl Desktop {
    /// Starts a desktop in `directory`, whose path must be short.
    ///
    /// # Errors
    /// When a part is missing or does not come up.
    pub fn start(directory: &Path, options: &DesktopOptions) -> Result<Self> {
        let user = match &options.user {
            Some(user) => user.clone(),
            None => User::current()?,
        };
        user.own_home(directory)?;
        let home = Home {
            directory,
            user: &user,
        };
        let (screen, display) = home.start_screen()?;
        let bus = home.start_bus(&display)?;
        let windows = home.start("openbox", &[], &display)?;
        let mut desktop = Self {
            directory: directory.to_owned(),
            user: user.clone(),
            display,
            tray: None,
            notifications: None,
            keyring: None,
            _windows: windows,
            _bus: bus,
            _screen: screen,
        };
        if options.notifications {
            desktop.start_notifications()?;
        }
        match options.keyring {
            Keyring::Unlocked => desktop.start_keyring()?,
            Keyring::Locked => {
                // Made with a password once, then started without it.
                desktop.start_keyring()?;
                desktop.lock_keyring()?;
            }
            Keyring::Missing => {}
        }
        if options.tray {
            desktop.start_tray()?;
        }
        Ok(desktop)
    }

    /// Presses the button `label` of a notification titled `title` that is shown, through the
    /// daemon's own menu.
    ///
    /// # Errors
    /// When the daemon does not answer; a button that is not there is not noticed here.
    pub fn press(&self, title: &str, label: &str) -> Result<()> {
        let wanted = format!("#{label} ({title})");
        fs::write(self.directory.join("press.wanted"), wanted)?;
        finish(self.command("dunstctl").arg("context")).map(|_| ())
    }

    /// Starts the panel with the tray.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_tray(&mut self) -> Result<()> {
        let home = self.home();
        self.tray = Some(home.start("xfce4-panel", &["--disable-wm-check"], &self.display)?);
        self.wait_for_name("org.kde.StatusNotifierWatcher")
    }

    /// Ends the panel and with it the tray.
    pub fn stop_tray(&mut self) {
        self.tray = None;
    }

    /// Starts the notification daemon.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_notifications(&mut self) -> Result<()> {
        self.notifications = Some(self.home().start("dunst", &[], &self.display)?);
        self.wait_for_name("org.freedesktop.Notifications")
    }

    /// Ends the notification daemon.
    pub fn stop_notifications(&mut self) {
        self.notifications = None;
    }

    /// The running notification daemon, to stop it for a moment or to look at.
    ///
    /// # Errors
    /// When none runs.
    pub fn notifications(&mut self) -> Result<&mut Process> {
        self.notifications
            .as_mut()
            .context("this desktop has no notification daemon")
    }

    /// Starts the keyring, unlocked.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_keyring(&mut self) -> Result<()> {
        self.run_keyring(
            "printf lab | exec gnome-keyring-daemon --foreground --unlock --components=secrets",
        )
    }

    /// Starts the keyring anew, locked.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn lock_keyring(&mut self) -> Result<()> {
        self.run_keyring("exec gnome-keyring-daemon --foreground --components=secrets")
    }

    /// Ends the keyring: there is no Secret Service any more.
    pub fn stop_keyring(&mut self) {
        self.keyring = None;
    }

    fn run_keyring(&mut self, script: &str) -> Result<()> {
        self.keyring = None;
        let name = "org.freedesktop.secrets";
        wait_until("the old keyring's end", READY, || !self.has_name(name))?;
        self.keyring = Some(self.home().start("sh", &["-c", script], &self.display)?);
        self.wait_for_name(name)
    }

    /// The user whose desktop it is.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }

    /// The directory with everything of this desktop; it is the user's home as well.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The address of the session bus. Root and the desktop's user may connect.
    #[must_use]
    pub fn bus_address(&self) -> String {
        self.home().bus_address()
    }

    /// The X11 display, such as `:5`.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }

    /// The variables that lead a program to this desktop.
    #[must_use]
    pub fn env(&self) -> Vec<(String, String)> {
        self.home().env(&self.display)
    }

    /// `program` about to run on this desktop as its user.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        self.home().command(program, &self.display)
    }

    /// Whether someone owns `name` on the session bus.
    #[must_use]
    pub fn has_name(&self, name: &str) -> bool {
        self.home().has_name(name)
    }

    /// Waits until someone owns `name` on the session bus.
    ///
    /// # Errors
    /// When nobody does in time.
    pub fn wait_for_name(&self, name: &str) -> Result<()> {
        wait_until(name, READY, || self.has_name(name))
    }

    /// The addresses that programs opened in the desktop's browser, the first one first. That browser
    /// shows nothing; it only takes them down.
    #[must_use]
    pub fn browsed(&self) -> Vec<String> {
        let list = fs::read_to_string(self.directory.join("run/browsed")).unwrap_or_default();
        list.lines().map(str::to_owned).collect()
    }

    /// Writes a picture of the screen to `file` (PNG).
    ///
    /// # Errors
    /// When scrot is missing or fails.
    pub fn screenshot(&self, file: &Path) -> Result<()> {
        // scrot runs as the desktop's user, who may not write where `file` is.
        let own = self.directory.join("screenshot.png");
        finish(self.command("scrot").arg("--overwrite").arg(&own))?;
        fs::copy(&own, file).with_context(|| format!("writing {}", file.display()))?;
        Ok(())
    }

    /// The file that always holds what the screen shows, in the format of xwd.
    #[must_use]
    pub fn frame_buffer(&self) -> PathBuf {
        self.directory.join("run/Xvfb_screen0")
    }

    fn home(&self) -> Home<'_> {
        Home {
            directory: &self.directory,
            user: &self.user,
        }
    }
}

/// The place and the person a desktop belongs to.
#[derive(Clone, Copy)]
struct Home<'a> {
    directory: &'a Path,
    user: &'a User,
}

impl Home<'_> {
    fn bus_address(&self) -> String {
        format!("unix:path={}", self.directory.join("run/bus").display())
    }

    fn env(&self, display: &str) -> Vec<(String, String)> {
        [
            ("DISPLAY", display.to_owned()),
            ("HOME", self.directory.display().to_string()),
            (
                "XDG_RUNTIME_DIR",
                self.directory.join("run").display().to_string(),
            ),
            ("DBUS_SESSION_BUS_ADDRESS", self.bus_address()),
            ("XDG_SESSION_TYPE", "x11".to_owned()),
            ("NO_AT_BRIDGE", "1".to_owned()),
            ("GTK_A11Y", "none".to_owned()),
            ("LIBGL_ALWAYS_SOFTWARE", "1".to_owned()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }

    fn command(&self, program: &str, display: &str) -> Command {
        let mut command = self.user.command(program, self.directory);
        command.envs(self.env(display));
        command
    }

    fn start(&self, program: &str, arguments: &[&str], display: &str) -> Result<Process> {
        let mut command = self.command(program, display);
        command.args(arguments);
        let log = self.directory.join(format!("{program}.log"));
        Process::start(&command, &log)
    }

    fn start_screen(&self) -> Result<(Process, String)> {
        files::socket_directory()?;
        let number = self.directory.join("run/display");
        let mut command = self.user.command("sh", self.directory);
        // Xvfb itself looks for a free number and tells it when it is ready.
        command.args([
            "-c",
            "exec Xvfb -displayfd 3 -screen 0 1280x800x24 -wr -nolisten tcp -fbdir \"${1%/*}\" 3>\"$1\"",
            "screen",
        ]);
        command.arg(&number);
        let mut process = Process::start(&command, &self.directory.join("screen.log"))?;
        let read = || fs::read_to_string(&number).unwrap_or_default();
        process.wait_ready(READY, || read().ends_with('\n'))?;
        Ok((process, format!(":{}", read().trim())))
    }

    fn start_bus(&self, display: &str) -> Result<Process> {
        let configuration = self.directory.join("bus.conf");
        let services = self.directory.join("services");
        files::services(&services)?;
        fs::write(&configuration, files::bus(&self.bus_address(), &services))?;
        self.write_settings()?;
        let argument = format!("--config-file={}", configuration.display());
        let arguments = [argument.as_str(), "--nofork", "--nopidfile", "--nosyslog"];
        let mut process = self.start("dbus-daemon", &arguments, display)?;
        process.wait_ready(READY, || self.has_name("org.freedesktop.DBus"))?;
        Ok(process)
    }

    fn write_settings(&self) -> Result<()> {
        for (path, text) in files::SETTINGS {
            let file = self.directory.join(path);
            let parent = file.parent().context("a setting has a directory")?;
            fs::create_dir_all(parent)?;
            let text = text.replace("@DIRECTORY@", &self.directory.display().to_string());
            fs::write(&file, text)?;
        }
        fs::write(self.directory.join("press"), files::PRESS)?;
        fs::write(self.directory.join("browse"), files::BROWSE)?;
        if !self.user.is_current() {
            let owner = format!("{}:{}", self.user.uid, self.user.gid);
            let settings = [".config", ".local"].map(|name| self.directory.join(name));
            finish(Command::new("chown").args(["-R", &owner]).args(settings))?;
        }
        Ok(())
    }

    fn has_name(&self, name: &str) -> bool {
        let mut ask = self.user.command("dbus-send", self.directory);
        ask.arg(format!("--bus={}", self.bus_address())).args([
            "--print-reply=literal",
            "--dest=org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus.NameHasOwner",
        ]);
        output(ask.arg(format!("string:{name}"))).is_ok_and(|answer| {
            answer.status.success()
                && String::from_utf8_lossy(&answer.stdout).contains("boolean true")
        })
    }
}
