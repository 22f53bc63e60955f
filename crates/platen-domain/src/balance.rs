//! Balances and how they are shown.

use crate::account::Account;
use crate::points::{Points, PointsError};

/// What has been spent of one allocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Balance {
    /// Printed, copied, adjusted. May be negative after a credit.
    pub posted: Points,
    /// Documents submitted and not yet released or deleted.
    pub pending: Points,
    /// Leased to devices for use without network.
    pub leased: Points,
}

/// How full a balance is; colour is never the only sign. *Source*: rules.md R-27.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// No limit.
    Unlimited,
    /// Below 75 % of the limit: green.
    Good,
    /// At 75 % of the limit or above: orange.
    Low,
    /// Above the limit: red.
    Over,
}

impl Standing {
    /// The word that goes with the colour.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unlimited => "Unlimited",
            Self::Good => "Good",
            Self::Low => "Running low",
            Self::Over => "Over limit",
        }
    }
}

impl Balance {
    /// posted + pending.
    ///
    /// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md R-5.
    pub fn used(&self) -> Result<Points, PointsError> {
        self.posted.plus(self.pending)
    }

    /// posted + pending + leased: what R-17 holds against the hard limit.
    ///
    /// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md.
    pub fn committed(&self) -> Result<Points, PointsError> {
        self.used()?.plus(self.leased)
    }

    /// limit − used; negative once the limit is exceeded; none when unlimited.
    ///
    /// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md R-5.
    pub fn remaining(&self, account: &Account) -> Result<Option<Points>, PointsError> {
        let used = self.used()?;
        account.limit.map(|limit| limit.minus(used)).transpose()
    }

    /// What a person reads: `19/50 points used`, or `50 points` when unlimited.
    ///
    /// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md R-4.
    pub fn text(&self, account: &Account) -> Result<String, PointsError> {
        let used = self.used()?;
        Ok(match account.limit {
            Some(limit) => format!("{used}/{limit} points used"),
            None if used.hundredths() == 100 => "1 point".to_owned(),
            None => format!("{used} points"),
        })
    }

    /// How full the balance is.
    ///
    /// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md R-27.
    pub fn standing(&self, account: &Account) -> Result<Standing, PointsError> {
        standing_at(self.used()?, account.limit)
    }

    /// hard limit − committed, zero at least: what may still be taken from the
    /// account; none when unlimited.
    ///
    /// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md.
    pub fn room(&self, account: &Account) -> Result<Option<Points>, PointsError> {
        let committed = self.committed()?;
        account
            .hard_limit()?
            .map(|hard| Ok(hard.minus(committed)?.max(Points::ZERO)))
            .transpose()
    }

    /// Whether the account can still carry anything; accounts at their limit
    /// (their hard limit where exceeding is allowed) are shown but disabled.
    ///
    /// *Errors*: [`PointsError::Overflow`]. *Source*: rules.md R-25.
    pub fn at_limit(&self, account: &Account) -> Result<bool, PointsError> {
        let committed = self.committed()?;
        Ok(account.hard_limit()?.is_some_and(|hard| committed >= hard))
    }
}

pub(crate) fn standing_at(used: Points, limit: Option<Points>) -> Result<Standing, PointsError> {
    let Some(limit) = limit else {
        return Ok(Standing::Unlimited);
    };
    // used ≥ 75 % of limit, in whole numbers: 4 × used ≥ 3 × limit.
    let low = i128::from(used.hundredths()) * 4 >= i128::from(limit.hundredths()) * 3;
    Ok(if used > limit {
        Standing::Over
    } else if low {
        Standing::Low
    } else {
        Standing::Good
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::tests::account;

    fn points(whole: i64) -> Points {
        Points::whole(whole).unwrap()
    }

    #[test]
    fn worked_example_of_the_rules() {
        let account = account(Some(50), 0);
        let before = Balance {
            posted: points(4),
            pending: points(15),
            leased: Points::ZERO,
        };
        assert_eq!(before.text(&account).unwrap(), "19/50 points used");
        assert_eq!(before.remaining(&account).unwrap(), Some(points(31)));
        let after = Balance {
            pending: Points::ZERO,
            ..before
        };
        assert_eq!(after.text(&account).unwrap(), "4/50 points used");
    }

    #[test]
    fn unlimited_balance_shows_used_points_alone() {
        let balance = Balance {
            posted: points(50),
            ..Balance::default()
        };
        assert_eq!(balance.text(&account(None, 0)).unwrap(), "50 points");
        let one = Balance {
            posted: points(1),
            ..Balance::default()
        };
        assert_eq!(one.text(&account(None, 0)).unwrap(), "1 point");
        assert_eq!(
            balance.standing(&account(None, 0)).unwrap(),
            Standing::Unlimited
        );
        assert!(!balance.at_limit(&account(None, 0)).unwrap());
    }

    #[test]
    fn standing_turns_at_three_quarters_and_above_the_limit() {
        let cases = [
            (74, Standing::Good),
            (75, Standing::Low),
            (100, Standing::Low),
            (101, Standing::Over),
        ];
        for (used, standing) in cases {
            let balance = Balance {
                posted: points(used),
                ..Balance::default()
            };
            assert_eq!(
                balance.standing(&account(Some(100), 50)).unwrap(),
                standing,
                "{used}"
            );
        }
    }

    #[test]
    fn room_is_what_the_hard_limit_leaves_beside_leases() {
        let balance = |posted| Balance {
            posted: points(posted),
            pending: points(10),
            leased: points(5),
        };
        let room = |posted| balance(posted).room(&account(Some(100), 10)).unwrap();
        assert_eq!(room(90), Some(points(5)));
        assert_eq!(room(200), Some(Points::ZERO));
        assert_eq!(balance(0).room(&account(None, 0)).unwrap(), None);
    }

    #[test]
    fn account_is_at_its_limit_only_at_the_hard_limit() {
        let balance = |used| Balance {
            posted: points(used),
            ..Balance::default()
        };
        assert!(!balance(109).at_limit(&account(Some(100), 10)).unwrap());
        assert!(balance(110).at_limit(&account(Some(100), 10)).unwrap());
        assert!(balance(100).at_limit(&account(Some(100), 0)).unwrap());
    }
}
