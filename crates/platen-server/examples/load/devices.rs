//! People whose computers keep in step with the server.

use std::sync::Arc;

use jiff::Timestamp;
use platen_ledger::{Device, SessionKind, Site};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::Result;
use crate::seed::{ACCOUNTS_A_GROUP, CALLERS, digest, open, person, session, site};

/// The secret of the device with this number.
pub(crate) fn secret(number: usize) -> String {
    format!("load-session-of-device-number-{number:07}")
}

/// Fills the ledger at `place`: everybody has one device, signed in.
pub(crate) async fn seed(place: &str, people: usize, accounts: usize) -> Result<()> {
    let ledger = open(place).await?;
    ledger.load_site(Site::from_toml(&site(accounts))?).await?;
    let groups = (accounts / ACCOUNTS_A_GROUP).max(1);
    let ledger = Arc::new(ledger);
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let ledger = ledger.clone();
        callers.spawn(async move {
            for number in (caller..people).step_by(CALLERS) {
                let person = person(number, groups);
                let user = person.id.clone();
                let session = session(SessionKind::Device, person, false);
                let now = Timestamp::now();
                let device = Device {
                    id: Uuid::now_v7(),
                    user,
                    name: format!("Laptop {number}"),
                    login: String::new(),
                    gate: None,
                    key: [7; 32],
                    session: session.id,
                    applied: 0,
                    made_at: now,
                    seen_at: now,
                };
                ledger.enrol(device).await?;
                ledger
                    .open_session(digest(&secret(number)), session)
                    .await?;
            }
            Ok::<_, crate::Problem>(())
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller??;
    }
    Ok(())
}
