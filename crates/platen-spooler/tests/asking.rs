//! Every request of `Cups` on a real cupsd, as root and as an ordinary user.
//!
//! A test runs its scene in a process of each person's own, since cupsd believes
//! nobody a name that is not the socket peer's.

#![cfg(unix)]

mod support;

use std::process::Command;

use anyhow::{Context, Result, bail};
use platen_domain::{Passage, Sides, Ticket};
use platen_lab::{Scratch, wait_for};
use platen_spooler::{Cups, CupsConfig, FinishingChange, Job, JobState, SpoolerError, finishing};
use support::{DEADLINE, Lab, Parts, as_each_person};

const KEEPING_FILES: Parts = Parts {
    bus: false,
    keep_files: true,
};

/// Prints bytes with lp from standard input and returns the job.
async fn print(cups: &Cups, arguments: &[&str], document: &[u8]) -> Result<Job> {
    use std::io::Write;
    let mut lp = Command::new("lp")
        .args(["-d", "sec"])
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()?;
    lp.stdin.take().context("no input")?.write_all(document)?;
    let said = String::from_utf8(lp.wait_with_output()?.stdout)?;
    let id = said
        .split_whitespace()
        .find_map(|word| word.strip_prefix("sec-")?.parse().ok())
        .context("lp gave no number")?;
    Ok(cups.job(id).await?)
}

#[test]
fn queues_are_known_by_their_device() -> Result<()> {
    as_each_person(
        "queues_are_known_by_their_device",
        Parts::default(),
        async |cups, _| {
            let queues = cups.queues().await?;
            let names: Vec<_> = queues.iter().map(|queue| queue.name.as_str()).collect();
            assert_eq!(names, ["printer", "sec"]);
            assert!(!queues[0].managed && queues[0].is_printer && queues[0].accepting);
            assert!(queues[1].managed && !queues[1].is_printer);
            assert_eq!(queues[1].device_uri.as_deref(), Some("gate:"));
            Ok(())
        },
    )
}

#[test]
fn documents_with_spaces_in_their_names_print() -> Result<()> {
    as_each_person(
        "documents_with_spaces_in_their_names_print",
        KEEPING_FILES,
        async |cups, _| {
            let scratch = Scratch::new("names")?;
            let files = ["the first.txt", "and\ta second.txt", "third.txt"];
            let files = files.map(|name| scratch.join(name));
            for file in &files {
                std::fs::write(file, "hello\n")?;
            }
            let said = Command::new("lp")
                .args(["-d", "sec", "--"])
                .args(&files)
                .output()?;
            let open = cups.open_jobs().await?;
            let job = open.last().with_context(|| format!("{said:?}"))?.id;
            cups.move_to(job, "printer").await?;
            cups.release(job).await?;
            let mut state = JobState::Held;
            while !state.is_finished() {
                tokio::task::yield_now().await;
                state = cups.job(job).await?.state;
            }
            assert_eq!(state, JobState::Completed);
            Ok(())
        },
    )
}

