//! The switch of the active account. *Source*: rules.md R-25.

use askama::Template;
use axum::extract::Form;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::Response;
use platen_domain::AccountId;
use std::collections::HashMap;

use super::frame::{Frame, Here, Visit};
use super::{Refusal, render, see_other, show};
use crate::portal::PortalError;

/// What a form sent. Names that come twice count once.
pub(super) type Fields = Result<Form<HashMap<String, String>>, FormRejection>;

#[derive(Template)]
#[template(path = "portal/switch.html")]
struct SwitchPage<'a> {
    frame: &'a Frame,
    problem: Option<&'a str>,
}

pub(crate) async fn page(visit: Visit) -> Result<Response, Refusal> {
    let frame = Frame::load(&visit, Here::Documents).await?;
    let page = SwitchPage {
        frame: &frame,
        problem: None,
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn switch(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let frame = Frame::load(&visit, Here::Documents).await?;
    match try_switch(&visit, &frame, fields).await {
        Ok(name) => {
            visit.tell(&visit.words().switched_to(&name));
            Ok(see_other("/"))
        }
        Err(refusal) => {
            let page = SwitchPage {
                frame: &frame,
                problem: Some(&refusal.text(frame.w)),
            };
            Ok(render(refusal.status, &page))
        }
    }
}

async fn try_switch(visit: &Visit, frame: &Frame, fields: Fields) -> Result<String, Refusal> {
    let account = account_in(&read(fields)?)?;
    let choice = frame
        .view
        .accounts
        .iter()
        .find(|choice| choice.id == account)
        .ok_or_else(|| Refusal::bad_input(|w| w.account_missing))?;
    if let Some(reason) = &choice.unavailable {
        return Err(PortalError::Rule(reason.clone()).into());
    }
    visit.portal().set_active(account).await?;
    Ok(choice.name.clone())
}

pub(super) fn read(fields: Fields) -> Result<HashMap<String, String>, Refusal> {
    let Form(fields) = fields.map_err(|_| Refusal::bad_input(|w| w.form_unreadable))?;
    Ok(fields)
}

pub(super) fn account_in(fields: &HashMap<String, String>) -> Result<AccountId, Refusal> {
    fields
        .get("account")
        .and_then(|text| text.parse().ok())
        .map(AccountId)
        .ok_or_else(|| Refusal::bad_input(|w| w.account_missing))
}
