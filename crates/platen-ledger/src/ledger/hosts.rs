//! Hosts that print what the server holds, and releases whose host is gone.

use jiff::Timestamp;

use super::Ledger;
use crate::audit::Actor;
use crate::error::LedgerError;
use crate::host::{HostName, HostRelease, LostEnd, LostReasons, LostRelease, PrintHost};
use crate::rules::lost;
use crate::store::{Hints, kept};

impl Ledger {
    /// Writes down that a host is there and prints.
    ///
    /// *Errors*: a label that can't be stored. *Source*: rules.md R-20.
    pub async fn host_beats(&self, host: PrintHost, now: Timestamp) -> Result<(), LedgerError> {
        let now = kept(now);
        self.write(|_| {}, move |tx| tx.beat(&host, now)).await
    }

    /// Documents that were released on a host and whose content is here to be printed;
    /// those that changed first come first. Of each printer `at_each` at most, so that
    /// no printer's documents stand in the way of another's.
    ///
    /// *Source*: rules.md R-20.
    pub async fn releases_of(
        &self,
        host: HostName,
        at_each: u32,
    ) -> Result<Vec<HostRelease>, LedgerError> {
        self.read(move |tx| tx.releases_of(host, at_each)).await
    }

    /// Releases of documents whose content is here that wait for a host which was
    /// not heard of since `before`. One that was never heard of counts from the
    /// release on. Those of the host `own` are left out. Those that changed first come
    /// first.
    ///
    /// *Source*: rules.md R-20.
    pub async fn lost_releases(
        &self,
        before: Timestamp,
        own: Option<HostName>,
        limit: u32,
    ) -> Result<Vec<LostRelease>, LedgerError> {
        let before = kept(before);
        self.read(move |tx| tx.lost_releases(before, own, limit))
            .await
    }

    /// Ends a release whose host is gone, with an entry in the audit log by
    /// `actor`. One that was certainly not printed, since the number of its job was
    /// never written down, is held again; of any other nobody knows whether it was
    /// printed: it failed, its points return, and the reason says so. From then on
    /// its host can neither release it nor settle it.
    ///
    /// *Errors*: an unknown document. *Source*: rules.md.
    pub async fn end_lost_release(
        &self,
        lost: LostRelease,
        reasons: LostReasons,
        actor: Actor,
        now: Timestamp,
    ) -> Result<LostEnd, LedgerError> {
        let stamp = self.desk(actor).stamp(now);
        let id = lost.document;
        let hints = move |hints: &mut Hints| {
            hints.documents.push(id);
            hints.activities.push(id.0);
        };
        self.write(hints, move |tx| lost::end(tx, &stamp, &lost, reasons))
            .await
    }
}
