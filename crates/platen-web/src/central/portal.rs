//! The portal of one person who is signed in at the server.
//!
//! Every document that is named is looked up as this person's first: what is
//! somebody else's is not there.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use platen_domain::{AccountId, DocumentId, DocumentState, LeaseId, Person, Verdict};
use platen_ledger::{Document, Ledger, PageAsk, Refusal, Session, UserView};
use tokio::sync::watch;
use uuid::Uuid;

use super::printing::PrintingError;
use super::{Central, Portals, Uploads, notices};
use crate::facts::{Finish, set_finish};
use crate::from_ledger::{
    account_choices, account_of, answer, brought_back, document_row, foreseen, history_row,
    ledger_error, receipt_view,
};
use crate::language::Language;
use crate::portal::{
    Answer, Check, DevicesView, Diagnostics, FinishingChange, HistoryPage, HistoryQuery, Portal,
    PortalError, PortalView, PrinterChoice, PushSubscription, ReceiptView, Scope, Trouble, Upload,
    UploadRoom, Uploaded,
};
use crate::words::{Words, fill};

/// What one person sees and does.
pub(crate) struct CentralPortal {
    central: Arc<Central>,
    person: Person,
    /// What its checks are said in.
    words: &'static Words,
    /// Whether the site lets people bring documents, as last seen.
    takes_uploads: AtomicBool,
}

impl Portals for Central {
    fn portal(self: &Arc<Self>, session: &Arc<Session>, language: Language) -> Arc<dyn Portal> {
        self.portal_of(session.person.clone(), language)
    }
}

impl CentralPortal {
    /// The portal of `person`, with the groups that the provider says.
    pub(super) fn new(central: Arc<Central>, person: Person, words: &'static Words) -> Self {
        Self {
            central,
            person,
            words,
            takes_uploads: AtomicBool::new(true),
        }
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.central.ledger
    }

    pub(super) fn person(&self) -> &Person {
        &self.person
    }

    pub(super) fn now(&self) -> Timestamp {
        self.central.now()
    }

    pub(super) async fn user_view(&self) -> Result<UserView, PortalError> {
        let (now, today) = self.moment();
        let view = self.central.ledger.view(&self.person, now, today).await;
        view.map_err(ledger_error)
    }

    fn moment(&self) -> (Timestamp, Date) {
        (self.central.now(), self.central.today())
    }

    /// The document, if it is this person's.
    async fn own(&self, id: DocumentId) -> Result<Document, PortalError> {
        let known = self.central.ledger.document(id).await;
        known
            .map_err(ledger_error)?
            .filter(|known| known.user == self.person.id)
            .ok_or(PortalError::NotFound)
    }

    /// Those of the documents whose pages are here.
    async fn here(&self, documents: &[DocumentId]) -> Result<BTreeSet<DocumentId>, PortalError> {
        let here = self.central.ledger.has_content(documents).await;
        here.map_err(ledger_error)
    }

    /// What takes documents in, if the site lets people bring them.
    async fn uploads(&self) -> Result<&Uploads, PortalError> {
        let settings = self.central.ledger.settings().await;
        let allowed = settings.map_err(ledger_error)?.upload;
        self.takes_uploads.store(allowed, Ordering::Relaxed);
        let uploads = self.central.means.uploads.as_deref();
        uploads.filter(|_| allowed).ok_or(PortalError::NotFound)
    }

    async fn printers(&self) -> Result<Vec<PrinterChoice>, PrintingError> {
        match &self.central.means.printing {
            Some(printing) => printing.printers().await,
            None => Ok(Vec::new()),
        }
    }

    /// Accounts that the person has lost still have a name in his history.
    pub(super) async fn account_name(
        &self,
        account: Option<AccountId>,
        user: &UserView,
    ) -> Result<Option<String>, PortalError> {
        let Some(id) = account else { return Ok(None) };
        if let Some(name) = account_of(user, account) {
            return Ok(Some(name));
        }
        let account = self.central.ledger.account(id).await;
        Ok(account.map_err(ledger_error)?.map(|one| one.name))
    }

    /// The beginning of a local day.
    fn start_of(&self, day: Date) -> Option<Timestamp> {
        let zone = self.central.config.zone.clone();
        Some(day.to_zoned(zone).ok()?.timestamp())
    }
}

