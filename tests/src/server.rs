//! A central server to test: real provider, real `platen-server` processes, SQLite or PostgreSQL.

mod device;
mod program;
mod web;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use platen_lab::{
    Postgres, PostgresOptions, Provider, Scratch, Server, ServerOptions, Stage, StageOptions,
};

use crate::rig::programs_with;
use crate::{Chromium, View};

pub use device::EnrolledDevice;
pub use program::ApiProgram;
pub use web::{WebClient, WebPage};

/// The database that the servers share.
const DATABASE: &str = "platen";

/// What differs from one server on SQLite that prints nothing.
#[derive(Clone, Debug, Default)]
pub struct ServerRigOptions {
    /// Processes; several share one PostgreSQL.
    pub servers: usize,
    /// Whether the ledger is in PostgreSQL.
    pub postgres: bool,
    /// A pilot file's text; none: `tests/fixtures/pilot.toml`.
    pub pilot: Option<String>,
    /// Variables of every server, such as `PLATEN_SERVER_UPLOAD_LIMIT_MB`, `PORT` in their values
    /// standing for its port.
    pub environment: Vec<(String, String)>,
    /// Variables of the provider, such as token lifetimes.
    pub provider_environment: Vec<(String, String)>,
    /// A print server with printers to release to.
    pub printing: Option<StageOptions>,
}

/// The running whole. It ends with its value, and leaves nothing behind.
///
/// Any number of rigs run at once.
#[derive(Debug)]
pub struct ServerRig {
    // Dropped in this order: servers go before what they work with.
    servers: Vec<Server>,
    postgres: Option<Postgres>,
    stage: Option<Stage>,
    provider: Provider,
    scratch: Scratch,
}

impl ServerRig {
    /// One server on SQLite, with the accounts of the pilot file.
    ///
    /// # Errors
    /// When a part is missing or does not come up.
    pub fn start(name: &str) -> Result<Self> {
        Self::with(name, ServerRigOptions::default())
    }

    /// Two servers on one PostgreSQL.
    ///
    /// # Errors
    /// When a part is missing or does not come up.
    pub fn pair(name: &str) -> Result<Self> {
        let options = ServerRigOptions {
            servers: 2,
            postgres: true,
            ..ServerRigOptions::default()
        };
        Self::with(name, options)
    }

    /// What `options` say.
    ///
    /// # Errors
    /// When a part is missing or does not come up.
    pub fn with(name: &str, options: ServerRigOptions) -> Result<Self> {
        let count = options.servers.max(1);
        ensure!(
            count == 1 || options.postgres,
            "several servers need PostgreSQL"
        );
        let programs = server_programs()?;
        let scratch = Scratch::new(&format!("platen-{name}"))?;
        let environment: Vec<(&str, &str)> = options
            .provider_environment
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let provider = Provider::start(&scratch.join("provider"), &environment)?;
        let postgres = options
            .postgres
            .then(|| postgres(&scratch.join("postgres")))
            .transpose()?;
        let stage = options
            .printing
            .as_ref()
            .map(|wanted| {
                let wanted = StageOptions {
                    provider: false,
                    ..wanted.clone()
                };
                Stage::start(&scratch.join("site"), &programs, &wanted)
            })
            .transpose()?;
        let pilot = scratch.join("pilot.toml");
        let text = match &options.pilot {
            Some(text) => text.clone(),
            None => std::fs::read_to_string(platen_lab::root().join("tests/fixtures/pilot.toml"))?,
        };
        std::fs::write(&pilot, text)?;
        let mut rig = Self {
            servers: Vec::new(),
            postgres,
            stage,
            provider,
            scratch,
        };
        for number in 0..count {
            let server = rig.options(&options, &pilot);
            let directory = rig.scratch.join(format!("server-{number}"));
            rig.servers
                .push(Server::start(&directory, &programs, &server)?);
        }
        if let Some(stage) = &rig.stage {
            rig.trust(stage)?;
        }
        Ok(rig)
    }

    fn options(&self, options: &ServerRigOptions, pilot: &Path) -> ServerOptions {
        let mut environment = options.environment.clone();
        if let Some(stage) = &self.stage {
            environment.extend(stage.env());
            let socket = stage.cupsd().socket().display().to_string();
            environment.push(("PLATEN_SERVER_PRINTING_CUPS_SERVER".to_owned(), socket));
        }
        ServerOptions {
            issuer: Some(self.provider.issuer().to_owned()),
            database: self.postgres.as_ref().map(|it| it.url(DATABASE)),
            pilot: Some(pilot.to_owned()),
            environment,
        }
    }

