//! What surrounds every page: navigation, active account, banners, notice.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use platen_domain::{DocumentId, DocumentState};

use super::{Refusal, problem, problem_word};
use crate::central::{Central, Portals as _};
use crate::flash::Flash;
use crate::from_ledger::ledger_error;
use crate::guard::Inside;
use crate::language::Language;
use crate::portal::{AccountChoice, DocumentRow, HistoryRow, Portal, PortalError, PortalView};
use crate::router::{Door, Served};
use crate::session::SignedIn;
use crate::words::Words;

/// Sent by the script when it only wants to know what changed.
pub(crate) const REFRESH: &str = "x-platen-refresh";

/// How long a deletion can be taken back.
const UNDO_MINUTES: i64 = 5;

/// A request of somebody who is inside, with the portal that is his.
pub(crate) struct Visit {
    portal: Arc<dyn Portal>,
    /// On the server.
    central: Option<Arc<Central>>,
    signed_in: Option<SignedIn>,
    flash: Arc<Flash>,
    language: Language,
    refresh: bool,
}

impl FromRequestParts<Arc<Served>> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, served: &Arc<Served>) -> Result<Self, Response> {
        let language = Language::asked(&parts.headers);
        let (portal, signed_in) = match &served.door {
            Door::Embedded { portal, .. } => {
                let inside = parts.extensions.get::<Inside>();
                inside.ok_or_else(|| problem_word(StatusCode::FORBIDDEN, |w| w.no_session))?;
                (portal.clone(), None)
            }
            Door::Central(central) => {
                let signed_in = SignedIn::from_request_parts(parts, served).await?;
                let settings = central.ledger.settings().await;
                let settings = settings.map_err(|error| Refusal::from(ledger_error(error)));
                let open = settings.map_err(IntoResponse::into_response)?.user_portal;
                if !open && !signed_in.session.administrator {
                    let text = language.entry().portal_off;
                    return Err(problem(StatusCode::FORBIDDEN, text));
                }
                let portal = central.portal(&signed_in.session, language);
                (portal, Some(signed_in))
            }
        };
        Ok(Self {
            portal,
            central: served.central().cloned(),
            signed_in,
            flash: parts.extensions.get().cloned().unwrap_or_default(),
            language,
            refresh: parts.headers.contains_key(REFRESH),
        })
    }
}

impl Visit {
    /// What this person can see and do.
    pub(crate) fn portal(&self) -> &dyn Portal {
        &*self.portal
    }

    /// The number of the last change that concerns the pages.
    pub(crate) async fn version(&self) -> Result<u64, PortalError> {
        match (&self.signed_in, &self.central) {
            (Some(signed_in), Some(central)) => {
                let user = &signed_in.session.person.id;
                central.version(user).await.map_err(ledger_error)
            }
            _ => Ok(*self.portal.changes().borrow()),
        }
    }

    /// Whose session it is, on the server.
    pub(crate) fn signed_in(&self) -> Option<&SignedIn> {
        self.signed_in.as_ref()
    }

    /// The language of the pages.
    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// Whether a page asks for itself again: notices are not meant for it.
    pub(crate) fn is_refresh(&self) -> bool {
        self.refresh
    }

    /// The words of the pages.
    pub(crate) fn words(&self) -> &'static Words {
        self.language.words()
    }

    /// Leaves a sentence for the page that is seen next.
    pub(crate) fn tell(&self, notice: &str) {
        self.flash.leave(notice);
    }
}

/// Where in the navigation a page is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Here {
    Documents,
    History,
    Upload,
    Devices,
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
            // The form's own page; closing it leads to the list.
            Self::Upload => "/",
            Self::Devices => "/devices",
            Self::About => "/about",
        }
    }

    pub(crate) fn is_devices(self) -> bool {
        self == Self::Devices
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
    /// The deletions that the notice can take back.
    pub(crate) undo: Vec<DocumentId>,
    /// The change that `view` is not older than.
    pub(crate) version: u64,
    /// Whether a deletion can be taken back.
    pub(crate) can_undelete: bool,
    /// The largest document that can be brought here, if any can.
    pub(crate) upload_limit: Option<u64>,
    /// What browsers subscribe with, where they are told anything.
    pub(crate) push_key: Option<String>,
    /// Whether the person's devices are known here.
    pub(crate) knows_devices: bool,
    /// Whether the person signed in with a browser, and may sign out.
    pub(crate) is_signed_in: bool,
    /// Whether the console is open to the person.
    pub(crate) is_administrator: bool,
}

