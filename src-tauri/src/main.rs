//! `platen`: the tray app.
//!
//! Started without words it becomes the one client of the login session; with
//! words it asks the one that runs. This file only reads the command line; the
//! wiring is in [`run`].

#![windows_subsystem = "windows"]

mod books;
mod client;
mod commands;
mod config;
mod control;
mod crash;
mod desk;
mod lanes;
mod language;
mod notifier;
mod portal;
mod renew;
mod run;
mod session;
mod status;
mod system;
mod tray;
mod updates;
mod window;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    system::introduce(&arguments);
    match commands::run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            system::complain(&format!("platen: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
