//! What is approved prints, once, as the printer's own backend would print it.

use platen_lab::{Printer, SystemBus};

use crate::support::ipp::Value;
use crate::support::{ABORTED, ALICE, COMPLETED, DRIVER, Lab, RAW, mode};

#[track_caller]
fn check_prints(lab: &Lab, queue: &str, documents: &[&[u8]], options: &[(&str, Value)]) -> String {
    let job = lab.submit(queue, ALICE, documents, options);
    lab.approve(&job);
    lab.release(&job);
    lab.wait_state(job.id, COMPLETED);
    let runs = lab.runs(&job);
    assert_eq!(runs.len(), 1, "{runs:?}");
    if queue == RAW {
        assert_eq!(lab.printed(&job).unwrap(), documents.concat());
    } else {
        assert!(!lab.printed(&job).unwrap().is_empty());
    }
    runs[0].clone()
}

#[test]
fn approved_jobs_print_once_on_raw_and_driver_queues() {
    let lab = Lab::start("gate-print");
    let one: &[&[u8]] = &[b"hello\n"];
    let several: &[&[u8]] = &[b"one\n", b"two\n", b"three\n"];
    // None with a space in it, of which Debian's cupsd 2.4.2-3+deb12u10 dies.
    let every_option = [
        ("copies", Value::Integer(3)),
        ("sides", Value::Keyword("two-sided-short-edge")),
        ("media", Value::Keyword("iso_a4_210x297mm")),
        ("print-color-mode", Value::Keyword("monochrome")),
        ("number-up", Value::Integer(2)),
        ("landscape", Value::Boolean(true)),
        ("Collate", Value::Name("True".into())),
        ("job-billing", Value::Name("room-7-'b'".into())),
        ("x-note", Value::Text("a-\"quoted\",odd\\text".into())),
    ];
    let by_driver = [
        ("Duplex", Value::Name("DuplexNoTumble".into())),
        ("PageSize", Value::Name("A4".into())),
        ("ColorModel", Value::Name("Gray".into())),
    ];
    let by_collection = [("media-col", Value::MediaSize(21_000, 29_700))];
    for queue in [RAW, DRIVER] {
        for options in [&[][..], &every_option, &by_driver, &by_collection] {
            check_prints(&lab, queue, one, options);
        }
        check_prints(&lab, queue, several, &[]);
    }
}

#[test]
fn printers_backend_runs_without_the_gates_rights() {
    let lab = Lab::start("gate-rights");
    let run = check_prints(&lab, RAW, &[b"hello\n"], &[]);
    // The gate itself runs as root there; the backend as lp, or as who tests.
    let expected = if rustix::process::geteuid().is_root() {
        "uid=7"
    } else {
        "uid="
    };
    assert!(run.contains(expected), "{run}");
    assert!(run.contains(&format!("user={ALICE} title=")), "{run}");
}

#[test]
fn approved_job_comes_out_of_an_ipp_printer_once() {
    let lab = Lab::start("gate-ipp");
    let bus = SystemBus::start(&lab.scratch.join("bus")).unwrap();
    let printer = Printer::start(&lab.scratch.join("eve"), "eve", &bus).unwrap();
    let held = "job-hold-until-default=indefinite";
    let everywhere = [
        "-p",
        "eve",
        "-v",
        &printer.uri(),
        "-m",
        "everywhere",
        "-o",
        held,
    ];
    lab.cupsd.lpadmin(&everywhere).unwrap();
    let gated = format!("gate:{}", printer.uri());
    lab.cupsd
        .lpadmin(&["-p", "eve", "-v", &gated, "-E"])
        .unwrap();

    let options = [
        ("copies", Value::Integer(2)),
        ("sides", Value::Keyword("two-sided-long-edge")),
        ("media", Value::Keyword("iso_a4_210x297mm")),
        ("print-color-mode", Value::Keyword("monochrome")),
    ];
    let refused = lab.submit("eve", ALICE, &[b"unpaid\n"], &options);
    lab.release(&refused);
    lab.wait_refused(&refused);
    let job = lab.submit("eve", ALICE, &[b"hello\n"], &options);
    lab.approve(&job);
    lab.release(&job);
    lab.wait_state(job.id, COMPLETED);
    let prints = printer.prints().unwrap();
    assert_eq!(prints.len(), 1, "{prints:?}");
    assert_eq!(prints[0].sides, "two-sided-long-edge");
    assert_eq!(prints[0].colour_mode, "monochrome");
}

#[test]
fn job_that_the_printer_gave_up_has_failed_whatever_its_backend_says() {
    let lab = Lab::start("gate-given-up");
    let backend = lab.cupsd.server_bin().join("backend/givesup");
    let script = "#!/bin/sh\n[ $# -gt 0 ] || exit 0\ncat > /dev/null\n\
        echo 'STATE: +cups-remote-processing' >&2\necho 'STATE: +cups-remote-aborted' >&2\n";
    std::fs::write(&backend, script).unwrap();
    mode(&backend, 0o755);
    let held = "job-hold-until-default=indefinite";
    let policy = "printer-error-policy=abort-job";
    let device = "gate:givesup:/there";
    let add = [
        "-p", "given-up", "-E", "-v", device, "-o", held, "-o", policy,
    ];
    lab.cupsd.lpadmin(&add).unwrap();
    let job = lab.submit("given-up", ALICE, &[b"hello\n"], &[]);
    lab.approve(&job);
    lab.release(&job);
    lab.wait_state(job.id, ABORTED);
}
