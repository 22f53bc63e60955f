//! The person's own devices: points that they keep, and signing one out.
//! *Source*: rules.md R-39.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use platen_domain::LeaseId;

use super::frame::{Frame, Here, Visit};
use super::{Refusal, render, see_other, show};
use crate::portal::{DeviceRow, DevicesView, LeaseRow, LeaseStanding};
use crate::words::console::Fill as _;
use crate::words::devices::DeviceWords;

const PATH: &str = "/devices";

#[derive(Template)]
#[template(path = "portal/devices.html")]
struct DevicesPage<'a> {
    frame: &'a Frame,
    w: &'static DeviceWords,
    view: DevicesView,
}

/// A question before something is done.
#[derive(Template)]
#[template(path = "portal/device_question.html")]
struct QuestionPage<'a> {
    frame: &'a Frame,
    w: &'static DeviceWords,
    title: String,
    text: String,
    warning: Option<&'static str>,
    action: String,
    deed: &'static str,
    danger: bool,
    problem: Option<&'a str>,
}

pub(crate) async fn list(visit: Visit) -> Result<Response, Refusal> {
    let (frame, view) = look(&visit).await?;
    let page = DevicesPage {
        w: words(&frame),
        frame: &frame,
        view,
    };
    Ok(render(StatusCode::OK, &page))
}

fn words(frame: &Frame) -> &'static DeviceWords {
    frame.w.tag.devices()
}

async fn look(visit: &Visit) -> Result<(Frame, DevicesView), Refusal> {
    if !visit.portal().knows_devices() {
        return Err(Refusal::not_found(|w| w.page_unknown));
    }
    let frame = Frame::load(visit, Here::Devices).await?;
    let view = visit.portal().devices().await?;
    Ok((frame, view))
}

async fn lease(visit: &Visit, id: &str) -> Result<(Frame, LeaseRow), Refusal> {
    let (frame, view) = look(visit).await?;
    let id = id.parse().map(LeaseId).ok();
    let mut leases = view.leases.into_iter();
    let lease = leases.find(|lease| Some(lease.id) == id);
    let lease = lease.ok_or_else(|| Refusal::not_found(|w| w.tag.devices().lease_gone))?;
    Ok((frame, lease))
}

async fn device(visit: &Visit, id: &str) -> Result<(Frame, DeviceRow), Refusal> {
    let (frame, view) = look(visit).await?;
    let id = id.parse().ok();
    let mut devices = view.devices.into_iter();
    let device = devices.find(|device| Some(device.id) == id);
    let device = device.ok_or_else(|| Refusal::not_found(|w| w.tag.devices().device_gone))?;
    Ok((frame, device))
}

/// Shows the question again, with why it can't be done.
fn again(page: QuestionPage<'_>, refusal: &Refusal) -> Response {
    let text = refusal.text(page.frame.w);
    let page = QuestionPage {
        problem: Some(&text),
        ..page
    };
    render(refusal.status, &page)
}

fn call_back_question<'a>(frame: &'a Frame, lease: &LeaseRow) -> QuestionPage<'a> {
    let w = words(frame);
    QuestionPage {
        frame,
        w,
        title: w.call_back_title.to_owned(),
        text: w.call_back_text.with(lease.name(w)),
        warning: None,
        action: format!("{PATH}/points/{}/call-back", lease.id.0),
        deed: w.call_back,
        danger: false,
        problem: None,
    }
}

pub(crate) async fn call_back_page(
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let (frame, lease) = lease(&visit, &id).await?;
    if !lease.can_call_back() {
        return Err(Refusal::not_now(|w| w.tag.devices().not_to_call));
    }
    Ok(render(StatusCode::OK, &call_back_question(&frame, &lease)))
}

