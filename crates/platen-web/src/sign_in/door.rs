//! The pages of those who are not inside: what went wrong and the way on.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use platen_identity::{ProviderError, SignInError};
use platen_ledger::LedgerError;

use crate::language::Language;
use crate::pages::render;
use crate::session::sign_in_path;
use crate::words::{EntryWords, Words};

/// What can be done next.
pub(super) enum Way {
    /// Nothing here.
    None,
    /// Signing in (again), and then to this path.
    SignIn(String),
}

/// Speaks with people at the door.
pub(super) struct Door {
    language: Language,
    pub(super) w: &'static EntryWords,
}

#[derive(Template)]
#[template(path = "door.html")]
struct DoorPage<'a> {
    w: &'static Words,
    title: &'a str,
    text: &'a str,
    icon: &'static str,
    /// Label and target.
    way: Option<(&'a str, String)>,
    /// Where the browser goes by itself.
    onward: Option<&'a str>,
    is_problem: bool,
}

impl Door {
    pub(super) fn new(language: Language) -> Self {
        Self {
            language,
            w: language.entry(),
        }
    }

    /// Says what went wrong.
    pub(super) fn refuse(&self, status: StatusCode, text: &str, way: Way) -> Response {
        let way = match way {
            Way::None => None,
            Way::SignIn(to) => Some((self.w.sign_in_again, sign_in_path(&to))),
        };
        let page = DoorPage {
            w: self.language.words(),
            title: self.w.not_signed_in,
            text,
            icon: "over",
            way,
            onward: None,
            is_problem: true,
        };
        render(status, &page)
    }

    /// Says why the provider did not sign somebody in.
    pub(super) fn refuse_sign_in(&self, error: &SignInError, way: Way) -> Response {
        let status = match error {
            SignInError::Provider(error) if error.is_temporary() => StatusCode::BAD_GATEWAY,
            _ => StatusCode::FORBIDDEN,
        };
        self.refuse(status, &self.why(error), way)
    }

    pub(super) fn ledger_away(&self, error: &LedgerError, way: Way) -> Response {
        tracing::error!(%error, "the ledger did not answer at the door");
        self.refuse(StatusCode::SERVICE_UNAVAILABLE, self.w.ledger_away, way)
    }

    /// Leads to the provider's own sign-out.
    pub(super) fn leave(&self, url: &str) -> Response {
        let page = DoorPage {
            w: self.language.words(),
            title: self.w.signed_out_title,
            text: self.w.leaving,
            icon: "person",
            way: Some((self.w.go_on, url.to_owned())),
            onward: Some(url),
            is_problem: false,
        };
        render(StatusCode::OK, &page)
    }

    pub(super) fn signed_out(&self) -> Response {
        let page = DoorPage {
            w: self.language.words(),
            title: self.w.signed_out_title,
            text: self.w.signed_out_text,
            icon: "good",
            way: Some((self.w.sign_in, sign_in_path("/"))),
            onward: None,
            is_problem: false,
        };
        render(StatusCode::OK, &page)
    }

    fn why(&self, error: &SignInError) -> String {
        let w = self.w;
        match error {
            SignInError::Cancelled => w.cancelled.to_owned(),
            SignInError::Refused { what } => w.provider_refused.replace("{0}", what),
            SignInError::Provider(ProviderError::Unreachable { host }) => {
                w.provider_unreachable.replace("{0}", host)
            }
            SignInError::Provider(ProviderError::Faulty { host, .. }) => {
                w.provider_faulty.replace("{0}", host)
            }
            SignInError::Provider(ProviderError::Insecure { host }) => {
                w.provider_insecure.replace("{0}", host)
            }
            SignInError::Provider(ProviderError::WrongIssuer { .. }) => {
                w.provider_wrong_issuer.to_owned()
            }
            SignInError::Provider(ProviderError::ClockOff { .. }) => w.clock_off.to_owned(),
            _ => w.provider_untrusted.to_owned(),
        }
    }
}
