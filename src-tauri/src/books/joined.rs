//! The site's server, by way of the engine that keeps in step with it.
//!
//! There is an engine while somebody is signed in, with a store of his own. What
//! the engine tells of a document goes to whoever waits for it, and has the document
//! looked at.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use platen_domain::{DocumentId, Person, UserId, Verdict};
use platen_identity::{Identity, RefreshError};
use platen_ledger::{Document, LedgerError};
use platen_link::{Comeback, Link, LinkConfig, NoToken, SignIn, StartError, Told};
use platen_sync::engine::{self, Decision, Event, RestoreError, Shown, Stop, Wait};
use platen_sync::wire::Enrolment;
use tokio::sync::{mpsc, watch};
use url::Url;

use super::record::{Record, Stored};
use super::{BooksError, LinkState, Result, convert, link};
use crate::session::SessionState;

/// How long what the engine wrote may take to be shown.
const SHOWN_SOON: Duration = Duration::from_secs(5);
/// How long until a memory that could not be opened is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(60);

/// What is needed to join a server.
pub(crate) struct Join {
    pub(crate) server: Url,
    pub(crate) proxy: Option<Url>,
    /// The file that the engine keeps everything in.
    pub(crate) store: PathBuf,
    pub(crate) enrolment: Enrolment,
    pub(crate) identity: Identity,
}

/// What the client has to do about what the server said.
#[derive(Debug)]
pub(crate) enum News {
    /// Somebody is known now: look at everything.
    LookAround,
    /// Look at a document.
    Look(DocumentId),
    /// Tell its owner what the server refused, of which document.
    Refused(Option<DocumentId>, String),
}

/// The site's server.
pub(crate) struct Joined {
    join: Join,
    current: Mutex<Current>,
    changes: watch::Sender<u64>,
    news: mpsc::UnboundedSender<News>,
}

#[derive(Default)]
struct Current {
    member: Option<Arc<Member>>,
    /// Why there is none although somebody is signed in.
    problem: Option<String>,
    /// Whose memory can't be used, while he is signed in.
    broken: Option<UserId>,
    /// Whose device the server or the disk no longer takes as it was, and what
    /// becomes of it once he has signed in again.
    outcast: Option<(UserId, Comeback)>,
}

/// The signed-in person's link, and what this computer knows of his documents.
pub(super) struct Member {
    pub(super) user: UserId,
    pub(super) link: Link,
    pub(super) shown: watch::Receiver<Arc<Shown>>,
    records: Mutex<HashMap<DocumentId, Record>>,
    /// One change of records at a time: each is read, written and then in force.
    writing: tokio::sync::Mutex<()>,
    /// Whose documents are, of all who signed in on this computer.
    owners: Mutex<HashMap<DocumentId, UserId>>,
    waits: Mutex<HashMap<DocumentId, Wait>>,
    /// Verdicts that were told, whether that could be stored or not.
    told: Mutex<HashMap<DocumentId, Option<Verdict>>>,
    wishes: Mutex<HashMap<Option<DocumentId>, Waiting>>,
    /// One choice of an account at a time.
    pub(super) choosing: tokio::sync::Mutex<()>,
}

struct Waiting {
    told: mpsc::UnboundedSender<Told>,
    /// What the server refuses is for whoever waits; else a person is told.
    takes_refusals: bool,
}

/// Somebody who waits for what is told of a document.
pub(super) struct Wish<'m> {
    member: &'m Member,
    about: Option<DocumentId>,
    told: mpsc::UnboundedReceiver<Told>,
}

impl Joined {
    /// Follows who is signed in; the receiver says what there is to do.
    pub(crate) fn start(
        join: Join,
        session: watch::Receiver<SessionState>,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<News>) {
        let (news, to_do) = mpsc::unbounded_channel();
        let joined = Arc::new(Self {
            join,
            current: Mutex::default(),
            changes: watch::Sender::new(0),
            news,
        });
        tokio::spawn(joined.clone().follow(session));
        (joined, to_do)
    }

    /// *Errors*: nobody is signed in.
    pub(super) fn member(&self) -> Result<Arc<Member>> {
        self.current().member.clone().ok_or(BooksError::SignedOut)
    }

    /// *Errors*: somebody else is signed in by now, or nobody.
    pub(super) fn member_of(&self, user: &UserId) -> Result<Arc<Member>> {
        let member = self.member()?;
        if member.user == *user {
            Ok(member)
        } else {
            Err(BooksError::SignedOut)
        }
    }

