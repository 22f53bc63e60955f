//! Documents whose bytes the server holds: contents in parts, their way to a
//! spooler, and what nobody needs any more.

use jiff::SignedDuration;
use jiff::Timestamp;
use platen_domain::{DocumentState, Points};
use platen_ledger::{
    AuditFilter, ContentSize, HostName, Ledger, LostEnd, LostReasons, NewDocument, PrintHost,
    Refusal, Settlement,
};

use super::desk::desk;
use crate::support::*;

async fn put(bench: &Bench, number: u128, parts: &[&[u8]]) {
    for (part, bytes) in (0..).zip(parts) {
        bench
            .ledger
            .put_content(document_id(number), part, bytes.to_vec(), now())
            .await
            .unwrap();
    }
}

async fn size(bench: &Bench, number: u128) -> Option<(u32, u64)> {
    let size = bench.ledger.content_size(document_id(number)).await;
    size.unwrap()
        .map(|ContentSize { parts, bytes }| (parts, bytes))
}

fn seconds_later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

#[tokio::test]
async fn content_comes_back_part_by_part_as_it_was_put() {
    let bench = Bench::new().await;
    let whole = vec![0xa5; Ledger::CONTENT_PART];
    put(&bench, 1, &[&whole, b"", b"\0\xff rest"]).await;
    assert_eq!(size(&bench, 1).await, Some((3, whole.len() as u64 + 7)));
    let part = async |number, part| {
        let id = document_id(number);
        bench.ledger.content(id, part).await.unwrap()
    };
    assert_eq!(part(1, 0).await, Some(whole));
    assert_eq!(part(1, 1).await, Some(vec![]));
    assert_eq!(part(1, 2).await.as_deref(), Some(&b"\0\xff rest"[..]));
    assert_eq!(part(1, 3).await, None);
    assert_eq!(part(2, 0).await, None);
    assert_eq!(size(&bench, 2).await, None);
}

#[tokio::test]
async fn part_is_stored_once_and_never_replaced() {
    let bench = Bench::new().await;
    put(&bench, 1, &[b"one", b"two"]).await;
    put(&bench, 1, &[b"one", b"two"]).await;
    let other = bench
        .ledger
        .put_content(document_id(1), 1, b"other".to_vec(), now())
        .await;
    assert_eq!(
        refusal(other),
        Refusal::ExistsWithDifferent { what: "content" }
    );
    let long = vec![0; Ledger::CONTENT_PART + 1];
    let long = bench
        .ledger
        .put_content(document_id(1), 2, long, now())
        .await;
    assert!(matches!(refusal(long), Refusal::Missing { .. }));
    assert_eq!(size(&bench, 1).await, Some((2, 6)));
    // One that was lost on the way.
    bench
        .ledger
        .put_content(document_id(1), 5, b"x".to_vec(), now())
        .await
        .unwrap();
    assert_eq!(size(&bench, 1).await, None);
}

#[tokio::test]
async fn parts_that_many_put_at_once_are_all_there() {
    let bench = Bench::new().await;
    let other = bench.place.open().await;
    let puts = (0..40u32).map(|number| {
        let ledger = if number % 2 == 0 {
            &bench.ledger
        } else {
            &other
        };
        // Each twice, by both programs.
        let (document, part) = (document_id(u128::from(number % 2)), number / 4);
        ledger.put_content(document, part, part.to_be_bytes().to_vec(), now())
    });
    for put in futures_util::future::join_all(puts).await {
        put.unwrap();
    }
    assert_eq!(size(&bench, 0).await, Some((10, 40)));
    assert_eq!(size(&bench, 1).await, Some((10, 40)));
}

