//! Which accounts a person may use, and which is active. *Source*: rules.md
//!

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use platen_domain::{Account, AccountId, Barred, Person};

use super::{Moment, account_view, check_length, known_account};
use crate::document::Document;
use crate::error::Refusal;
use crate::site::Settings;
use crate::store::{Active, Holder, Result, Tx};
use crate::view::{AccountView, UserView};

/// What a person may do now.
pub(crate) struct Rights {
    /// The person with the site's groups.
    pub(crate) person: Person,
    pub(crate) settings: Settings,
    pub(crate) stored: Active,
    now: Timestamp,
    today: Date,
    /// The stored active account is lost, whether or not that was noticed.
    lost: bool,
    /// The grace period of R-26 still allows it.
    grace: bool,
}

impl Rights {
    /// The account that the next document is charged to: the last one chosen
    /// or charged, else the alphabetically first. *Source*: rules.md R-25.
    pub(crate) fn active(&self, tx: Tx<'_>) -> Result<Option<Arc<Account>>> {
        if !self.settings.account_management {
            return Ok(None);
        }
        if let Some(id) = self.stored.account
            && (!self.lost || self.grace)
            && let Some(account) = tx.account(id)?
        {
            return Ok(Some(account));
        }
        let mut accounts = tx.accounts_of(&self.person)?.into_iter();
        Ok(accounts.find(|account| account.usable_by(&self.person, self.today).is_ok()))
    }

    /// Accounts that may be charged, in alphabetical order.
    pub(crate) fn accounts(&self, tx: Tx<'_>) -> Result<Vec<Arc<Account>>> {
        if !self.settings.account_management {
            return Ok(Vec::new());
        }
        // What is lost and still allowed may be out of the person's reach.
        let mut accounts = match self.grace {
            true => tx.accounts()?,
            false => tx.accounts_of(&self.person)?,
        };
        accounts.retain(|account| {
            self.in_grace(account.id) || account.usable_by(&self.person, self.today).is_ok()
        });
        Ok(accounts)
    }

    /// Whether it was noticed for the first time that the active account is
    /// lost, or that it is back; or that the clock was set back since.
    pub(crate) fn is_news(&self) -> bool {
        let noticed_later = self
            .stored
            .lost_at
            .is_some_and(|lost_at| lost_at > self.now);
        noticed_later || self.lost != self.stored.lost_at.is_some()
    }

    pub(crate) fn in_grace(&self, account: AccountId) -> bool {
        self.grace && self.stored.account == Some(account)
    }

    /// The account, if the person may be charged on it.
    pub(crate) fn allowed(&self, tx: Tx<'_>, id: AccountId) -> Result<Arc<Account>> {
        if !self.settings.account_management {
            return Err(Refusal::AccountsOff.into());
        }
        let account = known_account(tx, id)?;
        if !self.in_grace(id) {
            account
                .usable_by(&self.person, self.today)
                .map_err(Refusal::from)?;
        }
        Ok(account)
    }
}

/// Characters of what names a person or a group, and groups of one person.
const NAME: usize = 500;
const GROUPS: usize = 2_000;

/// What is known of a person who signs in is short enough to be kept and found.
pub(super) fn check_person(person: &Person) -> Result<()> {
    check_length(person.id.as_str(), NAME, "identifier")?;
    check_length(&person.login, NAME, "login")?;
    check_length(&person.name, NAME, "name")?;
    if person.groups.len() > GROUPS {
        let what = "list of groups";
        return Err(Refusal::TooLong { what }.into());
    }
    for group in &person.groups {
        check_length(group, NAME, "name of a group")?;
    }
    Ok(())
}

/// Finds out what a person may do.
pub(crate) fn rights(tx: Tx<'_>, person: &Person, moment: Moment) -> Result<Rights> {
    let mut person = person.clone();
    person.groups.extend(tx.site_groups(&person)?);
    let settings = tx.settings()?;
    let stored = tx.active(&person.id)?;
    let (mut lost, mut grace) = (false, false);
    if settings.account_management
        && let Some(id) = stored.account
        && let Some(account) = tx.account(id)?
        && let Err(why) = account.usable_by(&person, moment.today)
    {
        lost = true;
        grace = leaves_grace(why) && grace_lasts(stored.lost_at, &settings, moment.now);
    }
    Ok(Rights {
        person,
        settings,
        stored,
        now: moment.now,
        today: moment.today,
        lost,
        grace,
    })
}

