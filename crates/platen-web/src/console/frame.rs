//! What surrounds every page of the console, and who asks for it.

use std::ops::Deref;
use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use platen_ledger::Desk;

use super::fields::Fields;
use super::show::Show;
use super::stop::Stop;
use crate::central::Central;
use crate::flash::Flash;
use crate::hub::Topic;
use crate::pages::REFRESH;
use crate::session::Administrator;
use crate::words::console::{ConsoleWords, FrameWords};

/// A request of an administrator.
pub(super) struct Ask {
    pub(super) admin: Administrator,
    pub(super) central: Arc<Central>,
    /// What stands behind the `?` of the address.
    pub(super) query: Fields,
    flash: Option<Arc<Flash>>,
    refresh: bool,
    posted: bool,
    version: u64,
}

impl FromRequestParts<Arc<Central>> for Ask {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        central: &Arc<Central>,
    ) -> Result<Self, Response> {
        let admin = Administrator::from_request_parts(parts, central).await?;
        // Before anything is asked: a change in between is then seen as one.
        let topic = Topic::Site(admin.session.person.id.clone());
        let version = central.hub.version(&topic).await;
        let version = version.map_err(|error| Stop::Ledger(error).into_response())?;
        Ok(Self {
            admin,
            central: central.clone(),
            query: Fields::read(parts.uri.query().unwrap_or_default().as_bytes()),
            flash: parts.extensions.get::<Arc<Flash>>().cloned(),
            refresh: parts.headers.contains_key(REFRESH),
            posted: parts.method == Method::POST,
            version,
        })
    }
}

impl Ask {
    /// What the console says in the language of who asks.
    pub(super) fn words(&self) -> &'static ConsoleWords {
        self.admin.language.console()
    }

    /// Changes are made and written down in the administrator's name.
    pub(super) fn desk(&self) -> Desk {
        self.admin.desk(&self.central)
    }

    pub(super) fn show(&self) -> Show {
        Show {
            language: self.admin.language,
            zone: self.central.config.zone.clone(),
            now: self.central.now(),
        }
    }

    /// What surrounds a page. A refresh leaves the notice for the page that it
    /// was meant for.
    pub(super) fn frame(&self, here: Here) -> Frame {
        let person = &self.admin.session.person;
        let notice = if self.refresh {
            None
        } else {
            self.flash.as_ref().and_then(|flash| flash.take())
        };
        Frame {
            w: &self.words().frame,
            show: self.show(),
            here,
            person: if person.name.is_empty() {
                person.login.clone()
            } else {
                person.name.clone()
            },
            notice,
            version: self.version,
            posted: self.posted,
        }
    }
}

/// Where in the navigation a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Here {
    Overview,
    Users,
    Accounts,
    Groups,
    Rates,
    Reports,
    Settings,
    Api,
    Sessions,
    Leases,
    Audit,
    Transfer,
}

/// A heading of the navigation, with the pages below it.
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) links: Vec<NavigationLink>,
}

pub(super) struct NavigationLink {
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) current: bool,
}

/// What every page shows around its own content.
pub(super) struct Frame {
    pub(super) w: &'static FrameWords,
    pub(super) show: Show,
    pub(super) here: Here,
    pub(super) person: String,
    pub(super) notice: Option<String>,
    /// The change that the page is not older than.
    pub(super) version: u64,
    /// Whether the page is the answer to a form, and at no address of its own.
    pub(super) posted: bool,
}

/// A frame shows values as its reader reads them.
impl Deref for Frame {
    type Target = Show;

    fn deref(&self) -> &Show {
        &self.show
    }
}

impl Frame {
    pub(super) fn navigation(&self) -> Vec<Section> {
        let w = self.w;
        let section = |name, pages: &[(Here, &'static str, &'static str)]| Section {
            name,
            links: pages
                .iter()
                .map(|(here, path, name)| NavigationLink {
                    path,
                    name,
                    current: *here == self.here,
                })
                .collect(),
        };
        vec![
            section("", &[(Here::Overview, "/console", w.nav_overview)]),
            section(
                w.nav_people,
                &[
                    (Here::Users, "/console/users", w.nav_users),
                    (Here::Accounts, "/console/accounts", w.nav_accounts),
                    (Here::Groups, "/console/groups", w.nav_groups),
                ],
            ),
            section(
                w.nav_costs,
                &[
                    (Here::Rates, "/console/rates", w.nav_rates),
                    (Here::Reports, "/console/reports", w.nav_reports),
                ],
            ),
            section(
                w.nav_site,
                &[
                    (Here::Settings, "/console/settings", w.nav_settings),
                    (Here::Api, "/console/api", w.nav_api),
                    (Here::Sessions, "/console/sessions", w.nav_sessions),
                    (Here::Leases, "/console/leases", w.nav_leases),
                    (Here::Audit, "/console/audit", w.nav_audit),
                    (Here::Transfer, "/console/transfer", w.nav_transfer),
                ],
            ),
        ]
    }
}

/// A page.
pub(super) fn page(page: &impl Template) -> Result<Response, Stop> {
    page_with(StatusCode::OK, page)
}

/// A page that says why something was not done.
pub(super) fn page_with(status: StatusCode, page: &impl Template) -> Result<Response, Stop> {
    match page.render() {
        Ok(html) => Ok((status, Html(html)).into_response()),
        Err(error) => {
            tracing::error!(%error, "a page of the console can't be rendered");
            Err(Stop::Render)
        }
    }
}
