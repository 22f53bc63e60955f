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
    /// Imports that ended long ago.
    pub imports: u64,
    /// Answers that were kept long enough.
    pub answers: u64,
}

const STALE_TICKETS: &str = "SELECT COUNT(*) FROM
     (SELECT digest FROM ticket WHERE expires_at < ?1 LIMIT ?2) AS stale";
const STALE_SESSIONS: &str = "SELECT COUNT(*) FROM
     (SELECT digest FROM session WHERE expires_at < ?1 OR ended_at < ?1 LIMIT ?2) AS stale";
const STALE_PUSHES: &str = "SELECT COUNT(*) FROM
     (SELECT digest FROM push WHERE gone_at < ?1 LIMIT ?2) AS stale";
const STALE_ANSWERS: &str = "SELECT COUNT(*) FROM
     (SELECT id FROM operation WHERE ends_at < ?1 LIMIT ?2) AS stale";
const STALE_IMPORTS: &str = "SELECT COUNT(*) FROM
     (SELECT id FROM import_run WHERE ended_at < ?1 LIMIT ?2) AS stale";

const REMOVE_TICKETS: &str = "DELETE FROM ticket WHERE digest IN
     (SELECT digest FROM ticket WHERE expires_at < ?1 LIMIT ?2)";
const REMOVE_SESSIONS: &str = "DELETE FROM session WHERE digest IN
     (SELECT digest FROM session WHERE expires_at < ?1 OR ended_at < ?1 LIMIT ?2)";
const REMOVE_PUSHES: &str = "DELETE FROM push WHERE digest IN
     (SELECT digest FROM push WHERE gone_at < ?1 LIMIT ?2)";
const REMOVE_ANSWERS: &str = "DELETE FROM operation WHERE id IN
     (SELECT id FROM operation WHERE ends_at < ?1 LIMIT ?2)";
const REMOVE_IMPORTS: &str = "DELETE FROM import_run WHERE id IN
     (SELECT id FROM import_run WHERE ended_at < ?1 LIMIT ?2)";

/// What is of no use any more is what ended before these times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) answers: Timestamp,
    pub(crate) tickets: Timestamp,
    pub(crate) others: Timestamp,
}

impl Tx<'_> {
    /// How much there is to remove.
    pub(crate) fn stale(&self, ends: Ends) -> Result<Swept> {
        let Ends {
            answers,
            tickets,
            others,
        } = ends;
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
            imports: count(STALE_IMPORTS, others)?,
            answers: count(STALE_ANSWERS, answers)?,
        })
    }

    /// Removes what [`Tx::stale`] counted.
    pub(crate) fn remove_stale(&self, swept: &Swept, ends: Ends) {
        let Ends {
            answers,
            tickets,
            others,
        } = ends;
        for (count, sql, before) in [
            (swept.tickets, REMOVE_TICKETS, tickets),
            (swept.sessions, REMOVE_SESSIONS, others),
            (swept.pushes, REMOVE_PUSHES, others),
            (swept.imports, REMOVE_IMPORTS, others),
            (swept.answers, REMOVE_ANSWERS, answers),
        ] {
            if count > 0 {
                self.run(sql, vec![before.into(), Value::Int(AT_ONCE)]);
            }
        }
    }
}
