//! The print system does what it likes: it was there before the client, goes
//! away and comes back, fails, and is used by others, past the client.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use platen_lab::{
    Behaviour, Recorder, SECURE_QUEUE, Seat, SeatOptions, StageOptions, finish, output, wait_until,
};
use platen_tests::documents::grey;
use platen_tests::rig::{DEADLINE, PLENTY, Status, tester};
use platen_tests::{PortalClient, Rig, RigOptions};

fn options() -> RigOptions {
    RigOptions {
        stage: StageOptions {
            provider: false,
            ..StageOptions::default()
        },
        seat: SeatOptions::default(),
    }
}

/// Releases the document `name`, which is held, at `printer`.
async fn release(rig: &Rig, name: &str, printer: &str) -> Result<()> {
    let held = rig.until_state(name, "held")?;
    let path = format!("/documents/{}/release", held.document(name)?.id);
    let portal = rig.portal(None).await?;
    portal.done(&path, &[("printer", printer)]).await
}

fn slow(rig: &Rig, printer: &str, per_side_ms: u64) -> Result<()> {
    rig.stage.printer(printer)?.behave(Behaviour {
        per_side: Duration::from_millis(per_side_ms),
        ..Behaviour::default()
    })
}

fn times_printed(rig: &Rig, printer: &str, name: &str) -> Result<usize> {
    let prints = rig.stage.printer(printer)?.prints()?;
    Ok(prints.iter().filter(|print| print.name == name).count())
}

