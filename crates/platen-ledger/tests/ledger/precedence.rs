//! Which refusal is given where several apply: the one that stands first in
//! `Refusal`. Each operation is spoilt in each of its ways, and in every two of
//! them at once that can go together.

mod accounts;
mod documents;

use std::future::Future;
use std::mem::discriminant;

use platen_domain::{AccountId, Barred, DocumentId, DocumentState, LeaseId, Points};
use platen_ledger::{AccountFault, LedgerError, Refusal};
use uuid::Uuid;

use crate::support::*;

/// One way in which an operation of the ask `A` is spoilt.
struct Fault<A> {
    /// Of the faults of one part only one can be there at a time.
    part: &'static str,
    spoil: Box<dyn Fn(&mut A)>,
    refusal: Refusal,
}

fn fault<A>(part: &'static str, refusal: Refusal, spoil: impl Fn(&mut A) + 'static) -> Fault<A> {
    Fault {
        part,
        spoil: Box::new(spoil),
        refusal,
    }
}

/// Any of a kind of refusal; what it names does not count.
mod any {
    use super::*;

    pub(super) const EXISTS: Refusal = Refusal::ExistsWithDifferent { what: "" };
    pub(super) const WRONG_STATE: Refusal = Refusal::WrongState(DocumentState::Deleted);
    pub(super) const UNKNOWN_DOCUMENT: Refusal = Refusal::UnknownDocument(DocumentId(Uuid::nil()));
    pub(super) const UNKNOWN_LEASE: Refusal = Refusal::UnknownLease(LeaseId(Uuid::nil()));
    pub(super) const LEASE_ENDED: Refusal = Refusal::LeaseEnded(LeaseId(Uuid::nil()));
    pub(super) const UNKNOWN_ACCOUNT: Refusal = Refusal::UnknownAccount(AccountId(Uuid::nil()));
    pub(super) const BARRED: Refusal = Refusal::Barred(Barred::NoAccess);
    pub(super) const INVALID: Refusal = Refusal::InvalidAccount(AccountFault::NoName);
    pub(super) const NOT_UNIQUE: Refusal = Refusal::NotUnique { what: "" };
    pub(super) const MISSING: Refusal = Refusal::Missing { what: "" };
    pub(super) const UNKNOWN_ACTIVITY: Refusal = Refusal::UnknownActivity(Uuid::nil());
    pub(super) const INSUFFICIENT: Refusal = Refusal::InsufficientPoints {
        available: Points::ZERO,
    };
}

/// The place of a refusal in the order of precedence.
fn place(refusal: &Refusal) -> usize {
    let order = [
        any::UNKNOWN_DOCUMENT,
        Refusal::NotYours,
        any::EXISTS,
        Refusal::Changed,
        any::WRONG_STATE,
        any::UNKNOWN_LEASE,
        any::LEASE_ENDED,
        Refusal::AccountsOff,
        any::UNKNOWN_ACCOUNT,
        any::BARRED,
        any::INVALID,
        any::NOT_UNIQUE,
        Refusal::KindInUse,
        any::MISSING,
        Refusal::SharedPool,
        Refusal::NotPositive,
        any::UNKNOWN_ACTIVITY,
        Refusal::NoRateCard,
        Refusal::TooManyPages,
        Refusal::AtLimit,
        any::INSUFFICIENT,
    ];
    let same = |other: &Refusal| discriminant(other) == discriminant(refusal);
    order.iter().position(same).unwrap()
}

/// Asks with each fault alone, with every two that can go together, and at
/// last without any.
async fn check<A, T, F>(good: &A, faults: &[Fault<A>], ask: impl Fn(A) -> F)
where
    A: Clone,
    T: std::fmt::Debug,
    F: Future<Output = Result<T, LedgerError>>,
{
    for (number, first) in faults.iter().enumerate() {
        for second in &faults[number..] {
            let alone = std::ptr::eq(first, second);
            if first.part == second.part && !alone {
                continue;
            }
            let mut asked = good.clone();
            (first.spoil)(&mut asked);
            if !alone {
                (second.spoil)(&mut asked);
            }
            let expected = [first, second]
                .map(|fault| &fault.refusal)
                .into_iter()
                .min_by_key(|refusal| place(refusal))
                .unwrap();
            let given = refusal(ask(asked).await);
            assert_eq!(
                discriminant(&given),
                discriminant(expected),
                "{:?} and {:?} at once give {given:?}",
                first.refusal,
                second.refusal
            );
        }
    }
    ask(good.clone()).await.unwrap();
}
