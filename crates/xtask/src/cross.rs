//! A toolchain for the systems that this one is not: their standard libraries, built once from
//! Debian's source package of the same compiler, the linker for Windows, and Wine.
//!
//! Everything is kept in `~/.cache/platen/cross`, beside which nothing is written: the toolchain
//! of the machine stays as it is. Types can be checked for Windows and macOS; programs can be
//! linked for Windows only, because nothing but a Mac has Apple's libraries.

mod programs;
mod wine;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use platen_lab::{finish, root, setup, write_program};

pub(crate) use programs::{Kind as ProgramKind, PACKAGES};
pub(crate) use wine::Wine;

/// The only compiler that the source package fits: the parts of the standard library and the
/// compiler know one another by unstable names.
const VERSION: &str = "1.95.0";
/// Its place on every mirror of Debian. *Source*: Debian trixie-backports.
const SOURCE: &str = "pool/main/r/rustc/rust-src_1.95.0+dfsg1-2~bpo13+1_all.deb";
const SOURCE_SHA256: &str = "7b76db5b880a77f9e52975d2baa6209d2f76d2c9c2789515c3088cb960e2c83b";
/// Where the package keeps the library, as `tar` names it.
const SOURCE_LIBRARY: &str = "./usr/src/rustc-1.95.0/library";

/// Marks a standard library that release builds can optimise together with the programs: cargo
/// leaves out what that takes, unless it is told.
const WITH_BITCODE: &str = "with-bitcode";

/// A system that this one builds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Windows on 64-bit Intel processors, linked by mingw.
    Windows,
    /// macOS on Apple's processors. Its types are checked, nothing is linked.
    Mac,
}

impl Target {
    /// The compiler's name for it.
    pub(crate) const fn triple(self) -> &'static str {
        match self {
            Self::Windows => "x86_64-pc-windows-gnu",
            Self::Mac => "aarch64-apple-darwin",
        }
    }

    /// Debian packages that building for it takes.
    const fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Windows => &["gcc-mingw-w64-x86-64", "g++-mingw-w64-x86-64", "nasm"],
            Self::Mac => &[],
        }
    }
}

/// The toolchain, ready for one system.
#[derive(Debug)]
pub(crate) struct Cross {
    target: Target,
    place: PathBuf,
}

impl Cross {
    /// Makes ready what is not there yet: packages, the source, the standard library. The first
    /// time takes minutes and an internet connection, later ones neither.
    ///
    /// # Errors
    /// When the compiler is not the version that there is a source for, or something can't be
    /// installed, fetched or built.
    pub(crate) fn ready(target: Target) -> Result<Self> {
        setup::packages(target.packages())?;
        let cross = Self {
            target,
            place: cache()?.join(VERSION),
        };
        fs::create_dir_all(&cross.place)
            .with_context(|| format!("creating {}", cross.place.display()))?;
        // Two of these at once would build into one another's directories.
        let lock = fs::File::create(cross.place.join("lock"))?;
        lock.lock().context("waiting for another set-up to end")?;
        cross.shadow()?;
        cross.standard_library()?;
        if target == Target::Mac {
            cross.stubs()?;
        }
        Ok(cross)
    }

