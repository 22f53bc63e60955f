//! The list of submitted documents.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use platen_domain::DocumentId;
use serde::Deserialize;

use super::frame::{Frame, Here, Visit};
use super::{Refusal, render, several, show};
use crate::portal::DocumentRow;

#[derive(Deserialize)]
pub(crate) struct Wanted {
    document: Option<String>,
    /// What was just deleted, for the notice that takes it back.
    deleted: Option<String>,
}

#[derive(Template)]
#[template(path = "portal/documents.html")]
struct DocumentsPage<'a> {
    frame: &'a Frame,
    /// The document that a notification led to.
    wanted: Option<DocumentId>,
    /// The same, if its account can still be changed: its dialog is open.
    highlighted: Option<&'a DocumentRow>,
    /// From a notification the account becomes the active one too.
    also_active: bool,
    problem: Option<&'a str>,
}

pub(crate) async fn list(visit: Visit, Query(query): Query<Wanted>) -> Result<Response, Refusal> {
    let mut frame = Frame::load(&visit, Here::Documents).await?;
    if frame.can_undelete && frame.notice.is_some() {
        frame.undo = several::deleted_in(query.deleted.as_deref().unwrap_or_default());
    }
    let wanted = query.document.map(|text| text.parse().map(DocumentId).ok());
    if let Some(wanted) = wanted
        && frame.notice.is_none()
        && !visit.is_refresh()
    {
        let document = wanted.and_then(|id| frame.view.document(id));
        frame.notice = match document {
            None => Some(frame.w.document_gone.to_owned()),
            Some(document) if !document.can_change_account => {
                Some(frame.w.account_fixed.to_owned())
            }
            Some(_) => None,
        };
    }
    let wanted = wanted.flatten();
    let highlighted = wanted
        .and_then(|id| frame.view.document(id))
        .filter(|document| document.can_change_account && !frame.view.accounts.is_empty());
    let page = DocumentsPage {
        frame: &frame,
        wanted,
        highlighted,
        also_active: true,
        problem: None,
    };
    Ok(render(StatusCode::OK, &page))
}
