//! Statements that are sent together and answered together.

use std::pin::Pin;

use futures_util::future::join_all;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};

use super::connection::Session;
use super::value::{Column, columns};
use crate::store::{Table, Value};

/// The rows of each statement.
pub(super) type Answers = Vec<Result<Vec<Row>, Error>>;

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Vec<Row>, Error>> + 'a>>;

/// A statement with its parameters.
pub(super) struct Call<'rows> {
    pub(super) statement: Statement,
    pub(super) parameters: Vec<Parameter<'rows>>,
}

/// One parameter of a statement.
pub(super) enum Parameter<'rows> {
    /// A value of somebody else's.
    One(&'rows Value),
    /// A value made for the statement.
    Own(Value),
    /// A column of many rows.
    Many(Column<'rows>),
}

impl Parameter<'_> {
    fn get(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::One(value) => *value,
            Self::Own(value) => value,
            Self::Many(column) => column.as_parameter(),
        }
    }
}

/// The first `count` columns of rows as parameters.
pub(super) fn many<'rows>(
    table: &Table,
    count: usize,
    rows: &'rows [Vec<Value>],
) -> Vec<Parameter<'rows>> {
    let columns = columns(table, count, rows);
    columns.into_iter().map(Parameter::Many).collect()
}

/// Sends all calls at once, after what begins a transaction if that is to be, and waits
/// for all answers, in their order.
pub(super) fn all(
    session: &Session,
    begin: Option<&str>,
    calls: &[Call<'_>],
    commit: bool,
) -> Answers {
    let client = session.client();
    let mut answers: Vec<Answer<'_>> = Vec::with_capacity(calls.len() + 2);
    if let Some(begin) = begin {
        answers.push(Box::pin(simple(client, begin)));
    }
    for call in calls {
        answers.push(Box::pin(async move {
            let parameters: Vec<_> = call.parameters.iter().map(Parameter::get).collect();
            client.query(&call.statement, &parameters).await
        }));
    }
    if commit {
        answers.push(Box::pin(simple(client, "COMMIT")));
    }
    let answers = session.wait(join_all(answers));
    // A transaction that could not begin shows in its first statement.
    let heading = usize::from(begin.is_some());
    answers.into_iter().skip(heading).collect()
}

async fn simple(client: &Client, sql: &str) -> Result<Vec<Row>, Error> {
    client.batch_execute(sql).await.map(|()| Vec::new())
}
