//! Who has access to which accounts, without asking each account: a site may have
//! hundreds of them, and thousands of people who look at the same moment.
//! *Source*: rules.md R-6.

use std::collections::HashMap;
use std::sync::Arc;

use platen_domain::{Access, Account, Person};

/// The accounts of a site by those who have access to them.
pub(super) struct Reach {
    /// In the order in which they are given.
    accounts: Vec<Arc<Account>>,
    everybody: Vec<usize>,
    by_group: HashMap<String, Vec<usize>>,
    /// By login or user identifier.
    by_user: HashMap<String, Vec<usize>>,
}

impl Reach {
    pub(super) fn new(accounts: Vec<Arc<Account>>) -> Self {
        let mut everybody = Vec::new();
        let mut by_group: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_user: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, account) in accounts.iter().enumerate() {
            match &account.access {
                Access::Everyone => everybody.push(place),
                Access::Only { groups, users } => {
                    for group in groups {
                        by_group.entry(group.clone()).or_default().push(place);
                    }
                    for user in users {
                        by_user.entry(user.clone()).or_default().push(place);
                    }
                }
            }
        }
        Self {
            accounts,
            everybody,
            by_group,
            by_user,
        }
    }

    /// The accounts whose access includes a person, each once.
    pub(super) fn of(&self, person: &Person) -> Vec<Arc<Account>> {
        let groups = person.groups.iter();
        let of_groups = groups.filter_map(|group| self.by_group.get(group));
        let names = [person.login.as_str(), person.id.as_str()];
        let of_names = names.iter().filter_map(|name| self.by_user.get(*name));
        let mut places = self.everybody.clone();
        places.extend(of_groups.chain(of_names).flatten());
        places.sort_unstable();
        places.dedup();
        let accounts = places.into_iter();
        accounts
            .map(|place| Arc::clone(&self.accounts[place]))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use platen_domain::{AccountId, Kind, Points, UserId};
    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    /// Few names, so that they meet; a group may be called what a user is.
    fn names() -> impl Strategy<Value = BTreeSet<String>> {
        btree_set("[a-d]|local#[ab]", 0..3)
    }

    fn access() -> impl Strategy<Value = Access> {
        let only = (names(), names()).prop_map(|(groups, users)| Access::Only { groups, users });
        prop_oneof![1 => Just(Access::Everyone), 4 => only]
    }

    fn person() -> impl Strategy<Value = Person> {
        ("[ab]", "[a-d]", names()).prop_map(|(id, login, groups)| Person {
            id: UserId::local(&id),
            name: String::new(),
            login,
            groups,
        })
    }

    fn account((number, access): (usize, Access)) -> Arc<Account> {
        Arc::new(Account {
            id: AccountId(Uuid::from_u128(number as u128)),
            name: String::new(),
            code: String::new(),
            enabled: true,
            start: None,
            expiry: None,
            kind: Kind::Shared,
            limit: None,
            exceed_by: Points::ZERO,
            access,
            on_clients: true,
            archived: false,
            version: 0,
        })
    }

    proptest! {
        #[test]
        fn everybody_reaches_what_gives_him_access_in_the_order_given(
            accesses in vec(access(), 0..12),
            person in person(),
        ) {
            let accounts: Vec<_> = accesses.into_iter().enumerate().map(account).collect();
            let asked = accounts.iter().filter(|one| one.access.includes(&person));
            let asked: Vec<_> = asked.cloned().collect();
            prop_assert_eq!(Reach::new(accounts.clone()).of(&person), asked);
        }
    }
}
