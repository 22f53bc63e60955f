//! `platen status`: what is going on, for people and for scripts.

use anyhow::Result;
use serde::Serialize;

use platen_settings::Managed;
use platen_web::words::Words;
use platen_words::fill;

use crate::client::{Client, SpoolerState, sentence_of, service};
use crate::session::Session;

#[derive(Serialize)]
struct Status {
    person: Option<String>,
    user_id: Option<String>,
    note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<Server>,
    spooler: String,
    /// Settings that only an administrator changes, and the files that make them.
    managed: Vec<ManagedSetting>,
    active_account: Option<String>,
    accounts: Vec<Account>,
    documents: Vec<Document>,
}

/// How it stands with the site's server.
#[derive(Serialize)]
struct Server {
    link: &'static str,
    sentence: String,
    /// Operations that it has not confirmed.
    undelivered: usize,
    /// Points that may be used without it.
    leases: Vec<String>,
}

#[derive(Serialize)]
struct ManagedSetting {
    key: String,
    file: String,
}

#[derive(Serialize)]
struct Account {
    id: String,
    name: String,
    balance: String,
    active: bool,
    at_limit: bool,
}

#[derive(Serialize)]
struct Document {
    id: String,
    job_id: i32,
    name: String,
    state: &'static str,
    reason: Option<String>,
    account: Option<String>,
    points: Option<String>,
    charged: Option<String>,
    notified: bool,
}

/// Describes the client as it is now.
///
/// *Errors*: the books can't be read.
pub(crate) async fn status(client: &Client, session: &Session, json: bool) -> Result<String> {
    let words = client.words();
    let state = session.state().borrow().clone();
    let (view, recent) = client.recent(&state).await?;
    let accounts = view
        .as_ref()
        .map(|view| view.accounts.as_slice())
        .unwrap_or_default();
    let active = view.as_ref().and_then(|view| view.active);
    let name_of = |id| {
        accounts
            .iter()
            .find(|one| Some(one.account.id) == id)
            .map(|one| one.account.name.clone())
    };
    let mut status = Status {
        person: state.person.as_ref().map(|one| one.name.clone()),
        user_id: state.person.as_ref().map(|one| one.id.to_string()),
        note: state.sentence.clone(),
        server: client.books().link().map(|link| Server {
            link: link.name,
            sentence: link.sentence,
            undelivered: link.undelivered,
            leases: link.leases,
        }),
        spooler: match &*client.spooler_state().borrow() {
            SpoolerState::Up => words.client.spooler_up.to_owned(),
            SpoolerState::Unknown => words.client.spooler_unknown.to_owned(),
            SpoolerState::Hindered(why) => why.clone(),
            SpoolerState::Down(reason) => {
                fill(words.client.spooler_down, &[&service(words, reason)])
            }
        },
        managed: client
            .managed()
            .iter()
            .map(|one| ManagedSetting {
                key: one.key.clone(),
                file: one.file.display().to_string(),
            })
            .collect(),
        active_account: name_of(active),
        accounts: Vec::new(),
        documents: Vec::new(),
    };
    for one in accounts {
        status.accounts.push(Account {
            id: one.account.id.0.to_string(),
            name: one.account.name.clone(),
            balance: words.account_balance(&one.account, &one.balance)?,
            active: active == Some(one.account.id),
            at_limit: one.at_limit,
        });
    }
    status.documents = recent
        .iter()
        .map(|document| Document {
            id: document.id.0.to_string(),
            job_id: document.job_id,
            name: document.name.clone(),
            state: document.state.name(),
            reason: document.reason.clone(),
            account: name_of(document.account),
            points: document.cost.map(|points| points.to_string()),
            charged: document.charged().map(|points| points.to_string()),
            notified: document.notified_at.is_some(),
        })
        .collect();
    if json {
        Ok(serde_json::to_string_pretty(&status)?)
    } else {
        Ok(as_text(words, &status, client.managed()))
    }
}

fn as_text(words: &Words, status: &Status, managed: &[Managed]) -> String {
    let mut lines = vec![status.note.clone()];
    lines.extend(status.server.as_ref().map(|server| server.sentence.clone()));
    lines.push(status.spooler.clone());
    if !managed.is_empty() {
        lines.push(sentence_of(words, managed));
    }
    for account in &status.accounts {
        let mark = if account.active { "*" } else { " " };
        lines.push(format!("{mark} {}: {}", account.name, account.balance));
    }
    for document in &status.documents {
        let points = document.points.as_deref().map(|points| {
            let points = fill(words.points_many, &[points]);
            format!(", {points}")
        });
        let points = points.unwrap_or_default();
        lines.push(format!("  {} ({}{points})", document.name, document.state));
    }
    lines.join("\n")
}
