//! The central server's side of the pages: many people, one ledger.

mod content;
mod notices;
mod portal;
mod printing;
mod push;
mod upload;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use platen_ledger::{Ledger, Session};
use url::Url;

pub use content::{ContentError, fetch_content};
pub use notices::tell_not_printed;
pub use printing::{Printing, PrintingError};
pub use push::{Push, PushError, PushServices, PushWork};
pub use upload::Uploads;

use crate::language::Language;
use crate::portal::Portal;

/// What a site decides about its central server.
#[derive(Clone, Debug)]
pub struct CentralConfig {
    /// Where people reach it; plain http only on loopback.
    pub public_url: Url,
    /// The site's time zone: its local dates decide.
    pub zone: TimeZone,
    /// Groups whose members are administrators.
    pub administrators: BTreeSet<String>,
    /// The largest document that is taken, in bytes.
    pub upload_limit_bytes: u64,
}

/// What the central server's pages work with.
pub struct Central {
    pub(crate) ledger: Ledger,
    pub(crate) config: CentralConfig,
    pub(crate) means: Means,
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
}

impl Central {
    /// Serves `ledger` as `config` says.
    #[must_use]
    pub fn new(ledger: Ledger, config: CentralConfig) -> Self {
        Self {
            ledger,
            config,
            means: Means::default(),
        }
    }

    /// Has these beside its ledger.
    #[must_use]
    pub fn with(mut self, means: Means) -> Self {
        self.means = means;
        self
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
