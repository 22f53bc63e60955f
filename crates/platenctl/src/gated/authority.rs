//! Whose approvals the gate trusts.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Subcommand;
use platen_gate::places::Places;
use platen_gate::{Authorities, Authority, PublicKey, SigningKey};
use serde_json::json;

use crate::replace::replace;
use crate::table::table;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Trust a key: what it signs may print
    ///
    /// Without a file, the key that this user's client made is taken. A key that
    /// is bound to a user may approve this user's documents alone.
    Trust {
        /// The key: a client's authority.key, or a public key
        #[arg(required_unless_present = "user")]
        key: Option<PathBuf>,
        /// Trust it for this user's documents only
        #[arg(long)]
        user: Option<String>,
    },
    /// Show the trusted keys
    Show {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Trust a key no longer
    Revoke {
        /// As `authority show` names it
        name: String,
    },
}

pub(crate) fn run(command: Command) -> Result<()> {
    let places = Places::from_environment();
    match command {
        Command::Trust { key, user } => trust(&places, key, user),
        Command::Show { json } => show(&places, json),
        Command::Revoke { name } => revoke(&places, &name),
    }
}

fn trust(places: &Places, key: Option<PathBuf>, user: Option<String>) -> Result<()> {
    let path = match (key, &user) {
        (Some(path), _) => path,
        (None, Some(user)) => clients_key(user)?,
        (None, None) => bail!("name a key or a user"),
    };
    let key = read_key(&path)?;
    if let Some(user) = &user {
        let proper = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
        ensure!(
            !user.is_empty() && !user.starts_with('.') && user.chars().all(proper),
            "{user} is no user name"
        );
    }
    let authority = Authority {
        key,
        user: user.clone(),
    };
    let name = user.unwrap_or_else(|| "everyone".into());
    create_directory(&places.authorities)?;
    let file = places.authorities.join(format!("{name}.pub"));
    replace(&file, format!("{authority}\n").as_bytes(), 0o644, None)?;
    println!("{name}: trusted ({key}).");
    Ok(())
}

/// Where the client of `user` keeps its key. *Source*: docs/configuration.md.
fn clients_key(user: &str) -> Result<PathBuf> {
    let passwd = fs::read_to_string("/etc/passwd").context("the users cannot be read")?;
    let home = passwd
        .lines()
        .filter(|line| line.split(':').next() == Some(user))
        .find_map(|line| line.split(':').nth(5))
        .with_context(|| format!("there is no user {user} on this computer"))?;
    Ok(Path::new(home).join(".local/share/platen/authority.key"))
}

/// A public key, or the public half of a secret one.
fn read_key(path: &Path) -> Result<PublicKey> {
    let text = fs::read_to_string(path).with_context(|| {
        format!(
            "the key {} cannot be read; has this user's client been started once?",
            path.display()
        )
    })?;
    if let Ok(key) = text.trim().parse() {
        return Ok(key);
    }
    SigningKey::load(path)
        .map(|key| key.public())
        .with_context(|| format!("{} holds no usable key", path.display()))
}

/// The directory of keys, which nobody else may write.
fn create_directory(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(path)
        .with_context(|| {
            format!(
                "{} cannot be made; run this as administrator",
                path.display()
            )
        })
}

/// The keys, as the gate will read them.
pub(crate) fn load(places: &Places) -> Result<Authorities> {
    let uid = rustix::process::geteuid().as_raw();
    Authorities::load(&places.authorities, uid).map_err(Into::into)
}

pub(crate) fn name(path: &Path) -> String {
    path.file_stem()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn show(places: &Places, json: bool) -> Result<()> {
    let found = load(places)?;
    if json {
        let keys: Vec<_> = found
            .keys
            .iter()
            .map(|(path, authority)| {
                json!({
                    "name": name(path), "user": authority.user,
                    "key": authority.key.to_string(),
                })
            })
            .collect();
        println!("{}", serde_json::to_string_pretty(&keys)?);
        return Ok(());
    }
    for (path, problem) in &found.unreadable {
        eprintln!("{}: counts for nothing: {problem}", name(path));
    }
    if found.keys.is_empty() {
        println!("No key is trusted, so nothing prints. Trust one with: platenctl authority trust");
        return Ok(());
    }
    let rows: Vec<_> = found
        .keys
        .iter()
        .map(|(path, authority)| {
            let whose = authority.user.as_deref().unwrap_or("everyone");
            vec![name(path), whose.to_owned(), authority.key.to_string()]
        })
        .collect();
    print!("{}", table(&["NAME", "APPROVES FOR", "KEY"], &rows));
    Ok(())
}

fn revoke(places: &Places, wanted: &str) -> Result<()> {
    let found = load(places)?;
    let path = found
        .keys
        .iter()
        .map(|(path, _)| path)
        .chain(found.unreadable.iter().map(|(path, _)| path))
        .find(|path| name(path) == wanted)
        .with_context(|| format!("no key is named {wanted}"))?;
    fs::remove_file(path).context("the key cannot be removed; run this as administrator")?;
    println!("{wanted}: trusted no longer.");
    Ok(())
}