    /// `cargo` in the top directory of the source tree, building for the system with the stable
    /// language alone. Programs for Windows are run by Wine if `wine` is given to
    /// [`Wine::runs`].
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = Command::new(self.toolchain().join("bin/cargo"));
        cargo.current_dir(root());
        for (key, _) in std::env::vars_os() {
            let name = key.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                cargo.env_remove(&key);
            }
        }
        self.environment(&mut cargo);
        cargo
    }

    /// Lets a program that calls cargo itself build with this toolchain. It still has to be told
    /// the target.
    pub(crate) fn environment(&self, command: &mut Command) {
        let bin = self.toolchain().join("bin");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(bin.clone()).chain(std::env::split_paths(&path));
        if let Ok(path) = std::env::join_paths(paths) {
            command.env("PATH", path);
        }
        command
            .env_remove("RUSTUP_TOOLCHAIN")
            // `cargo run` leads to the machine's own compiler with it, which lacks the library.
            .env_remove("LD_LIBRARY_PATH")
            .env("CARGO", bin.join("cargo"))
            .env("RUSTC", bin.join("rustc"))
            .env("RUSTDOC", bin.join("rustdoc"))
            // For clippy, which does not ask the compiler.
            .env("SYSROOT", self.toolchain())
            .env("CARGO_TARGET_DIR", target_directory());
        match self.target {
            Target::Windows => command.env(
                "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER",
                "x86_64-w64-mingw32-gcc",
            ),
            Target::Mac => command
                .env("CC_aarch64_apple_darwin", self.place.join("stub-cc"))
                .env("CXX_aarch64_apple_darwin", self.place.join("stub-cc"))
                .env("AR_aarch64_apple_darwin", self.place.join("stub-ar"))
                .env("SDKROOT", self.place.join("empty")),
        };
    }

    /// The directory that holds what cargo builds for the system in a profile, as cargo names
    /// it: `debug` for `dev`.
    pub(crate) fn results(&self, profile: &str) -> PathBuf {
        target_directory().join(self.target.triple()).join(profile)
    }

    fn toolchain(&self) -> PathBuf {
        self.place.join("toolchain")
    }

    /// A toolchain that consists of links to the machine's own, with room for other systems. The
    /// programs that look for their libraries from where they are must be there themselves.
    fn shadow(&self) -> Result<()> {
        let original = original()?;
        let toolchain = self.toolchain();
        let complete = toolchain.join("complete");
        if fs::read_to_string(&complete).is_ok_and(|text| Path::new(&text) == original) {
            return Ok(());
        }
        empty(&toolchain)?;
        for directory in ["bin", "lib"] {
            fs::create_dir_all(toolchain.join(directory))?;
            for entry in fs::read_dir(original.join(directory))? {
                let entry = entry?;
                let name = entry.file_name();
                let copy = toolchain.join(directory).join(&name);
                let name = name.to_string_lossy();
                if ["rustc", "rustdoc", "clippy-driver"].contains(&name.as_ref())
                    || name.starts_with("librustc_driver")
                {
                    fs::copy(entry.path(), copy)?;
                } else if name != "rustlib" {
                    symlink(entry.path(), copy)?;
                }
            }
        }
        let libraries = toolchain.join("lib/rustlib");
        fs::create_dir_all(libraries.join("src/rust"))?;
        for entry in fs::read_dir(original.join("lib/rustlib"))? {
            let entry = entry?;
            if entry.file_name() != "src" {
                symlink(entry.path(), libraries.join(entry.file_name()))?;
            }
        }
        symlink(self.source(), libraries.join("src/rust/library"))?;
        let original = original.to_string_lossy();
        fs::write(complete, original.as_bytes()).context("marking the toolchain complete")
    }

    /// Where the source of the standard library is unpacked.
    fn source(&self) -> PathBuf {
        self.place.join("source").join(SOURCE_LIBRARY)
    }

    fn standard_library(&self) -> Result<()> {
        let triple = self.target.triple();
        let installed = self.toolchain().join("lib/rustlib").join(triple);
        let complete = installed.join(WITH_BITCODE);
        if complete.is_file() {
            return Ok(());
        }
        self.fetch_source()?;
        println!("set-up: building the standard library for {triple}");
        let seed = self.place.join("seed");
        empty(&seed)?;
        fs::create_dir_all(seed.join("src"))?;
        fs::write(seed.join("src/lib.rs"), "")?;
        fs::write(seed.join("Cargo.toml"), SEED)?;
        let mut build = self.cargo();
        build
            .args(["build", "--release", "--target", triple])
            .arg("-Zbuild-std=std,panic_abort,proc_macro,test")
            .current_dir(&seed)
            .env("CARGO_TARGET_DIR", seed.join("target"))
            .env("RUSTFLAGS", "-Cembed-bitcode=yes")
            .env("RUSTC_BOOTSTRAP", "1");
        let status = build.status().context("starting cargo")?;
        ensure!(
            status.success(),
            "the standard library for {triple} does not build"
        );
        // Complete under another name first: what is there under its own is taken as complete.
        let draft = self.place.join("standard-library");
        empty(&draft)?;
        fs::create_dir_all(draft.join("lib"))?;
        for entry in fs::read_dir(seed.join("target").join(triple).join("release/deps"))? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.ends_with(".rlib") && !name.starts_with("libstd_seed") {
                fs::copy(entry.path(), draft.join("lib").join(name.as_ref()))?;
            }
        }
        fs::write(draft.join(WITH_BITCODE), "")?;
        empty(&installed)?;
        fs::rename(&draft, &installed).context("installing the standard library")?;
        // What was built with another one does not find its crates any more.
        empty(&target_directory().join(triple))?;
        empty(&seed)
    }

    fn fetch_source(&self) -> Result<()> {
        let unpacked = self.place.join("source");
        if unpacked.join("complete").is_file() {
            return Ok(());
        }
        let package = self.place.join("rust-src.deb");
        if !is_the_source(&package) {
            println!("set-up: fetching the source of the standard library, 45 MB");
            let url = format!("{}/{SOURCE}", mirror()?);
            let mut curl = Command::new("curl");
            curl.args(["--fail", "--silent", "--show-error", "--location"])
                .args(["--proto", "=https,http", "--max-time", "600", "--output"])
                .arg(&package)
                .arg(&url);
            finish(&mut curl).context("fetching Debian's package rust-src")?;
            ensure!(
                is_the_source(&package),
                "{url} is not the file it was when this was written"
            );
        }
        empty(&unpacked)?;
        fs::create_dir_all(&unpacked)?;
        let mut unpack = Command::new("sh");
        unpack
            .args([
                "-ec",
                r#"dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" "$3""#,
                "unpack",
            ])
            .args([&package, &unpacked])
            .arg(SOURCE_LIBRARY);
        finish(&mut unpack).context("unpacking Debian's package rust-src")?;
        fs::write(unpacked.join("complete"), "").context("marking the source complete")
    }

    /// Compilers that let build scripts pass where nothing is linked.
    fn stubs(&self) -> Result<()> {
        fs::create_dir_all(self.place.join("empty"))?;
        for (name, text) in [
            ("stub-cc", include_str!("cross/stub-cc.sh")),
            ("stub-ar", include_str!("cross/stub-ar.sh")),
        ] {
            let path = self.place.join(name);
            if fs::read_to_string(&path).ok().as_deref() != Some(text) {
                write_program(&path, text.as_bytes(), 0o755)?;
            }
        }
        Ok(())
    }
}

