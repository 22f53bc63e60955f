//! What the tray shows, from what the ledger and the print system say.

use platen_agent::menu::{AccountLine, Content, DocumentLine, Who, menu};
use platen_agent::{Look, Menu};
use platen_domain::{DocumentState, PointsError};
use platen_ledger::{Document, UserView};

use super::SpoolerState;
use crate::session::{SessionKind, SessionState};

/// Builds icon, tooltip and menu.
///
/// *Errors*: [`PointsError`] for balances beyond the range.
/// *Source*: rules.md.
pub(crate) fn face(
    session: &SessionState,
    spooler: &SpoolerState,
    view: Option<&UserView>,
    recent: &[Document],
    may_quit: bool,
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
            balance: one.balance.text(&one.account)?,
            at_limit: one.at_limit,
            active: view.and_then(|view| view.active) == Some(one.account.id),
        });
    }
    let problem = match spooler {
        SpoolerState::Down(reason) => Some(format!("Printing is unavailable: {reason}")),
        SpoolerState::Hindered(why) => Some(why.clone()),
        SpoolerState::Up | SpoolerState::Unknown => None,
    };
    let look = match (&problem, &who, view.and_then(UserView::active_account)) {
        (Some(problem), ..) => Look::away(problem),
        (None, Who::SignedOut { note }, _) => {
            Look::away(note.as_deref().unwrap_or("not signed in"))
        }
        (None, _, None) => Look::no_account(),
        (None, _, Some(active)) => {
            let balance = active.balance.text(&active.account)?;
            let mut look = Look::of_account(&active.account.name, &balance, active.standing);
            if let Who::SignedIn {
                note: Some(note), ..
            } = &who
            {
                look.tooltip = format!("{} ({note})", look.tooltip);
            }
            look
        }
    };
    let documents = recent.iter().map(line).collect();
    Ok((
        look,
        menu(&Content {
            who,
            accounts,
            documents,
            problem,
            may_quit,
        }),
    ))
}

fn line(document: &Document) -> DocumentLine {
    let waits = document.state == DocumentState::Submitted && document.reason.is_some();
    let state = if waits {
        "Waiting"
    } else {
        document.state.label()
    };
    let status = match document.charged().or(document.cost) {
        Some(points) => format!("{points} points, {state}"),
        None => state.to_owned(),
    };
    DocumentLine {
        id: document.id,
        name: document.name.clone(),
        status,
    }
}
