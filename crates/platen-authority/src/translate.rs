//! What a device says, in the ledger's words.

use platen_domain::{AccountId, DocumentId, LeaseId};
use platen_ledger::{self as ledger, DeviceOperation, PlacedOnLease, Reserve};
use platen_sync::wire::{Action, Facts, NewDocument, RefusalCode, Refused, Scope, Settlement};

use crate::Caller;
use crate::apply::Shows;

/// What the ledger is asked for, and what its answer shows.
pub(crate) struct Wanted {
    pub(crate) operation: DeviceOperation,
    pub(crate) shows: Shows,
}

/// An operation in the ledger's words; what can't be done is refused.
pub(crate) fn operation(caller: &Caller, action: Action) -> Wanted {
    let unsupported = || {
        let sentence = "The print server is too old for this. Ask your administrator to update it.";
        Wanted::refused(Refused::new(RefusalCode::Unsupported, sentence))
    };
    let (operation, shows) = match action {
        Action::Place {
            document,
            facts,
            account,
        } => {
            let id = document.id;
            let placed = placed(caller, document, facts, account, None);
            (DeviceOperation::Place(placed), Shows::Verdict(id))
        }
        Action::PlaceOnLease {
            document,
            facts,
            draw,
            release,
        } => {
            let id = document.id;
            let lease = Some(draw.lease);
            let (document, ask) = *placed(caller, document, facts, Some(draw.account), lease);
            let placed = PlacedOnLease {
                document,
                ask,
                card: draw.card_version,
                release: release.map(|given| (given.printer, given.nonce)),
            };
            (
                DeviceOperation::PlaceOnLease(Box::new(placed)),
                Shows::Verdict(id),
            )
        }
        Action::Reprice { document, facts } => (
            DeviceOperation::Reprice(document, Box::new(self::facts(facts))),
            Shows::Verdict(document),
        ),
        Action::ChangeAccount {
            document,
            account,
            scope,
        } => {
            let scope = match scope {
                Scope::ThisDocument => ledger::Scope::ThisDocument,
                Scope::AndActive => ledger::Scope::AndActive,
                Scope::Unknown => return unsupported(),
            };
            (
                DeviceOperation::ChangeAccount(document, account, scope),
                Shows::Verdict(document),
            )
        }
        Action::SetActive { account } => (DeviceOperation::SetActive(account), Shows::Nothing),
        Action::Delete { document } => {
            (DeviceOperation::Delete(document), Shows::Document(document))
        }
        Action::BeginRelease {
            document,
            printer,
            nonce,
        } => (
            DeviceOperation::BeginRelease(document, printer, nonce),
            Shows::Document(document),
        ),
        Action::AbandonRelease { document, reason } => (
            DeviceOperation::AbandonRelease(document, reason),
            Shows::Document(document),
        ),
        Action::Settle {
            document,
            settlement,
        } => {
            let settlement = match settlement {
                Settlement::Printed { sides } => ledger::Settlement::Printed { sides },
                Settlement::Stopped { sides } => ledger::Settlement::Stopped { sides },
                Settlement::Failed { reason } => ledger::Settlement::Failed { reason },
                Settlement::Unknown => return unsupported(),
            };
            (
                DeviceOperation::Settle(document, settlement),
                Shows::Document(document),
            )
        }
        Action::Unreadable { document, problem } => {
            let id = document.id;
            let document = new_document(caller, document);
            (
                DeviceOperation::Unreadable(Box::new((document, problem))),
                Shows::Document(id),
            )
        }
        Action::Notified { document } => (
            DeviceOperation::Notified(document),
            Shows::Document(document),
        ),
        // Looked at before they come here: by the policy, and by who checks signatures.
        Action::AskLease { .. } | Action::ReturnLease { .. } | Action::Unknown => {
            return unsupported();
        }
    };
    Wanted { operation, shows }
}

fn placed(
    caller: &Caller,
    document: NewDocument,
    facts: Facts,
    account: Option<AccountId>,
    lease: Option<LeaseId>,
) -> Box<(ledger::NewDocument, Reserve)> {
    let ask = Reserve {
        id: DocumentId(document.id.0),
        person: caller.person.clone(),
        account,
        facts: self::facts(facts),
        lease,
    };
    Box::new((new_document(caller, document), ask))
}

fn new_document(caller: &Caller, document: NewDocument) -> ledger::NewDocument {
    ledger::NewDocument {
        id: document.id,
        user: caller.person.id.clone(),
        queue: document.queue,
        job_id: document.job_id,
        name: document.name,
        submitted_at: document.submitted_at,
    }
}

fn facts(facts: Facts) -> ledger::Facts {
    ledger::Facts {
        documents: facts.documents,
        digests: facts.digests,
        format: facts.format,
        finishing: facts.finishing,
        ticket: facts.ticket,
        passage: facts.passage,
        priced_options: facts.priced_options,
        warnings: facts.warnings,
    }
}

/// A refusal's name on the wire, for the name that the ledger keeps.
pub(crate) fn code(name: &str) -> RefusalCode {
    let all = NAMES.iter().find(|(_, known)| *known == name);
    all.map_or(RefusalCode::Invalid, |(code, _)| *code)
}

/// The name that the ledger keeps for a refusal's name on the wire.
pub(crate) fn name(code: RefusalCode) -> &'static str {
    let all = NAMES.iter().find(|(known, _)| *known == code);
    all.map_or("refused", |(_, name)| *name)
}

/// The names of [`ledger::Refusal::code`], and of what is refused before the
/// ledger is asked.
const NAMES: [(RefusalCode, &str); 17] = [
    (RefusalCode::Malformed, "malformed"),
    (RefusalCode::Unsupported, "unsupported"),
    (RefusalCode::NoLease, "no-lease"),
    (RefusalCode::ExistsWithDifferent, "exists-with-different"),
    (RefusalCode::UnknownDocument, "unknown-document"),
    (RefusalCode::NotYours, "not-yours"),
    (RefusalCode::WrongState, "wrong-state"),
    (RefusalCode::UnknownLease, "unknown-lease"),
    (RefusalCode::LeaseEnded, "lease-ended"),
    (RefusalCode::AccountsOff, "accounts-off"),
    (RefusalCode::UnknownAccount, "unknown-account"),
    (RefusalCode::Barred, "barred"),
    (RefusalCode::AtLimit, "at-limit"),
    (RefusalCode::InsufficientPoints, "insufficient-points"),
    (RefusalCode::NoPrice, "no-rate-card"),
    (RefusalCode::NoPrice, "too-many-pages"),
    (RefusalCode::Invalid, "refused"),
];
