//! What the scripted spooler knows.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::Threading::SetEvent;

#[derive(Default)]
pub(crate) struct Job {
    pub(crate) id: u32,
    pub(crate) machine: String,
    pub(crate) user: String,
    pub(crate) document: String,
    pub(crate) datatype: String,
    pub(crate) devmode: Vec<u8>,
    pub(crate) status: u32,
    pub(crate) pages: u32,
    pub(crate) second: u16,
    pub(crate) data: Vec<u8>,
}

#[derive(Default)]
pub(crate) struct Printer {
    pub(crate) name: String,
    pub(crate) port: String,
    pub(crate) status: u32,
    pub(crate) jobs: Vec<Job>,
}

/// What a handle was opened for.
#[derive(Clone)]
pub(crate) enum Opened {
    Server,
    Printer(String),
    Document { printer: String, id: u32, at: usize },
}

/// Somebody who listens.
pub(crate) struct Listener {
    /// An event's handle, as a number.
    pub(crate) event: usize,
    pub(crate) printer: Option<String>,
    pub(crate) filter: u32,
    pub(crate) pending: u32,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) printers: Vec<Printer>,
    pub(crate) opened: BTreeMap<usize, Opened>,
    pub(crate) last_handle: usize,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) failures: BTreeMap<String, u32>,
    pub(crate) lies: Vec<String>,
}

static STATE: Mutex<Option<State>> = Mutex::new(None);

/// The state, made at first.
pub(crate) fn with<T>(act: impl FnOnce(&mut State) -> T) -> T {
    let mut state: MutexGuard<'_, Option<State>> =
        STATE.lock().unwrap_or_else(PoisonError::into_inner);
    act(state.get_or_insert_with(crate::script::read_from_file))
}

impl State {
    pub(crate) fn printer(&mut self, name: &str) -> Option<&mut Printer> {
        self.printers
            .iter_mut()
            .find(|printer| printer.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn job(&mut self, printer: &str, id: u32) -> Option<&mut Job> {
        let printer = self.printer(printer)?;
        printer.jobs.iter_mut().find(|job| job.id == id)
    }

    /// The code that a function is to fail with.
    pub(crate) fn failure(&self, call: &str) -> Option<u32> {
        let code = self.failures.get(call).or_else(|| self.failures.get("*"));
        code.copied()
    }

    /// Tells those who listen to this printer, or to printers with none.
    pub(crate) fn tell(&mut self, printer: Option<&str>, change: u32) {
        for listener in &mut self.listeners {
            if listener.printer.as_deref() == printer && listener.filter & change != 0 {
                listener.pending |= change;
                wake(listener);
            }
        }
    }

    /// Wakes everybody, as when the spooler ends.
    pub(crate) fn wake_all(&self) {
        for listener in &self.listeners {
            wake(listener);
        }
    }
}

fn wake(listener: &Listener) {
    let event = std::ptr::without_provenance_mut::<core::ffi::c_void>(listener.event);
    let event: HANDLE = event;
    // SAFETY: the event is open until its listener is removed.
    unsafe { SetEvent(event) };
}