/// Runs a CUPS program as the seat's user.
fn as_user(rig: &Rig, program: &str, arguments: &[&str]) -> Result<String> {
    let mut command = rig.seat.command(program);
    finish(command.envs(rig.stage.cupsd().env()).args(arguments))
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_submitted_before_the_client_started_get_their_verdicts() -> Result<()> {
    let mut rig = Rig::without_client("before", options())?;
    for (name, pages) in [("one.pdf", 1), ("two.pdf", 2), ("three.pdf", 3)] {
        rig.print(name, &grey(pages), &[])?;
    }
    rig.seat.start_client()?;
    for name in ["one.pdf", "two.pdf", "three.pdf"] {
        rig.told("Job Ready", name)?;
        rig.until_state(name, "held")?;
    }
    assert_eq!(
        rig.status()?.balance("Print Quota"),
        Some("6/50 points used")
    );
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_get_their_verdicts_around_a_restart_of_the_print_system() -> Result<()> {
    let mut rig = Rig::start("restart")?;
    rig.print("before.pdf", &grey(1), &[])?;
    rig.stage.cupsd_mut().restart()?;
    rig.print("restarted.pdf", &grey(2), &[])?;
    rig.told("Job Ready", "before.pdf")?;
    rig.told("Job Ready", "restarted.pdf")?;
    rig.stage.cupsd_mut().kill9()?;
    rig.until("the client to notice", |status| {
        status.spooler.contains("does not answer")
    })?;
    assert!(rig.tray()?.tooltip.contains("Printing is unavailable"));
    rig.stage.cupsd_mut().start_again()?;
    rig.print("killed.pdf", &grey(3), &[])?;
    rig.told("Job Ready", "killed.pdf")?;
    rig.until("the client to notice", |status| {
        status.spooler.contains("answers")
    })?;
    rig.print("after.pdf", &grey(4), &[])?;
    rig.told("Job Ready", "after.pdf")?;
    let status = rig.until_state("after.pdf", "held")?;
    assert_eq!(status.balance("Print Quota"), Some("10/50 points used"));
    for name in ["before.pdf", "restarted.pdf", "killed.pdf", "after.pdf"] {
        assert_eq!(rig.times_told(name), 1, "{name}");
        assert_eq!(status.document(name)?.state, "held");
    }
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn release_under_way_settles_when_the_print_system_is_killed() -> Result<()> {
    let mut rig = Rig::start("killed")?;
    slow(&rig, "Library", 200)?;
    rig.print("atlas.pdf", &grey(6), &[])?;
    release(&rig, "atlas.pdf", "Library").await?;
    rig.until_state("atlas.pdf", "releasing")?;
    wait_until("the printer to begin", DEADLINE, || {
        rig.lpstat(&["-p", "Library"])
            .is_ok_and(|said| said.contains("now printing"))
    })?;
    rig.stage.cupsd_mut().kill9()?;
    rig.stage.cupsd_mut().start_again()?;
    // Its approval is used up: it prints no second time by itself.
    let status = rig.until("the release to end", |status| {
        status
            .document("atlas.pdf")
            .is_ok_and(|one| one.state != "releasing")
    })?;
    let atlas = status.document("atlas.pdf")?.clone();
    if atlas.state == "held" {
        rig.told("Document Not Printed", "atlas.pdf")?;
        assert_eq!(status.balance("Print Quota"), Some("6/50 points used"));
        release(&rig, "atlas.pdf", "Office").await?;
    }
    let status = rig.until_state("atlas.pdf", "printed")?;
    assert_eq!(status.document("atlas.pdf")?.charged.as_deref(), Some("6"));
    assert_eq!(status.balance("Print Quota"), Some("6/50 points used"));
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_documents_at_once_are_judged_and_shown_alike_everywhere() -> Result<()> {
    const DOCUMENTS: usize = 200;
    const AT_ONCE: usize = 8;
    let rig = Rig::with_accounts("many", PLENTY)?;
    let pages = |index: usize| index % 4 + 1;
    let name = |index: usize| format!("sheet-{index:03}.pdf");
    let mut jobs: Vec<Vec<_>> = (0..AT_ONCE).map(|_| Vec::new()).collect();
    for index in 0..DOCUMENTS {
        let file = rig.file(&name(index), &grey(pages(index)))?;
        jobs[index % AT_ONCE].push((rig.seat.command("lp"), file));
    }
    let cupsd = rig.stage.cupsd();
    std::thread::scope(|scope| -> Result<()> {
        let printing: Vec<_> = jobs
            .into_iter()
            .map(|jobs| {
                scope.spawn(move || -> Result<()> {
                    for (lp, file) in jobs {
                        cupsd.lp_with(lp, SECURE_QUEUE, &file, &[])?;
                    }
                    Ok(())
                })
            })
            .collect();
        for one in printing {
            one.join().expect("a printing thread panicked")?;
        }
        Ok(())
    })?;
    let done = |status: &Status| {
        status.documents.len() == DOCUMENTS
            && status
                .documents
                .iter()
                .all(|one| one.state == "held" && one.notified)
    };
    let status = rig.until("all to be judged and told", done)?;
    let total: usize = (0..DOCUMENTS).map(pages).sum();
    let balance = format!("{total} points");
    assert_eq!(status.balance("Plenty"), Some(balance.as_str()));
    for index in 0..DOCUMENTS {
        let one = status.document(&name(index))?;
        assert_eq!(one.points, Some(pages(index).to_string()), "{one:?}");
    }
    // Told once each, one notification in place of the one before.
    wait_until("every notification", DEADLINE, || {
        rig.recorder.notifications().len() >= DOCUMENTS
    })?;
    let notes = rig.recorder.notifications();
    assert_eq!(notes.len(), DOCUMENTS);
    for index in 0..DOCUMENTS {
        assert_eq!(rig.times_told(&name(index)), 1, "{}", name(index));
    }
    for note in &notes[1..] {
        assert_ne!(note.replaces, 0, "stacked: {note:?}");
    }
    // Portal and tray show the same.
    let page = rig.portal(None).await?.get("/").await?.text;
    ensure!(page.contains(&balance), "the portal shows another balance");
    for index in 0..DOCUMENTS {
        ensure!(
            page.contains(&name(index)),
            "no {} in the portal",
            name(index)
        );
    }
    let newest = &status.documents[0].name;
    wait_until("the tray to show the newest", DEADLINE, || {
        rig.tray().is_ok_and(|tray| {
            tray.tooltip.contains(&balance) && format!("{tray:?}").contains(newest.as_str())
        })
    })?;
    let tray = format!("{:?}", rig.tray()?);
    for one in &status.documents[..5] {
        ensure!(tray.contains(&one.name), "no {} in {tray}", one.name);
    }
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_users_of_one_machine_see_only_their_own() -> Result<()> {
    let rig = Rig::start("two")?;
    if rig.seat.user().is_current() {
        // An ordinary user can't sit down as somebody else, but print as one.
        let file = rig.file("bob.pdf", &grey(2))?;
        let refused = output(
            rig.stage
                .cupsd()
                .command("lp")
                .args(["-U", "bob", "-d", SECURE_QUEUE])
                .arg(&file),
        )?;
        rig.print("mine.pdf", &grey(1), &[])?;
        rig.told("Job Ready", "mine.pdf")?;
        let status = rig.until_state("mine.pdf", "held")?;
        assert!(status.document("bob.pdf").is_err(), "{refused:?}");
        assert_eq!(rig.times_told("bob.pdf"), 0);
        return Ok(());
    }
    let options = SeatOptions {
        user: Some(tester("platen-bob")?),
        ..SeatOptions::default()
    };
    let mut seat = Seat::take(&rig.stage, &rig.path("bob"), &options)?;
    let recorder = Recorder::start(seat.desktop()?)?;
    seat.start_client()?;
    rig.stage.trust(&seat)?;
    rig.print("alice.pdf", &grey(1), &[])?;
    let file = rig.file("bob.pdf", &grey(2))?;
    seat.print(&rig.stage, SECURE_QUEUE, &file, &[])?;
    rig.told("Job Ready", "alice.pdf")?;
    recorder.wait_for(DEADLINE, |note| note.body.contains("“bob.pdf”"))?;
    let hers = rig.until_state("alice.pdf", "held")?;
    let his: Status = serde_json::from_str(&finish(&mut seat.platen(&["status", "--json"]))?)?;
    assert!(hers.document("bob.pdf").is_err());
    assert!(his.document("alice.pdf").is_err());
    assert_eq!(hers.balance("Print Quota"), Some("1/50 points used"));
    assert_eq!(his.balance("Print Quota"), Some("2/50 points used"));
    assert_eq!(rig.times_told("bob.pdf"), 0);
    assert!(
        !recorder
            .notifications()
            .iter()
            .any(|note| note.body.contains("alice.pdf"))
    );
    // Neither through the portal, nor through the print system.
    let link = finish(&mut seat.platen(&["open", "--print-link"]))?;
    let portal = PortalClient::enter(link.trim()).await?;
    let page = portal.get("/").await?.text;
    assert!(page.contains("bob.pdf") && !page.contains("alice.pdf"));
    let alices = hers.document("alice.pdf")?;
    let release = format!("/documents/{}/release", alices.id);
    let answer = portal.post(&release, &[("printer", "Library")]).await?;
    assert_eq!(answer.status, 404, "{}", answer.text);
    let mut cancel = seat.command("cancel");
    let cancelled = output(cancel.arg(alices.job_id.to_string()))?;
    assert!(!cancelled.status.success(), "{cancelled:?}");
    assert_eq!(
        rig.until_state("alice.pdf", "held")?.balance("Print Quota"),
        Some("1/50 points used")
    );
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn second_start_hands_over_to_the_first() -> Result<()> {
    let rig = Rig::start("second")?;
    let windows = || {
        let mut search = rig.seat.desktop()?.command("xdotool");
        let found = output(search.args(["search", "--onlyvisible", "--name", "^Platen$"]))?;
        Ok::<_, anyhow::Error>(String::from_utf8_lossy(&found.stdout).lines().count())
    };
    assert_eq!(windows()?, 0);
    let second = output(&mut rig.seat.platen(&[]))?;
    assert!(second.status.success(), "{second:?}");
    wait_until("the portal's window", DEADLINE, || {
        windows().is_ok_and(|count| count == 1)
    })?;
    // A third brings the same window to the front, where the desktop may hide it for a moment.
    finish(&mut rig.seat.platen(&[]))?;
    wait_until("the window at the front", DEADLINE, || {
        windows().is_ok_and(|count| count == 1)
    })?;
    rig.print("still.pdf", &grey(1), &[])?;
    rig.told("Job Ready", "still.pdf")?;
    // What the third one asked for may come as late as this.
    wait_until("the one window", DEADLINE, || {
        windows().is_ok_and(|count| count == 1)
    })?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn printer_that_fails_returns_all_points() -> Result<()> {
    let rig = Rig::start("jam")?;
    rig.stage.printer("Office")?.behave(Behaviour {
        per_side: Duration::ZERO,
        fail_after: Some(2),
        ..Behaviour::default()
    })?;
    rig.print("jammed.pdf", &grey(5), &[])?;
    release(&rig, "jammed.pdf", "Office").await?;
    rig.told("Document Not Printed", "jammed.pdf")?;
    let status = rig.until_state("jammed.pdf", "failed")?;
    assert_eq!(status.balance("Print Quota"), Some("0/50 points used"));
    assert!(status.document("jammed.pdf")?.reason.is_some());
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn printer_that_goes_away_leaves_the_points_reserved_until_the_owner_cancels() -> Result<()> {
    let mut rig = Rig::start("gone")?;
    slow(&rig, "Office", 300)?;
    rig.print("lost.pdf", &grey(8), &[])?;
    release(&rig, "lost.pdf", "Office").await?;
    wait_until("the printer to begin", DEADLINE, || {
        rig.lpstat(&["-p", "Office"])
            .is_ok_and(|said| said.contains("now printing"))
    })?;
    rig.stage.printer_mut("Office")?.switch_off()?;
    // Nobody has to wait for it: the owner takes the document away.
    let status = rig.until_state("lost.pdf", "releasing")?;
    assert_eq!(status.balance("Print Quota"), Some("8/50 points used"));
    let job = status.document("lost.pdf")?.job_id.to_string();
    as_user(&rig, "cancel", &[&job])?;
    let status = rig.until("its points to return", |status| {
        status
            .document("lost.pdf")
            .is_ok_and(|one| ["failed", "printed"].contains(&one.state.as_str()))
    })?;
    let lost = status.document("lost.pdf")?;
    // At most what was reserved is charged, and nothing stays reserved.
    let charged: u32 = lost.charged.as_deref().unwrap_or("0").parse()?;
    assert!(charged <= 8, "{lost:?}");
    assert_eq!(
        status.balance("Print Quota"),
        Some(format!("{charged}/50 points used").as_str())
    );
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn document_cancelled_past_the_client_returns_its_points() -> Result<()> {
    let mut rig = Rig::start("cancel")?;
    let job = rig.print("dropped.pdf", &grey(7), &[])?;
    rig.told("Job Ready", "dropped.pdf")?;
    as_user(&rig, "cancel", &[&job.to_string()])?;
    let status = rig.until_state("dropped.pdf", "deleted")?;
    assert_eq!(status.balance("Print Quota"), Some("0/50 points used"));
    // The same while the client does not run.
    let job = rig.print("away.pdf", &grey(5), &[])?;
    rig.until_state("away.pdf", "held")?;
    rig.seat.quit_client()?;
    as_user(&rig, "cancel", &[&job.to_string()])?;
    rig.seat.start_client()?;
    let status = rig.until_state("away.pdf", "deleted")?;
    assert_eq!(status.balance("Print Quota"), Some("0/50 points used"));
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn held_document_that_is_resumed_or_moved_past_the_client_prints_nothing() -> Result<()> {
    let rig = Rig::start("resume")?;
    let job = rig.print("sly.pdf", &grey(2), &[])?;
    rig.told("Job Ready", "sly.pdf")?;
    let id = job.to_string();
    let held_again = |queue: &str| {
        wait_until("the gate to send it back", DEADLINE, || {
            rig.lpstat(&["-l", "-W", "not-completed", "-o", queue])
                .is_ok_and(|said| said.contains("Platen: "))
        })
    };
    as_user(&rig, "lp", &["-i", &id, "-H", "resume"])?;
    held_again(SECURE_QUEUE)?;
    as_user(&rig, "lpmove", &[&id, "Library"]).context("its owner may move it")?;
    as_user(&rig, "lp", &["-i", &id, "-H", "resume"])?;
    held_again("Library")?;
    assert_eq!(times_printed(&rig, "Library", "sly.pdf")?, 0);
    let status = rig.until_state("sly.pdf", "held")?;
    assert_eq!(status.balance("Print Quota"), Some("2/50 points used"));
    // Paid and released as it should be, it prints.
    release(&rig, "sly.pdf", "Library").await?;
    let status = rig.until_state("sly.pdf", "printed")?;
    assert_eq!(status.balance("Print Quota"), Some("2/50 points used"));
    assert_eq!(times_printed(&rig, "Library", "sly.pdf")?, 1);
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn options_changed_past_the_client_are_priced_again() -> Result<()> {
    let rig = Rig::start("options")?;
    let job = rig.print("flyer.pdf", &grey(2), &[])?.to_string();
    rig.told("Job Ready", "flyer.pdf")?;
    as_user(&rig, "lp", &["-i", &job, "-n", "3"])?;
    // cupsd has no event for a value that changes; the release finds it.
    let held = rig.until_state("flyer.pdf", "held")?;
    let path = format!("/documents/{}/release", held.document("flyer.pdf")?.id);
    let portal = rig.portal(None).await?;
    let refused = portal.post(&path, &[("printer", "Office")]).await?;
    if refused.status < 400 {
        // Something else had it looked at before: then it was priced before it was released.
        let status = rig.until_state("flyer.pdf", "printed")?;
        let charged = status.document("flyer.pdf")?.charged.as_deref();
        assert_eq!(charged, Some("6"));
        return rig.verify_ledger();
    }
    assert!(refused.text.contains("has changed"), "{}", refused.text);
    let costs = |points: &'static str| {
        move |status: &Status| {
            status
                .document("flyer.pdf")
                .is_ok_and(|one| one.points.as_deref() == Some(points))
        }
    };
    let status = rig.until("three copies to be priced", costs("6"))?;
    assert_eq!(status.balance("Print Quota"), Some("6/50 points used"));
    // For one that is added it has.
    as_user(&rig, "lp", &["-i", &job, "-o", "sides=two-sided-long-edge"])?;
    let status = rig.until("two sides to be priced", costs("4.5"))?;
    assert_eq!(status.balance("Print Quota"), Some("4.5/50 points used"));
    release(&rig, "flyer.pdf", "Office").await?;
    let status = rig.until_state("flyer.pdf", "printed")?;
    assert_eq!(
        status.document("flyer.pdf")?.charged.as_deref(),
        Some("4.5")
    );
    assert_eq!(times_printed(&rig, "Office", "flyer.pdf")?, 1);
    rig.verify_ledger()
}
