//! What this computer's clocks say.

use platen_sync::engine::{Clock, Moment};
use uuid::Uuid;

/// The clocks of this computer, and chance.
pub(crate) struct SystemClock {
    boot: Uuid,
    since_boot: SinceBoot,
}

impl SystemClock {
    pub(crate) fn new() -> Self {
        Self {
            boot: boot().unwrap_or_else(Uuid::new_v4),
            since_boot: SinceBoot::new(),
        }
    }

    pub(crate) fn now(&mut self) -> Clock {
        Clock {
            wall: jiff::Timestamp::now(),
            boot: self.boot,
            since_boot_ms: self.since_boot.ms(),
        }
    }

    pub(crate) fn moment(&mut self) -> Moment {
        Moment {
            clock: self.now(),
            random: Uuid::new_v4().as_u128(),
        }
    }
}

/// Names this boot. *Source*: Linux, random(4). Where the system names none, each
/// start of the program counts as another boot, which only makes leases end early.
#[cfg(not(target_os = "macos"))]
fn boot() -> Option<Uuid> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    text.trim().parse().ok()
}

/// Names this boot; none: macOS does not say.
#[cfg(target_os = "macos")]
fn boot() -> Option<Uuid> {
    platen_mac::boot_session().ok()?.parse().ok()
}

/// Counts while the system sleeps. *Source*: Linux, `clock_gettime`(2).
#[cfg(target_os = "linux")]
const SINCE_BOOT: rustix::time::ClockId = rustix::time::ClockId::Boottime;
/// Counts while the system sleeps. *Source*: macOS, `clock_gettime`(3).
#[cfg(target_os = "macos")]
const SINCE_BOOT: rustix::time::ClockId = rustix::time::ClockId::Monotonic;

/// A clock that counts while the system sleeps.
#[cfg(any(target_os = "linux", target_os = "macos"))]
struct SinceBoot;

#[cfg(any(target_os = "linux", target_os = "macos"))]
impl SinceBoot {
    const fn new() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "other systems need it")]
    fn ms(&mut self) -> u64 {
        let time = rustix::time::clock_gettime(SINCE_BOOT);
        let (seconds, nanoseconds) = (time.tv_sec.cast_unsigned(), time.tv_nsec.cast_unsigned());
        seconds * 1000 + nanoseconds / 1_000_000
    }
}

/// Not every system has a clock that counts while it sleeps: what the wall clock
/// counted meanwhile is taken where that is more.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
struct SinceBoot {
    ms: u64,
    read: (std::time::Instant, jiff::Timestamp),
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
impl SinceBoot {
    fn new() -> Self {
        Self {
            ms: 0,
            read: (std::time::Instant::now(), jiff::Timestamp::now()),
        }
    }

    fn ms(&mut self) -> u64 {
        let now = (std::time::Instant::now(), jiff::Timestamp::now());
        let ran = now.0.duration_since(self.read.0).as_millis();
        let wall = now.1.duration_since(self.read.1).as_millis().max(0);
        let more = ran.max(wall.unsigned_abs());
        self.ms += u64::try_from(more).unwrap_or(u64::MAX / 2);
        self.read = now;
        self.ms
    }
}
