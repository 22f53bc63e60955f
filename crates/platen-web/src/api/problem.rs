//! What a program is told when it doesn't get what it asked for.
//!
//! *Source*: RFC 9457 (problem details), RFC 9110, section 15 (status codes).

use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use platen_ledger::{LedgerError, Refusal};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::fields::Fault;

/// Declares the kinds of problems.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $status:ident, $slug:literal, $title:literal;)*) => {
        /// What kind of problem it is; programs decide by it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// Every kind.
            pub(crate) const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The status it is answered with.
            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status,)* }
            }

            /// Its name in the `type` of a problem.
            pub(crate) const fn slug(self) -> &'static str {
                match self { $(Self::$kind => $slug,)* }
            }

            /// The same for every problem of the kind.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* }
            }
        }
    };
}

kinds! {
    /// The request can't be read at all.
    Malformed = BAD_REQUEST, "malformed", "The request can’t be read";
    /// No valid token came with it.
    Unauthorized = UNAUTHORIZED, "unauthorized", "A valid access token is needed";
    /// The token's scope doesn't reach so far.
    Scope = FORBIDDEN, "scope", "The access token’s scope is not enough";
    /// Nothing is at this address.
    NotFound = NOT_FOUND, "not-found", "There is no such thing";
    /// No account has the id that was named.
    UnknownAccount = NOT_FOUND, "unknown-account", "The account is not known";
    /// Nobody of that address has been seen.
    UnknownUser = NOT_FOUND, "unknown-user", "The user is not known";
    /// What the activity corrects is not there.
    UnknownActivity = NOT_FOUND, "unknown-activity", "The activity is not known";
    /// There is something here, but this can't be done with it.
    Method = METHOD_NOT_ALLOWED, "method", "This can’t be done here";
    /// No form that the program takes can be given.
    NotAcceptable = NOT_ACCEPTABLE, "not-acceptable", "Only JSON is given here";
    /// The body did not come in time.
    Slow = REQUEST_TIMEOUT, "slow", "The request took too long";
    /// The rules forbid it.
    Conflict = CONFLICT, "conflict", "The rules don’t allow it";
    /// Another account has the name or code.
    NotUnique = CONFLICT, "not-unique", "Name and code of an account are unique";
    /// It was changed since it was read.
    Changed = PRECONDITION_FAILED, "changed", "It was changed meanwhile";
    /// The body is too large.
    TooLarge = PAYLOAD_TOO_LARGE, "too-large", "The request is too large";
    /// The address is too long.
    TooLong = URI_TOO_LONG, "too-long", "The address is too long";
    /// The body has another form than JSON.
    MediaType = UNSUPPORTED_MEDIA_TYPE, "media-type", "Only JSON is taken here";
    /// Fields or parameters are wrong.
    Invalid = UNPROCESSABLE_ENTITY, "invalid", "Fields of the request are wrong";
    /// The key came with another request before.
    KeyReused = UNPROCESSABLE_ENTITY, "key-reused", "The idempotency key was used for another request";
    /// It was not said which version is to be changed.
    VersionNeeded = PRECONDITION_REQUIRED, "version-needed", "Say which version is to be changed";
    /// Too many requests.
    TooMany = TOO_MANY_REQUESTS, "too-many", "Too many requests";
    /// It is the server's fault.
    Broken = INTERNAL_SERVER_ERROR, "broken", "The server failed";
    /// It may work in a moment.
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "Not available at the moment";
}

/// A problem on its way to the program.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    detail: String,
    errors: Vec<Fault>,
    /// Boxed, since a problem is what many functions may end in.
    headers: Box<HeaderMap>,
}

/// A problem as it is written.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Names the kind of problem; programs decide by it.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", example = "/api#problem-invalid")]
    kind: String,
    /// What kind of problem it is, for people.
    #[schema(example = "Fields of the request are wrong")]
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// What went wrong this time, and what to do next.
    #[schema(example = "One field is wrong; nothing was done.")]
    detail: String,
    /// Names this request; the server’s log has it too.
    #[schema(
        format = "uri",
        example = "urn:uuid:01977a52-0d3c-7f1a-b8a3-5ac1c1f0a1b2"
    )]
    instance: String,
    /// The fields that are wrong, each with what is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<Fault>,
}

