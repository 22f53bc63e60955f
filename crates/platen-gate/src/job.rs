//! The job as cupsd hands it to a backend, read from arguments and environment.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use platen_gate::Options;
use uuid::Uuid;

/// job, user, title, copies, options. *Source*: CUPS `backend(7)`.
const ARGUMENTS: usize = 5;
/// The same with the document's file; without it the document is on stdin.
pub(crate) const ARGUMENTS_WITH_FILE: usize = 6;

/// What is about to be printed.
pub(crate) struct Job {
    pub(crate) id: u32,
    pub(crate) uuid: Uuid,
    pub(crate) queue: String,
    pub(crate) owner: String,
    pub(crate) copies: u32,
    pub(crate) options: Options,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) spool: PathBuf,
    pub(crate) device_uri: String,
}

impl Job {
    pub(crate) fn read(arguments: &[OsString]) -> Result<Self, String> {
        let Some((head, files)) = arguments.split_at_checked(ARGUMENTS) else {
            return Err("the spooler gave too few arguments".into());
        };
        let text = |at: usize| {
            head[at]
                .to_str()
                .ok_or("the spooler gave an argument that is no text")
        };
        let number = |at: usize| {
            text(at)?
                .parse::<u32>()
                .map_err(|_| "the spooler gave an argument that is no number")
        };
        let options = Options::parse(text(4)?).map_err(|error| error.to_string())?;
        Ok(Self {
            id: number(0)?,
            owner: text(1)?.to_owned(),
            copies: number(3)?,
            uuid: options
                .job_uuid()
                .ok_or("the spooler did not say which job this is")?,
            options,
            files: files.iter().map(PathBuf::from).collect(),
            queue: variable("PRINTER")?,
            device_uri: variable("DEVICE_URI")?,
            spool: spool()?,
        })
    }
}

/// cupsd's `RequestRoot`.
fn spool() -> Result<PathBuf, String> {
    env::var_os("CUPS_REQUESTROOT")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .ok_or_else(|| "the spooler did not say where it keeps documents".into())
}

fn variable(name: &str) -> Result<String, String> {
    env::var(OsStr::new(name)).map_err(|_| format!("the spooler did not set {name}"))
}
