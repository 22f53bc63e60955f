//! Looking up accounts, people, who may use what, and how much of it is used.
//! *Source*: rules.md.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use platen_domain::{Access, Account, AccountId, Kind, Person, UserId};

use super::access::rights;
use super::{Moment, account_view, known_account};
use crate::directory::{
    AccountQuery, AccountRow, AccountSort, Assignment, How, Member, PeopleQuery, PersonRow, Usage,
};
use crate::error::Refusal;
use crate::page::{Page, PageAsk};
use crate::store::{Hints, Holder, Result, StoredPerson, Tx};
use crate::text;
use crate::view::AccountView;

/// The accounts that fit, in alphabetical order.
pub(super) fn accounts_that_fit(tx: Tx<'_>, query: &AccountQuery) -> Result<Vec<Arc<Account>>> {
    let person = query.access_of.as_ref();
    let person = person.map(|person| with_site_groups(tx, person.clone()));
    let person = person.transpose()?;
    let search = text::key(&query.search);
    let mut accounts = tx.accounts()?;
    accounts.retain(|account| {
        account.archived == query.archived
            && query.enabled.is_none_or(|on| account.enabled == on)
            && query.kind.is_none_or(|kind| account.kind == kind)
            && person
                .as_ref()
                .is_none_or(|person| account.access.includes(person))
            && has_words(&[&account.name, &account.code], &search)
    });
    Ok(accounts)
}

/// A page of the accounts that fit, with what their balances add up to.
pub(crate) fn accounts_page(tx: Tx<'_>, query: &AccountQuery) -> Result<Page<AccountRow>> {
    let mut accounts = accounts_that_fit(tx, query)?;
    sort(tx, &mut accounts, query)?;
    let page = query.page.cut(accounts);
    let ids: Vec<_> = page.rows.iter().map(|account| account.id).collect();
    let sums = tx.balance_sums(&ids)?;
    Ok(page.map(|account| {
        let sums = sums.get(&account.id).copied().unwrap_or_default();
        AccountRow {
            account: (*account).clone(),
            holders: sums.holders,
            posted: sums.posted,
            pending: sums.pending,
            leased: sums.leased,
        }
    }))
}

/// These shared pools as anybody sees them who may use them.
pub(crate) fn pools(tx: Tx<'_>, ids: &[AccountId]) -> Result<Vec<AccountView>> {
    tx.load(Hints {
        balances: ids.iter().map(|id| (*id, None)).collect(),
        ..Hints::default()
    })?;
    let mut pools = Vec::new();
    for id in ids {
        let account = tx.account(*id)?;
        if let Some(account) = account.filter(|account| account.kind == Kind::Shared) {
            let balance = tx.balance(*id, &Holder::pool())?;
            pools.push(account_view(account, balance, false)?);
        }
    }
    Ok(pools)
}

/// Whether each word of a folded search is in one of the texts.
fn has_words(texts: &[&str], search: &str) -> bool {
    if search.is_empty() {
        return true;
    }
    let found_in: Vec<_> = texts.iter().map(|text| text::key(text)).collect();
    let mut words = search.split(' ');
    words.all(|word| found_in.iter().any(|text| text.contains(word)))
}

/// Brings accounts into order; they come in alphabetical order, in which equal
/// ones stay.
fn sort(tx: Tx<'_>, accounts: &mut [Arc<Account>], query: &AccountQuery) -> Result<()> {
    fn by<K: Ord>(accounts: &mut [Arc<Account>], down: bool, key: impl Fn(&Account) -> K) {
        if down {
            accounts.sort_by_cached_key(|account| Reverse(key(account)));
        } else {
            accounts.sort_by_cached_key(|account| key(account));
        }
    }
    let down = query.descending;
    match query.sort {
        AccountSort::Name if down => accounts.reverse(),
        AccountSort::Name => {}
        AccountSort::Code => by(accounts, down, |account| text::key(&account.code)),
        AccountSort::Limit => by(accounts, down, |it| (it.limit.is_none(), it.limit)),
        AccountSort::Expiry => by(accounts, down, |it| (it.expiry.is_none(), it.expiry)),
        AccountSort::Used => {
            let used = tx.used_sums()?;
            by(accounts, down, |it| {
                used.get(&it.id).copied().unwrap_or_default()
            });
        }
    }
    Ok(())
}

fn with_site_groups(tx: Tx<'_>, mut person: Person) -> Result<Person> {
    let groups = tx.site_groups(&person)?;
    person.groups.extend(groups);
    Ok(person)
}

pub(super) fn row(tx: Tx<'_>, stored: StoredPerson) -> Result<PersonRow> {
    Ok(PersonRow {
        person: with_site_groups(tx, stored.person)?,
        seen_at: stored.seen_at,
    })
}

/// A page of the people that fit.
///
/// *Errors*: an unknown account.
pub(crate) fn people_page(tx: Tx<'_>, query: &PeopleQuery) -> Result<Page<PersonRow>> {
    let account = query.account.map(|id| known_account(tx, id)).transpose()?;
    let access = account.as_ref().map(|account| &account.access);
    let group = query.group.as_deref();
    if group.is_some_and(|group| group.contains('\0')) {
        // No group is like that, and PostgreSQL can't be asked.
        return Ok(Page::default());
    }
    let found = tx.people_found(&query.search, group, access, query.page)?;
    let rows = found.rows.into_iter().map(|stored| row(tx, stored));
    Ok(Page {
        rows: rows.collect::<Result<_>>()?,
        total: found.total,
    })
}

