//! Tells the person, once for each verdict.

use std::sync::Arc;

use platen_agent::notification::Subject;
use platen_agent::{Action, Notification};
use platen_domain::{AccountId, DocumentId, Points, Verdict, judge};
use platen_ledger::{AccountView, Document, UserView};
use platen_words::fill;

use super::look::error_chain;
use super::{Client, WorkError, at};

impl Client {
    /// Shows a document's verdict and writes down that it was shown.
    ///
    /// A desktop without notifications loses nothing: the document is in the
    /// menu and the portal.
    pub(crate) async fn tell(&self, document: &Document) -> Result<(), WorkError> {
        let notification = self.verdict_notification(document).await?;
        if let Some(notification) = notification {
            self.show(&notification).await;
        }
        self.books().mark_notified(document.id, at()).await?;
        Ok(())
    }

    async fn verdict_notification(
        &self,
        document: &Document,
    ) -> Result<Option<Notification>, WorkError> {
        let words = self.words();
        if let Some(reason) = self.books().waits(document.id) {
            return Ok(Some(Notification::waits(
                words,
                document.id,
                &document.name,
                &reason,
            )));
        }
        // Unreadable, or refused by the site's policy for unreadable documents.
        if document.verdict.is_none() {
            let problem = words.told(document.reason.as_deref().unwrap_or_default());
            let (id, name) = (document.id, &document.name);
            return Ok(Some(Notification::unreadable(words, id, name, &problem)));
        }
        if document.account.is_none() {
            return Ok(Some(Notification::held(words, document.id, &document.name)));
        }
        let Some(person) = self.person() else {
            return Ok(None);
        };
        let view = self.books().view(&person, at()).await?;
        let charged = view
            .accounts
            .iter()
            .find(|one| Some(one.account.id) == document.account);
        let Some(AccountView {
            account, balance, ..
        }) = charged
        else {
            return Ok(None);
        };
        let cost = document.cost.unwrap_or(Points::ZERO);
        let others = others_that_carry(&view, document.account, cost);
        let subject = Subject {
            speech: words,
            document: document.id,
            name: &document.name,
            cost,
            account,
            balance: *balance,
            others: &others,
            // Only Linux desktops show more than one or two buttons well.
            direct_choice: cfg!(target_os = "linux"),
        };
        let notification = match document.verdict {
            Some(Verdict::Declined { .. }) => Notification::declined(&subject),
            Some(Verdict::Warning { .. }) => Notification::warning(&subject),
            Some(Verdict::Ready { crosses_low, .. }) => Notification::ready(&subject, crosses_low),
            None => return Ok(None),
        };
        Ok(Some(
            notification.map_err(platen_ledger::LedgerError::from)?,
        ))
    }

    /// A release that ended without paper.
    pub(crate) async fn tell_not_printed(&self, document: &Document, reason: &str) {
        let (words, name) = (self.words(), &document.name);
        let reason = words.told(reason);
        self.show(&Notification::not_printed(
            words,
            document.id,
            name,
            &reason,
        ))
        .await;
    }

    /// What was done here, and the print server refused.
    pub(crate) async fn tell_refused(&self, about: Option<DocumentId>, reason: &str) {
        let document = match about {
            Some(id) => self.books().document(id).await.ok().flatten(),
            None => None,
        };
        match document {
            Some(document) => {
                let (words, name) = (self.words(), &document.name);
                let shown = Notification::server_refused(words, document.id, name, reason);
                self.show(&shown).await;
            }
            None => {
                let title = self.words().notices.title_refused;
                self.tell_problem(title, reason).await;
            }
        }
    }

    /// Documents wait for somebody to sign in.
    pub(crate) async fn ask_to_sign_in(&self, waiting: usize) {
        self.show(&Notification::sign_in(self.words(), waiting))
            .await;
    }

    /// Something that concerns no document.
    pub(crate) async fn tell_problem(&self, title: &str, text: &str) {
        self.show(&Notification::problem(title, text)).await;
    }

    /// Carries out what was chosen in a notification, and tells how it went.
    /// Returns what only a window can do.
    pub(crate) async fn chosen(self: &Arc<Self>, action: Action) -> Option<Action> {
        let Action::UseAccount(document, account) = action else {
            return Some(action);
        };
        let words = self.words();
        let answered = self
            .change_account(document, account, platen_ledger::Scope::AndActive)
            .await;
        match answered {
            Ok(answered) if matches!(answered.verdict, Verdict::Declined { .. }) => {
                let sentence = words.notices.account_too_small;
                let text = fill(sentence, &[&answered.account_name]);
                self.show(&Notification::refused(words, document, &text))
                    .await;
            }
            Ok(_) => match self.books().document(document).await {
                Ok(Some(document)) => {
                    if let Err(error) = self.tell(&document).await {
                        tracing::warn!(error = %error_chain(&error), "the new verdict could not be told");
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(error = %error_chain(&error), "the new verdict could not be read")
                }
            },
            Err(error) => {
                let sentence = error.sentence(words);
                self.show(&Notification::refused(words, document, &sentence))
                    .await;
            }
        }
        None
    }

    /// Shows it; what keeps it from being shown is logged.
    pub(crate) async fn show(&self, notification: &Notification) {
        if let Err(error) = self.parts.notifier.show(notification).await {
            tracing::warn!(error = %error_chain(&error), "a notification could not be shown");
        }
    }
}

/// Other accounts that would carry a document of this cost, the emptiest first.
fn others_that_carry(
    view: &UserView,
    charged: Option<AccountId>,
    cost: Points,
) -> Vec<(AccountId, String)> {
    let mut others: Vec<_> = view
        .accounts
        .iter()
        .filter(|one| Some(one.account.id) != charged)
        .filter_map(|one| match judge(&one.account, one.balance, cost) {
            Ok(Verdict::Ready { .. }) => Some((one.standing, one)),
            // An account that would be over its limit comes after those that would not.
            Ok(Verdict::Warning { .. }) => Some((platen_domain::Standing::Over, one)),
            Ok(Verdict::Declined { .. }) | Err(_) => None,
        })
        .collect();
    others.sort_by_key(|(standing, _)| *standing);
    others
        .into_iter()
        .map(|(_, one)| (one.account.id, one.account.name.clone()))
        .collect()
}
