//! Gives access tokens to programs that know a credential's secret.
//!
//! *Source*: RFC 6749, sections 2.3.1 (client authentication), 4.4 (client
//! credentials), 5.1 and 5.2 (answers); rules.md R-32.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use platen_ledger::Credential;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::problem::{Problem, Worded};
use super::{body, caller, token};
use crate::central::Central;
use crate::session::{address, digest_of};

/// What a program is given.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct TokenBody {
    /// Send it with every request: `Authorization: Bearer …`.
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds that it lasts.
    #[schema(example = 900)]
    expires_in: i64,
    /// What it is good for.
    #[schema(example = "cloudprint:billing-accounts")]
    scope: &'static str,
}

/// What a program is told that gets no token.
#[derive(Serialize, ToSchema)]
#[schema(as = TokenError)]
pub(crate) struct TokenErrorBody {
    /// The kind of error.
    #[schema(example = "invalid_client")]
    error: TokenErrorKind,
    /// What went wrong, and what to do next.
    error_description: &'static str,
}

/// The kind of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenErrorKind {
    InvalidRequest,
    InvalidClient,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
}

/// The form that a program sends.
#[derive(ToSchema)]
#[schema(as = TokenRequest)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) struct TokenForm {
    /// Always `client_credentials`.
    #[schema(example = "client_credentials", pattern = "^client_credentials$")]
    grant_type: String,
    /// May be left out: there is one scope.
    #[schema(
        example = "cloudprint:billing-accounts",
        pattern = "^cloudprint:billing-accounts$"
    )]
    scope: Option<String>,
    /// The client id, unless it comes in the header Authorization.
    client_id: Option<Uuid>,
    /// The client secret, unless it comes in the header Authorization.
    #[schema(max_length = 200)]
    client_secret: Option<String>,
}

/// Why there is no token.
enum Denied {
    Said(TokenErrorKind, &'static str),
    Problem(Problem),
}

impl From<Problem> for Denied {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<platen_ledger::LedgerError> for Denied {
    fn from(error: platen_ledger::LedgerError) -> Self {
        Self::Problem(error.into())
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let (error, error_description) = match self {
            Self::Said(error, description) => (error, description),
            Self::Problem(problem) => return problem.into_response(),
        };
        let refused = error == TokenErrorKind::InvalidClient;
        let status = if refused {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::BAD_REQUEST
        };
        let body = Json(TokenErrorBody {
            error,
            error_description,
        });
        let mut response = (status, body).into_response();
        response.extensions_mut().insert(Worded);
        if refused {
            let challenge = HeaderValue::from_static("Basic realm=\"Accounts API\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// Exchanges client id and secret for an access token.
///
/// The token lasts fifteen minutes. Client id and secret come either as HTTP
/// Basic authentication or in the form. Wrong secrets are slowed down: after too
/// many attempts the answer is 429 for a while.
#[utoipa::path(
    post, path = "/oauth/token", operation_id = "getToken", tag = "Tokens",
    request_body(content = inline(TokenForm), content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "An access token.", body = TokenBody),
        (status = 400, description = "The request is not one for a token.", body = TokenErrorBody),
        (status = 401, description = "Client id or secret is wrong, or was revoked.", body = TokenErrorBody),
    ),
    security((), ("client" = []))
)]
pub(super) async fn token(State(central): State<Arc<Central>>, request: Request) -> Response {
    match give(&central, request).await {
        Ok(token) => Json(token).into_response(),
        Err(denied) => denied.into_response(),
    }
}

async fn give(central: &Central, request: Request) -> Result<TokenBody, Denied> {
    use TokenErrorKind::{InvalidClient, UnauthorizedClient};
    let (parts, sent) = request.into_parts();
    let address = address(&parts.extensions);
    let bytes = body::whole(&parts.headers, sent).await?;
    let asked = Asked::read(&parts.headers, &bytes)?;
    let id = asked.id.parse::<Uuid>().ok();
    central
        .api
        .limits
        .attempt(id.unwrap_or_default(), address)?;
    let stored = match id {
        Some(id) => central.ledger.credential(id).await?,
        None => None,
    };
    let wrong = Denied::Said(
        InvalidClient,
        "Client id or secret is wrong, or was revoked.",
    );
    let Some(credential) = stored.and_then(|stored| knows(stored, &asked.secret)) else {
        return Err(wrong);
    };
    asked.check()?;
    if !credential.scopes.iter().any(|scope| scope == token::SCOPE) {
        let detail = "This credential was not made for cloudprint:billing-accounts.";
        return Err(Denied::Said(UnauthorizedClient, detail));
    }
    caller::note_use(central, &credential).await?;
    let site = central.api.site(central).await?;
    let access_token = site.tokens.issue(credential.id, central.now());
    Ok(TokenBody {
        access_token: access_token
            .ok_or_else(|| Problem::from_status(StatusCode::INTERNAL_SERVER_ERROR))?,
        token_type: "Bearer",
        expires_in: token::LIFE_SECONDS,
        scope: token::SCOPE,
    })
}

/// The credential, if the secret is its own and it is in force.
///
/// Digests are compared, so that how long it takes tells nothing of the secret;
/// a secret has 256 random bits, so that no slow hash is needed.
fn knows((credential, kept): (Credential, [u8; 32]), secret: &str) -> Option<Credential> {
    let given = digest_of(secret);
    let same = given
        .iter()
        .zip(kept)
        .fold(0, |differs, (a, b)| differs | (a ^ b))
        == 0;
    (std::hint::black_box(same) && credential.revoked_at.is_none()).then_some(credential)
}

/// What was asked for.
#[derive(Debug)]
struct Asked {
    id: String,
    secret: String,
    grant: Option<String>,
    scope: Option<String>,
}

impl Asked {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Denied> {
        use TokenErrorKind::{InvalidClient, InvalidRequest};
        let invalid = |detail| Denied::Said(InvalidRequest, detail);
        if body::check_media_type(headers, &["application/x-www-form-urlencoded"]).is_err() {
            return Err(invalid(
                "The body must be a form: application/x-www-form-urlencoded.",
            ));
        }
        if std::str::from_utf8(body).is_err() {
            return Err(invalid("The body is not UTF-8."));
        }
        let mut form = Form::read(body).map_err(invalid)?;
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let (id, secret) = match (given.next(), given.next()) {
            (None, _) => (form.take("client_id"), form.take("client_secret")),
            (Some(value), None) => {
                let unreadable = "The header Authorization is not Basic authentication.";
                let (id, secret) = basic(value).ok_or(Denied::Said(InvalidClient, unreadable))?;
                let other = form.take("client_id").is_some_and(|other| other != id);
                if other || form.take("client_secret").is_some() {
                    return Err(invalid(
                        "Authenticate in one way: by header or in the form.",
                    ));
                }
                (Some(id), Some(secret))
            }
            _ => return Err(invalid("The header Authorization comes twice.")),
        };
        let (Some(id), Some(secret)) = (id, secret) else {
            let detail = "Send client id and secret, by Basic authentication or in the form.";
            return Err(Denied::Said(InvalidClient, detail));
        };
        Ok(Self {
            id,
            secret,
            grant: form.take("grant_type"),
            scope: form.take("scope"),
        })
    }