#[async_trait]
impl Portal for CentralPortal {
    async fn view(&self) -> Result<PortalView, PortalError> {
        let user = self.user_view().await?;
        // Only what the page shows afterwards depends on it.
        let _asked = self.uploads().await;
        let ids: Vec<_> = user.documents.iter().map(|document| document.id).collect();
        let here = self.here(&ids).await?;
        let (printers, away) = match self.printers().await {
            Ok(printers) => (printers, None),
            Err(problem) => (Vec::new(), Some(problem.to_string())),
        };
        let now = self.central.now();
        let mut documents = Vec::with_capacity(user.documents.len());
        for document in &user.documents {
            let mut row = document_row(document, &user);
            let is_here = here.contains(&document.id);
            row.can_release &= is_here;
            // Elsewhere its pages would stay as they are, and match no more what is
            // approved.
            row.can_set_finishing &= is_here;
            row.can_retry = is_here && can_be_read_again(document, now);
            documents.push(row);
        }
        let mut accounts = account_choices(&user)?;
        self.set_asides(&mut accounts, &user).await?;
        Ok(PortalView {
            person_name: user.person.name.clone(),
            signed_in_note: Some(user.person.login.clone()),
            spooler_note: away,
            accounts,
            documents,
            printers,
            zone: Some(self.central.config.zone.clone()),
            ..PortalView::default()
        })
    }

    async fn set_active(&self, account: AccountId) -> Result<(), PortalError> {
        let (now, today) = self.moment();
        let ledger = &self.central.ledger;
        let set = ledger.set_active(&self.person, account, now, today).await;
        set.map_err(ledger_error)
    }

    async fn change_account(
        &self,
        document: DocumentId,
        account: AccountId,
        scope: Scope,
    ) -> Result<Answer, PortalError> {
        let (now, today) = self.moment();
        let ledger = &self.central.ledger;
        let outcome = ledger
            .change_account(document, &self.person, account, scope, now, today)
            .await;
        outcome.map(answer).map_err(ledger_error)
    }

    async fn set_finishing(
        &self,
        document: DocumentId,
        change: FinishingChange,
    ) -> Result<Answer, PortalError> {
        let known = self.own(document).await?;
        if !self.here(&[document]).await?.contains(&document) {
            return Err(PortalError::NotFound);
        }
        let mut facts = known.facts.ok_or(PortalError::NotFound)?;
        set_finish(&mut facts, finish(change));
        let (now, today) = self.moment();
        let ledger = &self.central.ledger;
        let preview = ledger
            .preview(
                document,
                &self.person,
                None,
                Some(facts.clone()),
                now,
                today,
            )
            .await
            .map_err(ledger_error)?;
        if let Verdict::Declined { .. } = preview.verdict {
            return Ok(foreseen(preview));
        }
        let outcome = ledger.reprice(document, facts, now).await;
        outcome.map(answer).map_err(ledger_error)
    }

    async fn delete(&self, document: DocumentId) -> Result<(), PortalError> {
        self.own(document).await?;
        let deleted = self.central.ledger.delete(document, self.central.now());
        deleted.await.map(drop).map_err(ledger_error)
    }

    async fn release(&self, document: DocumentId, printer: &str) -> Result<(), PortalError> {
        let known = self.own(document).await?;
        if known.state != DocumentState::Held {
            return Err(ledger_error(Refusal::WrongState(known.state).into()));
        }
        let printing = self.central.means.printing.as_ref();
        let here = self.here(&[document]).await?.contains(&document);
        let printing = printing.filter(|_| here).ok_or(PortalError::NotFound)?;
        printing
            .release(document, printer)
            .await
            .map_err(printing_error)
    }

    async fn retry(&self, document: DocumentId) -> Result<(), PortalError> {
        let known = self.own(document).await?;
        let uploads = self.central.means.uploads.as_ref();
        let uploads = uploads.ok_or(PortalError::NotFound)?;
        if !can_be_read_again(&known, self.central.now()) {
            return Err(ledger_error(Refusal::WrongState(known.state).into()));
        }
        uploads
            .read_again(&self.central, &self.person, &known)
            .await?;
        notices::tell(&self.central, &self.person, document).await;
        Ok(())
    }

    async fn history(&self, query: HistoryQuery) -> Result<HistoryPage, PortalError> {
        let user = self.user_view().await?;
        let until = query.until.and_then(|day| day.tomorrow().ok());
        let asked = platen_ledger::HistoryQuery {
            search: query.search,
            account: query.account,
            state: query.state,
            since: query.since.and_then(|day| self.start_of(day)),
            until: until.and_then(|day| self.start_of(day)),
            sort: query.sort,
            page: PageAsk::number(query.page, HistoryQuery::ROWS),
        };
        let ledger = &self.central.ledger;
        let page = ledger
            .history_page(&user.person.id, asked)
            .await
            .map_err(ledger_error)?;
        let mut entries = Vec::with_capacity(page.rows.len());
        for document in &page.rows {
            let account = self.account_name(document.account, &user).await?;
            entries.push(history_row(document, account));
        }
        Ok(HistoryPage {
            entries,
            total: page.total,
        })
    }

    async fn receipt(&self, document: DocumentId) -> Result<ReceiptView, PortalError> {
        let known = self.own(document).await?;
        let user = self.user_view().await?;
        let receipt = self.central.ledger.receipt(document).await;
        let receipt = receipt.map_err(ledger_error)?;
        let account = self.account_name(known.account, &user).await?;
        Ok(receipt_view(known, account, receipt))
    }

