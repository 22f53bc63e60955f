//! `Cups::watch` on a real cupsd: what is told, to whom, and how soon.

#![cfg(unix)]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use platen_lab::User;
use platen_spooler::{Cups, SpoolerEvent};
use support::{DEADLINE, Lab, Parts, as_each_person};
use tokio::sync::mpsc;

/// The watcher of one person in a process of his own. A job that comes while the
/// watcher subscribes anew is in a resync's list instead of being told; its
/// process shows both alike.
struct Watcher {
    child: Child,
    events: Receiver<(Instant, String)>,
}

impl Watcher {
    fn start(lab: &Lab, person: &User) -> Result<Self> {
        let test = std::env::current_exe()?;
        let build = test.ancestors().nth(2).context("no build directory")?;
        let mut child = lab
            .program(person, &build.join("examples/spooler"))?
            .arg("watch")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().context("no output")?;
        let (tx, events) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if tx.send((Instant::now(), line)).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, events })
    }

    /// Waits for this event, passing over others; when it came.
    fn wait_for(&self, wanted: &str) -> Result<Instant> {
        let end = Instant::now() + DEADLINE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let (at, event) = self
                .events
                .recv_timeout(left)
                .with_context(|| format!("waiting for {wanted}"))?;
            if event.starts_with(wanted) {
                return Ok(at);
            }
        }
    }

    /// Everything told until this event.
    fn until(&self, last: &str) -> Result<Vec<String>> {
        let mut events = Vec::new();
        while events.last().is_none_or(|event| event != last) {
            let (_, event) = self
                .events
                .recv_timeout(DEADLINE)
                .with_context(|| format!("waiting for {last}"))?;
            events.push(event);
        }
        Ok(events)
    }

    /// Asks it to stop; it must give its subscription back.
    fn stop(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        let what = "the end of the watcher";
        let status = platen_lab::wait_for(what, DEADLINE, || Ok(self.child.try_wait()?))?;
        ensure!(status.success(), "the watcher failed: {status}");
        Ok(())
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn median_delay(lab: &Lab, person: &User, watcher: &Watcher) -> Result<Duration> {
    let mut delays = Vec::new();
    for _ in 0..15 {
        let id = lab.print(person, &[])?;
        let printed = Instant::now();
        let told = watcher.wait_for(&format!("Job({id})"))?;
        delays.push(told.saturating_duration_since(printed));
    }
    delays.sort();
    Ok(delays[delays.len() / 2])
}

#[test]
fn a_document_is_told_within_milliseconds_over_the_bus() -> Result<()> {
    let lab = Lab::start(true, false)?;
    for person in Lab::people()? {
        let watcher = Watcher::start(&lab, &person)?;
        watcher.wait_for("Resync")?;
        let delay = median_delay(&lab, &person, &watcher)?;
        println!("{}: told {delay:?} after lp returned (median)", person.name);
        ensure!(delay < Duration::from_millis(20), "told after {delay:?}");
        watcher.stop()?;
    }
    Ok(())
}

#[test]
fn without_a_bus_a_document_is_told_within_a_poll() -> Result<()> {
    let lab = Lab::start(false, false)?;
    for person in Lab::people()? {
        let watcher = Watcher::start(&lab, &person)?;
        watcher.wait_for("Resync")?;
        let delay = median_delay(&lab, &person, &watcher)?;
        println!("{}: told {delay:?} after lp returned (median)", person.name);
        ensure!(delay < Duration::from_millis(700), "told after {delay:?}");
        watcher.stop()?;
    }
    Ok(())
}

#[test]
fn nobody_is_told_of_another_users_documents() -> Result<()> {
    let lab = Lab::start(true, false)?;
    let people = Lab::people()?;
    let [root, alice] = &people[..] else {
        println!("skipped: only root can print as two users");
        return Ok(());
    };
    let watcher = Watcher::start(&lab, alice)?;
    watcher.wait_for("Resync")?;
    lab.print(root, &[])?;
    let own = lab.print(alice, &[])?;
    let mut events = watcher.until(&format!("Job({own})"))?;
    events.retain(|event| event != "Resync");
    assert_eq!(events, [format!("Job({own})")]);
    Ok(())
}

#[test]
fn two_hundred_documents_at_once_are_all_told() -> Result<()> {
    let lab = Lab::start(true, false)?;
    let person = Lab::people()?.pop().context("nobody")?;
    let watcher = Watcher::start(&lab, &person)?;
    watcher.wait_for("Resync")?;
    let ids: Vec<i32> = std::thread::scope(|scope| {
        let printing: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| -> Result<Vec<i32>> {
                    (0..50).map(|_| lab.print(&person, &[])).collect()
                })
            })
            .collect();
        let printed: Result<Vec<Vec<i32>>> = printing
            .into_iter()
            .map(|thread| thread.join().expect("no printing thread panics"))
            .collect();
        printed.map(|parts| parts.concat())
    })?;
    let mut missing: std::collections::HashSet<String> =
        ids.iter().map(|id| format!("Job({id})")).collect();
    assert_eq!(missing.len(), 200);
    while !missing.is_empty() {
        let (_, event) = watcher
            .events
            .recv_timeout(DEADLINE)
            .with_context(|| format!("{} documents were not told", missing.len()))?;
        missing.remove(&event);
    }
    Ok(())
}

