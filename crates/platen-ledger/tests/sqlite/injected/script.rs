//! A short script of operations, each kind once, and the whole of what a ledger
//! says afterwards as a text, so that two ledgers can be compared.

use std::fmt::Write;

use platen_domain::{Finishing, LeaseId, UserId};
use platen_ledger::{
    ActivityFilter, Adjustment, BulkAdjustment, Change, CopyAsk, LeaseAsk, LeaseFilter, Ledger,
    LedgerError, Reserve, Scope, Settlement,
};
use uuid::Uuid;

use crate::support::*;

/// How many steps the script has.
pub(crate) const STEPS: usize = 24;

const LEASE: LeaseId = LeaseId(Uuid::from_u128(200));
const SHORT_LEASE: LeaseId = LeaseId(Uuid::from_u128(201));

/// Does one step; asked again it changes nothing more. Gives the answer's text.
pub(crate) async fn run(ledger: &Ledger, step: usize) -> Result<String, LedgerError> {
    match step {
        0 | 3 | 8 | 15 => {
            let number = [0, 3, 8, 15].iter().position(|other| *other == step);
            let new = new_document(number.unwrap() as u128 + 1, "alice");
            Ok(debug(ledger.submit(new).await?))
        }
        1 => reserve(ledger, 1, Some("quota"), 10).await,
        2 => adjust(ledger, 100, "research", None, Change::Debit(points("3.5"))).await,
        4 => reserve(ledger, 2, Some("quota"), 51).await,
        7 => {
            // Two sides more than its document has.
            let printed = Settlement::Printed { sides: 12 };
            Ok(debug(ledger.settle(document_id(1), printed, now()).await?))
        }
        9 => reserve(ledger, 3, Some("department"), 4).await,
        10 => Ok(debug(
            ledger.reprice(document_id(3), facts(25), now()).await?,
        )),
        11 => Ok(debug(ledger.delete(document_id(3), now()).await?)),
        13 => {
            let change = Change::SetTo(points("-2"));
            adjust(ledger, 101, "quota", Some("alice"), change).await
        }
        14 => grant(ledger, LEASE, 48).await,
        16 => reserve(ledger, 4, None, 6).await,
        17 => grant(ledger, SHORT_LEASE, 1).await,
        18 => Ok(debug(ledger.return_lease(LEASE, now()).await?)),
        // Asked again it has nothing left to end; the picture shows the rest.
        19 => {
            ledger.expire_leases(hours_later(2)).await?;
            Ok(String::new())
        }
        _ => run_more(ledger, step).await,
    }
}

async fn run_more(ledger: &Ledger, step: usize) -> Result<String, LedgerError> {
    let alice = person("alice");
    let nonce = Uuid::from_u128(77);
    Ok(match step {
        5 => {
            let research = account(ledger, "research").await;
            let scope = Scope::AndActive;
            let moved =
                ledger.change_account(document_id(2), &alice, research, scope, now(), TODAY);
            debug(moved.await?)
        }
        6 | 20 => {
            let document = document_id(if step == 6 { 1 } else { 2 });
            let begun = ledger.begin_release(document, "printer".into(), nonce, now());
            debug(begun.await?)
        }
        21 => {
            let ask = CopyAsk {
                id: Uuid::from_u128(300),
                person: alice,
                account: Some(account(ledger, "department").await),
                device: "copier".into(),
                pages: facts(3).documents.concat(),
                finishing: Finishing::default(),
            };
            debug(ledger.copy(ask, now(), TODAY).await?)
        }
        22 => {
            let adjustment = BulkAdjustment {
                account: account(ledger, "quota").await,
                change: Change::Credit(points("1")),
                reason: "test".into(),
                by: "root".into(),
            };
            let id = Uuid::from_u128(301);
            debug(ledger.adjust_all(id, adjustment, now()).await?)
        }
        12 => {
            let quota = account(ledger, "quota").await;
            debug(ledger.set_active(&alice, quota, now(), TODAY).await?)
        }
        _ => {
            let abandoned = ledger.abandon_release(document_id(2), "Off.".into(), now());
            debug(abandoned.await?)
        }
    })
}

async fn grant(ledger: &Ledger, id: LeaseId, hours: i64) -> Result<String, LedgerError> {
    let ask = LeaseAsk {
        id,
        account: account(ledger, "quota").await,
        person: person("alice"),
        device: "laptop".into(),
        points: points("8"),
        expires_at: hours_later(hours),
    };
    Ok(debug(ledger.grant_lease(ask, now(), TODAY).await?))
}

/// Everything that the ledger says, hashes included.
pub(crate) async fn picture(ledger: &Ledger) -> String {
    let mut text = String::new();
    let mut add = |part: String| writeln!(text, "{part}").unwrap();
    add(debug(ledger.verify().await.unwrap()));
    add(debug(ledger.accounts().await.unwrap()));
    add(debug(ledger.balances(None).await.unwrap()));
    let all = ActivityFilter::default();
    add(debug(ledger.activities(all).await.unwrap()));
    let leases = LeaseFilter::default();
    add(debug(ledger.leases(leases).await.unwrap()));
    for number in 1..=4 {
        add(debug(ledger.document(document_id(number)).await.unwrap()));
    }
    let alice = person("alice");
    add(debug(ledger.view(&alice, now(), TODAY).await.unwrap()));
    text
}

fn debug(answer: impl std::fmt::Debug) -> String {
    format!("{answer:?}")
}

async fn account(ledger: &Ledger, code: &str) -> platen_domain::AccountId {
    ledger.account_by_code(code).await.unwrap().unwrap().id
}

/// Reserves on the account with this code, or on the lease.
async fn reserve(
    ledger: &Ledger,
    number: u128,
    code: Option<&str>,
    pages: u32,
) -> Result<String, LedgerError> {
    let account = match code {
        Some(code) => Some(account(ledger, code).await),
        None => None,
    };
    let ask = Reserve {
        id: document_id(number),
        person: person("alice"),
        account,
        facts: facts(pages),
        lease: code.is_none().then_some(LEASE),
    };
    Ok(debug(ledger.reserve(ask, now(), TODAY).await?))
}

async fn adjust(
    ledger: &Ledger,
    id: u128,
    code: &str,
    user: Option<&str>,
    change: Change,
) -> Result<String, LedgerError> {
    let adjustment = Adjustment {
        account: account(ledger, code).await,
        user: user.map(UserId::local),
        change,
        reason: "test".into(),
        by: "root".into(),
        corrects: None,
    };
    let adjusted = ledger.adjust(Uuid::from_u128(id), adjustment, now());
    Ok(debug(adjusted.await?))
}
