//! Answers one question on the gate's socket: close this lease, and say what was
//! printed on it.
//!
//! One line is read from the standard input and one is written to the standard output;
//! whoever listens on the socket starts this with the connection as both.
//! *Source*: systemd.socket(5), `Accept=yes`; launchd.plist(5), `inetdCompatibility`.

use std::io::{self, BufRead as _, Read as _, Write as _};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use platen_gate::places::Places;
use platen_gate::{Authorities, Closing, counter, machine};

use crate::{Refusal, sentence};

/// The argument that asks for this instead of a print.
pub(crate) const ARGUMENT: &str = "receipt";

/// Whoever connects and says nothing is not waited for any longer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn run() -> ExitCode {
    std::thread::spawn(|| {
        std::thread::sleep(PATIENCE);
        std::process::exit(1);
    });
    let answer = match receipt() {
        Ok(receipt) => format!("receipt {receipt}\n"),
        Err(refusal) => format!("refused {}\n", refusal.replace(['\n', '\r'], " ")),
    };
    let mut out = io::stdout();
    let told = out.write_all(answer.as_bytes()).and_then(|()| out.flush());
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn receipt() -> Result<String, Refusal> {
    let mut line = Vec::new();
    io::stdin()
        .lock()
        .take(Closing::MOST_BYTES as u64 + 2)
        .read_until(b'\n', &mut line)
        .map_err(|error| format!("nothing was asked ({error})"))?;
    let line = String::from_utf8_lossy(&line);
    let places = Places::from_environment();
    let uid = rustix::process::geteuid().as_raw();
    let trusted = Authorities::load(&places.authorities, uid)
        .map_err(sentence)?
        .trusted();
    let asked = Closing::verify(line.trim_end(), &trusted).map_err(sentence)?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|_| "this computer's clock is not set")?;
    let key = machine::load_or_create(&places).map_err(sentence)?;
    let receipt = counter::close(&places, &key, &asked.lease, now.as_secs()).map_err(sentence)?;
    Ok(receipt.sign(&key))
}
