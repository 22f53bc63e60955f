//! Who has to hear of a change: tells open pages that what they show may be out
//! of date, and no others.
//!
//! One task listens to the ledger's news, of this server and of others, and
//! wakes the [`Line`]s that are concerned. A line is a few hundred bytes and has
//! no task; whoever holds it waits on it. Pages carry the number of the last
//! change that concerns them, so that a change between a page and its line is
//! noticed: the line then begins with another number.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use platen_authority::Pool;
use platen_domain::{Account, AccountId, Person, UserId};
use platen_ledger::{AccountView, Ledger, LedgerError, News};
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;

/// People whose last change is remembered; beyond, all are taken to have
/// changed.
const REMEMBERED: usize = 50_000;
/// The numbers of one server start above those of another.
const NUMBERS_BITS: u32 = 20;

/// What a page is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    /// A person's own accounts and documents, and what the site decides for all.
    Own(UserId),
    /// What administrators decide: accounts, rates, groups, settings. This one
    /// watches it.
    Site(UserId),
}

impl Topic {
    fn user(&self) -> &UserId {
        let (Self::Own(user) | Self::Site(user)) = self;
        user
    }
}

/// What changes mean to somebody.
pub(crate) enum Since {
    /// None is his.
    Nothing,
    /// Balances of shared pools changed, and nothing else that he is shown.
    Pools(Pools),
    /// Anything of his may have changed.
    Anything,
}

/// Shared pools that changed.
pub(crate) struct Pools {
    /// The numbers of the first and of the last of these changes; no other change before
    /// the last concerns him.
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// As they stand.
    pub(crate) pools: Vec<Arc<Shared>>,
}

/// A shared pool after a change.
pub(crate) struct Shared {
    /// The number of the change.
    at: u64,
    account: Arc<Account>,
    /// What is told of it.
    pub(crate) pool: Pool,
}

/// Tells what changed.
pub(crate) struct Hub {
    ledger: Ledger,
    /// Other servers count from another number.
    first: u64,
    /// The last change of the site, or that may have been about anything.
    site: Arc<AtomicU64>,
    /// Nobody waits any more.
    ended: AtomicBool,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    /// The last change of all.
    number: u64,
    /// The one whose pools are being read.
    begun: u64,
    /// The hub's own, changed here alone.
    site: Arc<AtomicU64>,
    /// The last one that may have been about any person.
    anybody: u64,
    people: HashMap<UserId, u64>,
    /// Shared pools as they stood after the last change of each.
    pools: HashMap<AccountId, Arc<Shared>>,
    /// Open pages by whose they are.
    pages: HashMap<UserId, Vec<Arc<Waiting>>>,
}

struct Waiting {
    /// Whose page it is, with all groups; none where only the site counts.
    person: Option<Arc<Person>>,
    changed: Notify,
    /// Thousands who are woken at once ask each for himself.
    heard: Mutex<Heard>,
}

/// What changed for somebody. His own things come before pools that changed with them.
struct Heard {
    /// The last change of his own things.
    own: u64,
    /// Pools of his that changed since he asked last.
    pools: Vec<Arc<Shared>>,
}

/// A page that waits for changes; dropping it ends that.
pub(crate) struct Line {
    hub: Arc<Hub>,
    topic: Topic,
    waiting: Arc<Waiting>,
    /// How many changes there were when it was found out whose page it is.
    opened: u64,
}

impl Hub {
    /// Listens to `ledger` until it closes or the hub is gone.
    ///
    /// Has to be called inside a tokio runtime.
    pub(crate) fn start(ledger: Ledger) -> Arc<Self> {
        let mut news = ledger.news();
        let [a, b, c, d, ..] = *uuid::Uuid::new_v4().as_bytes();
        let site = Arc::new(AtomicU64::new(0));
        let hub = Arc::new(Self {
            ledger,
            first: u64::from(u32::from_le_bytes([a, b, c, d])) << NUMBERS_BITS,
            site: site.clone(),
            ended: AtomicBool::new(false),
            inside: Mutex::new(Inside {
                site,
                ..Inside::default()
            }),
        });
        let listening = Arc::downgrade(&hub);
        tokio::spawn(async move {
            loop {
                let told = match news.recv().await {
                    Ok(told) => told,
                    Err(RecvError::Lagged(_)) => Arc::new(News::everything()),
                    Err(RecvError::Closed) => return,
                };
                let Some(hub) = listening.upgrade() else {
                    return;
                };
                hub.tell(&told).await;
            }
        });
        hub
    }

