//! The central server's side of the pages: many people, one ledger.

mod portal;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use platen_ledger::{Ledger, Session};
use url::Url;

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
}

impl Central {
    /// Serves `ledger` as `config` says.
    #[must_use]
    pub fn new(ledger: Ledger, config: CentralConfig) -> Self {
        Self { ledger, config }
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
