//! Operations on their way up. *Source*: rules.md.

use platen_domain::{DocumentId, DocumentState};
use platen_ledger::{
    Delivered, Delivery, Device, DeviceOperation, Lease, LeaseFilter, LedgerError, Refusal,
};
use platen_sync::wire::{
    Action, Answer, Answered, Answers, Document, Done, Failure, FailureCode, PROTOCOL, Received,
    ReceivedOperation, Refused,
};
use ring::digest::{SHA256, digest};

use crate::signing::{Desk, Server, Signer};
use crate::translate::{self, Wanted};
use crate::{Caller, Moment, failure, policy, signing, view};

/// Carries a device's operations out, in their order, each once, and answers
/// them; what was carried out before gets the answer of then. Where something
/// that passes comes in between, the answers up to there are given.
///
/// *Errors*: the first operation can't be answered: the device is not known, is
/// out of step, or the ledger is away.
pub async fn apply<'a>(
    server: impl Into<Server<'a>>,
    caller: &Caller,
    received: Received,
    at: Moment,
) -> Result<Answers, Failure> {
    let server = server.into();
    let mut answers = Vec::with_capacity(received.operations.len());
    for operation in received.operations {
        match one(server, caller, received.acknowledged, operation, at).await {
            Ok(answer) => answers.push(answer),
            Err(failure) if answers.is_empty() => return Err(failure),
            // The device sends the rest again, and hears of it then.
            Err(_) => break,
        }
    }
    Ok(Answers {
        protocol: PROTOCOL,
        server_time: at.now,
        answers,
    })
}

async fn one(
    server: Server<'_>,
    caller: &Caller,
    acknowledged: u64,
    operation: ReceivedOperation,
    at: Moment,
) -> Result<Answer, Failure> {
    let ledger = server.ledger;
    let (id, sequence) = (operation.id, operation.sequence);
    let mut request = [0; 32];
    request.copy_from_slice(digest(&SHA256, operation.json.as_bytes()).as_ref());
    let wanted = match operation.action {
        Ok(Action::AskLease {
            lease,
            account,
            points,
        }) => {
            let asked = policy::ask(ledger, caller, (lease, account, points), at).await;
            asked.map_err(|error| failure(&error))?
        }
        Ok(Action::ReturnLease { lease, receipt }) => {
            signing::returned(server.signer, lease, receipt.as_deref())
        }
        Ok(action) => translate::operation(caller, action),
        Err(refused) => Wanted::refused(refused),
    };
    let delivery = Delivery {
        device: caller.device,
        sequence,
        id,
        request,
        answered: acknowledged,
        person: caller.person.clone(),
        operation: wanted.operation,
    };
    let delivered = ledger.deliver(delivery, at.now, at.today).await;
    let result = match delivered {
        Ok(Delivered::Done) => Answered::Done(Box::new(
            done(server, caller, &wanted.shows, at)
                .await
                .map_err(|error| failure(&error))?,
        )),
        Ok(Delivered::Refused { code, text }) => {
            Answered::Refused(Refused::new(translate::code(&code), text))
        }
        Err(LedgerError::Refused(Refusal::OutOfStep { applied })) => {
            return Err(out_of_step(sequence, applied));
        }
        Err(error) => return Err(failure(&error)),
    };
    Ok(Answer {
        id,
        sequence,
        result,
    })
}

fn out_of_step(sequence: u64, applied: u64) -> Failure {
    let missing = sequence > applied;
    Failure {
        code: if missing {
            FailureCode::OutOfOrder
        } else {
            FailureCode::Diverged
        },
        sentence: Refusal::OutOfStep { applied }.to_string(),
        retry_after_s: None,
        expected: Some(applied.saturating_add(1)),
    }
}

/// What an answer shows of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shows {
    Nothing,
    /// The document, its verdict and its account.
    Verdict(DocumentId),
    Document(DocumentId),
    Lease(platen_domain::LeaseId),
}

/// An answer, as the ledger stands now.
async fn done(
    server: Server<'_>,
    caller: &Caller,
    shows: &Shows,
    at: Moment,
) -> Result<Done, LedgerError> {
    let ledger = server.ledger;
    let mut done = Done::default();
    match *shows {
        Shows::Nothing => {}
        Shows::Document(id) => {
            if let Some(document) = ledger.document(id).await? {
                done.document = Some(told(server, caller, &document).await?);
            }
        }
        Shows::Verdict(id) => {
            // The documents that a person's view has are open, as those are that
            // were judged just now.
            let seen = ledger.view(&caller.person, at.now, at.today).await?;
            let document = seen.documents.iter().find(|document| document.id == id);
            let former = match document {
                Some(_) => None,
                None => ledger.document(id).await?,
            };
            if let Some(document) = document.or(former.as_ref()) {
                done.verdict = document.verdict;
                let mut accounts = seen.accounts.iter();
                done.account = accounts
                    .find(|account| document.account == Some(account.account.id))
                    .map(view::account);
                done.document = Some(told(server, caller, document).await?);
            }
        }
        Shows::Lease(id) => {
            let seen = ledger
                .device_view(caller.device, &caller.person, at.now, at.today)
                .await?;
            let lease = seen.leases.iter().find(|lease| lease.id == id);
            let desk = Desk {
                signer: server.signer,
                device: &seen.device,
                leases: &seen.leases,
                card: seen.card.as_deref(),
            };
            done.lease = lease.map(|lease| view::lease(lease, &desk, at.now));
        }
    }
    Ok(done)
}

/// A document as the device is told of it, with the approval of its release.
async fn told(
    server: Server<'_>,
    caller: &Caller,
    document: &platen_ledger::Document,
) -> Result<Document, LedgerError> {
    let Server { ledger, signer } = server;
    if signer.is_none() || document.state != DocumentState::Releasing {
        return Ok(view::document(document, None));
    }
    let device = ledger.device(caller.device).await?;
    let device = device.ok_or(Refusal::UnknownDevice(caller.device))?;
    let leases = match document.lease {
        Some(_) => ledger.leases(LeaseFilter {
            device: Some(device.id.to_string()),
            open_only: true,
            ..LeaseFilter::default()
        }),
        None => return Ok(approved(document, signer, &device, &[])),
    };
    Ok(approved(document, signer, &device, &leases.await?))
}

fn approved(
    document: &platen_ledger::Document,
    signer: Option<&dyn Signer>,
    device: &Device,
    leases: &[Lease],
) -> Document {
    let desk = Desk {
        signer,
        device,
        leases,
        card: None,
    };
    view::document(document, desk.approval(document))
}

impl Wanted {
    /// What can't be done; the refusal is the answer.
    pub(crate) fn refused(refused: Refused) -> Self {
        Self {
            operation: DeviceOperation::Refused {
                code: translate::name(refused.code).to_owned(),
                text: refused.sentence,
            },
            shows: Shows::Nothing,
        }
    }
}
