//! Connections that read, each on a snapshot of its own.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::connection::{Place, Session};
use crate::engine::{Snapshots, Sql};
use crate::store::Result;

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

    /// A connection with an open snapshot: an idle one if its server is still
    /// there, else a new one.
    fn begin(&self) -> Result<Session> {
        let idle = self.lock().pop();
        if let Some(session) = idle
            && session.run(BEGIN).is_ok()
        {
            return Ok(session);
        }
        let session = Session::open(&self.place)?;
        session.run(BEGIN)?;
        Ok(session)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Session>> {
        // A list of idle connections is whole whoever panicked.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Snapshots for Pool {
    fn with(&self, body: &mut dyn FnMut(&dyn Sql) -> Result<()>) -> Result<()> {
        let session = self.begin()?;
        let result = body(&session);
        if session.run("COMMIT").is_ok() {
            self.lock().push(session);
        }
        result
    }
}
