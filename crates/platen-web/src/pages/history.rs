//! Documents of the past, and how their price came about.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use platen_domain::{AccountId, DocumentId, DocumentState, Points};
use serde::Deserialize;

use super::frame::{Frame, Here, Visit};
use super::{Refusal, render, show};
use crate::portal::{HistoryPage, HistoryQuery, HistorySort, ReceiptView};
use crate::words::fill;

/// Letters of a search that count; no name is longer than a few hundred.
const SEARCHED: usize = 200;

/// A search as it stands in an address. What it can't mean is left out, so that
/// an old address still shows something.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    search: String,
    account: String,
    state: String,
    since: String,
    until: String,
    sort: String,
    page: String,
}

impl Asked {
    fn query(&self) -> HistoryQuery {
        let search: String = self.search.trim().chars().take(SEARCHED).collect();
        HistoryQuery {
            search,
            account: self.account.parse().ok().map(AccountId),
            state: DocumentState::from_name(&self.state)
                .filter(|state| HistoryQuery::STATES.contains(state)),
            since: self.since.parse().ok(),
            until: self.until.parse().ok(),
            sort: HistorySort::ALL
                .into_iter()
                .find(|sort| sort.name() == self.sort)
                .unwrap_or_default(),
            // Counted from one in addresses, as people count.
            page: self.page.parse::<u64>().unwrap_or(1).saturating_sub(1),
        }
    }
}

/// The address of another page of the same search.
fn address(query: &HistoryQuery, page: u64) -> String {
    let mut fields = url::form_urlencoded::Serializer::new(String::new());
    if !query.search.is_empty() {
        fields.append_pair("search", &query.search);
    }
    if let Some(account) = query.account {
        fields.append_pair("account", &account.0.to_string());
    }
    if let Some(state) = query.state {
        fields.append_pair("state", state.name());
    }
    for (name, date) in [("since", query.since), ("until", query.until)] {
        if let Some(date) = date {
            fields.append_pair(name, &date.to_string());
        }
    }
    if query.sort != HistorySort::default() {
        fields.append_pair("sort", query.sort.name());
    }
    if page > 0 {
        fields.append_pair("page", &(page + 1).to_string());
    }
    match fields.finish() {
        fields if fields.is_empty() => "/history".to_owned(),
        fields => format!("/history?{fields}"),
    }
}

#[derive(Template)]
#[template(path = "portal/history.html")]
struct HistoryListPage<'a> {
    frame: &'a Frame,
    query: &'a HistoryQuery,
    page: HistoryPage,
    /// `26–50 of 312`, where there is more than one page.
    range: Option<String>,
    previous: Option<String>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "portal/receipt.html")]
struct ReceiptPage<'a> {
    frame: &'a Frame,
    receipt: ReceiptView,
    returned: Option<Points>,
}

pub(crate) async fn list(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Refusal> {
    let frame = Frame::load(&visit, Here::History).await?;
    let query = asked.query();
    let page = visit.portal().history(query.clone()).await?;
    let rows = u64::from(HistoryQuery::ROWS);
    let before = query.page.saturating_mul(rows);
    let shown = page.entries.len() as u64;
    let has_next = before.saturating_add(shown) < page.total && shown > 0;
    let range = (query.page > 0 || has_next).then(|| {
        let numbers = [
            before.saturating_add(1).min(page.total).to_string(),
            (before.saturating_add(shown)).min(page.total).to_string(),
            page.total.to_string(),
        ];
        fill(frame.w.page_range, &numbers.each_ref().map(String::as_str))
    });
    let page = HistoryListPage {
        frame: &frame,
        previous: (query.page > 0).then(|| address(&query, query.page - 1)),
        next: has_next.then(|| address(&query, query.page + 1)),
        query: &query,
        range,
        page,
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn receipt(visit: Visit, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = id
        .parse()
        .map(DocumentId)
        .map_err(|_| Refusal::not_found(|w| w.not_found))?;
    let frame = Frame::load(&visit, Here::History).await?;
    let receipt = visit.portal().receipt(id).await?;
    let page = ReceiptPage {
        frame: &frame,
        returned: returned(&receipt),
        receipt,
    };
    Ok(render(StatusCode::OK, &page))
}

/// reserved − charged, once it is over and something came back.
fn returned(receipt: &ReceiptView) -> Option<Points> {
    let charged = match receipt.charged {
        None if !receipt.state.is_open() => Points::ZERO,
        charged => charged?,
    };
    let returned = receipt.reserved?.minus(charged).ok()?;
    (returned > Points::ZERO).then_some(returned)
}
