//! What has been drawn on each lease, counted by the gate alone.
//!
//! A counter is one small file, signed with the key of this computer's gate, so
//! that one of another computer counts for nothing. Beside it every print on the
//! lease has its entry among the used approvals, which says so: a counter that
//! knows of fewer prints than there are entries was put back to an earlier day,
//! and one that knows of more lost some. Neither is believed.
//!
//! A print is counted before it begins, and for good, unless the gate could not begin it.
//! *Source*: rules.md; docs/decisions/0010-offline-through-the-gate.md.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platen_domain::{LeaseId, Points, PointsError};
use uuid::Uuid;

use crate::key::SigningKey;
use crate::lease::Terms;
use crate::places::Places;
use crate::receipt::Receipt;
use crate::record::Reader;
use crate::used::{self, UsedError};

/// Signed before the record, so that a signature for anything else never fits.
const PURPOSE: &[u8] = b"platen count of a lease, version 2\0";
const VERSION: u8 = 2;
/// version, lease, end, drawn, prints, last print and its job, closed.
const RECORD_BYTES: usize = 1 + 16 + 8 + 8 + 8 + 16 + 16 + 1;
/// A clock that is set right may go back by so much. *Units*: seconds.
const CLOCK_TOLERANCE_S: u64 = 600;
/// A counter is forgotten this long after its lease has ended; so long a time
/// beyond the end is written down, too. *Units*: seconds.
const KEPT_AFTER_END_S: u64 = 30 * 24 * 3600;
/// No receipt is given any more so long before a counter is forgotten. *Units*: seconds.
const RECEIPT_MARGIN_S: u64 = 24 * 3600;

const LOCK: &str = "lock";
const CLOCK: &str = "clock";

