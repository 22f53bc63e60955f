//! What people see: the server's state, and on it what was done here and is not
//! in it yet. So a state that comes down never undoes a later change of this
//! device. *Source*: architecture.md, “Write gate”.

use platen_domain::{AccountId, DocumentId, DocumentState, LeaseId, Points, RateCard};

use super::link::Link;
use super::state::{Entry, State};
use super::{Engine, RequestId};
use crate::wire::{
    AccountView, Action, Answered, Document, Done, Draw, NewDocument, Scope, Settings, Settlement,
    User,
};

/// What people see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Who is signed in; none before the server was ever reached.
    pub user: Option<User>,
    /// Settings of the site that concern clients.
    pub settings: Settings,
    /// His accounts, in alphabetical order.
    pub accounts: Vec<AccountView>,
    /// The account that the next document is charged to.
    pub active: Option<AccountId>,
    /// His open documents, newest first.
    pub documents: Vec<ShownDocument>,
    /// The last of those that are no longer open, newest first.
    pub closed: Vec<ShownDocument>,
    /// The rate card in force.
    pub card: Option<RateCard>,
    /// Points that this device may draw on without network.
    pub leases: Vec<ShownLease>,
    /// How it stands with the server.
    pub link: Link,
    /// Operations that the server has not answered.
    pub undelivered: usize,
}

/// A document as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownDocument {
    /// The document.
    pub document: Document,
    /// Something was done with it here that the server has not answered.
    pub pending: bool,
}

/// Points that are set aside for this device, as they stand here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownLease {
    /// Its identity.
    pub id: LeaseId,
    /// On which account.
    pub account: AccountId,
    /// What is left of them here.
    pub left: Points,
    /// They are called back, over, or on their way back.
    pub ending: bool,
    /// The lease as the server signed it.
    pub signed: Option<String>,
}

/// The server's state with what was done here.
pub(super) struct Overlay {
    pub(super) accounts: Vec<AccountView>,
    pub(super) active: Option<AccountId>,
    pub(super) documents: Vec<ShownDocument>,
}

impl Engine {
    /// What people see now.
    #[must_use]
    pub fn shown(&self) -> Shown {
        let overlay = Overlay::of(&self.state);
        let view = self.state.view();
        let is_open =
            |shown: &ShownDocument| shown.document.state.is_none_or(DocumentState::is_open);
        let (documents, mut closed): (Vec<_>, Vec<_>) =
            overlay.documents.into_iter().partition(is_open);
        for document in view.map(|view| &*view.closed).unwrap_or_default() {
            if !documents
                .iter()
                .chain(&closed)
                .any(|shown| shown.document.id == document.id)
            {
                closed.push(ShownDocument {
                    document: document.clone(),
                    pending: false,
                });
            }
        }
        let leases = self.state.leases.values().map(|lease| ShownLease {
            id: lease.id,
            account: lease.account,
            left: lease.left(),
            ending: !lease.is_usable(&self.state, &self.clock),
            signed: self.state.signed(lease.id),
        });
        Shown {
            user: view.map(|view| view.user.clone()),
            settings: view.map(|view| view.settings).unwrap_or_default(),
            accounts: overlay.accounts,
            active: overlay.active,
            documents,
            closed,
            card: view.and_then(|view| view.card.as_deref().cloned()),
            leases: leases.collect(),
            link: self.soft.link,
            undelivered: self.undelivered(),
        }
    }

    /// Whether a request is under way.
    #[must_use]
    pub const fn is_asking(&self) -> bool {
        self.soft.fetching.is_some() || self.soft.sending.is_some()
    }

    /// The request that the server may let wait, if one is under way.
    #[must_use]
    pub fn waits_on(&self) -> Option<RequestId> {
        let fetching = self.soft.fetching.as_ref()?;
        fetching.waits.then_some(fetching.request)
    }
}

impl Overlay {
    pub(super) fn of(state: &State) -> Self {
        let view = state.view();
        let documents = view.map(|view| view.documents.clone()).unwrap_or_default();
        let mut overlay = Self {
            accounts: view.map(|view| view.accounts.clone()).unwrap_or_default(),
            active: view.and_then(|view| view.active),
            documents: documents
                .into_iter()
                .map(|document| ShownDocument {
                    document,
                    pending: false,
                })
                .collect(),
        };
        let applied = state.applied();
        for (number, entry) in &state.outbox {
            if *number <= applied {
                // Its answer is still to come, and may be a refusal.
                let about = entry.action().document().filter(|_| entry.answer.is_none());
                if let Some(shown) = about.and_then(|document| overlay.find(document)) {
                    shown.pending = true;
                }
                continue;
            }
            overlay.add(entry);
        }
        overlay
    }

    pub(super) fn account(&self, id: AccountId) -> Option<&AccountView> {
        self.accounts.iter().find(|account| account.id == id)
    }

    pub(super) fn document(&self, id: DocumentId) -> Option<&Document> {
        let mut documents = self.documents.iter().map(|shown| &shown.document);
        documents.find(|document| document.id == id)
    }

    fn find(&mut self, id: DocumentId) -> Option<&mut ShownDocument> {
        let mut documents = self.documents.iter_mut();
        documents.find(|shown| shown.document.id == id)
    }

    fn add(&mut self, entry: &Entry) {
        match entry.answer.as_deref() {
            Some(Answered::Refused(_)) => {}
            Some(Answered::Done(done)) => self.add_done(entry.action(), done),
            Some(Answered::Unknown) | None => self.add_pending(entry.action()),
        }
    }

