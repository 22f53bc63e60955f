//! The tray app's user enters without signing in again: the app shows its ID
//! token and gets a link, and the browser that opens the link is inside.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Json};
use jiff::SignedDuration;
use platen_domain::{Person, UserId};
use platen_ledger::LedgerError;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::central_of;
use super::door::{Door, Way};
use super::opening::{Opening, Visitor};
use crate::central::Central;
use crate::language::Language;
use crate::local_path::local_path;
use crate::router::Served;
use crate::session::{Known, digest_of, fresh_secret};

/// How long a link may wait for its visit: a browser's cold start.
const LINK_LIFETIME: SignedDuration = SignedDuration::from_secs(60);
const LINK: &str = "enter";

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    to: Option<String>,
}

/// Whom a link lets in.
#[derive(Serialize, Deserialize)]
struct Ticket {
    id: String,
    name: String,
    login: String,
    groups: Vec<String>,
    administrator: bool,
    to: String,
}

/// Answers an ID token of a trusted client with a link that lets in once.
pub(super) async fn mint(
    State(served): State<Arc<Served>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Response> {
    let central = central_of(&served).map_err(IntoResponse::into_response)?;
    let holder = holder(central, &headers)
        .await
        .map_err(|error| match error {
            HolderError::NoSignIn => refuse(
                StatusCode::SERVICE_UNAVAILABLE,
                "This server has no sign-in service set up.",
            ),
            HolderError::NoToken => refuse(
                StatusCode::UNAUTHORIZED,
                "Send the ID token as Authorization: Bearer.",
            ),
            HolderError::Away(detail) => refuse(StatusCode::BAD_GATEWAY, &detail),
            HolderError::Refused => refuse(
                StatusCode::UNAUTHORIZED,
                "The token is not one of the sign-in service and the programs that this server \
             trusts, or it has run out.",
            ),
            HolderError::Ledger(error) => ledger_away(&error),
        })?;
    let body = body.map_err(|rejection| {
        refuse(
            rejection.status(),
            "The request is too large or did not arrive whole.",
        )
    })?;
    let wanted = if body.is_empty() {
        Wanted::default()
    } else {
        serde_json::from_slice(&body).map_err(|_| {
            let detail = "The body must be empty or a JSON object with “to”, a path of the portal.";
            refuse(StatusCode::UNPROCESSABLE_ENTITY, detail)
        })?
    };
    let (ledger, now) = (&central.ledger, central.now());
    let told = holder.groups_known.then_some(&holder.person.groups);
    let administrator = central.is_administrator(told, holder.verified_email.as_deref());
    let person = holder.person;
    let ticket = Ticket {
        id: person.id.as_str().to_owned(),
        name: person.name,
        login: person.login,
        groups: person.groups.into_iter().collect(),
        administrator,
        to: local_path(wanted.to.as_deref().unwrap_or("/")).to_owned(),
    };
    let payload = serde_json::to_string(&ticket).expect("texts always have a JSON form");
    let (secret, digest) = fresh_secret();
    let kept = ledger.put_ticket(digest, LINK, payload, now + LINK_LIFETIME);
    kept.await.map_err(|error| ledger_away(&error))?;
    let link = central.config.public_url.join(&format!("/enter/{secret}"));
    let link =
        link.map_err(|_| refuse(StatusCode::INTERNAL_SERVER_ERROR, "No link can be made."))?;
    Ok(Json(json!({ "link": link })).into_response())
}

/// Whose token a program showed.
pub(crate) struct Holder {
    /// Who, with his name and groups as they were told last.
    pub(crate) person: Person,
    /// Whether the token itself told them.
    groups_known: bool,
    verified_email: Option<String>,
}

/// Why nobody is known by a program's token.
pub(crate) enum HolderError {
    /// Nobody can sign in at this server.
    NoSignIn,
    /// None was shown.
    NoToken,
    /// The provider can't be asked; why, in words.
    Away(String),
    /// It is not trusted, or has run out.
    Refused,
    /// The ledger does not answer.
    Ledger(LedgerError),
}

/// Finds out whose ID token of a trusted client a program shows.
///
/// *Errors*: nobody's. *Source*: rules.md R-31.
pub(crate) async fn holder(central: &Central, headers: &HeaderMap) -> Result<Holder, HolderError> {
    let sign_in = central.sign_in.as_ref().ok_or(HolderError::NoSignIn)?;
    let token = bearer(headers).ok_or(HolderError::NoToken)?;
    let holder = sign_in.holder(token).await.map_err(|error| {
        tracing::info!(%error, "a token of a tray app was refused");
        if error.is_temporary() {
            HolderError::Away(error.to_string())
        } else {
            HolderError::Refused
        }
    })?;
    let (mut person, groups_known) = (holder.person, holder.groups_known);
    let verified_email = holder.verified_email;
    // Providers keep a program's token small, above all one that was renewed.
    if !groups_known || !holder.name_known {
        let known = central.ledger.person(&person.id).await;
        if let Some(known) = known.map_err(HolderError::Ledger)? {
            if !groups_known {
                person.groups = known.person.groups;
            }
            if !holder.name_known {
                person.name = known.person.name;
            }
        }
    }
    Ok(Holder {
        person,
        groups_known,
        verified_email,
    })
}

fn ledger_away(error: &LedgerError) -> Response {
    tracing::error!(%error, "the ledger did not answer at the door");
    refuse(
        StatusCode::SERVICE_UNAVAILABLE,
        "The server can't reach its records.",
    )
}

/// Opens a session for whoever brings a link's secret first.
pub(super) async fn enter(
    State(served): State<Arc<Served>>,
    method: Method,
    known: Option<Extension<Known>>,
    language: Language,
    headers: HeaderMap,
    visitor: Visitor,
    Path(secret): Path<String>,
) -> Result<Response, Response> {
    let central = central_of(&served).map_err(IntoResponse::into_response)?;
    let door = Door::new(language);
    // HEAD comes from programs that look at links before people do. A page of
    // another site may not bring people into a session of its choice.
    let is_theirs = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "cross-site");
    let ticket = if method == Method::GET && !is_theirs {
        let now = central.now();
        let taken = central.ledger.take_ticket(digest_of(&secret), LINK, now);
        taken
            .await
            .map_err(|error| door.ledger_away(&error, Way::None))?
    } else {
        None
    };
    let Some(ticket) = ticket.and_then(|payload| serde_json::from_str::<Ticket>(&payload).ok())
    else {
        if known.is_some() {
            return Ok(Redirect::to("/").into_response());
        }
        let text = language.words().link_used;
        return Err(door.refuse(StatusCode::FORBIDDEN, text, Way::SignIn("/".to_owned())));
    };
    let opening = Opening {
        person: Person {
            id: UserId::new(ticket.id),
            name: ticket.name,
            login: ticket.login,
            groups: ticket.groups.into_iter().collect(),
        },
        administrator: ticket.administrator,
        logout: None,
        instead_of: known.map(|Extension(known)| known.session.id),
    };
    let secret = opening.open(central, visitor).await;
    let secret = secret.map_err(|error| door.ledger_away(&error, Way::None))?;
    let mut response = Redirect::to(&ticket.to).into_response();
    let cookies = &served.cookies;
    cookies.set(
        response.headers_mut(),
        &cookies.session,
        &secret.text,
        Some(secret.lifetime_s),
    );
    Ok(response)
}

/// *Source*: RFC 6750, section 2.1.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A refusal that a program can read. *Source*: RFC 9457.
pub(crate) fn refuse(status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("Refused");
    let problem = json!({ "title": title, "status": status.as_u16(), "detail": detail });
    let mut response = (status, Json(problem)).into_response();
    let kind = header::HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    if status == StatusCode::UNAUTHORIZED {
        let challenge = header::HeaderValue::from_static("Bearer realm=\"Platen\"");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