/// Why a print on a lease is refused; the text is meant for people.
#[derive(Debug, thiserror::Error)]
pub enum CounterError {
    /// It is over, by this computer's clock.
    #[error("the points that were set aside for printing without network have run out of time")]
    Ended,
    /// The clock is clearly behind a time that was seen before.
    #[error("this computer's clock has been set back; it must be right to print without network")]
    ClockBehind,
    /// The lease names another computer's gate.
    #[error("the points that were set aside for printing without network are another computer's")]
    OtherGate,
    /// Not enough is left of it.
    #[error(
        "the document costs {cost} points, and {left} are left of those that were set aside for \
         printing without network"
    )]
    NotEnough {
        /// Points of the document.
        cost: Points,
        /// Points of the lease.
        left: Points,
    },
    /// The lease was given back: nothing is printed on it any more.
    #[error(
        "the points that were set aside for printing without network have been given back, please \
         release the document again"
    )]
    Closed,
    /// A receipt has no room for more prints on one lease.
    #[error("too many documents were printed without network on the same points")]
    TooMany,
    /// The lease ended so long ago that what was counted is forgotten.
    #[error("nothing is known any more of what was printed on these points")]
    Forgotten,
    /// What was counted is not what was printed.
    #[error("what was printed without network can't be counted here; ask your administrator")]
    Disagree,
    /// The approval's number.
    #[error(transparent)]
    Used(#[from] UsedError),
    /// The directory cannot be written, or others could write there.
    #[error("what was printed without network can't be written down; ask your administrator")]
    Directory(#[source] io::Error),
}

impl From<io::Error> for CounterError {
    fn from(error: io::Error) -> Self {
        Self::Directory(error)
    }
}

/// One print that is about to begin.
#[derive(Clone, Copy, Debug)]
pub struct Print {
    /// The number of its approval.
    pub nonce: Uuid,
    /// The job.
    pub job: Uuid,
    /// When the approval ends. *Units*: seconds since 1970, UTC.
    pub expires_unix_s: u64,
    /// Its points.
    pub cost: Points,
    /// Now. *Units*: seconds since 1970, UTC.
    pub now_unix_s: u64,
}

/// Counts a print on a lease, durably, and marks its approval as used; this
/// succeeds once for each approval, and never beyond what was granted.
///
/// # Errors
/// [`CounterError`]; then nothing may be printed.
pub fn draw(
    places: &Places,
    machine: &SigningKey,
    lease: &Terms,
    print: Print,
) -> Result<(), CounterError> {
    let _lock = begin(places, machine, lease)?;
    see(&places.leases, print.now_unix_s, lease.ends_unix_s)?;
    if print.now_unix_s >= lease.ends_unix_s {
        return Err(CounterError::Ended);
    }
    let (counted, prints) = Counter::load(places, machine, lease)?;
    if counted.closed {
        return Err(CounterError::Closed);
    }
    if prints.len() >= Receipt::MOST_PRINTS {
        return Err(CounterError::TooMany);
    }
    if used::is_used(&places.used, print.nonce) {
        return Err(UsedError::Already.into());
    }
    let left = lease.granted.minus(counted.drawn);
    let left = left.map_err(|_| CounterError::Disagree)?;
    if print.cost.is_negative() || print.cost > left {
        let cost = print.cost;
        return Err(CounterError::NotEnough { cost, left });
    }
    let drawn = counted.drawn.plus(print.cost);
    let next = Counter {
        drawn: drawn.map_err(|_| CounterError::Disagree)?,
        prints: counted.prints + 1,
        last: print.nonce,
        last_job: print.job,
        ..counted
    };
    // In this order: whatever fails in between, more is counted than printed.
    next.store(places, machine)?;
    let until = print.expires_unix_s.max(lease.ends_unix_s);
    let draw = used::Draw {
        lease: lease.id,
        cost: print.cost,
        job: print.job,
    };
    used::claim_on(&places.used, print.nonce, until, Some(draw))?;
    forget(&places.leases, print.now_unix_s);
    Ok(())
}

/// Takes a print back that [`draw`] counted and that did not begin; its approval stays
/// used. It stays counted where another was counted since, or the lease was closed.
///
/// # Errors
/// [`CounterError`]; then it stays counted.
pub fn take_back(
    places: &Places,
    machine: &SigningKey,
    lease: &Terms,
    print: Print,
) -> Result<(), CounterError> {
    let _lock = begin(places, machine, lease)?;
    let (counted, _) = Counter::load(places, machine, lease)?;
    if counted.closed || counted.last != print.nonce {
        return Ok(());
    }
    let drawn = counted.drawn.minus(print.cost);
    let former = Counter {
        drawn: drawn.map_err(|_| CounterError::Disagree)?,
        prints: counted.prints - 1,
        last: Uuid::nil(),
        last_job: Uuid::nil(),
        ..counted
    };
    // In this order: where something comes in between, the entry is written down once
    // more, and it counts.
    let until = print.expires_unix_s.max(lease.ends_unix_s);
    used::rewrite(&places.used, print.nonce, until, None)?;
    former.store(places, machine)?;
    Ok(())
}

/// Closes a lease for good and says, signed, what was printed on it; again, the
/// same.
///
/// # Errors
/// [`CounterError`]: then nothing is said, and nothing has changed.
pub fn close(
    places: &Places,
    machine: &SigningKey,
    lease: &Terms,
    now_unix_s: u64,
) -> Result<Receipt, CounterError> {
    let _lock = begin(places, machine, lease)?;
    see(&places.leases, now_unix_s, lease.ends_unix_s)?;
    let known_until = lease.ends_unix_s.saturating_add(KEPT_AFTER_END_S);
    if now_unix_s.saturating_add(RECEIPT_MARGIN_S) >= known_until {
        return Err(CounterError::Forgotten);
    }
    let (counter, prints) = Counter::load(places, machine, lease)?;
    if !counter.closed {
        let closed = Counter {
            closed: true,
            ..counter
        };
        closed.store(places, machine)?;
    }
    forget(&places.leases, now_unix_s);
    let prints = prints.iter().map(|print| (print.draw.job, print.draw.cost));
    Ok(Receipt {
        lease: lease.id,
        gate: machine.public(),
        prints: prints.collect(),
    })
}

/// Nobody else counts until the file that is given is dropped.
fn begin(places: &Places, machine: &SigningKey, lease: &Terms) -> Result<File, CounterError> {
    if lease.gate != machine.public() {
        return Err(CounterError::OtherGate);
    }
    used::prepare(&places.leases)?;
    used::prepare(&places.used)?;
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(places.leases.join(LOCK))?;
    lock.lock()?;
    Ok(lock)
}

/// What was counted on one lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The lease.
    pub lease: LeaseId,
    /// When it ends. *Units*: seconds since 1970, UTC.
    pub ends_unix_s: u64,
    /// Points of all prints.
    pub drawn: Points,
    /// How many there were.
    pub prints: u64,
}

