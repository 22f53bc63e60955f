//! The processor time that threads have used.

use std::io;
use std::time::Duration;

use mach2::kern_return::KERN_SUCCESS;
use mach2::mach_init::mach_thread_self;
use mach2::mach_port::mach_port_deallocate;
use mach2::port::mach_port_t;
use mach2::traps::mach_task_self;

/// How much processor time a thread has used; any thread may ask.
#[derive(Debug)]
pub struct ThreadClock(mach_port_t);

impl ThreadClock {
    /// That of the thread that asks.
    #[must_use]
    pub fn of_this_thread() -> Self {
        // SAFETY: it answers with a right to a port that is this value's own from now on.
        Self(unsafe { mach_thread_self() })
    }

    /// What it has used, in the kernel and outside.
    /// *Source*: XNU, osfmk/mach/thread_info.h, `THREAD_BASIC_INFO`.
    ///
    /// # Errors
    /// The thread has ended.
    pub fn used(&self) -> io::Result<Duration> {
        // SAFETY: it is made of numbers, for which all zeros are a value.
        let mut told: libc::thread_basic_info = unsafe { std::mem::zeroed() };
        let mut count = libc::THREAD_BASIC_INFO_COUNT;
        // SAFETY: the right to the port is held; `told` is writable for `count` numbers,
        // and `count` for the answer's.
        let answer = unsafe {
            libc::thread_info(
                self.0,
                libc::THREAD_BASIC_INFO as u32,
                (&raw mut told).cast(),
                &raw mut count,
            )
        };
        if answer != KERN_SUCCESS {
            return Err(io::Error::other("the thread has ended"));
        }
        Ok(duration(told.user_time).saturating_add(duration(told.system_time)))
    }
}

impl Drop for ThreadClock {
    fn drop(&mut self) {
        // SAFETY: the right to the port is this value's, and given back once. What fails
        // leaves a name that nobody uses.
        unsafe { mach_port_deallocate(mach_task_self(), self.0) };
    }
}

fn duration(time: libc::time_value_t) -> Duration {
    let seconds = u64::try_from(time.seconds).unwrap_or_default();
    let microseconds = u64::try_from(time.microseconds).unwrap_or_default();
    Duration::from_secs(seconds).saturating_add(Duration::from_micros(microseconds))
}
