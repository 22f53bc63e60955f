//! The program as people and scripts run it.

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_platen-estimate");
const CARD: &str = "[rates.A4]
mono = { simplex = 1, duplex = 0.75 }
colour = { simplex = 3, duplex = 2.5 }

[rates.other]
mono = { simplex = 10, duplex = 10 }
colour = { simplex = 20, duplex = 20 }
";

fn run(directory: &Path, words: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(words)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs")
}

fn places() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let write = |name: &str, content: &str| {
        fs::write(directory.path().join(name), content).expect("written");
    };
    write("three.txt", "one\x0ctwo\x0cthree");
    write("one.txt", "one");
    write("empty.txt", "");
    write("long.txt", &"\x0c".repeat(60_000));
    write("card.toml", CARD);
    directory
}

fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object"))
        .collect()
}

#[test]
fn each_file_is_one_object_and_the_worst_decides_the_status() {
    let places = places();
    let status = |words: &[&str]| run(places.path(), words).status.code();
    assert_eq!(status(&["--json", "one.txt", "three.txt"]), Some(0));
    assert_eq!(status(&["--json", "one.txt", "empty.txt"]), Some(2));
    assert_eq!(
        status(&["--json", "empty.txt", "long.txt", "one.txt"]),
        Some(3)
    );
    assert_eq!(status(&["--json"]), Some(64));
    assert_eq!(status(&["-o", "copies=0", "one.txt"]), Some(64));
    let output = run(
        places.path(),
        &["--json", "three.txt", "missing.txt", "one.txt"],
    );
    let answers = lines(&output);
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[0]["pages"].as_array().map(Vec::len), Some(3));
    assert_eq!(answers[1]["problem"], "not_opened");
    assert_eq!(answers[1]["file"], "missing.txt");
    assert_eq!(answers[2]["sides"], 1);
}

#[test]
fn options_and_rates_decide_what_is_printed_and_charged() {
    let places = places();
    let words = [
        "--json",
        "--rates",
        "card.toml",
        "-o",
        "copies=2 sides=two-sided-long-edge",
        "-o",
        "frobnicate=1",
        "three.txt",
    ];
    let answer = &lines(&run(places.path(), &words))[0];
    assert_eq!(answer["sides"], 6);
    assert_eq!(answer["sheets"], 4);
    assert_eq!(answer["colour_sides"], 0);
    // 2 × (2 × 0.75 + 1)
    assert_eq!(answer["points"], "5");
    assert_eq!(answer["by_size"][0]["paper"], "A4");
    assert_eq!(answer["by_size"][0]["sheets"], 4);
    let warnings = answer["warnings"].as_array().expect("a list");
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].as_str().unwrap_or("").contains("frobnicate"));
    let free = &lines(&run(places.path(), &["--json", "three.txt"]))[0];
    assert_eq!(free["points"], Value::Null);
}

#[test]
fn mistakes_in_the_rate_card_have_a_place() {
    let places = places();
    fs::write(
        places.path().join("bad.toml"),
        CARD.replace("0.75", "-0.75"),
    )
    .expect("written");
    let output = run(places.path(), &["--rates", "bad.toml", "one.txt"]);
    assert_eq!(output.status.code(), Some(64));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("bad.toml: line 2, column"), "{said}");
    assert!(said.contains("negative"), "{said}");
}

#[test]
fn people_get_a_table() {
    let places = places();
    let output = run(
        places.path(),
        &["--rates", "card.toml", "three.txt", "empty.txt"],
    );
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "   pages  colour   sides  sheets     points  file\n\
         \u{20}      3       0       3       3          3  three.txt\n\
         \u{20}      -       -       -       -          -  empty.txt\n\
         \u{20}         The document is empty.\n"
    );
}

#[test]
fn help_and_version_are_said() {
    let places = places();
    let help = run(places.path(), &["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&help.stdout).contains("Exit status"));
    let version = run(places.path(), &["--version"]);
    assert!(String::from_utf8_lossy(&version.stdout).starts_with("platen-estimate "));
}

#[test]
fn standard_input_is_a_file() {
    let mut child = Command::new(PROGRAM)
        .args(["--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(b"one\x0ctwo").expect("written");
    drop(stdin);
    let output = child.wait_with_output().expect("ended");
    let answer = &lines(&output)[0];
    assert_eq!(answer["file"], "-");
    assert_eq!(answer["sides"], 2);
}

#[test]
fn without_room_every_file_still_gets_its_answer() {
    let places = places();
    let words = ["--json", "--memory-bytes", "4096", "one.txt", "three.txt"];
    let output = run(places.path(), &words);
    assert_eq!(output.status.code(), Some(3));
    let answers = lines(&output);
    assert_eq!(answers.len(), 2);
    for answer in answers {
        assert_eq!(answer["problem"], "limit_reached");
        assert_eq!(answer["what"], "memory");
    }
}

#[test]
fn worker_that_is_killed_costs_its_own_document_only() {
    let places = places();
    let fifo = places.path().join("fifo");
    let made = Command::new("mkfifo").arg(&fifo).status().expect("mkfifo");
    assert!(made.success());
    let mut child = Command::new(PROGRAM)
        .args(["--json", "one.txt", "fifo", "three.txt"])
        .current_dir(places.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    // Opening a pipe for writing waits until somebody opens it for reading.
    let (opened, meeting) = std::sync::mpsc::channel();
    std::thread::spawn(move || opened.send(fs::OpenOptions::new().write(true).open(fifo)));
    let writer = meeting.recv_timeout(Duration::from_secs(20));
    let writer = writer.expect("a worker that reads").expect("opened");
    let children = format!("/proc/{0}/task/{0}/children", child.id());
    let worker = fs::read_to_string(children).expect("children");
    let killed = Command::new("kill")
        .args(["-KILL", worker.trim()])
        .status()
        .expect("kill");
    assert!(killed.success());
    let status = child.wait().expect("ended");
    drop(writer);
    assert_eq!(status.code(), Some(3));
    let mut text = String::new();
    let mut stdout = child.stdout.take().expect("piped");
    std::io::Read::read_to_string(&mut stdout, &mut text).expect("read");
    let answers: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[0]["sides"], 1);
    assert_eq!(answers[1]["file"], "fifo");
    assert_eq!(answers[1]["what"], "memory");
    assert_eq!(answers[2]["sides"], 3);
}