    /// Lets the print server believe what the servers sign.
    fn trust(&self, stage: &Stage) -> Result<()> {
        for server in &self.servers {
            let key = server.data().join("authority.key");
            if key.exists() {
                let mut trust = stage.platenctl();
                platen_lab::finish(trust.args(["authority", "trust"]).arg(key))?;
            }
        }
        Ok(())
    }

    /// Where people reach the first server, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.servers[0].url()
    }

    /// The server with that number, from 0.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn server(&mut self, number: usize) -> Result<&mut Server> {
        self.servers.get_mut(number).context("no such server")
    }

    /// The provider.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// The provider, to take down or to bring up.
    pub fn provider_mut(&mut self) -> &mut Provider {
        &mut self.provider
    }

    /// The database server.
    ///
    /// # Errors
    /// When the ledger is in a file.
    pub fn postgres(&mut self) -> Result<&mut Postgres> {
        self.postgres.as_mut().context("there is no PostgreSQL")
    }

    /// The print server and its printers.
    ///
    /// # Errors
    /// When there is none.
    pub fn stage(&mut self) -> Result<&mut Stage> {
        self.stage.as_mut().context("there is no print server")
    }

    /// A path in the rig's own directory.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.scratch.join(name)
    }

    /// Signs `login` in at the first server as a browser would, without the drawing.
    ///
    /// # Errors
    /// When a page does not answer or refuses.
    pub async fn sign_in(&self, login: &str) -> Result<WebClient> {
        WebClient::sign_in(&self.url(), login).await
    }

    /// As [`ServerRig::sign_in`], at the server with that number.
    ///
    /// # Errors
    /// As there.
    pub async fn sign_in_at(&self, number: usize, login: &str) -> Result<WebClient> {
        let server = self.servers.get(number).context("no such server")?;
        WebClient::sign_in(&server.url(), login).await
    }

    /// Opens Chromium with a profile of its own.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn chromium(&self, view: View) -> Result<Chromium> {
        let mut number = 0;
        let profile = loop {
            let profile = self.path(&format!("browser-{number}"));
            match std::fs::create_dir(&profile) {
                Ok(()) => break profile,
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error.into()),
            }
        };
        Chromium::open(&profile, view).await
    }

    /// Opens Chromium and signs `login` in at `path` of the first server, through the provider's
    /// pages; the browser is then at `path`.
    ///
    /// # Errors
    /// When a page is not as it should be.
    pub async fn browse(&self, login: &str, path: &str, view: View) -> Result<Chromium> {
        self.browse_at(0, login, path, view).await
    }

    /// As [`ServerRig::browse`], at the server with that number.
    ///
    /// # Errors
    /// As there.
    pub async fn browse_at(
        &self,
        number: usize,
        login: &str,
        path: &str,
        view: View,
    ) -> Result<Chromium> {
        let server = self.servers.get(number).context("no such server")?;
        let browser = self.chromium(view).await?;
        browser.sign_in_to(&server.url(), path, login).await?;
        Ok(browser)
    }
}

/// The directory with `platen-server`.
///
/// # Errors
/// When it was not built.
pub fn server_programs() -> Result<PathBuf> {
    programs_with("platen-server")
}

fn postgres(directory: &Path) -> Result<Postgres> {
    let postgres = Postgres::start(directory, &PostgresOptions::default())?;
    postgres.create_database(DATABASE)?;
    Ok(postgres)
}

/// A certificate for 127.0.0.1 that nobody trusts, and its key, as PEM.
///
/// # Errors
/// When none can be made.
pub fn certificate() -> Result<(String, String)> {
    certificate_for("127.0.0.1")
}

/// The same for another address.
///
/// # Errors
/// When none can be made.
pub fn certificate_for(address: &str) -> Result<(String, String)> {
    let key = rcgen::KeyPair::generate()?;
    let certificate = rcgen::CertificateParams::new(vec![address.to_owned()])?;
    Ok((certificate.self_signed(&key)?.pem(), key.serialize_pem()))
}
