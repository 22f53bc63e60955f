//! Documents of the ledger become paper, on a real cupsd with the gate and real
//! printers: once each, whatever goes down on the way.

mod support;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use jiff::SignedDuration;
use platen_domain::{DocumentState, Sides, Size};
use platen_gate::SigningKey;
use platen_lab::{Behaviour, grey_pdf};
use platen_server::printing::{CupsPrinting, Host, Lost, PrintingParts};
use platen_spooler::{JobState, NewJob};
use platen_web::central::{Printing as _, PrintingError};
use platen_web::words::ENGLISH;
use support::{DEADLINE, Hall, OPEN_QUEUE, Running, points};

#[tokio::test(flavor = "multi_thread")]
async fn released_document_is_printed_through_the_gate_and_charged() -> Result<()> {
    let hall = Hall::open("print").await?;
    let server = hall.run("server").await?;
    let printers = server.printing.printers().await?;
    let names: Vec<_> = printers.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Library", "Office", OPEN_QUEUE]);
    assert!(printers.iter().all(|printer| printer.ready));

    let thesis = hall.bring("thesis.pdf", 3).await?;
    assert_eq!(hall.balance().await?, (points(0), points(3)));
    let nowhere = server.printing.release(thesis, "Nowhere").await;
    assert!(matches!(nowhere, Err(PrintingError::NoSuchPrinter)));
    server.printing.release(thesis, "Office").await?;
    let printed = hall.until_state(thesis, DocumentState::Printed).await?;
    assert_eq!(printed.printer.as_deref(), Some("Office"));
    assert_eq!(printed.charged(), Some(points(3)));
    assert_eq!(hall.balance().await?, (points(3), points(0)));
    let prints = hall.stage.printer("Office")?.prints()?;
    assert_eq!(prints.len(), 1, "{prints:?}");
    assert_eq!(prints[0].impressions, 3, "{prints:?}");
    assert_eq!(prints[0].name, "thesis.pdf");
    assert_eq!(hall.prints("Library")?, 0);

    // It is over: no second release, and nothing is left in the print system.
    let again = server.printing.release(thesis, "Office").await;
    assert!(matches!(again, Err(PrintingError::Ledger(_))));
    let cups = hall.cups()?;
    assert!(cups.any_job(printed.job_id).await.is_err());
    hall.ledger.verify().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_were_priced_are_printed_in_the_owners_name() -> Result<()> {
    let hall = Hall::open("options").await?;
    let server = hall.run("server").await?;
    let notes = hall.bring("notes.pdf", 4).await?;
    let mut facts = hall.document(notes).await?.facts.context("no facts")?;
    facts.finishing.copies = 2;
    facts.finishing.sides = Sides::TwoSidedLongEdge;
    facts.finishing.monochrome = true;
    hall.ledger.reprice(notes, facts, support::now()).await?;
    // Two copies of four sides on both sides: 8 × 0.75.
    assert_eq!(hall.balance().await?, (points(0), points(6)));

    server.printing.release(notes, OPEN_QUEUE).await?;
    let printed = hall.until_state(notes, DocumentState::Printed).await?;
    assert_eq!(printed.charged(), Some(points(6)));
    let prints = hall.stage.printer("Library")?.prints()?;
    assert_eq!(prints.len(), 1, "{prints:?}");
    assert_eq!(prints[0].impressions, 8, "{prints:?}");
    assert_eq!(prints[0].sides, "two-sided-long-edge");
    assert_eq!(prints[0].colour_mode, "monochrome");
    // No gate asks for a proven name at this queue.
    assert_eq!(prints[0].user, "alice@example.edu");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_goes_down_while_it_prints_charges_once_and_prints_once() -> Result<()> {
    let hall = Hall::open("restart").await?;
    let slow = Behaviour {
        per_side: Duration::from_millis(600),
        ..Behaviour::default()
    };
    hall.stage.printer("Office")?.behave(slow)?;
    let server = hall.run("server").await?;
    let essay = hall.bring("essay.pdf", 5).await?;
    server.printing.release(essay, "Office").await?;
    let known = hall
        .until("the job's number to be known", essay, |document| {
            document.job_id > 0
        })
        .await?;
    let cups = hall.cups()?;
    let started = Instant::now();
    loop {
        ensure!(started.elapsed() < DEADLINE, "the job is never printed");
        let job = cups.any_job(known.job_id).await?;
        if job.state == JobState::Processing {
            break;
        }
        assert_ne!(job.state, JobState::Completed, "it was too fast to crash");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.crash().await;
    assert_eq!(hall.document(essay).await?.state, DocumentState::Releasing);

    let _again = hall.run("server").await?;
    let printed = hall.until_state(essay, DocumentState::Printed).await?;
    assert_eq!(printed.charged(), Some(points(5)));
    assert_eq!(printed.job_id, known.job_id);
    assert_eq!(hall.prints("Office")?, 1);
    assert_eq!(hall.balance().await?, (points(5), points(0)));
    hall.ledger.verify().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn job_of_a_crash_before_its_number_was_known_is_removed_and_made_again() -> Result<()> {
    let hall = Hall::open("orphan").await?;
    // Released, and nobody works yet.
    let (printing, work) = CupsPrinting::new(hall.parts("server").await?);
    let letter = hall.bring("letter.pdf", 2).await?;
    printing.release(letter, "Office").await?;
    // What a crash between the job and its number leaves behind.
    let file = hall.scratch.join("letter.pdf");
    std::fs::write(&file, grey_pdf(2))?;
    let orphan = NewJob {
        queue: "Office".into(),
        owner: "alice@example.edu".into(),
        name: "letter.pdf".into(),
        mark: letter.0,
        copies: 1,
        sides: Sides::OneSided,
        monochrome: false,
        media: Some(Size::A4),
    };
    let cups = hall.cups()?;
    let orphan = cups.submit(&orphan, &file).await?;
    assert_eq!(orphan.state, JobState::Held);

    let task = tokio::spawn(work.run());
    let printed = hall.until_state(letter, DocumentState::Printed).await?;
    task.abort();
    assert_ne!(printed.job_id, orphan.id);
    assert_eq!(hall.prints("Office")?, 1);
    assert!(cups.all_open_jobs("Office").await?.is_empty());
    assert_eq!(hall.balance().await?, (points(2), points(0)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn printer_that_jams_returns_the_points() -> Result<()> {
    let hall = Hall::open("jam").await?;
    let jams = Behaviour {
        fail_after: Some(1),
        ..Behaviour::default()
    };
    hall.stage.printer("Office")?.behave(jams)?;
    let server = hall.run("server").await?;
    let paper = hall.bring("paper.pdf", 3).await?;
    server.printing.release(paper, "Office").await?;
    let failed = hall.until_state(paper, DocumentState::Failed).await?;
    assert!(failed.reason.is_some(), "{failed:?}");
    assert_eq!(hall.balance().await?, (points(0), points(0)));
    hall.ledger.verify().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn printer_that_is_gone_gives_the_document_back_and_another_prints_it() -> Result<()> {
    let hall = Hall::open("gone").await?;
    let (printing, work) = CupsPrinting::new(hall.parts("server").await?);
    let poster = hall.bring("poster.pdf", 2).await?;
    printing.release(poster, "Office").await?;
    hall.stage.cupsd().lpadmin(&["-x", "Office"])?;
    let task = tokio::spawn(work.run());
    let held = hall.until_state(poster, DocumentState::Held).await?;
    let reason = held.reason.context("no reason")?;
    assert_eq!(
        reason,
        "The printer is not there any more. Choose another one."
    );
    assert_eq!(hall.balance().await?, (points(0), points(2)));
    printing.release(poster, "Library").await?;
    hall.until_state(poster, DocumentState::Printed).await?;
    task.abort();
    assert_eq!(hall.prints("Library")?, 1);
    assert_eq!(hall.balance().await?, (points(2), points(0)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn gate_that_does_not_trust_the_server_prints_nothing_and_says_so() -> Result<()> {
    let hall = Hall::open("stranger").await?;
    let key = SigningKey::load_or_create(&hall.scratch.join("strangers.key"))?;
    let stranger = Running::start(PrintingParts {
        key,
        ..hall.parts("stranger").await?
    });
    let memo = hall.bring("memo.pdf", 1).await?;
    stranger.printing.release(memo, "Office").await?;
    let held = hall
        .until("the gate's refusal", memo, |document| {
            document.state == DocumentState::Held && document.reason.is_some()
        })
        .await?;
    let reason = held.reason.unwrap_or_default();
    assert!(reason.starts_with("Platen: "), "{reason}");
    assert_eq!(hall.prints("Office")?, 0);
    assert_eq!(hall.balance().await?, (points(0), points(1)));
    // A server that it trusts prints it.
    let server = hall.run("server").await?;
    server.printing.release(memo, "Office").await?;
    hall.until_state(memo, DocumentState::Printed).await?;
    assert_eq!(hall.prints("Office")?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_side_by_side_carry_out_their_own_releases_alone() -> Result<()> {
    let hall = Hall::open("pair").await?;
    // The first only takes the release; the second works all the time.
    let (first, _work) = CupsPrinting::new(hall.parts("server").await?);
    let second = hall.run("second").await?;
    let (mine, yours) = (
        hall.bring("mine.pdf", 1).await?,
        hall.bring("yours.pdf", 1).await?,
    );
    first.release(mine, "Office").await?;
    second.printing.release(yours, "Office").await?;
    hall.until_state(yours, DocumentState::Printed).await?;
    let waiting = hall.document(mine).await?;
    assert_eq!(
        (waiting.state, waiting.job_id),
        (DocumentState::Releasing, 0)
    );
    assert_eq!(hall.prints("Office")?, 1);

    let _first = hall.run("server").await?;
    hall.until_state(mine, DocumentState::Printed).await?;
    assert_eq!(hall.prints("Office")?, 2);
    assert_eq!(hall.balance().await?, (points(2), points(0)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn content_that_is_not_what_was_priced_is_not_printed() -> Result<()> {
    let hall = Hall::open("altered").await?;
    let server = hall.run("server").await?;
    let forged = hall
        .bring_as("forged.pdf", 1, &grey_pdf(9), [7; 32])
        .await?;
    server.printing.release(forged, "Office").await?;
    let held = hall
        .until("the release to be taken back", forged, |document| {
            document.state == DocumentState::Held && document.reason.is_some()
        })
        .await?;
    assert_eq!(
        held.reason.as_deref(),
        Some("The content of this document is damaged. Bring it again.")
    );
    assert_eq!(hall.prints("Office")?, 0);
    Ok(())
}

/// What another server does about hosts that were silent for a quarter of an hour.
async fn look_later(hall: &Hall, own: &str) -> Result<usize> {
    let lost = Lost {
        ledger: hall.ledger.clone(),
        push: None,
        own: Some(Host::of(&hall.directory(own)?)?.name()),
        patience: SignedDuration::from_mins(15),
    };
    assert_eq!(
        lost.end(support::now()).await?,
        0,
        "it was silent for a moment"
    );
    let later = support::now() + SignedDuration::from_mins(16);
    Ok(lost.end(later).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn release_of_a_server_that_is_gone_is_carried_out_by_another_once() -> Result<()> {
    let hall = Hall::open("takeover").await?;
    let (first, work) = CupsPrinting::new(hall.parts("server").await?);
    let second = hall.run("second").await?;
    let poem = hall.bring("poem.pdf", 2).await?;
    first.release(poem, "Office").await?;
    assert_eq!(look_later(&hall, "server").await?, 0, "it is its own");
    assert_eq!(look_later(&hall, "second").await?, 1);
    let held = hall.document(poem).await?;
    assert_eq!(held.state, DocumentState::Held);
    assert_eq!(held.reason.as_deref(), Some(ENGLISH.stored_host_gone));
    second.printing.release(poem, "Library").await?;
    hall.until_state(poem, DocumentState::Printed).await?;
    // The first one comes back and finds nothing to do for it.
    let task = tokio::spawn(work.run());
    let other = hall.bring("other.pdf", 1).await?;
    first.release(other, "Office").await?;
    hall.until_state(other, DocumentState::Printed).await?;
    task.abort();
    assert_eq!((hall.prints("Office")?, hall.prints("Library")?), (1, 1));
    assert_eq!(hall.balance().await?, (points(3), points(0)));
    hall.ledger.verify().await?;
    Ok(())
}

/// A printer that takes a document and prints nothing of it.
fn stuck() -> Behaviour {
    Behaviour {
        waits: true,
        ..Behaviour::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_server_may_have_printed_is_said_to_be_unknown_and_not_charged() -> Result<()> {
    let hall = Hall::open("lost").await?;
    hall.stage.printer("Office")?.behave(stuck())?;
    let server = hall.run("server").await?;
    let novel = hall.bring("novel.pdf", 3).await?;
    server.printing.release(novel, "Office").await?;
    hall.until("the job's number to be known", novel, |document| {
        document.job_id > 0
    })
    .await?;
    server.crash().await;
    assert_eq!(look_later(&hall, "second").await?, 1);
    let failed = hall.document(novel).await?;
    assert_eq!(failed.state, DocumentState::Failed);
    assert_eq!(failed.reason.as_deref(), Some(ENGLISH.stored_unknown));
    assert_eq!(hall.balance().await?, (points(0), points(0)));
    hall.ledger.verify().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn job_that_vanishes_without_a_report_is_not_charged_in_silence() -> Result<()> {
    let hall = Hall::open("vanish").await?;
    hall.stage.printer("Office")?.behave(stuck())?;
    let server = hall.run("server").await?;
    let novel = hall.bring("novel.pdf", 3).await?;
    server.printing.release(novel, "Office").await?;
    let known = hall
        .until("the job's number to be known", novel, |document| {
            document.job_id > 0
        })
        .await?;
    let cups = hall.cups()?;
    let started = Instant::now();
    while cups.any_job(known.job_id).await?.state == JobState::Held {
        ensure!(started.elapsed() < DEADLINE, "the job is never printed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Nobody sees how it ends.
    server.crash().await;
    let started = Instant::now();
    while cups.any_job(known.job_id).await.is_ok() {
        ensure!(started.elapsed() < DEADLINE, "the job is still there");
        // One that is under way is only cancelled at first.
        let _cancelled = cups.purge(known.job_id).await;
        hall.stage.printer("Office")?.behave(Behaviour::default())?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let _again = hall.run("server").await?;
    let failed = hall.until_state(novel, DocumentState::Failed).await?;
    assert_eq!(failed.reason.as_deref(), Some(ENGLISH.stored_unknown));
    assert_eq!(hall.balance().await?, (points(0), points(0)));
    hall.ledger.verify().await?;
    Ok(())
}