    pub(super) fn state(&self) -> LinkState {
        let current = self.current();
        match &current.member {
            Some(member) => LinkState::of(&member.shown.borrow()),
            None => LinkState::closed(current.problem.as_deref()),
        }
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Current> {
        // A panic elsewhere leaves it usable: each value is whole.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn follow(self: Arc<Self>, mut session: watch::Receiver<SessionState>) {
        loop {
            let state = session.borrow_and_update().clone();
            let failed = self.enter(&state).await;
            let changed = session.changed();
            let alive = if failed {
                tokio::time::timeout(TRY_AGAIN, changed)
                    .await
                    .unwrap_or(Ok(()))
            } else {
                changed.await
            };
            if alive.is_err() {
                break;
            }
        }
    }

    /// Gives the signed-in person a link; true: it has to be tried again.
    async fn enter(self: &Arc<Self>, state: &SessionState) -> bool {
        let former = self.current().member.clone();
        let Some(person) = &state.person else {
            self.leave().await;
            let mut current = self.current();
            if let Some(user) = current.broken.take() {
                current.outcast = Some((user, Comeback::Anew));
            }
            current.problem = None;
            return false;
        };
        if let Some(member) = former.filter(|member| member.user == person.id) {
            if state.note.is_none() {
                member.link.happened(Event::SignedIn).await;
            }
            return false;
        }
        self.leave().await;
        let outcast = self.current().outcast.clone();
        let comeback = outcast.filter(|(user, _)| *user == person.id);
        let comeback = comeback.map_or(Comeback::None, |(_, comeback)| comeback);
        match self.open(person, comeback).await {
            Ok(member) => {
                {
                    let mut current = self.current();
                    current.member = Some(member);
                    current.problem = None;
                    current.broken = None;
                    current.outcast = None;
                }
                self.changed();
                // Nobody looks any more when the client is ending.
                let _ = self.news.send(News::LookAround);
                false
            }
            Err(error) => {
                tracing::error!(error = %crate::client::error_chain(&error), "no link to the print server");
                {
                    let mut current = self.current();
                    // What a newer version wrote is for that version.
                    let is_lost = matches!(
                        error,
                        StartError::Memory(
                            RestoreError::Damaged { .. } | RestoreError::SomebodyElses
                        )
                    );
                    current.broken = is_lost.then(|| person.id.clone());
                    current.problem = Some(error.to_string());
                }
                self.changed();
                true
            }
        }
    }

    async fn leave(&self) {
        let Some(member) = self.current().member.take() else {
            return;
        };
        member.link.close().await;
        let comeback = match member.shown.borrow().link {
            engine::Link::Stopped(Stop::Revoked) => Some(Comeback::Again),
            engine::Link::Stopped(Stop::Diverged) => {
                let undelivered = member.shown.borrow().undelivered;
                tracing::error!(
                    undelivered,
                    "this device begins anew; what it had not delivered stays in its store"
                );
                Some(Comeback::Anew)
            }
            _ => None,
        };
        if let Some(comeback) = comeback {
            self.current().outcast = Some((member.user.clone(), comeback));
        }
        self.changed();
    }

    async fn open(
        self: &Arc<Self>,
        person: &Person,
        comeback: Comeback,
    ) -> std::result::Result<Arc<Member>, StartError> {
        let config = LinkConfig {
            server: self.join.server.clone(),
            proxy: self.join.proxy.clone(),
            user: person.id.clone(),
            store: self.join.store.clone(),
            enrolment: self.join.enrolment.clone(),
            comeback,
        };
        let sign_in = Box::new(ByIdentity(self.join.identity.clone()));
        let (link, telling) = Link::start(config, sign_in).await?;
        let kept = link.kept().await?;
        let owners = link.owners().await?;
        // One that can't be read is written anew when its job is seen.
        let read = |(id, value): (DocumentId, String)| {
            let record = serde_json::from_str(&value);
            record.ok().map(|record| (id, record))
        };
        let member = Arc::new(Member {
            user: person.id.clone(),
            shown: link.shown(),
            link,
            records: Mutex::new(kept.into_iter().filter_map(read).collect()),
            writing: tokio::sync::Mutex::default(),
            owners: Mutex::new(owners.into_iter().collect()),
            waits: Mutex::default(),
            told: Mutex::default(),
            wishes: Mutex::default(),
            choosing: tokio::sync::Mutex::default(),
        });
        tokio::spawn(hear(Arc::downgrade(self), Arc::downgrade(&member), telling));
        tokio::spawn(watch_shown(
            Arc::downgrade(self),
            member.shown.clone(),
            Arc::downgrade(&member),
        ));
        Ok(member)
    }
}

/// Takes in what the engine tells, until its person leaves.
async fn hear(
    joined: std::sync::Weak<Joined>,
    member: std::sync::Weak<Member>,
    mut telling: mpsc::UnboundedReceiver<(Option<DocumentId>, Told)>,
) {
    while let Some((about, told)) = telling.recv().await {
        let (Some(joined), Some(member)) = (joined.upgrade(), member.upgrade()) else {
            break;
        };
        tracing::debug!(?about, ?told, "the print server’s side");
        if let Some(document) = about
            && let Err(error) = member.take_down(document, &told).await
        {
            tracing::error!(%error, "what the print server said could not be kept");
            if matches!(told, Told::Release(_)) {
                // It is not printed by what may be forgotten.
                let reason = error.to_string();
                member
                    .link
                    .happened(Event::Abandoned { document, reason })
                    .await;
            }
        }
        let refused = match &told {
            Told::Refused(refused) => Some(refused.sentence.clone()),
            _ => None,
        };
        let was_awaited = member.hand_over(about, told);
        let news = match (refused, about) {
            (Some(sentence), about) if !was_awaited => News::Refused(about, sentence),
            (_, Some(document)) => News::Look(document),
            _ => continue,
        };
        // Nobody looks any more when the client is ending.
        let _ = joined.news.send(news);
    }
}

/// Has documents looked at whose state was changed elsewhere.
async fn watch_shown(
    joined: std::sync::Weak<Joined>,
    mut shown: watch::Receiver<Arc<Shown>>,
    member: std::sync::Weak<Member>,
) {
    let mut before = shown.borrow_and_update().clone();
    while shown.changed().await.is_ok() {
        let now = shown.borrow_and_update().clone();
        let (Some(joined), Some(member)) = (joined.upgrade(), member.upgrade()) else {
            break;
        };
        for document in member.known() {
            let state = |shown: &Shown| {
                let found = convert::find(shown, document)?;
                Some((found.document.state, found.document.verdict))
            };
            if state(&before) != state(&now) {
                let _ = joined.news.send(News::Look(document));
            }
        }
        before = now;
        joined.changed();
    }
}

impl Member {
    /// This computer's documents.
    pub(super) fn known(&self) -> Vec<DocumentId> {
        self.records().keys().copied().collect()
    }

