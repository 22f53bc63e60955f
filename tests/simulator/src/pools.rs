//! Views of which balances of shared pools alone changed, told as that.

use std::collections::HashMap;

use jiff::Timestamp;
use platen_domain::{Balance, Kind};
use platen_sync::wire::{Balances, Down, PROTOCOL, View};
use uuid::Uuid;

/// What servers told each device last.
#[derive(Default)]
pub(crate) struct ToldViews(HashMap<Uuid, View>);

impl ToldViews {
    /// Remembers that a device is told this, and gives it as the pools that changed
    /// since what it has, where nothing else did.
    ///
    /// *Errors*: a client would not come to the same by it.
    pub(crate) fn tell(
        &mut self,
        device: Uuid,
        after: Option<u64>,
        view: &View,
    ) -> Result<Option<Box<Balances>>, String> {
        let last = self.0.insert(device, view.clone());
        let Some(last) = last.filter(|last| after == Some(last.version)) else {
            return Ok(None);
        };
        let stands = without_pools(view.clone());
        if without_pools(last.clone()) != stands {
            return Ok(None);
        }
        let balances = Balances {
            protocol: PROTOCOL,
            base: last.version,
            version: view.version,
            pools: view
                .pools()
                .filter(|pool| last.pools().all(|former| former != *pool))
                .collect(),
        };
        let read = match Down::from_json(balances.to_json().as_bytes()) {
            Ok(Down::Balances(read)) => read,
            other => return Err(format!("balances are read differently: {other:?}")),
        };
        let next = last.followed_by(&read);
        let is_right = next.as_ref().is_ok_and(|next| {
            next.pools().eq(view.pools())
                && next.version == view.version
                && without_pools(next.clone()) == stands
        });
        match is_right {
            true => Ok(Some(read)),
            false => Err(format!("balances lead to {next:?}, not to {view:?}")),
        }
    }
}

/// What balances of pools do not change, without what differs each time.
fn without_pools(mut view: View) -> View {
    (view.version, view.server_time) = (0, Timestamp::UNIX_EPOCH);
    for lease in &mut view.leases {
        lease.left_ms = 0;
    }
    for account in &mut view.accounts {
        if account.kind == Kind::Shared {
            (account.balance, account.at_limit) = (Balance::default(), false);
        }
    }
    view
}
