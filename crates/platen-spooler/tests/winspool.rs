//! Every request of `Winspool`, and its watcher, on a spooler that follows a
//! script (`tests/winspool`), under Wine: `cargo xtask check-platforms wine`.
//!
//! They don't run on Windows itself, whose spooler follows no script.
#![cfg(windows)]
#![expect(unsafe_code, reason = "the script is handed to a library of C's kind")]

use std::time::Duration;

use anyhow::{Context, Result, bail};
use platen_domain::{Sides, Size};
use platen_spooler::{
    Enforcement, FinishingChange, JobState, QueueState, SpoolerError, SpoolerEvent, Winspool,
    WinspoolConfig,
};
use ring::digest::{SHA256, digest};
use tokio::sync::{Mutex, MutexGuard, mpsc};
use tokio::task::JoinHandle;

const DEADLINE: Duration = Duration::from_secs(20);
/// `JOB_STATUS_SPOOLING`, `JOB_STATUS_PAUSED`, `JOB_STATUS_PRINTING`.
const SPOOLING: u32 = 8;
const PAUSED: u32 = 1;
const PRINTING: u32 = 16;
/// `ERROR_ACCESS_DENIED`, `RPC_S_SERVER_UNAVAILABLE`.
const ACCESS_DENIED: u32 = 5;
const SERVER_UNAVAILABLE: u32 = 1722;

#[link(name = "winspool.drv", kind = "raw-dylib", modifiers = "+verbatim")]
unsafe extern "system" {
    fn platen_perform(script: *const u8, length: usize) -> u32;
}

/// All tests of this program share the one spooler.
static ALONE: Mutex<()> = Mutex::const_new(());

#[track_caller]
fn perform(script: &str) {
    // SAFETY: the script is readable for its length.
    let followed = unsafe { platen_perform(script.as_ptr(), script.len()) };
    assert_eq!(followed, 1, "the spooler does not understand {script:?}");
}

