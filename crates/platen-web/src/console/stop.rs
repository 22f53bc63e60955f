//! Why a request of the console gets a sentence instead of what it wanted.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use platen_ledger::LedgerError;

use crate::language::Language;
use crate::pages::problem;

/// Why there is no page.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// What the address names is not there.
    Gone,
    /// The form is no form.
    Unreadable,
    /// The form is too large.
    TooLarge,
    /// The ledger did not do it.
    Ledger(LedgerError),
    /// A template did not render.
    Render,
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl IntoResponse for Stop {
    /// [`speak`] gives it its words.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl Stop {
    fn status(&self) -> StatusCode {
        match self {
            Self::Gone => StatusCode::NOT_FOUND,
            Self::Unreadable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Ledger(LedgerError::Refused(_)) => StatusCode::CONFLICT,
            Self::Ledger(error) if error.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Ledger(_) | Self::Render => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn text(&self, language: Language) -> String {
        let w = &language.console().frame;
        match self {
            Self::Gone => w.gone.to_owned(),
            Self::Unreadable => w.form_unreadable.to_owned(),
            Self::TooLarge => w.form_too_large.to_owned(),
            Self::Ledger(LedgerError::Refused(refusal)) => super::show::refusal(language, refusal),
            Self::Ledger(_) | Self::Render => w.unavailable.to_owned(),
        }
    }
}

/// Gives the answers that are a [`Stop`] a page in the browser's language.
pub(super) async fn speak(language: Language, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(stop) = response.extensions_mut().remove::<Stop>() else {
        return response;
    };
    if let Stop::Ledger(error) = &stop
        && !matches!(error, LedgerError::Refused(_))
    {
        tracing::error!(%error, "the ledger did not answer the console");
    }
    problem(stop.status(), &stop.text(language))
}
