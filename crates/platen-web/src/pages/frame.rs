//! What surrounds every page: navigation, active account, banners, notice.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::problem;
use crate::guard::SessionSecret;
use crate::portal::{PortalError, PortalView};
use crate::router::Served;
use crate::words::{ENGLISH, Words};

/// Sent by the script when it only wants to know what changed.
const REFRESH: &str = "x-platen-refresh";

/// A request with a session.
pub(crate) struct Visit {
    session: SessionSecret,
    refresh: bool,
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let session = parts.extensions.get::<SessionSecret>().cloned();
        let session = session.ok_or_else(|| problem(StatusCode::FORBIDDEN, ENGLISH.no_session))?;
        Ok(Self {
            session,
            refresh: parts.headers.contains_key(REFRESH),
        })
    }
}

impl Visit {
    /// Whether a page asks for itself again: notices are not meant for it.
    pub(crate) fn is_refresh(&self) -> bool {
        self.refresh
    }

    /// Leaves a sentence for the page that is seen next.
    pub(crate) fn tell(&self, served: &Served, notice: String) {
        served.entrance.leave_notice(&self.session.0, notice);
    }
}

/// Where in the navigation a page is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Here {
    Documents,
    History,
    About,
}

impl Here {
    pub(crate) fn is_documents(self) -> bool {
        self == Self::Documents
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Documents => "/",
            Self::History => "/history",
            Self::About => "/about",
        }
    }

    pub(crate) fn is_about(self) -> bool {
        self == Self::About
    }

    pub(crate) fn is_history(self) -> bool {
        self == Self::History
    }
}

/// What every page shows around its own content.
pub(crate) struct Frame {
    pub(crate) w: &'static Words,
    pub(crate) here: Here,
    pub(crate) view: PortalView,
    pub(crate) notice: Option<String>,
    /// The change that `view` is not older than.
    pub(crate) version: u64,
}

impl Frame {
    /// Asks the portal. A refresh leaves the notice for the page that it was
    /// meant for.
    pub(crate) async fn load(
        served: &Arc<Served>,
        visit: &Visit,
        here: Here,
    ) -> Result<Self, PortalError> {
        // Before the view: a change in between is then seen as one.
        let version = *served.portal.changes().borrow();
        let view = served.portal.view().await?;
        let notice = if visit.refresh {
            None
        } else {
            served.entrance.take_notice(&visit.session.0)
        };
        Ok(Self {
            w: &ENGLISH,
            here,
            view,
            notice,
            version,
        })
    }
}