    pub(super) fn record(&self, id: DocumentId) -> Option<Record> {
        self.records().get(&id).cloned()
    }

    /// A document as the rest of the client knows it; none: not of this computer.
    pub(super) fn document(&self, id: DocumentId) -> Option<Document> {
        let record = self.record(id)?;
        let waits = self.why_it_waits(id);
        let told = self.told().get(&id).copied();
        let shown = self.shown.borrow();
        let mut document = convert::document(&shown, id, &self.user, &record, waits.as_deref());
        if told == Some(document.verdict) && record.refused.is_none() {
            document.notified_at = Some(document.submitted_at);
        }
        Some(document)
    }

    /// Somebody else's document on this computer, of which no more is known.
    pub(super) fn of_another(&self, id: DocumentId) -> Option<Document> {
        let owner = self.owners().get(&id).cloned();
        let owner = owner.filter(|owner| *owner != self.user)?;
        Some(convert::of_another(id, owner))
    }

    /// A new document is this person's from now on, for whoever signs in later.
    pub(super) async fn claim(&self, id: DocumentId) -> std::result::Result<(), LedgerError> {
        self.link.own(id, Some(&self.user)).await?;
        self.owners().insert(id, self.user.clone());
        Ok(())
    }

    /// The verdict on a document was told.
    pub(super) fn note_told(&self, id: DocumentId) {
        let verdict =
            convert::find(&self.shown.borrow(), id).and_then(|found| found.document.verdict);
        self.told().insert(id, verdict);
    }

    pub(super) fn why_it_waits(&self, id: DocumentId) -> Option<String> {
        let wait = self.waits().get(&id).copied()?;
        Some(link::waits(wait))
    }

    /// Changes a record, on the disk first.
    pub(super) async fn write(
        &self,
        id: DocumentId,
        change: impl FnOnce(&mut Record),
    ) -> std::result::Result<(), LedgerError> {
        let turn = self.writing.lock().await;
        let Some(mut record) = self.record(id) else {
            return Ok(());
        };
        change(&mut record);
        self.store(id, record, &turn).await
    }

