//! A portal in memory, on the real rules: for the gallery and the router's
//! tests. Reaching neither ledger nor spooler is what makes it an example.

#[path = "rates.rs"]
mod rates;

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use platen_domain::price::price;
use platen_domain::{
    Account, AccountId, Balance, DocumentId, DocumentState, Finishing, PageFacts, Points, Receipt,
    Size, Verdict, judge,
};
use platen_estimate::Problem;
use platen_web::{
    AccountChoice, Answer, Check, Diagnostics, DocumentRow, FinishingChange, FinishingView,
    HistoryPage, HistoryQuery, HistoryRow, Portal, PortalError, PortalView, PrinterChoice,
    PushSubscription, Reason, ReceiptView, Scope, Upload, UploadRoom, Uploaded,
};
use tokio::sync::watch;
use uuid::Uuid;

pub(crate) use rates::{account, card, points};

/// *Units*: bytes.
const UPLOAD_LIMIT: u64 = 5_000_000;

/// One document of the sample.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) row: DocumentRow,
    pub(crate) pages: Vec<PageFacts>,
    pub(crate) finishing: Finishing,
}

/// What the sample holds.
#[derive(Clone, Default)]
pub(crate) struct Content {
    pub(crate) accounts: Vec<(Account, Points)>,
    pub(crate) active: Option<AccountId>,
    pub(crate) documents: Vec<Sample>,
    pub(crate) history: Vec<HistoryRow>,
    pub(crate) printers: Vec<PrinterChoice>,
    pub(crate) notes: [Option<String>; 3],
    pub(crate) fails: Option<PortalError>,
    pub(crate) calls: Vec<String>,
    /// What a server can do and a program for one window can't: uploads, undo,
    /// notifications.
    pub(crate) central: bool,
    pub(crate) deleted: Vec<Sample>,
}

pub(crate) struct SamplePortal {
    content: Mutex<Content>,
    changes: watch::Sender<u64>,
}

/// A held document of `pages` pages, every `colour_every`-th in colour.
pub(crate) fn document(number: u32, name: &str, pages: usize, colour_every: usize) -> Sample {
    let pages: Vec<PageFacts> = (1..=pages)
        .map(|page| PageFacts {
            size: Size::A4,
            colour: colour_every != 0 && page % colour_every == 0,
        })
        .collect();
    let row = DocumentRow {
        id: DocumentId(Uuid::from_u128(number.into())),
        name: name.into(),
        queue: "Secure".into(),
        submitted_at: Timestamp::now() - SignedDuration::from_mins(number.into()),
        account: None,
        account_name: None,
        points: None,
        state: DocumentState::Held,
        reason: None,
        verdict: None,
        finishing: None,
        can_change_account: false,
        can_set_finishing: false,
        can_delete: false,
        can_release: false,
        can_retry: false,
    };
    Sample {
        row,
        pages,
        finishing: Finishing::default(),
    }
}

/// What the sample can't do, as a page says it.
fn broken(error: impl std::error::Error) -> PortalError {
    PortalError::Refused(error.to_string())
}

impl Sample {
    fn receipt(&self) -> Result<Receipt, PortalError> {
        let pages = std::slice::from_ref(&self.pages);
        price(&card(), pages, &self.finishing).map_err(broken)
    }

    fn shown(&self, accounts: &[(Account, Points)]) -> Result<DocumentRow, PortalError> {
        let mut row = self.row.clone();
        let state = row.state;
        row.account_name = accounts
            .iter()
            .find(|(account, _)| Some(account.id) == row.account)
            .map(|(account, _)| account.name.clone());
        if !self.pages.is_empty() {
            let receipt = self.receipt()?;
            row.points = Some(receipt.total);
            row.finishing = Some(FinishingView {
                copies: self.finishing.copies,
                sides: self.finishing.sides,
                monochrome: self.finishing.monochrome,
                has_colour: self.pages.iter().any(|page| page.colour),
                sheets: receipt.sheets,
                printed_sides: receipt.sides,
            });
        }
        row.can_change_account = state.account_can_change();
        row.can_set_finishing = state == DocumentState::Held;
        row.can_release = state == DocumentState::Held;
        row.can_delete = state != DocumentState::Releasing;
        row.can_retry = state == DocumentState::Unreadable;
        Ok(row)
    }
}

