//! What the model makes of accounts: who may use them, which is active, and
//! what administrators change.

use super::super::steps::Edit;
use super::{ACCOUNTS, Account, Active, Answer, Model, holder};

/// A lost active account may be charged so long.
const GRACE: i64 = 12;
/// The hour of the day at which everything starts.
const START: i64 = 10;

/// Why a user can't use an account; only a loss leaves a while to go on.
enum Barred {
    Lost,
    SwitchedOff,
}

impl Model {
    /// The site's day, counted from the start.
    pub(in super::super) fn day(&self) -> i64 {
        (START + self.hour).div_euclid(24)
    }

    fn usable(&self, user: usize, account: usize) -> Result<(), Barred> {
        let account = &self.accounts[account];
        if account.archived {
            Err(Barred::Lost)
        } else if !account.enabled {
            Err(Barred::SwitchedOff)
        } else if account.expiry.is_some_and(|last| self.day() > last)
            || account.only.is_some_and(|only| only != user)
        {
            Err(Barred::Lost)
        } else {
            Ok(())
        }
    }

    /// The accounts that a user may be charged on.
    pub(in super::super) fn usable_accounts(&self, user: usize) -> Vec<usize> {
        let Active { account, lost_at } = self.active[user];
        let lost_at = lost_at.unwrap_or(self.hour).min(self.hour);
        let in_grace = self.hour - lost_at < GRACE;
        (0..ACCOUNTS.len())
            .filter(|&number| match self.usable(user, number) {
                Ok(()) => true,
                Err(Barred::Lost) => account == Some(number) && in_grace,
                Err(Barred::SwitchedOff) => false,
            })
            .collect()
    }

    pub(super) fn is_allowed(&self, user: usize, account: usize) -> bool {
        self.usable_accounts(user).contains(&account)
    }

    pub(in super::super) fn active_account(&self, user: usize) -> Option<usize> {
        let usable = self.usable_accounts(user);
        let stored = self.active[user].account;
        stored
            .filter(|account| usable.contains(account))
            .or(usable.first().copied())
    }

    pub(super) fn notice(&mut self, user: usize) {
        let stored = self.active[user].account;
        let lost = stored.is_some_and(|account| self.usable(user, account).is_err());
        let active = &mut self.active[user];
        let noticed_later = active.lost_at.is_some_and(|lost_at| lost_at > self.hour);
        if noticed_later || lost != active.lost_at.is_some() {
            active.lost_at = lost.then_some(self.hour);
        }
    }

    pub(super) fn remember(&mut self, user: usize, account: usize) {
        if self.active[user].account != Some(account) {
            self.active[user] = Active {
                account: Some(account),
                lost_at: None,
            };
        }
    }

    pub(super) fn set_active(&mut self, user: usize, account: usize) -> Answer {
        let full = self.room(account, holder(account, user)) == Some(0);
        let chosen = self.active[user].account == Some(account);
        if !self.is_allowed(user, account) || (full && !chosen) {
            return Answer::Refused;
        }
        self.remember(user, account);
        Answer::Done(None)
    }

    pub(super) fn edit(&mut self, account: usize, edit: Edit) -> Answer {
        let stored = &mut self.accounts[account];
        let mut edited = stored.clone();
        (edited.limit, edited.exceed_by) = edit.limit;
        (edited.enabled, edited.only, edited.expiry) = (edit.enabled, edit.only, edit.expiry);
        let content = |account: &Account| {
            let limit = (account.limit, account.exceed_by);
            (limit, account.enabled, account.only, account.expiry)
        };
        // What is stored already may be saved again, however old it is.
        if content(&edited) != content(stored) {
            if edit.behind > 0 {
                return Answer::Refused;
            }
            edited.version += 1;
            *stored = edited;
        }
        Answer::Done(None)
    }

    pub(super) fn archive(&mut self, account: usize, archived: bool) -> Answer {
        let account = &mut self.accounts[account];
        if account.archived != archived {
            account.archived = archived;
            account.version += 1;
        }
        Answer::Done(None)
    }
}
