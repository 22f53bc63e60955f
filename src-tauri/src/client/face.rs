//! What the tray shows, from what the ledger and the print system say.

use platen_agent::menu::{AccountLine, Content, DocumentLine, Update, Who, menu};
use platen_agent::{Look, Menu};
use platen_domain::{DocumentState, PointsError};
use platen_ledger::{Document, UserView};
use platen_web::words::Words;
use platen_words::{ENGLISH, fill};

use super::SpoolerState;
use crate::session::{SessionKind, SessionState};

/// What the menu offers beside accounts and documents.
#[derive(Clone, Debug)]
pub(crate) struct Offers {
    /// A newer version.
    pub(crate) update: Update,
    /// To end the program.
    pub(crate) may_quit: bool,
}

/// Builds icon, tooltip and menu.
///
/// *Errors*: [`PointsError`] for balances beyond the range.
/// *Source*: rules.md.
pub(crate) fn face(
    words: &Words,
    session: &SessionState,
    spooler: &SpoolerState,
    (view, recent): (Option<&UserView>, &[Document]),
    offers: Offers,
) -> Result<(Look, Menu), PointsError> {
    let who = match (&session.kind, &session.person) {
        (SessionKind::Local, Some(person)) => Who::Local(person.name.clone()),
        (SessionKind::OpenId, Some(person)) => Who::SignedIn {
            name: person.name.clone(),
            note: session.note.clone(),
        },
        (_, None) => Who::SignedOut {
            note: session.note.clone(),
        },
    };
    let mut accounts = Vec::new();
    for one in view
        .map(|view| view.accounts.as_slice())
        .unwrap_or_default()
    {
        accounts.push(AccountLine {
            id: one.account.id,
            name: one.account.name.clone(),
            balance: words.account_balance(&one.account, &one.balance)?,
            at_limit: one.at_limit,
            active: view.and_then(|view| view.active) == Some(one.account.id),
        });
    }
    let problem = match spooler {
        SpoolerState::Down(reason) => {
            let reason = service(words, reason);
            Some(fill(words.menu.printing_unavailable, &[&reason]))
        }
        SpoolerState::Hindered(why) => Some(why.clone()),
        SpoolerState::Up | SpoolerState::Unknown => None,
    };
    let look = match (&problem, &who, view.and_then(UserView::active_account)) {
        (Some(problem), ..) => Look::away(problem),
        (None, Who::SignedOut { note }, _) => {
            Look::away(note.as_deref().unwrap_or(words.menu.tooltip_signed_out))
        }
        (None, _, None) => Look::no_account(words),
        (None, _, Some(active)) => {
            let balance = words.account_balance(&active.account, &active.balance)?;
            let mut look = Look::of_account(words, &active.account.name, &balance, active.standing);
            if let Who::SignedIn {
                note: Some(note), ..
            } = &who
            {
                look.tooltip = format!("{} ({note})", look.tooltip);
            }
            look
        }
    };
    let documents = recent
        .iter()
        .map(|document| line(words, document))
        .collect();
    Ok((
        look,
        menu(
            words,
            &Content {
                who,
                accounts,
                documents,
                problem,
                update: offers.update,
                may_quit: offers.may_quit,
            },
        ),
    ))
}

fn line(words: &Words, document: &Document) -> DocumentLine {
    let waits = document.state == DocumentState::Submitted && document.reason.is_some();
    let state = if waits {
        words.state_waits
    } else {
        words.state(&document.state)
    };
    let status = match document.charged().or(document.cost) {
        Some(points) => format!("{}, {state}", words.points(&points)),
        None => state.to_owned(),
    };
    DocumentLine {
        id: document.id,
        name: document.name.clone(),
        status,
    }
}

/// Why the print system is away, in the person's language where it is known there.
pub(crate) fn service(words: &Words, reason: &str) -> String {
    let (english, said) = (&ENGLISH.client, &words.client);
    let known = if reason == english.service_unreachable {
        said.service_unreachable
    } else if reason == english.service_interrupted {
        said.service_interrupted
    } else if reason.starts_with("the print service did not answer within") {
        said.service_silent
    } else {
        reason
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use platen_spooler::SpoolerError;
    use platen_web::words::GERMAN;

    use super::*;

    #[test]
    fn absence_of_the_print_system_is_told_in_german() {
        let error = std::io::Error::from(std::io::ErrorKind::NotFound);
        for (error, said) in [
            (
                SpoolerError::Unreachable(error),
                "der Druckdienst ist nicht erreichbar",
            ),
            (
                SpoolerError::Deadline(Duration::from_secs(2)),
                "der Druckdienst hat nicht rechtzeitig geantwortet",
            ),
            (SpoolerError::Malformed("x"), "x"),
        ] {
            let told = service(&GERMAN, &error.to_string());
            assert!(told.ends_with(said), "{told}");
        }
    }
}