#[test]
fn a_restarted_or_killed_cupsd_is_followed() -> Result<()> {
    for with_bus in [true, false] {
        let mut lab = Lab::start(with_bus, false)?;
        let person = Lab::people()?.pop().context("nobody")?;
        let watcher = Watcher::start(&lab, &person)?;
        watcher.wait_for("Resync")?;
        for kill in [false, true] {
            if kill {
                lab.cupsd.kill9()?;
            } else {
                lab.cupsd.stop()?;
            }
            watcher.wait_for("Down")?;
            lab.cupsd.start_again()?;
            watcher.wait_for("Up")?;
            watcher.wait_for("Resync")?;
            let id = lab.print(&person, &[])?;
            watcher.wait_for(&format!("Job({id})"))?;
        }
        watcher.stop()?;
    }
    Ok(())
}

#[test]
fn cupsd_may_come_after_the_watcher() -> Result<()> {
    let mut lab = Lab::start(true, false)?;
    let person = Lab::people()?.pop().context("nobody")?;
    let waiting = lab.print(&person, &[])?;
    lab.cupsd.stop()?;
    let watcher = Watcher::start(&lab, &person)?;
    watcher.wait_for("Down")?;
    lab.cupsd.start_again()?;
    watcher.wait_for("Up")?;
    watcher.wait_for("Resync")?;
    watcher.wait_for(&format!("Job({waiting})"))?;
    Ok(())
}

#[test]
fn a_slow_upload_is_told_only_when_it_is_complete() -> Result<()> {
    let lab = Lab::start(true, false)?;
    let person = Lab::people()?.pop().context("nobody")?;
    let watcher = Watcher::start(&lab, &person)?;
    watcher.wait_for("Resync")?;
    let mut slow = UnixStream::connect(lab.cupsd.socket())?;
    let job = create_job(&mut slow, &person.name)?;
    let document = vec![b'x'; 200_000];
    let head = ipp_bytes(0x0006, &person.name, job, &[(0x22, "last-document", &[1])]);
    write!(
        slow,
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\nContent-Length: {}\r\n\r\n",
        head.len() + document.len()
    )?;
    slow.write_all(&head)?;
    slow.write_all(&document[..100_000])?;
    slow.flush()?;
    // Another job passes it, so that half a document had its chance to be told.
    let other = lab.print(&person, &[])?;
    let before = watcher.until(&format!("Job({other})"))?;
    assert!(!before.contains(&format!("Job({job})")), "{before:?}");
    slow.write_all(&document[100_000..])?;
    watcher.wait_for(&format!("Job({job})"))?;
    Ok(())
}

/// A scene with a bus: what is told, and cupsd's socket for raw requests.
async fn watched(cups: &Cups) -> Result<(mpsc::Receiver<SpoolerEvent>, UnixStream)> {
    let (tx, mut events) = mpsc::channel(64);
    let watched = cups.clone();
    tokio::spawn(async move { watched.watch(tx).await });
    while next(&mut events).await? != SpoolerEvent::Resync {}
    let socket = std::env::var("CUPS_SERVER")?;
    Ok((events, UnixStream::connect(socket)?))
}

async fn next(events: &mut mpsc::Receiver<SpoolerEvent>) -> Result<SpoolerEvent> {
    let event = tokio::time::timeout(DEADLINE, events.recv()).await?;
    event.context("the watcher ended")
}

