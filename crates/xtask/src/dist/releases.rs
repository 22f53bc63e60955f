//! The list of releases that clients ask for newer versions, and its signature.
//!
//! Files are named as they lie beside the list, so that it is good wherever all of it is
//! put. *Source*: docs/deployment.md, Updates; crates/platen-update/src/list.rs.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use platen_lab::finish;

use super::sbom::text;
use super::{Kind, Release};

/// Names the file with the private key, as `openssl genpkey -algorithm ed25519` makes it.
const KEY: &str = "PLATEN_UPDATE_KEY";
/// What programs are built with: the key whose lists they believe.
pub(super) const PUBLIC_KEY: &str = "PLATEN_UPDATE_PUBLIC_KEY";
const FILE: &str = "releases.json";
pub(super) const CHANNELS: [&str; 2] = ["beta", "stable"];
/// Until then a list has to be made anew, or clients believe it no more. *Units*: seconds.
const GOOD_FOR_S: u64 = 90 * 24 * 3600;

/// How what was built is handed out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) channel: &'static str,
    /// *Units*: per cent of the devices.
    pub(super) share: u8,
    pub(super) notes: Option<String>,
}

impl Default for Listing {
    fn default() -> Self {
        Self {
            channel: "stable",
            share: 100,
            notes: None,
        }
    }
}

/// The channel of that name.
///
/// # Errors
/// There is none.
pub(super) fn channel(name: &str) -> Result<&'static str> {
    let known = CHANNELS.into_iter().find(|channel| *channel == name);
    known.with_context(|| format!("no channel {name:?}; there are beta and stable"))
}

/// # Errors
/// It is no whole number up to 100.
pub(super) fn share(text: &str) -> Result<u8> {
    let share = text.parse().ok().filter(|share| *share <= 100);
    share.with_context(|| format!("{text:?} is no share in per cent, such as 20"))
}

/// # Errors
/// It is no address of https.
pub(super) fn notes(text: &str) -> Result<String> {
    ensure!(
        text.starts_with("https://"),
        "{text:?} is no address that starts with https://"
    );
    Ok(text.to_owned())
}

/// The public half of the key that signs, in one line of base64; none: no key is named.
///
/// # Errors
/// The key can't be read.
pub(super) fn public_key() -> Result<Option<String>> {
    let Ok(key) = std::env::var(KEY) else {
        return Ok(None);
    };
    let mut show = std::process::Command::new("openssl");
    let pem = finish(show.args(["pkey", "-pubout", "-in", &key]))
        .with_context(|| format!("reading the key that {KEY} names"))?;
    let line = pem.lines().nth(1).unwrap_or_default().to_owned();
    ensure!(
        pem.lines().count() == 3 && line.len() == 60,
        "{KEY} names no Ed25519 key; openssl genpkey -algorithm ed25519 makes one"
    );
    Ok(Some(line))
}

