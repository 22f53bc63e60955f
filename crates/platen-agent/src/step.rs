//! What to do next with one document.

use platen_domain::DocumentState;

/// What the ledger knows of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownDocument {
    /// Where it stands.
    pub state: DocumentState,
    /// Its owner has been told.
    pub notified: bool,
    /// The job's options or documents are not those that were priced.
    pub changed_since_priced: bool,
    /// The approval was delivered and the spooler was told to print.
    pub sent_to_printer: bool,
}

/// Where the spooler has a job. *Source*: RFC 8011, section 5.3.7 (`job-state`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobPhase {
    /// `pending-held`.
    Held,
    /// `pending`, `processing` or `processing-stopped`.
    Printing,
    /// `canceled`.
    Canceled,
    /// `aborted`.
    Aborted,
    /// `completed`.
    Completed,
}

impl JobPhase {
    /// Every phase.
    pub const ALL: [Self; 5] = [
        Self::Held,
        Self::Printing,
        Self::Canceled,
        Self::Aborted,
        Self::Completed,
    ];

    /// Whether the job could still be printed.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Held | Self::Printing)
    }
}

/// What the spooler says of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenJob {
    /// Where it stands.
    pub phase: JobPhase,
    /// At least one document has been received completely.
    pub has_document: bool,
    /// The gate sent it back with a reason.
    pub refused_by_gate: bool,
    /// Sides that were printed, as the printer or the filters report them.
    pub printed_sides: u64,
}

/// How a released document ended. *Source*: rules.md R-20.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Printed to its end; zero sides means that the printer doesn't report.
    Printed {
        /// Sides reported.
        sides: u64,
    },
    /// Cancelled while printing: what came out is charged.
    Stopped {
        /// Sides reported.
        sides: u64,
    },
    /// The printer failed: everything returns.
    Failed,
}

/// The next thing to do with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing; the next event brings it up again.
    Rest,
    /// Write it into the ledger.
    Record,
    /// Read it, count it, price it and ask for a verdict.
    Judge,
    /// Tell its owner.
    Notify,
    /// Cancel the job: it may not be printed.
    CancelJob,
    /// Its owner or an administrator removed it: return its points.
    Return,
    /// Deliver the approval and let it print (again, after a crash in between).
    Send,
    /// The gate refused it: back to held, with the gate's reason.
    BackToHeld,
    /// It ended: post what was printed.
    Settle(Settlement),
}

/// Decides what to do with a document, from what the ledger has of it and what
/// the spooler says of its job (none: the spooler no longer knows it).
///
/// *Source*: rules.md.
#[must_use]
pub fn next_step(known: Option<&KnownDocument>, job: Option<&SeenJob>) -> Step {
    let Some(known) = known else {
        return match job {
            Some(job) if job.phase.is_open() => Step::Record,
            _ => Step::Rest,
        };
    };
    match known.state {
        DocumentState::Submitted => submitted(job),
        DocumentState::Unreadable => match job {
            Some(job) if job.phase.is_open() => tell_once(known),
            _ => Step::Return,
        },
        DocumentState::Held => held(known, job),
        DocumentState::Canceled => match job {
            Some(job) if job.phase.is_open() => Step::CancelJob,
            _ => tell_once(known),
        },
        DocumentState::Releasing => releasing(known, job),
        DocumentState::Printed
        | DocumentState::Failed
        | DocumentState::Deleted
        | DocumentState::Expired => match job {
            Some(job) if job.phase.is_open() => Step::CancelJob,
            _ => Step::Rest,
        },
    }
}

fn tell_once(known: &KnownDocument) -> Step {
    if known.notified {
        Step::Rest
    } else {
        Step::Notify
    }
}

fn submitted(job: Option<&SeenJob>) -> Step {
    match job {
        Some(job) if !job.phase.is_open() => Step::Return,
        Some(job) if job.has_document => Step::Judge,
        Some(_) => Step::Rest,
        None => Step::Return,
    }
}

fn held(known: &KnownDocument, job: Option<&SeenJob>) -> Step {
    match job.map(|job| (job.phase, job)) {
        Some((JobPhase::Held, _)) if known.changed_since_priced => Step::Judge,
        Some((JobPhase::Held, _)) => tell_once(known),
        // Released past us: the gate sends it back. Where no gate stands
        // (courtesy), it prints, and is charged when it has.
        Some((JobPhase::Printing, _)) => tell_once(known),
        Some((JobPhase::Completed, job)) => Step::Settle(Settlement::Printed {
            sides: job.printed_sides,
        }),
        Some((JobPhase::Canceled | JobPhase::Aborted, _)) | None => Step::Return,
    }
}

