//! What is suggested while somebody types the name of a user, a group or an
//! account: twenty at most, and how many more there are.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use platen_ledger::{AccountQuery, PageAsk, PeopleQuery};
use serde::Serialize;

use super::super::frame::Ask;
use super::super::stop::Stop;

const SUGGESTED: u32 = 20;

#[derive(Serialize)]
struct Found {
    matches: Vec<Match>,
    /// How many match beyond those.
    more: u64,
}

#[derive(Serialize)]
struct Match {
    /// What is put into the field.
    value: String,
    /// What is read beside it.
    note: String,
}

fn answer(matches: Vec<Match>, total: u64) -> Response {
    let more = total.saturating_sub(matches.len() as u64);
    Json(Found { matches, more }).into_response()
}

pub(in crate::console) async fn users(ask: Ask) -> Result<Response, Stop> {
    let found = ask
        .central
        .ledger
        .people_page(PeopleQuery {
            search: ask.query.get("q").to_owned(),
            page: PageAsk::first(SUGGESTED),
            ..PeopleQuery::default()
        })
        .await?;
    let matches = found.rows.into_iter().map(|row| Match {
        value: row.person.login,
        note: row.person.name,
    });
    Ok(answer(matches.collect(), found.total))
}

pub(in crate::console) async fn groups(ask: Ask) -> Result<Response, Stop> {
    let w = &ask.words().people;
    let show = ask.show();
    let (wanted, first) = (ask.query.get("q"), PageAsk::first(SUGGESTED));
    let found = ask.central.ledger.groups_page(wanted, first).await?;
    let matches = found.rows.into_iter().map(|(name, members)| Match {
        value: name,
        note: format!("{}: {}", w.members, show.number(members)),
    });
    Ok(answer(matches.collect(), found.total))
}

pub(in crate::console) async fn accounts(ask: Ask) -> Result<Response, Stop> {
    let found = ask
        .central
        .ledger
        .accounts_page(AccountQuery {
            search: ask.query.get("q").to_owned(),
            page: PageAsk::first(SUGGESTED),
            ..AccountQuery::default()
        })
        .await?;
    let matches = found.rows.into_iter().map(|row| Match {
        value: row.account.code,
        note: row.account.name,
    });
    Ok(answer(matches.collect(), found.total))
}