/// What was counted on leases that are not over for long; the one that ends first
/// comes first. Files that are no counters of this computer's gate are left out.
///
/// # Errors
/// The directory or a file can't be read.
pub fn counted(places: &Places) -> io::Result<Vec<Counted>> {
    let entries = match fs::read_dir(&places.leases) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let machine = SigningKey::load(&places.machine_key).map_err(io::Error::other)?;
    let mut all = Vec::new();
    for entry in entries {
        let text = fs::read(entry?.path())?;
        let text = String::from_utf8_lossy(&text);
        all.extend(Counter::verify(&text, &machine).map(|counter| Counted {
            lease: counter.lease,
            ends_unix_s: counter.ends_unix_s,
            drawn: counter.drawn,
            prints: counter.prints,
        }));
    }
    all.sort_by_key(|one| (one.ends_unix_s, one.lease.0));
    Ok(all)
}

/// Remembers that it was this late, so that the clock can't be set back behind
/// it. A time far beyond `until`, until which something held, is no honest
/// clock's and would only bar the honest one.
///
/// # Errors
/// The clock is behind, or the time can't be written down.
fn see(directory: &Path, now_unix_s: u64, until: u64) -> Result<(), CounterError> {
    let path = directory.join(CLOCK);
    let latest = match fs::read_to_string(&path) {
        Ok(text) => text
            .trim()
            .parse::<u64>()
            .map_err(|_| CounterError::Disagree)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error.into()),
    };
    if now_unix_s.saturating_add(CLOCK_TOLERANCE_S) < latest {
        return Err(CounterError::ClockBehind);
    }
    if now_unix_s > latest && now_unix_s <= until.saturating_add(KEPT_AFTER_END_S) {
        replace(&path, &now_unix_s.to_string())?;
    }
    Ok(())
}

