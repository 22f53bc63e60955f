//! Lists that are read part by part. *Source*: rules.md.

use platen_domain::Account;
use platen_domain::active::order_key;

use super::directory::{accounts_that_fit, row};
use super::known_account;
use crate::directory::{AccountQuery, PeopleQuery, PersonRow};
use crate::ledger::{ListPlace, Listed};
use crate::store::{Result, Tx};

/// The accounts that fit and come after a place in alphabetical order.
pub(crate) fn accounts_after(
    tx: Tx<'_>,
    query: &AccountQuery,
    after: Option<&ListPlace>,
) -> Result<Listed<Account>> {
    let place = |account: &Account| {
        let (folded, name) = order_key(account);
        (folded, name.to_owned())
    };
    let limit = query.page.rows() as usize;
    let mut rows: Vec<Account> = accounts_that_fit(tx, query)?
        .into_iter()
        .filter(|account| after.is_none_or(|after| place(account) > *after))
        .take(limit + 1)
        .map(|account| (*account).clone())
        .collect();
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(place);
    Ok(Listed { rows, next })
}

/// The people that fit and come after a place in the order of logins.
///
/// *Errors*: an unknown account.
pub(crate) fn people_after(
    tx: Tx<'_>,
    query: &PeopleQuery,
    after: Option<&ListPlace>,
) -> Result<Listed<PersonRow>> {
    let account = query.account.map(|id| known_account(tx, id)).transpose()?;
    let access = account.as_ref().map(|account| &account.access);
    let group = query.group.as_deref();
    let texts = after.map(|(found_by, id)| (found_by.as_str(), id.as_str()));
    let stray = |text: &str| text.contains('\0');
    if group.is_some_and(stray) || texts.is_some_and(|(one, other)| stray(one) || stray(other)) {
        // No row is like that, and PostgreSQL can't be asked.
        return Ok(Listed {
            rows: Vec::new(),
            next: None,
        });
    }
    let limit = query.page.rows();
    let mut found = tx.people_after((&query.search, group, access), texts, limit + 1)?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more);
    let next = next.map(|last| (last.found_by(), last.person.id.as_str().to_owned()));
    let rows: Result<_> = found.into_iter().map(|stored| row(tx, stored)).collect();
    Ok(Listed { rows: rows?, next })
}
