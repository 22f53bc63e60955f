//! Copies: asked for beforehand, posted afterwards. *Source*: rules.md R-24.

use platen_domain::price::price_copy;
use platen_domain::{AccountId, Balance, Barred, Person};

use super::access::{notice, remember_active, rights, view_account};
use super::once::{done_before, fingerprint, is_free};
use super::reserve::card;
use super::{Moment, check_given};
use crate::activity::ActivityKind;
use crate::codec;
use crate::copy::{Copied, CopyAsk, MayCopy};
use crate::document::Facts;
use crate::error::{LedgerError, Refusal};
use crate::store::{Holder, NewActivity, Operation, Result, Tx};

/// Whether a device may begin to copy: while the account is not at its hard
/// limit. *Source*: rules.md.
pub(crate) fn may_copy(
    tx: Tx<'_>,
    person: &Person,
    account: Option<AccountId>,
    moment: Moment,
) -> Result<MayCopy> {
    let rights = rights(tx, person, moment)?;
    if !rights.settings.account_management {
        return Ok(MayCopy {
            allowed: true,
            account: None,
        });
    }
    let account = match account {
        Some(id) => Some(rights.allowed(tx, id)?),
        None => rights.active(tx)?,
    };
    let view = account
        .map(|account| view_account(tx, &rights, account))
        .transpose()?;
    Ok(MayCopy {
        allowed: view.as_ref().is_some_and(|view| !view.at_limit),
        account: view,
    })
}

/// Posts a copy that was made, above the limit as well: one under way is never
/// cut. Asked again with the same content it answers with the same activity.
///
/// *Source*: rules.md.
pub(crate) fn copy(tx: Tx<'_>, ask: &CopyAsk, moment: Moment) -> Result<Copied> {
    let facts = Facts {
        documents: vec![ask.pages.clone()],
        finishing: ask.finishing.clone(),
        ..Facts::default()
    };
    let request = request(ask, &facts)?;
    if let Some(done) = done_before(tx, ask.id, &request)? {
        return answer_again(tx, &done);
    }
    is_free(tx, ask.id)?;
    let rights = notice(tx, &ask.person, moment)?;
    let mut done = Operation {
        id: ask.id,
        request,
        answer: FREE.to_owned(),
        made_at: moment.now,
        ends_at: None,
    };
    if !rights.settings.account_management {
        tx.put_operation(done)?;
        return Ok(free());
    }
    let account = match ask.account {
        Some(id) => rights.allowed(tx, id)?,
        None => rights
            .active(tx)?
            .ok_or(Refusal::Barred(Barred::NoAccess))?,
    };
    check_given(&ask.device, "device")?;
    let card = card(tx)?;
    if facts.page_count() > Facts::MAX_PAGES {
        return Err(Refusal::TooManyPages.into());
    }
    let receipt = price_copy(&card, &facts.pages(), &facts.finishing)?;
    let holder = Holder::of(&account, &ask.person.id);
    let activity = tx.post(NewActivity {
        id: ask.id,
        account: account.id,
        holder: &holder,
        kind: ActivityKind::Copy,
        points: receipt.total,
        user: Some(ask.person.id.clone()),
        document: None,
        change: None,
        reason: ask.device.clone(),
        by: ask.person.id.as_str().to_owned(),
        corrects: None,
        card_version: Some(card.version),
        at: moment.now,
    })?;
    CHARGED.clone_into(&mut done.answer);
    tx.put_operation(done)?;
    remember_active(tx, &rights, account.id)?;
    let balance = tx.balance(account.id, &holder)?;
    // A balance that nothing could be judged against any more is refused now.
    balance.committed()?;
    Ok(Copied {
        activity: Some(activity),
        balance,
    })
}

/// Stored answers.
const FREE: &str = "free";
const CHARGED: &str = "charged";

fn free() -> Copied {
    Copied {
        activity: None,
        balance: Balance::default(),
    }
}

fn answer_again(tx: Tx<'_>, done: &Operation) -> Result<Copied> {
    if done.answer == FREE {
        return Ok(free());
    }
    let activity = tx
        .activity(done.id)?
        .ok_or_else(|| LedgerError::corrupt("the activity of a copy is missing"))?;
    let holder = Holder::of_activity(&activity);
    Ok(Copied {
        balance: tx.balance(activity.account, &holder)?,
        activity: Some(activity),
    })
}

fn request(ask: &CopyAsk, facts: &Facts) -> Result<[u8; 32]> {
    let account = ask.account.map(|id| id.0);
    let text = codec::to_text(&(
        CHARGED,
        ask.person.id.as_str(),
        account,
        &ask.device,
        codec::facts_to_text(facts)?,
    ))?;
    Ok(fingerprint(&text))
}
