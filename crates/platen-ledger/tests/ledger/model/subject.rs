//! The ledger under test, asked what the model is asked.

use jiff::{SignedDuration, Span, Timestamp, civil::Date};
use platen_domain::{
    Access, Account, AccountId, Finishing, LeaseId, Person, Points, UserId, Verdict,
};
use platen_ledger::{
    Adjustment, BulkAdjustment, Change, CopyAsk, LeaseAsk, LedgerError, Reserve, Scope, Settlement,
    Submitted,
};
use uuid::Uuid;

use super::naive::{ACCOUNTS, Model, SITE, USERS, is_shared, owner};
use super::steps::{self, Edit, Step};
use crate::support::*;

pub(super) struct Subject {
    pub(super) bench: Bench,
    pub(super) accounts: Vec<AccountId>,
    pub(super) at: Moment,
}

/// The time of a step.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) now: Timestamp,
    pub(super) today: Date,
}

/// An answer as a text that does not change when it is asked for again, and
/// its verdict where it has one.
pub(super) type Said = (String, Option<Verdict>);

pub(super) fn whole(points: i64) -> Points {
    Points::whole(points).unwrap()
}

pub(super) fn user(number: usize) -> Person {
    person(USERS[number])
}

pub(super) fn moment(model: &Model) -> Moment {
    Moment {
        now: now() + SignedDuration::from_hours(model.hour),
        today: day(model.day()),
    }
}

pub(super) fn day(after_start: i64) -> Date {
    TODAY + Span::new().days(after_start)
}

fn number(document: usize) -> u128 {
    document as u128 + 1
}

impl Subject {
    pub(super) async fn new() -> Self {
        let bench = Bench::with_site(&format!("{SITE}{CARD}")).await;
        let mut accounts = Vec::new();
        for code in ACCOUNTS {
            accounts.push(bench.account(code).await);
        }
        let at = Moment {
            now: now(),
            today: TODAY,
        };
        Self {
            bench,
            accounts,
            at,
        }
    }

    pub(super) async fn run(&mut self, step: &Step) -> Result<Said, LedgerError> {
        let ledger = &self.bench.ledger;
        let Moment { now, today } = self.at;
        let text = match *step {
            Step::Adjust(id, change) => self.adjust(id, change).await?,
            Step::AdjustAll(id, change) => self.adjust_all(id, change).await?,
            Step::Copy(id, copy) => self.copy(id, copy).await?,
            Step::SetActive(number, account) => {
                let (person, account) = (user(number), self.accounts[account]);
                let active = ledger.set_active(&person, account, now, today);
                debug(active.await?)
            }
            Step::Grant(id, grant) => {
                let ask = LeaseAsk {
                    id: LeaseId(Uuid::from_u128(id)),
                    account: self.accounts[grant.account],
                    person: user(grant.user),
                    device: "laptop".into(),
                    points: whole(grant.points),
                    expires_at: hours_later(grant.expires),
                };
                debug(ledger.grant_lease(ask, now, today).await?)
            }
            Step::GiveBack(id) => {
                let id = LeaseId(Uuid::from_u128(id));
                debug(ledger.return_lease(id, now).await?)
            }
            Step::Edit(account, edit) => self.edit(account, edit).await?,
            Step::Archive(account, true) => {
                debug(ledger.archive_account(self.accounts[account]).await?)
            }
            Step::Archive(account, false) => {
                debug(ledger.restore_account(self.accounts[account]).await?)
            }
            Step::Expire => {
                ledger.expire_due(now).await?;
                ledger.expire_leases(now).await?;
                String::new()
            }
            // The time comes from the model.
            Step::Clock(_) => String::new(),
            Step::Reopen => {
                self.bench.ledger = self.bench.place.open().await;
                String::new()
            }
            _ => return self.run_on_document(step).await,
        };
        Ok((text, None))
    }