impl Problem {
    /// A problem of this kind, said in a sentence.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            headers: Box::default(),
        }
    }

    /// Fields or parameters that are wrong.
    pub(crate) fn invalid(errors: Vec<Fault>) -> Self {
        let detail = match errors.len() {
            1 => "One field is wrong; nothing was done.".to_owned(),
            many => format!("{many} fields are wrong; nothing was done."),
        };
        Self {
            errors,
            ..Self::new(Kind::Invalid, detail)
        }
    }

    /// The same, and the field that it is about.
    pub(crate) fn at(mut self, pointer: &str) -> Self {
        let detail = self.detail.clone();
        self.errors.push(Fault::at(pointer, detail));
        self
    }

    /// The same, and what exactly it is about.
    pub(crate) fn about(mut self, fault: Fault) -> Self {
        self.errors.push(fault);
        self
    }

    /// The same with another header.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Only JSON can be given; for a program that would take none.
    pub(crate) fn from_status(status: StatusCode) -> Self {
        let (kind, detail) = match status {
            StatusCode::NOT_FOUND => (Kind::NotFound, "There is nothing at this address."),
            StatusCode::METHOD_NOT_ALLOWED => (
                Kind::Method,
                "The header Allow lists the methods that there are.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => (Kind::TooLarge, "The request is too large."),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (Kind::MediaType, "Only JSON is taken here."),
            StatusCode::REQUEST_TIMEOUT => (Kind::Slow, "The request took too long."),
            StatusCode::TOO_MANY_REQUESTS => (Kind::TooMany, "Try again later."),
            StatusCode::URI_TOO_LONG => (Kind::TooLong, "The address is too long."),
            StatusCode::SERVICE_UNAVAILABLE => (Kind::Unavailable, "Try again in a moment."),
            status if status.is_client_error() => (Kind::Malformed, "The request can’t be read."),
            _ => (
                Kind::Broken,
                "Something failed in the server; its log says what.",
            ),
        };
        Self::new(kind, detail)
    }

    /// The problem as it is written for this request.
    pub(crate) fn body(&self, request: Uuid) -> ProblemBody {
        ProblemBody {
            kind: format!("/api#problem-{}", self.kind.slug()),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: self.detail.clone(),
            instance: format!("urn:uuid:{request}"),
            errors: self.errors.clone(),
        }
    }
}

impl From<Vec<Fault>> for Problem {
    fn from(errors: Vec<Fault>) -> Self {
        Self::invalid(errors)
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Refused(refusal) => refusal.into(),
            LedgerError::Points(error) => Self::new(
                Kind::Conflict,
                format!("The balance would not fit any more: {error}."),
            ),
            error if error.is_retryable() => {
                tracing::warn!(%error, "a request of a program could not be carried out");
                Self::new(
                    Kind::Unavailable,
                    "Try again in a moment; nothing is done twice.",
                )
                .with_header(
                    axum::http::header::RETRY_AFTER,
                    HeaderValue::from_static("1"),
                )
            }
            error => {
                tracing::error!(%error, "a request of a program failed");
                Self::from_status(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = match &refusal {
            Refusal::UnknownAccount(_) => Kind::UnknownAccount,
            Refusal::UnknownActivity(_) => Kind::UnknownActivity,
            Refusal::Changed => Kind::Changed,
            Refusal::NotUnique { .. } => Kind::NotUnique,
            Refusal::ExistsWithDifferent { .. } => Kind::KeyReused,
            _ => Kind::Conflict,
        };
        Self::new(kind, refusal.to_string())
    }
}

impl IntoResponse for Problem {
    /// Without a body yet: the envelope writes it, since it knows the request.
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        response.headers_mut().extend((*self.headers).clone());
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the problem of a response that has one, or is a failure without words.
pub(crate) fn write_out(response: Response, request: Uuid) -> Response {
    let status = response.status();
    let html = response.headers().get(CONTENT_TYPE);
    let html = html.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let said = html || response.extensions().get::<Worded>().is_some();
    if said || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let problem = parts.extensions.remove::<Problem>();
    let problem = problem.unwrap_or_else(|| Problem::from_status(status));
    parts.status = problem.kind.status();
    parts.headers.remove(axum::http::header::CONTENT_LENGTH);
    parts.headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    let body = serde_json::to_vec(&problem.body(request)).unwrap_or_default();
    Response::from_parts(parts, body.into())
}

/// Marks a response whose failure is said in words of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Worded;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_names_of_their_own_and_failing_statuses() {
        let slugs: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|it| it.slug()).collect();
        assert_eq!(slugs.len(), Kind::ALL.len());
        assert!(Kind::ALL.iter().all(|kind| kind.status().as_u16() >= 400));
    }
}