#[test]
fn a_job_is_held_changed_moved_and_released() -> Result<()> {
    as_each_person(
        "a_job_is_held_changed_moved_and_released",
        KEEPING_FILES,
        async |cups, user| {
            let options = [
                "-n",
                "2",
                "-o",
                "Duplex=DuplexNoTumble",
                "-o",
                "ColorModel=RGB",
                "-o",
                "page-ranges=1-3,5",
                "-o",
                "landscape",
            ];
            let job = print(&cups, &options, b"hello\n").await?;
            assert_eq!(
                (job.state, job.documents, job.owner.as_str()),
                (JobState::Held, 1, user.as_str())
            );
            assert_eq!(
                job.options.get("page-ranges").map(String::as_str),
                Some("1-3,5")
            );
            assert_eq!(
                job.options.get("landscape").map(String::as_str),
                Some("true")
            );
            assert_eq!(cups.open_jobs().await?.last(), Some(&job));
            let change = FinishingChange {
                sides: Some(Sides::TwoSidedShortEdge),
                monochrome: Some(true),
                copies: Some(3),
                number_up: Some(2),
            };
            cups.set_options(job.id, &change).await?;
            // Longer than one value of text may be.
            cups.set_approval(job.id, &"a".repeat(5000)).await?;
            cups.move_to(job.id, "printer").await?;
            let moved = cups.job(job.id).await?;
            assert_eq!(
                (moved.uuid, moved.state, moved.queue.as_str()),
                (job.uuid, JobState::Held, "printer")
            );
            assert_eq!(
                moved.options.get("platen-approval").map(String::len),
                Some(5000 + ",,,,".len())
            );
            let queues = cups.queues().await?;
            let priced = finishing(
                &moved,
                &queues[0].defaults,
                &Ticket::default(),
                Passage::LaidOut,
            );
            assert_eq!(
                (
                    priced.sides,
                    priced.monochrome,
                    priced.copies,
                    priced.number_up
                ),
                (Sides::TwoSidedShortEdge, true, 3, 2)
            );
            cups.release(job.id).await?;
            let mut finished = cups.job(job.id).await?;
            while !finished.state.is_finished() {
                tokio::task::yield_now().await;
                finished = cups.job(job.id).await?;
            }
            assert_eq!(
                (finished.state, finished.uuid),
                (JobState::Completed, job.uuid)
            );
            let refused = cups.release(job.id).await;
            assert!(
                matches!(refused, Err(SpoolerError::NotPossible(_))),
                "{refused:?}"
            );
            assert!(matches!(
                cups.job(99_999).await,
                Err(SpoolerError::NotFound)
            ));
            assert!(matches!(
                cups.move_to(99_999, "printer").await,
                Err(SpoolerError::NotFound)
            ));
            Ok(())
        },
    )
}

#[test]
fn a_cancelled_job_says_why_and_comes_back_held() -> Result<()> {
    as_each_person(
        "a_cancelled_job_says_why_and_comes_back_held",
        KEEPING_FILES,
        async |cups, _| {
            let job = print(&cups, &[], b"hello\n").await?;
            cups.cancel(job.id, "Platen: not enough points").await?;
            let cancelled = cups.job(job.id).await?;
            assert_eq!(cancelled.state, JobState::Canceled);
            assert_eq!(
                cancelled.message.as_deref(),
                Some("Platen: not enough points")
            );
            cups.restart_held(job.id).await?;
            let revived = cups.job(job.id).await?;
            assert_eq!(
                (revived.state, revived.uuid, revived.documents),
                (JobState::Held, job.uuid, 1)
            );
            Ok(())
        },
    )
}

#[test]
fn a_cancelled_job_without_files_cannot_come_back() -> Result<()> {
    as_each_person(
        "a_cancelled_job_without_files_cannot_come_back",
        Parts::default(),
        async |cups, _| {
            let job = print(&cups, &[], b"hello\n").await?;
            cups.cancel(job.id, "no").await?;
            let answer = cups.restart_held(job.id).await;
            assert!(
                matches!(answer, Err(SpoolerError::DocumentsGone)),
                "{answer:?}"
            );
            Ok(())
        },
    )
}

