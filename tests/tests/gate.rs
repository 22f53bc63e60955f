//! The gate with approvals that the client itself has made: what is released
//! prints once, as it was priced, and nothing else prints.

use std::process::Command;

use anyhow::{Context, Result};
use platen_lab::{SECURE_QUEUE, StageOptions, finish, output, wait_until};
use platen_tests::documents::grey;
use platen_tests::rig::{DEADLINE, DocumentStatus};
use platen_tests::{PortalClient, Rig, RigOptions};

const LIBRARY: &str = "Library";

/// A site without provider whose queues trust nobody yet; the client runs.
fn untrusting(name: &str) -> Result<Rig> {
    let stage = StageOptions {
        provider: false,
        ..StageOptions::default()
    };
    let options = RigOptions {
        stage,
        ..RigOptions::default()
    };
    let mut rig = Rig::without_client(name, options)?;
    rig.seat.start_client()?;
    Ok(rig)
}

fn held(rig: &Rig, name: &str) -> Result<DocumentStatus> {
    Ok(rig.until_state(name, "held")?.document(name)?.clone())
}

async fn release(portal: &PortalClient, document: &DocumentStatus) -> Result<()> {
    let path = format!("/documents/{}/release", document.id);
    portal.done(&path, &[("printer", LIBRARY)]).await
}

/// Runs `program` as the person who sits there.
fn as_person(rig: &Rig, program: &str, arguments: &[&str]) -> Result<String> {
    let mut command = rig.seat.command(program);
    finish(command.envs(rig.stage.cupsd().env()).args(arguments))
}

fn administer(rig: &Rig, program: &str, arguments: &[&str]) -> Result<()> {
    let mut command: Command = rig.stage.cupsd().command(program);
    finish(command.args(arguments)).map(drop)
}

fn prints(rig: &Rig) -> Result<usize> {
    Ok(rig.stage.printer(LIBRARY)?.prints()?.len())
}

/// Waits until the gate has sent the document back, and returns what it said.
fn sent_back(rig: &Rig, document: &str) -> Result<String> {
    let note = rig.told("Document Not Printed", document)?;
    let status = rig.until_state(document, "held")?;
    let reason = status.document(document)?.reason.clone();
    let reason = reason.context("a document that came back has a reason")?;
    assert!(note.body.contains(&reason), "{note:?} {reason}");
    Ok(reason)
}