/// A document that was just deleted.
fn past(sample: &Sample) -> HistoryRow {
    HistoryRow {
        id: sample.row.id,
        name: sample.row.name.clone(),
        at: Timestamp::now(),
        state: DocumentState::Deleted,
        reason: None,
        account_name: None,
        charged: None,
        printer: None,
        has_receipt: false,
    }
}

impl Content {
    fn account_named(&self, name: Option<&str>) -> Option<AccountId> {
        let mut accounts = self.accounts.iter().map(|(account, _)| account);
        accounts
            .find(|account| Some(account.name.as_str()) == name)
            .map(|account| account.id)
    }

    fn balance(
        &self,
        id: AccountId,
        without: Option<DocumentId>,
    ) -> Result<(Account, Balance), PortalError> {
        let (account, posted) = self
            .accounts
            .iter()
            .find(|(account, _)| account.id == id)
            .ok_or(PortalError::NotFound)?;
        let pending = self
            .documents
            .iter()
            .filter(|document| document.row.account == Some(id))
            .filter(|document| document.row.state.is_reserved())
            .filter(|document| Some(document.row.id) != without)
            .try_fold(Points::ZERO, |sum, document| {
                sum.plus(document.receipt()?.total).map_err(broken)
            })?;
        let balance = Balance {
            posted: *posted,
            pending,
            leased: Points::ZERO,
        };
        Ok((account.clone(), balance))
    }

    fn view(&self) -> Result<PortalView, PortalError> {
        let accounts = self.accounts.iter().map(|(account, _)| {
            let (account, balance) = self.balance(account.id, None)?;
            AccountChoice::new(&account, &balance, Some(account.id) == self.active).map_err(broken)
        });
        let documents = self
            .documents
            .iter()
            .map(|document| document.shown(&self.accounts));
        let [sign_in_note, offline_note, spooler_note] = self.notes.clone();
        Ok(PortalView {
            person_name: "Alice Moreau".into(),
            signed_in_note: Some("alice@example.edu".into()),
            sign_in_note,
            offline_note,
            spooler_note,
            accounts: accounts.collect::<Result<_, _>>()?,
            documents: documents.collect::<Result<_, _>>()?,
            printers: self.printers.clone(),
            queues: vec!["Secure".into()],
            zone: None,
        })
    }

    fn position(&self, id: DocumentId) -> Result<usize, PortalError> {
        self.documents
            .iter()
            .position(|document| document.row.id == id)
            .ok_or(PortalError::NotFound)
    }

    /// Judges `candidate` in place of the document at `index`.
    fn judge(&mut self, index: usize, mut candidate: Sample) -> Result<Answer, PortalError> {
        let id = candidate.row.account.ok_or(PortalError::NotFound)?;
        let (account, balance) = self.balance(id, Some(candidate.row.id))?;
        let cost = candidate.receipt()?.total;
        let verdict = judge(&account, balance, cost).map_err(broken)?;
        candidate.row.verdict = Some(verdict);
        let before = &mut self.documents[index];
        match verdict {
            Verdict::Declined { available } if before.row.state == DocumentState::Canceled => {
                before.row.reason = Some(Reason::Declined {
                    points: cost,
                    available,
                    account_name: Some(account.name.clone()),
                });
            }
            Verdict::Declined { .. } => {}
            _ => {
                candidate.row.state = DocumentState::Held;
                candidate.row.reason = None;
                *before = candidate;
            }
        }
        Ok(Answer {
            verdict,
            points: cost,
            account_name: account.name,
        })
    }
}

impl SamplePortal {
    pub(crate) fn new(content: Content) -> Self {
        Self {
            content: Mutex::new(content),
            changes: watch::Sender::new(1),
        }
    }