/// A package that needs nothing but the standard library.
const SEED: &str = r#"[package]
name = "std-seed"
version = "0.0.0"
edition = "2024"

[workspace]

[profile.release]
debug = 0
"#;

/// Where things outlive a clean source tree.
fn cache() -> Result<PathBuf> {
    let named = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let below_home = || std::env::home_dir().map(|home| home.join(".cache"));
    let cache = named
        .filter(|path| path.is_absolute())
        .or_else(below_home)
        .context("there is no home directory to keep the toolchain in")?;
    Ok(cache.join("platen/cross"))
}

/// Apart from the machine's own results: another compiler, by its path, would build them anew.
fn target_directory() -> PathBuf {
    root().join("target/cross")
}

/// The directory of the machine's toolchain.
fn original() -> Result<PathBuf> {
    let version = finish(Command::new("rustc").arg("--version").current_dir(root()))?;
    ensure!(
        version.split_whitespace().nth(1) == Some(VERSION),
        "Debian has the source of the standard library for rustc {VERSION} alone, and this is {}; \
         with rustup: RUSTUP_TOOLCHAIN={VERSION} cargo xtask …",
        version.trim()
    );
    let mut rustc = Command::new("rustc");
    let sysroot = finish(rustc.args(["--print", "sysroot"]).current_dir(root()))?;
    Ok(PathBuf::from(sysroot.trim()))
}

/// Where this computer has Debian's packages from.
fn mirror() -> Result<String> {
    let mut targets = Command::new("apt-get");
    targets.args([
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Created-By: Packages",
    ]);
    let listed = finish(&mut targets).context("asking apt for its mirrors")?;
    let mut mirrors = listed.lines().map(|line| line.trim_end_matches('/'));
    let mirror = mirrors.find(|line| line.ends_with("/debian"));
    mirror.map(str::to_owned).context(
        "apt has no mirror of Debian in its sources, where the source of the standard library is",
    )
}

fn is_the_source(package: &Path) -> bool {
    package.is_file()
        && finish(Command::new("sha256sum").arg("--").arg(package))
            .is_ok_and(|sum| sum.starts_with(SOURCE_SHA256))
}

fn empty(directory: &Path) -> Result<()> {
    match fs::remove_dir_all(directory) {
        Err(problem) if problem.kind() != std::io::ErrorKind::NotFound => {
            Err(problem).with_context(|| format!("emptying {}", directory.display()))
        }
        _ => Ok(()),
    }
}
