//! One connection to PostgreSQL, driven by the thread that uses it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Connection, NoTls, Socket, Statement};

use super::calls::{Call, Parameter, all, many};
use super::error::translate;
use super::statements::{self, with_dollars};
use super::tls;
use super::value::{column, kind};
use crate::engine::{Found, List, Sql};
use crate::error::LedgerError;
use crate::store::{Request, Result, Row, Value};

/// How long a server may take to answer a new connection.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a server that stopped answering is waited for.
const SILENCE: Duration = Duration::from_secs(15);

/// What every session sets: a transaction never waits for ever for somebody
/// else's locks and never keeps its own when its program hangs, and a commit is
/// durable whatever the server's default is.
const SESSION: &str = "SET search_path = platen; SET lock_timeout = '10s'; \
     SET statement_timeout = '30min'; SET idle_in_transaction_session_timeout = '30s'; \
     SELECT set_config('synchronous_commit', 'on', false) \
     WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')";

/// Where the ledger's database is.
#[derive(Clone)]
pub(crate) struct Place(Arc<Config>);

impl Place {
    /// Reads an address such as `postgres://user@host/database`, with several
    /// hosts where standbys are to take over.
    ///
    /// *Errors*: a text that is not an address.
    pub(crate) fn new(url: &str) -> Result<Self> {
        let mut config: Config = url.parse().map_err(LedgerError::storage)?;
        config
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .connect_timeout(CONNECT)
            .keepalives_idle(SILENCE)
            .tcp_user_timeout(SILENCE);
        if config.get_application_name().is_none() {
            config.application_name("platen");
        }
        Ok(Self(Arc::new(config)))
    }

    /// Connects, encrypted where the server offers it or the address asks.
    async fn connect(&self) -> std::result::Result<(Client, Driver), tokio_postgres::Error> {
        if self.0.get_ssl_mode() == SslMode::Disable {
            let (client, connection) = self.0.connect(NoTls).await?;
            return Ok((client, Driver::Plain(Box::new(connection))));
        }
        let (client, connection) = self.0.connect(tls::connector()).await?;
        Ok((client, Driver::Tls(Box::new(connection))))
    }

    /// Connects and hands over what arrives unasked, for listening.
    pub(super) async fn listen(
        &self,
    ) -> std::result::Result<(Client, Driver), tokio_postgres::Error> {
        self.connect().await
    }
}

type TlsStream = <tls::Connect as tokio_postgres::tls::TlsConnect<Socket>>::Stream;

/// What moves bytes between client and server.
pub(super) enum Driver {
    /// In the clear: a Unix socket, or a site that says so.
    Plain(Box<Connection<Socket, tokio_postgres::tls::NoTlsStream>>),
    /// Encrypted.
    Tls(Box<Connection<Socket, TlsStream>>),
}

impl Driver {
    async fn run(self) {
        // An error is seen by whoever waits for an answer.
        let _ = match self {
            Self::Plain(connection) => (*connection).await,
            Self::Tls(connection) => (*connection).await,
        };
    }
}

/// A connection with the runtime that drives it; it moves while it is asked.
pub(super) struct Session {
    /// There until the session ends.
    runtime: Option<Runtime>,
    client: Client,
    statements: RefCell<HashMap<String, Statement>>,
}

impl Session {
    /// Connects to the server that takes writes.
    ///
    /// *Errors*: none of the servers can be reached or takes writes.
    pub(super) fn open(place: &Place) -> Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| LedgerError::Unavailable(Arc::new(error)))?;
        let connected = runtime.block_on(async {
            let (client, driver) = place.connect().await?;
            tokio::spawn(driver.run());
            client.batch_execute(SESSION).await?;
            Ok(client)
        });
        match connected {
            Ok(client) => Ok(Self {
                runtime: Some(runtime),
                client,
                statements: RefCell::default(),
            }),
            Err(error) => {
                runtime.shutdown_background();
                Err(translate(error))
            }
        }
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the connection is lost.
    pub(super) fn is_lost(&self) -> bool {
        self.client.is_closed()
    }

    /// Waits for an answer.
    pub(super) fn wait<F: Future>(&self, answer: F) -> F::Output {
        let runtime = self.runtime.as_ref();
        runtime
            .expect("a session has its runtime until it is dropped")
            .block_on(answer)
    }

    /// A statement, prepared once for each connection.
    pub(super) fn statement(
        &self,
        sql: &str,
    ) -> std::result::Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.wait(self.client.prepare(&with_dollars(sql)))?;
        let mut statements = self.statements.borrow_mut();
        statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Runs statements that give nothing.
    pub(super) fn run(&self, sql: &str) -> Result<()> {
        self.wait(self.client.batch_execute(sql)).map_err(translate)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Waiting for it would block, which not every thread may.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Sql for Session {
    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        let statement = self.statement(sql).map_err(translate)?;
        let parameters: Vec<_> = parameters
            .iter()
            .map(|value| -> &(dyn ToSql + Sync) { value })
            .collect();
        let rows = self
            .wait(self.client.query(&statement, &parameters))
            .map_err(translate)?;
        rows.iter().map(row).collect()
    }

    fn look_up(&self, requests: &[Request], lists: &[List]) -> Result<Found> {
        let mut calls = Vec::with_capacity(requests.len() + lists.len());
        let mut call = |sql: &str, parameters| -> Result<()> {
            let statement = self.statement(sql).map_err(translate)?;
            calls.push(Call {
                statement,
                parameters,
            });
            Ok(())
        };
        for Request { table, keys, .. } in requests {
            call(&statements::look_up(table), many(table, table.key, keys))?;
        }
        for List { sql, keys } in lists {
            if let Some(kind) = keys.first().map(kind) {
                let keys = Parameter::Many(column(kind, keys.iter()));
                call(&statements::each(sql, kind), vec![keys])?;
            }
        }
        let answers = all(self, None, &calls, false);
        let mut answers = answers.into_iter().map(|rows| {
            let rows = rows.map_err(translate)?;
            rows.iter().map(row).collect::<Result<Vec<Row>>>()
        });
        let rows = answers.by_ref().take(requests.len());
        let rows = rows.collect::<Result<_>>()?;
        // One of no keys was not asked and gives nothing.
        let lists = lists.iter().map(|list| match list.keys.is_empty() {
            true => Ok(Vec::new()),
            false => answers.next().unwrap_or_else(|| Ok(Vec::new())),
        });
        Ok(Found {
            rows,
            lists: lists.collect::<Result<_>>()?,
        })
    }

    fn texts(&self, place: &str) -> String {
        statements::texts(place)
    }

    fn check_storage(&self) -> Result<()> {
        // Its pages carry checksums where the cluster was made with them, and
        // reading every row, which the check of the ledger does, checks them.
        Ok(())
    }
}

/// A row as the rules' storage reads it.
pub(super) fn row(row: &tokio_postgres::Row) -> Result<Row> {
    let values = (0..row.len()).map(|index| row.try_get(index).map_err(translate));
    Ok(Row::new(values.collect::<Result<_>>()?))
}
