//! What is done with several accounts at once, and the switch for all clients.

use axum::response::Response;
use platen_domain::{Account, AccountId};
use platen_ledger::{LedgerError, Settings};

use super::super::fields::Fields;
use super::super::frame::Ask;
use super::super::listing::Listing;
use super::super::show;
use super::super::stop::Stop;
use super::list::NAMES;
use crate::flash::see_other_with_notice;
use crate::words::console::Fill as _;

/// What is done with each selected account.
#[derive(Clone, Copy)]
enum Deed {
    Archive,
    Restore,
    Enabled(bool),
    OnClients(bool),
}

impl Deed {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "archive" => Self::Archive,
            "restore" => Self::Restore,
            "enable" => Self::Enabled(true),
            "disable" => Self::Enabled(false),
            "show" => Self::OnClients(true),
            "hide" => Self::OnClients(false),
            _ => return None,
        })
    }

    /// The account as it should be; none if it is so already.
    fn applied(self, account: &Account) -> Option<Account> {
        let mut wanted = account.clone();
        match self {
            Self::Archive => wanted.archived = true,
            Self::Restore => wanted.archived = false,
            Self::Enabled(on) => wanted.enabled = on,
            Self::OnClients(on) => wanted.on_clients = on,
        }
        (wanted != *account).then_some(wanted)
    }
}

/// Does the same with each selected account, and says how many it was.
pub(in crate::console) async fn bulk(ask: Ask, fields: Fields) -> Result<Response, Stop> {
    let deed = Deed::read(fields.get("do")).ok_or(Stop::Unreadable)?;
    let back = Listing::read("/console/accounts", &NAMES, &fields).here();
    let w = &ask.words().accounts;
    let mut changed = 0;
    for id in fields.all("id") {
        let Ok(id) = id.parse().map(AccountId) else {
            continue;
        };
        match one(&ask, deed, id).await {
            Ok(true) => changed += 1,
            Ok(false) => {}
            // One that can't be changed ends it; those before stay changed.
            Err(LedgerError::Refused(refusal)) => {
                let why = show::refusal(ask.admin.language, &refusal);
                return Ok(see_other_with_notice(
                    &back,
                    &w.bulk_stopped.with2(changed, why),
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let notice = match changed {
        0 => w.bulk_none.to_owned(),
        1 => w.bulk_done_one.to_owned(),
        many => w.bulk_done.with(many),
    };
    Ok(see_other_with_notice(&back, &notice))
}

async fn one(ask: &Ask, deed: Deed, id: AccountId) -> Result<bool, LedgerError> {
    let Some(account) = ask.central.ledger.account(id).await? else {
        return Ok(false);
    };
    let Some(wanted) = deed.applied(&account) else {
        return Ok(false);
    };
    let (desk, now) = (ask.desk(), ask.central.now());
    match deed {
        Deed::Archive => desk.archive_account(id, now).await?,
        Deed::Restore => desk.restore_account(id, now).await?,
        Deed::Enabled(_) | Deed::OnClients(_) => desk.save_account(wanted, now).await?,
    };
    Ok(true)
}

/// *Enable on client* for the whole site. *Source*: rules.md R-9.
pub(in crate::console) async fn clients(ask: Ask, fields: Fields) -> Result<Response, Stop> {
    let on = fields.is_on("on");
    let settings = ask.central.ledger.settings().await?;
    let w = &ask.words().accounts;
    let notice = match (settings.account_management == on, on) {
        (true, _) => w.unchanged,
        (false, true) => w.clients_turned_on,
        (false, false) => w.clients_turned_off,
    };
    let edit = move |settings: &mut Settings| settings.account_management = on;
    ask.desk().edit_settings(edit, ask.central.now()).await?;
    Ok(see_other_with_notice("/console/accounts", notice))
}
