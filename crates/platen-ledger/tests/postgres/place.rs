//! Where a ledger on PostgreSQL lives: a database of its own on a server that
//! all tests of this program share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};

use platen_lab::{Postgres, PostgresOptions, Scratch};
use platen_ledger::Ledger;

/// Gone with the last test that uses it.
static SERVER: Mutex<Weak<Server>> = Mutex::new(Weak::new());
static DATABASES: AtomicU32 = AtomicU32::new(0);

struct Server {
    postgres: Postgres,
    _scratch: Scratch,
}

pub(crate) struct Place {
    server: Arc<Server>,
    database: String,
}

impl Place {
    /// 32 zero bytes, in this engine's words.
    pub(crate) const ZERO_HASH: &str = "decode(repeat('00', 32), 'hex')";
    /// The id of zeros, in this engine's words.
    pub(crate) const ZERO_ID: &str = "decode(repeat('00', 16), 'hex')";

    pub(crate) async fn new() -> Self {
        let server = server();
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let database = format!("ledger{number}");
        server.postgres.create_database(&database).unwrap();
        Self { server, database }
    }

    /// A handle of its own, as another program would have.
    pub(crate) async fn open(&self) -> Ledger {
        let url = self.server.postgres.url(&self.database);
        Ledger::connect(&url).await.unwrap()
    }

    /// Writes behind the ledger's back, as an attacker with the database could.
    pub(crate) async fn tamper(&self, sql: &str) {
        let sql =
            format!("SET search_path = platen; ALTER TABLE activity DISABLE TRIGGER ALL; {sql}");
        self.server.postgres.psql_in(&self.database, &sql).unwrap();
    }

    /// What the database itself answers to a statement that it refuses.
    pub(crate) async fn refusal_of(&self, sql: &str) -> String {
        let sql = format!("SET search_path = platen; {sql}");
        let refused = self.server.postgres.psql_in(&self.database, &sql);
        refused.unwrap_err().to_string()
    }
}

fn server() -> Arc<Server> {
    let mut shared = SERVER.lock().unwrap();
    if let Some(server) = shared.upgrade() {
        return server;
    }
    let scratch = Scratch::new("ledger").unwrap();
    let options = PostgresOptions {
        settings: "max_connections = 300".into(),
        ..PostgresOptions::default()
    };
    let postgres = Postgres::start(&scratch.join("postgres"), &options).unwrap();
    let server = Arc::new(Server {
        postgres,
        _scratch: scratch,
    });
    *shared = Arc::downgrade(&server);
    server
}
