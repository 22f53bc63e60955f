//! Sessions and devices: who is signed in where, and ending it.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use platen_domain::{Person, UserId};
use platen_ledger::{Session, SessionFilter, SessionKind};
use uuid::Uuid;

use super::super::fields::Fields;
use super::super::frame::{Ask, Frame, Here, page};
use super::super::listing::Listing;
use super::super::stop::Stop;
use super::device;
use crate::flash::see_other_with_notice;
use crate::words::console::{Fill as _, SiteWords};

#[derive(Template)]
#[template(path = "console/sessions.html")]
struct SessionsPage {
    frame: Frame,
    w: &'static SiteWords,
    list: Listing,
    rows: Vec<Session>,
    /// Only his.
    person: Option<Person>,
    own: Uuid,
}

#[derive(Template)]
#[template(path = "console/session_end.html")]
struct EndPage {
    frame: Frame,
    w: &'static SiteWords,
    session: Session,
    own: bool,
}

#[derive(Template)]
#[template(path = "console/session_end_all.html")]
struct EndAllPage {
    frame: Frame,
    w: &'static SiteWords,
    person: Person,
    own: bool,
}

const NAMES: [&str; 4] = ["search", "user", "kind", "ended"];

pub(in crate::console) async fn list(ask: Ask) -> Result<Response, Stop> {
    let mut list = Listing::read("/console/sessions", &NAMES, &ask.query);
    let ledger = &ask.central.ledger;
    let user = Some(list.get("user"))
        .filter(|user| !user.is_empty())
        .map(UserId::new);
    let person = match &user {
        Some(user) => ledger.person(user).await?.map(|row| row.person),
        None => None,
    };
    let found = ledger
        .sessions(SessionFilter {
            user,
            kind: match list.get("kind") {
                "browser" => Some(SessionKind::Browser),
                "device" => Some(SessionKind::Device),
                _ => None,
            },
            search: list.get("search").to_owned(),
            live_at: list.get("ended").is_empty().then(|| ask.central.now()),
            page: list.ask(),
        })
        .await?;
    list.found(found.total);
    page(&SessionsPage {
        frame: ask.frame(Here::Sessions),
        w: &ask.words().site,
        list,
        rows: found.rows,
        person,
        own: ask.admin.session.id,
    })
}

/// The name that stands for a person where he has none.
pub(in crate::console) fn name_of(person: &Person) -> &str {
    if person.name.is_empty() {
        &person.login
    } else {
        &person.name
    }
}

impl SessionsPage {
    fn device(&self, session: &Session) -> String {
        device::name(&session.device)
    }

    fn kind(&self, session: &Session) -> (&'static str, &'static str) {
        match session.kind {
            SessionKind::Browser => ("person", self.w.kind_browser),
            SessionKind::Device => ("device", self.w.kind_device),
        }
    }

    fn state(&self, session: &Session) -> (&'static str, &'static str, &'static str) {
        if session.ended_at.is_some() {
            ("past", "stopped", self.w.state_ended)
        } else if session.expires_at <= self.frame.now {
            ("past", "busy", self.w.state_expired)
        } else {
            ("good", "good", self.w.state_open)
        }
    }

    fn is_open(&self, session: &Session) -> bool {
        session.ended_at.is_none() && session.expires_at > self.frame.now
    }
}

async fn named(ask: &Ask, id: &Path<String>) -> Result<Session, Stop> {
    let id: Uuid = id.parse().map_err(|_| Stop::Gone)?;
    ask.central
        .ledger
        .session_named(id)
        .await?
        .ok_or(Stop::Gone)
}

pub(in crate::console) async fn question(ask: Ask, id: Path<String>) -> Result<Response, Stop> {
    let session = named(&ask, &id).await?;
    page(&EndPage {
        frame: ask.frame(Here::Sessions),
        w: &ask.words().site,
        own: session.id == ask.admin.session.id,
        session,
    })
}

pub(in crate::console) async fn end(ask: Ask, id: Path<String>) -> Result<Response, Stop> {
    let session = named(&ask, &id).await?;
    let ended = ask
        .desk()
        .end_session(session.id, ask.central.now())
        .await?;
    let w = &ask.words().site;
    let notice = if ended {
        w.ended.with(name_of(&session.person))
    } else {
        w.ended_already.to_owned()
    };
    Ok(see_other_with_notice("/console/sessions", &notice))
}

async fn person(ask: &Ask, id: &str) -> Result<Person, Stop> {
    let found = ask.central.ledger.person(&UserId::new(id)).await?;
    found.map(|row| row.person).ok_or(Stop::Gone)
}

pub(in crate::console) async fn question_all(ask: Ask) -> Result<Response, Stop> {
    let person = person(&ask, ask.query.get("user")).await?;
    page(&EndAllPage {
        frame: ask.frame(Here::Sessions),
        w: &ask.words().site,
        own: person.id == ask.admin.session.person.id,
        person,
    })
}

pub(in crate::console) async fn end_all(ask: Ask, fields: Fields) -> Result<Response, Stop> {
    let person = person(&ask, fields.get("user")).await?;
    let now = ask.central.now();
    let ended = ask.desk().end_sessions_of(&person.id, now).await?;
    let w = &ask.words().site;
    let name = name_of(&person);
    let notice = match ended {
        1 => w.ended_one.with(name),
        many => w.ended_many.with2(many, name),
    };
    Ok(see_other_with_notice(
        &super::super::people::path(&person.id),
        &notice,
    ))
}
