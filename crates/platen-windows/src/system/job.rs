//! Job objects: what the processes in one may take.

use std::io;
use std::os::windows::io::{AsRawHandle as _, OwnedHandle};
use std::ptr;
use std::time::Duration;

use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_ACTIVE_PROCESS,
    JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOB_OBJECT_LIMIT_PROCESS_MEMORY, JOB_OBJECT_LIMIT_PROCESS_TIME,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectExtendedLimitInformation,
    SetInformationJobObject,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, OpenProcess, PROCESS_SET_QUOTA, PROCESS_TERMINATE,
};

use super::time::UNITS_PER_SECOND;
use super::{done, owned};

/// Processes with common limits. A process may be in several, one in the other; the
/// narrowest limit holds.
#[derive(Debug)]
pub struct Job(OwnedHandle);

/// What each process in a job may take. No crash of one shows a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Memory of its own; mapped files are none. *Units*: bytes.
    pub memory_bytes: Option<u64>,
    /// Processor time outside the kernel, since it began.
    pub processor_time: Option<Duration>,
    /// It starts no other.
    pub alone: bool,
    /// It ends with the [`Job`], and so with who holds that.
    pub ends_with_job: bool,
}

impl Job {
    /// Makes one without a process.
    ///
    /// # Errors
    /// Windows has no resources left, or refuses the limits.
    pub fn new(limits: &Limits) -> io::Result<Self> {
        // SAFETY: no attributes and no name.
        let job = Self(owned(unsafe {
            CreateJobObjectW(ptr::null(), ptr::null())
        })?);
        job.limit(limits)?;
        Ok(job)
    }

    /// Replaces the limits.
    ///
    /// # Errors
    /// Windows refuses them.
    pub fn limit(&self, limits: &Limits) -> io::Result<()> {
        let mut information = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        let basic = &mut information.BasicLimitInformation;
        basic.LimitFlags = JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
        if let Some(time) = limits.processor_time {
            basic.LimitFlags |= JOB_OBJECT_LIMIT_PROCESS_TIME;
            let units = time.as_nanos() * UNITS_PER_SECOND / 1_000_000_000;
            basic.PerProcessUserTimeLimit = i64::try_from(units).unwrap_or(i64::MAX);
        }
        if limits.alone {
            basic.LimitFlags |= JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
            basic.ActiveProcessLimit = 1;
        }
        if limits.ends_with_job {
            basic.LimitFlags |= JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
        }
        if let Some(bytes) = limits.memory_bytes {
            basic.LimitFlags |= JOB_OBJECT_LIMIT_PROCESS_MEMORY;
            information.ProcessMemoryLimit = usize::try_from(bytes).unwrap_or(usize::MAX);
        }
        let length = size_of_val(&information) as u32;
        // SAFETY: the handle is a job; the structure is the one that the class names,
        // of that length.
        done(unsafe {
            SetInformationJobObject(
                self.0.as_raw_handle(),
                JobObjectExtendedLimitInformation,
                ptr::from_ref(&information).cast(),
                length,
            )
        })
    }

    /// Adds a process by its number, which is its own for as long as somebody has a
    /// handle of it.
    ///
    /// # Errors
    /// There is no such process (any more), or the user may not.
    pub fn add(&self, process: u32) -> io::Result<()> {
        // SAFETY: it takes numbers alone.
        let process =
            owned(unsafe { OpenProcess(PROCESS_SET_QUOTA | PROCESS_TERMINATE, 0, process) })?;
        // SAFETY: both handles are open.
        done(unsafe { AssignProcessToJobObject(self.0.as_raw_handle(), process.as_raw_handle()) })
    }

    /// Adds the process that asks.
    ///
    /// # Errors
    /// Windows refuses.
    pub fn add_this_process(&self) -> io::Result<()> {
        // SAFETY: the handle of the job is open, the other one means this process.
        done(unsafe { AssignProcessToJobObject(self.0.as_raw_handle(), GetCurrentProcess()) })
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn process_ends_with_its_job() -> io::Result<()> {
        let mut child = Command::new("cmd")
            .args(["/c", "pause"])
            .stdin(std::process::Stdio::piped())
            .spawn()?;
        let job = Job::new(&Limits {
            ends_with_job: true,
            ..Limits::default()
        })?;
        job.add(child.id())?;
        assert!(child.try_wait()?.is_none());
        drop(job);
        child.wait().map(drop)
    }
}
