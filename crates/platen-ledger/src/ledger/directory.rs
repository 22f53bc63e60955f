//! What administrators look up.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use platen_domain::{Account, AccountId, Person, UserId};

use super::Ledger;
use crate::directory::{
    AccountQuery, AccountRow, Assignment, Member, PeopleQuery, PersonRow, Usage,
};
use crate::error::LedgerError;
use crate::page::{Page, PageAsk};
use crate::rules::{Moment, directory};
use crate::store::{Hints, kept};
use crate::view::AccountView;

/// People that become searchable in one transaction at most.
const AT_ONCE: u32 = 256;

impl Ledger {
    /// A page of the accounts that fit, with what their balances add up to.
    /// *Source*: rules.md.
    pub async fn accounts_page(
        &self,
        query: AccountQuery,
    ) -> Result<Page<AccountRow>, LedgerError> {
        self.read(move |tx| directory::accounts_page(tx, &query))
            .await
    }

    /// One account, archived or not.
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, LedgerError> {
        self.read(move |tx| Ok(tx.account(id)?.map(|account| (*account).clone())))
            .await
    }

    /// These shared pools as anybody sees them who may use them, all in one snapshot;
    /// those that there are not, or that are nobody's pool, are left out. *Source*:
    /// rules.md R-3.
    pub async fn pools(&self, ids: Vec<AccountId>) -> Result<Vec<AccountView>, LedgerError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.look_up(move |tx| directory::pools(tx, &ids)).await
    }

    /// A page of the people that fit, by login.
    ///
    /// *Errors*: an unknown account. *Source*: rules.md.
    pub async fn people_page(&self, query: PeopleQuery) -> Result<Page<PersonRow>, LedgerError> {
        self.make_searchable().await?;
        self.read(move |tx| directory::people_page(tx, &query))
            .await
    }

    /// The person with this identity, if the ledger knows him.
    pub async fn person(&self, user: &UserId) -> Result<Option<PersonRow>, LedgerError> {
        let user = user.clone();
        self.look_up(move |tx| directory::person(tx, &user)).await
    }

    /// The person with this login, upper and lower case being the same. Where
    /// several are known, the one who writes it so, else the one who signed in
    /// last.
    pub async fn person_by_login(&self, login: &str) -> Result<Option<PersonRow>, LedgerError> {
        self.make_searchable().await?;
        let login = login.to_owned();
        self.read(move |tx| directory::person_by_login(tx, &login))
            .await
    }

    /// A page of the groups that are known and have each word of `search` in their
    /// name, in alphabetical order, with how many known people are in each.
    /// *Source*: rules.md R-6.
    pub async fn groups_page(
        &self,
        search: &str,
        page: PageAsk,
    ) -> Result<Page<(String, u64)>, LedgerError> {
        let search = search.to_owned();
        self.read(move |tx| directory::groups_page(tx, &search, page))
            .await
    }

    /// A page of those whom the site itself puts into a group, by login, with each
    /// word of `search` in it. *Source*: rules.md R-6.
    pub async fn group_members(
        &self,
        group: &str,
        search: &str,
        page: PageAsk,
    ) -> Result<Page<Member>, LedgerError> {
        self.make_searchable().await?;
        let (group, search) = (group.to_owned(), search.to_owned());
        self.read(move |tx| directory::group_members(tx, &group, &search, page))
            .await
    }

    /// Whom a login or an identifier means.
    pub(super) async fn known_as(&self, login: &str) -> Result<Vec<UserId>, LedgerError> {
        self.make_searchable().await?;
        let login = login.to_owned();
        self.read(move |tx| {
            let person = directory::named(tx, &login)?;
            Ok(person.map(|person| person.id).into_iter().collect())
        })
        .await
    }

    /// Everybody whom the ledger knows, by login, without groups: for files that
    /// have them all.
    pub async fn everybody(&self) -> Result<Vec<Person>, LedgerError> {
        self.read(|tx| tx.people()).await
    }

    /// The groups that the site puts people in, by login; also of those who never
    /// signed in. *Source*: rules.md R-6.
    pub async fn groups_by_login(&self) -> Result<HashMap<String, BTreeSet<String>>, LedgerError> {
        self.read(|tx| Ok(tx.groups_by_login()?.as_ref().clone()))
            .await
    }

    /// Every account that a person has access to, in alphabetical order, usable
    /// now or not, but for archived ones. *Source*: rules.md.
    pub async fn assignments(
        &self,
        person: &Person,
        now: Timestamp,
        today: Date,
    ) -> Result<Vec<Assignment>, LedgerError> {
        let person = person.clone();
        let moment = Moment {
            now: kept(now),
            today,
        };
        self.read(move |tx| directory::assignments(tx, &person, moment))
            .await
    }

    /// How much of an account is used by one person, or of a shared pool by all:
    /// the balance, the documents that hold points on it and its last
    /// activities, at most `limit` and 200 of each.
    ///
    /// *Errors*: an unknown account, no user where each has his own balance.
    /// *Source*: rules.md.
    pub async fn usage(
        &self,
        account: AccountId,
        user: Option<&UserId>,
        limit: u32,
    ) -> Result<Usage, LedgerError> {
        let user = user.cloned();
        self.read(move |tx| directory::usage(tx, account, user.as_ref(), limit))
            .await
    }

    /// Writes down what people are found by whom a program wrote that knew no
    /// search.
    pub(super) async fn make_searchable(&self) -> Result<(), LedgerError> {
        loop {
            let few = self.read(|tx| tx.unsearchable_people(AT_ONCE)).await?;
            if few.is_empty() {
                return Ok(());
            }
            let people = few.clone();
            let hints = move |hints: &mut Hints| hints.people.extend_from_slice(&people);
            self.write(hints, move |tx| {
                few.iter().try_for_each(|user| tx.make_searchable(user))
            })
            .await?;
        }
    }
}