const WITH_BUS: Parts = Parts {
    bus: true,
    keep_files: false,
};

#[test]
fn a_further_document_is_told_again() -> Result<()> {
    as_each_person(
        "a_further_document_is_told_again",
        WITH_BUS,
        async |cups, user| {
            let (mut events, mut raw) = watched(&cups).await?;
            let job = create_job(&mut raw, &user)?;
            for (number, last) in [(1, [0]), (2, [1])] {
                let mut body = ipp_bytes(0x0006, &user, job, &[(0x22, "last-document", &last)]);
                body.extend(b"hello\n");
                post(&mut raw, &body)?;
                while cups.job(job).await?.documents < number {}
                while next(&mut events).await?.job_id() != Some(job) {}
            }
            Ok(())
        },
    )
}

#[test]
fn the_end_of_a_release_is_told_though_another_program_has_the_bus() -> Result<()> {
    let name = "the_end_of_a_release_is_told_though_another_program_has_the_bus";
    as_each_person(name, WITH_BUS, async |cups, user| {
        let socket = std::env::var("CUPS_SERVER")?;
        let mut raw = UnixStream::connect(&socket)?;
        let mut body = ipp_bytes(0x0016, &user, 0, &[]);
        body.pop();
        body.push(6);
        push_field(&mut body, 0x45, "notify-recipient-uri", b"dbus://");
        push_field(&mut body, 0x44, "notify-events", b"job-created");
        body.push(3);
        post(&mut raw, &body)?;
        let job = create_job(&mut UnixStream::connect(&socket)?, &user)?;
        cups.cancel(job, "it only starts the other program's notifier")
            .await?;
        let (mut events, mut raw) = watched(&cups).await?;
        let job = create_job(&mut raw, &user)?;
        let mut body = ipp_bytes(0x0006, &user, job, &[(0x22, "last-document", &[1])]);
        body.extend(b"hello\n");
        post(&mut raw, &body)?;
        while next(&mut events).await?.job_id() != Some(job) {}
        cups.move_to(job, "printer").await?;
        cups.release(job).await?;
        loop {
            let event = next(&mut events).await?;
            if event.job_id() == Some(job) && cups.job(job).await?.state.is_finished() {
                return Ok(());
            }
        }
    })
}

/// An IPP request about a job, or about the queue when `job` is 0.
fn ipp_bytes(operation: u8, user: &str, job: i32, more: &[(u8, &str, &[u8])]) -> Vec<u8> {
    let job = job.to_be_bytes();
    let mut fields: Vec<(u8, &str, &[u8])> = vec![
        (0x47, "attributes-charset", b"utf-8"),
        (0x48, "attributes-natural-language", b"en"),
        (0x45, "printer-uri", b"ipp://localhost/printers/sec"),
    ];
    if job != [0; 4] {
        fields.push((0x21, "job-id", &job));
    }
    fields.push((0x42, "requesting-user-name", user.as_bytes()));
    fields.extend(more);
    let mut bytes = vec![2, 0, 0, operation, 0, 0, 0, 1, 1];
    for (tag, name, value) in fields {
        push_field(&mut bytes, tag, name, value);
    }
    bytes.push(3);
    bytes
}

fn push_field(bytes: &mut Vec<u8>, tag: u8, name: &str, value: &[u8]) {
    bytes.push(tag);
    for part in [name.as_bytes(), value] {
        bytes.extend(
            u16::try_from(part.len())
                .expect("names and values here are short")
                .to_be_bytes(),
        );
        bytes.extend(part);
    }
}

/// Sends a request; the answer is left on the connection.
fn post(stream: &mut UnixStream, body: &[u8]) -> Result<()> {
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )?;
    Ok(stream.write_all(body)?)
}

/// Create-Job on a raw connection; the new job's number.
fn create_job(stream: &mut UnixStream, user: &str) -> Result<i32> {
    post(stream, &ipp_bytes(0x0005, user, 0, &[]))?;
    let mut answer = Vec::new();
    let name = b"job-id\0\x04";
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part)?;
        ensure!(count > 0, "cupsd hung up");
        answer.extend(&part[..count]);
        let found = answer.windows(name.len()).position(|window| window == name);
        if let Some(at) = found
            && let Some(number) = answer.get(at + name.len()..at + name.len() + 4)
        {
            return Ok(i32::from_be_bytes(number.try_into()?));
        }
    }
}
