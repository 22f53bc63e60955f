//! From the ledger's values to what the portal shows; the same for the tray
//! app's own ledger and for the server's.

use platen_domain::{AccountId, DocumentState, Points, Receipt, Verdict, layout};
use platen_ledger::{Document, LedgerError, Outcome, Preview, Refusal, Undeleted, UserView};

use crate::portal::{
    AccountChoice, Answer, DocumentRow, FinishingView, HistoryRow, PortalError, Reason,
    ReceiptView, Trouble,
};

/// The person's accounts, the active one marked.
///
/// *Errors*: a balance beyond the range. *Source*: rules.md R-25.
pub fn account_choices(user: &UserView) -> Result<Vec<AccountChoice>, PortalError> {
    let choices = user.accounts.iter().map(|one| {
        let active = user.active == Some(one.account.id);
        AccountChoice::new(&one.account, &one.balance, active)
    });
    choices
        .collect::<Result<_, _>>()
        .map_err(|error| ledger_error(error.into()))
}

/// An open document, and what may be done with it now.
///
/// *Source*: rules.md.
#[must_use]
pub fn document_row(document: &Document, user: &UserView) -> DocumentRow {
    let held = document.state == DocumentState::Held;
    let account_name = account_of(user, document.account);
    DocumentRow {
        id: document.id,
        name: document.name.clone(),
        queue: document.queue.clone(),
        submitted_at: document.submitted_at,
        account: document.account,
        reason: Reason::of(document, account_name.as_deref()),
        account_name,
        points: document.cost,
        state: document.state,
        verdict: document.verdict,
        finishing: finishing_view(document),
        can_change_account: document.state.account_can_change()
            && document.facts.is_some()
            && !user.accounts.is_empty(),
        can_set_finishing: held && document.facts.is_some(),
        can_delete: document.state != DocumentState::Releasing,
        can_release: held,
        can_retry: document.state == DocumentState::Unreadable,
    }
}

/// The name of an account that the person has.
#[must_use]
pub fn account_of(user: &UserView, account: Option<AccountId>) -> Option<String> {
    let found = user
        .accounts
        .iter()
        .find(|one| Some(one.account.id) == account);
    found.map(|one| one.account.name.clone())
}

/// How a document will be printed, with the paper that it takes.
#[must_use]
pub fn finishing_view(document: &Document) -> Option<FinishingView> {
    let facts = document.facts.as_ref()?;
    let papers = layout::lay_out(&facts.pages(), &facts.finishing).by_size(facts.finishing.copies);
    Some(FinishingView {
        copies: facts.finishing.copies,
        sides: facts.finishing.sides,
        monochrome: facts.finishing.monochrome,
        has_colour: facts.documents.iter().flatten().any(|run| run.page.colour),
        sheets: papers.iter().map(|paper| paper.sheets).sum(),
        printed_sides: papers.iter().map(|paper| paper.sides).sum(),
    })
}

/// A document of the past; its account is named even where it was lost since.
#[must_use]
pub fn history_row(document: &Document, account_name: Option<String>) -> HistoryRow {
    HistoryRow {
        id: document.id,
        name: document.name.clone(),
        at: document.changed_at,
        state: document.state,
        reason: Reason::of(document, account_name.as_deref()),
        account_name,
        charged: document.charged(),
        printer: document.printer.clone(),
        has_receipt: document.facts.is_some(),
    }
}

/// How the price of a document came about.
#[must_use]
pub fn receipt_view(
    document: Document,
    account_name: Option<String>,
    receipt: Receipt,
) -> ReceiptView {
    ReceiptView {
        id: document.id,
        charged: document.charged(),
        name: document.name,
        state: document.state,
        at: document.changed_at,
        account_name,
        printer: document.printer,
        receipt,
        reserved: document.cost,
    }
}

/// What came of a change that was carried out, or declined.
#[must_use]
pub fn answer(outcome: Outcome) -> Answer {
    Answer {
        verdict: outcome.verdict,
        points: outcome.document.cost.unwrap_or(Points::ZERO),
        account_name: outcome
            .account
            .map(|one| one.account.name.clone())
            .unwrap_or_default(),
    }
}

/// What would come of a change that was only asked about.
#[must_use]
pub fn foreseen(preview: Preview) -> Answer {
    Answer {
        verdict: preview.verdict,
        points: preview.cost,
        account_name: preview
            .account
            .map(|one| one.account.name.clone())
            .unwrap_or_default(),
    }
}

/// What the portal says when the ledger does not do it. Somebody else's
/// documents are not there.
#[must_use]
pub fn ledger_error(error: LedgerError) -> PortalError {
    match error {
        LedgerError::Refused(
            Refusal::UnknownDocument(_) | Refusal::UnknownAccount(_) | Refusal::NotYours,
        ) => PortalError::NotFound,
        LedgerError::Refused(refusal) => PortalError::Rule(refusal),
        error => {
            tracing::error!(%error, "the ledger does not do what a page asks");
            PortalError::Trouble(Trouble::LedgerAway)
        }
    }
}

/// What came of a deletion that was taken back. A document that was never
/// priced is as it was, and nothing is charged.
#[must_use]
pub fn brought_back(undeleted: Undeleted) -> Answer {
    let never_priced = Verdict::Ready {
        used: Points::ZERO,
        crosses_low: false,
    };
    Answer {
        verdict: undeleted.verdict.unwrap_or(never_priced),
        points: undeleted.document.cost.unwrap_or(Points::ZERO),
        account_name: undeleted
            .account
            .map(|one| one.account.name.clone())
            .unwrap_or_default(),
    }
}
