//! Waiting for a condition instead of sleeping.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

const PAUSE: Duration = Duration::from_millis(10);

/// Waits until `condition` holds.
///
/// # Errors
/// After `deadline` without it, naming `what` was awaited.
pub fn wait_until(
    what: &str,
    deadline: Duration,
    mut condition: impl FnMut() -> bool,
) -> Result<()> {
    wait_for(what, deadline, || Ok(condition().then_some(())))
}

/// Waits until `attempt` yields a value; an error of `attempt` ends the wait at once.
///
/// # Errors
/// The error of `attempt`, or after `deadline` one that names `what` was awaited.
pub fn wait_for<T>(
    what: &str,
    deadline: Duration,
    mut attempt: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        if let Some(value) = attempt()? {
            return Ok(value);
        }
        if started.elapsed() >= deadline {
            bail!("waited {} s in vain: {what}", deadline.as_secs_f32());
        }
        thread::sleep(PAUSE);
    }
}
