//! A bounded number of seeds, the same each time; `cargo xtask sim` runs fresh
//! ones, and larger.

use platen_simulator::{Model, Outcome, Real, Size, run};

#[track_caller]
fn check(seed: u64, outcome: &Outcome) {
    let Outcome {
        steps, findings, ..
    } = outcome;
    assert!(
        findings.is_empty(),
        "seed {seed}, step {steps}: {findings:?}"
    );
    // A run in which nothing happens shows nothing.
    assert!(*steps > 500, "seed {seed}: {steps} steps");
}

#[test]
fn seeds_hold_on_the_servers_own_code_and_ledger() {
    for seed in 0..5 {
        check(seed, &run(seed, Size::SMALL, Real::new));
    }
}

#[test]
fn seeds_hold_on_a_simple_model_of_the_server() {
    for seed in 100..112 {
        check(seed, &run(seed, Size::SMALL, Model::new));
    }
}

#[test]
fn seed_runs_exactly_the_same_again() {
    let real = || run(7, Size::SMALL, Real::new);
    assert_eq!(real(), real());
    let model = || run(7, Size::SMALL, Model::new);
    assert_eq!(model(), model());
    let traces = [1, 2].map(|seed| run(seed, Size::SMALL, Model::new).trace);
    assert_ne!(traces[0], traces[1]);
}
