//! Whether a document may be printed on an account.

use crate::account::Account;
use crate::balance::{Balance, Standing, standing_at};
use crate::points::{Points, PointsError};

/// What is said about a document that wants to be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Job Ready: within the limit, or the account is unlimited.
    Ready {
        /// Used points with this document included.
        used: Points,
        /// This document takes the balance across 75 % of the limit, which is
        /// told once.
        crosses_low: bool,
    },
    /// Account Limit Warning: above the limit, within what may be exceeded.
    Warning {
        /// Used points with this document included.
        used: Points,
    },
    /// Printing Declined: nothing is charged.
    Declined {
        /// What the account could still carry; zero at least.
        available: Points,
    },
}

/// Judges a document of cost `cost` on `account` with `balance` before it.
///
/// Leased points count as spent, so that no device that is away can make the
/// account overspend.
/// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md.
pub fn judge(account: &Account, balance: Balance, cost: Points) -> Result<Verdict, PointsError> {
    let committed = balance.committed()?.plus(cost)?;
    // A document that costs nothing takes nothing, even from a full account.
    if let Some(hard) = account.hard_limit()?
        && committed > hard
        && cost > Points::ZERO
    {
        let available = balance.room(account)?.unwrap_or_default();
        return Ok(Verdict::Declined { available });
    }
    permitted(account, balance, cost)
}

/// Judges a document whose points were leased to its device beforehand: they
/// count as spent since then, so that it is never declined.
///
/// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md.
pub fn judge_leased(
    account: &Account,
    balance: Balance,
    cost: Points,
) -> Result<Verdict, PointsError> {
    permitted(account, balance, cost)
}

fn permitted(account: &Account, balance: Balance, cost: Points) -> Result<Verdict, PointsError> {
    let used = balance.used()?.plus(cost)?;
    let Some(limit) = account.limit else {
        return Ok(Verdict::Ready {
            used,
            crosses_low: false,
        });
    };
    if used > limit {
        return Ok(Verdict::Warning { used });
    }
    let before = standing_at(balance.used()?, Some(limit))?;
    let after = standing_at(used, Some(limit))?;
    Ok(Verdict::Ready {
        used,
        crosses_low: before < Standing::Low && after >= Standing::Low,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::tests::account;

    fn points(whole: i64) -> Points {
        Points::whole(whole).unwrap()
    }

    fn check(limit: Option<i64>, exceed: i64, used: i64, cost: i64) -> Verdict {
        let balance = Balance {
            posted: points(used),
            ..Balance::default()
        };
        judge(&account(limit, exceed), balance, points(cost)).unwrap()
    }

    #[test]
    fn ready_up_to_and_at_the_limit() {
        let ready = |used, crosses_low| Verdict::Ready {
            used: points(used),
            crosses_low,
        };
        assert_eq!(check(Some(50), 0, 4, 15), ready(19, false));
        assert_eq!(check(Some(50), 0, 35, 15), ready(50, true));
        assert_eq!(check(Some(50), 0, 40, 10), ready(50, false));
        assert_eq!(check(None, 0, 1_000_000, 15), ready(1_000_015, false));
    }

    #[test]
    fn warned_above_the_limit_and_declined_above_the_hard_limit() {
        assert_eq!(
            check(Some(50), 10, 45, 6),
            Verdict::Warning { used: points(51) }
        );
        assert_eq!(
            check(Some(50), 10, 45, 15),
            Verdict::Warning { used: points(60) }
        );
        assert_eq!(
            check(Some(50), 10, 45, 16),
            Verdict::Declined {
                available: points(15)
            }
        );
        assert_eq!(
            check(Some(50), 0, 50, 1),
            Verdict::Declined {
                available: points(0)
            }
        );
        assert_eq!(
            check(Some(50), 0, 70, 1),
            Verdict::Declined {
                available: points(0)
            }
        );
    }

    #[test]
    fn leased_points_count_as_spent_but_not_as_used() {
        let balance = Balance {
            posted: points(10),
            pending: Points::ZERO,
            leased: points(30),
        };
        let verdict = |cost| judge(&account(Some(50), 0), balance, points(cost)).unwrap();
        assert_eq!(
            verdict(10),
            Verdict::Ready {
                used: points(20),
                crosses_low: false
            }
        );
        assert_eq!(
            verdict(11),
            Verdict::Declined {
                available: points(10)
            }
        );
    }

    #[test]
    fn document_on_leased_points_is_never_declined() {
        let balance = Balance {
            posted: points(30),
            pending: Points::ZERO,
            leased: points(20),
        };
        let verdict = |cost| judge_leased(&account(Some(50), 0), balance, points(cost)).unwrap();
        assert_eq!(
            verdict(20),
            Verdict::Ready {
                used: points(50),
                crosses_low: true
            }
        );
        // An administrator's debit may have filled the account meanwhile.
        assert_eq!(verdict(21), Verdict::Warning { used: points(51) });
    }

    #[test]
    fn amounts_at_the_end_of_the_range_are_an_error_and_not_a_wrap() {
        let balance = Balance {
            posted: Points::MAX,
            ..Balance::default()
        };
        assert_eq!(
            judge(&account(None, 0), balance, points(1)),
            Err(PointsError::Overflow)
        );
    }
}
