//! Logs to standard error: lines for people, or one JSON object each.

use std::io;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt, registry};

use crate::config::{Config, LogFormat};

/// Starts logging as `config` says.
pub(crate) fn start(config: &Config) {
    // It was checked when the configuration was.
    let level: Targets = config.log_level.parse().unwrap_or_default();
    let lines = fmt::layer().with_writer(io::stderr);
    match config.log_format {
        LogFormat::Human => registry()
            .with(lines.with_ansi(false).with_target(false).with_filter(level))
            .init(),
        LogFormat::Json => registry()
            .with(lines.json().flatten_event(true).with_filter(level))
            .init(),
    }
}
