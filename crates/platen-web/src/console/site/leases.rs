//! Points that devices hold for use without network: where they are, calling them
//! back, and giving up those that nobody reported. *Source*: rules.md.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use platen_domain::{LeaseId, Person, Points, UserId};
use platen_ledger::{Lease, LeaseQuery};
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
    /// Its time is long over: it can be given up.
    given_up: bool,
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
    page(&EndPage {
        frame: ask.frame(Here::Leases),
        w: &ask.words().leases,
        given_up: row.lease.can_be_written_off(ask.central.now()),
        row,
    })
}

/// Calls the points back or, where their time is long over, gives them up.
pub(in crate::console) async fn end(ask: Ask, id: Path<String>) -> Result<Response, Stop> {
    let row = one(&ask, &id).await?;
    let (id, now) = (row.lease.id, ask.central.now());
    let w = &ask.words().leases;
    let notice = if row.lease.can_be_written_off(now) {
        ask.desk().write_off_lease(id, now).await?;
        w.given_up.with(&row.person)
    } else {
        ask.desk().call_back_lease(id, now).await?;
        w.called_back.with(&row.person)
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
        if lease.can_be_written_off(self.frame.now) {
            Some(self.w.give_up)
        } else {
            lease.called_at.is_none().then_some(self.w.call_back)
        }
    }
}

impl EndPage {
    fn question(&self) -> &'static str {
        if self.given_up {
            self.w.give_up_title
        } else {
            self.w.call_back_title
        }
    }
}
