//! The site's server, by way of the engine that keeps in step with it.
//!
//! There is an engine while somebody is signed in, with a store of his own. What
//! the engine tells of a document goes to whoever waits for it, and has the document
//! looked at.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use platen_domain::{DocumentId, Person, UserId};
use platen_identity::{Identity, RefreshError};
use platen_ledger::LedgerError;
use platen_link::{Comeback, Link, LinkConfig, NoToken, SignIn, StartError, Told};
use platen_sync::engine::{self, Event, RestoreError, Shown, Stop};
use platen_sync::wire::Enrolment;
use platen_web::names::shown_name;
use platen_web::words::Words;
use platen_words::{LinkWords, fill};
use tokio::sync::{mpsc, watch};
use url::Url;

use super::member::Member;
use super::receipt::GateDesk;
use super::{BooksError, LinkState, Result, convert};
use crate::session::SessionState;

/// How long until a memory that could not be opened is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(60);

/// How many documents are named at once.
const NAMED: usize = 3;

/// What is needed to join a server.
pub(crate) struct Join {
    pub(crate) server: Url,
    pub(crate) proxy: Option<Url>,
    /// The file that the engine keeps everything in.
    pub(crate) store: PathBuf,
    pub(crate) enrolment: Enrolment,
    pub(crate) identity: Identity,
    pub(crate) gate: Arc<GateDesk>,
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
    /// Tell the person what his computer had done and never delivered.
    NotDelivered(String),
}

/// The site's server.
pub(crate) struct Joined {
    join: Join,
    pub(super) words: &'static Words,
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
    /// What his device had not delivered and never will: he is told when he is back.
    lost: Option<(UserId, String)>,
}

impl Joined {
    /// Follows who is signed in; the receiver says what there is to do.
    pub(crate) fn start(
        join: Join,
        session: watch::Receiver<SessionState>,
        words: &'static Words,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<News>) {
        let (news, to_do) = mpsc::unbounded_channel();
        let joined = Arc::new(Self {
            join,
            words,
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
            Some(member) => LinkState::of(self.words, &member.shown.borrow()),
            None => LinkState::closed(&self.words.link, current.problem.as_deref()),
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
                let lost = self.current().lost.take_if(|(user, _)| *user == person.id);
                if let Some((_, sentence)) = lost {
                    let _ = self.news.send(News::NotDelivered(sentence));
                }
                false
            }
            Err(error) => {
                tracing::error!(error = %crate::client::error_chain(&error), "no link to the print server");
                {
                    let mut current = self.current();
                    current.broken = is_lost(&error).then(|| person.id.clone());
                    current.problem = Some(problem(&self.words.link, &error));
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
                let shown = member.shown.borrow().clone();
                tracing::error!(
                    undelivered = shown.undelivered,
                    "this device begins anew; what it had not delivered stays in its store"
                );
                if shown.undelivered > 0 {
                    let told = (member.user.clone(), not_delivered(&self.words.link, &shown));
                    self.current().lost = Some(told);
                }
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
        let member = Member::load(person.id.clone(), link, self.words).await?;
        tokio::spawn(hear(Arc::downgrade(self), Arc::downgrade(&member), telling));
        tokio::spawn(watch_shown(
            Arc::downgrade(self),
            member.shown.clone(),
            Arc::downgrade(&member),
        ));
        Ok(member)
    }
}

/// Whether the memory is of no use to this version; what a newer one wrote is for that.
const fn is_lost(error: &StartError) -> bool {
    matches!(
        error,
        StartError::Memory(RestoreError::Damaged { .. } | RestoreError::SomebodyElses)
            | StartError::Store(LedgerError::Corrupt { .. } | LedgerError::NotALedger)
    )
}

/// What a device that begins anew leaves behind, for its user.
fn not_delivered(words: &LinkWords, shown: &Shown) -> String {
    let documents = shown.documents.iter().chain(&shown.closed);
    let pending = documents.filter(|one| one.pending);
    let names: Vec<_> = pending.map(|one| shown_name(&one.document.name)).collect();
    let list = |names: &[String]| {
        let quoted = names.iter().map(|name| fill(words.lost_name, &[name]));
        quoted.collect::<Vec<_>>().join(", ")
    };
    let what = match &names[..] {
        [] => words.lost_choice.to_owned(),
        [one] => fill(words.lost_one, &[one]),
        [some @ .., last] if names.len() <= NAMED => fill(words.lost_some, &[&list(some), last]),
        more => {
            let others = (more.len() - NAMED).to_string();
            fill(words.lost_more, &[&list(&more[..NAMED]), &others])
        }
    };
    fill(words.not_delivered, &[&what])
}

/// Why there is no link, for people.
fn problem(words: &LinkWords, error: &StartError) -> String {
    match error {
        StartError::Store(LedgerError::Corrupt { .. } | LedgerError::NotALedger) => words.damaged,
        StartError::Store(LedgerError::NewerSchema { .. }) => words.newer_version,
        StartError::Store(LedgerError::Full) => words.memory_full,
        other => return fill(words.not_opened, &[&other.to_string()]),
    }
    .to_owned()
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
            Told::Close(lease, signed) => {
                let (gate, of) = (joined.join.gate.clone(), Arc::downgrade(&member));
                let (lease, signed) = (*lease, signed.clone());
                tokio::spawn(async move { gate.close(of, lease, signed).await });
                continue;
            }
            Told::Refused(refused) => Some(super::change::said(joined.words, refused)),
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
