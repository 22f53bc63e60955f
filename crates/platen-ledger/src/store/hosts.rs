//! Hosts that print what the server holds, and when they were last heard of.

use std::collections::HashMap;

use jiff::Timestamp;

use super::value::{Row, check_storable};
use super::{Result, Tx};
use crate::host::{HostName, PrintHost};

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

    /// What each host is called, and when it was last heard of.
    pub(crate) fn hosts(&self) -> Result<HashMap<HostName, (String, Timestamp)>> {
        let sql = "SELECT name, label, beat_at FROM print_host";
        let rows = self.sql()?.query(sql, &[])?;
        let read = |mut row: Row| Ok((HostName(row.bytes()?), (row.text()?, row.time()?)));
        rows.into_iter().map(read).collect()
    }
}
