//! What the device shows the server with each request.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use platen_sync::engine::Trouble;
use platen_sync::wire::{Balances, Enrolment, Failure, FailureCode};
use tokio::sync::Mutex;

use crate::transport::{Seen, Transport};

/// Groups are those of the last enrolment: it is repeated this often.
const ENROL_AGAIN: Duration = Duration::from_secs(12 * 3600);

/// Why there is no ID token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// Somebody has to sign in.
    #[error("nobody is signed in")]
    SignedOut,
    /// The provider can't be reached; later there may be one.
    #[error("the sign-in service can't be reached")]
    Away,
}

/// Who is signed in on this computer, for the server.
#[async_trait]
pub trait SignIn: Send + Sync {
    /// An ID token; `renewed`: not the one before, which the server did not take.
    ///
    /// *Errors*: [`NoToken`].
    async fn id_token(&self, renewed: bool) -> Result<String, NoToken>;
}

/// The way to the server, with the device's own secret. The secret is in memory
/// alone: whoever starts the program anew enrols the same device again.
pub(crate) struct Session {
    transport: Transport,
    sign_in: Box<dyn SignIn>,
    enrolment: Enrolment,
    secret: Mutex<Option<Secret>>,
}

#[derive(Clone)]
struct Secret {
    token: String,
    made: Instant,
}

impl Session {
    pub(crate) fn new(
        transport: Transport,
        sign_in: Box<dyn SignIn>,
        enrolment: Enrolment,
    ) -> Self {
        Self {
            transport,
            sign_in,
            enrolment,
            secret: Mutex::default(),
        }
    }

    pub(crate) async fn view(
        &self,
        after: Option<u64>,
        wait: bool,
        balances: impl Fn(Box<Balances>),
    ) -> Result<Seen, Trouble> {
        let token = self.token(None).await?;
        match self.transport.view(&token, after, wait, &balances).await {
            Err(trouble) if is_signed_out(&trouble) => {
                let token = self.token(Some(&token)).await?;
                self.transport.view(&token, after, wait, &balances).await
            }
            other => other,
        }
    }

    pub(crate) async fn operations(
        &self,
        batch: &str,
    ) -> Result<platen_sync::wire::Answers, Trouble> {
        let token = self.token(None).await?;
        match self.transport.operations(&token, batch.to_owned()).await {
            Err(trouble) if is_signed_out(&trouble) => {
                let token = self.token(Some(&token)).await?;
                self.transport.operations(&token, batch.to_owned()).await
            }
            other => other,
        }
    }

    /// The secret; another than `refused`, which the server no longer takes.
    async fn token(&self, refused: Option<&str>) -> Result<String, Trouble> {
        let mut secret = self.secret.lock().await;
        if let Some(known) = secret.as_ref()
            && refused != Some(&*known.token)
            && known.made.elapsed() < ENROL_AGAIN
        {
            return Ok(known.token.clone());
        }
        let former = secret.take();
        match self.enrol().await {
            Ok(token) => {
                *secret = Some(Secret {
                    token: token.clone(),
                    made: Instant::now(),
                });
                Ok(token)
            }
            // The provider may be away for a while; the secret still counts.
            Err(Trouble::Unreachable) if refused.is_none() && former.is_some() => {
                let token = former.as_ref().map(|former| former.token.clone());
                *secret = former;
                token.ok_or(Trouble::Unreachable)
            }
            Err(trouble) => Err(trouble),
        }
    }

    async fn enrol(&self) -> Result<String, Trouble> {
        let token = self.id_token(false).await?;
        let enrolled = match self.transport.enrol(&token, &self.enrolment).await {
            Err(trouble) if is_signed_out(&trouble) => {
                // It has run out meanwhile, or the clocks differ.
                let token = self.id_token(true).await?;
                self.transport.enrol(&token, &self.enrolment).await?
            }
            other => other?,
        };
        tracing::info!(device = %self.enrolment.device, "known to the print server");
        Ok(enrolled.token)
    }

    async fn id_token(&self, renewed: bool) -> Result<String, Trouble> {
        self.sign_in
            .id_token(renewed)
            .await
            .map_err(|error| match error {
                NoToken::Away => Trouble::Unreachable,
                NoToken::SignedOut => Trouble::Failed(Failure {
                    code: FailureCode::SignedOut,
                    sentence: "Sign in again.".into(),
                    retry_after_s: None,
                    expected: None,
                }),
            })
    }
}

fn is_signed_out(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Failed(failure) if failure.code == FailureCode::SignedOut)
}
