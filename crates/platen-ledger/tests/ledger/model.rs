//! Random operations against a naive model, compared after every step.
//!
//! A failure prints the seed (`PROPTEST_RNG_SEED` runs it again) and, after
//! shrinking, the fewest steps that still fail. `PROPTEST_CASES` asks for more
//! cases than a test of every day can afford.

mod comparing;
mod naive;
mod steps;
mod subject;

use std::hash::{BuildHasher, RandomState};

use platen_ledger::LedgerError;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

use crate::place::Place;
use naive::{Answer, Model};
use steps::Asked;
use subject::{Said, Subject, moment};

struct Machine;

impl ReferenceStateMachine for Machine {
    type State = Model;
    type Transition = Asked;

    fn init_state() -> BoxedStrategy<Model> {
        Just(Model::new()).boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Asked> {
        steps::asked(model)
    }

    fn apply(mut model: Model, (step, _): &Asked) -> Model {
        model.step(step);
        model
    }
}

struct Running {
    runtime: tokio::runtime::Runtime,
    subject: Subject,
}

impl StateMachineTest for Machine {
    type SystemUnderTest = Running;
    type Reference = Self;

    fn init_test(_: &Model) -> Running {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let subject = runtime.block_on(Subject::new());
        Running { runtime, subject }
    }

    fn apply(mut running: Running, model: &Model, (step, twice): Asked) -> Running {
        let subject = &mut running.subject;
        subject.at = moment(model);
        running.runtime.block_on(async {
            let said = subject.run(&step).await;
            assert_eq!(answer(&said), model.answer, "{step:?}: {said:?}");
            if twice {
                let again = subject.run(&step).await;
                assert_eq!(text(&again), text(&said), "{step:?} again");
            }
        });
        running
    }

    fn check_invariants(running: &Running, model: &Model) {
        running.runtime.block_on(running.subject.compare(model));
    }
}

#[track_caller]
fn answer(said: &Result<Said, LedgerError>) -> Answer {
    match said {
        Ok((_, verdict)) => Answer::Done(*verdict),
        Err(LedgerError::Refused(_)) => Answer::Refused,
        Err(other) => panic!("{other:?}"),
    }
}

fn text(said: &Result<Said, LedgerError>) -> String {
    match said {
        // A charge makes the account the active one, and only that has a grace
        // period; answers show the account as it stands after it.
        Ok((text, _)) => text.replace("in_grace: true", "in_grace: false"),
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn ledger_agrees_with_the_model_after_every_step() {
    let mut config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = Place::CASES;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(RandomState::new().hash_one("seed"));
    }
    println!("PROPTEST_RNG_SEED={}", config.rng_seed);
    let result = TestRunner::new(config.clone()).run(
        &Machine::sequential_strategy(1..60),
        |(model, steps, seen)| {
            Machine::test_sequential(config.clone(), model, steps, seen);
            Ok(())
        },
    );
    if let Err(failure) = result {
        panic!("{failure}");
    }
}
