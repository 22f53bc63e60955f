//! What a server that went down had begun and not ended.

use jiff::{SignedDuration, Timestamp};
use platen_domain::{DocumentState, Person};
use platen_ledger::{Document, LedgerError};
use ring::digest::{SHA256, digest};

use super::{Central, notices};

/// Whoever took a document in is through with it by then.
const BY_THEN: SignedDuration = SignedDuration::from_mins(2);
/// Documents that are looked at in one round.
const AT_ONCE: u32 = 1000;
/// One server of several does it; the others see that it is taken.
const PURPOSE: &str = "catch up";
/// What failed may be claimed again in the next of these. *Units*: seconds.
const CLAIM_S: i64 = 600;

impl Central {
    /// Reads documents that were stored and not read, and tells verdicts that
    /// were given and not told. To be called at start and now and then; of
    /// several servers one does it.
    ///
    /// *Errors*: the ledger can't be read.
    pub async fn catch_up(&self) -> Result<(), LedgerError> {
        for state in [
            DocumentState::Submitted,
            DocumentState::Held,
            DocumentState::Canceled,
            DocumentState::Unreadable,
        ] {
            for document in self.ledger.unfinished(state, AT_ONCE).await? {
                let age = self.now().duration_since(document.changed_at);
                if age > BY_THEN && self.claims(&document).await? {
                    self.end(document).await?;
                }
            }
        }
        Ok(())
    }

    async fn end(&self, document: Document) -> Result<(), LedgerError> {
        let Some(row) = self.ledger.person(&document.user).await? else {
            return Ok(());
        };
        let person: Person = row.person;
        if let (DocumentState::Submitted, Some(uploads)) = (document.state, &self.means.uploads)
            && let Err(error) = uploads.read_again(self, &person, &document).await
        {
            tracing::warn!(document.id = %document.id.0, %error, "a document could not be read");
            return Ok(());
        }
        notices::tell(self, &person, document.id).await;
        Ok(())
    }

    /// Whether this server does it, and no other one.
    async fn claims(&self, document: &Document) -> Result<bool, LedgerError> {
        let now = self.now();
        // All servers name the same moment, so that they make the same claim.
        let window = now.as_second().div_euclid(CLAIM_S);
        let ends = Timestamp::from_second(window.saturating_add(2).saturating_mul(CLAIM_S));
        let mut name = document.id.0.as_bytes().to_vec();
        name.extend(window.to_be_bytes());
        let mut claim = [0; 32];
        claim.copy_from_slice(digest(&SHA256, &name).as_ref());
        match self
            .ledger
            .put_ticket(claim, PURPOSE, String::new(), ends.unwrap_or(now))
            .await
        {
            Ok(()) => {}
            // Another server was a moment faster.
            Err(LedgerError::Refused(_)) => return Ok(false),
            Err(error) => return Err(error),
        }
        let taken = self.ledger.take_ticket(claim, PURPOSE, now).await?;
        Ok(taken.is_some())
    }
}
