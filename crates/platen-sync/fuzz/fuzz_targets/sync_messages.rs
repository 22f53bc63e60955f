//! Every message, as a stranger may send it: it is an error, or it is within its
//! limits and is read again as it was written.
#![no_main]

use platen_sync::wire::{Answers, Balances, Down, Enrolled, Enrolment, Failure, Received, View};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(batch) = Received::from_json(bytes) {
        for operation in batch.operations {
            assert!(operation.sequence > 0);
            if let Ok(action) = operation.action {
                assert_eq!(action.check(), Ok(()));
            }
        }
    }
    if let Ok(view) = View::from_json(bytes) {
        assert_eq!(View::from_json(view.to_json().as_bytes()), Ok(view));
    }
    if let Ok(balances) = Balances::from_json(bytes) {
        let written = balances.to_json();
        assert_eq!(
            Down::from_json(written.as_bytes()),
            Ok(Down::Balances(Box::new(balances)))
        );
    }
    if let Ok(answers) = Answers::from_json(bytes) {
        assert_eq!(
            Answers::from_json(answers.to_json().as_bytes()),
            Ok(answers)
        );
    }
    if let Ok(failure) = Failure::from_json(bytes) {
        assert_eq!(
            Failure::from_json(failure.to_json().as_bytes()),
            Ok(failure)
        );
    }
    let _ = Enrolment::from_json(bytes);
    let _ = Enrolled::from_json(bytes);
});
