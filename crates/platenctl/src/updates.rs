//! Newer versions of the client, for this user.

use anyhow::{Context as _, Result};
use clap::Subcommand;
use platen_update::{Found, Updater, Version};

use crate::client;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask at once whether there is a newer version, fetch it and check it
    ///
    /// Nothing is installed. The tray menu of a client that runs offers it within the hour.
    Check,
}

pub(crate) fn run(command: &Command) -> Result<()> {
    match command {
        Command::Check => check(),
    }
}

fn check() -> Result<()> {
    let loaded = client::load()?;
    let directory = client::data_directory(&loaded)?;
    let updater = Updater::of(&loaded, &directory).context("nobody can look for updates")?;
    let Some(updater) = updater else {
        println!(
            "Nobody looks for updates here: “update_channel” is {}, “update_url” is {}.",
            loaded.settings.update_channel()?.name(),
            loaded.settings.update_url.as_deref().unwrap_or("not set"),
        );
        return Ok(());
    };
    let found = client::runtime()?
        .block_on(updater.check())
        .context("no update")?;
    let channel = updater.channel().name();
    match found {
        Found::Newest => println!(
            "Platen {} is the newest version of the channel {channel}.",
            Version::ours()
        ),
        Found::Later(version) => println!(
            "Platen {version} is handed out step by step; this user’s client has its turn later."
        ),
        Found::Ready(release) => {
            let (version, files) = updater.verified()?;
            println!("Platen {version} of the channel {channel} is ready to be installed:");
            for file in files {
                println!("  {}", file.display());
            }
            if let Some(notes) = release.notes {
                println!("What is new: {notes}");
            }
        }
    }
    Ok(())
}
