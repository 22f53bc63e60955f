//! Hosts that print what the server holds, and when they were last heard of.

use jiff::Timestamp;
use platen_domain::DocumentId;

use super::value::{Row, Value, check_storable};
use super::{Result, Tx};
use crate::host::{HostName, HostRelease, LostRelease, PrintHost};

const BEAT: &str = "INSERT INTO print_host (name, label, beat_at) VALUES (?1, ?2, ?3)
     ON CONFLICT (name) DO UPDATE SET label = excluded.label, beat_at = excluded.beat_at";

impl Tx<'_> {
    /// Writes down that a host was heard of.
    pub(crate) fn beat(&self, host: &PrintHost, now: Timestamp) -> Result<()> {
        check_storable([Some(host.label.as_str())])?;
        let label = host.label.as_str().into();
        self.run(BEAT, vec![host.name.0.into(), label, now.into()]);
        Ok(())
    }

    /// Releases of documents whose content is here that a host has to carry out, of
    /// each printer so many: first those with a job already, which may be on paper.
    pub(crate) fn releases_of(&self, host: HostName, at_each: u32) -> Result<Vec<HostRelease>> {
        let rows = self.sql()?.query(
            "SELECT id, printer FROM (
                 SELECT id, printer, changed_at, ROW_NUMBER() OVER (
                     PARTITION BY printer
                     ORDER BY CASE WHEN job_id > 0 THEN 0 ELSE 1 END, changed_at, id
                 ) AS place
                 FROM document
                 WHERE open = 1 AND state = 'releasing'
                     AND substr(release_nonce, 1, 8) = ?1
                     AND id IN (SELECT document FROM content WHERE part = 0)
             ) AS waiting
             WHERE place <= ?2 ORDER BY changed_at, id",
            &[host.0.into(), at_each.into()],
        )?;
        let read = |mut row: Row| {
            Ok(HostRelease {
                document: DocumentId(row.id()?),
                printer: row.optional_text()?.unwrap_or_default(),
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Releases of documents whose content is here and whose host was last heard of
    /// before a moment, or never, and that were made before it as well; but none of
    /// the host `own`.
    pub(crate) fn lost_releases(
        &self,
        before: Timestamp,
        own: Option<HostName>,
        limit: u32,
    ) -> Result<Vec<LostRelease>> {
        // No release is of a host without a name.
        let own = own.map_or_else(Vec::new, |own| own.0.to_vec());
        let rows = self.sql()?.query(
            "SELECT document.id, document.release_nonce, print_host.label
             FROM document LEFT JOIN print_host
                 ON print_host.name = substr(document.release_nonce, 1, 8)
             WHERE document.open = 1 AND document.state = 'releasing'
                 AND document.changed_at < ?1
                 AND (print_host.beat_at IS NULL OR print_host.beat_at < ?1)
                 AND substr(document.release_nonce, 1, 8) <> ?2
                 AND document.id IN (SELECT document FROM content WHERE part = 0)
             ORDER BY document.changed_at, document.id LIMIT ?3",
            &[before.into(), Value::Bytes(own), limit.into()],
        )?;
        let read = |mut row: Row| {
            Ok(LostRelease {
                document: DocumentId(row.id()?),
                number: row.id()?,
                host: row.optional_text()?,
            })
        };
        rows.into_iter().map(read).collect()
    }
}
