//! A desktop whose client works with the site's server.

use std::time::Duration;

use anyhow::Result;
use platen_lab::{SeatOptions, Server, ServerOptions, StageOptions, finish, wait_for};

use crate::rig::{RigOptions, Status, pilot};
use crate::server::server_programs;
use crate::{Rig, WebClient};

const ACCOUNTS: &str = r#"
[settings]
lease_points = 5

[[account]]
name = "Course"
code = "course"
limit = 40

[[account]]
name = "Print Quota"
code = "quota"
limit = 30
"#;

/// A seat whose client works with the site's server, and Alice signed in.
#[derive(Debug)]
pub struct Site {
    // Dropped in this order: the client goes before its server.
    /// The desktop and its client.
    pub rig: Rig,
    /// The server.
    pub server: Server,
}

impl Site {
    /// Starts all of it, connected and with accounts.
    ///
    /// # Errors
    /// When a part does not come up, refuses, or is not as wanted in time.
    pub fn start(name: &str) -> Result<Self> {
        let site = Self::prepare(name)?.begin("")?;
        site.until_link("connected")?;
        site.rig
            .until("the accounts", |status| !status.accounts.is_empty())?;
        Ok(site)
    }

    /// The same before the client's first start.
    ///
    /// # Errors
    /// When a part does not come up, refuses, or is not as wanted in time.
    pub fn prepare(name: &str) -> Result<Self> {
        let options = RigOptions {
            stage: StageOptions::default(),
            seat: SeatOptions {
                provider: true,
                ..SeatOptions::default()
            },
        };
        let rig = Rig::without_client(name, options)?;
        let file = rig.file("site.toml", pilot(ACCOUNTS).as_bytes())?;
        let options = ServerOptions {
            issuer: Some(rig.stage.provider()?.issuer().to_owned()),
            pilot: Some(file),
            ..ServerOptions::default()
        };
        let server = Server::start(&rig.path("server"), &server_programs()?, &options)?;
        // The gate believes the server alone: not what this computer's user could sign.
        let mut trust = rig.stage.platenctl();
        trust.args(["authority", "trust"]);
        finish(trust.arg(server.data().join("authority.pub")))?;
        Ok(Self { rig, server })
    }

    /// Starts the client with these settings beside the server's address, and signs Alice in.
    ///
    /// # Errors
    /// When a part does not come up, refuses, or is not as wanted in time.
    pub fn begin(mut self, settings: &str) -> Result<Self> {
        let url = self.server.url();
        self.begin_at(&url, settings)?;
        Ok(self)
    }

    /// The same at another address.
    ///
    /// # Errors
    /// When a part does not come up, refuses, or is not as wanted in time.
    pub fn begin_at(&mut self, url: &str, settings: &str) -> Result<()> {
        let rig = &mut self.rig;
        rig.seat
            .configure(&format!("server_url = \"{url}\"\n{settings}"))?;
        rig.seat.start_client()?;
        rig.seat.sign_in(&rig.stage, "alice")
    }

    /// Waits until it stands so with the server.
    ///
    /// # Errors
    /// When a part does not come up, refuses, or is not as wanted in time.
    pub fn until_link(&self, link: &str) -> Result<Status> {
        self.rig.until(&format!("the link to be {link}"), |status| {
            status
                .server
                .as_ref()
                .is_some_and(|server| server.link == link)
        })
    }

    /// Points are set aside on this computer, and everything is delivered.
    ///
    /// # Errors
    /// When a part does not come up, refuses, or is not as wanted in time.
    pub fn until_leased(&self) -> Result<()> {
        self.rig
            .until("points to be set aside", |status| {
                let server = status.server.as_ref();
                server.is_some_and(|server| !server.leases.is_empty() && server.undelivered == 0)
            })
            .map(drop)
    }

    /// The server is back, and has everything; the longest pause between two tries is a minute.
    ///
    /// # Errors
    /// When a part does not come up, refuses, or is not as wanted in time.
    pub fn until_delivered(&self) -> Result<Status> {
        wait_for(
            "everything to be delivered",
            Duration::from_secs(120),
            || {
                let status = self.rig.status()?;
                let is_delivered = status
                    .server
                    .as_ref()
                    .is_some_and(|server| server.link == "connected" && server.undelivered == 0);
                Ok(is_delivered.then_some(status))
            },
        )
    }

    /// The server's portal, as Alice.
    ///
    /// # Errors
    /// When a part does not come up, refuses, or is not as wanted in time.
    pub async fn portal(&self) -> Result<WebClient> {
        WebClient::sign_in(&self.server.url(), "alice").await
    }

    /// The id of an account.
    ///
    /// # Errors
    /// When a part does not come up, refuses, or is not as wanted in time.
    pub async fn account(&self, name: &str) -> Result<String> {
        let status = self.rig.status()?;
        Ok(status.account_id(name)?.to_owned())
    }
}

/// What it says of the server.
#[must_use]
pub fn said(status: &Status) -> &str {
    status
        .server
        .as_ref()
        .map_or("", |server| server.sentence.as_str())
}

/// Releases a document in the window of this computer.
///
/// # Errors
/// When the window does not take it.
pub async fn release(rig: &Rig, document: &str) -> Result<()> {
    let window = rig.portal(Some(document)).await?;
    let path = format!("/documents/{document}/release");
    window.done(&path, &[("printer", "Office")]).await
}
