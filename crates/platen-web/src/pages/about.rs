//! What is in order and what is not.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Frame, Here, Visit};
use super::{Refusal, render, show};
use crate::portal::Diagnostics;

#[derive(Template)]
#[template(path = "portal/about.html")]
struct AboutPage<'a> {
    frame: &'a Frame,
    about: Diagnostics,
}

pub(crate) async fn page(visit: Visit) -> Result<Response, Refusal> {
    let frame = Frame::load(&visit, Here::About).await?;
    let about = visit.portal().diagnostics().await?;
    Ok(render(
        StatusCode::OK,
        &AboutPage {
            frame: &frame,
            about,
        },
    ))
}
