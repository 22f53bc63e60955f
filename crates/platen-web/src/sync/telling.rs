//! Telling a client what it does not have, one thing after the other.
//!
//! A print on an account of thousands concerns them all. To ask anew costs the server
//! many times what it costs to tell; so the answer to one that takes changes begins
//! before there are any, and goes on from one change of shared pools to the next, until
//! something else changes or the time is over.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::body::Bytes;
use axum::response::Response;
use futures_util::Stream;
use futures_util::stream::unfold;
use platen_sync::wire::View;
use tokio::time::{Sleep, sleep};

use super::known::{Heard, Known};
use super::{After, WAIT, looker};
use crate::central::Central;
use crate::hub::Line;
use crate::session::Digest;

/// How much shorter some answers are than [`WAIT`], so that those who were told at the
/// same time do not all ask anew at the same time.
const SPREAD: Duration = Duration::from_secs(10);

/// What somebody is told.
pub(super) enum News {
    /// Everything: nothing more can be told after that.
    View(Box<View>),
    /// What became of shared pools, as a line that is sent.
    Pools(String),
}

/// Somebody who is told what he does not have.
pub(super) struct Telling {
    digest: Digest,
    asked: After,
    /// None: the ledger has to be looked at.
    known: Option<Known>,
    line: Option<Line>,
}

impl Telling {
    pub(super) fn new(central: &Central, digest: Digest, asked: After) -> Self {
        Self {
            digest,
            asked,
            known: central.looks.take(&digest, asked.after),
            line: None,
        }
    }

    /// The next thing that he is to be told, for which he waits until `until`, if at
    /// all; none: there is nothing.
    ///
    /// *Errors*: the answer to one whom nothing is told any more.
    pub(super) async fn next(
        &mut self,
        central: &Arc<Central>,
        mut until: Option<Pin<&mut Sleep>>,
    ) -> Result<Option<News>, Response> {
        loop {
            if let Some(mut known) = self.known.take() {
                let kept = self.line.take().filter(|line| line.is_of(&known.person));
                let line = kept.unwrap_or_else(|| known.line(central));
                let heard = known
                    .wait(central, self.asked.changes, &line, until.as_mut())
                    .await;
                self.line = Some(line);
                let told = match heard {
                    Heard::Nothing => Some(None),
                    Heard::Pools(line) => Some(Some(News::Pools(line))),
                    Heard::Anything => None,
                };
                if let Some(told) = told {
                    self.asked.after = known.version;
                    self.known = Some(known);
                    return Ok(told);
                }
            }
            let changes = central.hub.count();
            let looker = looker(central, self.digest).await?;
            let begun = central.hub.begun();
            let after = self.asked.after;
            central
                .uses
                .note(self.digest, &looker.session, central.now());
            let person = Arc::new(looker.person.clone());
            let seen = looker.sighting(central.authority(), after);
            let known = Known::new(person, (changes, begun), &seen, after);
            if let Some(view) = seen.view {
                central.looks.remember(self.digest, known);
                return Ok(Some(News::View(view)));
            }
            self.known = Some(known);
        }
    }

    /// The first thing, then one after the other if he stays, each in a line of its own.
    /// What does not concern shared pools alone is the last line, as a whole view.
    pub(super) fn lines(
        self,
        central: &Arc<Central>,
        first: Option<News>,
        stays: bool,
    ) -> impl Stream<Item = Result<Bytes, Infallible>> + use<> {
        let less = SPREAD.mul_f64(f64::from(self.digest[0]) / 256.0);
        // One for all that is told: with each thing another would have to be set.
        let until = stays.then(|| Box::pin(sleep(WAIT.saturating_sub(less))));
        // A server that ends waits for nobody.
        let central = Arc::downgrade(central);
        let telling = Some((self, until));
        unfold((telling, first), move |(telling, first)| {
            let central = central.clone();
            async move {
                let (mut telling, mut until) = telling?;
                let told = match first {
                    Some(first) => first,
                    None => telling.goes_on(&central, until.as_mut()).await?,
                };
                let (line, telling) = match told {
                    News::Pools(line) => (line, Some((telling, until))),
                    News::View(view) => (view.to_json() + "\n", None),
                };
                Some((Ok(Bytes::from(line)), (telling, None)))
            }
        })
    }

    /// The same as [`Self::next`]; none if the answer ends. Whoever is not let in any
    /// more is told that when he asks anew.
    async fn goes_on(
        &mut self,
        central: &Weak<Central>,
        until: Option<&mut Pin<Box<Sleep>>>,
    ) -> Option<News> {
        let central = central.upgrade()?;
        let until = until.map(|until| until.as_mut());
        let told = self.next(&central, until).await.ok()?;
        if told.is_none()
            && let Some(known) = self.known.take()
        {
            central.looks.remember(self.digest, known);
        }
        told
    }
}