/// Writes the list with `made` in it, signs it, and returns the new files; nothing where no
/// package of the client was made. The other channel stays as the list there says.
///
/// # Errors
/// When a key is named and can't be used.
pub(super) fn make(release: &Release, listing: &Listing, made: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in made {
        let name = path.file_name().and_then(|name| name.to_str());
        let Some((name, (platform, kind))) = name.and_then(|name| Some((name, place_of(name)?)))
        else {
            continue;
        };
        let sum = finish(release.tool("sha256sum").arg("--").arg(path))?;
        files.push(format!(
            "{{\"platform\":{},\"kind\":\"{kind}\",\"url\":{},\"size\":{},\"sha256\":{}}}",
            text(&platform),
            text(name),
            fs::metadata(path)?.len(),
            text(sum.split_whitespace().next().unwrap_or_default()),
        ));
    }
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let file = release.out.join(FILE);
    let entry = entry(release, listing, &files);
    let mut channels = vec![(listing.channel, entry)];
    if let Ok(before) = fs::read_to_string(&file) {
        channels.extend(others(&before, listing.channel)?);
    }
    channels.sort_unstable();
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let until = format!("@{}", now + GOOD_FOR_S);
    let expires = finish(release.tool("date").args(["-u", "-d", &until, "+%FT%TZ"]))?;
    let channels: Vec<String> = channels
        .into_iter()
        .map(|(name, entry)| format!("\"{name}\":{entry}"))
        .collect();
    let list = format!(
        "{{\"format\":1,\"serial\":{now},\"expires\":{},\"channels\":{{\n{}\n}}}}\n",
        text(expires.trim()),
        channels.join(",\n")
    );
    fs::write(&file, list)?;
    let signature = release.out.join(format!("{FILE}.sig"));
    let mut all = vec![file.clone()];
    match std::env::var(KEY) {
        Ok(key) => {
            sign(release, &key, &file, &signature)
                .with_context(|| format!("signing with the key that {KEY} names"))?;
            all.push(signature);
        }
        Err(_) => {
            println!("release list: not signed, {KEY} names no key");
            // One of an earlier list would only look like one.
            if signature.exists() {
                fs::remove_file(signature)?;
            }
        }
    }
    Ok(all)
}

/// For which system and kind of package a file is; none: it is not of the client.
fn place_of(name: &str) -> Option<(String, &'static str)> {
    let (_, end) = name.rsplit_once('.')?;
    let (_, kind) = super::KINDS.into_iter().find(|(known, _)| *known == end)?;
    let of_server = name.starts_with("platen-server");
    let place = match kind {
        Kind::Deb | Kind::Rpm if of_server => return None,
        Kind::Deb => (format!("linux-{}", std::env::consts::ARCH), "deb"),
        Kind::Rpm => (format!("linux-{}", std::env::consts::ARCH), "rpm"),
        Kind::Pkg => ("macos-aarch64".to_owned(), "pkg"),
        Kind::Msi => ("windows-x86_64".to_owned(), "msi"),
    };
    Some(place)
}

/// On one line, by which a later list finds it.
fn entry(release: &Release, listing: &Listing, files: &[String]) -> String {
    let notes = listing.notes.as_ref();
    let notes = notes.map(|notes| format!("\"notes\":{},", text(notes)));
    format!(
        "{{\"version\":{},{}\"share\":{},\"files\":[{}]}}",
        text(&release.version),
        notes.unwrap_or_default(),
        listing.share,
        files.join(",")
    )
}

/// What a list that was made here says of other channels than `ours`.
fn others(before: &str, ours: &str) -> Result<Vec<(&'static str, String)>> {
    let mut lines = before.lines();
    let ours_alone = lines
        .next()
        .is_some_and(|head| head.starts_with("{\"format\":1,\"serial\":"));
    ensure!(
        ours_alone && before.ends_with("\n}}\n"),
        "{FILE} was not made here; move it away to begin anew"
    );
    let mut found = Vec::new();
    for line in lines.take_while(|line| *line != "}}") {
        let parts = line.trim_end_matches(',').strip_prefix('"');
        let Some((name, entry)) = parts.and_then(|line| line.split_once("\":")) else {
            bail!("{FILE} was not made here; move it away to begin anew");
        };
        let name = channel(name)?;
        if name != ours {
            found.push((name, entry.to_owned()));
        }
    }
    Ok(found)
}

