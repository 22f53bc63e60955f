//! What PostgreSQL gives without any of our rules: one statement a reservation,
//! or one for many.

use std::time::Duration;

use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

use crate::Result;
use crate::measure::{self, Caller, Measured};

const SCHEMA: &str = "
    DROP TABLE IF EXISTS account, reservation;
    CREATE TABLE account (
        id BIGINT PRIMARY KEY, posted BIGINT NOT NULL, pending BIGINT NOT NULL, cap BIGINT NOT NULL
    );
    CREATE TABLE reservation (
        id UUID PRIMARY KEY, account BIGINT NOT NULL, points BIGINT NOT NULL
    );
    INSERT INTO account SELECT id, 0, 0, 1000000000000 FROM generate_series(0, 999) AS id;";

const ONE: &str = "
    WITH changed AS (
        UPDATE account SET pending = pending + $3
        WHERE id = $2 AND posted + pending + $3 <= cap RETURNING id
    )
    INSERT INTO reservation SELECT $1, id, $3 FROM changed";

const MANY: &str = "
    WITH asked AS (
        SELECT * FROM unnest($1::UUID[], $3::BIGINT[]) AS asked (id, points)
    ), changed AS (
        UPDATE account SET pending = pending + asked.points
        FROM (SELECT sum(points)::BIGINT AS points FROM asked) AS asked
        WHERE id = $2 AND posted + pending + asked.points <= cap RETURNING id
    )
    INSERT INTO reservation SELECT asked.id, changed.id, asked.points FROM asked, changed";

/// What is asked for.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    clients: usize,
    /// Over so many accounts, in turn.
    accounts: i64,
    /// Reservations in one commit.
    batch: usize,
}

pub(crate) const BARE_POSTGRES: [Case; 5] = [
    Case {
        name: "bare, hot row, 1 client",
        clients: 1,
        accounts: 1,
        batch: 1,
    },
    Case {
        name: "bare, hot row, 32 clients",
        clients: 32,
        accounts: 1,
        batch: 1,
    },
    Case {
        name: "bare, 1,000 rows, 32 clients",
        clients: 32,
        accounts: 1_000,
        batch: 1,
    },
    Case {
        name: "bare, hot row, 32 a commit",
        clients: 1,
        accounts: 1,
        batch: 32,
    },
    Case {
        name: "bare, hot row, 1,000 a commit",
        clients: 1,
        accounts: 1,
        batch: 1_000,
    },
];

/// Each client with a connection of its own.
pub(crate) async fn measure(url: &str, case: &'static Case, time: Duration) -> Result<Measured> {
    let administrator = connect(url).await?;
    administrator.batch_execute(SCHEMA).await?;
    let mut clients = Vec::new();
    for first in (0..).take(case.clients) {
        let client = connect(url).await?;
        let text = if case.batch == 1 { ONE } else { MANY };
        clients.push(Statements {
            statement: client.prepare(text).await?,
            client,
            account: first,
            case,
        });
    }
    let measured = measure::run(clients, time).await?;
    let sums = administrator
        .query_one(
            "SELECT (SELECT sum(pending) FROM account)::BIGINT,
                    (SELECT sum(points) FROM reservation)::BIGINT",
            &[],
        )
        .await?;
    let sums: (i64, i64) = (sums.get(0), sums.get(1));
    if sums.0 != sums.1 || u64::try_from(sums.0)? != measured.operations * 1_000 {
        return Err(format!("the bare figures do not add up: {sums:?}").into());
    }
    Ok(measured)
}

async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

struct Statements {
    client: Client,
    statement: Statement,
    account: i64,
    case: &'static Case,
}

impl Caller for Statements {
    async fn ask(&mut self) -> Result<u64> {
        // A step that meets all accounts, since it has no divisor in common with them.
        self.account = (self.account + 617) % self.case.accounts;
        let stored = if self.case.batch == 1 {
            let points = 1_000_i64;
            self.client
                .execute(&self.statement, &[&Uuid::now_v7(), &self.account, &points])
                .await?
        } else {
            let ids: Vec<Uuid> = (0..self.case.batch).map(|_| Uuid::now_v7()).collect();
            let points = vec![1_000_i64; self.case.batch];
            self.client
                .execute(&self.statement, &[&ids, &self.account, &points])
                .await?
        };
        if stored != self.case.batch as u64 {
            return Err("the bare account is full".into());
        }
        Ok(stored)
    }
}
