//! Hostile documents get an answer or a clear refusal from the real program,
//! under limits.
//!
//! `cargo run --example hostile_documents DIRECTORY` writes them down;
//! `cargo xtask bench estimate --hostile` says what the worst of them costs.

#[path = "hostile/mod.rs"]
mod hostile;
#[path = "hostile/mutated.rs"]
mod mutated;

use hostile::damaged::{self, Random};
use platen_estimate::{Limits, estimate, estimate_as};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Short, so that a document that takes all of it does not hold up the others.
const TIME_MS: &str = "300";
/// Changed copies of each document that are looked at in this process.
const CHANGES: usize = 60;
/// Many times what the limit on time allows, for a machine busy with other things.
const STUCK: Duration = Duration::from_secs(30);
const PROGRAM: &str = env!("CARGO_BIN_EXE_platen-estimate");
/// Far beyond the program's own limits: whatever takes longer hangs. *Units*: seconds.
const HANGS_S: &str = "60";
/// Damaged copies of each document with bits turned over.
const FLIPS: u64 = 12;
/// What the exit status may be: counted, unreadable, limit reached.
const ANSWERS: [Option<i32>; 3] = [Some(0), Some(2), Some(3)];

/// What is wrong with the answers about `files`, if anything.
fn fault(files: &[PathBuf]) -> Option<String> {
    let output = Command::new("timeout")
        .env_remove("RUST_BACKTRACE")
        .args([
            "--signal=KILL",
            HANGS_S,
            PROGRAM,
            "--json",
            "--time-ms",
            TIME_MS,
        ])
        .args(files)
        .output()
        .expect("the program starts");
    let lines: Vec<&[u8]> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .collect();
    if let Some(at) = lines
        .iter()
        .position(|line| serde_json::from_slice::<serde_json::Value>(line).is_err())
    {
        return Some(format!("{}: no JSON", files[at].display()));
    }
    if lines.len() < files.len() {
        return Some(format!(
            "{}: {}",
            files[lines.len()].display(),
            output.status
        ));
    }
    let known = ANSWERS.contains(&output.status.code());
    (!known).then(|| format!("{}: {}", files[0].display(), output.status))
}

fn write(directory: &Path, name: &str, document: &[u8]) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, document).expect("a temporary file");
    path
}

#[test]
fn damaged_documents_are_answered() {
    let directory = tempfile::tempdir().unwrap();
    let mut faults = Vec::new();
    for (name, document) in hostile::seeds() {
        let damaged = damaged::cut(&document)
            .into_iter()
            .chain(damaged::flipped(&document, FLIPS));
        let files: Vec<PathBuf> = damaged
            .map(|(how, bytes)| write(directory.path(), &format!("{how}-{name}"), &bytes))
            .collect();
        faults.extend(fault(&files));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn documents_made_to_harm_are_answered() {
    let directory = tempfile::tempdir().unwrap();
    let tricks: Vec<_> = hostile::tricks().collect();
    let faults = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((name, make)) = tricks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let file = write(directory.path(), name, &make());
                    if let Some(fault) = fault(std::slice::from_ref(&file)) {
                        faults.lock().expect("no thread panicked").push(fault);
                    }
                    std::fs::remove_file(file).expect("it is there");
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_trick_has_a_name_of_its_own() {
    let mut names: Vec<&str> = hostile::tricks().map(|(name, _)| *name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// A panic in a library is answered as a damaged document; one of ours is a fault.
#[test]
fn changed_documents_find_no_fault_of_ours() {
    let faults: &'static Mutex<Vec<String>> = Box::leak(Box::default());
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or("", |place| place.file());
        if place.contains("platen-estimate/src") {
            let mut faults = faults.lock().expect("no hook panicked");
            faults.push(panic.to_string());
        } else if place.contains("platen-estimate/tests") {
            usual(panic);
        }
    }));
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or(20_261_122);
    println!("SEED={seed}");
    let limits = Limits {
        time: Duration::from_millis(100),
        ..Limits::default()
    };
    let seeds = hostile::seeds();
    let mut random = Random::new(seed);
    for (name, document) in &seeds {
        let format = estimate(document, &Limits::default())
            .map(|report| report.format)
            .ok();
        for change in 0..CHANGES {
            let other = &seeds[random.below(seeds.len())].1;
            let changed = mutated::mutated(document, other, &mut random);
            let started = Instant::now();
            let _ = estimate(&changed, &limits);
            if let Some(format) = format {
                let _ = estimate_as(&changed, format, &limits);
            }
            let mut faults = faults.lock().unwrap();
            if started.elapsed() > STUCK {
                faults.push("stuck".to_owned());
            }
            assert!(
                faults.is_empty(),
                "{name}, change {change} of SEED={seed}: {}",
                faults.join(", ")
            );
        }
    }
}
