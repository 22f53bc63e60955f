//! Everything that came with one request of a program.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts as _, RawPathParams, Request};
use axum::http::header::IF_MATCH;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use platen_domain::{Account, AccountId};
use platen_ledger::Desk;

use super::body;
use super::caller::Caller;
use super::fields::{Fault, Fields, as_id};
use super::json::Json;
use super::once::Errand;
use super::problem::{Kind, Problem};
use super::query::Query;
use crate::central::Central;

/// A request of a program that was let in.
pub(crate) struct Asking {
    pub(crate) central: Arc<Central>,
    pub(crate) caller: Caller,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    /// The parts of the path that differ, the customer id first.
    path: Vec<String>,
    body: Bytes,
}

impl FromRequest<Arc<Central>> for Asking {
    type Rejection = Problem;

    async fn from_request(request: Request, central: &Arc<Central>) -> Result<Self, Problem> {
        let (mut parts, sent) = request.into_parts();
        let path = RawPathParams::from_request_parts(&mut parts, central).await;
        let unreadable = |_| Problem::new(Kind::Malformed, "The address is not UTF-8.");
        let path = path.map_err(unreadable)?;
        let path = path.iter().map(|(_, value)| value.to_owned()).collect();
        let caller = parts.extensions.remove::<Caller>();
        // Only a route without its door would come here without one.
        let caller =
            caller.ok_or_else(|| Problem::from_status(StatusCode::INTERNAL_SERVER_ERROR))?;
        let body = body::whole(&parts.headers, sent).await?;
        Ok(Self {
            central: central.clone(),
            caller,
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            path,
            body,
        })
    }
}

impl Asking {
    /// Acts in the program's name.
    pub(crate) fn desk(&self) -> Desk {
        self.caller.desk(&self.central)
    }

    /// The parameters of the address.
    pub(crate) fn query(&self) -> Query {
        Query::new(self.uri.query())
    }

    /// Takes no parameters.
    ///
    /// *Errors*: there are some.
    pub(crate) fn no_query(&self) -> Result<(), Problem> {
        self.query().finish()
    }

    /// Takes no body, or an empty object.
    ///
    /// *Errors*: there is another one.
    pub(crate) fn no_body(&self) -> Result<(), Problem> {
        if self.body.is_empty() {
            return Ok(());
        }
        let json = self.json()?;
        Fields::new(&json, "").finish().map_err(Problem::invalid)
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<Json, Problem> {
        body::json(&self.headers, &self.body)
    }

    /// A part of the path after the customer id, counted from one.
    pub(crate) fn part(&self, place: usize) -> &str {
        self.path.get(place).map_or("", String::as_str)
    }

    /// What may be a repetition.
    pub(crate) fn errand(&self) -> Result<Errand, Problem> {
        Errand::new(&self.headers, (&self.method, &self.uri), &self.body)
    }

    /// The account that the path names first.
    ///
    /// *Errors*: there is none.
    pub(crate) async fn account(&self) -> Result<Account, Problem> {
        let id = as_id(self.part(1)).map(AccountId);
        let found = match id {
            Some(id) => self.central.ledger.account(id).await?,
            None => None,
        };
        found.ok_or_else(|| Problem::new(Kind::UnknownAccount, "No account has this id."))
    }

    /// Whether the version that the program wants to change is the one there is;
    /// gives it, or none where any will do.
    ///
    /// *Errors*: it doesn't say which, or it is another one.
    /// *Source*: RFC 9110, section 13.1.1 (If-Match), RFC 6585, section 3.
    pub(crate) fn check_version(&self, version: u64) -> Result<Option<u64>, Problem> {
        let mut given = self.headers.get_all(IF_MATCH).iter().peekable();
        if given.peek().is_none() {
            return Err(Problem::new(
                Kind::VersionNeeded,
                "Read it first, and send its ETag as If-Match.",
            ));
        }
        let tag = format!("\"{version}\"");
        let (mut fits, mut any) = (false, false);
        for value in given {
            let unreadable = || {
                let detail = "If-Match must be an ETag as it was given, or *.";
                Problem::new(Kind::Malformed, detail).about(Fault::of("If-Match", detail))
            };
            let text = value.to_str().map_err(|_| unreadable())?;
            for given in text.split(',').map(str::trim) {
                if given != "*" && !is_entity_tag(given) {
                    return Err(unreadable());
                }
                fits |= given == tag;
                any |= given == "*";
            }
        }
        if fits || any {
            return Ok((!any).then_some(version));
        }
        Err(Problem::new(
            Kind::Changed,
            format!("Its version is {tag} now. Read it again, then change that one."),
        ))
    }
}

/// *Source*: RFC 9110, section 8.8.3.
fn is_entity_tag(text: &str) -> bool {
    let strong = text.strip_prefix("W/").unwrap_or(text);
    let inner = strong
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| !inner.contains('"'))
}
