//! The central server's side of the pages: many people, one ledger.

mod catching_up;
mod content;
mod devices;
mod notices;
mod portal;
mod printing;
mod private;
mod push;
mod upload;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use platen_authority::Server;
use platen_domain::{Person, UserId};
use platen_identity::{Scopes, Secret, WebSignIn, WebSignInConfig};
use platen_ledger::{Ledger, LedgerError, Session};
use url::Url;

pub use content::{ContentError, fetch_content};
pub use notices::tell_not_printed;
pub use platen_authority::{Approval, SignedLease, Signer};
pub use platen_ledger::LeaseReceipt;
pub use printing::{Printing, PrintingError};
pub use push::{Message, Push, PushError, PushServices, PushWork};
pub use upload::Uploads;

use crate::api::{Api, ApiLimits};
use crate::hub::{Hub, Topic};
use crate::language::Language;
use crate::portal::Portal;
use crate::router::PATIENCE;
use crate::sign_in::Limits;
use crate::sync::Looks;
use crate::uses::Uses;

/// What a site decides about its central server.
#[derive(Clone, Debug)]
pub struct CentralConfig {
    /// Where people reach it; plain http only on loopback.
    pub public_url: Url,
    /// The site's time zone: its local dates decide.
    pub zone: TimeZone,
    /// Groups whose members are administrators.
    pub administrators: BTreeSet<String>,
    /// How people sign in; none: nobody can.
    pub identity: Option<IdentityProvider>,
    /// The largest document that is taken, in bytes.
    pub upload_limit_bytes: u64,
}

/// The OpenID provider of a site, and what it knows the server as.
#[derive(Clone, Debug)]
pub struct IdentityProvider {
    /// The provider, exactly as it names itself; plain http only on loopback.
    pub issuer: Url,
    /// The client that the site has registered for the server.
    pub client_id: String,
    /// Its secret; none: a public client.
    pub client_secret: Option<Secret>,
    /// Scopes beside `openid`.
    pub scopes: Scopes,
    /// The claim that lists a person's groups.
    pub groups_claim: String,
    /// Verified addresses of mail of people who are administrators as well, for a
    /// provider that tells no groups.
    pub administrator_emails: BTreeSet<String>,
    /// Clients whose ID tokens let their holder in: those of the tray app.
    pub tray_clients: BTreeSet<String>,
}

/// What the central server's pages work with.
pub struct Central {
    pub(crate) ledger: Ledger,
    pub(crate) config: CentralConfig,
    pub(crate) means: Means,
    pub(crate) sign_in: Option<WebSignIn>,
    pub(crate) limits: Limits,
    pub(crate) api: Api,
    pub(crate) hub: Arc<Hub>,
    pub(crate) looks: Looks,
    pub(crate) uses: Uses,
    pub(crate) patience: Duration,
}

/// What a server has beside its ledger; none: it does without.
#[derive(Clone, Default)]
pub struct Means {
    /// What prints.
    pub printing: Option<Arc<dyn Printing>>,
    /// What takes documents in.
    pub uploads: Option<Arc<Uploads>>,
    /// What tells people's browsers.
    pub push: Option<Push>,
    /// What signs approvals and leases for clients.
    pub signer: Option<Arc<dyn Signer>>,
}

impl Central {
    /// Serves `ledger` as `config` says.
    ///
    /// Has to be called inside a tokio runtime, which carries the task that
    /// tells open pages of changes.
    #[must_use]
    pub fn new(ledger: Ledger, config: CentralConfig) -> Self {
        let sign_in = config.identity.clone().map(|provider| {
            let ours = |path| {
                let mut url = config.public_url.clone();
                url.set_path(path);
                url
            };
            WebSignIn::new(WebSignInConfig {
                issuer: provider.issuer,
                client_id: provider.client_id,
                client_secret: provider.client_secret,
                scopes: provider.scopes,
                groups_claim: provider.groups_claim,
                redirect: ours("/sign-in/callback"),
                after_sign_out: ours("/signed-out"),
                tray_clients: provider.tray_clients,
            })
        });
        Self {
            hub: Hub::start(ledger.clone()),
            looks: Looks::start(ledger.clone()),
            uses: Uses::start(ledger.clone()),
            ledger,
            config,
            sign_in,
            limits: Limits::new(),
            patience: PATIENCE,
            means: Means::default(),
            api: Api::new(ApiLimits::default()),
        }
    }

    /// The same, with other limits for programs.
    #[must_use]
    pub fn with_api_limits(self, limits: ApiLimits) -> Self {
        Self {
            api: Api::new(limits),
            ..self
        }
    }

    /// Has these beside its ledger.
    #[must_use]
    pub fn with(mut self, means: Means) -> Self {
        self.means = means;
        self
    }

    /// Waits this long for a request to arrive whole, instead of half a minute.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// What one person sees and does, as the pages ask it; its sentences are in
    /// `language`.
    #[must_use]
    pub fn portal_of(self: &Arc<Self>, person: Person, language: Language) -> Arc<dyn Portal> {
        let words = language.words();
        Arc::new(portal::CentralPortal::new(self.clone(), person, words))
    }

    /// Whether the provider's word makes somebody an administrator: one of the
    /// groups that it told at this sign-in, or the address of mail that it has verified.
    pub(crate) fn is_administrator(
        &self,
        told: Option<&BTreeSet<String>>,
        verified_email: Option<&str>,
    ) -> bool {
        let by_group = told.is_some_and(|groups| !groups.is_disjoint(&self.config.administrators));
        let named = self.config.identity.as_ref();
        let mut named = named.into_iter().flat_map(|it| &it.administrator_emails);
        let by_email = verified_email
            .is_some_and(|email| named.any(|address| address.eq_ignore_ascii_case(email)));
        by_group || by_email
    }

    /// The number of the last change that concerns what `user` sees of his own.
    ///
    /// *Errors*: the ledger does not answer.
    pub(crate) async fn version(&self, user: &UserId) -> Result<u64, LedgerError> {
        self.hub.version(&Topic::Own(user.clone())).await
    }

    /// How many pages and clients wait for news.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.hub.waiting()
    }

    /// Lets all go who wait for news: the server ends.
    pub fn let_go(&self) {
        self.hub.end();
    }

    /// What clients are answered from.
    pub(crate) fn authority(&self) -> Server<'_> {
        Server {
            ledger: &self.ledger,
            signer: self.means.signer.as_deref(),
        }
    }

    /// This moment.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// The site's local date.
    pub(crate) fn today(&self) -> Date {
        self.now().to_zoned(self.config.zone.clone()).date()
    }
}

/// Gives each person the portal that is his.
pub(crate) trait Portals {
    /// The portal of whose `session` it is; its own sentences are in `language`.
    fn portal(self: &Arc<Self>, session: &Arc<Session>, language: Language) -> Arc<dyn Portal>;
}