    /// The number of the last change that concerns a page.
    ///
    /// *Errors*: the ledger does not answer.
    pub(crate) async fn version(&self, topic: &Topic) -> Result<u64, LedgerError> {
        self.version_of(topic, None).await
    }

    /// The same of a page whose person was as given after so many changes.
    async fn version_of(
        &self,
        topic: &Topic,
        known: Option<(&Arc<Person>, u64)>,
    ) -> Result<u64, LedgerError> {
        let Topic::Own(user) = topic else {
            return Ok(self.first + self.site.load(Ordering::Acquire));
        };
        let (mut number, pools) = {
            let inside = self.lock();
            let number = inside.own(user).max(self.site.load(Ordering::Acquire));
            let pools = inside.pools.values();
            let later = pools.filter(|pool| pool.at > number);
            (number, later.cloned().collect::<Vec<_>>())
        };
        let person = match known {
            _ if pools.is_empty() => None,
            // Nothing has changed his groups since.
            Some((person, at)) if number <= at => Some(person.clone()),
            _ => self.known(user).await?.map(Arc::new),
        };
        if let Some(person) = person {
            let his = pools.iter().filter(|pool| pool.is_of(&person));
            number = his.map(|pool| pool.at).fold(number, u64::max);
        }
        Ok(self.first + number)
    }

    /// Whether one of the changes after the first `count` may be of this person's own
    /// things: the end of a session is.
    pub(crate) fn touched(&self, user: &UserId, count: u64) -> bool {
        let inside = self.lock();
        inside.own(user).max(inside.anybody) > count
    }

    /// How many changes there were.
    pub(crate) fn count(&self) -> u64 {
        self.lock().number
    }

    /// The number of the last change of which a pool may have been read already.
    /// Whatever the ledger showed before this is asked is not later than what the pools
    /// of later changes show.
    pub(crate) fn begun(&self) -> u64 {
        self.lock().begun
    }

    /// Ends all waiting, for good.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        let inside = self.lock();
        for waiting in inside.pages.values().flatten() {
            waiting.changed.notify_one();
        }
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().pages.values().map(Vec::len).sum()
    }

    /// Waits for changes from now on.
    ///
    /// *Errors*: the ledger does not answer.
    pub(crate) async fn line(self: &Arc<Self>, topic: Topic) -> Result<Line, LedgerError> {
        let opened = self.count();
        let person = match &topic {
            Topic::Own(user) => self.known(user).await?.map(Arc::new),
            Topic::Site(_) => None,
        };
        Ok(self.open(topic, person, opened))
    }

    /// Waits for what concerns somebody, who had these groups after `count` changes.
    pub(crate) fn line_of(self: &Arc<Self>, person: Arc<Person>, count: u64) -> Line {
        self.open(Topic::Own(person.id.clone()), Some(person), count)
    }

    fn open(self: &Arc<Self>, topic: Topic, person: Option<Arc<Person>>, opened: u64) -> Line {
        let mut inside = self.lock();
        // Who watches the site is told of his own, too: the end of his session.
        let places = inside.pages.entry(topic.user().clone()).or_default();
        // Several pages of one person share what is known of him.
        let person = match places.first() {
            Some(other) if other.person == person => other.person.clone(),
            _ => person,
        };
        let of = |person: &Arc<Person>| -> Vec<_> {
            let pools = inside.pools.values();
            pools.filter(|pool| pool.is_of(person)).cloned().collect()
        };
        let heard = Heard {
            own: inside.own(topic.user()),
            pools: person.as_ref().map(of).unwrap_or_default(),
        };
        let waiting = Arc::new(Waiting {
            person,
            changed: Notify::new(),
            heard: Mutex::new(heard),
        });
        let places = inside.pages.entry(topic.user().clone()).or_default();
        places.push(waiting.clone());
        drop(inside);
        Line {
            hub: self.clone(),
            topic,
            waiting,
            opened,
        }
    }

    /// The person with all groups, the site's too.
    async fn known(&self, user: &UserId) -> Result<Option<Person>, LedgerError> {
        Ok(self.ledger.person(user).await?.map(|row| row.person))
    }

    async fn tell(&self, news: &News) {
        let mut all = news.everything || news.site;
        let number = {
            let mut inside = self.lock();
            inside.begun += 1;
            inside.begun
        };
        let pools = match self.ledger.pools(news.accounts.clone()).await {
            Ok(pools) => pools,
            Err(error) => {
                tracing::warn!(%error, "accounts can't be looked up; every page is told");
                all = true;
                Vec::new()
            }
        };
        let mut inside = self.lock();
        inside.number = number;
        if news.everything {
            inside.forget_people();
        }
        inside.tell_people(&news.people);
        if all {
            inside.tell_all();
            return;
        }
        inside.tell_pools(pools);
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // Every change is complete at each step.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    /// The last change that a person's own things had, as far as it is remembered.
    fn own(&self, user: &UserId) -> u64 {
        self.people.get(user).copied().unwrap_or(0)
    }

    fn tell_all(&mut self) {
        self.site.store(self.number, Ordering::Release);
        self.pools.clear();
        for waiting in self.pages.values().flatten() {
            waiting.changed.notify_one();
        }
    }

    /// Whoever is forgotten counts as changed.
    fn forget_people(&mut self) {
        self.people.clear();
        self.anybody = self.number;
        self.site.store(self.number, Ordering::Release);
    }

    fn tell_people(&mut self, people: &[UserId]) {
        if self.people.len() + people.len() > REMEMBERED {
            self.forget_people();
        }
        for user in people {
            self.people.insert(user.clone(), self.number);
            for waiting in self.pages.get(user).into_iter().flatten() {
                waiting.heard().own = self.number;
                waiting.changed.notify_one();
            }
        }
    }

    fn tell_pools(&mut self, pools: Vec<AccountView>) {
        if pools.is_empty() {
            return;
        }
        let pools = pools.into_iter().map(|view| {
            Arc::new(Shared {
                at: self.number,
                pool: Pool::from(&view),
                account: view.account,
            })
        });
        let pools: Vec<_> = pools.collect();
        // Whoever is woken finds what he needs in his own line.
        for waiting in self.pages.values().flatten() {
            waiting.hear(&pools);
        }
        let known = pools.into_iter().map(|pool| (pool.account.id, pool));
        self.pools.extend(known);
    }
}

