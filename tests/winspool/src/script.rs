//! Following a script.

use std::path::Path;
use std::time::Duration;

use windows_sys::Win32::Graphics::Printing::{
    PRINTER_CHANGE_ADD_JOB, PRINTER_CHANGE_ADD_PRINTER, PRINTER_CHANGE_DELETE_JOB,
    PRINTER_CHANGE_DELETE_PRINTER, PRINTER_CHANGE_SET_JOB, PRINTER_CHANGE_SET_PRINTER,
};

use crate::state::{Job, Printer, State, with};

/// Names a file with a script.
const FILE_VARIABLE: &str = "PLATEN_WINSPOOL_SCRIPT";

/// Follows the lines of a script, `length` bytes of UTF-8. Zero if one of them
/// makes no sense; those before it have been followed then.
///
/// # Safety
/// `script` is readable for `length` bytes.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "system" fn platen_perform(script: *const u8, length: usize) -> u32 {
    // SAFETY: promised by the caller.
    let script = unsafe { std::slice::from_raw_parts(script, length) };
    let followed = std::str::from_utf8(script).is_ok_and(|script| {
        script
            .lines()
            .all(|line| with(|state| follow(state, line)).is_some())
    });
    u32::from(followed)
}

/// The state that the file in the environment's variable asks for, for programs that have no
/// script of their own; what is written to its end later is followed as it comes.
pub(crate) fn read_from_file() -> State {
    const PAUSE: Duration = Duration::from_millis(20);
    let mut state = State::default();
    let Some(path) = std::env::var_os(FILE_VARIABLE) else {
        return state;
    };
    // What is there at first is there before anybody asks.
    let mut followed = 0;
    for line in new_lines(Path::new(&path), &mut followed) {
        report(follow(&mut state, &line), &line);
    }
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(PAUSE);
            for line in new_lines(Path::new(&path), &mut followed) {
                report(with(|state| follow(state, &line)), &line);
            }
        }
    });
    state
}

/// The whole lines of a file behind its first `followed` bytes, which are more then.
fn new_lines(path: &Path, followed: &mut usize) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let new = text.get(*followed..whole).unwrap_or_default();
    *followed = whole.max(*followed);
    new.lines().map(str::to_owned).collect()
}

fn report(understood: Option<()>, line: &str) {
    if understood.is_none() {
        eprintln!("winspool.drv does not understand {line:?}");
    }
}

fn follow(state: &mut State, line: &str) -> Option<()> {
    let words: Vec<&str> = line.split('\t').collect();
    match words.as_slice() {
        ["reset"] => {
            *state = State {
                last_handle: state.last_handle,
                ..State::default()
            }
        }
        ["printer", name, values @ ..] => {
            let change = match state.printer(name) {
                Some(_) => PRINTER_CHANGE_SET_PRINTER,
                None => {
                    state.printers.push(Printer {
                        name: (*name).to_owned(),
                        ..Printer::default()
                    });
                    PRINTER_CHANGE_ADD_PRINTER
                }
            };
            let printer = state.printer(name)?;
            for (key, value) in pairs(values)? {
                match key {
                    "port" => value.clone_into(&mut printer.port),
                    "status" => printer.status = value.parse().ok()?,
                    _ => return None,
                }
            }
            state.tell(None, change);
        }
        ["remove", name] => {
            state.printers.retain(|printer| printer.name != *name);
            state.tell(None, PRINTER_CHANGE_DELETE_PRINTER);
        }
        ["job", printer, id, values @ ..] => {
            let id = id.parse().ok()?;
            let change = match state.job(printer, id) {
                Some(_) => PRINTER_CHANGE_SET_JOB,
                None => {
                    state.printer(printer)?.jobs.push(Job {
                        id,
                        datatype: "RAW".to_owned(),
                        ..Job::default()
                    });
                    PRINTER_CHANGE_ADD_JOB
                }
            };
            let job = state.job(printer, id)?;
            for (key, value) in pairs(values)? {
                set(job, key, value)?;
            }
            state.tell(Some(printer), change);
        }
        ["gone", printer, id] => {
            let id: u32 = id.parse().ok()?;
            state.printer(printer)?.jobs.retain(|job| job.id != id);
            state.tell(Some(printer), PRINTER_CHANGE_DELETE_JOB);
        }
        ["fail", call, code] => {
            state
                .failures
                .insert((*call).to_owned(), code.parse().ok()?);
            state.wake_all();
        }
        ["lie", call] => state.lies.push((*call).to_owned()),
        ["mend"] => {
            state.failures.clear();
            state.lies.clear();
        }
        _ => return None,
    }
    Some(())
}

fn set(job: &mut Job, key: &str, value: &str) -> Option<()> {
    match key {
        "user" => value.clone_into(&mut job.user),
        "document" => value.clone_into(&mut job.document),
        "machine" => value.clone_into(&mut job.machine),
        "datatype" => value.clone_into(&mut job.datatype),
        "status" => job.status = value.parse().ok()?,
        "pages" => job.pages = value.parse().ok()?,
        "second" => job.second = value.parse().ok()?,
        "devmode" => job.devmode = bytes(value)?,
        "data" => job.data = bytes(value)?,
        _ => return None,
    }
    Some(())
}

fn pairs<'text>(words: &[&'text str]) -> Option<Vec<(&'text str, &'text str)>> {
    words.iter().map(|word| word.split_once('=')).collect()
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
