//! The child: works through the script under strace and says what it got.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use platen_ledger::Ledger;

use super::script::{self, STEPS, picture};
use super::{log_of, runtime};

/// Tells the child which ledger to work on; without it the child does nothing.
const FILE: &str = "PLATEN_LEDGER_INJECTED_FILE";

/// What became of a child.
pub(super) struct Child {
    /// Its answers, one for each step.
    pub(super) acknowledged: Vec<String>,
    /// A step that failed, and what the ledger said right after it.
    pub(super) failure: Option<Failure>,
    /// Whether strace did anything to it.
    pub(super) disturbed: bool,
}

pub(super) struct Failure {
    pub(super) step: usize,
    pub(super) error: String,
    pub(super) picture: String,
}

impl Child {
    /// Lets a child work on the ledger at `path`, disturbed as strace's
    /// expression `inject` says.
    pub(super) fn run(path: &Path, inject: &str) -> Self {
        let log = path.with_extension("log");
        // The log and the file alone: the writer's thread makes all of these
        // calls, and strace counts them by thread.
        let output = Command::new("strace")
            .args(["--follow-forks", "--output"].map(OsStr::new))
            .args([log.as_os_str(), OsStr::new("--trace-path")])
            .args([path.as_os_str(), OsStr::new("--trace-path")])
            .arg(log_of(path))
            .args(["--trace", "pwrite64,fdatasync,fsync", "--inject", inject])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "injected::child::works_through_the_script"])
            .args(["--ignored", "--nocapture"])
            .env(FILE, path)
            .stderr(Stdio::null())
            .output()
            .expect("strace is not there; `cargo xtask setup` installs it");
        let lines = String::from_utf8(output.stdout).unwrap();
        let log = std::fs::read_to_string(&log).unwrap();
        let child = Self {
            acknowledged: all(&lines, "answer "),
            failure: failure(&lines),
            disturbed: log.contains("(INJECTED)") || log.contains("killed by SIGKILL"),
        };
        let whole = output.status.success() && child.acknowledged.len() == STEPS;
        assert!(
            child.disturbed || whole,
            "{inject}: the child failed by itself: {lines}"
        );
        child
    }
}

fn all(lines: &str, start: &str) -> Vec<String> {
    let rest = lines.lines().filter_map(|line| line.strip_prefix(start));
    rest.map(str::to_owned).collect()
}

fn failure(lines: &str) -> Option<Failure> {
    let [step] = &all(lines, "failed ")[..] else {
        return None;
    };
    Some(Failure {
        step: step.parse().unwrap(),
        error: all(lines, "error ").concat(),
        picture: all(lines, "picture ").concat(),
    })
}

#[test]
#[ignore = "started by the tests beside it"]
fn works_through_the_script() {
    let Some(path) = std::env::var_os(FILE) else {
        return;
    };
    runtime().block_on(async {
        let ledger = Ledger::open(Path::new(&path)).unwrap();
        println!();
        for step in 0..STEPS {
            let mut answer = script::run(&ledger, step).await;
            if let Err(error) = &answer {
                println!("error {error:?}");
                println!("picture {:?}", picture(&ledger).await);
                println!("failed {step}");
                answer = script::run(&ledger, step).await;
            }
            match answer {
                Ok(answer) => println!("answer {answer}"),
                Err(_) => return,
            }
        }
    });
}