/// One person by his identity.
pub(crate) fn person(tx: Tx<'_>, user: &UserId) -> Result<Option<PersonRow>> {
    let stored = tx.stored_person(user)?;
    stored.map(|stored| row(tx, stored)).transpose()
}

/// One person by his login.
pub(crate) fn person_by_login(tx: Tx<'_>, login: &str) -> Result<Option<PersonRow>> {
    let stored = tx.person_with_login(login)?;
    stored.map(|stored| row(tx, stored)).transpose()
}

/// The groups that are known and fit, with how many known people are in each:
/// those that people signed in with, those of the site, and those that accounts
/// name.
pub(crate) fn groups_page(tx: Tx<'_>, search: &str, page: PageAsk) -> Result<Page<(String, u64)>> {
    let mut groups = tx.group_sizes()?;
    for name in tx.site_group_names()? {
        groups.entry(name).or_default();
    }
    for account in tx.accounts()? {
        if let Access::Only { groups: named, .. } = &account.access
            && !account.archived
        {
            for group in named {
                groups.entry(group.clone()).or_default();
            }
        }
    }
    let search = text::key(search);
    groups.retain(|name, _| has_words(&[name], &search));
    Ok(page.cut(groups.into_iter().collect()))
}

/// Those whom the site puts into a group, by login.
pub(crate) fn group_members(
    tx: Tx<'_>,
    group: &str,
    search: &str,
    page: PageAsk,
) -> Result<Page<Member>> {
    let search = text::key(search);
    let mut logins: Vec<String> = tx
        .groups_by_login()?
        .iter()
        .filter(|(login, groups)| groups.contains(group) && has_words(&[login], &search))
        .map(|(login, _)| login.clone())
        .collect();
    logins.sort_unstable();
    let found = page.cut(logins);
    let members = found.rows.into_iter().map(|login| {
        let person = named(tx, &login)?;
        Ok(Member { login, person })
    });
    Ok(Page {
        rows: members.collect::<Result<_>>()?,
        total: found.total,
    })
}

/// Whom the site's lists mean by a login or an identifier, written exactly so.
pub(crate) fn named(tx: Tx<'_>, login: &str) -> Result<Option<Person>> {
    let stored = tx.person_with_login(login)?;
    let stored = stored.filter(|stored| stored.person.login == login);
    let stored = match stored {
        Some(stored) => Some(stored),
        None => tx.stored_person(&UserId::new(login))?,
    };
    Ok(stored.map(|stored| stored.person))
}

/// Every account that a person has access to, in alphabetical order, usable now
/// or not, but for archived ones.
pub(crate) fn assignments(tx: Tx<'_>, person: &Person, moment: Moment) -> Result<Vec<Assignment>> {
    let rights = rights(tx, person, moment)?;
    let active = rights.active(tx)?.map(|account| account.id);
    let mut accounts = tx.accounts()?;
    accounts.retain(|account| !account.archived && account.access.includes(&rights.person));
    let holders: Vec<_> = accounts
        .iter()
        .map(|account| (account.id, Holder::of(account, &person.id)))
        .collect();
    let balances = tx.balances_for(&person.id, &holders)?;
    let assignment = |account: Arc<Account>| {
        let balance = balances.get(&account.id).copied().unwrap_or_default();
        let (how, direct) = how(&account.access, &rights.person);
        Ok(Assignment {
            standing: balance.standing(&account)?,
            balance,
            how,
            direct,
            usable: account.usable_by(&rights.person, moment.today),
            active: active == Some(account.id),
            account: (*account).clone(),
        })
    };
    accounts.into_iter().map(assignment).collect()
}

/// Why a person who has access has it, and whether he is named in person.
fn how(access: &Access, person: &Person) -> (How, bool) {
    let Access::Only { groups, users } = access else {
        return (How::Everyone, false);
    };
    let direct = users.contains(&person.login) || users.contains(person.id.as_str());
    let groups: BTreeSet<_> = groups.intersection(&person.groups).cloned().collect();
    if groups.is_empty() {
        (How::Direct, direct)
    } else {
        (How::Groups(groups.into_iter().collect()), direct)
    }
}

/// How much of an account is used by one person, or of a shared pool by all.
///
/// *Errors*: an unknown account, no user where each has his own balance.
/// *Source*: rules.md R-33.
pub(crate) fn usage(tx: Tx<'_>, id: AccountId, user: Option<&UserId>, limit: u32) -> Result<Usage> {
    /// Rows of each list at most.
    const MOST: u32 = 200;
    let account = known_account(tx, id)?;
    let holder = match (account.kind, user) {
        (Kind::Shared, _) => Holder::pool(),
        (Kind::Individual, Some(user)) if !user.as_str().contains('\0') => Holder::person(user),
        // Nobody is like that, and PostgreSQL can't be asked.
        (Kind::Individual, Some(_)) => return Err(Refusal::Unstorable.into()),
        (Kind::Individual, None) => {
            let what = "user, since each has his own balance on this account";
            return Err(Refusal::Missing { what }.into());
        }
    };
    let balance = tx.balance(id, &holder)?;
    let limit = limit.clamp(1, MOST);
    let view = account_view(account, balance, false)?;
    Ok(Usage {
        pending: tx.reserved_documents(id, &holder, limit)?,
        activities: tx.activities_on(id, &holder, limit)?,
        holder: holder.user(),
        account: Arc::unwrap_or_clone(view.account),
        balance: view.balance,
        standing: view.standing,
        at_limit: view.at_limit,
    })
}
