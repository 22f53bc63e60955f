//! The central server among what `cargo xtask run` starts.

use std::path::Path;

use anyhow::{Context, Result};
use platen_lab::{Server, ServerOptions, Stage, finish, root};

use crate::cargo::programs;

/// Starts it on SQLite with the pilot accounts, printing through the stage's print server, which
/// learns to trust what it signs.
pub(super) fn start(stage: &Stage, directory: &Path) -> Result<Server> {
    let mut environment = stage.env();
    let socket = stage.cupsd().socket().display().to_string();
    environment.push(("PLATEN_SERVER_PRINTING_CUPS_SERVER".to_owned(), socket));
    let issuer = stage.provider().ok().map(|it| it.issuer().to_owned());
    let options = ServerOptions {
        issuer,
        pilot: Some(root().join("tests/fixtures/pilot.toml")),
        environment,
        ..ServerOptions::default()
    };
    let server = Server::start(directory, &programs()?, &options).context("the central server")?;
    let key = server.data().join("authority.key");
    if key.exists() {
        finish(stage.platenctl().args(["authority", "trust"]).arg(key))?;
    }
    Ok(server)
}

/// What there is to see, and for whom.
pub(super) fn instructions(server: &Server, joined: bool) -> String {
    let url = server.url();
    let title = if joined {
        "The central server, with which the tray app keeps in step:"
    } else {
        "The central server, with accounts and a ledger of its own:"
    };
    [
        String::new(),
        title.to_owned(),
        format!("  the portal:  {url}/          sign in as alice, bob or carol, with any password"),
        format!("  the console: {url}/console   sign in as admin"),
        format!("  the API:     {url}/api       to read and to try it"),
    ]
    .join("\n")
}