#[tokio::test(flavor = "multi_thread")]
async fn released_document_prints_once_and_never_again() -> Result<()> {
    let rig = Rig::start("once")?;
    let job = rig.print("once.pdf", &grey(3), &[])?.to_string();
    let document = held(&rig, "once.pdf")?;
    // Nobody's own release gets past the gate before that.
    as_person(&rig, "lp", &["-i", &job, "-H", "resume"])?;
    let queue = format!("{SECURE_QUEUE}-{job}");
    wait_until("the gate to hold the job again", DEADLINE, || {
        let jobs = rig.lpstat(&["-l", "-W", "not-completed", "-o"]);
        jobs.is_ok_and(|jobs| jobs.contains(&queue) && jobs.contains("Platen: "))
    })?;
    assert_eq!(prints(&rig)?, 0);

    let portal = rig.portal(None).await?;
    release(&portal, &document).await?;
    let status = rig.until_state("once.pdf", "printed")?;
    assert_eq!(status.balance("Print Quota"), Some("3/50 points used"));
    assert_eq!(prints(&rig)?, 1);

    // The approval is still in the job; it is used up.
    as_person(&rig, "lp", &["-i", &job, "-H", "restart"])?;
    wait_until("the printed job to end again", DEADLINE, || {
        let open = rig.lpstat(&["-W", "not-completed", "-o"]);
        open.is_ok_and(|open| !open.contains(&format!("-{job} ")))
    })?;
    assert_eq!(prints(&rig)?, 1);
    let status = rig.until_state("once.pdf", "printed")?;
    assert_eq!(status.balance("Print Quota"), Some("3/50 points used"));
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_changed_after_the_release_bring_the_document_back() -> Result<()> {
    let rig = Rig::start("copies")?;
    // The released job waits, so that there is time to change it.
    administer(&rig, "cupsdisable", &[LIBRARY])?;
    let job = rig.print("copies.pdf", &grey(2), &[])?.to_string();
    let document = held(&rig, "copies.pdf")?;
    let portal = rig.portal(None).await?;
    release(&portal, &document).await?;
    rig.until_state("copies.pdf", "releasing")?;
    as_person(&rig, "lp", &["-i", &job, "-n", "7"])?;
    administer(&rig, "cupsenable", &[LIBRARY])?;

    let reason = sent_back(&rig, "copies.pdf")?;
    assert!(
        reason.contains("the number of copies was changed"),
        "{reason}"
    );
    assert_eq!(prints(&rig)?, 0);
    // What it costs now is set aside, and nothing is charged.
    let status = rig.until("the new price", |status| {
        status.balance("Print Quota") == Some("14/50 points used")
    })?;
    assert_eq!(status.document("copies.pdf")?.charged, None);
    let page = portal.get("/").await?;
    assert!(
        page.text.contains("number of copies was changed"),
        "{}",
        page.text
    );

    // The approval for two sides is void: going back to it does not help.
    as_person(&rig, "lp", &["-i", &job, "-n", "1"])?;
    as_person(&rig, "lp", &["-i", &job, "-H", "resume"])?;
    rig.until("the old price", |status| {
        status.balance("Print Quota") == Some("2/50 points used")
    })?;
    assert_eq!(prints(&rig)?, 0);
    rig.until_state("copies.pdf", "held")?;

    // Released again, it prints as it is priced.
    release(&portal, &document).await?;
    let status = rig.until_state("copies.pdf", "printed")?;
    assert_eq!(status.balance("Print Quota"), Some("2/50 points used"));
    assert_eq!(prints(&rig)?, 1);
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelled_release_does_not_print_for_nothing() -> Result<()> {
    let rig = Rig::start("cancel")?;
    administer(&rig, "cupsdisable", &[LIBRARY])?;
    let job = rig.print("cancel.pdf", &grey(4), &[])?.to_string();
    let document = held(&rig, "cancel.pdf")?;
    let portal = rig.portal(None).await?;
    release(&portal, &document).await?;
    rig.until_state("cancel.pdf", "releasing")?;
    as_person(&rig, "cancel", &[&job])?;
    let status = rig.until_state("cancel.pdf", "failed")?;
    assert_eq!(status.balance("Print Quota"), Some("0/50 points used"));

    // Its approval was never used: its owner lets the job run after all.
    let mut restart = rig.seat.command("lp");
    restart.envs(rig.stage.cupsd().env());
    wait_until("the job to be gone", DEADLINE, || {
        let known = rig.lpstat(&["-W", "all", "-o"]);
        known.is_ok_and(|known| !known.contains(&format!("-{job} ")))
    })?;
    let refused = output(restart.args(["-i", &job, "-H", "restart"]))?;
    assert!(!refused.status.success(), "{refused:?}");
    administer(&rig, "cupsenable", &[LIBRARY])?;
    // A document that is printed afterwards comes out of the same queue later.
    rig.print("later.pdf", &grey(1), &[])?;
    let later = held(&rig, "later.pdf")?;
    release(&portal, &later).await?;
    rig.until_state("later.pdf", "printed")?;
    let printed = rig.stage.printer(LIBRARY)?.prints()?;
    assert_eq!(printed.len(), 1, "{printed:?}");
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn key_of_somebody_else_approves_nothing() -> Result<()> {
    let rig = untrusting("foreign")?;
    let mut trust = rig.stage.platenctl();
    trust
        .args(["authority", "trust"])
        .arg(rig.seat.authority_key());
    finish(trust.args(["--user", "somebody-else"]))?;
    rig.print("foreign.pdf", &grey(1), &[])?;
    let document = held(&rig, "foreign.pdf")?;
    release(&rig.portal(None).await?, &document).await?;
    let reason = sent_back(&rig, "foreign.pdf")?;
    assert!(reason.contains("not signed by an authority"), "{reason}");
    assert_eq!(prints(&rig)?, 0);
    assert_eq!(
        rig.status()?.balance("Print Quota"),
        Some("1/50 points used")
    );
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn queue_that_trusts_nobody_says_so_and_prints_once_it_does() -> Result<()> {
    let rig = untrusting("untrust")?;
    rig.print("early.pdf", &grey(1), &[])?;
    let document = held(&rig, "early.pdf")?;
    let portal = rig.portal(None).await?;
    release(&portal, &document).await?;
    let reason = sent_back(&rig, "early.pdf")?;
    assert!(reason.contains("not signed by an authority"), "{reason}");
    assert_eq!(prints(&rig)?, 0);

    let said = output(rig.stage.platenctl().arg("doctor"))?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let problem = said.find("PROBLEM  trusted keys: none");
    assert!(problem.is_some(), "{said}");
    assert!(said.contains("platenctl authority trust"), "{said}");

    rig.stage.trust(&rig.seat)?;
    release(&portal, &document).await?;
    let status = rig.until_state("early.pdf", "printed")?;
    assert_eq!(status.balance("Print Quota"), Some("1/50 points used"));
    assert_eq!(prints(&rig)?, 1);
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn job_behind_a_banner_page_is_held_and_says_why() -> Result<()> {
    let rig = Rig::start("banner")?;
    let front = ["-n", "2", "-o", "job-sheets=standard,none"];
    let job = rig.print("front.pdf", &grey(2), &front)?.to_string();
    let note = rig.told("Document Needs Attention", "front.pdf")?;
    assert!(
        note.body.contains("asks for a banner page before it"),
        "{note:?}"
    );
    let status = rig.until_state("front.pdf", "unreadable")?;
    assert_eq!(status.balance("Print Quota"), Some("0/50 points used"));
    // There is no approval for it, so that no release prints it.
    let front = status.document("front.pdf")?.clone();
    let portal = rig.portal(None).await?;
    let path = format!("/documents/{}/release", front.id);
    assert!(
        portal
            .post(&path, &[("printer", LIBRARY)])
            .await?
            .status
            .ge(&400)
    );
    as_person(&rig, "lp", &["-i", &job, "-H", "resume"])?;
    assert_eq!(prints(&rig)?, 0);

    // A banner page behind it is priced and printed with it.
    let behind = ["-o", "job-sheets=none,standard"];
    rig.print("behind.pdf", &grey(2), &behind)?;
    let document = held(&rig, "behind.pdf")?;
    assert_eq!(document.points.as_deref(), Some("3"));
    release(&portal, &document).await?;
    let status = rig.until_state("behind.pdf", "printed")?;
    assert_eq!(status.balance("Print Quota"), Some("3/50 points used"));
    assert_eq!(prints(&rig)?, 1);
    rig.verify_ledger()
}