    /// An operation whose answer is newer than the held view.
    fn add_done(&mut self, action: &Action, done: &Done) {
        if let Some(account) = &done.account
            && let Some(shown) = self.accounts.iter_mut().find(|one| one.id == account.id)
        {
            shown.clone_from(account);
        }
        let permitted = done
            .verdict
            .is_some_and(|verdict| !matches!(verdict, platen_domain::Verdict::Declined { .. }));
        match action {
            Action::SetActive { account } => self.active = Some(*account),
            Action::ChangeAccount {
                account,
                scope: Scope::AndActive,
                ..
            } if permitted => self.active = Some(*account),
            Action::Place { .. } | Action::PlaceOnLease { .. } if permitted => {
                let account = done.document.as_ref().and_then(|document| document.account);
                self.active = account.or(self.active);
            }
            _ => {}
        }
        match (&done.document, action) {
            (Some(document), _) => self.put(document.clone(), false),
            (None, Action::Notified { document }) => {
                if let Some(shown) = self.find(*document) {
                    shown.document.notified = true;
                }
            }
            (None, action) => self.add_pending(action),
        }
    }

    fn put(&mut self, document: Document, pending: bool) {
        match self.find(document.id) {
            Some(shown) => *shown = ShownDocument { document, pending },
            None => self
                .documents
                .insert(0, ShownDocument { document, pending }),
        }
    }

    /// An operation that the server has not answered: what it will probably do.
    fn add_pending(&mut self, action: &Action) {
        match action {
            Action::Place {
                document, account, ..
            } => {
                let placed = Document {
                    account: account.or(self.active),
                    ..submitted(document)
                };
                self.put(placed, true);
            }
            Action::PlaceOnLease {
                document,
                draw,
                release,
                ..
            } => {
                self.draw(document, draw);
                if release.is_some() {
                    self.mark(document.id, Some(DocumentState::Releasing));
                }
            }
            Action::Unreadable { document, problem } => {
                let unreadable = Document {
                    state: Some(DocumentState::Unreadable),
                    reason: Some(problem.clone()),
                    ..submitted(document)
                };
                self.give_back(document.id);
                self.put(unreadable, true);
            }
            Action::SetActive { account } => self.active = Some(*account),
            Action::ChangeAccount {
                document,
                account,
                scope,
            } => {
                if *scope == Scope::AndActive {
                    self.active = Some(*account);
                }
                self.mark(*document, None);
            }
            Action::Reprice { document, .. } => self.mark(*document, None),
            Action::Delete { document } => {
                self.give_back(*document);
                self.mark(*document, Some(DocumentState::Deleted));
            }
            Action::BeginRelease { document, .. } => {
                self.mark(*document, Some(DocumentState::Releasing));
            }
            Action::AbandonRelease { document, .. } => {
                self.mark(*document, Some(DocumentState::Held));
            }
            Action::Settle {
                document,
                settlement,
            } => {
                let state = match settlement {
                    Settlement::Failed { .. } | Settlement::Stopped { sides: 0 } => {
                        DocumentState::Failed
                    }
                    _ => DocumentState::Printed,
                };
                self.mark(*document, Some(state));
            }
            Action::Notified { document } => {
                if let Some(shown) = self.find(*document) {
                    shown.document.notified = true;
                }
            }
            Action::AskLease { .. } | Action::ReturnLease { .. } | Action::Unknown => {}
        }
    }

    fn mark(&mut self, document: DocumentId, state: Option<DocumentState>) {
        if let Some(shown) = self.find(document) {
            shown.pending = true;
            if state.is_some() {
                shown.document.state = state;
                shown.document.release = None;
            }
        }
    }

    /// A document takes its points from a lease, wherever it had them before.
    fn draw(&mut self, document: &NewDocument, draw: &Draw) {
        self.give_back(document.id);
        self.change_balance(draw.account, draw.cost, draw.cost);
        let placed = Document {
            state: Some(DocumentState::Held),
            account: Some(draw.account),
            cost: Some(draw.cost),
            lease: Some(draw.lease),
            verdict: draw.verdict,
            ..submitted(document)
        };
        self.active = Some(draw.account);
        self.put(placed, true);
    }

    /// What a document reserves returns.
    fn give_back(&mut self, document: DocumentId) {
        let reserved = self.document(document).and_then(|document| {
            let reserved = document.state.is_some_and(DocumentState::is_reserved);
            document.account.zip(document.cost).filter(|_| reserved)
        });
        if let Some((account, cost)) = reserved
            && let Ok(back) = Points::ZERO.minus(cost)
        {
            self.change_balance(account, back, Points::ZERO);
        }
    }

    /// Adds to what is pending on an account, and takes from what is leased.
    fn change_balance(&mut self, account: AccountId, pending: Points, from_lease: Points) {
        let Some(shown) = self.accounts.iter_mut().find(|one| one.id == account) else {
            return;
        };
        let balance = &mut shown.balance;
        // A sum that does not fit is only shown wrongly until the server says it.
        balance.pending = balance.pending.plus(pending).unwrap_or(balance.pending);
        balance.leased = balance.leased.minus(from_lease).unwrap_or(balance.leased);
    }
}

/// A document of which nothing is known but that it was submitted.
fn submitted(document: &NewDocument) -> Document {
    Document {
        id: document.id,
        device: None,
        queue: document.queue.clone(),
        name: document.name.clone(),
        state: Some(DocumentState::Submitted),
        reason: None,
        account: None,
        cost: None,
        lease: None,
        charged: None,
        verdict: None,
        release: None,
        submitted_at: document.submitted_at,
        hold_until: None,
        notified: false,
    }
}
