//! Connections that read, each on a snapshot of its own.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::calls::{Call, all};
use super::connection::{Place, Session, row};
use super::error::translate;
use super::{BY_KEYS, SITE_VERSION};
use crate::engine::{Reading, Snapshots, Sql};
use crate::store::{Result, SiteState};

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A few idle connections to one database.
pub(crate) struct Pool {
    place: Place,
    idle: Mutex<Vec<(Reading, Session)>>,
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
    fn begin(&self, reading: Reading) -> Result<(Session, i64)> {
        if let Some(session) = self.take(reading)
            && let Ok(version) = open(&session)
        {
            return Ok((session, version));
        }
        let session = Session::open(&self.place)?;
        if reading == Reading::Keys {
            session.run(BY_KEYS)?;
        }
        let version = open(&session)?;
        Ok((session, version))
    }

    fn take(&self, reading: Reading) -> Option<Session> {
        let mut idle = self.lock();
        let at = idle.iter().rposition(|(kind, _)| *kind == reading)?;
        Some(idle.swap_remove(at).1)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Reading, Session)>> {
        // A list of idle connections is whole whoever panicked.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Snapshots for Pool {
    fn with(&self, reading: Reading, body: &mut dyn FnMut(&dyn Sql, i64)) -> Result<()> {
        let (session, version) = self.begin(reading)?;
        body(&session, version);
        if session.run("COMMIT").is_ok() {
            self.lock().push((reading, session));
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
