//! Everything that the ledger says must be what the model adds up.

use std::collections::BTreeSet;

use platen_ledger::{ActivityFilter, ActivityKind, LeaseFilter};

use super::naive::{ACCOUNTS, Model, Posting, USERS, holder, owner};
use super::subject::{Subject, user, whole};

impl Subject {
    pub(super) async fn compare(&self, model: &Model) {
        assert_eq!(model.overspent(), None, "R-17");
        self.compare_accounts(model).await;
        self.compare_documents(model).await;
        self.compare_balances(model).await;
        self.compare_activities(model).await;
        for number in 0..USERS.len() {
            self.compare_view(model, number).await;
        }
        let verified = self.bench.ledger.verify().await.unwrap();
        assert_eq!(verified.activities, model.postings.len() as u64);
    }

    async fn compare_accounts(&self, model: &Model) {
        let stored = self.bench.ledger.accounts().await.unwrap();
        assert_eq!(stored.len(), ACCOUNTS.len());
        for (stored, account) in stored.iter().zip(&model.accounts) {
            assert_eq!(stored.version, account.version);
            assert_eq!(stored.archived, account.archived);
            assert_eq!(stored.limit, account.limit.map(whole));
        }
    }

    async fn compare_documents(&self, model: &Model) {
        for (document, paper) in &model.papers {
            let stored = self.bench.document(*document as u128 + 1).await;
            assert_eq!(stored.state, paper.state, "document {document}");
            assert_eq!(stored.verdict, paper.verdict);
            assert_eq!(stored.cost, paper.cost.map(whole));
            assert_eq!(
                stored.account,
                paper.account.map(|account| self.accounts[account])
            );
            let lease = stored.lease.map(|id| id.0.as_u128());
            assert_eq!(lease, paper.lease);
            let charged = |posting: &&Posting| posting.document == Some(*document);
            let charged = model.postings.iter().filter(charged);
            let charged = charged.map(|posting| posting.points).sum();
            assert_eq!(stored.charged().unwrap_or_default(), whole(charged));
        }
        let leases = self.bench.ledger.leases(LeaseFilter::default());
        let leases = leases.await.unwrap();
        assert_eq!(leases.len(), model.leases.len());
        for stored in leases {
            let lease = &model.leases[&stored.id.0.as_u128()];
            assert_eq!(stored.state, lease.state);
            assert_eq!(
                (stored.granted, stored.drawn),
                (whole(lease.granted), whole(lease.drawn))
            );
        }
    }

    async fn compare_balances(&self, model: &Model) {
        let stored = self.bench.ledger.balances(None).await.unwrap();
        // A balance that was only looked at may be stored as nothing.
        assert!(stored.len() <= Model::balances().count());
        for (account, of) in Model::balances() {
            let of_user = USERS.get(of).map(|name| platen_domain::UserId::local(name));
            let row = stored
                .iter()
                .find(|row| row.account == self.accounts[account] && row.holder == of_user);
            let balance = row.map(|row| row.balance).unwrap_or_default();
            assert_eq!(balance.posted, whole(model.posted(account, of)));
            assert_eq!(balance.pending, whole(model.pending(account, of)));
            assert_eq!(balance.leased, whole(model.leased(account, of)));
        }
    }

    /// No point appears or vanishes but by an activity that was asked for, and
    /// no document is charged twice.
    async fn compare_activities(&self, model: &Model) {
        let all = ActivityFilter {
            limit: 1_000,
            ..ActivityFilter::default()
        };
        let mut activities = self.bench.ledger.activities(all).await.unwrap();
        activities.reverse();
        let mut charged = BTreeSet::new();
        assert_eq!(activities.len(), model.postings.len());
        for (activity, posting) in activities.iter().zip(&model.postings) {
            assert_eq!(activity.account, self.accounts[posting.account]);
            assert_eq!(activity.kind, posting.kind);
            assert_eq!(activity.points, whole(posting.points));
            if let Some(document) = activity.document {
                let kind = matches!(activity.kind, ActivityKind::Print);
                assert!(charged.insert((document, kind)), "charged twice");
            }
        }
    }

    async fn compare_view(&self, model: &Model, number: usize) {
        let (person, at) = (user(number), self.at);
        let view = self.bench.ledger.view(&person, at.now, at.today);
        let view = view.await.unwrap();
        let codes: Vec<_> = view
            .accounts
            .iter()
            .map(|view| &view.account.code)
            .collect();
        let usable = model.usable_accounts(number);
        let expected: Vec<_> = usable.iter().map(|account| ACCOUNTS[*account]).collect();
        assert_eq!(codes, expected, "accounts of {}", person.login);
        let active = model.active_account(number);
        let active = active.map(|account| self.accounts[account]);
        assert_eq!(view.active, active, "active account of {}", person.login);
        for (view, account) in view.accounts.iter().zip(usable) {
            let of = holder(account, number);
            let committed = whole(model.committed(account, of));
            assert_eq!(view.balance.committed().unwrap(), committed);
            let asked = Some(view.account.id);
            let copy = self.bench.ledger.may_copy(&person, asked, at.now, at.today);
            let full = model.room(account, of) == Some(0);
            assert_eq!(copy.await.unwrap().allowed, !full, "R-24");
        }
        let open = model
            .papers
            .iter()
            .filter(|(document, paper)| owner(**document) == number && paper.state.is_open())
            .count();
        assert_eq!(view.documents.len(), open);
    }
}
