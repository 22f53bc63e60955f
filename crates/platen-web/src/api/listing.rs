//! Lists, part by part. *Source*: rules.md R-32.

use platen_domain::{Account, AccountId, Kind};
use platen_ledger::{
    AccountQuery, Ledger, ListPlace, Listed, PageAsk, PeopleQuery, PersonRow, Refusal,
};

use super::cursor;
use super::problem::Problem;

/// Which accounts are asked for.
pub(super) struct Accounts {
    pub(super) search: Option<String>,
    pub(super) archived: bool,
    pub(super) enabled: Option<bool>,
    pub(super) kind: Option<Kind>,
}

/// Which people are asked for.
pub(super) struct People {
    pub(super) search: Option<String>,
    pub(super) group: Option<String>,
    pub(super) account: Option<AccountId>,
}

/// A part of a list, and the cursor of the next one.
pub(super) struct Part<T> {
    pub(super) rows: Vec<T>,
    pub(super) next: Option<String>,
}

/// Which part is asked for.
pub(super) struct From {
    pub(super) cursor: Option<String>,
    pub(super) limit: u32,
}

impl From {
    fn place(&self, list: &str) -> Result<Option<ListPlace>, Problem> {
        let read = |text: &String| cursor::read_place(list, text);
        self.cursor.as_ref().map(read).transpose()
    }
}

fn part<T>(list: &str, listed: Listed<T>) -> Part<T> {
    Part {
        rows: listed.rows,
        next: listed.next.map(|place| cursor::write_place(list, &place)),
    }
}

/// Accounts by name.
pub(super) async fn accounts(
    ledger: &Ledger,
    asked: Accounts,
    from: From,
) -> Result<Part<Account>, Problem> {
    let query = AccountQuery {
        search: asked.search.unwrap_or_default(),
        archived: asked.archived,
        enabled: asked.enabled,
        kind: asked.kind,
        page: PageAsk::first(from.limit),
        ..AccountQuery::default()
    };
    let listed = ledger
        .accounts_after(query, from.place("accounts")?)
        .await?;
    Ok(part("accounts", listed))
}

/// People by address.
///
/// *Errors*: an unknown account.
pub(super) async fn people(
    ledger: &Ledger,
    asked: People,
    from: From,
) -> Result<Part<PersonRow>, Problem> {
    if let Some(id) = asked.account
        && ledger.account(id).await?.is_none()
    {
        return Err(Refusal::UnknownAccount(id).into());
    }
    let query = PeopleQuery {
        search: asked.search.unwrap_or_default(),
        group: asked.group,
        account: asked.account,
        page: PageAsk::first(from.limit),
    };
    let listed = ledger.people_after(query, from.place("users")?).await?;
    Ok(part("users", listed))
}
