//! A browser that tests drive through WebDriver.

use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::{Process, free_port};

const READY: Duration = Duration::from_secs(20);
const ATTEMPTS: usize = 4;

/// What Chromium must be started with in a session (`goog:chromeOptions.args`), so that it works as
/// root without a screen and talks to nobody else.
pub const CHROMIUM_ARGUMENTS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

/// A running `chromedriver`; the browsers of its sessions end with it.
#[derive(Debug)]
pub struct Browser {
    port: u16,
    _process: Process,
}

impl Browser {
    /// Starts chromedriver with the home and the temporary files of its browsers in `directory`.
    ///
    /// # Errors
    /// When chromedriver is missing or does not come up.
    pub fn start(directory: &Path) -> Result<Self> {
        let temporary = directory.join("tmp");
        std::fs::create_dir_all(&temporary)?;
        let mut attempt = 1;
        loop {
            let port = free_port()?;
            let mut command = Command::new("chromedriver");
            command
                .arg(format!("--port={port}"))
                .env("HOME", directory)
                .env("TMPDIR", &temporary)
                .env_remove("DBUS_SESSION_BUS_ADDRESS")
                .env_remove("DISPLAY");
            let mut process = Process::start(&command, &directory.join("chromedriver.log"))?;
            let ready = process.wait_ready(READY, || {
                TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
            });
            match ready {
                Ok(()) => {
                    return Ok(Self {
                        port,
                        _process: process,
                    });
                }
                Err(problem) if attempt == ATTEMPTS => return Err(problem),
                Err(_) => attempt += 1,
            }
        }
    }

    /// The WebDriver address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
