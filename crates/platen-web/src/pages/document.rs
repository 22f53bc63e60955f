//! What can be done with one document: account, finishing options, release,
//! deletion, another attempt at reading it. *Source*: rules.md R-34.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use platen_domain::{DocumentId, Sides, Verdict};

use super::account::{Fields, account_in, read};
use super::frame::{Frame, Here, Visit};
use super::{Refusal, render, see_other, several, show};
use crate::portal::{DocumentRow, FinishingChange, FinishingView, Scope};

#[derive(Template)]
#[template(path = "portal/document_account.html")]
struct AccountPage<'a> {
    frame: &'a Frame,
    document: &'a DocumentRow,
    also_active: bool,
    problem: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "portal/finishing.html")]
struct FinishingPage<'a> {
    frame: &'a Frame,
    document: &'a DocumentRow,
    finishing: FinishingView,
    /// As it was typed.
    copies: &'a str,
    problem: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "portal/release.html")]
struct ReleasePage<'a> {
    frame: &'a Frame,
    document: &'a DocumentRow,
    problem: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "portal/delete.html")]
struct DeletePage<'a> {
    frame: &'a Frame,
    document: &'a DocumentRow,
    problem: Option<&'a str>,
}

/// The frame and the document that a path names.
async fn find(visit: &Visit, id: &str) -> Result<(Frame, DocumentRow), Refusal> {
    let frame = Frame::load(visit, Here::Documents).await?;
    let document = id
        .parse()
        .ok()
        .and_then(|id| frame.view.document(DocumentId(id)))
        .cloned()
        .ok_or_else(|| Refusal::not_found(|w| w.document_gone))?;
    Ok((frame, document))
}

/// How it is to be printed, where that can still be changed.
fn changeable(document: &DocumentRow) -> Result<FinishingView, Refusal> {
    document
        .finishing
        .filter(|_| document.can_set_finishing)
        .ok_or_else(|| Refusal::not_now(|w| w.finishing_fixed))
}

/// What is said of a change that a verdict allows.
fn unless_declined(verdict: &Verdict, sentence: String) -> Result<String, Refusal> {
    match verdict {
        Verdict::Declined { .. } => Err(Refusal::conflict(sentence)),
        Verdict::Ready { .. } | Verdict::Warning { .. } => Ok(sentence),
    }
}

