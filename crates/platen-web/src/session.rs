//! Who asks: sessions of the central server's ledger, and what handlers learn
//! of them.
//!
//! The guard looks a cookie's secret up once per request and leaves what it
//! found with the request; handlers ask for [`SignedIn`] or [`Administrator`]
//! and are not reached by anybody else. *Source*: rules.md R-31.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, Method, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platen_ledger::{Actor, Desk, LedgerError, Session};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::central::Central;
use crate::language::Language;
use crate::pages::{REFRESH, problem, problem_inside};

/// What a secret is known by; the secret itself is kept nowhere.
pub(crate) type Digest = [u8; 32];

/// 256 random bits as text, and what they are known by.
pub(crate) fn fresh_secret() -> (String, Digest) {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the operating system's random source is there");
    let secret = URL_SAFE_NO_PAD.encode(bytes);
    let digest = digest_of(&secret);
    (secret, digest)
}

/// What a secret is known by.
pub(crate) fn digest_of(secret: &str) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
    out
}

/// The address that a request came from. The server has put the address that a
/// trusted proxy named in the place of the proxy's own.
pub(crate) fn address(extensions: &Extensions) -> IpAddr {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip())
        .to_canonical()
}

/// A session that a request came with, and what it is known by.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) session: Arc<Session>,
    pub(crate) digest: Digest,
}

impl Known {
    /// Looks a cookie's secret up, and notes every five minutes that it is in use.
    ///
    /// *Errors*: the ledger does not answer.
    pub(crate) async fn find(central: &Central, secret: &str) -> Result<Option<Self>, LedgerError> {
        let (digest, now) = (digest_of(secret), central.now());
        let Some(session) = central.ledger.session(digest, now).await? else {
            return Ok(None);
        };
        central.uses.note(digest, &session, now);
        Ok(Some(Self {
            session: Arc::new(session),
            digest,
        }))
    }
}

/// A request of somebody who is signed in. Everybody else is sent to the
/// sign-in page, or told that the session is over.
#[derive(Clone)]
pub(crate) struct SignedIn {
    pub(crate) session: Arc<Session>,
    pub(crate) digest: Digest,
    pub(crate) language: Language,
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        match parts.extensions.get::<Known>() {
            Some(known) => Ok(Self {
                session: known.session.clone(),
                digest: known.digest,
                language: Language::asked(&parts.headers),
            }),
            None => Err(sign_in_first(parts)),
        }
    }
}

/// A request of an administrator; other people are told that they are none.
#[derive(Clone)]
pub(crate) struct Administrator {
    pub(crate) session: Arc<Session>,
    pub(crate) language: Language,
    address: IpAddr,
}

impl<S: Sync> FromRequestParts<S> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let SignedIn {
            session, language, ..
        } = SignedIn::from_request_parts(parts, state).await?;
        if !session.administrator {
            let text = language.entry().administrators_only;
            return Err(problem_inside(StatusCode::FORBIDDEN, text));
        }
        Ok(Self {
            session,
            language,
            address: address(&parts.extensions),
        })
    }
}

impl Administrator {
    /// Acts and audits in this person's name.
    pub(crate) fn desk(&self, central: &Central) -> Desk {
        let person = &self.session.person;
        central.ledger.desk(Actor {
            id: person.id.clone(),
            name: person.login.clone(),
            address: self.address.to_string(),
        })
    }
}

/// A page is asked for again after sign-in; what a script or a form asked for
/// is not, since nothing may happen by itself then.
pub(crate) fn sign_in_first(parts: &Parts) -> Response {
    let is_page = parts.method == Method::GET
        && !parts.headers.contains_key(REFRESH)
        && parts.uri.path() != "/events";
    if is_page {
        let to = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        return Redirect::to(&sign_in_path(to)).into_response();
    }
    let text = Language::asked(&parts.headers).entry().signed_out_meanwhile;
    problem(StatusCode::UNAUTHORIZED, text)
}

/// The sign-in that leads to `to` afterwards.
pub(crate) fn sign_in_path(to: &str) -> String {
    if to == "/" {
        return "/sign-in".to_owned();
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("to", to)
        .finish();
    format!("/sign-in?{query}")
}