/// *Source*: openssl-pkeyutl(1): Ed25519 takes the bytes themselves.
fn sign(release: &Release, key: &str, list: &Path, signature: &Path) -> Result<()> {
    let raw = release.scratch("signature")?.join("raw");
    let mut sign = release.tool("openssl");
    sign.args(["pkeyutl", "-sign", "-rawin", "-inkey", key, "-in"]);
    finish(sign.arg(list).arg("-out").arg(&raw))?;
    let mut encode = release.tool("openssl");
    let encoded = finish(encode.args(["base64", "-A", "-in"]).arg(&raw))?;
    Ok(fs::write(signature, encoded)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use platen_lab::Scratch;

    use super::*;
    use crate::dist::Profile;

    fn release(out: &Path, version: &str) -> Release {
        Release {
            version: version.to_owned(),
            epoch: 0,
            profile: Profile::Dev,
            programs: PathBuf::new(),
            out: out.to_owned(),
            crates: BTreeSet::new(),
            windows: BTreeSet::new(),
        }
    }

    #[test]
    fn list_names_the_clients_packages_and_keeps_the_other_channel() {
        let scratch = Scratch::new("platen-releases").unwrap();
        let names = [
            "platen-tools_1.2.0_amd64.deb",
            "platen_1.2.0_amd64.deb",
            "platen-server_1.2.0_amd64.deb",
            "platen-1.2.0-x64.msi",
            "platen-1.2.0.cdx.json",
        ];
        let made: Vec<PathBuf> = names.map(|name| scratch.join(name)).to_vec();
        for file in &made {
            fs::write(file, "abc").unwrap();
        }
        let stable = Listing {
            notes: Some("https://example.edu/\"new\"".into()),
            ..Listing::default()
        };
        make(&release(scratch.path(), "1.2.0"), &stable, &made).unwrap();
        let beta = Listing {
            channel: "beta",
            share: 20,
            notes: None,
        };
        let files = make(&release(scratch.path(), "1.3.0"), &beta, &made[3..4]).unwrap();
        assert_eq!(files, [scratch.join(FILE)]);
        let text = fs::read_to_string(scratch.join(FILE)).unwrap();
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let file = |platform: &str, kind: &str, name: &str| {
            format!(
                "{{\"platform\":\"{platform}\",\"kind\":\"{kind}\",\"url\":\"{name}\",\
                 \"size\":3,\"sha256\":\"{sum}\"}}"
            )
        };
        let linux = format!("linux-{}", std::env::consts::ARCH);
        let msi = file("windows-x86_64", "msi", names[3]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("{\"format\":1,\"serial\":1"), "{text}");
        assert_eq!(
            lines[1],
            format!("\"beta\":{{\"version\":\"1.3.0\",\"share\":20,\"files\":[{msi}]}},")
        );
        assert_eq!(
            lines[2],
            format!(
                "\"stable\":{{\"version\":\"1.2.0\",\"notes\":\"https://example.edu/\\\"new\\\"\",\
                 \"share\":100,\"files\":[{},{},{msi}]}}",
                file(&linux, "deb", names[0]),
                file(&linux, "deb", names[1]),
            )
        );
        // The next one of a channel takes the place of the one before.
        let again = Listing {
            share: 50,
            ..Listing::default()
        };
        make(&release(scratch.path(), "1.2.1"), &again, &made).unwrap();
        let text = fs::read_to_string(scratch.join(FILE)).unwrap();
        assert_eq!(text.matches("\"stable\"").count(), 1);
        assert!(text.contains("1.2.1") && text.contains("1.3.0") && !text.contains("\"1.2.0\""));
        assert!(
            make(&release(scratch.path(), "1.2.1"), &again, &made[4..])
                .unwrap()
                .is_empty()
        );
        fs::write(scratch.join(FILE), "{}").unwrap();
        assert!(make(&release(scratch.path(), "1.2.1"), &again, &made).is_err());
    }

    #[test]
    fn shares_channels_and_notes_are_what_clients_take() {
        assert_eq!(share("0").unwrap(), 0);
        assert_eq!(share("100").unwrap(), 100);
        for text in ["101", "-1", "5%", ""] {
            assert!(share(text).is_err(), "{text}");
        }
        assert_eq!(channel("beta").unwrap(), "beta");
        assert!(channel("off").is_err());
        assert!(notes("http://example.edu").is_err());
    }
}
