//! Documents of the past, and how their price came about.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use platen_domain::{DocumentId, Points};
use serde::Deserialize;

use super::frame::{Frame, Here, Visit};
use super::{Refusal, render, show};
use crate::portal::{HistoryPage, ReceiptView};
use crate::words::ENGLISH;

#[derive(Deserialize)]
pub(crate) struct Before {
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "portal/history.html")]
struct HistoryListPage<'a> {
    frame: &'a Frame,
    page: HistoryPage,
    /// Whether this is not the newest stretch.
    older: bool,
}

#[derive(Template)]
#[template(path = "portal/receipt.html")]
struct ReceiptPage<'a> {
    frame: &'a Frame,
    receipt: ReceiptView,
    returned: Option<Points>,
}

pub(crate) async fn list(visit: Visit, Query(query): Query<Before>) -> Result<Response, Refusal> {
    let frame = Frame::load(&visit, Here::History).await?;
    let older = query.before.is_some();
    let page = visit.portal().history(query.before).await?;
    let page = HistoryListPage {
        frame: &frame,
        page,
        older,
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn receipt(visit: Visit, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = id
        .parse()
        .map(DocumentId)
        .map_err(|_| Refusal::not_found(ENGLISH.not_found))?;
    let frame = Frame::load(&visit, Here::History).await?;
    let receipt = visit.portal().receipt(id).await?;
    let page = ReceiptPage {
        frame: &frame,
        returned: returned(&receipt),
        receipt,
    };
    Ok(render(StatusCode::OK, &page))
}

/// reserved − charged, once both are known and something came back.
fn returned(receipt: &ReceiptView) -> Option<Points> {
    let returned = receipt.reserved?.minus(receipt.charged?).ok()?;
    (returned > Points::ZERO).then_some(returned)
}
