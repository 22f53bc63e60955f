//! State on its way down. *Source*: rules.md.

use jiff::Timestamp;
use platen_domain::{AccountId, DocumentState, Person, Points};
use platen_ledger::site::Unreadable;
use platen_ledger::{self as ledger, DeviceView, Ledger, LedgerError, Session};
use platen_sync::wire::{
    AccountView, Balances, Card, Document, Failure, Lease, LeasePolicy, LeaseState, PROTOCOL,
    PoolBalance, Release, Settings, UnreadablePolicy, User, View, limit,
};

use crate::signing::{Desk, Server, Signer};
use crate::version::Told;
use crate::{Caller, Moment, failure, policy, version};

/// What a device sees when it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The whole; none: it has it already.
    pub view: Option<Box<View>>,
    /// What it is told by that, or was before.
    pub told: Told,
}

/// All that a device shows, read in one snapshot of the ledger, unless the view
/// of version `after` says the same; `after` is zero for a device that has none.
///
/// *Errors*: the device is not known, or the ledger is away.
pub async fn view<'a>(
    server: impl Into<Server<'a>>,
    caller: &Caller,
    after: u64,
    at: Moment,
) -> Result<Sighting, Failure> {
    let Server { ledger, signer } = server.into();
    let seen = ledger
        .device_view(caller.device, &caller.person, at.now, at.today)
        .await
        .map_err(|error| failure(&error))?;
    let card = card_of(&seen);
    Ok(sighting(seen, card, signer, after, at))
}

/// Somebody who shows a secret that lets a device in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looker {
    /// Who.
    pub session: Session,
    /// The person with all groups, the site's too.
    pub person: Person,
    seen: DeviceView,
    /// One for all that looked together.
    card: Option<Card>,
    at: Moment,
}

/// Lets everybody look who shows one of these secrets, all in one snapshot of the
/// ledger; none for who is not let in.
///
/// *Errors*: the ledger is away.
pub async fn look(
    ledger: &Ledger,
    digests: Vec<[u8; 32]>,
    at: Moment,
) -> Result<Vec<Option<Looker>>, LedgerError> {
    let seen = ledger.device_sights(digests, at.now, at.today).await?;
    let card = seen.iter().flatten().next();
    let card = card.and_then(|first| card_of(&first.view));
    let lookers = seen.into_iter().map(|sight| {
        let sight = sight?;
        Some(Looker {
            session: sight.session,
            person: sight.view.user.person.clone(),
            seen: sight.view,
            card: card.clone(),
            at,
        })
    });
    Ok(lookers.collect())
}

impl Looker {
    /// What the device sees, as [`view`] gives it.
    #[must_use]
    pub fn sighting<'a>(self, server: impl Into<Server<'a>>, after: u64) -> Sighting {
        sighting(self.seen, self.card, server.into().signer, after, self.at)
    }
}

fn card_of(seen: &DeviceView) -> Option<Card> {
    seen.card.as_deref().cloned().map(Card::from)
}

fn sighting(
    seen: DeviceView,
    card: Option<Card>,
    signer: Option<&dyn Signer>,
    after: u64,
    at: Moment,
) -> Sighting {
    let mut view = whole(seen, card, signer, at.now);
    let told = Told::of(&mut view);
    if version::is_known(after, told.content()) {
        return Sighting { view: None, told };
    }
    view.version = version::next(after, told.content(), at.now);
    let view = Some(Box::new(view));
    Sighting { view, told }
}

/// A shared pool as it stands, to tell many of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    pub(crate) id: AccountId,
    pub(crate) sum: u64,
    json: String,
}

impl From<&ledger::AccountView> for Pool {
    fn from(seen: &ledger::AccountView) -> Self {
        let balance = PoolBalance {
            id: seen.account.id,
            balance: seen.balance,
            at_limit: seen.at_limit,
        };
        Self {
            id: balance.id,
            sum: version::sum_of(&balance),
            json: balance.to_json(),
        }
    }
}

/// What a device is told of shared pools alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolNews {
    /// The version of what it has with it.
    pub version: u64,
    /// [`Balances`] as they are sent, with an end of line after them.
    pub line: String,
}

/// What a device that has version `after`, and was told this, has to be told of pools
/// whose balance changed, where nothing else did; none: it knows.
pub fn balances<'a>(
    told: &mut Told,
    after: u64,
    pools: impl IntoIterator<Item = &'a Pool>,
    now: Timestamp,
) -> Option<PoolNews> {
    let pools = told.renew(pools);
    (!pools.is_empty()).then(|| {
        let version = version::next(after, told.content(), now);
        let pools = pools.iter().map(|pool| pool.json.as_str());
        let line = Balances::line(after, version, pools);
        PoolNews { version, line }
    })
}

