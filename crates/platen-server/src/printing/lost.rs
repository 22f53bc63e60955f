//! Ends releases whose host never came back.
//!
//! Any process does it for all others; the ledger makes sure that it is done once.
//! *Source*: rules.md.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use platen_domain::UserId;
use platen_ledger::{Actor, HostName, Ledger, LedgerError, LostEnd, LostReasons};
use platen_web::central::{Push, tell_not_printed};
use platen_web::words::ENGLISH;

/// How often is looked for them.
const PULSE: Duration = Duration::from_secs(60);
/// Releases that are ended in one round; the others are in the next.
const AT_ONCE: u32 = 1_000;

/// Looks for releases whose host is gone.
pub struct Lost {
    /// Where documents are.
    pub ledger: Ledger,
    /// Tells people what became of theirs.
    pub push: Option<Push>,
    /// The host that this process prints for; its releases are not lost.
    pub own: Option<HostName>,
    /// For how long a host may be silent.
    pub patience: SignedDuration,
}

impl Lost {
    /// Looks now and then, until it is dropped.
    pub async fn run(self) {
        loop {
            // Not at the start: after a pause of all, the others are given time.
            tokio::time::sleep(PULSE).await;
            if let Err(error) = self.end(Timestamp::now()).await {
                tracing::warn!(%error, "releases of hosts that are gone can't be ended");
            }
        }
    }

    /// Ends what is lost at `now`; gives how many documents that are.
    ///
    /// *Errors*: the ledger's.
    pub async fn end(&self, now: Timestamp) -> Result<usize, LedgerError> {
        let before = now.checked_sub(self.patience).unwrap_or(Timestamp::MIN);
        let lost = self.ledger.lost_releases(before, self.own, AT_ONCE);
        let lost = lost.await?;
        let mut ended = 0;
        for lost in lost {
            let id = lost.document;
            let end = self
                .ledger
                .end_lost_release(lost, REASONS, server(), now)
                .await?;
            let document = match end {
                LostEnd::Held(document) | LostEnd::Unknown(document) => document,
                LostEnd::NotLost => continue,
            };
            ended += 1;
            let state = document.state.name();
            tracing::warn!(document.id = %id.0, state, "its host is gone: a release was ended");
            if let Some(push) = &self.push
                && let Err(error) = tell_not_printed(push, &document).await
            {
                tracing::warn!(%error, "the end of a release could not be told");
            }
        }
        Ok(ended)
    }
}

const REASONS: LostReasons = LostReasons {
    not_printed: ENGLISH.stored_host_gone,
    unknown: ENGLISH.stored_unknown,
};

/// Who does it, in the audit log.
fn server() -> Actor {
    Actor {
        id: UserId::local("platen-server"),
        name: "platen-server".to_owned(),
        address: String::new(),
    }
}
