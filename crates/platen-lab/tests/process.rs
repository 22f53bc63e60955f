//! Supervision: nothing outlives its guard.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use platen_lab::{Process, Scratch, wait_until};

const DEADLINE: Duration = Duration::from_secs(15);
const HELD_IN: &str = "PLATEN_LAB_TEST_HOLD";

fn shell(script: &str, scratch: &Scratch) -> Process {
    let mut command = Command::new("bash");
    command.args(["-c", script]).current_dir(scratch.path());
    Process::start(&command, &scratch.join("log")).expect("bash starts")
}

fn written_pid(file: &Path) -> Option<u32> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

fn alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// A program that starts a child in a session of its own and one that stays, and ignores SIGTERM.
const STUBBORN: &str = "trap '' TERM
    setsid bash -c 'echo $$ > away; exec sleep 1000' &
    bash -c 'echo $$ > near; exec sleep 1000' & wait";

fn pids_of_stubborn(directory: &Path) -> Vec<u32> {
    let files: Vec<PathBuf> = ["away", "near"].map(|name| directory.join(name)).into();
    wait_until("the children", DEADLINE, || {
        files.iter().all(|file| written_pid(file).is_some())
    })
    .expect("both children start");
    files.iter().filter_map(|file| written_pid(file)).collect()
}

#[test]
fn dropping_the_guard_ends_the_program_and_children_that_left_its_session() {
    let scratch = Scratch::new("lab-process").unwrap();
    let process = shell(STUBBORN, &scratch);
    let mut pids = pids_of_stubborn(scratch.path());
    pids.push(process.pid());
    assert!(pids.iter().all(|pid| alive(*pid)));
    drop(process);
    assert!(pids.iter().all(|pid| !alive(*pid)));
}

#[test]
fn the_exit_code_and_the_output_are_kept() {
    let scratch = Scratch::new("lab-process").unwrap();
    let mut process = shell("echo out; echo err >&2; exit 7", &scratch);
    assert_eq!(process.wait(DEADLINE).unwrap().code(), Some(7));
    assert_eq!(process.log(), "out\nerr\n");
    assert!(!process.is_running());
}

#[test]
fn a_program_that_ends_while_awaited_is_told_with_its_last_words() {
    let scratch = Scratch::new("lab-process").unwrap();
    let mut process = shell("echo no such printer; exit 1", &scratch);
    let problem = process.wait_ready(DEADLINE, || false).unwrap_err();
    assert!(format!("{problem:#}").contains("no such printer"));
}

/// What the killed runner does: holds a directory and a process, and reports them in `directory`.
fn hold_until_killed(directory: &Path) -> ! {
    let scratch = Scratch::new("lab-held").expect("a directory");
    let process = shell(STUBBORN, &scratch);
    let mut report = format!("{} {}", scratch.path().display(), process.pid());
    for pid in pids_of_stubborn(scratch.path()) {
        report.push_str(&format!(" {pid}"));
    }
    let fresh = directory.join("report.new");
    std::fs::write(&fresh, report).expect("the report is written");
    std::fs::rename(&fresh, directory.join("report")).expect("the report is renamed");
    loop {
        std::thread::park();
    }
}

#[test]
fn a_killed_test_runner_leaves_no_process_and_no_directory() {
    if let Ok(directory) = std::env::var(HELD_IN) {
        hold_until_killed(Path::new(&directory));
    }
    let scratch = Scratch::new("lab-process").unwrap();
    let mut runner = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_killed_test_runner_leaves_no_process_and_no_directory",
        ])
        .env(HELD_IN, scratch.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let report_file = scratch.join("report");
    wait_until("the runner", DEADLINE, || report_file.exists()).unwrap();
    let report = std::fs::read_to_string(report_file).unwrap();
    let (directory, pids) = report.split_once(' ').unwrap();
    let pids: Vec<u32> = pids.split(' ').map(|pid| pid.parse().unwrap()).collect();
    assert!(pids.len() == 3 && pids.iter().all(|pid| alive(*pid)));
    runner.kill().unwrap();
    runner.wait().unwrap();
    wait_until("the end of everything", DEADLINE, || {
        pids.iter().all(|pid| !alive(*pid)) && !Path::new(directory).exists()
    })
    .unwrap();
}
