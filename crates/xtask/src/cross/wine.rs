//! Wine, which runs programs for Windows here, in a prefix of its own.
//!
//! It is no Windows: its spooler lists queues but tells of no jobs. What passes under Wine has run
//! on the same machine code and the same calling conventions, no more.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use platen_lab::{finish, root, setup};

/// Debian puts the loader of 64-bit programs where no search path leads.
const LOADERS: [&str; 2] = ["/usr/lib/wine/wine64", "/usr/bin/wine"];
const LIBRARY: &str = "drive_c/windows/system32/bcryptprimitives.dll";
/// Version 1803.
const BEFORE_DARK_MODE: &str = "17134";

/// Wine and its prefix.
#[derive(Debug)]
pub(crate) struct Wine {
    loader: PathBuf,
    prefix: PathBuf,
}

impl Wine {
    /// Makes ready what is not there yet: Wine itself, and a prefix that passes for Windows 10.
    ///
    /// # Errors
    /// When something can't be installed, or the prefix can't be made.
    pub(crate) fn ready() -> Result<Self> {
        let place = super::cache()?.join("wine");
        fs::create_dir_all(&place)?;
        let lock = fs::File::create(place.join("lock"))?;
        lock.lock().context("waiting for another set-up to end")?;
        Self::with_prefix(place.join("prefix"))
    }

    /// As [`Wine::ready`], with a prefix for one program with windows at a time.
    ///
    /// It passes for a Windows 10 from before dark mode: of later ones the toolkit calls functions
    /// by number that are others in Wine 8, and crashes there.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn with_a_screen() -> Result<Self> {
        let place = super::cache()?.join("wine");
        fs::create_dir_all(&place)?;
        let wine = Self::with_prefix(place.join("screen"))?;
        // A desktop that another screen had would stay.
        wine.end()?;
        let version = r"HKLM\Software\Microsoft\Windows NT\CurrentVersion";
        for name in ["CurrentBuild", "CurrentBuildNumber"] {
            let mut add = wine.command("reg");
            add.args(["add", version, "/v", name, "/d", BEFORE_DARK_MODE, "/f"]);
            finish(&mut add).context("choosing the version that Wine passes for")?;
        }
        wine.end()?;
        Ok(wine)
    }

    /// As [`Wine::ready`], with a prefix that nobody else uses.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn with_prefix(prefix: PathBuf) -> Result<Self> {
        setup::packages(&["wine64", "gcc-mingw-w64-x86-64"])?;
        let loader = LOADERS
            .iter()
            .map(PathBuf::from)
            .find(|path| path.is_file())
            .context("Wine is installed, but not where Debian puts it")?;
        let wine = Self { loader, prefix };
        wine.prefix()?;
        Ok(wine)
    }

    /// `program`, to be run by Wine. Its standard output is the program's own.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(&self.loader);
        command.arg(program);
        self.environment(&mut command);
        command
    }

    /// Lets `cargo` run the tests and programs that it builds for Windows.
    pub(crate) fn runs(&self, cargo: &mut Command) {
        cargo.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", &self.loader);
        self.environment(cargo);
    }

    /// Tells a test where Wine is, and which prefix it is to use.
    pub(crate) fn is_told(&self, test: &mut Command) {
        test.env("PLATEN_WINE", &self.loader);
        self.environment(test);
    }

    /// Where drive C is.
    pub(crate) fn drive(&self) -> PathBuf {
        self.prefix.join("drive_c")
    }

    /// Keeps the prefix alive between programs, which then start faster, until [`Wine::end`].
    ///
    /// # Errors
    /// When Wine's server does not start.
    pub(crate) fn stay(&self) -> Result<()> {
        let mut server = Command::new(self.loader.with_file_name("wineserver"));
        self.environment(&mut server);
        // Nothing that waits for its output would ever see the end of it.
        let silent = || std::process::Stdio::null();
        let status = server
            .arg("--persistent")
            .stdin(silent())
            .stdout(silent())
            .stderr(silent())
            .status()
            .context("starting Wine's server")?;
        ensure!(status.success(), "Wine's server does not start");
        Ok(())
    }

    /// What the registry was when everything in the prefix had ended, which it does for it.
    ///
    /// # Errors
    /// When it can't be read.
    pub(crate) fn end(&self) -> Result<String> {
        let mut server = Command::new(self.loader.with_file_name("wineserver"));
        self.environment(&mut server);
        // Without anything that runs it fails, and there was nothing to end.
        let _ = finish(server.arg("--kill").arg("--wait"));
        let mut text = String::new();
        for file in ["system.reg", "user.reg"] {
            let bytes = fs::read(self.prefix.join(file))?;
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
        Ok(text)
    }

    fn environment(&self, command: &mut Command) {
        command
            .env("WINEPREFIX", &self.prefix)
            .env("WINEDEBUG", "-all")
            // No desktop, no question whether to install a browser.
            .env_remove("DISPLAY");
    }

    fn prefix(&self) -> Result<()> {
        let complete = self.prefix.join("complete");
        if complete.is_file() {
            return Ok(());
        }
        println!("set-up: making a Wine prefix");
        super::empty(&self.prefix)?;
        fs::create_dir_all(&self.prefix)?;
        let mut overrides = self.command("wineboot");
        overrides
            .arg("-i")
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=");
        finish(&mut overrides).context("making a Wine prefix")?;
        let library = self.prefix.join(LIBRARY);
        if !library.is_file() {
            let source = root().join("crates/xtask/src/cross/bcryptprimitives.c");
            let mut compile = Command::new("x86_64-w64-mingw32-gcc");
            compile
                .args(["-shared", "-O2", "-o"])
                .args([&library, &source])
                .arg("-ladvapi32");
            finish(&mut compile).context("building a library that this Wine lacks")?;
        }
        finish(self.command("winecfg").args(["-v", "win10"]))
            .context("choosing the version that Wine passes for")?;
        ensure!(library.is_file(), "Wine's prefix is not as expected");
        fs::write(complete, "").context("marking the prefix complete")
    }
}
