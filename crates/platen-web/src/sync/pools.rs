//! Telling a client of shared pools, one change after the other in one answer.
//!
//! A print on an account of thousands concerns them all. To ask anew costs the server
//! many times what it costs to tell; so whoever was told of one change is told of the
//! next ones as well, until something else changes or a few seconds are over.

use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::body::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use platen_sync::wire::Balances;
use tokio::time::Instant;

use super::After;
use super::known::{Heard, Known};
use crate::central::Central;
use crate::hub::Line;
use crate::session::Digest;

/// How long an answer goes on at least, and how much longer for some, so that not all
/// ask anew at the same time. What stands between and keeps answers until they are whole
/// delays them by no more.
const SHORTEST: Duration = Duration::from_secs(5);
const SPREAD: Duration = Duration::from_secs(5);

struct Telling {
    /// A server that ends waits for nobody.
    central: Weak<Central>,
    digest: Digest,
    asked: After,
    known: Known,
    line: Line,
    until: Instant,
    first: Option<Balances>,
}

/// The changes that a client is told of, the first of them given, each in a line of its
/// own.
pub(super) fn tell(
    central: &Arc<Central>,
    (digest, asked): (Digest, After),
    (known, line): (Known, Line),
    until: Instant,
    first: Balances,
) -> impl Stream<Item = Result<Bytes, Infallible>> + use<> {
    let more = SPREAD.mul_f64(f64::from(digest[0]) / 256.0);
    let telling = Telling {
        central: Arc::downgrade(central),
        digest,
        asked,
        known,
        line,
        until: until.min(Instant::now() + SHORTEST + more),
        first: Some(first),
    };
    unfold(telling, |telling| async move {
        let (balances, telling) = telling.next().await?;
        let line = balances.to_json() + "\n";
        Some((Ok(line.into()), telling))
    })
}

impl Telling {
    async fn next(mut self) -> Option<(Balances, Self)> {
        if let Some(first) = self.first.take() {
            return Some((first, self));
        }
        let central = self.central.upgrade()?;
        let heard = self
            .known
            .wait(&central, &self.asked, &self.line, self.until);
        match heard.await {
            Heard::Balances(balances) => Some((balances, self)),
            Heard::Nothing => {
                central.looks.remember(self.digest, self.known);
                None
            }
            Heard::Anything => None,
        }
    }
}
