//! Connections that read, each on a snapshot of its own.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::SITE_VERSION;
use super::calls::{Call, all};
use super::connection::{Place, Session, row};
use super::error::translate;
use crate::engine::{Snapshots, Sql};
use crate::store::{Result, SiteState};

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A few idle connections to one database.
pub(crate) struct Pool {
    place: Place,
    idle: Mutex<Vec<Session>>,
}

impl Pool {
    pub(crate) const fn new(place: Place) -> Self {
        Self {
            place,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// A connection with an open snapshot, an idle one if its server is still there,
    /// else a new one; and the version of the site.
    fn begin(&self) -> Result<(Session, i64)> {
        let idle = self.lock().pop();
        if let Some(session) = idle
            && let Ok(version) = open(&session)
        {
            return Ok((session, version));
        }
        let session = Session::open(&self.place)?;
        let version = open(&session)?;
        Ok((session, version))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Session>> {
        // A list of idle connections is whole whoever panicked.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Snapshots for Pool {
    fn with(&self, body: &mut dyn FnMut(&dyn Sql, i64)) -> Result<()> {
        let (session, version) = self.begin()?;
        body(&session, version);
        if session.run("COMMIT").is_ok() {
            self.lock().push(session);
        }
        Ok(())
    }

    fn ends_late(&self) -> bool {
        true
    }
}

/// Opens a snapshot and reads the version of the site, in one round trip.
fn open(session: &Session) -> Result<i64> {
    let call = Call {
        statement: session.statement(SITE_VERSION).map_err(translate)?,
        parameters: Vec::new(),
    };
    let answers = all(session, Some(BEGIN), &[call], false);
    let rows = answers.into_iter().next().unwrap_or_else(|| Ok(Vec::new()));
    let rows = rows.map_err(translate)?;
    match rows.first() {
        Some(found) => SiteState::version_in(row(found)?),
        None => Ok(0),
    }
}
