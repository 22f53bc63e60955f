//! Coming in and going out on the central server: sign-in with OpenID Connect,
//! links of the tray app, sign-out.
//!
//! *Source*: rules.md R-31; OpenID Connect Core 1.0; RP-Initiated Logout 1.0;
//! RFC 9700 (OAuth 2.0 Security Best Current Practice).

mod door;
mod entering;
mod limit;
mod opening;

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use axum_extra::extract::CookieJar;
use jiff::SignedDuration;
use platen_identity::{SignInError, WebAnswer, WebPending};
use serde::{Deserialize, Serialize};

pub(crate) use self::entering::{HolderError, bearer, holder, refuse};
pub(crate) use self::limit::{Limits, program as limit_programs};
pub(crate) use self::opening::Visitor;

use self::door::{Door, Way};
use self::opening::Opening;
use crate::central::Central;
use crate::language::Language;
use crate::local_path::local_path;
use crate::router::Served;
use crate::session::{Known, digest_of, fresh_secret};

/// How long somebody may take at the provider.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);
const PATIENCE_S: u32 = 600;
const UNDER_WAY: &str = "sign-in";

/// Every route of the door; a test asks for each as everybody.
pub const DOOR_ROUTES: &[(&str, &str)] = &[
    ("GET", "/sign-in"),
    ("GET", "/sign-in/callback"),
    ("GET", "/enter/{token}"),
    ("POST", "/enter"),
    ("POST", "/sign-out"),
    ("GET", "/signed-out"),
];

/// Pages that everybody may see, since they are the way in and out.
pub(crate) fn routes(central: &Arc<Central>) -> Router<Arc<Served>> {
    let limited = from_fn_with_state(central.clone(), limit::page);
    Router::new()
        .route("/sign-in", get(begin))
        .route("/sign-in/callback", get(come_back))
        .route("/enter/{token}", get(entering::enter))
        .route_layer(limited)
        .route("/sign-out", post(sign_out))
        .route("/signed-out", get(signed_out))
}

/// What the tray app asks for; it shows a token and no cookie.
pub(crate) fn program_routes(central: &Arc<Central>) -> Router<Arc<Served>> {
    Router::new()
        .route("/enter", post(entering::mint))
        .route_layer(from_fn_with_state(central.clone(), limit::program))
}

/// The central server that these pages are of.
///
/// *Errors*: a portal that has no sign-in.
fn central_of(served: &Served) -> Result<&Central, StatusCode> {
    served
        .central()
        .map(AsRef::as_ref)
        .ok_or(StatusCode::NOT_FOUND)
}

#[derive(Deserialize)]
struct Wanted {
    to: Option<String>,
}

/// A sign-in while its browser is at the provider.
#[derive(Serialize, Deserialize)]
struct UnderWay {
    pending: WebPending,
    to: String,
    /// What the secret of its browser is known by.
    browser: [u8; 32],
}

/// Sends the browser to the provider, or on if it is inside already.
async fn begin(
    State(served): State<Arc<Served>>,
    known: Option<Extension<Known>>,
    jar: CookieJar,
    language: Language,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Response> {
    let central = central_of(&served).map_err(IntoResponse::into_response)?;
    let to = local_path(wanted.to.as_deref().unwrap_or("/")).to_owned();
    if known.is_some() {
        return Ok(Redirect::to(&to).into_response());
    }
    let door = Door::new(language);
    let Some(sign_in) = &central.sign_in else {
        return Err(door.refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            door.w.no_provider,
            Way::None,
        ));
    };
    let again = || Way::SignIn(to.clone());
    let request = sign_in.begin().await.map_err(|error| {
        tracing::warn!(%error, "the provider can't be asked to sign somebody in");
        door.refuse_sign_in(&error.into(), again())
    })?;
    // Several windows of one browser may sign in at the same time.
    let cookies = &served.cookies;
    let browser = match jar.get(&cookies.sign_in).map(|cookie| cookie.value()) {
        Some(secret) if !secret.is_empty() => secret.to_owned(),
        _ => fresh_secret().0,
    };
    let under_way = UnderWay {
        pending: request.pending,
        to: to.clone(),
        browser: digest_of(&browser),
    };
    let payload =
        serde_json::to_string(&under_way).expect("texts and bytes always have a JSON form");
    let ends = central.now() + PATIENCE;
    let digest = digest_of(&request.state);
    let kept = central.ledger.put_ticket(digest, UNDER_WAY, payload, ends);
    kept.await
        .map_err(|error| door.ledger_away(&error, again()))?;
    let mut response = Redirect::to(request.url.as_str()).into_response();
    let headers = response.headers_mut();
    cookies.set(headers, &cookies.sign_in, &browser, Some(PATIENCE_S));
    Ok(response)
}

