//! Lets in only programs with a good token, and says who it is.
//!
//! *Source*: RFC 6750 (bearer tokens); rules.md R-32: the credential is looked
//! up for every request, so that revoking it takes effect at once.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{RawPathParams, Request, State};
use axum::http::header::{ACCEPT, AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use axum::http::{Extensions, HeaderMap};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::SignedDuration;
use platen_domain::UserId;
use platen_ledger::{Actor, Credential, Desk};
use uuid::Uuid;

use super::problem::{Kind, Problem};
use super::token;
use crate::central::Central;
use crate::session::address;

/// How often it is noted that a credential is in use.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// The program that asks.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) credential: Credential,
    address: IpAddr,
}

impl Caller {
    /// Acts and audits in the program's name.
    pub(crate) fn desk(&self, central: &Central) -> Desk {
        central.ledger.desk(Actor {
            id: UserId::new(format!("api#{}", self.credential.id)),
            name: self.credential.name.clone(),
            address: self.address.to_string(),
        })
    }
}

/// Whether the program takes JSON. *Source*: RFC 9110, section 12.5.1.
pub(super) fn takes_json(headers: &HeaderMap) -> bool {
    let mut ranges = headers.get_all(ACCEPT).iter().peekable();
    if ranges.peek().is_none() {
        return true;
    }
    ranges
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let refused = parts.any(|part| {
                let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
                weight.is_some_and(|weight| weight.parse::<f32>().is_ok_and(|it| it <= 0.0))
            });
            let fits = matches!(kind.as_str(), "" | "*/*" | "application/*")
                || kind == "application/json"
                || kind == "application/problem+json";
            fits && !refused
        })
}

/// The door: token, then how often, then whether it is this site's.
pub(super) async fn admit(
    State(central): State<Arc<Central>>,
    path: RawPathParams,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match known(&central, request.headers(), request.extensions()).await {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    let left = match central.api.limits.request(caller.credential.id) {
        Ok(left) => left,
        Err(problem) => return problem.into_response(),
    };
    let customer = path.iter().next().map(|(_, value)| value.to_owned());
    let fits = fits(&central, customer.as_deref(), request.headers()).await;
    let mut response = match fits {
        Ok(()) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    };
    response.headers_mut().extend(left);
    response
}

async fn fits(
    central: &Central,
    customer: Option<&str>,
    headers: &HeaderMap,
) -> Result<(), Problem> {
    let site = central.api.site(central).await?;
    let asked = customer.and_then(|text| text.parse::<Uuid>().ok());
    if asked != Some(site.customer) {
        return Err(Problem::new(
            Kind::NotFound,
            "There is no customer with this id here. The console shows the right one beside the \
             API credentials.",
        ));
    }
    if !takes_json(headers) {
        return Err(Problem::new(
            Kind::NotAcceptable,
            "Answers are application/json, problems application/problem+json: allow both in Accept.",
        ));
    }
    Ok(())
}

/// Who holds the token.
async fn known(
    central: &Central,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Caller, Problem> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let token = match (given.next(), given.next()) {
        (Some(value), None) => bearer(value),
        _ => None,
    };
    let Some(token) = token else {
        let detail = "Get an access token from /oauth/token and send it as Authorization: Bearer.";
        return Err(refuse(Kind::Unauthorized, detail, None));
    };
    let site = central.api.site(central).await?;
    let invalid = || {
        let detail = "The access token is not one of this site, has expired, or its credential \
                      was revoked. Get a new one from /oauth/token.";
        refuse(Kind::Unauthorized, detail, Some("invalid_token"))
    };
    let claims = site.tokens.check(token).ok_or_else(invalid)?;
    let found = central.ledger.credential(claims.sub).await?;
    let (credential, _) = found.ok_or_else(invalid)?;
    if credential.revoked_at.is_some() {
        return Err(invalid());
    }
    let granted = claims.scope.split(' ').any(|scope| scope == token::SCOPE);
    if !granted || !credential.scopes.iter().any(|scope| scope == token::SCOPE) {
        let detail = "This needs the scope cloudprint:billing-accounts.";
        return Err(refuse(Kind::Scope, detail, Some("insufficient_scope")));
    }
    note_use(central, &credential).await?;
    Ok(Caller {
        credential,
        address: address(extensions),
    })
}

/// Notes that a credential is in use, once in a while.
pub(super) async fn note_use(central: &Central, credential: &Credential) -> Result<(), Problem> {
    let now = central.now();
    let noted = credential.used_at;
    if noted.is_none_or(|noted| now.duration_since(noted) >= NOTED_EVERY) {
        central.ledger.credential_used(credential.id, now).await?;
    }
    Ok(())
}

/// *Source*: RFC 6750, section 2.1; RFC 9110, section 11.1.
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_start_matches(' '))
}

/// *Source*: RFC 6750, section 3.
fn refuse(kind: Kind, detail: &str, error: Option<&'static str>) -> Problem {
    let challenge = match error {
        None => "Bearer realm=\"Accounts API\"",
        Some("insufficient_scope") => {
            "Bearer realm=\"Accounts API\", error=\"insufficient_scope\", \
             scope=\"cloudprint:billing-accounts\""
        }
        Some(_) => "Bearer realm=\"Accounts API\", error=\"invalid_token\"",
    };
    Problem::new(kind, detail).with_header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_that_takes_json_is_told_from_one_that_does_not() {
        let takes = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(value));
            takes_json(&headers)
        };
        assert!(takes_json(&HeaderMap::new()));
        for value in [
            "*/*",
            "application/json",
            "Application/JSON; charset=utf-8",
            "text/html, application/*;q=0.1",
            "application/problem+json",
            "",
        ] {
            assert!(takes(value), "{value}");
        }
        for value in [
            "text/html",
            "application/xml, text/*",
            "application/json;q=0",
        ] {
            assert!(!takes(value), "{value}");
        }
    }

    #[test]
    fn bearer_token_is_taken_from_its_scheme_alone() {
        let of = |value: &'static str| bearer(&HeaderValue::from_static(value)).map(str::to_owned);
        assert_eq!(of("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(of("bearer  abc").as_deref(), Some("abc"));
        for value in ["Basic abc", "abc", "Bearer", ""] {
            assert_eq!(of(value), None, "{value}");
        }
    }
}
