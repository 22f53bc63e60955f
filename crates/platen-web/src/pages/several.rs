//! Deleting several documents at once, and taking deletions back.

use askama::Template;
use axum::extract::Form;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::Response;
use platen_domain::{DocumentId, Verdict};

use super::frame::{Frame, Here, Visit};
use super::{Refusal, render, see_other, show};
use crate::portal::DocumentRow;
use crate::words::fill;

/// Documents of one form at most; the list has seldom more.
const MOST: usize = 500;

/// Fields that may come more than once.
type Pairs = Result<Form<Vec<(String, String)>>, FormRejection>;

#[derive(Template)]
#[template(path = "portal/delete_several.html")]
struct DeleteSeveralPage<'a> {
    frame: &'a Frame,
    documents: Vec<&'a DocumentRow>,
    problem: Option<&'a str>,
}

/// Deletes what was chosen; asks first where nothing can be taken back.
pub(crate) async fn delete(visit: Visit, fields: Pairs) -> Result<Response, Refusal> {
    let frame = Frame::load(&visit, Here::Documents).await?;
    let (ids, sure) = chosen(fields)?;
    let documents: Vec<&DocumentRow> = (ids.iter())
        .filter_map(|id| frame.view.document(*id))
        .filter(|document| document.can_delete)
        .collect();
    if documents.is_empty() {
        return Err(Refusal::not_found(|w| w.document_gone));
    }
    if !sure && !frame.can_undelete {
        let page = DeleteSeveralPage {
            frame: &frame,
            documents,
            problem: None,
        };
        return Ok(render(StatusCode::OK, &page));
    }
    let mut deleted = Vec::new();
    for document in &documents {
        match visit.portal().delete(document.id).await {
            Ok(()) => deleted.push(document.id),
            // The others are gone already; it is told what is.
            Err(error) if deleted.is_empty() => return Err(error.into()),
            Err(_) => break,
        }
    }
    visit.tell(&frame.w.deleted_number(deleted.len()));
    Ok(see_other(&after(&frame, &deleted)))
}

/// Takes deletions back.
pub(crate) async fn undelete(visit: Visit, fields: Pairs) -> Result<Response, Refusal> {
    let (ids, _) = chosen(fields)?;
    let words = visit.words();
    let mut back = 0;
    let mut declined = false;
    for id in &ids {
        match visit.portal().undelete(*id).await {
            Ok(answer) => {
                back += 1;
                declined |= matches!(answer.verdict, Verdict::Declined { .. });
            }
            Err(error) if back == 0 => return Err(too_late(error)),
            Err(_) => break,
        }
    }
    let frame = Frame::load(&visit, Here::Documents).await?;
    let name = match ids.as_slice() {
        [one] => frame.view.document(*one).map(|document| &document.name),
        _ => None,
    };
    let what = match name {
        Some(name) => fill(words.quoted, &[name]),
        None => words.counted(back, words.documents_one, words.documents_many),
    };
    let word = if declined {
        words.undeleted_declined
    } else {
        words.undeleted
    };
    visit.tell(&fill(word, &[&what]));
    Ok(see_other("/"))
}

/// The list after a deletion, with what a notice needs to take it back.
pub(super) fn after(frame: &Frame, deleted: &[DocumentId]) -> String {
    if !frame.can_undelete {
        return "/".to_owned();
    }
    let ids: Vec<String> = deleted.iter().map(|id| id.0.to_string()).collect();
    format!("/?deleted={}", ids.join(","))
}

/// Reads what [`after`] wrote.
pub(super) fn deleted_in(text: &str) -> Vec<DocumentId> {
    let ids = text.split(',').take(MOST);
    ids.filter_map(|id| id.parse().ok().map(DocumentId))
        .collect()
}

fn too_late(error: crate::PortalError) -> Refusal {
    match error {
        crate::PortalError::Rule(platen_ledger::Refusal::WrongState(_)) => {
            Refusal::not_now(|w| w.undo_too_late)
        }
        error => error.into(),
    }
}

fn chosen(fields: Pairs) -> Result<(Vec<DocumentId>, bool), Refusal> {
    let Form(fields) = fields.map_err(|_| Refusal::bad_input(|w| w.form_unreadable))?;
    let sure = fields.iter().any(|(name, _)| name == "sure");
    let mut ids: Vec<DocumentId> = Vec::new();
    for (_, value) in fields.iter().filter(|(name, _)| name == "document") {
        let id = value.parse().map(DocumentId);
        let id = id.map_err(|_| Refusal::not_found(|w| w.document_gone))?;
        if !ids.contains(&id) && ids.len() < MOST {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        return Err(Refusal::not_found(|w| w.document_gone));
    }
    Ok((ids, sure))
}
