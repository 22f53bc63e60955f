//! Groups that are known: from the provider's claims and from administrators.

use askama::Template;
use axum::response::Response;

use super::super::frame::{Ask, Frame, Here, page};
use super::super::listing::Listing;
use super::super::stop::Stop;
use crate::words::console::{Fill as _, PeopleWords};

#[derive(Template)]
#[template(path = "console/groups.html")]
struct GroupsPage {
    frame: Frame,
    w: &'static PeopleWords,
    list: Listing,
    rows: Vec<(String, u64)>,
}

/// *Source*: rules.md R-6.
pub(in crate::console) async fn list(ask: Ask) -> Result<Response, Stop> {
    let mut list = Listing::read("/console/groups", &["search"], &ask.query);
    let ledger = &ask.central.ledger;
    let found = ledger.groups_page(list.get("search"), list.ask()).await?;
    list.found(found.total);
    page(&GroupsPage {
        frame: ask.frame(Here::Groups),
        w: &ask.words().people,
        list,
        rows: found.rows,
    })
}
