//! Whom a batch concerns.

use std::collections::BTreeSet;

use super::WorkingSet;
use crate::news::News;

impl WorkingSet {
    /// What the changes mean to those who look on.
    pub(crate) fn news(&self) -> News {
        let (mut people, mut accounts) = (BTreeSet::new(), BTreeSet::new());
        for (stored, person) in self.people.changed() {
            // That somebody was seen is no news.
            if stored.is_none_or(|stored| !stored.is_like(person)) {
                people.insert(person.person.id.clone());
            }
        }
        for (stored, session) in self.sessions.changed() {
            let was_open = stored.is_some_and(|stored| stored.session.ended_at.is_none());
            if was_open && session.session.ended_at.is_some() {
                people.insert(session.session.person.id.clone());
            }
        }
        // What a device delivered is in its person's view.
        let devices = self.devices.changed();
        people.extend(devices.map(|(_, device)| device.user.clone()));
        let documents = self.documents.changed();
        people.extend(documents.map(|(_, record)| record.document.user.clone()));
        let leases = self.leases.changed();
        people.extend(leases.map(|(_, record)| record.lease.user.clone()));
        for (_, balance) in self.balances.changed() {
            match balance.holder.user() {
                Some(user) => _ = people.insert(user),
                None => _ = accounts.insert(balance.account),
            }
        }
        let mut site = false;
        for change in &self.site_changes {
            match change.people() {
                Some(concerned) => people.extend(concerned.iter().cloned()),
                None => site = true,
            }
        }
        News::new(people, accounts, site)
    }
}