    /// Changes something as the outside world would, and tells.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Content)) {
        change(&mut self.content());
        self.changes.send_modify(|number| *number += 1);
    }

    pub(crate) fn content(&self) -> MutexGuard<'_, Content> {
        // A test that panicked in the middle fails by that.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn act<T>(
        &self,
        call: String,
        act: impl FnOnce(&mut Content) -> Result<T, PortalError>,
    ) -> Result<T, PortalError> {
        let mut content = self.content();
        if let Some(error) = content.fails.clone() {
            return Err(error);
        }
        content.calls.push(call);
        let done = act(&mut content);
        drop(content);
        self.changes.send_modify(|number| *number += 1);
        done
    }
}

#[async_trait]
impl Portal for SamplePortal {
    async fn view(&self) -> Result<PortalView, PortalError> {
        self.content().view()
    }

    async fn set_active(&self, account: AccountId) -> Result<(), PortalError> {
        self.act(format!("set_active {}", account.0), |content| {
            content.active = Some(account);
            Ok(())
        })
    }

    async fn change_account(
        &self,
        document: DocumentId,
        account: AccountId,
        scope: Scope,
    ) -> Result<Answer, PortalError> {
        let call = format!("change_account {} {} {scope:?}", document.0, account.0);
        self.act(call, |content| {
            let index = content.position(document)?;
            let mut candidate = content.documents[index].clone();
            candidate.row.account = Some(account);
            let answer = content.judge(index, candidate)?;
            let carried = !matches!(answer.verdict, Verdict::Declined { .. });
            if carried && scope == Scope::AndActive {
                content.active = Some(account);
            }
            Ok(answer)
        })
    }

    async fn set_finishing(
        &self,
        document: DocumentId,
        change: FinishingChange,
    ) -> Result<Answer, PortalError> {
        let call = format!("set_finishing {} {change:?}", document.0);
        self.act(call, |content| {
            let index = content.position(document)?;
            let mut candidate = content.documents[index].clone();
            candidate.finishing.copies = change.copies;
            candidate.finishing.sides = change.sides;
            candidate.finishing.monochrome = change.monochrome;
            content.judge(index, candidate)
        })
    }

    async fn delete(&self, document: DocumentId) -> Result<(), PortalError> {
        self.act(format!("delete {}", document.0), |content| {
            let index = content.position(document)?;
            let sample = content.documents.remove(index);
            if content.central {
                content.history.insert(0, past(&sample));
                content.deleted.push(sample);
            }
            Ok(())
        })
    }

    async fn release(&self, document: DocumentId, printer: &str) -> Result<(), PortalError> {
        self.act(format!("release {} {printer}", document.0), |content| {
            let index = content.position(document)?;
            content.documents[index].row.state = DocumentState::Releasing;
            Ok(())
        })
    }

    async fn retry(&self, document: DocumentId) -> Result<(), PortalError> {
        self.act(format!("retry {}", document.0), |content| {
            let index = content.position(document)?;
            content.documents[index].row.state = DocumentState::Submitted;
            content.documents[index].row.reason = None;
            Ok(())
        })
    }

    async fn history(&self, query: HistoryQuery) -> Result<HistoryPage, PortalError> {
        let content = self.content();
        let all = content.history.iter().map(|row| {
            let account = content.account_named(row.account_name.as_deref());
            (account, row.clone())
        });
        Ok(HistoryPage::of_all(all, &query, &TimeZone::UTC))
    }

    fn can_undelete(&self) -> bool {
        self.content().central
    }

    async fn undelete(&self, document: DocumentId) -> Result<Answer, PortalError> {
        self.act(format!("undelete {}", document.0), |content| {
            let found = content
                .deleted
                .iter()
                .position(|sample| sample.row.id == document);
            let sample = content.deleted.remove(found.ok_or(PortalError::NotFound)?);
            content.history.retain(|row| row.id != document);
            content.documents.insert(0, sample.clone());
            content.judge(0, sample)
        })
    }

    fn upload_limit(&self) -> Option<u64> {
        self.content().central.then_some(UPLOAD_LIMIT)
    }