#[derive(Deserialize)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    iss: Option<String>,
}

/// The provider sent the browser back.
async fn come_back(
    State(served): State<Arc<Served>>,
    known: Option<Extension<Known>>,
    jar: CookieJar,
    language: Language,
    visitor: Visitor,
    Query(answer): Query<Answer>,
) -> Result<Response, Response> {
    let central = central_of(&served).map_err(IntoResponse::into_response)?;
    let door = Door::new(language);
    let start = || Way::SignIn("/".to_owned());
    let state = digest_of(answer.state.as_deref().unwrap_or_default());
    let now = central.now();
    let taken = central.ledger.take_ticket(state, UNDER_WAY, now).await;
    let taken = taken.map_err(|error| door.ledger_away(&error, start()))?;
    let under_way = taken.and_then(|payload| serde_json::from_str::<UnderWay>(&payload).ok());
    let Some(under_way) = under_way else {
        // Reloading the address that once led in, or going back to it, is no offence.
        if known.is_some() {
            return Ok(Redirect::to("/").into_response());
        }
        return Err(door.refuse(StatusCode::FORBIDDEN, door.w.sign_in_over, start()));
    };
    let cookies = &served.cookies;
    let browser = jar
        .get(&cookies.sign_in)
        .map(|cookie| digest_of(cookie.value()));
    if browser != Some(under_way.browser) {
        return Err(door.refuse(StatusCode::FORBIDDEN, door.w.other_browser, start()));
    }
    let again = || Way::SignIn(under_way.to.clone());
    let Some(sign_in) = &central.sign_in else {
        return Err(door.refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            door.w.no_provider,
            Way::None,
        ));
    };
    let answer = WebAnswer {
        code: answer.code,
        error: answer.error,
        description: answer.error_description,
        issuer: answer.iss,
    };
    let found = sign_in.finish(under_way.pending.clone(), answer).await;
    let found = found.map_err(|error| {
        if error != SignInError::Cancelled {
            tracing::warn!(%error, "a sign-in was refused");
        }
        door.refuse_sign_in(&error, again())
    })?;
    let told = Some(&found.person.groups);
    let opening = Opening {
        administrator: central.is_administrator(told, found.verified_email.as_deref()),
        person: found.person,
        logout: Some(found.id_token),
        instead_of: known.map(|Extension(known)| known.session.id),
    };
    let secret = opening.open(central, visitor).await;
    let secret = secret.map_err(|error| door.ledger_away(&error, again()))?;
    let mut response = Redirect::to(&under_way.to).into_response();
    let headers = response.headers_mut();
    cookies.remove(headers, &cookies.sign_in);
    cookies.set(
        headers,
        &cookies.session,
        &secret.text,
        Some(secret.lifetime_s),
    );
    Ok(response)
}

/// Ends the session here, and leads to where the provider ends its own. The
/// form's target stays ours, so that the pages' policy allows no other.
async fn sign_out(
    State(served): State<Arc<Served>>,
    known: Option<Extension<Known>>,
    language: Language,
) -> Result<Response, Response> {
    let central = central_of(&served).map_err(IntoResponse::into_response)?;
    let door = Door::new(language);
    let mut leave = None;
    if let Some(Extension(Known { session, .. })) = known {
        let ended = central.ledger.end_session(session.id, central.now());
        ended
            .await
            .map_err(|error| door.ledger_away(&error, Way::None))?;
        if let (Some(hint), Some(sign_in)) = (&session.logout, &central.sign_in) {
            leave = sign_in.end_session(Some(hint)).await;
        }
    }
    let mut response = match leave {
        Some(url) => door.leave(url.as_str()),
        None => Redirect::to("/signed-out").into_response(),
    };
    forget(&served, response.headers_mut());
    Ok(response)
}

fn forget(served: &Served, headers: &mut HeaderMap) {
    served.cookies.remove(headers, &served.cookies.session);
}

async fn signed_out(known: Option<Extension<Known>>, language: Language) -> Response {
    if known.is_some() {
        return Redirect::to("/").into_response();
    }
    Door::new(language).signed_out()
}
