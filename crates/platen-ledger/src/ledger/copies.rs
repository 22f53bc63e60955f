//! What the ledger does with copies.

use jiff::Timestamp;
use jiff::civil::Date;
use platen_domain::{AccountId, DocumentId, Person};

use super::Ledger;
use crate::copy::{Copied, CopyAsk, MayCopy};
use crate::error::LedgerError;
use crate::rules::{Moment, copy};
use crate::store::{Hints, kept};

impl Ledger {
    /// Whether a device may begin to copy: while the account is not at its
    /// hard limit, or has none, or accounts are not in use. Without an account
    /// the active one is asked about.
    ///
    /// *Errors*: an account that is named and can't be used.
    /// *Source*: rules.md.
    pub async fn may_copy(
        &self,
        person: &Person,
        account: Option<AccountId>,
        now: Timestamp,
        today: Date,
    ) -> Result<MayCopy, LedgerError> {
        let person = person.clone();
        self.read(move |tx| copy::may_copy(tx, &person, account, Moment { now, today }))
            .await
    }

    /// Posts a copy that was made, above the limit as well, since one under
    /// way is never cut.
    ///
    /// Asked again with the same content it gives the same activity.
    /// *Errors*: other content under the same id, an account that can't be
    /// used, no device, no rate card. *Source*: rules.md.
    pub async fn copy(
        &self,
        ask: CopyAsk,
        now: Timestamp,
        today: Date,
    ) -> Result<Copied, LedgerError> {
        let now = kept(now);
        let (id, user, account) = (ask.id, ask.person.id.clone(), ask.account);
        let hints = move |hints: &mut Hints| {
            hints.operations.push(id);
            hints.activities.push(id);
            hints.documents.push(DocumentId(id));
            hints.people.push(user.clone());
            hints
                .balances
                .extend(account.map(|account| (account, Some(user.clone()))));
            hints.posts = 1;
        };
        self.write(hints, move |tx| copy::copy(tx, &ask, Moment { now, today }))
            .await
    }
}
