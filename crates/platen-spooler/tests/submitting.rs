//! Documents that a server hands to a real cupsd in other people's names.

#![cfg(unix)]

#[expect(dead_code, reason = "other tests print as people themselves")]
mod support;

use anyhow::Result;
use platen_domain::{Sides, Size};
use platen_lab::{User, wait_for};
use platen_spooler::{Cups, CupsConfig, JobState, NewJob, SpoolerError};
use support::{DEADLINE, Lab};
use uuid::Uuid;

fn cups(lab: &Lab) -> Result<Cups> {
    Ok(Cups::connect(CupsConfig {
        socket: lab.cupsd.socket(),
        user: User::current()?.name,
        queues: None,
    }))
}

fn thesis(queue: &str) -> NewJob {
    NewJob {
        queue: queue.into(),
        owner: "alice@example.edu".into(),
        name: "Übung “1”.txt".into(),
        mark: Uuid::from_u128(0xfeed),
        copies: 2,
        sides: Sides::TwoSidedLongEdge,
        monochrome: true,
        media: Some(Size::A4),
    }
}

#[tokio::test]
async fn a_submitted_document_is_held_in_its_owners_name_and_prints_when_released() -> Result<()> {
    let lab = Lab::start(false, true)?;
    let cups = cups(&lab)?;
    // Larger than any buffer on the way, and not of a whole number of pieces.
    let text: String = (0..40_000)
        .map(|line| format!("line {line} of the thesis\n"))
        .collect();
    let file = lab.scratch.join("thesis.txt");
    std::fs::write(&file, &text)?;

    let job = cups.submit(&thesis("printer"), &file).await?;
    assert_eq!(job.state, JobState::Held);
    assert_eq!(job.documents, 1);
    assert_eq!(job.mark, Some(Uuid::from_u128(0xfeed)));
    assert_eq!(job.owner, "alice@example.edu");
    assert_eq!(job.name, "Übung “1”.txt");
    assert_eq!(job.copies, Some(2));
    assert_eq!(job.sheets.first().map(String::as_str), Some("none"));
    for (option, value) in [
        ("sides", "two-sided-long-edge"),
        ("print-color-mode", "monochrome"),
        ("number-up", "1"),
        ("media", "A4"),
    ] {
        assert_eq!(job.options.get(option).map(String::as_str), Some(value));
    }
    assert!(!job.options.contains_key("job-platen-document"));
    let open = cups.all_open_jobs("printer").await?;
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].mark, job.mark);

    cups.release(job.id).await?;
    let printed = lab.cupsd.sink().join(format!("{}.prn", job.id));
    let bytes = wait_for("the printed document", DEADLINE, || {
        let bytes = std::fs::read(&printed).unwrap_or_default();
        Ok((bytes.len() >= text.len()).then_some(bytes))
    })?;
    assert!(bytes.ends_with(text.as_bytes()));
    assert_eq!(
        cups.all_open_jobs("nowhere").await.err().map(is_not_found),
        Some(true)
    );
    Ok(())
}

#[tokio::test]
async fn what_the_queue_does_not_take_leaves_no_job() -> Result<()> {
    let lab = Lab::start(false, true)?;
    let cups = cups(&lab)?;
    let file = lab.scratch.join("note.txt");
    assert!(matches!(
        cups.submit(&thesis("nowhere"), &file).await,
        Err(SpoolerError::NotFound)
    ));
    let gone = lab.scratch.join("gone.txt");
    assert!(matches!(
        cups.submit(&thesis("printer"), &gone).await,
        Err(SpoolerError::Storage(_))
    ));
    assert!(cups.all_open_jobs("printer").await?.is_empty());
    Ok(())
}

fn is_not_found(problem: SpoolerError) -> bool {
    matches!(problem, SpoolerError::NotFound)
}
