//! A short script of operations, each kind once, and the whole of what a ledger
//! says afterwards as a text, so that two ledgers can be compared.

use std::fmt::Write;

use platen_domain::UserId;
use platen_ledger::{
    ActivityFilter, Adjustment, Change, Ledger, LedgerError, Reserve, Scope, Settlement,
};
use uuid::Uuid;

use crate::support::*;

/// How many steps the script has.
pub(crate) const STEPS: usize = 16;

/// Does one step; asked again it changes nothing more. Gives the answer's text.
pub(crate) async fn run(ledger: &Ledger, step: usize) -> Result<String, LedgerError> {
    let alice = person("alice");
    let nonce = Uuid::from_u128(77);
    let text = match step {
        0 => debug(ledger.submit(new_document(1, "alice")).await?),
        1 => reserve(ledger, 1, "quota", 10).await?,
        2 => adjust(ledger, 100, "research", None, Change::Debit(points("3.5"))).await?,
        3 => debug(ledger.submit(new_document(2, "alice")).await?),
        4 => reserve(ledger, 2, "quota", 51).await?,
        5 => {
            let research = account(ledger, "research").await;
            let scope = Scope::AndActive;
            let moved =
                ledger.change_account(document_id(2), &alice, research, scope, now(), TODAY);
            debug(moved.await?)
        }
        6 => debug(
            ledger
                .begin_release(document_id(1), "printer".into(), nonce, now())
                .await?,
        ),
        7 => {
            let printed = Settlement::Printed { sides: 7 };
            debug(ledger.settle(document_id(1), printed, now()).await?)
        }
        8 => debug(ledger.submit(new_document(3, "alice")).await?),
        9 => reserve(ledger, 3, "department", 4).await?,
        10 => debug(ledger.reprice(document_id(3), facts(25), now()).await?),
        11 => debug(ledger.delete(document_id(3), now()).await?),
        12 => {
            let quota = account(ledger, "quota").await;
            debug(ledger.set_active(&alice, quota, now(), TODAY).await?)
        }
        13 => {
            let change = Change::SetTo(points("-2"));
            adjust(ledger, 101, "quota", Some("alice"), change).await?
        }
        14 => debug(
            ledger
                .begin_release(document_id(2), "printer".into(), nonce, now())
                .await?,
        ),
        _ => debug(
            ledger
                .abandon_release(document_id(2), "Off.".into(), now())
                .await?,
        ),
    };
    Ok(text)
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
    for number in 1..=3 {
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

async fn reserve(
    ledger: &Ledger,
    number: u128,
    code: &str,
    pages: u32,
) -> Result<String, LedgerError> {
    let ask = Reserve {
        id: document_id(number),
        person: person("alice"),
        account: Some(account(ledger, code).await),
        facts: facts(pages),
        lease: None,
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