/// Losing an account leaves a while to go on with it; an administrator's
/// switching it off does not. *Source*: rules.md.
const fn leaves_grace(why: Barred) -> bool {
    match why {
        Barred::Expired | Barred::NoAccess | Barred::Archived => true,
        Barred::Disabled | Barred::NotOnClients | Barred::NotYetOpen => false,
    }
}

/// The grace period starts when the loss is noticed; and anew when the clock
/// was set back to before that, so that it can't last longer than it should.
fn grace_lasts(lost_at: Option<Timestamp>, settings: &Settings, now: Timestamp) -> bool {
    let grace = SignedDuration::from_hours(i64::from(settings.grace_hours));
    let lost_at = lost_at.unwrap_or(now).min(now);
    now.duration_since(lost_at) < grace
}

/// Remembers a person and when the active account was lost; done before
/// anything is charged. Returns what the person may do.
pub(crate) fn notice(tx: Tx<'_>, person: &Person, moment: Moment) -> Result<Rights> {
    tx.put_person(person)?;
    let mut rights = rights(tx, person, moment)?;
    if rights.is_news() && rights.settings.account_management {
        rights.stored.lost_at = rights.lost.then_some(moment.now);
        tx.set_active(&person.id, rights.stored)?;
    }
    Ok(rights)
}

/// Makes an account the one that was chosen or charged last.
pub(crate) fn remember_active(tx: Tx<'_>, rights: &Rights, account: AccountId) -> Result<()> {
    if rights.stored.account == Some(account) {
        return Ok(());
    }
    let active = Active {
        account: Some(account),
        lost_at: None,
    };
    tx.set_active(&rights.person.id, active)
}

/// Chooses the active account.
///
/// *Errors*: accounts at their limit can't be chosen. *Source*: rules.md R-25.
pub(crate) fn set_active(
    tx: Tx<'_>,
    person: &Person,
    account: AccountId,
    moment: Moment,
) -> Result<()> {
    let rights = notice(tx, person, moment)?;
    let account = rights.allowed(tx, account)?;
    if rights.stored.account == Some(account.id) {
        return Ok(());
    }
    let balance = tx.balance(account.id, &Holder::of(&account, &person.id))?;
    if balance.at_limit(&account)? {
        return Err(Refusal::AtLimit.into());
    }
    remember_active(tx, &rights, account.id)
}

/// One account as its user sees it.
pub(crate) fn view_account(
    tx: Tx<'_>,
    rights: &Rights,
    account: Arc<Account>,
) -> Result<AccountView> {
    let balance = tx.balance(account.id, &Holder::of(&account, &rights.person.id))?;
    let in_grace = rights.in_grace(account.id);
    account_view(account, balance, in_grace)
}

/// Everything that a person's client shows, and whether something about the
/// active account should be written down.
pub(crate) fn view(tx: Tx<'_>, person: &Person, moment: Moment) -> Result<(UserView, bool)> {
    let rights = rights(tx, person, moment)?;
    let accounts = rights.accounts(tx)?;
    let balances = accounts.iter().map(|one| (one.id, Some(person.id.clone())));
    let documents = tx.open_documents_and(balances.collect(), &person.id)?;
    view_of(tx, &rights, &accounts, documents)
}

/// The same of a person whose rights, accounts and open documents are known.
pub(crate) fn view_of(
    tx: Tx<'_>,
    rights: &Rights,
    accounts: &[Arc<Account>],
    documents: Vec<Document>,
) -> Result<(UserView, bool)> {
    let accounts = accounts.iter();
    let view = UserView {
        accounts: accounts
            .map(|account| view_account(tx, rights, Arc::clone(account)))
            .collect::<Result<_>>()?,
        active: rights.active(tx)?.map(|account| account.id),
        documents,
        person: rights.person.clone(),
    };
    let news = rights.is_news() && rights.settings.account_management;
    Ok((view, news))
}