pub(crate) async fn account_page(
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let (frame, document) = find(&visit, &id).await?;
    let page = AccountPage {
        frame: &frame,
        document: &document,
        also_active: false,
        problem: None,
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn change_account(
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let (frame, document) = find(&visit, &id).await?;
    let fields = read(fields);
    let also_active = fields
        .as_ref()
        .is_ok_and(|fields| fields.contains_key("also_active"));
    let scope = if also_active {
        Scope::AndActive
    } else {
        Scope::ThisDocument
    };
    let asked = async {
        let account = account_in(&fields?)?;
        let answer = visit
            .portal()
            .change_account(document.id, account, scope)
            .await?;
        let sentence = frame.w.account_answer(&answer);
        unless_declined(&answer.verdict, sentence)
    };
    match asked.await {
        Ok(sentence) => {
            visit.tell(&sentence);
            Ok(see_other("/"))
        }
        Err(refusal) => {
            let page = AccountPage {
                frame: &frame,
                document: &document,
                also_active,
                problem: Some(&refusal.text(frame.w)),
            };
            Ok(render(refusal.status, &page))
        }
    }
}

pub(crate) async fn finishing_page(
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let (frame, document) = find(&visit, &id).await?;
    let finishing = changeable(&document)?;
    let page = FinishingPage {
        frame: &frame,
        document: &document,
        finishing,
        copies: &finishing.copies.to_string(),
        problem: None,
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn set_finishing(
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let (frame, document) = find(&visit, &id).await?;
    let finishing = changeable(&document)?;
    let fields = read(fields);
    let field = |name: &str| {
        let fields = fields.as_ref().ok()?;
        fields.get(name).map(|text| text.trim().to_owned())
    };
    let (copies, sides, colour) = (field("copies"), field("sides"), field("colour"));
    // The script's own mark: the dialog stays open and shows the new price.
    let stay = field("stay").is_some();
    let asked = async {
        fields?;
        let change = finishing_in(copies.as_deref(), sides.as_deref(), colour.as_deref())?;
        let answer = visit.portal().set_finishing(document.id, change).await?;
        let sentence = frame.w.finishing_answer(&answer);
        unless_declined(&answer.verdict, sentence)
    };
    match asked.await {
        Ok(_) if stay => Ok(see_other(&format!(
            "/documents/{}/finishing",
            document.id.0
        ))),
        Ok(sentence) => {
            visit.tell(&sentence);
            Ok(see_other("/"))
        }
        Err(refusal) => {
            let page = FinishingPage {
                frame: &frame,
                document: &document,
                finishing,
                copies: &copies.unwrap_or_else(|| finishing.copies.to_string()),
                problem: Some(&refusal.text(frame.w)),
            };
            Ok(render(refusal.status, &page))
        }
    }
}

pub(super) fn copies_in(text: Option<&str>) -> Result<u32, Refusal> {
    text.and_then(|text| text.parse().ok())
        .filter(|copies| (1..=FinishingChange::MAX_COPIES).contains(copies))
        .ok_or_else(|| Refusal::bad_input(|w| w.copies_bad))
}

fn finishing_in(
    copies: Option<&str>,
    sides: Option<&str>,
    colour: Option<&str>,
) -> Result<FinishingChange, Refusal> {
    let copies = copies_in(copies)?;
    let sides = sides
        .and_then(Sides::from_keyword)
        .ok_or_else(|| Refusal::bad_input(|w| w.sides_bad))?;
    let monochrome = match colour {
        Some("colour") => false,
        Some("mono") => true,
        _ => return Err(Refusal::bad_input(|w| w.colour_bad)),
    };
    Ok(FinishingChange {
        copies,
        sides,
        monochrome,
    })
}

pub(crate) async fn release_page(
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let (frame, document) = find(&visit, &id).await?;
    let page = ReleasePage {
        frame: &frame,
        document: &document,
        problem: None,
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn release(
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let (frame, document) = find(&visit, &id).await?;
    let asked = async {
        let fields = read(fields)?;
        let printer = frame
            .view
            .printers
            .iter()
            .find(|printer| Some(&printer.name) == fields.get("printer"))
            .ok_or_else(|| Refusal::bad_input(|w| w.printer_missing))?;
        visit.portal().release(document.id, &printer.name).await?;
        Ok::<_, Refusal>(show::printer_name(printer))
    };
    match asked.await {
        Ok(printer) => {
            visit.tell(&frame.w.released_to(&document.name, printer));
            Ok(see_other("/"))
        }
        Err(refusal) => {
            let page = ReleasePage {
                frame: &frame,
                document: &document,
                problem: Some(&refusal.text(frame.w)),
            };
            Ok(render(refusal.status, &page))
        }
    }
}

pub(crate) async fn delete_page(visit: Visit, Path(id): Path<String>) -> Result<Response, Refusal> {
    let (frame, document) = find(&visit, &id).await?;
    let page = DeletePage {
        frame: &frame,
        document: &document,
        problem: None,
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn delete(visit: Visit, Path(id): Path<String>) -> Result<Response, Refusal> {
    let (frame, document) = find(&visit, &id).await?;
    match visit.portal().delete(document.id).await {
        Ok(()) => {
            let said = if document.state.is_reserved() {
                frame.w.deleted
            } else {
                frame.w.deleted_uncharged
            };
            visit.tell(said);
            Ok(see_other(&several::after(&frame, &[document.id])))
        }
        Err(error) => {
            let refusal = Refusal::from(error);
            let page = DeletePage {
                frame: &frame,
                document: &document,
                problem: Some(&refusal.text(frame.w)),
            };
            Ok(render(refusal.status, &page))
        }
    }
}

pub(crate) async fn retry(visit: Visit, Path(id): Path<String>) -> Result<Response, Refusal> {
    let (_, document) = find(&visit, &id).await?;
    visit.portal().retry(document.id).await?;
    visit.tell(visit.words().retrying);
    Ok(see_other("/"))
}
