//! What administrators do: accounts, rates, adjustments, the check.

use jiff::Timestamp;
use platen_domain::{Account, AccountId, DocumentId, RateCard};
use uuid::Uuid;

use super::Ledger;
use crate::activity::{
    Activity, ActivityFilter, Adjusted, Adjustment, BulkAdjusted, BulkAdjustment,
};
use crate::error::LedgerError;
use crate::rules::{accounts, adjust, bulk, verify};
use crate::site::{LoadSummary, Settings, Site};
use crate::store::{Hints, Holder, kept};
use crate::view::{BalanceRow, Progress, Verified};

/// An operation that changes the site.
pub(super) const fn whole_site(hints: &mut Hints) {
    hints.site = true;
}

/// What an adjustment needs.
pub(super) fn adjusting(id: Uuid, ask: &Adjustment) -> impl Fn(&mut Hints) + Send + 'static {
    let (account, user) = (ask.account, ask.user.clone());
    let corrected = ask.corrects;
    move |hints| {
        hints.activities.push(id);
        hints.activities.extend(corrected);
        hints.operations.push(id);
        hints.documents.push(DocumentId(id));
        hints.balances.push((account, user.clone()));
        hints.posts = 1;
    }
}

/// What an adjustment of all balances of an account needs.
pub(super) async fn adjusting_all(
    ledger: &Ledger,
    id: Uuid,
    account: AccountId,
) -> Result<impl Fn(&mut Hints) + Send + 'static, LedgerError> {
    // Only what to load: who it is in the end is found out while writing.
    let holders = ledger.read(move |tx| tx.holders(account)).await?;
    let users: Vec<_> = holders.iter().map(Holder::user).collect();
    Ok(move |hints: &mut Hints| {
        hints.operations.push(id);
        hints.activities.push(id);
        let balances = users.iter().map(|user| (account, user.clone()));
        hints.balances.extend(balances);
        hints.posts = users.len().max(1);
    })
}

impl Ledger {
    /// Puts a site in force, as a whole or not at all. Loading the same site
    /// again changes nothing.
    ///
    /// *Errors*: a name that an account outside of the site has, a change
    /// between individual and shared of an account in use.
    /// *Source*: rules.md.
    pub async fn load_site(&self, site: Site) -> Result<LoadSummary, LedgerError> {
        let fresh = || AccountId(Uuid::now_v7());
        let fresh: Vec<_> = site.accounts.iter().map(|_| fresh()).collect();
        self.write(whole_site, move |tx| accounts::load_site(tx, &site, &fresh))
            .await
    }

    /// All accounts in alphabetical order, archived ones included.
    pub async fn accounts(&self) -> Result<Vec<Account>, LedgerError> {
        self.read(|tx| {
            let accounts = tx.accounts()?;
            Ok(accounts.iter().map(|account| (**account).clone()).collect())
        })
        .await
    }

    /// The account with this code, upper and lower case being the same.
    pub async fn account_by_code(&self, code: &str) -> Result<Option<Account>, LedgerError> {
        let code = code.to_owned();
        self.read(move |tx| {
            let account = tx.account_by_code(&code)?;
            Ok(account.map(|account| (*account).clone()))
        })
        .await
    }

    /// Creates an account, whose version is zero, or changes the one whose
    /// version it has; gives it as it is stored, with its new version. Saving
    /// what is stored already changes nothing.
    ///
    /// *Errors*: somebody else changed it since it was loaded, a name or code
    /// that another account has, values that contradict each other, a change
    /// between individual and shared of an account in use.
    /// *Source*: rules.md.
    pub async fn save_account(&self, account: Account) -> Result<Account, LedgerError> {
        self.write(whole_site, move |tx| accounts::save(tx, &account))
            .await
    }

    /// Takes an account out of every list; its history stays.
    ///
    /// *Errors*: an unknown account. *Source*: rules.md R-8.
    pub async fn archive_account(&self, id: AccountId) -> Result<Account, LedgerError> {
        self.write(whole_site, move |tx| accounts::set_archived(tx, id, true))
            .await
    }

    /// Brings an archived account back.
    ///
    /// *Errors*: an unknown account. *Source*: rules.md R-8.
    pub async fn restore_account(&self, id: AccountId) -> Result<Account, LedgerError> {
        self.write(whole_site, move |tx| accounts::set_archived(tx, id, false))
            .await
    }

    /// The rate card in force; none before a site was loaded.
    pub async fn rate_card(&self) -> Result<Option<RateCard>, LedgerError> {
        self.read(|tx| Ok(tx.current_card()?.map(|card| (*card).clone())))
            .await
    }

    /// The site's settings.
    pub async fn settings(&self) -> Result<Settings, LedgerError> {
        self.read(|tx| tx.settings()).await
    }

    /// The stored balances of one account or of all. A person who never
    /// printed on an individual account has none yet.
    pub async fn balances(
        &self,
        account: Option<AccountId>,
    ) -> Result<Vec<BalanceRow>, LedgerError> {
        self.read(move |tx| tx.balances(account)).await
    }

    /// Changes one balance by hand; `id` names the adjustment, so that asking
    /// again does not do it twice.
    ///
    /// *Errors*: an unknown account, a user missing or too many, no reason,
    /// an amount that is not above zero, other content under the same id.
    /// *Source*: rules.md.
    pub async fn adjust(
        &self,
        id: Uuid,
        adjustment: Adjustment,
        now: Timestamp,
    ) -> Result<Adjusted, LedgerError> {
        let now = kept(now);
        let hints = adjusting(id, &adjustment);
        self.write(hints, move |tx| adjust::adjust(tx, id, &adjustment, now))
            .await
    }

    /// Changes every balance of an account that was ever used, or the pool of a
    /// shared one, by hand: all of them or none, as one activity each. `id`
    /// names the whole, so that asking again does not do it twice.
    ///
    /// *Errors*: other content under the same id, an unknown account, no
    /// reason, an amount that is not above zero.
    /// *Source*: rules.md.
    pub async fn adjust_all(
        &self,
        id: Uuid,
        adjustment: BulkAdjustment,
        now: Timestamp,
    ) -> Result<BulkAdjusted, LedgerError> {
        let now = kept(now);
        let hints = adjusting_all(self, id, adjustment.account).await?;
        self.write(hints, move |tx| bulk::adjust_all(tx, id, &adjustment, now))
            .await
    }

    /// Posted activities, newest first. *Source*: rules.md R-30.
    pub async fn activities(&self, filter: ActivityFilter) -> Result<Vec<Activity>, LedgerError> {
        self.read(move |tx| tx.activities(&filter)).await
    }

    /// Recomputes every balance and chain; see [`Ledger::verify_with`].
    pub async fn verify(&self) -> Result<Verified, LedgerError> {
        self.verify_with(|_| ()).await
    }

    /// Recomputes every balance and chain on one snapshot, while others work,
    /// in memory that does not grow with the ledger. From the thread that reads
    /// it says how many activities are checked and how many there are.
    ///
    /// *Errors*: [`LedgerError::Broken`] names the first activity that does not
    /// fit its chain, else a balance or a document that does not agree with its
    /// records; [`LedgerError::Corrupt`] a damaged file.
    /// *Source*: rules.md R-30.
    pub async fn verify_with<P>(&self, mut progress: P) -> Result<Verified, LedgerError>
    where
        P: FnMut(Progress) + Send + 'static,
    {
        self.read(move |tx| verify::verify(tx, &mut progress)).await
    }
}