#[tokio::test]
async fn dropped_content_is_gone_as_a_whole_and_others_stay() {
    let bench = Bench::new().await;
    let parts: Vec<_> = (0..40u8).map(|number| [number]).collect();
    let parts: Vec<&[u8]> = parts.iter().map(|part| &part[..]).collect();
    put(&bench, 1, &parts).await;
    put(&bench, 2, &[b"other"]).await;
    let ids: Vec<_> = (0..600).map(document_id).collect();
    let has = async || {
        let has = bench.ledger.has_content(&ids).await.unwrap();
        has.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(has().await, [document_id(1), document_id(2)]);
    bench.ledger.drop_content(document_id(1)).await.unwrap();
    bench.ledger.drop_content(document_id(1)).await.unwrap();
    assert_eq!(has().await, [document_id(2)]);
    for part in [0, 15, 16, 39] {
        let left = bench.ledger.content(document_id(1), part).await.unwrap();
        assert_eq!(left, None, "{part}");
    }
    assert!(bench.ledger.has_content(&[]).await.unwrap().is_empty());
    // It may come again.
    put(&bench, 1, &[b"again"]).await;
    assert_eq!(size(&bench, 1).await, Some((1, 5)));
}

#[tokio::test]
async fn sweep_drops_the_contents_of_documents_that_ended_and_no_others() {
    let bench = Bench::new().await;
    // 1 held, 2 cancelled, 3 submitted, 4 unreadable, 5 releasing, 6 printed,
    // 7 failed, 8 deleted, 9 never submitted.
    for number in [1, 5, 6, 7, 8] {
        bench.print(number, "alice", "quota", 1).await;
    }
    bench.print(2, "alice", "quota", 99).await;
    bench.submit(3, "alice").await;
    bench.submit(4, "alice").await;
    let id = document_id;
    bench
        .ledger
        .mark_unreadable(id(4), "It is encrypted.".into(), now())
        .await
        .unwrap();
    for number in [5, 6, 7] {
        bench.begin_release(number).await;
    }
    let failed = Settlement::Failed {
        reason: "No paper.".into(),
    };
    for (number, settlement) in [(6, Settlement::Printed { sides: 1 }), (7, failed)] {
        bench
            .ledger
            .settle(id(number), settlement, now())
            .await
            .unwrap();
    }
    bench.ledger.delete(id(8), now()).await.unwrap();
    for number in 1..=9 {
        put(&bench, number, &[b"a", b"b"]).await;
    }
    let ids: Vec<_> = (1..=9).map(id).collect();
    let left = async || {
        let has = bench.ledger.has_content(&ids).await.unwrap();
        has.iter().map(|id| id.0.as_u128()).collect::<Vec<_>>()
    };
    let sweep = async |at| bench.ledger.sweep_content(at).await.unwrap();
    assert_eq!(sweep(now()).await, 2);
    assert_eq!(left().await, [1, 2, 3, 4, 5, 8, 9]);
    // While it can be brought back, and a little longer.
    assert_eq!(sweep(seconds_later(5 * 60 + 59)).await, 0);
    assert_eq!(sweep(seconds_later(6 * 60)).await, 1);
    assert_eq!(left().await, [1, 2, 3, 4, 5, 9]);
    assert_eq!(sweep(hours_later(23)).await, 0);
    bench.ledger.expire_due(hours_later(24)).await.unwrap();
    assert_eq!(sweep(hours_later(24)).await, 4);
    // What nobody asked about stays, and what is on its way to a printer.
    assert_eq!(left().await, [3, 5]);
    assert_eq!(sweep(hours_later(10_000)).await, 0);
}

#[tokio::test]
async fn sweep_goes_through_more_documents_than_one_round() {
    let bench = Bench::new().await;
    for number in 0..300u128 {
        put(&bench, number, &[b"a"]).await;
    }
    assert_eq!(
        bench.ledger.sweep_content(hours_later(23)).await.unwrap(),
        0
    );
    assert_eq!(
        bench.ledger.sweep_content(hours_later(24)).await.unwrap(),
        300
    );
}

#[tokio::test]
async fn released_documents_with_content_are_found_and_get_their_job() {
    let bench = Bench::new().await;
    let own = |number: u128| release_of(1, number);
    for number in 1..=4 {
        bench.print(number, "alice", "quota", 1).await;
        if number != 2 {
            put(&bench, number, &[b"content"]).await;
        }
    }
    for number in [3, 2, 1] {
        let at = seconds_later(10 - i64::try_from(number).unwrap());
        bench
            .ledger
            .begin_release(document_id(number), "printer".into(), own(number), at)
            .await
            .unwrap();
    }
    let releases = async |at_each| releases_of(&bench, 1, at_each).await;
    assert_eq!(releases(10).await, [3, 1]);
    assert_eq!(releases(1).await, [3]);

    let set = async |number, job| {
        let (id, release) = (document_id(number), own(number));
        bench.ledger.set_job(id, release, job, now()).await
    };
    assert_eq!(set(1, 77).await.unwrap().job_id, 77);
    assert_eq!(set(1, 77).await.unwrap().job_id, 77);
    assert_eq!(bench.document(1).await.job_id, 77);
    assert_eq!(
        refusal(set(4, 78).await),
        Refusal::WrongState(DocumentState::Held)
    );
    assert_eq!(
        refusal(set(9, 78).await),
        Refusal::UnknownDocument(document_id(9))
    );
    bench
        .ledger
        .settle(document_id(1), Settlement::Printed { sides: 1 }, now())
        .await
        .unwrap();
    assert_eq!(set(1, 77).await.unwrap().state, DocumentState::Printed);
    assert_eq!(
        refusal(set(1, 79).await),
        Refusal::WrongState(DocumentState::Printed)
    );
    assert_eq!(releases(10).await, [3]);
}

#[tokio::test]
async fn releases_of_one_printer_or_host_do_not_stand_in_the_way_of_others() {
    let bench = Bench::new().await;
    // By which host, and where: first those of a printer that stands still.
    let released = [
        (1, "stopped"),
        (1, "stopped"),
        (1, "stopped"),
        (2, "office"),
        (1, "office"),
        (1, "library"),
    ];
    for (number, (host, printer)) in (1..).zip(released) {
        let uploaded = NewDocument {
            job_id: 0,
            ..new_document(number, "alice")
        };
        bench.ledger.submit(uploaded).await.unwrap();
        let reserved = bench.reserve(number, "alice", None, facts(1)).await;
        reserved.unwrap();
        put(&bench, number, &[b"content"]).await;
        let release = release_of(host, number);
        let at = seconds_later(i64::try_from(number).unwrap());
        let released = bench
            .ledger
            .begin_release(document_id(number), printer.into(), release, at);
        released.await.unwrap();
    }
    assert_eq!(releases_of(&bench, 1, 2).await, [1, 2, 5, 6]);
    assert_eq!(releases_of(&bench, 2, 2).await, [4]);
    assert_eq!(releases_of(&bench, 3, 2).await, []);
    // What may be on paper already comes before the rest.
    let set = async |number, job| {
        let (id, release) = (document_id(number), release_of(1, number));
        let set = bench.ledger.set_job(id, release, job, hours_later(1));
        set.await.unwrap();
    };
    set(3, 77).await;
    assert_eq!(releases_of(&bench, 1, 2).await, [1, 5, 6, 3]);
    let there = host(1).name;
    let releases = bench.ledger.releases_of(there, 1).await.unwrap();
    let printers = releases.iter().map(|one| one.printer.as_str());
    assert_eq!(
        printers.collect::<Vec<_>>(),
        ["office", "library", "stopped"]
    );
}

#[tokio::test]
async fn documents_that_were_not_read_or_not_told_of_are_found_behind_others() {
    let bench = Bench::new().await;
    for number in 1..=4 {
        let uploaded = NewDocument {
            submitted_at: seconds_later(i64::try_from(number).unwrap()),
            ..new_document(number, "alice")
        };
        bench.ledger.submit(uploaded).await.unwrap();
        if number != 3 {
            let reserved = bench.reserve(number, "alice", None, facts(1)).await;
            reserved.unwrap();
        }
        if number != 4 {
            put(&bench, number, &[b"content"]).await;
        }
    }
    let unfinished = async |state, limit| {
        let found = bench.ledger.unfinished(state, limit).await.unwrap();
        found.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    let held = DocumentState::Held;
    assert_eq!(unfinished(held, 10).await, [document_id(1), document_id(2)]);
    let told = bench.ledger.mark_notified(document_id(1), now());
    told.await.unwrap();
    assert_eq!(unfinished(held, 1).await, [document_id(2)]);
    let submitted = DocumentState::Submitted;
    assert_eq!(unfinished(submitted, 1).await, [document_id(3)]);
    // Whatever its owner was told of, it has to be read.
    let told = bench.ledger.mark_notified(document_id(3), now());
    told.await.unwrap();
    assert_eq!(unfinished(submitted, 1).await, [document_id(3)]);
}

/// The number of a release of this document by this host.
fn release_of(host: u8, number: u128) -> uuid::Uuid {
    let mut bytes = number.to_be_bytes();
    bytes[..8].fill(host);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn host(number: u8) -> PrintHost {
    PrintHost {
        name: HostName::of_release(release_by(number)).unwrap(),
        label: format!("host {number}"),
    }
}

/// What this host has to print.
async fn releases_of(bench: &Bench, number: u8, at_each: u32) -> Vec<u128> {
    let releases = bench.ledger.releases_of(host(number).name, at_each).await;
    let releases = releases.unwrap().into_iter();
    releases.map(|one| one.document.0.as_u128()).collect()
}

/// The number of a release by this host.
fn release_by(host: u8) -> uuid::Uuid {
    let mut bytes = [host; 16];
    bytes[15] = 1;
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

const REASONS: LostReasons = LostReasons {
    not_printed: "Not printed.",
    unknown: "Nobody knows.",
};

#[tokio::test]
async fn release_of_a_host_that_is_gone_is_taken_back_or_ends_as_unknown() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    for number in 1..=4 {
        let uploaded = NewDocument {
            job_id: 0,
            ..new_document(number, "alice")
        };
        ledger.submit(uploaded).await.unwrap();
        bench
            .reserve(number, "alice", None, facts(1))
            .await
            .unwrap();
        put(&bench, number, &[b"content"]).await;
    }
    // 1 and 2 by a host that is gone, 3 by one that is there, 4 by one that never
    // said so.
    for (number, host) in [(1, 1), (2, 1), (3, 2), (4, 3)] {
        let released = ledger.begin_release(
            document_id(number),
            "printer".into(),
            release_by(host),
            now(),
        );
        released.await.unwrap();
    }
    let set = async |number, host, job| {
        let (id, release) = (document_id(number), release_by(host));
        ledger.set_job(id, release, job, now()).await
    };
    set(2, 1, 77).await.unwrap();
    ledger.host_beats(host(1), now()).await.unwrap();
    ledger.host_beats(host(2), now()).await.unwrap();
    let lost = async |before, own| {
        let lost = ledger.lost_releases(before, own, 10).await.unwrap();
        let lost = lost.into_iter().map(|lost| (lost.document, lost.host));
        lost.collect::<Vec<_>>()
    };
    assert_eq!(lost(now(), None).await, []);
    ledger.host_beats(host(2), hours_later(1)).await.unwrap();
    let gone = Some("host 1".to_owned());
    assert_eq!(
        lost(hours_later(1), None).await,
        [
            (document_id(1), gone.clone()),
            (document_id(2), gone),
            (document_id(4), None)
        ]
    );
    let own = Some(host(1).name);
    assert_eq!(lost(hours_later(1), own).await, [(document_id(4), None)]);

    let actor = desk(&bench).actor().clone();
    // Those that are not lost do not stand in the way of one that is.
    let first = ledger.lost_releases(hours_later(1), own, 1).await.unwrap();
    assert_eq!(first[0].document, document_id(4));

    let all = ledger.lost_releases(hours_later(1), None, 10);
    let all = all.await.unwrap();
    let end = async |place: usize| {
        let (one, actor) = (all[place].clone(), actor.clone());
        let ended = ledger.end_lost_release(one, REASONS, actor, hours_later(1));
        ended.await.unwrap()
    };
    // No job of it was ever let go: it is held again, and released elsewhere.
    assert!(matches!(end(0).await, LostEnd::Held(_)));
    assert_eq!(end(0).await, LostEnd::NotLost);
    let held = bench.document(1).await;
    assert_eq!(
        (held.state, held.reason.as_deref()),
        (DocumentState::Held, Some("Not printed."))
    );
    let again = ledger.begin_release(
        document_id(1),
        "other".into(),
        release_by(2),
        hours_later(1),
    );
    again.await.unwrap();
    // The host comes back, and must not print it any more.
    assert_eq!(
        refusal(set(1, 1, 78).await),
        Refusal::WrongState(DocumentState::Releasing)
    );
    set(1, 2, 79).await.unwrap();
    // Whether this one was printed nobody knows: it is not charged, nor ever will be.
    assert!(matches!(end(1).await, LostEnd::Unknown(_)));
    let failed = bench.document(2).await;
    assert_eq!(
        (failed.state, failed.reason.as_deref()),
        (DocumentState::Failed, Some("Nobody knows."))
    );
    assert_eq!(failed.charged(), Some(Points::ZERO));
    let late = Settlement::Printed { sides: 1 };
    assert_eq!(
        refusal(ledger.settle(document_id(2), late, now()).await),
        Refusal::ExistsWithDifferent { what: "result" }
    );
    let entries = ledger.audit(AuditFilter::default()).await.unwrap().rows;
    let mut actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["release.taken-back", "release.unknown"]);
    assert!(entries[0].detail.contains("host 1"), "{entries:?}");
    ledger.verify().await.unwrap();
}
