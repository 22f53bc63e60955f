//! Hosts that print what the server holds, and releases whose host is gone.

use jiff::Timestamp;

use super::Ledger;
use crate::audit::Actor;
use crate::error::LedgerError;
use crate::host::{HostName, LostEnd, LostReasons, LostRelease, PrintHost};
use crate::rules::lost;
use crate::store::{Hints, kept};
use platen_domain::DocumentState;

/// Releases that are looked at in one round.
const AT_ONCE: u32 = 1_000;

impl Ledger {
    /// Writes down that a host is there and prints.
    ///
    /// *Errors*: a label that can't be stored. *Source*: rules.md R-20.
    pub async fn host_beats(&self, host: PrintHost, now: Timestamp) -> Result<(), LedgerError> {
        let now = kept(now);
        self.write(|_| {}, move |tx| tx.beat(&host, now)).await
    }

    /// Releases of documents whose content is here that wait for a host which was
    /// not heard of since `before`. One that was never heard of counts from the
    /// release on. Those of the host `own` are left out.
    ///
    /// *Source*: rules.md R-20.
    pub async fn lost_releases(
        &self,
        before: Timestamp,
        own: Option<HostName>,
    ) -> Result<Vec<LostRelease>, LedgerError> {
        let before = kept(before);
        self.read(move |tx| {
            let hosts = tx.hosts()?;
            let released = tx.waiting_content(DocumentState::Releasing, AT_ONCE)?;
            Ok(released
                .into_iter()
                .filter_map(|document| {
                    let number = document.release_nonce?;
                    let name = HostName::of_release(number);
                    let host = name.and_then(|name| hosts.get(&name));
                    let heard = host.map_or(Timestamp::MIN, |(_, beat_at)| *beat_at);
                    let lost = heard.max(document.changed_at) < before;
                    (lost && (own.is_none() || name != own)).then(|| LostRelease {
                        document: document.id,
                        number,
                        host: host.map(|(label, _)| label.clone()),
                    })
                })
                .collect())
        })
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
