//! Where a ledger on PostgreSQL lives: a database of its own on a server that
//! all tests of this program share.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use platen_lab::{Postgres, PostgresOptions, Scratch};
use platen_ledger::{Ledger, LedgerError};

/// A database that is an empty ledger already: copying it is quicker than
/// making one.
const TEMPLATE: &str = "template_ledger";

/// Whether a commit survives the machine is asked elsewhere.
const SETTINGS: &str = "
max_connections = 300
fsync = off
full_page_writes = off
";

/// It ends with this program, whose end its supervisor notices.
static SERVER: LazyLock<Server> = LazyLock::new(Server::start);
static DATABASES: AtomicU32 = AtomicU32::new(0);

struct Server {
    postgres: Postgres,
    _scratch: Scratch,
}

impl Server {
    fn start() -> Self {
        let scratch = Scratch::new("ledger").unwrap();
        let options = PostgresOptions {
            settings: SETTINGS.into(),
            ..PostgresOptions::default()
        };
        let postgres = Postgres::start(&scratch.join("postgres"), &options).unwrap();
        postgres.create_database(TEMPLATE).unwrap();
        let url = postgres.url(TEMPLATE);
        // Whoever comes first is in a runtime of his own already.
        let made = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            drop(runtime.block_on(Ledger::connect(&url)).unwrap());
        });
        made.join().unwrap();
        Self {
            postgres,
            _scratch: scratch,
        }
    }
}

pub(crate) struct Place {
    database: String,
}

impl Place {
    /// Whether what other programs write is heard of without asking.
    pub(crate) const LISTENS: bool = true;
    /// Random cases that a test of every day can afford.
    pub(crate) const CASES: u32 = 12;
    /// 32 zero bytes, in this engine's words.
    pub(crate) const ZERO_HASH: &str = "decode(repeat('00', 32), 'hex')";
    /// The id of zeros, in this engine's words.
    pub(crate) const ZERO_ID: &str = "decode(repeat('00', 16), 'hex')";

    pub(crate) async fn new() -> Self {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let database = format!("ledger{number}");
        let sql = format!("CREATE DATABASE {database} TEMPLATE {TEMPLATE}");
        SERVER.postgres.psql(&sql).unwrap();
        Self { database }
    }

    /// A database as the last program that knew schema 1 left it.
    pub(crate) async fn of_schema_1() -> Self {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let database = format!("ledger{number}");
        SERVER.postgres.create_database(&database).unwrap();
        let place = Self { database };
        place.run(&crate::earlier::schema_1());
        place
    }

    /// A handle of its own, as another program would have.
    pub(crate) async fn open(&self) -> Ledger {
        self.try_open().await.unwrap()
    }

    pub(crate) async fn try_open(&self) -> Result<Ledger, LedgerError> {
        let url = SERVER.postgres.url(&self.database);
        Ledger::connect(&url).await
    }

    /// Runs statements.
    pub(crate) fn run(&self, sql: &str) {
        SERVER.postgres.psql_in(&self.database, sql).unwrap();
    }

    /// A new database with what `pg_restore` makes of a dump of this one.
    pub(crate) fn dump_and_restore(&self) -> Self {
        let postgres = &SERVER.postgres;
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let database = format!("ledger{number}");
        let dump = postgres.directory().join(format!("{database}.dump"));
        let mut program = postgres.command("pg_dump").unwrap();
        program.args(["--format=custom", "--dbname", &self.database]);
        platen_lab::finish(program.arg("--file").arg(&dump)).unwrap();
        postgres.create_database(&database).unwrap();
        let mut program = postgres.command("pg_restore").unwrap();
        program.args([
            "--exit-on-error",
            "--single-transaction",
            "--dbname",
            &database,
        ]);
        platen_lab::finish(program.arg(&dump)).unwrap();
        Self { database }
    }

    /// The one text that a query gives.
    pub(crate) async fn text_of(&self, sql: &str) -> String {
        let sql = format!("SET search_path = platen; {sql}");
        SERVER.postgres.psql_in(&self.database, &sql).unwrap()
    }

    /// Writes behind the ledger's back, as an attacker with the database could.
    pub(crate) async fn tamper(&self, sql: &str) {
        let sql =
            format!("SET search_path = platen; ALTER TABLE activity DISABLE TRIGGER ALL; {sql}");
        SERVER.postgres.psql_in(&self.database, &sql).unwrap();
    }

    /// What the database itself answers to a statement that it refuses.
    pub(crate) async fn refusal_of(&self, sql: &str) -> String {
        let sql = format!("SET search_path = platen; {sql}");
        let refused = SERVER.postgres.psql_in(&self.database, &sql);
        refused.unwrap_err().to_string()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.database);
        if let Err(problem) = SERVER.postgres.psql(&sql) {
            println!("{problem:#}");
        }
    }
}
