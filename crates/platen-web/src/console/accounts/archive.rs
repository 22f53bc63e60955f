//! Archiving one account, after a question, and restoring it.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use platen_domain::Account;

use super::super::frame::{Ask, Frame, Here, page};
use super::super::stop::Stop;
use super::named;
use crate::flash::see_other_with_notice;
use crate::words::console::{AccountWords, Fill as _};

#[derive(Template)]
#[template(path = "console/archive.html")]
struct ArchivePage {
    frame: Frame,
    w: &'static AccountWords,
    account: Account,
}

pub(in crate::console) async fn question(ask: Ask, id: Path<String>) -> Result<Response, Stop> {
    page(&ArchivePage {
        frame: ask.frame(Here::Accounts),
        w: &ask.words().accounts,
        account: named(&ask, &id).await?,
    })
}

/// *Source*: rules.md R-8.
pub(in crate::console) async fn archive(ask: Ask, id: Path<String>) -> Result<Response, Stop> {
    let account = named(&ask, &id).await?;
    ask.desk()
        .archive_account(account.id, ask.central.now())
        .await?;
    let notice = ask.words().accounts.archived_one.with(&account.name);
    Ok(see_other_with_notice("/console/accounts", &notice))
}

/// *Source*: rules.md R-8.
pub(in crate::console) async fn restore(ask: Ask, id: Path<String>) -> Result<Response, Stop> {
    let account = named(&ask, &id).await?;
    ask.desk()
        .restore_account(account.id, ask.central.now())
        .await?;
    let notice = ask.words().accounts.restored_one.with(&account.name);
    Ok(see_other_with_notice(&super::path(&account), &notice))
}
