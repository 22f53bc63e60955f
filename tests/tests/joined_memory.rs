//! The tray app of a site with a server whose memory of it is damaged, newer than the program, put
//! back to an earlier day, or finds no room.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use platen_lab::finish;
use platen_tests::Site;
use platen_tests::disk::Disk;
use platen_tests::documents::grey;
use platen_tests::rig::DEADLINE;
use platen_tests::site::said;

fn memory(site: &Site) -> PathBuf {
    site.rig.seat.data().join("device.sqlite")
}

/// The client was stopped: its memory is in the one file, and no longer in the log beside it.
/// *Source*: <https://www.sqlite.org/wal.html>, section 2.1.
fn settle(memory: &Path) -> Result<()> {
    const CLOSE: &str = "import sqlite3, sys
memory = sqlite3.connect(sys.argv[1])
memory.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()
memory.close()";
    finish(Command::new("python3").args(["-c", CLOSE]).arg(memory)).map(drop)
}

/// Signs Alice out and in again.
fn sign_in_again(site: &Site) -> Result<()> {
    finish(&mut site.rig.seat.platen(&["sign-out"]))?;
    site.rig.seat.sign_in(&site.rig.stage, "alice")
}

/// The client has delivered *before.pdf* and was stopped; gives its memory.
fn stopped_after_a_document(site: &mut Site) -> Result<PathBuf> {
    site.rig.print("before.pdf", &grey(2), &[])?;
    site.rig.told("Job Ready", "before.pdf")?;
    site.until_delivered()?;
    site.rig.seat.stop_client()?;
    let memory = memory(site);
    settle(&memory)?;
    Ok(memory)
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_memory_is_said_and_kept_and_the_computer_begins_anew() -> Result<()> {
    let mut site = Site::start("damaged")?;
    let memory = stopped_after_a_document(&mut site)?;
    let mut damaged = std::fs::read(&memory)?;
    ensure!(damaged.len() > 8192, "{} bytes", damaged.len());
    damaged[4096..].fill(0x5a);
    std::fs::write(&memory, &damaged)?;
    site.rig.seat.start_client()?;
    let status = site.until_link("broken")?;
    ensure!(
        said(&status).contains("is damaged. Sign out and in again"),
        "{status:?}"
    );
    site.rig.print("during.pdf", &grey(1), &[])?;
    sign_in_again(&site)?;
    site.until_link("connected")?;
    site.rig.told("Job Ready", "during.pdf")?;
    site.rig.until_state("before.pdf", "held")?;
    let folder = site.rig.seat.data();
    let kept = std::fs::read_dir(folder)?.filter_map(|file| Some(file.ok()?.path()));
    let mut kept = kept.filter(|path| path.to_string_lossy().contains("device.sqlite.damaged-"));
    ensure!(kept.any(|path| std::fs::read(path).is_ok_and(|kept| kept == damaged)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_of_a_newer_version_is_left_alone() -> Result<()> {
    let mut site = Site::start("newer")?;
    let memory = stopped_after_a_document(&mut site)?;
    let ours = std::fs::read(&memory)?;
    let mut newer = ours.clone();
    // SQLite's database file format, section 1.3: the user version.
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    std::fs::write(&memory, &newer)?;
    site.rig.seat.start_client()?;
    let status = site.until_link("broken")?;
    ensure!(
        said(&status).contains("A newer version of Platen"),
        "{status:?}"
    );
    sign_in_again(&site)?;
    site.until_link("broken")?;
    site.rig.seat.stop_client()?;
    ensure!(std::fs::read(&memory)? == newer, "it was changed");
    std::fs::write(&memory, &ours)?;
    site.rig.seat.start_client()?;
    site.until_link("connected")?;
    site.rig.until_state("before.pdf", "held")?;
    assert_eq!(site.rig.times_told("before.pdf"), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_computer_leaves_behind_when_it_begins_anew_is_told() -> Result<()> {
    let mut site = Site::start("put-back")?;
    site.rig.seat.stop_client()?;
    let memory = memory(&site);
    settle(&memory)?;
    let earlier = std::fs::read(&memory)?;
    site.rig.seat.start_client()?;
    site.until_link("connected")?;
    for name in ["one.pdf", "two.pdf"] {
        site.rig.print(name, &grey(1), &[])?;
        site.rig.told("Job Ready", name)?;
    }
    site.until_delivered()?;
    site.rig.seat.stop_client()?;
    settle(&memory)?;
    // Somebody puts the folder back to an earlier day.
    std::fs::write(&memory, &earlier)?;
    site.rig.seat.start_client()?;
    let status = site.until_link("stopped")?;
    ensure!(
        said(&status).contains("put back to an earlier day"),
        "{status:?}"
    );
    site.rig.print("later.pdf", &grey(1), &[])?;
    site.rig.told("Document Waits", "later.pdf")?;
    sign_in_again(&site)?;
    site.until_link("connected")?;
    let told = site
        .rig
        .recorder
        .wait_for(DEADLINE, |note| note.summary == "Not Delivered")?;
    ensure!(told.body.contains("“later.pdf”"), "{told:?}");
    // It is still held, so it gets a verdict after all.
    site.rig.told("Job Ready", "later.pdf")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn full_disk_is_said_with_a_server_and_without_and_nothing_is_told_that_is_not_stored()
-> Result<()> {
    let mut site = Site::prepare("full-disk")?;
    let url = site.server.url();
    site.rig
        .seat
        .configure(&format!("server_url = \"{url}\""))?;
    let disk = Disk::under(&mut site.rig)?;
    ensure!(
        matches!(disk, Disk::Small { .. }),
        "only root can mount a small disk"
    );
    site.rig.seat.sign_in(&site.rig.stage, "alice")?;
    site.until_link("connected")?;
    site.until_leased()?;

    for (name, is_there) in [("with.pdf", true), ("without.pdf", false)] {
        if !is_there {
            site.server.process().kill9()?;
            site.until_link("away")?;
        }
        disk.fill()?;
        site.rig.print(name, &grey(1), &[])?;
        let note = site.rig.recorder.wait_for(DEADLINE, |note| {
            ["Documents Must Wait", "Document Waits"].contains(&note.summary.as_str())
                && note.body.to_lowercase().contains("disk")
        })?;
        eprintln!("{}: {}", note.summary, note.body);
        let ready = site.rig.recorder.notifications();
        let ready = ready.iter().filter(|note| note.summary == "Job Ready");
        assert_eq!(ready.count(), usize::from(!is_there));
        disk.empty()?;
        // Nobody does anything: the client comes back to it.
        site.rig.told("Job Ready", name)?;
    }
    site.server.restart()?;
    let status = site.until_delivered()?;
    for name in ["with.pdf", "without.pdf"] {
        assert_eq!(status.document(name)?.points.as_deref(), Some("1"));
    }
    Ok(())
}