fn releasing(known: &KnownDocument, job: Option<&SeenJob>) -> Step {
    let Some(job) = job else {
        // The approval is out and the job was purged: whoever purges what has
        // been released can't be told from who printed it, so it is charged.
        return Step::Settle(Settlement::Printed { sides: 0 });
    };
    match job.phase {
        JobPhase::Held if known.sent_to_printer && job.refused_by_gate => Step::BackToHeld,
        JobPhase::Held => Step::Send,
        JobPhase::Printing => Step::Rest,
        JobPhase::Completed => Step::Settle(Settlement::Printed {
            sides: job.printed_sides,
        }),
        JobPhase::Canceled => Step::Settle(Settlement::Stopped {
            sides: job.printed_sides,
        }),
        JobPhase::Aborted => Step::Settle(Settlement::Failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(state: DocumentState) -> KnownDocument {
        KnownDocument {
            state,
            notified: true,
            changed_since_priced: false,
            sent_to_printer: true,
        }
    }

    fn job(phase: JobPhase) -> SeenJob {
        SeenJob {
            phase,
            has_document: true,
            refused_by_gate: false,
            printed_sides: 4,
        }
    }

    fn check(state: DocumentState, phase: JobPhase, step: Step) {
        assert_eq!(
            next_step(Some(&known(state)), Some(&job(phase))),
            step,
            "{state:?} {phase:?}"
        );
    }

    #[test]
    fn new_job_is_recorded_then_judged_once_its_document_is_there() {
        assert_eq!(next_step(None, Some(&job(JobPhase::Held))), Step::Record);
        assert_eq!(next_step(None, Some(&job(JobPhase::Completed))), Step::Rest);
        check(DocumentState::Submitted, JobPhase::Held, Step::Judge);
        let empty = SeenJob {
            has_document: false,
            ..job(JobPhase::Held)
        };
        assert_eq!(
            next_step(Some(&known(DocumentState::Submitted)), Some(&empty)),
            Step::Rest
        );
    }

    #[test]
    fn verdict_is_told_once() {
        for state in [DocumentState::Held, DocumentState::Unreadable] {
            let untold = KnownDocument {
                notified: false,
                ..known(state)
            };
            assert_eq!(
                next_step(Some(&untold), Some(&job(JobPhase::Held))),
                Step::Notify
            );
            check(state, JobPhase::Held, Step::Rest);
        }
    }

    #[test]
    fn declined_document_is_cancelled_before_it_is_told() {
        let untold = KnownDocument {
            notified: false,
            ..known(DocumentState::Canceled)
        };
        assert_eq!(
            next_step(Some(&untold), Some(&job(JobPhase::Held))),
            Step::CancelJob
        );
        assert_eq!(
            next_step(Some(&untold), Some(&job(JobPhase::Canceled))),
            Step::Notify
        );
        check(DocumentState::Canceled, JobPhase::Canceled, Step::Rest);
    }

    #[test]
    fn changed_options_are_priced_again() {
        let changed = KnownDocument {
            changed_since_priced: true,
            ..known(DocumentState::Held)
        };
        assert_eq!(
            next_step(Some(&changed), Some(&job(JobPhase::Held))),
            Step::Judge
        );
    }

    #[test]
    fn document_cancelled_elsewhere_returns_its_points() {
        check(DocumentState::Held, JobPhase::Canceled, Step::Return);
        assert_eq!(
            next_step(Some(&known(DocumentState::Held)), None),
            Step::Return
        );
        check(DocumentState::Unreadable, JobPhase::Canceled, Step::Return);
    }

    #[test]
    fn released_document_is_settled_on_what_the_printer_reports() {
        let state = DocumentState::Releasing;
        check(state, JobPhase::Printing, Step::Rest);
        check(
            state,
            JobPhase::Completed,
            Step::Settle(Settlement::Printed { sides: 4 }),
        );
        check(
            state,
            JobPhase::Canceled,
            Step::Settle(Settlement::Stopped { sides: 4 }),
        );
        check(state, JobPhase::Aborted, Step::Settle(Settlement::Failed));
        assert_eq!(
            next_step(Some(&known(state)), None),
            Step::Settle(Settlement::Printed { sides: 0 })
        );
    }

    #[test]
    fn release_interrupted_by_a_crash_is_sent_again() {
        let unsent = KnownDocument {
            sent_to_printer: false,
            ..known(DocumentState::Releasing)
        };
        assert_eq!(
            next_step(Some(&unsent), Some(&job(JobPhase::Held))),
            Step::Send
        );
        let refused = SeenJob {
            refused_by_gate: true,
            ..job(JobPhase::Held)
        };
        assert_eq!(next_step(Some(&unsent), Some(&refused)), Step::Send);
        assert_eq!(
            next_step(Some(&known(DocumentState::Releasing)), Some(&refused)),
            Step::BackToHeld
        );
    }

    #[test]
    fn finished_document_never_prints_again() {
        for state in DocumentState::ALL
            .into_iter()
            .filter(|state| !state.is_open())
        {
            check(state, JobPhase::Held, Step::CancelJob);
            check(state, JobPhase::Printing, Step::CancelJob);
            check(state, JobPhase::Completed, Step::Rest);
        }
    }

    #[test]
    fn points_are_settled_or_returned_only_while_reserved_or_open() {
        for state in DocumentState::ALL {
            for phase in JobPhase::ALL {
                let step = next_step(Some(&known(state)), Some(&job(phase)));
                if matches!(step, Step::Settle(_)) {
                    assert!(state.is_reserved(), "{state:?} {phase:?}");
                }
                if step == Step::Return {
                    assert!(state.is_open(), "{state:?} {phase:?}");
                }
            }
        }
    }
}