#[test]
fn documents_are_read_up_to_a_limit() -> Result<()> {
    as_each_person(
        "documents_are_read_up_to_a_limit",
        Parts::default(),
        async |cups, _| {
            let document = "a line of text\n".repeat(40_000).into_bytes();
            let job = print(&cups, &[], &document).await?;
            let directory = tempfile::tempdir()?;
            let path = directory.path().join("document");
            let mut file = tokio::fs::File::create(&path).await?;
            let fetched = cups.fetch(job.id, 1, &mut file, 1 << 20).await?;
            assert_eq!(std::fs::read(&path)?, document);
            let digest = ring::digest::digest(&ring::digest::SHA256, &document);
            assert_eq!(fetched.sha256, digest.as_ref());
            assert_eq!(
                (fetched.bytes, fetched.format.as_str()),
                (600_000, "text/plain")
            );
            let refused = cups.fetch(job.id, 1, &mut file, 599_999).await;
            assert!(matches!(
                refused,
                Err(SpoolerError::TooLarge {
                    limit_bytes: 599_999
                })
            ));
            let missing = cups.fetch(job.id, 2, &mut file, 1 << 20).await;
            assert!(
                matches!(missing, Err(SpoolerError::NotFound)),
                "{missing:?}"
            );
            Ok(())
        },
    )
}

#[test]
fn a_compressed_document_is_read_as_it_is_stored() -> Result<()> {
    as_each_person(
        "a_compressed_document_is_read_as_it_is_stored",
        Parts::default(),
        async |cups, _| {
            let mut gzip = Command::new("gzip")
                .stdin(std::process::Stdio::piped())
                .stdout(std::process::Stdio::piped())
                .spawn()?;
            std::io::Write::write_all(&mut gzip.stdin.take().context("no input")?, b"%PDF-1.4\n")?;
            let compressed = gzip.wait_with_output()?.stdout;
            let job = print(
                &cups,
                &["-o", "document-format=application/pdf"],
                &compressed,
            )
            .await?;
            let directory = tempfile::tempdir()?;
            let path = directory.path().join("document");
            let mut file = tokio::fs::File::create(&path).await?;
            cups.fetch(job.id, 1, &mut file, 1 << 20).await?;
            assert_eq!(std::fs::read(&path)?, compressed);
            Ok(())
        },
    )
}

#[test]
fn another_users_job_does_not_exist() -> Result<()> {
    if std::env::var_os("PLATEN_SCENE").is_some() {
        let user = std::env::var("USER")?;
        let cups = Cups::connect(CupsConfig::from_environment(user));
        let id: i32 = std::env::var("PLATEN_JOB")?.parse()?;
        return tokio::runtime::Runtime::new()?.block_on(async {
            assert!(cups.open_jobs().await?.is_empty());
            assert!(matches!(cups.job(id).await, Err(SpoolerError::NotFound)));
            let mut file = tokio::fs::File::create("/dev/null").await?;
            let refused = cups.fetch(id, 1, &mut file, 1000).await;
            assert!(
                matches!(refused, Err(SpoolerError::NotPermitted(_))),
                "{refused:?}"
            );
            Ok(())
        });
    }
    let lab = Lab::start(false, false)?;
    let people = Lab::people()?;
    let [root, alice] = &people[..] else {
        println!("skipped: only root can print as two users");
        return Ok(());
    };
    let id = lab.print(root, &[])?;
    let mut child = lab.program(alice, &std::env::current_exe()?)?;
    child
        .env("PLATEN_SCENE", "1")
        .env("PLATEN_JOB", id.to_string());
    child.args(["--exact", "another_users_job_does_not_exist", "--nocapture"]);
    let output = child.output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

#[test]
fn an_absent_cupsd_is_a_temporary_error() -> Result<()> {
    let mut lab = Lab::start(false, false)?;
    let config = CupsConfig {
        socket: lab.cupsd.socket(),
        user: platen_lab::User::current()?.name,
        queues: None,
    };
    tokio::runtime::Runtime::new()?.block_on(async {
        let cups = Cups::connect(config);
        assert_eq!(cups.queues().await?.len(), 2);
        lab.cupsd.stop()?;
        let gone = cups.queues().await.expect_err("nobody is there");
        assert!(gone.is_temporary(), "{gone}");
        lab.cupsd.start_again()?;
        wait_for("cupsd", DEADLINE, || {
            Ok(lab.cupsd.socket().exists().then_some(()))
        })?;
        assert_eq!(cups.queues().await?.len(), 2);
        Ok(())
    })
}
