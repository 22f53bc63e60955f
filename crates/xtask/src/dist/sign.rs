//! Checksums, and the signatures that the environment has keys for.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use platen_lab::finish;

use super::Release;

/// Names the key that gpg signs with.
const KEY: &str = "PLATEN_GPG_KEY";
/// Name the certificate with its key for macOS, and a file with its password.
const MAC_KEY: &str = "PLATEN_MAC_P12";
const MAC_PASSWORD: &str = "PLATEN_MAC_P12_PASSWORD_FILE";

/// Name the certificate with its key for Windows, a file with its password, and who says when
/// it was signed.
const WINDOWS_KEY: &str = "PLATEN_WINDOWS_P12";
const WINDOWS_PASSWORD: &str = "PLATEN_WINDOWS_P12_PASSWORD_FILE";
const WINDOWS_CLOCK: &str = "PLATEN_WINDOWS_TIMESTAMP_URL";

/// Signs what has a signature inside, writes `SHA256SUMS` of `made`, signs it, and
/// returns the new files.
///
/// # Errors
/// When a key is named and can't be used: nothing is left unsigned in silence.
pub(super) fn make(release: &Release, made: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let key = std::env::var(KEY).ok();
    match &key {
        Some(key) => sign_rpms(release, made, key)?,
        None => println!("checksums and rpm: not signed, {KEY} names no key"),
    }
    sign_pkgs(release, made)?;
    let names: Vec<_> = made.iter().filter_map(|file| file.file_name()).collect();
    let sums = finish(
        release
            .tool("sha256sum")
            .args(names)
            .current_dir(&release.out),
    )?;
    let file = release.out.join("SHA256SUMS");
    fs::write(&file, sums)?;
    let mut files = vec![file.clone()];
    if let Some(key) = &key {
        let signature = release.out.join("SHA256SUMS.asc");
        let mut gpg = release.tool("gpg");
        gpg.args([
            "--batch",
            "--yes",
            "--armor",
            "--local-user",
            key,
            "--output",
        ]);
        finish(gpg.arg(&signature).arg("--detach-sign").arg(&file))
            .with_context(|| format!("signing with the key that {KEY} names"))?;
        files.push(signature);
    }
    Ok(files)
}

/// Signs a program or package for Windows in its place; without a clock the signature ends
/// with its certificate. *Source*: osslsigncode(1).
///
/// # Errors
/// When a certificate is named and can't be used.
pub(super) fn authenticode(release: &Release, file: &Path) -> Result<()> {
    let name = file.file_name().unwrap_or_default().display();
    let (Ok(key), Ok(password)) = (std::env::var(WINDOWS_KEY), std::env::var(WINDOWS_PASSWORD))
    else {
        println!("{name}: not signed, {WINDOWS_KEY} and {WINDOWS_PASSWORD} name no certificate");
        return Ok(());
    };
    let signed = file.with_extension("signed");
    let mut sign = release.tool("osslsigncode");
    sign.args(["sign", "-pkcs12", &key, "-readpass", &password]);
    sign.args(["-h", "sha256", "-n", "Platen"]);
    if let Ok(clock) = std::env::var(WINDOWS_CLOCK) {
        sign.args(["-ts", &clock]);
    }
    finish(sign.arg("-in").arg(file).arg("-out").arg(&signed))
        .with_context(|| format!("signing {name} with {WINDOWS_KEY} (Debian: osslsigncode)"))?;
    fs::rename(signed, file)?;
    Ok(())
}

/// rpm looks for the signature in the package; apt looks for one in the archive's list.
fn sign_rpms(release: &Release, made: &[PathBuf], key: &str) -> Result<()> {
    let is_rpm = |file: &&PathBuf| file.extension().is_some_and(|kind| kind == "rpm");
    for file in made.iter().filter(is_rpm) {
        let mut sign = release.tool("rpmsign");
        sign.arg("--define").arg(format!("_gpg_name {key}"));
        finish(sign.arg("--addsign").arg(file))
            .with_context(|| format!("signing {} with the key that {KEY} names", file.display()))?;
    }
    Ok(())
}

/// *Source*: rcodesign(1), of the package apple-codesign on crates.io.
fn sign_pkgs(release: &Release, made: &[PathBuf]) -> Result<()> {
    let is_pkg = |file: &&PathBuf| file.extension().is_some_and(|kind| kind == "pkg");
    for file in made.iter().filter(is_pkg) {
        let (Ok(key), Ok(password)) = (std::env::var(MAC_KEY), std::env::var(MAC_PASSWORD)) else {
            println!("pkg: not signed, {MAC_KEY} and {MAC_PASSWORD} name no certificate");
            continue;
        };
        let mut sign = release.tool("rcodesign");
        sign.args(["sign", "--p12-file", &key, "--p12-password-file", &password]);
        finish(sign.arg(file))
            .with_context(|| format!("signing {} with {MAC_KEY}", file.display()))?;
    }
    Ok(())
}