    fn can_undelete(&self) -> bool {
        true
    }

    async fn undelete(&self, document: DocumentId) -> Result<Answer, PortalError> {
        self.own(document).await?;
        if !self.here(&[document]).await?.contains(&document) {
            return Err(PortalError::NotFound);
        }
        let (now, today) = self.moment();
        let ledger = &self.central.ledger;
        let back = ledger.undelete(document, &self.person, now, today).await;
        back.map(brought_back).map_err(ledger_error)
    }

    fn upload_limit(&self) -> Option<u64> {
        let uploads = self.central.means.uploads.as_ref();
        uploads
            .filter(|_| self.takes_uploads.load(Ordering::Relaxed))
            .map(|_| self.central.config.upload_limit_bytes)
    }

    async fn upload_room(&self) -> Result<UploadRoom, PortalError> {
        self.uploads().await?.room(&self.person)
    }

    async fn upload(&self, upload: Upload) -> Result<Uploaded, PortalError> {
        let uploaded = self
            .uploads()
            .await?
            .take_in(&self.central, &self.person, upload)
            .await?;
        notices::tell(&self.central, &self.person, uploaded.id).await;
        Ok(uploaded)
    }

    fn push_key(&self) -> Option<String> {
        let push = self.central.means.push.as_ref()?;
        Some(push.public_key())
    }

    async fn put_push(&self, subscription: PushSubscription) -> Result<(), PortalError> {
        let push = self.central.means.push.as_ref();
        push.filter(|push| push.accepts(&subscription))
            .ok_or(PortalError::NotFound)?;
        let address = platen_ledger::PushAddress {
            person: self.person.id.clone(),
            endpoint: subscription.endpoint,
            key: subscription.key,
            auth: subscription.auth,
            language: subscription.language.tag().to_owned(),
        };
        let put = self.central.ledger.put_push(address, self.central.now());
        put.await.map_err(ledger_error)
    }

    async fn remove_push(&self, endpoint: &str) -> Result<(), PortalError> {
        let user = Some(&self.person.id);
        let ledger = &self.central.ledger;
        let removed = ledger.remove_push(endpoint, user, self.central.now()).await;
        removed.map(drop).map_err(ledger_error)
    }

    fn knows_devices(&self) -> bool {
        true
    }

    async fn devices(&self) -> Result<DevicesView, PortalError> {
        self.own_devices().await
    }

    async fn call_back(&self, lease: LeaseId) -> Result<(), PortalError> {
        self.call_back_own(lease).await
    }

    async fn give_up(&self, lease: LeaseId) -> Result<(), PortalError> {
        self.give_up_own(lease).await
    }

    async fn sign_out_device(&self, device: Uuid) -> Result<(), PortalError> {
        self.sign_out_own(device).await
    }

    async fn diagnostics(&self) -> Result<Diagnostics, PortalError> {
        let words = self.words;
        let printing = match self.printers().await {
            Ok(printers) => {
                let ready = printers.iter().filter(|printer| printer.ready).count();
                Check {
                    what: words.check_printers.to_owned(),
                    fine: ready > 0,
                    text: fill(
                        words.check_printers_ready,
                        &[&ready.to_string(), &printers.len().to_string()],
                    ),
                }
            }
            Err(problem) => Check {
                what: words.check_printers.to_owned(),
                fine: false,
                text: words.portal_error(&printing_error(problem)),
            },
        };
        // Without the ledger nothing would be shown.
        self.user_view().await?;
        let ledger = Check {
            what: words.check_accounts.to_owned(),
            fine: true,
            text: words.check_accounts_fine.to_owned(),
        };
        Ok(Diagnostics {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            checks: vec![ledger, printing],
        })
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.central.ledger.changes()
    }
}

fn finish(change: FinishingChange) -> Finish {
    let FinishingChange {
        copies,
        sides,
        monochrome,
    } = change;
    Finish {
        copies,
        sides,
        monochrome,
    }
}

fn printing_error(error: PrintingError) -> PortalError {
    match error {
        PrintingError::NoSuchPrinter => PortalError::NotFound,
        PrintingError::Away => PortalError::Trouble(Trouble::PrintingAway),
        PrintingError::Ledger(error) => ledger_error(error),
    }
}

/// Whether reading it again makes sense: it could not be read, or the
/// server went down before it had read it.
fn can_be_read_again(document: &Document, now: Timestamp) -> bool {
    /// The analyser is through long before.
    const READ_BY_THEN: jiff::SignedDuration = jiff::SignedDuration::from_mins(2);
    match document.state {
        DocumentState::Unreadable => true,
        DocumentState::Submitted => now.duration_since(document.changed_at) > READ_BY_THEN,
        _ => false,
    }
}