/// What is said of a document that arrives while a page is open.
pub(crate) struct Arrival<'a> {
    pub(crate) document: &'a DocumentRow,
    pub(crate) title: &'static str,
    pub(crate) text: String,
}

impl<'a> Arrival<'a> {
    fn of(words: &'static Words, document: &'a DocumentRow, view: &PortalView) -> Self {
        let is_carried_by = |account: &&AccountChoice| document.is_carried_by(account);
        let account = view.accounts.iter().find(is_carried_by);
        let reason = document.reason.as_ref();
        let reason = || {
            reason
                .map(|reason| words.reason(reason))
                .unwrap_or_default()
        };
        let (title, text) = match document.state {
            DocumentState::Canceled => (words.title_declined, reason()),
            DocumentState::Unreadable => (words.title_unreadable, reason()),
            // A release that was taken back.
            DocumentState::Held if document.reason.is_some() => {
                let text = words.not_printed(&document.name, document.reason.as_ref());
                (words.title_not_printed, text)
            }
            _ if words.warning(document).is_some() => {
                (words.title_warning, words.arrival(document, account))
            }
            _ => (words.title_ready, words.arrival(document, account)),
        };
        Self {
            document,
            title,
            text,
        }
    }
}

impl Frame {
    /// Why an account can't be chosen, in words.
    pub(crate) fn barred(&self, account: &AccountChoice) -> Option<String> {
        let reason = account.unavailable.as_ref()?;
        Some(self.w.refusal(reason))
    }

    /// Whether the deletion of a document of the past can be taken back now.
    pub(crate) fn may_undelete(&self, entry: &HistoryRow) -> bool {
        let age = Timestamp::now().duration_since(entry.at);
        self.can_undelete
            && entry.state == DocumentState::Deleted
            && age < SignedDuration::from_mins(UNDO_MINUTES)
    }

    /// Whether devices keep points of any account.
    pub(crate) fn has_asides(&self) -> bool {
        let mut accounts = self.view.accounts.iter();
        accounts.any(|account| account.aside.is_some())
    }

    /// Whether documents come by printing to a queue, and not by upload alone.
    pub(crate) fn prints_here(&self) -> bool {
        !self.view.queues.is_empty() || self.upload_limit.is_none()
    }

    /// Whether the portal is an app that phones can install.
    pub(crate) fn is_app(&self) -> bool {
        self.is_signed_in || self.push_key.is_some()
    }

    /// The newest documents, and those that are being printed: what becomes of
    /// them while a page is open is told there.
    pub(crate) fn arrivals(&self) -> impl Iterator<Item = Arrival<'_>> {
        /// More never arrive between two looks of a page.
        const NEWEST: usize = 10;
        let told = |(number, document): &(usize, &DocumentRow)| {
            *number < NEWEST || document.state == DocumentState::Releasing
        };
        let documents = self.view.documents.iter().enumerate().filter(told);
        documents.map(|(_, document)| Arrival::of(self.w, document, &self.view))
    }

    /// The title of what is told with [`Words::ending`].
    pub(crate) fn ending_title(&self, entry: &HistoryRow) -> &'static str {
        match entry.state {
            DocumentState::Failed => self.w.title_not_printed,
            _ => self.w.state(&entry.state),
        }
    }

    /// When it was, in words.
    pub(crate) fn when(&self, at: &Timestamp) -> String {
        self.w.when(at, self.view.zone.as_ref())
    }

    /// Asks the portal. A refresh leaves the notice for the page that it was
    /// meant for.
    pub(crate) async fn load(visit: &Visit, here: Here) -> Result<Self, PortalError> {
        // Before the view: a change in between is then seen as one.
        let version = visit.version().await?;
        let view = visit.portal.view().await?;
        let notice = if visit.refresh {
            None
        } else {
            visit.flash.take()
        };
        Ok(Self {
            w: visit.language.words(),
            here,
            view,
            notice,
            undo: Vec::new(),
            version,
            can_undelete: visit.portal.can_undelete(),
            upload_limit: visit.portal.upload_limit(),
            push_key: visit.portal.push_key(),
            knows_devices: visit.portal.knows_devices(),
            is_signed_in: visit.signed_in.is_some(),
            is_administrator: visit
                .signed_in
                .as_ref()
                .is_some_and(|one| one.session.administrator),
        })
    }
}
