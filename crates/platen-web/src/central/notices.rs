//! Tells people of the verdict on a document that the server holds, once.
//! *Source*: rules.md.

use platen_domain::{DocumentId, DocumentState, Person};
use platen_ledger::{Document, LedgerError, UserView};

use super::Central;
use super::push::Message;
use crate::Language;
use crate::words::notices::{Subject, Told};

/// Pushes the verdict on a document to its owner's browsers, unless that was
/// done before. Nothing is lost where it fails: the portal shows the same.
pub(crate) async fn tell(central: &Central, person: &Person, id: DocumentId) {
    if let Err(error) = try_to_tell(central, person, id).await {
        tracing::warn!(document.id = %id.0, %error, "a verdict could not be told");
    }
}

async fn try_to_tell(
    central: &Central,
    person: &Person,
    id: DocumentId,
) -> Result<(), LedgerError> {
    let ledger = &central.ledger;
    let Some(document) = ledger.document(id).await? else {
        return Ok(());
    };
    if document.notified_at.is_some() || !is_told_of(document.state) {
        return Ok(());
    }
    if let Some(push) = &central.means.push {
        let user = ledger.view(person, central.now(), central.today()).await?;
        let say = |language| message(&document, Some(&user), language);
        push.tell(&person.id, say).await?;
    }
    ledger.mark_notified(id, central.now()).await
}

/// Tells of a release that ended without paper; the printing does so.
///
/// *Errors*: the addresses can't be read.
pub async fn tell_not_printed(push: &super::Push, document: &Document) -> Result<(), LedgerError> {
    push.tell(&document.user, |language| message(document, None, language))
        .await
}

fn is_told_of(state: DocumentState) -> bool {
    matches!(
        state,
        DocumentState::Held | DocumentState::Canceled | DocumentState::Unreadable
    )
}

fn message(document: &Document, user: Option<&UserView>, language: Language) -> Option<Message> {
    let view = user.and_then(|user| {
        let mut accounts = user.accounts.iter();
        accounts.find(|one| Some(one.account.id) == document.account)
    });
    let subject = Subject {
        document,
        account: view,
    };
    let told = Told::of(&subject)?;
    let (title, body) = language.notice(&subject, told);
    Some(Message {
        title,
        body,
        tag: told.tag().to_owned(),
        url: format!("/?document={}", document.id.0),
        urgent: told.is_urgent(),
    })
}
