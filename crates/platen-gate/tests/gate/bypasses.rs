//! Every way around the price that is known, tried on a real cupsd whose policy
//! lets everything through: the gate alone must stop it.

use crate::support::ipp::{self, Request, Value};
use crate::support::{
    ALICE, BOB, COMPLETED, DEADLINE, DRIVER, HELD, Job, Lab, Last, RAW, SECURE, SLOW, mode, now,
    sha256,
};
use platen_gate::SigningKey;
use platen_lab::wait_until;
use uuid::Uuid;

const HELLO: &[u8] = b"hello\n";

fn alices(lab: &Lab, queue: &str, options: &[(&str, Value)]) -> Job {
    lab.submit(queue, ALICE, &[HELLO], options)
}

#[track_caller]
fn check_refused(lab: &Lab, job: &Job, because: &str) {
    lab.release(job);
    let said = lab.wait_refused(job);
    assert!(said.contains(because), "{said}");
}

#[test]
fn without_approval_no_way_of_releasing_prints() {
    let lab = Lab::start("gate-release");
    for queue in [RAW, DRIVER] {
        // Released by its owner.
        let job = alices(&lab, queue, &[]);
        check_refused(&lab, &job, "waits for its approval");
        // Submitted so that it is never held.
        let no_hold = [("job-hold-until", Value::Keyword("no-hold"))];
        let job = lab.submit_closed(queue, ALICE, &[HELLO], &no_hold);
        let said = lab.wait_refused(&job);
        assert!(said.contains("waits for its approval"), "{said}");
        // Held, and set to no-hold afterwards.
        let job = lab.submit_closed(queue, ALICE, &[HELLO], &[]);
        let change = lab.set(job.id, ALICE, "job-hold-until", Value::Keyword("no-hold"));
        assert!(change.is_ok());
        lab.wait_refused(&job);
    }
}

#[test]
fn secure_queue_without_printer_never_prints() {
    let lab = Lab::start("gate-secure");
    let job = alices(&lab, SECURE, &[]);
    lab.approve(&job);
    check_refused(&lab, &job, "no printer");
}

#[test]
fn finished_job_is_not_printed_again() {
    let lab = Lab::start("gate-restart");
    let job = alices(&lab, RAW, &[]);
    lab.approve(&job);
    lab.release(&job);
    lab.wait_state(job.id, COMPLETED);
    let restart = Request::new(ipp::RESTART_JOB).job(job.id).user(ALICE);
    assert!(lab.ask(restart).is_ok());
    lab.wait_state(job.id, HELD);
    let said = lab.job(job.id).text("job-printer-state-message").unwrap();
    assert!(said.contains("used already"), "{said}");
    assert_eq!(lab.runs(&job).len(), 1);
    assert_eq!(lab.printed(&job).unwrap(), HELLO);
}

#[test]
fn appended_document_is_not_printed() {
    let lab = Lab::start("gate-append");
    for queue in [RAW, DRIVER] {
        let job = alices(&lab, queue, &[]);
        lab.approve(&job);
        assert!(
            lab.send_document(job.id, ALICE, b"more\n", Last(true))
                .is_ok()
        );
        check_refused(&lab, &job, "document was changed");
    }
}

#[test]
fn document_appended_while_printing_is_not_printed() {
    for last in [Last(true), Last(false)] {
        let lab = Lab::start("gate-late");
        let job = lab.submit(SLOW, ALICE, &[b"one\n", b"two\n"], &[]);
        lab.approve(&job);
        lab.release(&job);
        // The gate has looked at the documents when it has marked the approval.
        let nonce = job.approval.nonce.to_string();
        let used = lab.scratch.join("gate/used").join(nonce);
        wait_until("the approval is used", DEADLINE, || used.exists()).unwrap();
        let stowaway = lab.send_document(job.id, ALICE, b"stowaway\n", last);
        assert!(stowaway.is_ok(), "the attack itself no longer works");
        lab.let_filters_go();
        let noticed = "Platen: a document was added while it was printing";
        wait_until("the gate notices", DEADLINE, || {
            lab.cupsd.error_log().contains(noticed)
        })
        .unwrap_or_else(|error| panic!("{last:?} {error}\n{}", lab.cupsd.error_log()));
        wait_until("the printer's backend has ended", DEADLINE, || {
            lab.runs(&job).len() == 1
        })
        .unwrap();
        let printed = lab.printed(&job).unwrap_or_default();
        let printed = String::from_utf8_lossy(&printed);
        assert!(!printed.contains("stowaway"), "{printed}");
    }
}

#[test]
fn options_changed_after_approval_are_refused() {
    let lab = Lab::start("gate-options");
    let approved = || {
        vec![
            ("copies", Value::Integer(1)),
            ("sides", Value::Keyword("two-sided-long-edge")),
            ("media", Value::Keyword("A4")),
            ("print-color-mode", Value::Keyword("monochrome")),
            ("number-up", Value::Integer(4)),
        ]
    };
    let changes = [
        ("copies", Value::Integer(9), "number of copies"),
        ("sides", Value::Keyword("one-sided"), "options were changed"),
        ("media", Value::Keyword("A3"), "options were changed"),
        ("number-up", Value::Integer(1), "options were changed"),
        (
            "print-color-mode",
            Value::Keyword("color"),
            "options were changed",
        ),
        ("page-set", Value::Keyword("odd"), "options were changed"),
        (
            "HPColorMode",
            Value::Name("Full".into()),
            "options were changed",
        ),
        ("ColorModel", Value::Name("RGB".into()), "does not fit"),
        ("Duplex", Value::Name("None".into()), "does not fit"),
        ("PageSize", Value::Name("A3".into()), "does not fit"),
        // A brace would hide what follows from filters, but not from us.
        ("x", Value::Text("{".into()), "no proper value"),
    ];
    for queue in [RAW, DRIVER] {
        for (name, value, because) in &changes {
            let job = alices(&lab, queue, &approved());
            lab.approve(&job);
            assert!(
                lab.set(job.id, ALICE, name, value.clone()).is_ok(),
                "{name}"
            );
            lab.release(&job);
            let said = lab.wait_refused(&job);
            assert!(said.contains(because), "{queue} {name}: {said}");
        }
    }
}

