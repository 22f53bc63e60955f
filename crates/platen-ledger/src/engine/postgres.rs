//! The engine of many machines: a PostgreSQL database that any number of
//! servers share.
//!
//! A batch of operations costs two round trips: one opens the transaction,
//! loads and locks all rows it works on, the other writes and commits. Rows are
//! locked in one order everywhere (tickets, sessions, credentials, addresses for
//! push, documents, leases, balances; by key within each), so that servers wait for
//! each other but never in a circle; where an operation turns out to need a row out
//! of order, the transaction starts over with all of them known.

mod calls;
mod connection;
mod error;
mod listener;
mod schema;
mod snapshots;
mod statements;
mod tls;
mod value;

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio_postgres::Error;
use uuid::Uuid;

use super::{Committed, Engine, Loaded, Sql};
use crate::error::LedgerError;
use crate::news::News;
use crate::store::{Ask, Request, Result, Row, Step, Table, Value};

use calls::{Call, Parameter, all, many};
use connection::{Session, row};
use error::{Remedy, remedy, translate};
use listener::messages;

pub(crate) use connection::Place;
pub(crate) use listener::Listener;
pub(crate) use snapshots::Pool;

/// How long a server that is gone is waited for: long enough for a standby to
/// take over.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ordinals that are taken at once, so that this is rare.
const ORDINALS: i64 = 256;

/// What a connection sets that reaches rows by their keys alone. A plan that PostgreSQL
/// made while a table was small would otherwise read the whole of it for as long as the
/// connection lasts. Each statement is planned once, not each time.
const BY_KEYS: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; \
     SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan";
/// The one that writes is never long about one statement.
const TO_WRITE: &str = "SET statement_timeout = '60s'";
const LOCK_SITE: &str = "SELECT pg_advisory_xact_lock(7813581170410513009)";
const SHARE_SITE: &str = "SELECT pg_advisory_xact_lock_shared(7813581170410513009)";
const LOCK_ORDINALS: &str = "SELECT pg_advisory_xact_lock(7813581170410513010)";
const TAKE_ORDINALS: &str = "SELECT setval('activity_ordinal', \
     (SELECT last_value FROM activity_ordinal) + ?1)";
const SITE_VERSION: &str = "SELECT value FROM setting WHERE name = 'version'";
/// Leaves the number of the transaction behind and tells the others.
const SIGN: &str = "WITH signed AS (INSERT INTO writer (id, batch, at) VALUES (?1, ?2, now()) \
     ON CONFLICT (id) DO UPDATE SET batch = excluded.batch, at = excluded.at RETURNING 1) \
     SELECT pg_notify('platen', ?3) FROM signed";
/// Tells the others more.
const TELL: &str = "SELECT pg_notify('platen', ?1)";
const SIGNED: &str = "SELECT batch FROM writer WHERE id = ?1";
/// Servers that have not written for a month have no answer to wait for.
const FORGET_WRITERS: &str = "DELETE FROM writer WHERE at < now() - interval '30 days'";

/// The connection that writes.
pub(crate) struct Postgres {
    place: Place,
    /// Names this program among all that write.
    id: Uuid,
    /// None while the server is away.
    session: Option<Session>,
    /// Those of each table or part of one, made once.
    statements: HashMap<(&'static str, usize), Arc<Statements>>,
    /// The number of the transaction, by which its commit is found.
    batch: i64,
    open: Option<Open>,
}

/// What the open transaction holds.
#[derive(Default)]
struct Open {
    /// It was begun at the server.
    begun: bool,
    site: i64,
    site_locked: bool,
    /// Tables that rows were locked of.
    locked: Vec<&'static str>,
}

struct Statements {
    select: String,
    insert: String,
    insert_missing: String,
    update: String,
}

impl Postgres {
    /// Connects and brings the schema up to date.
    ///
    /// *Errors*: a server that can't be reached, a schema that is newer than
    /// this program or that it did not make.
    pub(crate) fn open(place: Place) -> Result<Self> {
        let session = Session::open(&place)?;
        schema::migrate(&session)?;
        session.run(FORGET_WRITERS)?;
        to_write(&session)?;
        Ok(Self {
            place,
            id: Uuid::now_v7(),
            session: Some(session),
            statements: HashMap::new(),
            batch: 0,
            open: None,
        })
    }

    /// Names this program among all that write.
    pub(crate) const fn id(&self) -> Uuid {
        self.id
    }

    fn statements(&mut self, table: &'static Table) -> Arc<Statements> {
        let made = self
            .statements
            .entry((table.name, table.columns.len()))
            .or_insert_with(|| {
                Arc::new(Statements {
                    select: statements::select(table),
                    insert: statements::insert(table),
                    insert_missing: statements::insert_missing(table),
                    update: statements::update(table),
                })
            });
        Arc::clone(made)
    }

    fn session(&self) -> Result<&Session> {
        self.session.as_ref().ok_or(LedgerError::Closed)
    }