    /// Writes a record where there is none.
    pub(super) async fn put(
        &self,
        id: DocumentId,
        record: Record,
    ) -> std::result::Result<(), LedgerError> {
        let turn = self.writing.lock().await;
        self.store(id, record, &turn).await
    }

    async fn store(
        &self,
        id: DocumentId,
        record: Record,
        _: &tokio::sync::MutexGuard<'_, ()>,
    ) -> std::result::Result<(), LedgerError> {
        let text = serde_json::to_string(&record).expect("a record always has a JSON form");
        self.link.keep(id, Some(text)).await?;
        self.records().insert(id, record);
        Ok(())
    }

    pub(super) async fn forget(&self, id: DocumentId) -> std::result::Result<(), LedgerError> {
        let _turn = self.writing.lock().await;
        self.link.keep(id, None).await?;
        self.link.own(id, None).await?;
        self.records().remove(&id);
        self.owners().remove(&id);
        self.waits().remove(&id);
        self.told().remove(&id);
        Ok(())
    }

    /// Takes down what was told of a document, before anything is done about it.
    async fn take_down(&self, id: DocumentId, told: &Told) -> std::result::Result<(), LedgerError> {
        match told {
            Told::Decided(Decision::Waits(wait)) => {
                self.waits().insert(id, *wait);
                Ok(())
            }
            Told::Decided(Decision::Judged { .. }) => {
                self.waits().remove(&id);
                self.write(id, |record| record.placed = true).await
            }
            Told::Decided(Decision::Refused(refused)) => {
                self.waits().remove(&id);
                let sentence = refused.sentence.clone();
                self.write(id, |record| {
                    record.refused = Some(sentence);
                    record.told = false;
                })
                .await
            }
            Told::Release(released) => {
                let stored = Stored::from((**released).clone());
                self.write(id, |record| record.release = Some(stored)).await
            }
            _ => Ok(()),
        }
    }

    /// Gives what was told to whoever waits for it; false: nobody does.
    fn hand_over(&self, about: Option<DocumentId>, told: Told) -> bool {
        let wishes = self.wishes();
        let Some(waiting) = wishes.get(&about) else {
            return false;
        };
        let takes = waiting.takes_refusals || !matches!(told, Told::Refused(_));
        takes && waiting.told.send(told).is_ok()
    }

    /// Waits for what is told of a document from now on.
    pub(super) fn wish(&self, about: Option<DocumentId>, takes_refusals: bool) -> Wish<'_> {
        let (sender, told) = mpsc::unbounded_channel();
        let waiting = Waiting {
            told: sender,
            takes_refusals,
        };
        self.wishes().insert(about, waiting);
        Wish {
            member: self,
            about,
            told,
        }
    }

    /// Waits until what is shown is so, but not for long.
    pub(super) async fn until(&self, is_so: impl Fn(&Shown) -> bool) -> bool {
        let mut shown = self.shown.clone();
        let waiting = shown.wait_for(|shown| is_so(shown));
        matches!(tokio::time::timeout(SHOWN_SOON, waiting).await, Ok(Ok(_)))
    }

    fn records(&self) -> std::sync::MutexGuard<'_, HashMap<DocumentId, Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waits(&self) -> std::sync::MutexGuard<'_, HashMap<DocumentId, Wait>> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn owners(&self) -> std::sync::MutexGuard<'_, HashMap<DocumentId, UserId>> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn told(&self) -> std::sync::MutexGuard<'_, HashMap<DocumentId, Option<Verdict>>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wishes(&self) -> std::sync::MutexGuard<'_, HashMap<Option<DocumentId>, Waiting>> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wish<'_> {
    /// The next thing told; none: not in time.
    pub(super) async fn told(&mut self, patience: Duration) -> Option<Told> {
        tokio::time::timeout(patience, self.told.recv())
            .await
            .ok()
            .flatten()
    }
}

impl Drop for Wish<'_> {
    fn drop(&mut self) {
        self.member.wishes().remove(&self.about);
    }
}

/// The provider's word for who is signed in.
struct ByIdentity(Identity);

#[async_trait]
impl SignIn for ByIdentity {
    async fn id_token(&self, renewed: bool) -> std::result::Result<String, NoToken> {
        self.0.id_token(renewed).await.map_err(|error| match error {
            RefreshError::Provider(_) | RefreshError::Closing => NoToken::Away,
            _ => NoToken::SignedOut,
        })
    }
}