    async fn upload_room(&self) -> Result<UploadRoom, PortalError> {
        match self.content().fails.clone() {
            Some(error) => Err(error),
            None => Ok(UploadRoom::new(std::env::temp_dir(), ())),
        }
    }

    async fn upload(&self, upload: Upload) -> Result<Uploaded, PortalError> {
        let bytes = std::fs::read(&upload.file).map_err(broken)?;
        let call = format!("upload {} {} bytes", upload.name, bytes.len());
        self.act(call, |content| {
            let number = 2000 + u32::try_from(content.documents.len()).map_err(broken)?;
            // A page for each ten bytes: enough to be dear or cheap.
            let mut sample = self::document(number, &upload.name, bytes.len() / 10, 2);
            sample.row.submitted_at = Timestamp::now();
            sample.row.account = upload.account.or(content.active);
            sample.finishing.copies = upload.finishing.copies;
            sample.finishing.sides = upload.finishing.sides;
            sample.finishing.monochrome = upload.finishing.monochrome;
            let id = sample.row.id;
            let unreadable = sample.pages.is_empty().then_some(Problem::UnknownFormat);
            if let Some(problem) = unreadable {
                sample.row.state = DocumentState::Unreadable;
                sample.row.reason = Some(Reason::Unreadable(problem.clone()));
                content.documents.insert(0, sample);
                let outcome = Err(Reason::Unreadable(problem));
                return Ok(Uploaded { id, outcome });
            }
            sample.row.state = DocumentState::Canceled;
            content.documents.insert(0, sample.clone());
            let outcome = Ok(content.judge(0, sample)?);
            Ok(Uploaded { id, outcome })
        })
    }

    fn push_key(&self) -> Option<String> {
        // The example of RFC 8292, section 2.4.
        const KEY: &str = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
        self.content().central.then(|| KEY.to_owned())
    }

    async fn put_push(&self, subscription: PushSubscription) -> Result<(), PortalError> {
        let call = format!("put_push {}", subscription.endpoint);
        self.act(call, |_| Ok(()))
    }

    async fn remove_push(&self, endpoint: &str) -> Result<(), PortalError> {
        self.act(format!("remove_push {endpoint}"), |_| Ok(()))
    }

    async fn diagnostics(&self) -> Result<Diagnostics, PortalError> {
        let check = |what: &str, fine, text: &str| Check {
            what: what.into(),
            fine,
            text: text.into(),
        };
        Ok(Diagnostics {
            version: "0.1.0".into(),
            checks: vec![
                check("Print system", true, "It answers."),
                check(
                    "Queue “Lab”",
                    false,
                    "It holds documents only as a courtesy: its users can print past Platen.",
                ),
            ],
        })
    }

    async fn receipt(&self, document: DocumentId) -> Result<ReceiptView, PortalError> {
        let content = self.content();
        if let Ok(index) = content.position(document) {
            let sample = &content.documents[index];
            let row = sample.shown(&content.accounts)?;
            return Ok(ReceiptView {
                id: document,
                name: row.name,
                state: row.state,
                at: row.submitted_at,
                account_name: row.account_name,
                printer: None,
                receipt: sample.receipt()?,
                reserved: row.points,
                charged: None,
            });
        }
        let entry = content.history.iter().find(|entry| entry.id == document);
        let entry = entry.ok_or(PortalError::NotFound)?;
        let mut printed = self::document(1, "", 6, 3);
        printed.finishing.sides = platen_domain::Sides::TwoSidedLongEdge;
        printed.pages.push(PageFacts {
            size: Size::LETTER,
            colour: true,
        });
        let receipt = printed.receipt()?;
        Ok(ReceiptView {
            id: document,
            name: entry.name.clone(),
            state: entry.state,
            at: entry.at,
            account_name: entry.account_name.clone(),
            printer: entry.printer.clone(),
            reserved: receipt.total.plus(points(3)).ok(),
            charged: Some(receipt.total),
            receipt,
        })
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
