//! macOS: the directories of the user's Library, an agent of launchd, no gate.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use tauri::menu::{MenuBuilder, SubmenuBuilder};
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use super::APPLICATION_ID;
use super::log::{self, LogFile};
pub(crate) use super::no_gate::{ask_gate, gate};
pub(crate) use super::unix::{
    Door, complain, exchange, print_system, private_directory, when_told_to_end,
};

/// Where settings come from, for people.
pub(crate) const SETTINGS: &str = "\
Settings: a configuration profile (org.platen.client) over /etc/platen/policy.toml over
/etc/platen/client.toml over ~/.config/platen/client.toml (PLATEN_CONFIG=FILE replaces the
last two).";

/// Whether [`follow`] works.
pub(crate) const CAN_FOLLOW: bool = true;

/// Where the programs of this user meet.
///
/// *Errors*: it can't be made. *Source*: Apple, “File System Programming Guide”.
pub(crate) fn meeting_place() -> Result<PathBuf> {
    let dir = library("Caches")?.join("platen");
    private_directory(&dir)?;
    Ok(dir)
}

/// Where programs keep what is the user's own.
///
/// *Errors*: no home directory. *Source*: Apple, “File System Programming Guide”.
pub(crate) fn data_home() -> Result<PathBuf> {
    library("Application Support")
}

fn library(what: &str) -> Result<PathBuf> {
    let home = std::env::home_dir().context("this user has no home directory")?;
    Ok(home.join("Library").join(what))
}

/// The system knows this program by its app.
pub(crate) fn introduce(_arguments: &[String]) {}

/// Keeps the program out of the Dock and the menu bar, and leaves the keys that windows
/// need: one that quits is not among them, since a policy may forbid that.
///
/// *Errors*: the toolkit refuses.
pub(crate) fn stay_in_the_tray(app: &mut tauri::App) -> tauri::Result<()> {
    app.set_activation_policy(tauri::ActivationPolicy::Accessory);
    // Nobody sees this menu; its items are known by their keys.
    let keys = SubmenuBuilder::new(&*app, "Platen")
        .undo()
        .redo()
        .cut()
        .copy()
        .paste()
        .select_all()
        .close_window()
        .build()?;
    app.set_menu(MenuBuilder::new(&*app).item(&keys).build()?)?;
    Ok(())
}

/// Whether somebody opened the app while it runs, which starts no second program.
pub(crate) const fn is_opened_again(event: &tauri::RunEvent) -> bool {
    matches!(event, tauri::RunEvent::Reopen { .. })
}

/// What people call this computer. *Source*: scutil(8).
pub(crate) fn computer_name() -> Option<String> {
    let mut scutil = Command::new("/usr/sbin/scutil");
    let said = scutil.args(["--get", "ComputerName"]).output().ok()?;
    String::from_utf8(said.stdout).ok()
}

/// The log is a file: what is said aloud nobody hears.
///
/// *Errors*: it can't be opened.
pub(crate) fn log_writer(data_dir: &Path) -> Result<BoxMakeWriter> {
    let mut options = File::options();
    let options = options.create(true).truncate(false).write(true).mode(0o600);
    let file = options.open(data_dir.join(log::NAME));
    let file = file.and_then(LogFile::after);
    let file = file.context("can’t write the log")?;
    Ok(BoxMakeWriter::new(std::sync::Mutex::new(file)))
}

/// Has launchd end this program and start the one that is installed now; without launchd
/// it becomes `program`. Comes back with why not.
///
/// *Source*: launchctl(1), `kickstart`; execve(2).
pub(crate) fn follow(program: &Path) -> io::Error {
    // As launchd tells its own. *Source*: launchd.plist(5), xpc_main(3).
    if std::env::var_os("XPC_SERVICE_NAME").is_none_or(|name| name != APPLICATION_ID) {
        return Command::new(program).exec();
    }
    let user = rustix::process::getuid().as_raw();
    let agent = format!("gui/{user}/{APPLICATION_ID}");
    let mut launchctl = Command::new("/bin/launchctl");
    match launchctl.args(["kickstart", "-k", &agent]).status() {
        Ok(status) => io::Error::other(format!("launchctl ended with {status}")),
        Err(error) => error,
    }
}
