//! The central server: many people, one ledger, in the browser.
//!
//! This room knows processes: configuration, sockets, TLS, signals, logs, counts
//! and the work that happens without being asked for. What pages show and what
//! points are is none of its business. *Source*: docs/server.md.

mod arguments;
mod config;
mod health;
mod listen;
mod log;
mod means;
mod metrics;
mod observe;
mod serve;
mod stop;
mod supervisor;
mod tls;
mod workers;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;
use config::{Config, Fault};

/// The configuration is wrong; starting again changes nothing.
/// *Source*: sysexits.h, `EX_CONFIG`.
const BAD_CONFIGURATION: u8 = 78;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let config = match Config::load(arguments.config.as_deref(), &environment) {
        Ok(config) => config,
        Err(faults) => return report(&faults),
    };
    if arguments.command == Some(Command::Check) {
        for warning in config.warnings() {
            println!("warning: {warning}");
        }
        println!("The configuration is in order.");
        return ExitCode::SUCCESS;
    }
    log::start(&config);
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    match run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("platen-server: {problem:#}");
            ExitCode::FAILURE
        }
    }
}

fn report(faults: &[Fault]) -> ExitCode {
    for fault in faults {
        eprintln!("platen-server: {fault}");
    }
    ExitCode::from(BAD_CONFIGURATION)
}

fn run(config: Config) -> anyhow::Result<()> {
    // Nothing else of this process installs one before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(serve::serve(config))
}
