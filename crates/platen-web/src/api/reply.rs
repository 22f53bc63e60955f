//! What a program gets when all went well.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::problem::Problem;

/// An answer; it can be remembered and given again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reply {
    status: u16,
    /// The version of what is shown, for `ETag`.
    version: Option<u64>,
    /// Where what was made is to be found.
    place: Option<String>,
    body: Option<String>,
    /// It was given before.
    #[serde(skip)]
    repeated: bool,
}

impl Reply {
    /// 200 with `body` as JSON.
    pub(crate) fn ok(body: &impl Serialize) -> Result<Self, Problem> {
        Self::with(StatusCode::OK, body)
    }

    /// 200 with `body` as JSON, which shows this version of something.
    pub(crate) fn showing(body: &impl Serialize, version: u64) -> Result<Self, Problem> {
        Ok(Self::ok(body)?.version(version))
    }

    /// 201 with `body` as JSON.
    pub(crate) fn created(body: &impl Serialize) -> Result<Self, Problem> {
        Self::with(StatusCode::CREATED, body)
    }

    /// 204.
    pub(crate) fn done() -> Self {
        Self {
            status: StatusCode::NO_CONTENT.as_u16(),
            version: None,
            place: None,
            body: None,
            repeated: false,
        }
    }

    fn with(status: StatusCode, body: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_string(body).map_err(|error| {
            tracing::error!(%error, "an answer can't be written");
            Problem::from_status(StatusCode::INTERNAL_SERVER_ERROR)
        })?;
        Ok(Self {
            status: status.as_u16(),
            version: None,
            place: None,
            body: Some(body),
            repeated: false,
        })
    }

    /// The same with the version of what is shown.
    pub(crate) fn version(mut self, version: u64) -> Self {
        self.version = Some(version);
        self
    }

    /// The same with the address of what was made.
    pub(crate) fn place(mut self, place: String) -> Self {
        self.place = Some(place);
        self
    }

    /// The same, marked as given before.
    pub(crate) fn repeated(mut self) -> Self {
        self.repeated = true;
        self
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = match self.body {
            Some(body) => (status, body).into_response(),
            None => status.into_response(),
        };
        let headers = response.headers_mut();
        if status != StatusCode::NO_CONTENT {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let tag = self.version.map(|version| format!("\"{version}\""));
        if let Some(Ok(tag)) = tag.map(|tag| HeaderValue::from_str(&tag)) {
            headers.insert(ETAG, tag);
        }
        if let Some(Ok(place)) = self.place.map(HeaderValue::try_from) {
            headers.insert(LOCATION, place);
        }
        if self.repeated {
            let name = HeaderName::from_static("idempotency-replayed");
            headers.insert(name, HeaderValue::from_static("true"));
        }
        response
    }
}
