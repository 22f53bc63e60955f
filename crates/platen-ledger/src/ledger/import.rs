//! Lists of accounts and people that administrators bring along.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use platen_domain::{AccountId, UserId};
use uuid::Uuid;

use super::administration::whole_site;
use super::desk::Desk;
use crate::error::LedgerError;
use crate::rules::import;
use crate::site::{AccountSpec, LoadSummary, PeopleImported, PersonSpec};
use crate::store::Hints;
use crate::text;

impl Desk {
    /// Puts a list of accounts in force, found by their codes, as a whole or not
    /// at all; those that it does not name stay as they are.
    ///
    /// *Errors*: [`Refusal::Row`](crate::Refusal::Row) with the first row that
    /// can't be taken. *Source*: rules.md.
    pub async fn import_accounts(
        &self,
        accounts: Vec<AccountSpec>,
        now: Timestamp,
    ) -> Result<LoadSummary, LedgerError> {
        let stamp = self.stamp(now);
        let fresh = || AccountId(Uuid::now_v7());
        let fresh: Vec<_> = accounts.iter().map(|_| fresh()).collect();
        self.ledger()
            .write(whole_site, move |tx| {
                import::accounts(tx, &stamp, &accounts, &fresh)
            })
            .await
    }

    /// Takes in a list of people, as a whole or not at all: names, logins, and
    /// the site's groups that they are in. A row without an identifier is about
    /// whoever has the login; where nobody has, the groups wait for him.
    ///
    /// *Errors*: [`Refusal::Row`](crate::Refusal::Row) with the first row that
    /// can't be taken. *Source*: rules.md R-6.
    pub async fn import_people(
        &self,
        people: Vec<PersonSpec>,
        now: Timestamp,
    ) -> Result<PeopleImported, LedgerError> {
        let stamp = self.stamp(now);
        let known = self.ledger().read(|tx| tx.people()).await?;
        let known: HashMap<_, _> = known
            .into_iter()
            .map(|person| (text::key(&person.login), person.id))
            .collect();
        let ids: Arc<[UserId]> = people
            .iter()
            .filter_map(|spec| {
                let id = spec.id.as_ref();
                id.or_else(|| known.get(&text::key(&spec.login))).cloned()
            })
            .take(import::ROWS)
            .collect();
        let hints = move |hints: &mut Hints| {
            whole_site(hints);
            hints.people.extend(ids.iter().cloned());
        };
        self.ledger()
            .write(hints, move |tx| import::people(tx, &stamp, &people, &known))
            .await
    }
}
