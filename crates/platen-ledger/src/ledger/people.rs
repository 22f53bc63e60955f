//! What the ledger shows to people, and their active account.

use jiff::Timestamp;
use jiff::civil::Date;
use platen_domain::{AccountId, Person};

use super::Ledger;
use crate::error::LedgerError;
use crate::rules::{Moment, access};
use crate::store::Hints;
use crate::store::kept;
use crate::view::UserView;

/// An operation that needs one person.
fn of(person: &Person) -> impl Fn(&mut Hints) + Send + 'static {
    let id = person.id.clone();
    move |hints| hints.people.push(id.clone())
}

impl Ledger {
    /// Everything that a person's client and portal show.
    ///
    /// The first view that notices the loss of the active account starts its
    /// grace period. *Source*: rules.md.
    pub async fn view(
        &self,
        person: &Person,
        now: Timestamp,
        today: Date,
    ) -> Result<UserView, LedgerError> {
        let now = kept(now);
        let moment = Moment { now, today };
        let asked = person.clone();
        let (view, news) = self
            .look_up(move |tx| access::view(tx, &asked, moment))
            .await?;
        if news {
            self.notice(vec![person.clone()], moment).await?;
        }
        Ok(view)
    }

    /// Writes down of each of these people that the active account was lost, or that it
    /// is back; all in one write.
    pub(super) async fn notice(
        &self,
        people: Vec<Person>,
        moment: Moment,
    ) -> Result<(), LedgerError> {
        let ids: Vec<_> = people.iter().map(|person| person.id.clone()).collect();
        let hints = move |hints: &mut Hints| hints.people.extend(ids.iter().cloned());
        self.write(hints, move |tx| {
            tx.each(&people, |person| {
                access::notice(tx, person, moment).map(drop)
            })
        })
        .await
    }

    /// Chooses the account that future documents are charged to.
    ///
    /// *Errors*: an account that can't be used or is at its limit.
    /// *Source*: rules.md R-25.
    pub async fn set_active(
        &self,
        person: &Person,
        account: AccountId,
        now: Timestamp,
        today: Date,
    ) -> Result<(), LedgerError> {
        let now = kept(now);
        let person = person.clone();
        self.write(of(&person), move |tx| {
            access::set_active(tx, &person, account, Moment { now, today })
        })
        .await
    }

    /// Remembers a person who signs in, with the groups that the provider names
    /// at that; nobody else's groups are remembered.
    ///
    /// *Errors*: a text that can't be stored. *Source*: rules.md.
    pub async fn remember(&self, person: &Person, seen_at: Timestamp) -> Result<(), LedgerError> {
        let seen_at = kept(seen_at);
        let person = person.clone();
        self.write(of(&person), move |tx| tx.put_signed_in(&person, seen_at))
            .await
    }

    /// People that the ledger has seen, by login; without their groups.
    pub async fn people(&self) -> Result<Vec<Person>, LedgerError> {
        self.read(|tx| tx.people()).await
    }
}
