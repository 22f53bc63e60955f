//! The analyser as the client runs it: the real program, in its own process.

use platen_estimate::isolated::{Analyser, Failure};
use platen_estimate::{Format, Limits, Problem};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_platen-estimate");

fn analyser(limits: Limits) -> Analyser {
    Analyser::new(PathBuf::from(PROGRAM), limits)
}

fn no_options() -> BTreeMap<String, String> {
    BTreeMap::new()
}

fn file(content: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(content).expect("written");
    file
}

#[track_caller]
fn refused(result: Result<platen_estimate::Analysis, Failure>, expected: &Problem) {
    match result {
        Err(Failure::Document(problem)) => assert_eq!(&problem, expected),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn pages_come_back_as_runs() {
    let text = file(b"one\x0ctwo\x0cthree");
    let analysis = analyser(Limits::default())
        .analyse(text.path(), &no_options())
        .await
        .unwrap();
    assert_eq!(analysis.format, Format::Text);
    assert_eq!(analysis.runs.len(), 1);
    assert_eq!(analysis.runs[0].count, 3);
}

#[tokio::test]
async fn problems_come_back_as_problems() {
    let analyser = analyser(Limits::default());
    refused(
        analyser.analyse(file(b"").path(), &no_options()).await,
        &Problem::Empty,
    );
    refused(
        analyser
            .analyse(file(b"%PDF-1.4").path(), &no_options())
            .await,
        &Problem::Damaged,
    );
}

#[tokio::test]
async fn a_file_of_two_gigabytes_is_refused_unread() {
    let large = tempfile::NamedTempFile::new().unwrap();
    File::options()
        .write(true)
        .open(large.path())
        .unwrap()
        .set_len(2 << 30)
        .unwrap();
    let limit_bytes = Limits::default().document_bytes;
    let started = Instant::now();
    let result = analyser(Limits::default())
        .analyse(large.path(), &no_options())
        .await;
    refused(result, &Problem::TooLarge { limit_bytes });
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[cfg(unix)]
#[tokio::test]
async fn an_analyser_that_hangs_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let hanging = directory.path().join("hanging");
    // It writes its own number, so that the test can see it gone.
    let pid = directory.path().join("pid");
    let script = format!("#!/bin/sh\necho $$ > {}\nexec sleep 600\n", pid.display());
    std::fs::write(&hanging, script).unwrap();
    make_executable(&hanging);
    let limits = Limits {
        time: Duration::from_millis(300),
        ..Limits::default()
    };
    let result = Analyser::new(hanging, limits)
        .analyse(file(b"x").path(), &no_options())
        .await;
    refused(
        result,
        &Problem::LimitReached {
            what: "time".into(),
        },
    );
    let pid = std::fs::read_to_string(pid).unwrap();
    assert!(!PathBuf::from(format!("/proc/{}", pid.trim())).exists());
}

#[cfg(unix)]
#[tokio::test]
async fn an_analyser_that_crashes_or_floods_is_a_problem_of_the_document() {
    let directory = tempfile::tempdir().unwrap();
    let cases = [
        ("kill -SEGV $$", Problem::Damaged),
        (
            "kill -ABRT $$",
            Problem::LimitReached {
                what: "memory".into(),
            },
        ),
        (
            "yes",
            Problem::LimitReached {
                what: "output".into(),
            },
        ),
    ];
    for (at, (script, problem)) in cases.iter().enumerate() {
        let program = directory.path().join(format!("p{at}"));
        std::fs::write(
            &program,
            format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n"),
        )
        .unwrap();
        make_executable(&program);
        let result = Analyser::new(program, Limits::default())
            .analyse(file(b"x").path(), &no_options())
            .await;
        refused(result, problem);
    }
}

#[tokio::test]
async fn a_missing_analyser_is_no_fault_of_the_document() {
    let result = Analyser::new("/nowhere/platen-estimate".into(), Limits::default())
        .analyse(file(b"x").path(), &no_options())
        .await;
    assert!(matches!(result, Err(Failure::Start(_))));
}

#[cfg(unix)]
#[tokio::test]
async fn memory_beyond_the_limit_is_a_problem_of_the_document() {
    let limits = Limits {
        memory_bytes: 12 << 20,
        ..Limits::default()
    };
    // Deflated zeroes in an object stream: the library inflates it whole.
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![b' '; 64 << 20]).unwrap();
    let body = encoder.finish().unwrap();
    let mut pdf = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n".to_vec();
    write!(
        pdf,
        "5 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length {} >>\nstream\n",
        body.len()
    )
    .unwrap();
    pdf.extend_from_slice(&body);
    pdf.extend_from_slice(b"\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\n");
    let result = analyser(limits)
        .analyse(file(&pdf).path(), &no_options())
        .await;
    refused(
        result,
        &Problem::LimitReached {
            what: "memory".into(),
        },
    );
}

#[test]
fn exit_status_says_what_happened() {
    let status = |content: &[u8], options: &[&str]| {
        Command::new(PROGRAM)
            .args(options)
            .arg(file(content).path())
            .output()
            .unwrap()
    };
    assert_eq!(status(b"text", &[]).status.code(), Some(0));
    assert_eq!(status(b"", &[]).status.code(), Some(2));
    assert_eq!(
        status(b"text", &["--document-bytes", "2"]).status.code(),
        Some(3)
    );
    assert_eq!(status(b"text", &["--unknown"]).status.code(), Some(64));
}

#[test]
fn a_dash_is_the_standard_input() {
    let mut child = Command::new(PROGRAM)
        .args(["--json", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"a\x0cb\x0cc").unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["pages"].as_array().unwrap().len(), 3);
}

#[test]
fn json_names_the_file_its_format_and_each_page() {
    let text = file(b"a\x0cb");
    let output = Command::new(PROGRAM)
        .arg("--json")
        .arg(text.path())
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["file"], text.path().to_str().unwrap());
    assert_eq!(json["format"], "text");
    assert_eq!(json["pages"].as_array().unwrap().len(), 2);
    assert_eq!(json["pages"][0]["colour"], false);
    assert_eq!(json["pages"][0]["judged_by"], "declared");
}

#[cfg(unix)]
fn make_executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
        .expect("permissions set");
}