    /// Connects anew where the connection was lost, for as long as patience
    /// lasts.
    fn connect(&mut self) -> Result<()> {
        if self
            .session
            .as_ref()
            .is_some_and(|session| !session.is_lost())
        {
            return Ok(());
        }
        self.session = None;
        let deadline = Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(20);
        loop {
            let opened = Session::open(&self.place).and_then(|session| {
                to_write(&session)?;
                Ok(session)
            });
            match opened {
                Ok(session) => {
                    tracing::info!("the ledger's server is reached again");
                    self.session = Some(session);
                    return Ok(());
                }
                Err(error @ LedgerError::Away(_)) if Instant::now() < deadline => {
                    tracing::warn!(%error, "waiting for the ledger's server");
                    thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_secs(1));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// What an error of the open transaction comes to: to start over, or that
    /// error.
    fn recover(&mut self, error: Error) -> Result<()> {
        let remedy = remedy(&error);
        tracing::debug!(%error, ?remedy, "a ledger transaction starts over or fails");
        self.roll_back();
        match remedy {
            Remedy::Again => Ok(()),
            Remedy::Reconnect => {
                self.session = None;
                self.connect()
            }
            Remedy::Tell => Err(translate(error)),
        }
    }

    /// Whether rows of these tables would be locked out of order.
    fn is_out_of_order(open: &Open, ask: &Ask) -> bool {
        const ORDER: [&str; 7] = [
            "ticket",
            "session",
            "credential",
            "push",
            "document",
            "lease",
            "balance",
        ];
        let rank = |name: &str| ORDER.iter().position(|known| *known == name);
        let last = open.locked.iter().filter_map(|name| rank(name)).max();
        let first = ask
            .rows
            .iter()
            .filter_map(|request| rank(request.table.name))
            .min();
        let ordinals = ask.ordinals > 0 && last.is_some();
        ordinals
            || (ask.site && !open.site_locked)
            || matches!((first, last), (Some(first), Some(last)) if first <= last)
    }

    fn begin_and_load(&mut self, ask: &Ask) -> std::result::Result<Loaded, Error> {
        let begin = self.open.as_ref().is_none_or(|open| !open.begun);
        let tables: Vec<_> = ask
            .rows
            .iter()
            .map(|request| self.statements(request.table))
            .collect();
        let Some(session) = &self.session else {
            return Ok(Loaded::StartOver);
        };
        let mut calls = Vec::new();
        let call = |sql: &str, parameters| -> std::result::Result<_, Error> {
            Ok(Call {
                statement: session.statement(sql)?,
                parameters,
            })
        };
        let mut heading = 0;
        if begin {
            let lock = if ask.site { LOCK_SITE } else { SHARE_SITE };
            calls.push(call(lock, Vec::new())?);
            calls.push(call(SITE_VERSION, Vec::new())?);
            heading = 2;
        }
        let count = i64::try_from(ask.ordinals)
            .unwrap_or(i64::MAX)
            .max(ORDINALS);
        if ask.ordinals > 0 {
            calls.push(call(LOCK_ORDINALS, Vec::new())?);
            let count = Parameter::Own(Value::Int(count));
            calls.push(call(TAKE_ORDINALS, vec![count])?);
        }
        for (request, statements) in ask.rows.iter().zip(&tables) {
            calls.push(call(
                &statements.select,
                many(request.table, request.table.key, &request.keys),
            )?);
        }
        let open = self.open.get_or_insert_default();
        open.begun = true;
        let answers = all(session, begin.then_some("BEGIN"), &calls, false);
        let mut answers = answers
            .into_iter()
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let mut rest = answers.split_off(heading);
        if begin {
            open.site_locked = ask.site;
            open.site = match answers.get(1).and_then(|rows| rows.first()) {
                Some(row) => row.try_get::<_, String>(0)?.parse().unwrap_or_default(),
                None => 0,
            };
        }
        let mut ordinals = None;
        if ask.ordinals > 0 {
            let rows = rest.split_off(2);
            let last: i64 = match rest.get(1).and_then(|rows| rows.first()) {
                Some(row) => row.try_get(0)?,
                None => return Ok(Loaded::StartOver),
            };
            ordinals = Some(last - count + 1..last + 1);
            rest = rows;
        }
        for (request, (found, statements)) in ask.rows.iter().zip(rest.iter_mut().zip(&tables)) {
            if request.table.name == "balance" && found.len() < request.keys.len() {
                *found = Self::make_missing(session, request, statements)?;
            }
            if request.table.locked {
                open.locked.push(request.table.name);
            }
        }
        let rows = rest
            .iter()
            .map(|rows| rows.iter().map(row).collect::<Result<Vec<Row>>>())
            .collect::<Result<Vec<_>>>();
        Ok(match rows {
            Ok(rows) => Loaded::Here {
                rows,
                ordinals,
                site: open.site,
            },
            Err(_) => Loaded::StartOver,
        })
    }

    /// Makes balances that nobody has charged yet, so that they can be locked.
    fn make_missing(
        session: &Session,
        request: &Request,
        statements: &Statements,
    ) -> std::result::Result<Vec<tokio_postgres::Row>, Error> {
        let rows: Vec<Vec<Value>> = request
            .keys
            .iter()
            .map(|key| {
                let empty = [0, 0, 0, 0].map(Value::Int);
                let head = Value::from(crate::chain::START);
                key.iter().cloned().chain(empty).chain([head]).collect()
            })
            .collect();
        let calls = [
            Call {
                statement: session.statement(&statements.insert_missing)?,
                parameters: many(request.table, request.table.columns.len(), &rows),
            },
            Call {
                statement: session.statement(&statements.select)?,
                parameters: many(request.table, request.table.key, &request.keys),
            },
        ];
        let answers = all(session, None, &calls, false);
        let mut answers = answers
            .into_iter()
            .collect::<std::result::Result<Vec<_>, _>>()?;
        Ok(answers.pop().unwrap_or_default())
    }

    fn write_and_commit(
        &mut self,
        steps: &[Step],
        news: Option<&News>,
    ) -> std::result::Result<(), Error> {
        self.batch += 1;
        let tables: Vec<_> = steps
            .iter()
            .map(|step| match step {
                Step::Rows(table, _) => Some(self.statements(table)),
                Step::Run(..) => None,
            })
            .collect();
        let Some(session) = &self.session else {
            return Ok(());
        };
        let mut calls = Vec::new();
        let mut call = |sql: &str, parameters| -> std::result::Result<(), Error> {
            calls.push(Call {
                statement: session.statement(sql)?,
                parameters,
            });
            Ok(())
        };
        for (step, statements) in steps.iter().zip(&tables) {
            match (step, statements) {
                (Step::Rows(table, rows), Some(statements)) => {
                    for (sql, rows) in [
                        (&statements.insert, &rows.inserts),
                        (&statements.update, &rows.updates),
                    ] {
                        if !rows.is_empty() {
                            call(sql, many(table, table.columns.len(), rows))?;
                        }
                    }
                }
                (Step::Run(sql, parameters), _) => {
                    call(sql, parameters.iter().map(Parameter::One).collect())?;
                }
                (Step::Rows(..), None) => {}
            }
        }
        let mut messages = messages(self.id, news).into_iter().map(Value::Text);
        let first = messages.next().unwrap_or(Value::Null);
        let signature = [self.id.into(), Value::Int(self.batch), first];
        call(SIGN, signature.into_iter().map(Parameter::Own).collect())?;
        for message in messages {
            call(TELL, vec![Parameter::Own(message)])?;
        }
        for answer in all(session, None, &calls, true) {
            answer?;
        }
        Ok(())
    }

    /// Whether the last transaction was committed although its answer was lost.
    fn is_committed(&mut self) -> Result<bool> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.connect()?;
            let signed = self.session()?.query_one(SIGNED, &[self.id.into()]);
            match signed {
                Ok(row) => {
                    let batch = row.map_or(Ok(0), |mut row| row.int())?;
                    return Ok(batch == self.batch);
                }
                Err(LedgerError::Away(_) | LedgerError::Busy) if Instant::now() < deadline => {
                    self.session = None;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn to_write(session: &Session) -> Result<()> {
    session.run(TO_WRITE)?;
    session.run(BY_KEYS)
}

impl Engine for Postgres {
    fn begin(&mut self) -> Result<bool> {
        self.connect()?;
        self.open = Some(Open::default());
        // Nothing was kept, so that nothing is out of date.
        Ok(true)
    }

    fn load(&mut self, ask: &Ask) -> Result<Loaded> {
        let out_of_order = self
            .open
            .as_ref()
            .is_some_and(|open| open.begun && Self::is_out_of_order(open, ask));
        if out_of_order {
            self.roll_back();
            return Ok(Loaded::StartOver);
        }
        match self.begin_and_load(ask) {
            Ok(loaded) => Ok(loaded),
            Err(error) => {
                self.recover(error)?;
                Ok(Loaded::StartOver)
            }
        }
    }

    fn sql(&self) -> &dyn Sql {
        self
    }

    fn commit(&mut self, steps: &[Step], news: Option<&News>) -> Result<Committed> {
        let Err(error) = self.write_and_commit(steps, news) else {
            self.open = None;
            return Ok(Committed::Yes);
        };
        let lost = remedy(&error) == Remedy::Reconnect;
        self.recover(error)?;
        if lost && self.is_committed()? {
            return Ok(Committed::Yes);
        }
        Ok(Committed::StartOver)
    }

    fn roll_back(&mut self) {
        let begun = self.open.take().is_some_and(|open| open.begun);
        if begun
            && let Some(session) = &self.session
            && session.run("ROLLBACK").is_err()
        {
            // A new connection starts clean; the server ends what the old one
            // left open.
            self.session = None;
        }
    }

    fn is_alone(&self) -> bool {
        false
    }

    fn finds_doubles(&self) -> bool {
        true
    }

    fn others_wrote(&mut self) -> bool {
        // The listener hears of it.
        false
    }
}

impl Sql for Postgres {
    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        self.session()?.query(sql, parameters)
    }

    fn texts(&self, place: &str) -> String {
        statements::texts(place)
    }

    fn check_storage(&self) -> Result<()> {
        self.session()?.check_storage()
    }
}
