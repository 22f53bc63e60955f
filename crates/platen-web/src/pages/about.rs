//! What is in order and what is not.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Frame, Here, Visit};
use super::{Refusal, render, show};
use crate::portal::Diagnostics;
use crate::router::Served;

#[derive(Template)]
#[template(path = "portal/about.html")]
struct AboutPage<'a> {
    frame: &'a Frame,
    about: Diagnostics,
}

pub(crate) async fn page(
    State(served): State<Arc<Served>>,
    visit: Visit,
) -> Result<Response, Refusal> {
    let frame = Frame::load(&served, &visit, Here::About).await?;
    let about = served.portal.diagnostics().await?;
    Ok(render(
        StatusCode::OK,
        &AboutPage {
            frame: &frame,
            about,
        },
    ))
}
