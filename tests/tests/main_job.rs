//! The main job: a printed document becomes a notification, a charge and a
//! sheet of paper.

use anyhow::Result;
use platen_tests::documents::{grey, pdf, two_sided_raster};
use platen_tests::{Rig, rig::DEADLINE};

#[tokio::test(flavor = "multi_thread")]
async fn worked_example_of_the_rules_from_print_to_deletion() -> Result<()> {
    let rig = Rig::start("example")?;
    // Four points are printed before …
    rig.print("notes.pdf", &grey(4), &[])?;
    rig.told("Job Ready", "notes.pdf")?;
    let status = rig.until_state("notes.pdf", "held")?;
    let notes = status.document("notes.pdf")?.id.clone();
    let portal = rig.portal(None).await?;
    portal
        .done(
            &format!("/documents/{notes}/release"),
            &[("printer", "Library")],
        )
        .await?;
    let status = rig.until_state("notes.pdf", "printed")?;
    assert_eq!(status.balance("Print Quota"), Some("4/50 points used"));

    // … and a document of fifteen is submitted.
    rig.print("thesis.pdf", &grey(15), &[])?;
    let note = rig.told("Job Ready", "thesis.pdf")?;
    assert_eq!(
        note.body,
        "“thesis.pdf” costs 15 points.\nPrint Quota: 19/50 points used, 31 available"
    );
    assert!(
        note.actions
            .iter()
            .any(|(key, label)| key == "change-account" && label == "Change Account")
    );
    let page = portal.get("/").await?;
    assert!(page.text.contains("19/50 points used"), "{}", page.text);

    let thesis = rig
        .until_state("thesis.pdf", "held")?
        .document("thesis.pdf")?
        .id
        .clone();
    portal
        .done(&format!("/documents/{thesis}/delete"), &[])
        .await?;
    let status = rig.until_state("thesis.pdf", "deleted")?;
    assert_eq!(status.balance("Print Quota"), Some("4/50 points used"));
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn released_document_is_charged_for_what_the_printer_reports() -> Result<()> {
    let rig = Rig::start("release")?;
    // 5 pages, the third in colour, twice, on both sides: per copy
    // 4 sides on full sheets and one alone: 3 × 0.75 + 2.5 + 1 = 5.75.
    let document = pdf(&[false, false, true, false, false]);
    rig.print(
        "mixed.pdf",
        &document,
        &["-n", "2", "-o", "sides=two-sided-long-edge"],
    )?;
    let status = rig.until_state("mixed.pdf", "held")?;
    let mixed = status.document("mixed.pdf")?.clone();
    assert_eq!(mixed.points.as_deref(), Some("11.5"));
    let portal = rig.portal(None).await?;
    portal
        .done(
            &format!("/documents/{}/release", mixed.id),
            &[("printer", "Office")],
        )
        .await?;
    let status = rig.until_state("mixed.pdf", "printed")?;
    assert_eq!(
        status.document("mixed.pdf")?.charged.as_deref(),
        Some("11.5")
    );
    assert_eq!(status.balance("Print Quota"), Some("11.5/50 points used"));
    let prints = rig.stage.printer("Office")?.prints()?;
    assert_eq!(prints.len(), 1, "{prints:?}");
    // Both sides of the last sheet are fed; the blank one is not charged.
    assert!(prints[0].impressions >= 10, "{prints:?}");
    assert!(rig.stage.printer("Library")?.prints()?.is_empty());
    // Nothing more comes out of it.
    assert!(
        !portal
            .post(
                &format!("/documents/{}/release", mixed.id),
                &[("printer", "Office")]
            )
            .await?
            .text
            .is_empty()
    );
    assert_eq!(rig.stage.printer("Office")?.prints()?.len(), 1);
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_document_asks_for_is_charged_and_printed() -> Result<()> {
    let rig = Rig::start("ticket")?;
    // The header of its three pages asks for both sides: 2 × 0.75 + 1.
    rig.print("raster.pwg", &two_sided_raster(3), &[])?;
    let status = rig.until_state("raster.pwg", "held")?;
    let held = status.document("raster.pwg")?.clone();
    assert_eq!(held.points.as_deref(), Some("2.5"));
    let portal = rig.portal(None).await?;
    portal
        .done(
            &format!("/documents/{}/release", held.id),
            &[("printer", "Office")],
        )
        .await?;
    let status = rig.until_state("raster.pwg", "printed")?;
    let charged = status.document("raster.pwg")?.charged.clone();
    let prints = rig.stage.printer("Office")?.prints()?;
    assert_eq!(prints.len(), 1, "{prints:?}");
    assert_eq!(prints[0].sides, "two-sided-long-edge", "{prints:?}");
    assert!(charged.is_some(), "{status:?}");
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn warned_above_the_limit_and_declined_above_the_hard_limit() -> Result<()> {
    let rig = Rig::start("warn")?;
    rig.click("Student Union")?;
    rig.until("the account to be switched", |status| {
        status.active_account.as_deref() == Some("Student Union")
    })?;
    rig.print("first.pdf", &grey(15), &[])?;
    let note = rig.told("Job Ready", "first.pdf")?;
    assert!(
        note.body
            .ends_with("You have now used three quarters of this account."),
        "{}",
        note.body
    );
    rig.print("second.pdf", &grey(10), &[])?;
    let note = rig.told("Account Limit Warning", "second.pdf")?;
    assert_eq!(
        note.body,
        "“second.pdf” costs 10 points.\nStudent Union: 25/20 points used\n\
         You are over the limit. 5 points more allowed."
    );
    rig.print("third.pdf", &grey(6), &[])?;
    let note = rig.told("Printing Declined", "third.pdf")?;
    assert!(
        note.body
            .contains("needs 6 points. Student Union has 5 available (25/20 points used)."),
        "{}",
        note.body
    );
    let status = rig.until_state("third.pdf", "canceled")?;
    assert_eq!(status.balance("Student Union"), Some("25/20 points used"));
    let page = rig.portal(None).await?.get("/").await?;
    assert!(page.text.contains("Canceled"), "{}", page.text);
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn account_changed_in_the_notification_moves_the_latest_document_alone() -> Result<()> {
    let rig = Rig::start("change")?;
    rig.print("earlier.pdf", &grey(2), &[])?;
    rig.told("Job Ready", "earlier.pdf")?;
    rig.print("latest.pdf", &grey(3), &[])?;
    rig.told("Job Ready", "latest.pdf")?;
    rig.press("Job Ready", "Charge Student Union")?;
    let status = rig.until("the latest document to move", |status| {
        status
            .document("latest.pdf")
            .is_ok_and(|one| one.account.as_deref() == Some("Student Union"))
    })?;
    assert_eq!(
        status.document("earlier.pdf")?.account.as_deref(),
        Some("Print Quota")
    );
    assert_eq!(status.active_account.as_deref(), Some("Student Union"));
    assert_eq!(status.balance("Student Union"), Some("3/20 points used"));
    assert_eq!(status.balance("Print Quota"), Some("2/50 points used"));
    // The person sees that it was done.
    rig.recorder.wait_for(DEADLINE, |note| {
        note.summary == "Job Ready" && note.body.contains("Student Union: 3/20 points used")
    })?;
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn declined_document_is_revived_on_another_account_without_printing_it_again() -> Result<()> {
    let rig = Rig::start("revive")?;
    rig.click("Seminar Credits")?;
    rig.until("the account to be switched", |status| {
        status.active_account.as_deref() == Some("Seminar Credits")
    })?;
    let job = rig.print("handout.pdf", &grey(9), &[])?;
    let note = rig.told("Printing Declined", "handout.pdf")?;
    assert!(
        note.actions
            .iter()
            .any(|(_, label)| label == "Charge Print Quota"),
        "{note:?}"
    );
    let declined = rig
        .until_state("handout.pdf", "canceled")?
        .document("handout.pdf")?
        .clone();
    assert!(declined.reason.is_some());
    rig.press("Printing Declined", "Charge Print Quota")?;
    rig.told("Job Ready", "handout.pdf")?;
    let status = rig.until_state("handout.pdf", "held")?;
    assert_eq!(status.balance("Print Quota"), Some("9/50 points used"));
    assert_eq!(status.balance("Seminar Credits"), Some("0/7.5 points used"));
    assert_eq!(status.document("handout.pdf")?.job_id, job);
    let portal = rig.portal(None).await?;
    portal
        .done(
            &format!("/documents/{}/release", declined.id),
            &[("printer", "Library")],
        )
        .await?;
    let status = rig.until_state("handout.pdf", "printed")?;
    assert_eq!(
        status.document("handout.pdf")?.charged.as_deref(),
        Some("9")
    );
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_do_not_keep_the_next_document_from_being_heard() -> Result<()> {
    let rig = Rig::start("heard")?;
    let portal = rig.portal(None).await?;
    for round in 0..3 {
        for printer in ["Office", "Library"] {
            let name = format!("{printer} {round}.pdf");
            rig.print(&name, &grey(2), &[])?;
            rig.told("Job Ready", &name)?;
            let status = rig.until_state(&name, "held")?;
            let path = format!("/documents/{}/release", status.document(&name)?.id);
            portal.done(&path, &[("printer", printer)]).await?;
            rig.until_state(&name, "printed")?;
        }
    }
    // Asked for the wrong events, cupsd's notifier ends when a job moves.
    let log = rig.stage.cupsd().error_log();
    assert!(!log.contains("went away"), "cupsd's notifier ended");
    Ok(())
}
