//! Passes filtered documents on, and stops when one appears that nobody approved.
//!
//! cupsd 2.4.2 accepts a further document for a job that is being printed, and
//! feeds it to the backend that already runs (measured). A document is stored
//! before it is filtered, so if its file is not there after some bytes have been
//! read, these bytes are not of it.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{ChildStdout, Command, ExitCode, Stdio};

use platen_gate::MESSAGE_PREFIX;
use platen_gate::spool::Spooled;

use crate::job::Job;

/// Makes this program a relay; cupsd's first argument is always a number.
pub(crate) const ARGUMENT: &str = "--relay";

/// Starts the relay on this process's stdin; the real backend reads its end.
pub(crate) fn start(job: &Job, spooled: &Spooled) -> io::Result<ChildStdout> {
    let mut relay = Command::new(std::env::current_exe()?)
        .arg(ARGUMENT)
        .arg(&job.spool)
        .arg(job.id.to_string())
        .arg(spooled.files.len().to_string())
        .stdin(Stdio::inherit())
        .stdout(Stdio::piped())
        .spawn()?;
    relay
        .stdout
        .take()
        .ok_or_else(|| io::Error::other("no pipe"))
}

/// Copies stdin to stdout while the job has as many documents as were approved.
pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let problem = match copy(arguments) {
        Ok(()) => return ExitCode::SUCCESS,
        // The printer's backend has had enough, and says itself why.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::FAILURE,
        Err(error) => error,
    };
    // Without a reader of its messages there is nobody left to tell.
    let _told = writeln!(io::stderr(), "ERROR: {MESSAGE_PREFIX}{problem}");
    ExitCode::FAILURE
}

fn copy(arguments: &[OsString]) -> io::Result<()> {
    let spooled =
        approved(arguments).ok_or_else(|| io::Error::other("relay was started wrongly"))?;
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match input.read(&mut buffer) {
            Ok(0) => return output.flush(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if spooled.has_grown() {
            return Err(io::Error::other(
                "a document was added while it was printing; what was added is not printed",
            ));
        }
        output.write_all(&buffer[..read])?;
        output.flush()?;
    }
}

fn approved(arguments: &[OsString]) -> Option<Spooled> {
    let [spool, job, documents] = arguments else {
        return None;
    };
    let job = job.to_str()?.parse().ok()?;
    let documents = documents.to_str()?.parse().ok()?;
    Some(Spooled::known(PathBuf::from(spool), job, documents))
}