    async fn run_on_document(&self, step: &Step) -> Result<Said, LedgerError> {
        let ledger = &self.bench.ledger;
        let Moment { now, today } = self.at;
        let id = |document: usize| document_id(number(document));
        let text = match *step {
            Step::Submit(document) => {
                let new = new_document(number(document), USERS[owner(document)]);
                match ledger.submit(new).await? {
                    Submitted::Created => String::new(),
                    Submitted::Exists(found) => {
                        assert_eq!(found.id, id(document));
                        String::new()
                    }
                }
            }
            Step::Reserve(document, ask) => {
                let reserve = Reserve {
                    id: id(document),
                    person: user(owner(document)),
                    account: ask.account.map(|account| self.accounts[account]),
                    lease: ask.lease.map(|id| LeaseId(Uuid::from_u128(id))),
                    facts: facts(ask.pages),
                };
                let outcome = ledger.reserve(reserve, now, today).await?;
                return Ok((debug(&outcome), Some(outcome.verdict)));
            }
            Step::Reprice(document, pages) => {
                let outcome = ledger.reprice(id(document), facts(pages), now).await?;
                return Ok((debug(&outcome), Some(outcome.verdict)));
            }
            Step::Move(document, account, active) => {
                let scope = if active {
                    Scope::AndActive
                } else {
                    Scope::ThisDocument
                };
                let (person, account) = (user(owner(document)), self.accounts[account]);
                let moved =
                    ledger.change_account(id(document), &person, account, scope, now, today);
                let outcome = moved.await?;
                return Ok((debug(&outcome), Some(outcome.verdict)));
            }
            Step::Unreadable(document) => {
                let marked = ledger.mark_unreadable(id(document), "Damaged.".into(), now);
                debug(marked.await?)
            }
            Step::Delete(document) => debug(ledger.delete(id(document), now).await?),
            Step::BeginRelease(document) => {
                let nonce = Uuid::from_u128(number(document));
                let begun = ledger.begin_release(id(document), "printer".into(), nonce, now);
                debug(begun.await?)
            }
            Step::Abandon(document) => {
                let abandoned = ledger.abandon_release(id(document), "Off.".into(), now);
                debug(abandoned.await?)
            }
            Step::Settle(document, kind, sides) => {
                let settlement = match kind {
                    0 => Settlement::Printed { sides },
                    1 => Settlement::Stopped { sides },
                    _ => Settlement::Failed {
                        reason: "Jam.".into(),
                    },
                };
                debug(ledger.settle(id(document), settlement, now).await?)
            }
            _ => unreachable!("{step:?} is no document's"),
        };
        Ok((text, None))
    }

    async fn adjust(&self, id: u128, ask: steps::Change) -> Result<String, LedgerError> {
        let adjustment = Adjustment {
            account: self.accounts[ask.account],
            user: (!is_shared(ask.account)).then(|| UserId::local(USERS[ask.user])),
            change: change(ask),
            reason: "test".into(),
            by: "root".into(),
            corrects: None,
        };
        let id = Uuid::from_u128(1_000 + id);
        let adjusted = self.bench.ledger.adjust(id, adjustment, self.at.now);
        Ok(debug(adjusted.await?))
    }

    async fn adjust_all(&self, id: u128, ask: steps::Change) -> Result<String, LedgerError> {
        let adjustment = BulkAdjustment {
            account: self.accounts[ask.account],
            change: change(ask),
            reason: "test".into(),
            by: "root".into(),
        };
        let id = Uuid::from_u128(2_000 + id);
        let adjusted = self.bench.ledger.adjust_all(id, adjustment, self.at.now);
        Ok(debug(adjusted.await?))
    }

    async fn copy(&self, id: u128, copy: steps::Copy) -> Result<String, LedgerError> {
        let ask = CopyAsk {
            id: Uuid::from_u128(3_000 + id),
            person: user(copy.user),
            account: copy.account.map(|account| self.accounts[account]),
            device: "copier".into(),
            pages: facts(copy.pages).documents.concat(),
            finishing: Finishing::default(),
        };
        let copied = self.bench.ledger.copy(ask, self.at.now, self.at.today);
        Ok(debug(copied.await?))
    }

    /// Saves an account as an administrator does who loaded it a while ago.
    async fn edit(&self, account: usize, edit: Edit) -> Result<String, LedgerError> {
        let ledger = &self.bench.ledger;
        let stored = ledger.account_by_code(ACCOUNTS[account]).await?.unwrap();
        let access = match edit.only {
            None => Access::Everyone,
            Some(user) => Access::Only {
                groups: [].into(),
                users: [USERS[user].to_owned()].into(),
            },
        };
        let edited = Account {
            limit: edit.limit.0.map(whole),
            exceed_by: whole(edit.limit.1),
            enabled: edit.enabled,
            access,
            expiry: edit.expiry.map(day),
            version: stored.version.saturating_sub(edit.behind),
            ..stored
        };
        Ok(debug(ledger.save_account(edited).await?))
    }
}

fn change(ask: steps::Change) -> Change {
    let points = whole(ask.points);
    match ask.kind {
        0 => Change::Credit(points),
        1 => Change::Debit(points),
        _ => Change::SetTo(points),
    }
}

fn debug(answer: impl std::fmt::Debug) -> String {
    format!("{answer:?}")
}
