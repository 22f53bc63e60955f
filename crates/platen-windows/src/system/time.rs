//! The processor time that processes and threads have used.

use std::io;
use std::os::windows::io::{AsRawHandle as _, OwnedHandle};
use std::time::Duration;

use windows_sys::Win32::Foundation::{FILETIME, HANDLE};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, GetCurrentThread, GetCurrentThreadId, GetProcessTimes, GetThreadTimes,
    OpenThread, THREAD_QUERY_LIMITED_INFORMATION,
};

use super::{done, owned};

/// *Source*: learn.microsoft.com, “FILETIME structure”: 100 nanoseconds.
pub(super) const UNITS_PER_SECOND: u128 = 10_000_000;

/// How much processor time a thread has used; any thread may ask.
///
/// Windows counts in steps of its timer, 15.6 ms as a rule.
#[derive(Debug)]
pub struct ThreadClock(OwnedHandle);

impl ThreadClock {
    /// That of the thread that asks.
    ///
    /// # Errors
    /// Windows has no resources left.
    pub fn of_this_thread() -> io::Result<Self> {
        // SAFETY: it takes numbers alone.
        let thread =
            unsafe { OpenThread(THREAD_QUERY_LIMITED_INFORMATION, 0, GetCurrentThreadId()) };
        owned(thread).map(Self)
    }

    /// What it has used, in the kernel and outside.
    ///
    /// # Errors
    /// Windows does not say.
    pub fn used(&self) -> io::Result<Duration> {
        of_thread(self.0.as_raw_handle())
    }
}

/// What the thread that asks has used, in the kernel and outside.
///
/// # Errors
/// Windows does not say.
pub fn thread_time() -> io::Result<Duration> {
    // SAFETY: it answers with a number that means this thread.
    of_thread(unsafe { GetCurrentThread() })
}

/// What this process has used, in the kernel and outside.
///
/// # Errors
/// Windows does not say.
pub fn process_time() -> io::Result<Duration> {
    let [mut created, mut ended, mut kernel, mut user] = [FILETIME::default(); 4];
    // SAFETY: the handle means this process; the four are writable.
    done(unsafe {
        GetProcessTimes(
            GetCurrentProcess(),
            &raw mut created,
            &raw mut ended,
            &raw mut kernel,
            &raw mut user,
        )
    })?;
    Ok(duration(kernel).saturating_add(duration(user)))
}

fn of_thread(thread: HANDLE) -> io::Result<Duration> {
    let [mut created, mut ended, mut kernel, mut user] = [FILETIME::default(); 4];
    // SAFETY: the handle is open or means this thread; the four are writable.
    done(unsafe {
        GetThreadTimes(
            thread,
            &raw mut created,
            &raw mut ended,
            &raw mut kernel,
            &raw mut user,
        )
    })?;
    Ok(duration(kernel).saturating_add(duration(user)))
}

fn duration(time: FILETIME) -> Duration {
    let units = (u64::from(time.dwHighDateTime) << 32) | u64::from(time.dwLowDateTime);
    Duration::from_nanos(units.saturating_mul(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thread_that_works_is_seen_to_by_another_and_one_that_waits_is_not() -> io::Result<()> {
        let (clock, clocks) = std::sync::mpsc::channel();
        let (done, wait) = std::sync::mpsc::channel::<()>();
        let working = std::thread::spawn(move || {
            let started = std::time::Instant::now();
            clock.send(ThreadClock::of_this_thread()).ok();
            // Longer than two steps of the timer, however busy the machine is.
            while thread_time().is_ok_and(|used| used < Duration::from_millis(100)) {
                assert!(started.elapsed() < Duration::from_secs(60));
            }
            wait.recv().ok();
        });
        let clock = clocks.recv().map_err(io::Error::other)??;
        while clock.used()? < Duration::from_millis(100) {
            std::thread::yield_now();
        }
        drop(done);
        working
            .join()
            .map_err(|_| io::Error::other("it did not work"))?;
        assert!(process_time()? >= Duration::from_millis(100));
        Ok(())
    }
}
