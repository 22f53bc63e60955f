//! Where the client finds things: files of the machine and of the user.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use url::Url;

/// The client's settings. *Source*: docs/configuration.md.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// The OpenID issuer; none: the computer's own user is the identity.
    pub issuer: Option<String>,
    /// The OpenID client, a public native one.
    pub client_id: Option<String>,
    /// The claim that carries group names.
    pub groups_claim: Option<String>,
    /// Managed queues; none: every queue that stands behind the gate.
    pub queues: Option<Vec<String>>,
    /// Accounts, rate card and groups to load at start.
    pub pilot: Option<PathBuf>,
    /// The socket of the CUPS server.
    pub cups_server: Option<PathBuf>,
    /// Where the ledger, the key and the sealed session are kept.
    pub data_dir: Option<PathBuf>,
    /// The analyser; default: `platen-estimate` beside this program.
    pub estimator: Option<PathBuf>,
    /// Where the site's server is; none: the portal of this computer.
    pub server_url: Option<String>,
    /// The proxy to the site's server; none: the system's own, if it has one.
    pub proxy: Option<String>,
    /// Whether the tray menu has *Quit*.
    pub allow_quit: Option<bool>,
}

/// Names the one file that replaces the machine's and the user's.
const OVERRIDE: &str = "PLATEN_CONFIG";
const MACHINE_FILE: &str = "/etc/platen/client.toml";

impl Config {
    /// Reads the machine's file, then the user's; a value of the machine wins,
    /// since it is the administrator's.
    ///
    /// *Errors*: a file that can't be read or has an error, with its line.
    pub(crate) fn load() -> Result<Self> {
        if let Some(path) = std::env::var_os(OVERRIDE) {
            return read(Path::new(&path))?.with_context(|| {
                format!("{OVERRIDE} names {}, which does not exist", path.display())
            });
        }
        let machine = read(Path::new(MACHINE_FILE))?.unwrap_or_default();
        let user = read(&user_dir("XDG_CONFIG_HOME", ".config")?.join("platen/client.toml"))?
            .unwrap_or_default();
        Ok(machine.or(user))
    }

    fn or(self, other: Self) -> Self {
        Self {
            issuer: self.issuer.or(other.issuer),
            client_id: self.client_id.or(other.client_id),
            groups_claim: self.groups_claim.or(other.groups_claim),
            queues: self.queues.or(other.queues),
            pilot: self.pilot.or(other.pilot),
            cups_server: self.cups_server.or(other.cups_server),
            data_dir: self.data_dir.or(other.data_dir),
            estimator: self.estimator.or(other.estimator),
            server_url: self.server_url.or(other.server_url),
            proxy: self.proxy.or(other.proxy),
            allow_quit: self.allow_quit.or(other.allow_quit),
        }
    }

    /// The server's address, if there is a server.
    ///
    /// *Errors*: it is no address, plain http to another machine, or there is no
    /// issuer, by whose word the server lets people in.
    pub(crate) fn server_url(&self) -> Result<Option<Url>> {
        let Some(text) = &self.server_url else {
            return Ok(None);
        };
        let url = Url::parse(text).context("the setting “server_url” is not an address")?;
        if !platen_identity::is_safe(&url) {
            bail!("the setting “server_url” must start with https://");
        }
        if self.issuer.is_none() {
            bail!(
                "the setting “server_url” needs “issuer”: a server knows people by their sign-in"
            );
        }
        Ok(Some(url))
    }

    /// The proxy to the server, if one is set.
    ///
    /// *Errors*: it is no address.
    pub(crate) fn proxy(&self) -> Result<Option<Url>> {
        let parse = |text: &String| Url::parse(text).context("the setting “proxy” is no address");
        self.proxy.as_ref().map(parse).transpose()
    }

    /// Where the ledger, the key and the sealed session are kept; made with
    /// access for the owner alone.
    ///
    /// *Errors*: no home directory, or it can't be made.
    pub(crate) fn data_dir(&self) -> Result<PathBuf> {
        let dir = match &self.data_dir {
            Some(dir) => dir.clone(),
            None => user_dir("XDG_DATA_HOME", ".local/share")?.join("platen"),
        };
        private_dir(&dir)?;
        Ok(dir)
    }

    /// The analyser's program file.
    ///
    /// *Errors*: it is not there.
    pub(crate) fn estimator(&self) -> Result<PathBuf> {
        let path = match &self.estimator {
            Some(path) => path.clone(),
            None => std::env::current_exe()?.with_file_name("platen-estimate"),
        };
        if !path.is_file() {
            bail!(
                "the document analyser {} is missing; install Platen again",
                path.display()
            );
        }
        Ok(path)
    }
}

/// The directory for the control socket, which ends with the login session.
///
/// *Errors*: it can't be made.
pub(crate) fn runtime_dir() -> Result<PathBuf> {
    let dir = match std::env::var_os("XDG_RUNTIME_DIR") {
        Some(dir) => PathBuf::from(dir).join("platen"),
        None => user_dir("XDG_CACHE_HOME", ".cache")?.join("platen"),
    };
    private_dir(&dir)?;
    Ok(dir)
}

fn private_dir(dir: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("can’t make the directory {}", dir.display()))
}

fn user_dir(variable: &str, fallback: &str) -> Result<PathBuf> {
    if let Some(dir) = std::env::var_os(variable).map(PathBuf::from)
        && dir.is_absolute()
    {
        return Ok(dir);
    }
    let home = std::env::home_dir().context("this user has no home directory")?;
    Ok(home.join(fallback))
}

fn read(path: &Path) -> Result<Option<Config>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("can’t read {}", path.display())),
    };
    let config = toml::from_str(&text).with_context(|| format!("error in {}", path.display()))?;
    Ok(Some(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_of_the_machine_wins_over_the_users() {
        let machine = Config {
            issuer: Some("https://id.example.edu".into()),
            ..Config::default()
        };
        let user = Config {
            issuer: Some("https://evil.example".into()),
            allow_quit: Some(false),
            ..Config::default()
        };
        let merged = machine.or(user);
        assert_eq!(merged.issuer.as_deref(), Some("https://id.example.edu"));
        assert_eq!(merged.allow_quit, Some(false));
    }

    #[test]
    fn server_is_reached_by_tls_and_by_people_who_sign_in() {
        let with = |server: &str, issuer: Option<&str>| {
            let config = Config {
                server_url: Some(server.into()),
                issuer: issuer.map(str::to_owned),
                ..Config::default()
            };
            config.server_url()
        };
        let issuer = Some("https://id.example.edu");
        assert!(with("https://print.example.edu", issuer).unwrap().is_some());
        assert!(with("http://127.0.0.1:8631", issuer).unwrap().is_some());
        assert!(with("http://print.example.edu", issuer).is_err());
        assert!(with("print.example.edu", issuer).is_err());
        assert!(with("https://print.example.edu", None).is_err());
        assert_eq!(Config::default().server_url().unwrap(), None);
    }

    #[test]
    fn misspelt_key_is_an_error_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("client.toml");
        std::fs::write(
            &path,
            "client_id = \"platen\"\nisuer = \"https://id.example.edu\"\n",
        )
        .unwrap();
        let error = format!("{:#}", read(&path).unwrap_err());
        assert!(
            error.contains("line 2") && error.contains("isuer"),
            "{error}"
        );
        assert_eq!(read(&dir.path().join("absent.toml")).unwrap(), None);
    }
}