#[test]
fn paper_cannot_be_changed_through_a_collection() {
    let lab = Lab::start("gate-media-col");
    let legal = || Value::MediaSize(21_590, 35_560);
    // Priced on each page's own size, and on A4.
    for asked in [
        vec![],
        vec![("media-col", Value::MediaSize(21_000, 29_700))],
    ] {
        let job = alices(&lab, DRIVER, &asked);
        lab.approve(&job);
        assert!(lab.set(job.id, ALICE, "media-col", legal()).is_ok());
        check_refused(&lab, &job, "does not fit what was approved");
    }
}

#[test]
fn option_hidden_behind_a_brace_before_approval_is_refused() {
    let lab = Lab::start("gate-brace");
    let job = alices(
        &lab,
        DRIVER,
        &[
            ("x", Value::Text("{".into())),
            ("number-up", Value::Integer(16)),
        ],
    );
    lab.approve(&job);
    check_refused(&lab, &job, "no proper value");
}

#[test]
fn approval_of_another_job_user_or_printer_is_refused() {
    let lab = Lab::start("gate-other");
    let other = alices(&lab, RAW, &[]);
    let job = alices(&lab, RAW, &[]);
    lab.deliver(&job, other.approval.sign(&lab.key));
    check_refused(&lab, &job, "for another document");

    let mut job = alices(&lab, RAW, &[]);
    job.approval.owner = BOB.into();
    let text = job.approval.sign(&lab.key);
    job.approval.owner = ALICE.into();
    lab.deliver(&job, text);
    check_refused(&lab, &job, "for another user");

    let job = alices(&lab, RAW, &[]);
    lab.approve(&job);
    let moved = Request::new(ipp::MOVE_JOB).job(job.id).user(ALICE).option(
        "job-printer-uri",
        &Value::Uri(format!("ipp://localhost/printers/{DRIVER}")),
    );
    assert!(lab.ask(moved).is_ok());
    check_refused(&lab, &job, "for another printer");
}

#[test]
fn job_submitted_in_anothers_name_needs_that_users_approval() {
    let lab = Lab::start("gate-name");
    // bob's own key may approve bob's jobs only; he submits one as alice.
    let bobs = SigningKey::load_or_create(&lab.scratch.join("bob.key")).unwrap();
    std::fs::write(
        lab.scratch.join("gate/authorities/bob.pub"),
        format!("{} user={BOB}\n", bobs.public()),
    )
    .unwrap();
    let mut job = alices(&lab, RAW, &[]);
    lab.deliver(&job, job.approval.sign(&bobs));
    check_refused(&lab, &job, "not signed by an authority");
    // He also claims it to be his.
    job.approval.owner = BOB.into();
    let text = job.approval.sign(&bobs);
    job.approval.owner = ALICE.into();
    lab.deliver(&job, text);
    check_refused(&lab, &job, "not signed by an authority");
}

#[test]
fn expired_replayed_and_forged_approvals_are_refused() {
    let lab = Lab::start("gate-forged");
    let mut job = alices(&lab, RAW, &[]);
    job.approval.expires_unix_s = now();
    lab.approve(&job);
    check_refused(&lab, &job, "expired");

    let stranger = SigningKey::load_or_create(&lab.scratch.join("stranger.key")).unwrap();
    let job = alices(&lab, RAW, &[]);
    lab.deliver(&job, job.approval.sign(&stranger));
    check_refused(&lab, &job, "not signed by an authority");

    let job = alices(&lab, RAW, &[]);
    lab.deliver(&job, "A".repeat(1000));
    check_refused(&lab, &job, "cannot be read");

    // The same nonce for a second job of the same person.
    let first = alices(&lab, RAW, &[]);
    lab.approve(&first);
    lab.release(&first);
    lab.wait_state(first.id, COMPLETED);
    let mut second = alices(&lab, RAW, &[]);
    second.approval.nonce = first.approval.nonce;
    lab.approve(&second);
    check_refused(&lab, &second, "used already");
}

#[test]
fn another_document_under_the_same_approval_is_refused() {
    let lab = Lab::start("gate-document");
    let mut job = alices(&lab, RAW, &[]);
    job.approval.digests = vec![sha256(b"cheap\n")];
    lab.approve(&job);
    check_refused(&lab, &job, "document was changed");
    // A right approval afterwards still prints: nothing was lost by the refusal.
    job.approval.digests = vec![sha256(HELLO)];
    job.approval.nonce = Uuid::new_v4();
    lab.approve(&job);
    lab.release(&job);
    lab.wait_state(job.id, COMPLETED);
    assert_eq!(lab.printed(&job).unwrap(), HELLO);
}

#[test]
fn unwritable_or_open_state_prints_nothing() {
    let lab = Lab::start("gate-state");
    let job = alices(&lab, RAW, &[]);
    let used = lab.scratch.join("gate/used");
    std::fs::create_dir(&used).unwrap();
    mode(&used, 0o777);
    lab.approve(&job);
    check_refused(&lab, &job, "used approvals");

    mode(&used, 0o700);
    let keys = lab.scratch.join("gate/authorities/test.pub");
    mode(&keys, 0o666);
    lab.approve(&job);
    check_refused(&lab, &job, "written by others");
}
