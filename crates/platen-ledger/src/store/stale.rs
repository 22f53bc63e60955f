//! Rows that are of no use any more, and removing them.

use jiff::Timestamp;

use super::value::Value;
use super::{Result, Tx};

/// Rows of one table that are removed at once.
const AT_ONCE: i64 = 5_000;

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Tickets that were taken or too old.
    pub tickets: u64,
    /// Sessions that ended long ago.
    pub sessions: u64,
    /// Addresses for push that have been gone for long.
    pub pushes: u64,
}

const STALE_TICKETS: &str = "SELECT COUNT(*) FROM
     (SELECT digest FROM ticket WHERE expires_at < ?1 LIMIT ?2) AS stale";
const STALE_SESSIONS: &str = "SELECT COUNT(*) FROM
     (SELECT digest FROM session WHERE expires_at < ?1 OR ended_at < ?1 LIMIT ?2) AS stale";
const STALE_PUSHES: &str = "SELECT COUNT(*) FROM
     (SELECT digest FROM push WHERE gone_at < ?1 LIMIT ?2) AS stale";

const REMOVE_TICKETS: &str = "DELETE FROM ticket WHERE digest IN
     (SELECT digest FROM ticket WHERE expires_at < ?1 LIMIT ?2)";
const REMOVE_SESSIONS: &str = "DELETE FROM session WHERE digest IN
     (SELECT digest FROM session WHERE expires_at < ?1 OR ended_at < ?1 LIMIT ?2)";
const REMOVE_PUSHES: &str = "DELETE FROM push WHERE digest IN
     (SELECT digest FROM push WHERE gone_at < ?1 LIMIT ?2)";

impl Tx<'_> {
    /// How much there is to remove.
    pub(crate) fn stale(&self, tickets: Timestamp, others: Timestamp) -> Result<Swept> {
        let count = |sql: &str, before: Timestamp| {
            let row = self
                .sql()?
                .query_one(sql, &[before.into(), AT_ONCE.into()])?;
            row.map_or(Ok(0), |mut row| row.count())
        };
        Ok(Swept {
            tickets: count(STALE_TICKETS, tickets)?,
            sessions: count(STALE_SESSIONS, others)?,
            pushes: count(STALE_PUSHES, others)?,
        })
    }

    /// Removes what [`Tx::stale`] counted.
    pub(crate) fn remove_stale(&self, swept: &Swept, tickets: Timestamp, others: Timestamp) {
        for (count, sql, before) in [
            (swept.tickets, REMOVE_TICKETS, tickets),
            (swept.sessions, REMOVE_SESSIONS, others),
            (swept.pushes, REMOVE_PUSHES, others),
        ] {
            if count > 0 {
                self.run(sql, vec![before.into(), Value::Int(AT_ONCE)]);
            }
        }
    }
}
