//! Points that devices hold for use without network: where they are, calling them
//! back, and giving up those that nobody reported. *Source*: rules.md.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use jiff::Timestamp;
use platen_domain::{LeaseId, Person, Points, UserId};
use platen_ledger::{Lease, LeaseQuery, LeaseState};
use uuid::Uuid;

use super::super::frame::{Ask, Frame, Here, page};
use super::super::listing::Listing;
use super::super::stop::Stop;
use super::sessions::name_of;
use crate::flash::see_other_with_notice;
use crate::words::console::{Fill as _, LeaseWords};

#[derive(Template)]
#[template(path = "console/leases.html")]
struct LeasesPage {
    frame: Frame,
    w: &'static LeaseWords,
    list: Listing,
    rows: Vec<Row>,
    /// Only his.
    person: Option<Person>,
}

/// One lease, with the names of what it is about.
struct Row {
    lease: Lease,
    account: String,
    person: String,
    device: String,
}

#[derive(Template)]
#[template(path = "console/lease_end.html")]
struct EndPage {
    frame: Frame,
    w: &'static LeaseWords,
    row: Row,
    deed: Deed,
}

/// What can be done with a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    CallBack,
    /// Its time is long over.
    GiveUp,
}

impl Deed {
    /// Calling back what is over changes nothing: its device uses it no more.
    fn of(lease: &Lease, now: Timestamp) -> Option<Self> {
        let is_open = lease.state == LeaseState::Open && !lease.is_unreported(now);
        if lease.can_be_written_off(now) {
            Some(Self::GiveUp)
        } else {
            (is_open && lease.called_at.is_none()).then_some(Self::CallBack)
        }
    }

    fn name(self, w: &LeaseWords) -> &'static str {
        match self {
            Self::CallBack => w.call_back,
            Self::GiveUp => w.give_up,
        }
    }
}

pub(in crate::console) async fn list(ask: Ask) -> Result<Response, Stop> {
    let mut list = Listing::read("/console/leases", &["user", "unreported"], &ask.query);
    let ledger = &ask.central.ledger;
    let user = Some(list.get("user")).filter(|user| !user.is_empty());
    let user = user.map(UserId::new);
    let person = match &user {
        Some(user) => ledger.person(user).await?.map(|row| row.person),
        None => None,
    };
    let unreported = !list.get("unreported").is_empty();
    let found = ledger
        .leases_page(LeaseQuery {
            user,
            ended_at: unreported.then(|| ask.central.now()),
            page: list.ask(),
        })
        .await?;
    list.found(found.total);
    let rows = named(&ask, found.rows).await?;
    page(&LeasesPage {
        frame: ask.frame(Here::Leases),
        w: &ask.words().leases,
        list,
        rows,
        person,
    })
}

/// Looks up what leases are about, each thing once.
async fn named(ask: &Ask, leases: Vec<Lease>) -> Result<Vec<Row>, Stop> {
    let ledger = &ask.central.ledger;
    let (mut accounts, mut people) = (HashMap::new(), HashMap::new());
    let mut rows = Vec::with_capacity(leases.len());
    for lease in leases {
        let account = match accounts.entry(lease.account) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let account = ledger.account(lease.account).await?;
                place.insert(account.map_or_else(String::new, |account| account.name))
            }
        };
        let person = match people.entry(lease.user.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let found = ledger.person(&lease.user).await?;
                place.insert(found.map_or_else(
                    || lease.user.as_str().to_owned(),
                    |row| name_of(&row.person).to_owned(),
                ))
            }
        };
        let device = match lease.device.parse::<Uuid>() {
            Ok(id) => ledger.device(id).await?.map(|device| device.name),
            Err(_) => None,
        };
        rows.push(Row {
            account: account.clone(),
            person: person.clone(),
            device: device.unwrap_or_else(|| lease.device.clone()),
            lease,
        });
    }
    Ok(rows)
}

async fn one(ask: &Ask, id: &Path<String>) -> Result<Row, Stop> {
    let id: Uuid = id.parse().map_err(|_| Stop::Gone)?;
    let lease = ask.central.ledger.lease(LeaseId(id)).await?;
    let rows = named(ask, lease.into_iter().collect()).await?;
    rows.into_iter().next().ok_or(Stop::Gone)
}

pub(in crate::console) async fn question(ask: Ask, id: Path<String>) -> Result<Response, Stop> {
    let row = one(&ask, &id).await?;
    let w = &ask.words().leases;
    let Some(deed) = Deed::of(&row.lease, ask.central.now()) else {
        return Ok(see_other_with_notice("/console/leases", w.nothing_to_do));
    };
    page(&EndPage {
        frame: ask.frame(Here::Leases),
        w,
        deed,
        row,
    })
}

/// Calls the points back or, where their time is long over, gives them up.
pub(in crate::console) async fn end(ask: Ask, id: Path<String>) -> Result<Response, Stop> {
    let row = one(&ask, &id).await?;
    let (id, now) = (row.lease.id, ask.central.now());
    let w = &ask.words().leases;
    let notice = match Deed::of(&row.lease, now) {
        Some(Deed::GiveUp) => {
            ask.desk().write_off_lease(id, now).await?;
            w.given_up.with(&row.person)
        }
        Some(Deed::CallBack) => {
            ask.desk().call_back_lease(id, now).await?;
            w.called_back.with(&row.person)
        }
        None => w.nothing_to_do.to_owned(),
    };
    Ok(see_other_with_notice("/console/leases", &notice))
}

impl Row {
    fn left(&self) -> Points {
        self.lease.left().unwrap_or(Points::ZERO)
    }
}

impl LeasesPage {
    /// Tone, icon and word.
    fn state(&self, lease: &Lease) -> (&'static str, &'static str, &'static str) {
        if lease.is_unreported(self.frame.now) {
            ("low", "low", self.w.state_unreported)
        } else if lease.called_at.is_some() {
            ("past", "busy", self.w.state_called)
        } else {
            ("good", "good", self.w.state_open)
        }
    }

    /// What can be done with it, if anything.
    fn deed(&self, lease: &Lease) -> Option<&'static str> {
        let deed = Deed::of(lease, self.frame.now)?;
        Some(deed.name(self.w))
    }
}

impl EndPage {
    fn is_given_up(&self) -> bool {
        self.deed == Deed::GiveUp
    }

    /// Asks, and says what it means.
    fn question(&self) -> (&'static str, String) {
        let left = self.frame.points(self.row.left());
        match self.deed {
            Deed::CallBack => (self.w.call_back_title, self.w.call_back_text.with(left)),
            Deed::GiveUp => (self.w.give_up_title, self.w.give_up_text.with(left)),
        }
    }
}
