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
    let wanted = list.get("search").to_lowercase();
    let groups = ask.central.ledger.groups().await?;
    let found: Vec<_> = groups
        .into_iter()
        .filter(|(name, _)| name.to_lowercase().contains(&wanted))
        .collect();
    list.found(found.len() as u64);
    let asked = list.ask();
    let skipped = usize::try_from(asked.offset).unwrap_or(usize::MAX);
    let rows = found
        .into_iter()
        .skip(skipped)
        .take(asked.rows() as usize)
        .collect();
    page(&GroupsPage {
        frame: ask.frame(Here::Groups),
        w: &ask.words().people,
        list,
        rows,
    })
}