impl Shared {
    fn is_of(&self, person: &Person) -> bool {
        self.account.access.includes(person)
    }
}

impl Waiting {
    /// Takes note of those that are his.
    fn hear(&self, changed: &[Arc<Shared>]) {
        let Some(person) = &self.person else {
            return;
        };
        let mut his = changed.iter().filter(|pool| pool.is_of(person)).peekable();
        if his.peek().is_none() {
            return;
        }
        let mut heard = self.heard();
        for pool in his {
            let known = &mut heard.pools;
            known.retain(|known| known.account.id != pool.account.id);
            known.push(pool.clone());
        }
        drop(heard);
        self.changed.notify_one();
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        // Every change is complete at each step.
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Tells of changes.
    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Whose page it is.
    pub(crate) fn user(&self) -> &UserId {
        self.topic.user()
    }

    /// Whether it waits for what concerns this person, groups and all.
    pub(crate) fn is_of(&self, person: &Arc<Person>) -> bool {
        let own = self.waiting.person.as_ref();
        own.is_some_and(|own| Arc::ptr_eq(own, person) || own == person)
    }

    /// What the changes after the first `count` mean to whom it is of. Pools are given
    /// once.
    pub(crate) fn since(&self, count: u64) -> Since {
        let (own, mut pools) = {
            let mut heard = self.waiting.heard();
            (heard.own, std::mem::take(&mut heard.pools))
        };
        if own.max(self.hub.site.load(Ordering::Acquire)) > count {
            return Since::Anything;
        }
        pools.retain(|pool| pool.at > count);
        let numbers = || pools.iter().map(|pool| pool.at);
        match numbers().min().zip(numbers().max()) {
            None => Since::Nothing,
            Some((first, last)) => Since::Pools(Pools { first, last, pools }),
        }
    }

    /// Waits for the next change; what changed since the last wait counts. None: nobody
    /// waits any more.
    ///
    /// *Cancel safety*: no change is lost.
    pub(crate) async fn changed(&self) -> Option<()> {
        let ended = || self.hub.ended.load(Ordering::Acquire);
        if !ended() {
            self.waiting.changed.notified().await;
        }
        (!ended()).then_some(())
    }

    /// The number of the last change that concerns the page.
    ///
    /// *Errors*: the ledger does not answer.
    pub(crate) async fn version(&self) -> Result<u64, LedgerError> {
        let known = self.waiting.person.as_ref();
        let known = known.map(|person| (person, self.opened));
        self.hub.version_of(&self.topic, known).await
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut inside = self.hub.lock();
        let user = self.topic.user();
        if let Some(places) = inside.pages.get_mut(user) {
            places.retain(|place| !Arc::ptr_eq(place, &self.waiting));
            if places.is_empty() {
                inside.pages.remove(user);
            }
        }
    }
}