/// A spooler with these lines followed, and the client of anna.
async fn scene(script: &str) -> (MutexGuard<'static, ()>, Winspool) {
    let alone = ALONE.lock().await;
    perform("reset");
    perform(script);
    let winspool = Winspool::connect(WinspoolConfig {
        user: "Anna".to_owned(),
        queues: Some(vec!["laser".to_owned(), "Ink".to_owned()]),
    });
    (alone, winspool)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A `DEVMODEW`: 2 copies, short edge, monochrome, A3.
fn devmode() -> String {
    let mut bytes = vec![0_u8; 220];
    bytes[68] = 220;
    let fields: u32 = 0x100 | 0x1000 | 0x800 | 0x2;
    bytes[72..76].copy_from_slice(&fields.to_le_bytes());
    bytes[78] = 8;
    bytes[86] = 2;
    bytes[92] = 1;
    bytes[94] = 3;
    hexadecimal(&bytes)
}

#[tokio::test]
async fn queues_are_listed_as_they_are() -> Result<()> {
    let (_alone, winspool) = scene(
        "printer\tLaser\tport=IP_10.0.0.9\n\
         printer\tBüro 🖨\tport=NUL:\tstatus=1",
    )
    .await;
    let queues = winspool.queues().await?;
    assert_eq!(queues.len(), 2);
    assert_eq!(queues[0].name, "Laser");
    assert_eq!(queues[0].device_uri.as_deref(), Some("IP_10.0.0.9"));
    assert!(queues[0].managed && queues[0].is_printer);
    assert_eq!(queues[0].enforcement, Enforcement::Courtesy);
    assert_eq!(queues[0].state, QueueState::Idle);
    assert_eq!(queues[1].name, "Büro 🖨");
    assert!(!queues[1].managed && !queues[1].is_printer);
    assert_eq!(queues[1].state, QueueState::Stopped);
    Ok(())
}

#[tokio::test]
async fn without_printers_there_are_no_queues_and_no_jobs() -> Result<()> {
    let (_alone, winspool) = scene("mend").await;
    assert_eq!(winspool.queues().await?, []);
    assert_eq!(winspool.open_jobs().await?, []);
    Ok(())
}

#[tokio::test]
async fn a_user_sees_the_own_jobs_with_their_settings() -> Result<()> {
    let (_alone, winspool) = scene(&format!(
        "printer\tLaser\nprinter\tOther\n\
         job\tLaser\t7\tuser=anna\tdocument=Brief an Jürgen\tdevmode={}\tsecond=2\n\
         job\tLaser\t8\tuser=ben\tdocument=Secret\n\
         job\tLaser\t9\tuser=ANNA\tdocument=Earlier\tsecond=1\tstatus={PAUSED}\n\
         job\tOther\t10\tuser=anna\tdocument=Unmanaged",
        devmode()
    ))
    .await;
    let jobs = winspool.open_jobs().await?;
    let names: Vec<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
    assert_eq!(names, ["Earlier", "Brief an Jürgen"]);
    assert_eq!(jobs[0].state, JobState::Held);
    assert_eq!(jobs[0].copies, None);
    let letter = &jobs[1];
    assert_eq!(letter.queue, "Laser");
    assert_eq!(letter.state, JobState::Pending);
    assert_eq!(letter.copies, Some(2));
    assert_eq!(letter.media_size, Some(Size::A3));
    let sides = letter.options.get("sides").map(String::as_str);
    assert_eq!(sides, Some(Sides::TwoSidedShortEdge.keyword()));
    let colour = letter.options.get("print-color-mode").map(String::as_str);
    assert_eq!(colour, Some("monochrome"));
    assert_eq!(winspool.job(letter.id).await?, *letter);
    let known = winspool.jobs(&[letter.id, 4711]).await?;
    assert_eq!(known, std::slice::from_ref(letter));
    Ok(())
}

#[tokio::test]
async fn a_thousand_jobs_are_listed() -> Result<()> {
    let mut script = "printer\tLaser".to_owned();
    for id in 1..=1000 {
        script += &format!("\njob\tLaser\t{id}\tuser=anna\tdocument=Document {id}");
    }
    let (_alone, winspool) = scene(&script).await;
    let jobs = winspool.open_jobs().await?;
    assert_eq!(jobs.len(), 1000);
    assert_eq!(jobs[999].name, "Document 1000");
    Ok(())
}

#[tokio::test]
async fn jobs_of_two_servers_are_told_apart() -> Result<()> {
    let (_alone, winspool) = scene(
        "printer\tLaser\nprinter\tInk\n\
         job\tLaser\t7\tuser=anna\tdocument=One\njob\tInk\t7\tuser=anna\tdocument=Two",
    )
    .await;
    let jobs = winspool.open_jobs().await?;
    assert_eq!(jobs.len(), 2);
    assert_ne!(jobs[0].id, jobs[1].id);
    assert_ne!(jobs[0].uuid, jobs[1].uuid);
    for job in jobs {
        assert_eq!(winspool.job(job.id).await?, job);
    }
    Ok(())
}

#[tokio::test]
async fn a_job_is_held_released_and_deleted() -> Result<()> {
    let (_alone, winspool) = scene("printer\tLaser\njob\tLaser\t7\tuser=anna").await;
    let job = winspool.open_jobs().await?.pop().context("a job")?;
    winspool.hold(job.id).await?;
    assert_eq!(winspool.job(job.id).await?.state, JobState::Held);
    winspool.release(job.id).await?;
    assert_eq!(winspool.job(job.id).await?.state, JobState::Pending);
    winspool.cancel(job.id, "no points").await?;
    let gone = winspool.job(job.id).await;
    assert!(matches!(gone, Err(SpoolerError::NotFound)), "{gone:?}");
    let again = winspool.cancel(job.id, "no points").await;
    assert!(matches!(again, Err(SpoolerError::NotFound)), "{again:?}");
    winspool.purge(job.id).await?;
    assert_eq!(winspool.open_jobs().await?, []);
    Ok(())
}

#[tokio::test]
async fn somebody_elses_job_is_not_there() -> Result<()> {
    let (_alone, winspool) = scene("printer\tLaser\njob\tLaser\t7\tuser=anna").await;
    let job = winspool.open_jobs().await?.pop().context("a job")?;
    perform("job\tLaser\t7\tuser=ben");
    for answer in [
        winspool.hold(job.id).await,
        winspool.release(job.id).await,
        winspool.cancel(job.id, "").await,
        winspool.job(job.id).await.map(drop),
    ] {
        assert!(matches!(answer, Err(SpoolerError::NotFound)), "{answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_later_document_under_the_same_windows_number_is_left_alone() -> Result<()> {
    let (_alone, winspool) = scene("printer\tLaser\njob\tLaser\t7\tuser=anna\tsecond=1").await;
    let earlier = winspool.open_jobs().await?.pop().context("a job")?;
    perform(&format!(
        "gone\tLaser\t7\njob\tLaser\t7\tuser=anna\tsecond=2\tstatus={PAUSED}\tdata=41"
    ));
    let mut file = tokio::fs::File::from_std(tempfile::tempfile()?);
    for answer in [
        winspool.release(earlier.id).await,
        winspool.hold(earlier.id).await,
        winspool.cancel(earlier.id, "").await,
        winspool.job(earlier.id).await.map(drop),
        winspool
            .fetch(earlier.id, 1, &mut file, 1 << 20)
            .await
            .map(drop),
    ] {
        assert!(matches!(answer, Err(SpoolerError::NotFound)), "{answer:?}");
    }
    winspool.purge(earlier.id).await?;
    let later = winspool.open_jobs().await?.pop().context("a job")?;
    assert_ne!(later.id, earlier.id);
    assert_ne!(later.uuid, earlier.uuid);
    assert_eq!(later.state, JobState::Held);
    let again = winspool.cancel(earlier.id, "").await;
    assert!(matches!(again, Err(SpoolerError::NotFound)), "{again:?}");
    winspool.fetch(later.id, 1, &mut file, 1 << 20).await?;
    winspool.release(later.id).await?;
    assert_eq!(winspool.job(later.id).await?.state, JobState::Pending);
    Ok(())
}

#[tokio::test]
async fn a_number_that_was_told_is_not_given_to_a_later_document() -> Result<()> {
    let (_alone, winspool) = scene("printer\tLaser").await;
    let mut watch = Watch::start(&winspool).await?;
    perform("job\tLaser\t7\tuser=anna\tsecond=1");
    let SpoolerEvent::Arrived(earlier) = watch.next().await? else {
        bail!("it did not arrive")
    };
    perform("gone\tLaser\t7");
    assert_eq!(watch.next().await?, SpoolerEvent::Job(earlier.id));
    perform("job\tLaser\t7\tuser=anna\tsecond=2");
    let SpoolerEvent::Arrived(later) = watch.next().await? else {
        bail!("it did not arrive")
    };
    assert_ne!(later.id, earlier.id);
    let cancelled = winspool.cancel(earlier.id, "").await;
    assert!(matches!(cancelled, Err(SpoolerError::NotFound)));
    assert_eq!(winspool.job(later.id).await?, *later);
    Ok(())
}

#[tokio::test]
async fn a_document_is_read_whole() -> Result<()> {
    let document: Vec<u8> = (0..200_001_u32).map(|index| (index % 251) as u8).collect();
    let (_alone, winspool) = scene(&format!(
        "printer\tLaser\njob\tLaser\t7\tuser=anna\tdata={}",
        hexadecimal(&document)
    ))
    .await;
    let job = winspool.open_jobs().await?.pop().context("a job")?;
    let place = tempfile::tempdir()?;
    let path = place.path().join("document");
    let mut file = tokio::fs::File::create(&path).await?;
    let fetched = winspool.fetch(job.id, 1, &mut file, 1 << 20).await?;
    assert_eq!(fetched.bytes, 200_001);
    assert_eq!(fetched.sha256, digest(&SHA256, &document).as_ref());
    assert_eq!(fetched.format, "application/octet-stream");
    assert!(std::fs::read(&path)? == document, "it is another document");
    let large = winspool.fetch(job.id, 1, &mut file, 200_000).await;
    assert!(matches!(
        large,
        Err(SpoolerError::TooLarge {
            limit_bytes: 200_000
        })
    ));
    let second = winspool.fetch(job.id, 2, &mut file, 1 << 20).await;
    assert!(matches!(second, Err(SpoolerError::NotFound)));
    perform(&format!("fail\tReadPrinter\t{ACCESS_DENIED}"));
    let denied = winspool.fetch(job.id, 1, &mut file, 1 << 20).await;
    assert!(matches!(denied, Err(SpoolerError::NotPermitted(_))));
    Ok(())
}

#[tokio::test]
async fn an_answer_that_points_outside_itself_is_refused() -> Result<()> {
    let (_alone, winspool) = scene("printer\tLaser\njob\tLaser\t7\tuser=anna").await;
    perform("lie\tEnumJobsW");
    let jobs = winspool.open_jobs().await;
    assert!(matches!(jobs, Err(SpoolerError::Malformed(_))), "{jobs:?}");
    perform("mend\nlie\tEnumPrintersW");
    let queues = winspool.queues().await;
    assert!(
        matches!(queues, Err(SpoolerError::Malformed(_))),
        "{queues:?}"
    );
    perform("mend");
    assert_eq!(winspool.open_jobs().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_failure_says_whether_to_try_again() -> Result<()> {
    let (_alone, winspool) = scene("printer\tLaser\njob\tLaser\t7\tuser=anna").await;
    perform(&format!("fail\tEnumJobsW\t{ACCESS_DENIED}"));
    let denied = winspool.open_jobs().await.map(drop);
    assert!(
        matches!(denied, Err(SpoolerError::NotPermitted(_))),
        "{denied:?}"
    );
    perform(&format!("mend\nfail\t*\t{SERVER_UNAVAILABLE}"));
    let away = winspool.open_jobs().await.map(drop);
    let Err(away) = away else {
        bail!("a spooler that is away answers")
    };
    assert!(away.is_temporary(), "{away:?}");
    perform("mend\nfail\tEnumPrintersW\t14");
    let failed = winspool.queues().await.map(drop);
    assert!(matches!(failed, Err(SpoolerError::Failed(_))), "{failed:?}");
    Ok(())
}

#[tokio::test]
async fn what_windows_cannot_do_is_said_by_name() -> Result<()> {
    let (_alone, winspool) = scene("printer\tLaser\nprinter\tInk\njob\tLaser\t7\tuser=anna").await;
    let job = winspool.open_jobs().await?.pop().context("a job")?;
    let change = FinishingChange {
        copies: Some(2),
        ..FinishingChange::default()
    };
    for answer in [
        winspool.move_to(job.id, "Ink").await,
        winspool.set_options(job.id, &change).await,
        winspool.set_approval(job.id, "approved").await,
    ] {
        assert!(
            matches!(answer, Err(SpoolerError::Unsupported(_))),
            "{answer:?}"
        );
    }
    winspool.move_to(job.id, "LASER").await?;
    winspool
        .set_options(job.id, &FinishingChange::default())
        .await?;
    let revived = winspool.restart_held(job.id).await;
    assert!(matches!(revived, Err(SpoolerError::DocumentsGone)));
    Ok(())
}

struct Watch {
    events: mpsc::Receiver<SpoolerEvent>,
    task: JoinHandle<()>,
}

impl Watch {
    /// Starts a watcher and waits until it listens.
    async fn start(winspool: &Winspool) -> Result<Self> {
        let (tx, events) = mpsc::channel(16);
        let winspool = winspool.clone();
        let task = tokio::spawn(async move { winspool.watch(tx).await });
        let mut watch = Self { events, task };
        assert_eq!(watch.next().await?, SpoolerEvent::Up);
        assert_eq!(watch.next().await?, SpoolerEvent::Resync);
        Ok(watch)
    }

    async fn next(&mut self) -> Result<SpoolerEvent> {
        tokio::time::timeout(DEADLINE, self.events.recv())
            .await
            .context("nothing was told")?
            .context("the watcher ended")
    }

    /// The next event about a document that has arrived.
    async fn arrived(&mut self) -> Result<String> {
        match self.next().await? {
            SpoolerEvent::Arrived(job) => Ok(job.name),
            other => bail!("instead of an arrival: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_document_is_told_when_it_has_arrived_and_when_it_is_gone() -> Result<()> {
    let (_alone, winspool) = scene("printer\tLaser").await;
    let mut watch = Watch::start(&winspool).await?;
    perform(&format!(
        "job\tLaser\t6\tuser=ben\tdocument=Secret\n\
         job\tLaser\t7\tuser=anna\tdocument=Letter\tstatus={SPOOLING}"
    ));
    assert_eq!(watch.next().await?, SpoolerEvent::Job(7));
    perform("job\tLaser\t7\tstatus=0");
    assert_eq!(watch.arrived().await?, "Letter");
    perform(&format!("job\tLaser\t7\tstatus={PRINTING}"));
    assert_eq!(watch.next().await?, SpoolerEvent::Job(7));
    assert_eq!(winspool.job(7).await?.state, JobState::Processing);
    perform("gone\tLaser\t7");
    assert_eq!(watch.next().await?, SpoolerEvent::Job(7));
    let gone = winspool.job(7).await;
    assert!(matches!(gone, Err(SpoolerError::NotFound)), "{gone:?}");
    Ok(())
}

#[tokio::test]
async fn jobs_that_were_there_before_are_left_to_the_resync() -> Result<()> {
    let (_alone, winspool) =
        scene("printer\tLaser\njob\tLaser\t7\tuser=anna\tdocument=Before").await;
    let mut watch = Watch::start(&winspool).await?;
    perform("job\tLaser\t8\tuser=anna\tdocument=After");
    assert_eq!(watch.arrived().await?, "After");
    Ok(())
}

#[tokio::test]
async fn a_spooler_that_goes_and_returns_is_told() -> Result<()> {
    let (_alone, winspool) = scene("printer\tLaser").await;
    let mut watch = Watch::start(&winspool).await?;
    perform(&format!("fail\t*\t{SERVER_UNAVAILABLE}"));
    assert!(matches!(watch.next().await?, SpoolerEvent::Down { .. }));
    perform("mend\njob\tLaser\t7\tuser=anna\tdocument=Meanwhile");
    assert_eq!(watch.next().await?, SpoolerEvent::Up);
    assert_eq!(watch.next().await?, SpoolerEvent::Resync);
    let jobs = winspool.open_jobs().await?;
    assert_eq!(jobs.len(), 1);
    perform("job\tLaser\t8\tuser=anna\tdocument=Later");
    assert_eq!(watch.arrived().await?, "Later");
    Ok(())
}

#[tokio::test]
async fn a_printer_that_comes_is_watched() -> Result<()> {
    let (_alone, winspool) = scene("printer\tLaser").await;
    let mut watch = Watch::start(&winspool).await?;
    perform("printer\tInk");
    assert_eq!(watch.next().await?, SpoolerEvent::Resync);
    perform("job\tInk\t7\tuser=anna\tdocument=Colourful");
    assert_eq!(watch.arrived().await?, "Colourful");
    perform("printer\tLaser\tstatus=1");
    assert_eq!(watch.next().await?, SpoolerEvent::Resync);
    Ok(())
}

#[tokio::test]
async fn a_watcher_nobody_listens_to_ends() -> Result<()> {
    let (_alone, winspool) = scene("printer\tLaser").await;
    let Watch { events, task } = Watch::start(&winspool).await?;
    drop(events);
    tokio::time::timeout(DEADLINE, task)
        .await
        .context("it goes on")??;
    Ok(())
}
