//! One group: those whom the site itself puts into it, added and removed one by
//! one. *Source*: rules.md R-6.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use platen_ledger::Member;
use url::form_urlencoded::byte_serialize;

use super::super::fields::{Faults, Fields};
use super::super::frame::{Ask, Frame, Here, page_with};
use super::super::listing::Listing;
use super::super::stop::Stop;
use crate::flash::see_other_with_notice;
use crate::words::console::{AccessWords, Fill as _, PeopleWords};

/// Letters of a group's name at most, as of those in an account's list.
const NAME: usize = 200;

#[derive(Template)]
#[template(path = "console/group.html")]
struct GroupPage {
    frame: Frame,
    w: &'static PeopleWords,
    access: &'static AccessWords,
    group: String,
    list: Listing,
    rows: Vec<Member>,
    typed: String,
    faults: Faults,
}

/// Where a group is. Its name may hold anything, so that it stands behind the `?`.
pub(in crate::console) fn path(group: &str) -> String {
    let name: String = byte_serialize(group.as_bytes()).collect();
    format!("/console/group?name={name}")
}

pub(in crate::console) async fn list(ask: Ask) -> Result<Response, Stop> {
    let typed = ask.query.get("name").to_owned();
    match ask.words().frame.read_text(&typed, NAME) {
        Ok(group) => show(&ask, group, String::new(), Faults::default()).await,
        Err(_) => Err(Stop::Gone),
    }
}

async fn show(ask: &Ask, group: String, typed: String, faults: Faults) -> Result<Response, Stop> {
    let mut list = Listing::read("/console/group", &["name", "search"], &ask.query);
    let ledger = &ask.central.ledger;
    let found = ledger
        .group_members(&group, list.get("search"), list.ask())
        .await?;
    list.found(found.total);
    let status = if faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    page_with(
        status,
        &GroupPage {
            frame: ask.frame(Here::Groups),
            w: &ask.words().people,
            access: &ask.words().access,
            group,
            list,
            rows: found.rows,
            typed,
            faults,
        },
    )
}

/// Adds one member or removes one.
pub(in crate::console) async fn change(ask: Ask, fields: Fields) -> Result<Response, Stop> {
    let words = ask.words();
    let named = words.frame.read_text(ask.query.get("name"), NAME);
    let group = named.map_err(|_| Stop::Gone)?;
    let (desk, now, w) = (ask.desk(), ask.central.now(), &words.people);
    let gone = fields.get("remove");
    if !gone.is_empty() {
        desk.remove_member(&group, gone, now).await?;
        let notice = w.member_removed.with2(gone, &group);
        return Ok(see_other_with_notice(&path(&group), &notice));
    }
    let typed = fields.get("new_user").to_owned();
    let login = match words.frame.read_text(&typed, NAME) {
        Ok(login) => login,
        Err(text) => return show(&ask, group, typed, Faults::one("new_user", text)).await,
    };
    if !desk.add_member(&group, &login, now).await? {
        let text = w.member_already.with2(&login, &group);
        return show(&ask, group, typed, Faults::one("new_user", text)).await;
    }
    let notice = w.member_added.with2(login, &group);
    Ok(see_other_with_notice(&path(&group), &notice))
}

impl GroupPage {
    fn path(&self) -> String {
        path(&self.group)
    }
}
