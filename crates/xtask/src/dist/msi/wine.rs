//! A Windows of one's own to install packages in.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use platen_lab::finish;

use crate::cross::Wine;

const INSTALLER: &str = include_str!("installer.c");

/// A Windows in a directory, which ends with its guard.
pub(super) struct Windows(Wine);

impl Windows {
    /// Makes one in `place`.
    ///
    /// # Errors
    /// When Wine or the compiler is not there.
    pub(super) fn new(place: &Path) -> Result<Self> {
        let windows = Self(Wine::with_prefix(place.to_owned())?);
        windows.0.stay()?;
        compile(INSTALLER, &windows.drive("installer.exe"), &["-lmsi"])?;
        Ok(windows)
    }

    /// Runs a program of this Windows, and returns what it wrote.
    ///
    /// # Errors
    /// When it fails.
    pub(super) fn run(&self, words: &[&str]) -> Result<String> {
        let (program, arguments) = words.split_first().context("no program")?;
        let written = self.drive("written.txt");
        // Not through a pipe: services that start on the way would keep it open.
        let status = self
            .0
            .command(program)
            .args(arguments)
            // It would put shortcuts into the menus of whoever runs this.
            .env("WINEDLLOVERRIDES", "winemenubuilder.exe=d")
            .stdin(Stdio::null())
            .stdout(fs::File::create(&written)?)
            .stderr(Stdio::null())
            .status()
            .with_context(|| format!("starting {program}"))?;
        let text = fs::read_to_string(&written)?;
        ensure!(status.success(), "{words:?} failed ({status}): {text}");
        Ok(text)
    }

    /// Installs, with `properties` as a command line has them; what Windows says of it is 0
    /// for a success. *Source*: Windows Installer, error codes.
    ///
    /// # Errors
    /// When there is no answer.
    pub(super) fn install(&self, package: &Path, properties: &str) -> Result<u32> {
        let text = format!("{}\n{properties}", windows_path(package));
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        fs::write(self.drive("order.txt"), bytes)?;
        let said = self.run(&["C:\\installer.exe", "C:\\order.txt"])?;
        // Before it stands what the package's programs said.
        let number = said.lines().next_back().map(str::trim);
        let number = number.unwrap_or_default().parse();
        number.with_context(|| format!("the installer says {said:?}"))
    }

    /// Everything under a key of the registry, by name, as the editor of the registry
    /// writes it; nothing if there is no such key.
    ///
    /// # Errors
    /// When it can't be read.
    pub(super) fn values(&self, key: &str) -> Result<BTreeMap<String, String>> {
        let file = self.drive("export.reg");
        if file.exists() {
            fs::remove_file(&file)?;
        }
        // It fails where the key is not there.
        let _ = self.run(&["reg", "export", key, "C:\\export.reg", "/y"]);
        if !file.exists() {
            return Ok(BTreeMap::new());
        }
        let bytes = fs::read(&file)?;
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        let text = String::from_utf16(&units)?;
        Ok(text.lines().filter_map(value).collect())
    }

    /// Every file and every line of the registry with `word` in it, whatever its case. This
    /// Windows ends for it.
    ///
    /// # Errors
    /// When something can't be read.
    pub(super) fn traces(&self, word: &str) -> Result<Vec<String>> {
        let registry = self.0.end()?.to_lowercase();
        let lines = registry.lines().filter(|line| line.contains(word));
        let mut found: Vec<String> = lines.map(str::to_owned).collect();
        look(&self.0.drive(), word, &mut found)?;
        Ok(found)
    }

    /// A file of drive C.
    pub(super) fn drive(&self, path: &str) -> PathBuf {
        self.0.drive().join(path)
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        // The directory may be gone, and what is written into it then is nobody's.
        let _ = self.0.end();
    }
}

/// What this Windows calls a file of this computer.
pub(super) fn windows_path(file: &Path) -> String {
    format!("Z:{}", file.display().to_string().replace('/', "\\"))
}

/// A program for Windows from one file of C.
///
/// # Errors
/// When the compiler is not there.
pub(super) fn compile(source: &str, target: &Path, options: &[&str]) -> Result<()> {
    let file = target.with_extension("c");
    fs::write(&file, source)?;
    let mut compiler = Command::new("x86_64-w64-mingw32-gcc");
    compiler.args(["-municode", "-Os", "-s", "-Wl,--no-insert-timestamp", "-o"]);
    finish(compiler.arg(target).arg(&file).args(options))
        .context("compiling for Windows (Debian: gcc-mingw-w64-x86-64)")?;
    Ok(fs::remove_file(file)?)
}

/// A line such as `"name"="text"` or `"name"=dword:00000001`.
fn value(line: &str) -> Option<(String, String)> {
    let (name, value) = line.strip_prefix('"')?.split_once("\"=")?;
    let text = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let text = text.map_or_else(
        || value.to_owned(),
        |text| text.replace("\\\"", "\"").replace("\\\\", "\\"),
    );
    Some((name.to_owned(), text))
}

fn look(place: &Path, word: &str, found: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if name.contains(word) {
            found.push(entry.path().display().to_string());
        }
        if entry.file_type()?.is_dir() {
            look(&entry.path(), word, found)?;
        }
    }
    Ok(())
}