/// Remembers the time of a print that was paid for otherwise, as far as that is
/// possible: it prints all the same.
pub fn note_time(places: &Places, now_unix_s: u64, until: u64) {
    if used::prepare(&places.leases).is_ok() {
        // The next print on a lease says what is wrong there.
        let _seen = see(&places.leases, now_unix_s, until);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counter {
    lease: LeaseId,
    ends_unix_s: u64,
    drawn: Points,
    prints: u64,
    last: Uuid,
    last_job: Uuid,
    closed: bool,
}

impl Counter {
    /// What was counted, if that is what was printed.
    fn load(
        places: &Places,
        machine: &SigningKey,
        lease: &Terms,
    ) -> Result<(Self, Vec<used::Print>), CounterError> {
        let mut prints = used::prints_on(&places.used, lease.id)?;
        let text = match fs::read_to_string(file_of(&places.leases, lease.id)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && prints.is_empty() => {
                let fresh = Self {
                    lease: lease.id,
                    ends_unix_s: lease.ends_unix_s,
                    drawn: Points::ZERO,
                    prints: 0,
                    last: Uuid::nil(),
                    last_job: Uuid::nil(),
                    closed: false,
                };
                return Ok((fresh, prints));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(CounterError::Disagree);
            }
            Err(error) => return Err(error.into()),
        };
        let counter = Self::verify(&text, machine).ok_or(CounterError::Disagree)?;
        if counter.lease != lease.id {
            return Err(CounterError::Disagree);
        }
        let last_is_there = prints.iter().any(|print| print.nonce == counter.last);
        let missing = counter.prints.checked_sub(prints.len() as u64);
        match missing {
            Some(0) => {}
            Some(1) if !last_is_there && !counter.last.is_nil() => {
                // It was counted, and something came in between: it counts for good.
                let cost = sum(&prints).and_then(|sum| counter.drawn.minus(sum));
                let cost = cost.map_err(|_| CounterError::Disagree)?;
                let draw = used::Draw {
                    lease: lease.id,
                    cost,
                    job: counter.last_job,
                };
                let nonce = counter.last;
                used::rewrite(&places.used, nonce, counter.ends_unix_s, Some(draw))?;
                prints.push(used::Print { nonce, draw });
                prints.sort_by_key(|print| print.nonce);
            }
            _ => return Err(CounterError::Disagree),
        }
        if sum(&prints) != Ok(counter.drawn) {
            return Err(CounterError::Disagree);
        }
        Ok((counter, prints))
    }

    fn store(&self, places: &Places, machine: &SigningKey) -> io::Result<()> {
        let mut record = Vec::with_capacity(RECORD_BYTES + 64);
        record.push(VERSION);
        record.extend_from_slice(self.lease.0.as_bytes());
        record.extend_from_slice(&self.ends_unix_s.to_be_bytes());
        record.extend_from_slice(&self.drawn.hundredths().to_be_bytes());
        record.extend_from_slice(&self.prints.to_be_bytes());
        record.extend_from_slice(self.last.as_bytes());
        record.extend_from_slice(self.last_job.as_bytes());
        record.push(u8::from(self.closed));
        let signature = machine.sign(&[PURPOSE, &record].concat());
        record.extend_from_slice(&signature);
        let text = URL_SAFE_NO_PAD.encode(record);
        replace(&file_of(&places.leases, self.lease), &text)
    }

    fn verify(text: &str, machine: &SigningKey) -> Option<Self> {
        let record = URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
        let (fields, signature) = record.split_at_checked(RECORD_BYTES)?;
        let message = [PURPOSE, fields].concat();
        if !machine.public().verifies(&message, signature) {
            return None;
        }
        let mut reader = Reader(fields);
        let [VERSION] = reader.take::<1>()? else {
            return None;
        };
        let (lease, ends) = (reader.take()?, reader.take()?);
        let (drawn, prints) = (reader.take()?, reader.take()?);
        let (last, last_job) = (reader.take()?, reader.take()?);
        let [closed] = reader.take::<1>()?;
        Some(Self {
            lease: LeaseId(Uuid::from_bytes(lease)),
            ends_unix_s: u64::from_be_bytes(ends),
            drawn: Points::from_hundredths(i64::from_be_bytes(drawn)),
            prints: u64::from_be_bytes(prints),
            last: Uuid::from_bytes(last),
            last_job: Uuid::from_bytes(last_job),
            closed: closed != 0,
        })
    }
}

fn sum(prints: &[used::Print]) -> Result<Points, PointsError> {
    let mut costs = prints.iter().map(|print| print.draw.cost);
    costs.try_fold(Points::ZERO, Points::plus)
}

fn file_of(directory: &Path, lease: LeaseId) -> PathBuf {
    directory.join(lease.0.to_string())
}

/// Puts a text in place of a file's, whole and durably.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    let directory = path.parent().ok_or_else(|| io::Error::other("no place"))?;
    File::open(directory)?.sync_all()
}

/// Forgets the counters of leases that ended long ago, as far as that is possible;
/// their signatures say nothing then that matters.
fn forget(directory: &Path, now_unix_s: u64) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let ends = fs::read_to_string(&path).ok().and_then(|text| {
            let record = URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
            let mut reader = Reader(&record);
            reader.take::<17>()?;
            reader.take().map(u64::from_be_bytes)
        });
        if ends.is_some_and(|ends| ends.saturating_add(KEPT_AFTER_END_S) < now_unix_s)
            && fs::remove_file(&path).is_err()
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
