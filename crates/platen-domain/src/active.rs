//! Which account the next document is charged to.

use crate::account::{Account, AccountId};

/// Chooses the active account among those the person may use: the last one
/// chosen or charged if it is still there, else the alphabetically first.
///
/// *Source*: rules.md R-25. The grace period of R-26 is applied by the caller,
/// who leaves a lost account in `usable` while it lasts.
pub fn choose<'a>(
    usable: impl IntoIterator<Item = &'a Account>,
    last: Option<AccountId>,
) -> Option<&'a Account> {
    let mut first: Option<&Account> = None;
    for account in usable {
        if Some(account.id) == last {
            return Some(account);
        }
        if first.is_none_or(|first| order_key(account) < order_key(first)) {
            first = Some(account);
        }
    }
    first
}

/// The alphabetical order in which people see accounts.
#[must_use]
pub fn order_key(account: &Account) -> (String, &str) {
    (account.name.to_lowercase(), account.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::tests::account;
    use uuid::Uuid;

    #[test]
    fn last_account_wins_while_usable_and_the_alphabet_decides_otherwise() {
        let named = |number: u128, name: &str| Account {
            id: AccountId(Uuid::from_u128(number)),
            name: name.into(),
            ..account(None, 0)
        };
        let accounts = [
            named(1, "Research"),
            named(2, "biology"),
            named(3, "Chemistry"),
        ];
        let chosen = |last: Option<u128>| {
            choose(&accounts, last.map(|last| AccountId(Uuid::from_u128(last))))
                .unwrap()
                .id
                .0
                .as_u128()
        };
        assert_eq!(chosen(None), 2);
        assert_eq!(chosen(Some(3)), 3);
        assert_eq!(chosen(Some(9)), 2);
        assert!(choose(&[], None).is_none());
    }
}
