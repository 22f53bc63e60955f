//! The CUPS backend `gate`: prints a job only with an approval that fits it.
//!
//! It fails closed. Whatever is missing, damaged or in doubt sends the job back
//! to *held* with a sentence that says why; the real backend runs only after
//! every check and after the approval has been marked as used.
//! Beside that it closes leases for the devices that have them (`gate receipt`).
//! *Source*: rules.md R-19; CUPS `backend(7)`; docs/decisions.

mod ask;
mod job;
mod permission;
mod receive;
mod relay;
mod supervise;

use std::env;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use platen_gate::device::{self, Device};
use platen_gate::places::Places;
use platen_gate::spool::Spooled;
use platen_gate::used::{self, UsedError};
use platen_gate::{Authorities, MESSAGE_PREFIX, Mismatch, Seen};

use ask::Printer;
use job::Job;
use permission::{Permission, Spent};

/// cupsd puts the job back to *held*. *Source*: `cups/backend.h`.
const CUPS_BACKEND_HOLD: u8 = 3;

/// Why nothing is printed; a sentence for the person who waits for the paper.
type Refusal = String;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    if arguments.is_empty() {
        // Nothing is found by looking: platenctl makes the queues.
        println!("direct gate \"Unknown\" \"Platen: prints what has been approved\"");
        return ExitCode::SUCCESS;
    }
    if arguments[0] == relay::ARGUMENT {
        return relay::run(&arguments[1..]);
    }
    if arguments[0] == receive::ARGUMENT {
        return receive::run();
    }
    let refusal = match print(&arguments) {
        Ok(code) => return ExitCode::from(code),
        Err(refusal) => refusal,
    };
    if arguments.len() < job::ARGUMENTS_WITH_FILE {
        // cupsd's filters must be able to finish before the job is held again.
        let _drained = io::copy(&mut io::stdin(), &mut io::sink());
    }
    let line = refusal.replace(['\n', '\r'], " ");
    // Without a reader of its messages there is nobody left to tell.
    let _told = writeln!(io::stderr(), "ERROR: {MESSAGE_PREFIX}{line}");
    ExitCode::from(CUPS_BACKEND_HOLD)
}

/// Prints the job through the real backend and returns that one's exit code.
fn print(arguments: &[OsString]) -> Result<u8, Refusal> {
    let places = Places::from_environment();
    let Prepared {
        mut command,
        printer,
        spent,
    } = prepare(arguments, &places)?;
    let running = supervise::start(&mut command).map_err(|error| {
        spent.take_back(&places);
        format!("the printer's backend could not be started ({error}); ask your administrator")
    })?;
    running.end(&printer).map_err(|error| {
        format!("it is not known how the printer's backend ended ({error}); ask your administrator")
    })
}

/// A job whose approval is marked as used.
struct Prepared {
    /// It prints.
    command: Command,
    /// It can be asked what became of the job.
    printer: Printer,
    spent: Spent,
}

/// Checks everything and marks the approval as used.
fn prepare(arguments: &[OsString], places: &Places) -> Result<Prepared, Refusal> {
    let uid = rustix::process::geteuid().as_raw();
    let job = Job::read(arguments)?;
    let device = Device::find(&job.device_uri, &backends(), uid).map_err(sentence)?;

    let text = job
        .options
        .approval()
        .ok_or("this document waits for its approval")?;
    let trusted = Authorities::load(&places.authorities, uid)
        .map_err(sentence)?
        .trusted();
    let permission = Permission::verify(text, &job.owner, &trusted).map_err(sentence)?;
    let claims = permission.claims();

    let spooled = Spooled::list(&job.spool, job.id).map_err(unreadable)?;
    if !job.files.is_empty() && job.files != spooled.files {
        return Err("the spooler offers other documents than it stores".into());
    }
    let now_unix_s = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|_| "this computer's clock is not set")?
        .as_secs();
    let digests = spooled.digests().map_err(unreadable)?;
    let permitted = claims.permits(&Seen {
        job: job.uuid,
        queue: &job.queue,
        owner: &job.owner,
        digests: &digests,
        copies: job.copies,
        options: &job.options,
        now_unix_s,
    });
    let for_another = matches!(permitted, Err(Mismatch::Job | Mismatch::Owner));
    let permitted = permitted
        .map_err(sentence)
        .and_then(|()| permission.is_paid(&job, &spooled, places, uid));
    if permitted.is_err() && !for_another {
        // Its points may be returned now: it must not fit a changed-back job later.
        match used::claim(&places.used, claims.nonce, claims.expires_unix_s) {
            Ok(()) | Err(UsedError::Already) => {}
            Err(error) => return Err(sentence(error)),
        }
    }
    permitted?;

    let mut command = backend(&device, arguments, places, uid)?;
    let spent = permission.spend(places, now_unix_s)?;
    used::forget_expired(&places.used, now_unix_s);
    // Not before: it reads what cupsd sends.
    if job.files.is_empty() {
        command.stdin(relay::start(&job, &spooled).map_err(|error| {
            spent.take_back(places);
            format!("the document could not be passed on ({error}); ask your administrator")
        })?);
    } else {
        command.stdin(Stdio::inherit());
    }
    let printer = Printer {
        device: device.uri,
        user: job.owner,
    };
    Ok(Prepared {
        command,
        printer,
        spent,
    })
}

/// The real backend as cupsd would start it, with the rights cupsd would give it.
fn backend(
    device: &Device,
    arguments: &[OsString],
    places: &Places,
    uid: u32,
) -> Result<Command, Refusal> {
    let mut command = Command::new(&device.program);
    command
        .arg0(&device.scheme)
        .args(arguments)
        .env("DEVICE_URI", &device.uri);
    if let Some((uid, gid)) = unprivileged(places, uid)?.filter(|_| !device.needs_root) {
        // std also drops root's supplementary groups.
        command.uid(uid).gid(gid);
    }
    Ok(command)
}

/// As whom everything runs that needs no rights of root's; none: as this process.
fn unprivileged(places: &Places, uid: u32) -> Result<Option<(u32, u32)>, Refusal> {
    if uid != 0 {
        return Ok(None);
    }
    let passwd = std::fs::read_to_string("/etc/passwd").map_err(unreadable)?;
    let ids = device::unprivileged_ids(&passwd, &places.run_as());
    ids.map(Some).map_err(sentence)
}

fn backends() -> PathBuf {
    env::var_os("CUPS_SERVERBIN")
        .map_or_else(|| PathBuf::from("/usr/lib/cups"), PathBuf::from)
        .join("backend")
}

fn sentence(error: impl std::fmt::Display) -> Refusal {
    error.to_string()
}

fn unreadable(error: io::Error) -> Refusal {
    format!("the document could not be checked ({error}); ask your administrator")
}