fn whole(
    seen: DeviceView,
    given: Option<Card>,
    signer: Option<&dyn Signer>,
    now: Timestamp,
) -> View {
    let DeviceView {
        device,
        user,
        leases,
        settings,
        card,
        closed,
    } = seen;
    let leasing = settings.leasing;
    let desk = Desk {
        signer,
        device: &device,
        leases: &leases,
        card: card.as_deref(),
    };
    let document = |known: &ledger::Document| self::document(known, desk.approval(known));
    let lease = |known: &ledger::Lease| self::lease(known, &desk, now);
    View {
        protocol: PROTOCOL,
        version: 0,
        server_time: now,
        user: User {
            id: user.person.id.clone(),
            name: user.person.name.clone(),
            login: user.person.login.clone(),
        },
        settings: Settings {
            account_management: settings.account_management,
            user_portal: settings.user_portal,
            clients_may_quit: settings.clients_may_quit,
            hold_hours: settings.hold_hours,
            unreadable: match settings.unreadable {
                Unreadable::Ask => UnreadablePolicy::Ask,
                Unreadable::Decline => UnreadablePolicy::Decline,
            },
        },
        active: user.active,
        card: given,
        lease_policy: LeasePolicy {
            points: leasing.points().unwrap_or(Points::ZERO),
            days: leasing.lease_hours.div_ceil(24),
            hours: leasing.lease_hours,
            share: policy::SHARE_PERCENT,
        },
        applied: device.applied,
        accounts: few(&user.accounts, limit::ACCOUNTS, account),
        documents: few(&user.documents, limit::DOCUMENTS, document),
        closed: few(&closed, limit::DOCUMENTS, document),
        leases: few(&leases, limit::LEASES, lease),
    }
}

/// No more than the device takes.
fn few<T, U>(all: &[T], most: usize, form: impl Fn(&T) -> U) -> Vec<U> {
    all.iter().take(most).map(form).collect()
}

/// Texts are kept as long as a device takes them.
fn short(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// An account as a device is told of it.
pub(crate) fn account(seen: &ledger::AccountView) -> AccountView {
    let account = &seen.account;
    AccountView {
        id: account.id,
        name: short(&account.name, limit::NAME),
        kind: account.kind,
        limit: account.limit,
        exceed_by: account.exceed_by,
        balance: seen.balance,
        at_limit: seen.at_limit,
        in_grace: seen.in_grace,
    }
}

/// A document as a device is told of it, with the approval of its release.
pub(crate) fn document(known: &ledger::Document, approval: Option<String>) -> Document {
    let releasing = known.state == DocumentState::Releasing;
    let release = known.printer.as_ref().zip(known.release_nonce);
    Document {
        id: known.id,
        device: known.device,
        queue: short(&known.queue, limit::QUEUE),
        name: short(&known.name, limit::NAME),
        state: Some(known.state),
        reason: known
            .reason
            .as_deref()
            .map(|reason| short(reason, limit::SENTENCE)),
        account: known.account,
        cost: known.cost,
        lease: known.lease,
        charged: known.charged(),
        verdict: known.verdict,
        release: release
            .filter(|_| releasing)
            .map(|(printer, nonce)| Release {
                printer: short(printer, limit::QUEUE),
                nonce,
                approval,
            }),
        submitted_at: known.submitted_at,
        hold_until: known.hold_until,
        notified: known.notified_at.is_some(),
    }
}

/// A lease as its device is told of it at `now`.
pub(crate) fn lease(known: &ledger::Lease, desk: &Desk<'_>, now: Timestamp) -> Lease {
    let left = known.expires_at.duration_since(now).as_millis();
    Lease {
        id: known.id,
        account: known.account,
        granted: known.granted,
        drawn: known.drawn,
        state: match known.state {
            ledger::LeaseState::Open if known.is_unreported(now) => LeaseState::Unreported,
            ledger::LeaseState::Open => LeaseState::Open,
            ledger::LeaseState::Returned => LeaseState::Returned,
            ledger::LeaseState::Expired => LeaseState::WrittenOff,
        },
        ends_at: known.expires_at,
        left_ms: u64::try_from(left).unwrap_or(0),
        called_back: known.called_at.is_some(),
        signed: desk.lease(known),
    }
}
