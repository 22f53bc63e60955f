//! What people and devices are told: rows and lists that are asked for at once, since a
//! database far away takes its time for each question.

use std::cmp::Reverse;
use std::collections::HashMap;

use platen_domain::{AccountId, UserId};

use super::value::{Row, Value};
use super::{Hints, LeaseRecord, Record, Result, Tx, each, listed};
use crate::device::Device;
use crate::document::Document;
use crate::lease::Lease;

/// A person's open documents, and the newest of his closed ones, newest first.
pub(crate) type OpenAndClosed = (Vec<Document>, Vec<Document>);

/// Balances by whose they are.
pub(crate) type Balances = Vec<(AccountId, Option<UserId>)>;

/// Lists for many at once.
pub(crate) struct Sights {
    /// By person.
    pub(crate) documents: HashMap<UserId, OpenAndClosed>,
    /// Open leases by device, oldest first.
    pub(crate) leases: HashMap<String, Vec<Lease>>,
}

const OPEN: &str = "WHERE person = ?1 AND open = 1 ORDER BY submitted_at DESC, id DESC";

impl Tx<'_> {
    /// Reads the sessions with these digests; gives the devices that are signed in with
    /// one of them.
    pub(crate) fn devices_of_sessions(&self, digests: &[[u8; 32]]) -> Result<Vec<Device>> {
        let hints = Hints {
            sessions: digests.to_vec(),
            ..Hints::default()
        };
        let condition = "WHERE session = (SELECT id FROM session WHERE digest = ?1)";
        let keys = digests.iter().map(|digest| (*digest).into()).collect();
        let lists = self.load_with(hints, &[each::<Device>(condition, keys)])?;
        listed(lists.into_iter().flatten().collect())
    }

    /// Reads these balances; gives a person's open documents, newest first.
    pub(crate) fn open_documents_and(
        &self,
        balances: Balances,
        user: &UserId,
    ) -> Result<Vec<Document>> {
        let keys = vec![user.as_str().into()];
        let lists = self.load_with(hints(balances), &[each::<Record>(OPEN, keys)])?;
        documents(lists.into_iter().flatten().collect())
    }

    /// Reads these balances; gives people's documents, of the closed ones so many, and
    /// the open leases of devices.
    pub(crate) fn sights(
        &self,
        balances: Balances,
        people: Vec<Value>,
        newest: u32,
        devices: Vec<Value>,
    ) -> Result<Sights> {
        let closed = format!(
            "WHERE person = ?1 AND open = 0 ORDER BY submitted_at DESC, id DESC LIMIT {newest}"
        );
        let lists = [
            each::<Record>(OPEN, people.clone()),
            each::<Record>(&closed, people),
            each::<LeaseRecord>("WHERE state = 'open' AND device = ?1", devices),
        ];
        let mut lists = self.load_with(hints(balances), &lists)?.into_iter();
        let mut next = || lists.next().unwrap_or_default();
        let mut all: HashMap<UserId, OpenAndClosed> = HashMap::new();
        for document in documents(next())? {
            let of = all.entry(document.user.clone()).or_default();
            of.0.push(document);
        }
        for document in documents(next())? {
            let of = all.entry(document.user.clone()).or_default();
            of.1.push(document);
        }
        let mut leases: HashMap<String, Vec<Lease>> = HashMap::new();
        for LeaseRecord { lease, .. } in listed(next())? {
            leases.entry(lease.device.clone()).or_default().push(lease);
        }
        for leases in leases.values_mut() {
            leases.sort_by_key(|lease| (lease.made_at, lease.id));
        }
        Ok(Sights {
            documents: all,
            leases,
        })
    }
}

fn hints(balances: Balances) -> Hints {
    Hints {
        balances,
        ..Hints::default()
    }
}

/// Newest first: a database need not keep the order of a part of what it joins.
fn documents(rows: Vec<Row>) -> Result<Vec<Document>> {
    let found: Vec<Record> = listed(rows)?;
    let mut documents: Vec<_> = found.into_iter().map(|record| record.document).collect();
    documents.sort_by_key(|one| Reverse((one.submitted_at, one.id)));
    Ok(documents)
}