    fn check(&self) -> Result<(), Denied> {
        use TokenErrorKind::{InvalidRequest, InvalidScope, UnsupportedGrantType};
        let denied = |kind, detail| Err(Denied::Said(kind, detail));
        match self.grant.as_deref() {
            None => return denied(InvalidRequest, "grant_type is missing: client_credentials."),
            Some("client_credentials") => {}
            Some(_) => {
                return denied(
                    UnsupportedGrantType,
                    "Only client_credentials is given here.",
                );
            }
        }
        match self.scope.as_deref() {
            None | Some("" | token::SCOPE) => Ok(()),
            Some(_) => denied(
                InvalidScope,
                "The only scope is cloudprint:billing-accounts.",
            ),
        }
    }
}

/// The parameters of a form.
struct Form(Vec<(String, String)>);

impl Form {
    /// *Errors*: a parameter that comes twice. *Source*: RFC 6749, section 3.2.
    fn read(body: &[u8]) -> Result<Self, &'static str> {
        let mut given: Vec<(String, String)> = Vec::new();
        for (name, value) in url::form_urlencoded::parse(body).into_owned().take(64) {
            if given.iter().any(|(other, _)| *other == name) {
                return Err("A parameter comes twice.");
            }
            given.push((name, value));
        }
        Ok(Self(given))
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let place = self.0.iter().position(|(given, _)| given == name)?;
        Some(self.0.swap_remove(place).1)
    }
}

/// Client id and secret of Basic authentication; both are written like a form.
fn basic(value: &HeaderValue) -> Option<(String, String)> {
    let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = BASE64_STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain = |part: &str| {
        let pair = format!("x={part}");
        let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
        pairs.next().map(|(_, value)| value.into_owned())
    };
    Some((plain(id)?, plain(secret)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_authentication_is_read_as_a_form_writes_it() {
        let of = |text: &str| {
            let value = format!("Basic {}", BASE64_STANDARD.encode(text));
            basic(&HeaderValue::from_str(&value).unwrap())
        };
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(of("id:secret"), pair("id", "secret"));
        assert_eq!(of("id:a%2Bb+c:d"), pair("id", "a+b c:d"));
        assert_eq!(of("id"), None);
        assert_eq!(basic(&HeaderValue::from_static("Basic !!!")), None);
        assert_eq!(
            basic(&HeaderValue::from_static("Bearer aWQ6c2VjcmV0")),
            None
        );
    }

    #[test]
    fn only_the_secret_itself_of_a_credential_in_force_is_taken() {
        let credential = |revoked_at| Credential {
            id: Uuid::nil(),
            name: "Finance".to_owned(),
            scopes: vec![token::SCOPE.to_owned()],
            made_by: "admin".to_owned(),
            made_at: jiff::Timestamp::UNIX_EPOCH,
            used_at: None,
            revoked_at,
        };
        let kept = digest_of("secret");
        assert!(knows((credential(None), kept), "secret").is_some());
        for wrong in ["", "Secret", "secret ", "secre"] {
            assert!(knows((credential(None), kept), wrong).is_none(), "{wrong}");
        }
        let revoked = credential(Some(jiff::Timestamp::UNIX_EPOCH));
        assert!(knows((revoked, kept), "secret").is_none());
    }
}