pub(crate) async fn call_back(visit: Visit, Path(id): Path<String>) -> Result<Response, Refusal> {
    let (frame, lease) = lease(&visit, &id).await?;
    match visit.portal().call_back(lease.id).await {
        Ok(()) => {
            let w = words(&frame);
            visit.tell(&w.called_back.with(lease.name(w)));
            Ok(see_other(PATH))
        }
        Err(error) => Ok(again(call_back_question(&frame, &lease), &error.into())),
    }
}

fn give_up_question<'a>(frame: &'a Frame, lease: &LeaseRow) -> QuestionPage<'a> {
    let w = words(frame);
    let left = frame.w.points(&lease.left);
    QuestionPage {
        frame,
        w,
        title: w.give_up_title.with(lease.name(w)),
        text: w.give_up_text.with2(&lease.account_name, left),
        warning: Some(w.give_up_warning),
        action: format!("{PATH}/points/{}/give-up", lease.id.0),
        deed: w.give_up,
        danger: true,
        problem: None,
    }
}

pub(crate) async fn give_up_page(
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let (frame, lease) = lease(&visit, &id).await?;
    if !lease.can_give_up {
        return Err(Refusal::not_now(|w| w.refused_lease_lasts));
    }
    Ok(render(StatusCode::OK, &give_up_question(&frame, &lease)))
}

pub(crate) async fn give_up(visit: Visit, Path(id): Path<String>) -> Result<Response, Refusal> {
    let (frame, lease) = lease(&visit, &id).await?;
    match visit.portal().give_up(lease.id).await {
        Ok(()) => {
            let left = frame.w.points(&lease.left);
            let notice = words(&frame).given_up.with2(&lease.account_name, left);
            visit.tell(&notice);
            Ok(see_other(PATH))
        }
        Err(error) => Ok(again(give_up_question(&frame, &lease), &error.into())),
    }
}

fn sign_out_question<'a>(frame: &'a Frame, device: &DeviceRow) -> QuestionPage<'a> {
    let w = words(frame);
    QuestionPage {
        frame,
        w,
        title: w.sign_out_title.with(&device.name),
        text: w.sign_out_text.to_owned(),
        warning: None,
        action: format!("{PATH}/{}/sign-out", device.id),
        deed: w.sign_out,
        danger: true,
        problem: None,
    }
}

pub(crate) async fn sign_out_page(
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let (frame, device) = device(&visit, &id).await?;
    Ok(render(StatusCode::OK, &sign_out_question(&frame, &device)))
}

pub(crate) async fn sign_out(visit: Visit, Path(id): Path<String>) -> Result<Response, Refusal> {
    let (frame, device) = device(&visit, &id).await?;
    match visit.portal().sign_out_device(device.id).await {
        Ok(()) => {
            visit.tell(&words(&frame).signed_out.with(&device.name));
            Ok(see_other(PATH))
        }
        Err(error) => Ok(again(sign_out_question(&frame, &device), &error.into())),
    }
}

impl LeaseRow {
    fn name<'a>(&'a self, w: &DeviceWords) -> &'a str {
        match self.device_name.as_str() {
            "" => w.unnamed,
            name => name,
        }
    }

    fn can_call_back(&self) -> bool {
        self.state == LeaseStanding::Open
    }

    fn is_over(&self) -> bool {
        self.state == LeaseStanding::NotReported
    }

    /// Tone, icon and word.
    fn shown(&self, w: &DeviceWords) -> (&'static str, &'static str, &'static str) {
        match self.state {
            LeaseStanding::Open => ("good", "good", w.state_open),
            LeaseStanding::CalledBack => ("past", "busy", w.state_called),
            LeaseStanding::NotReported => ("low", "low", w.state_unreported),
        }
    }

    /// What there is to know about it.
    fn note(&self, w: &DeviceWords) -> Option<&'static str> {
        match self.state {
            _ if !self.signed_in => Some(w.signed_out_note),
            LeaseStanding::Open => None,
            LeaseStanding::CalledBack => Some(w.called_note),
            LeaseStanding::NotReported => Some(w.unreported_note),
        }
    }
}
