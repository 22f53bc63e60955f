//! The task that owns the session: restores, renews, seals and forgets it.
//!
//! Everything that spends a refresh token happens here, one after the other,
//! since a rotated token may be used once (RFC 9700, section 4.14).

mod keeping;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, oneshot, watch};

use self::keeping::within;
use crate::IdentityConfig;
use crate::error::{ProviderError, RefreshError};
use crate::keyring_thread::{Keyring, KeyringTrouble, Reply};
use crate::provider::{Provider, Renewal};
use crate::session::{Record, Tokens};
use crate::status::{Kept, Restored, Revocation, Session, SignedOut, Status};
use crate::vault::{Key, Vault};

/// Tries again after this, then twice that, and so on.
const FIRST_RETRY_S: i64 = 30;
const LAST_RETRY_S: i64 = 30 * 60;

/// What the keeper is asked to do.
pub(crate) enum Command {
    Restore {
        reply: oneshot::Sender<Restored>,
    },
    Adopt {
        provider: Box<Provider>,
        record: Box<Record>,
        reply: oneshot::Sender<Session>,
    },
    Refresh {
        reply: oneshot::Sender<Result<Session, RefreshError>>,
    },
    /// The ID token, renewed first if that is due or asked for.
    IdToken {
        renewed: bool,
        reply: oneshot::Sender<Result<String, RefreshError>>,
    },
    Nudge,
    SignOut {
        reply: oneshot::Sender<SignedOut>,
    },
}

/// Why the provider has not been asked with success of late.
struct Trouble {
    since: Timestamp,
    cause: Option<ProviderError>,
    tries: u32,
}

pub(crate) struct Keeper {
    config: IdentityConfig,
    keyring: Keyring,
    vault: Vault,
    publish: watch::Sender<Status>,
    provider: Option<Provider>,
    record: Option<Record>,
    key: Option<Key>,
    kept: Kept,
    trouble: Option<Trouble>,
    /// A sealed session whose key the keyring has not given yet.
    late_key: Option<Reply<Option<Key>>>,
    due: Option<Timestamp>,
}

impl Keeper {
    pub(crate) fn new(config: IdentityConfig, publish: watch::Sender<Status>) -> Self {
        Self {
            keyring: Keyring::new(&config.keyring_service),
            vault: Vault::new(&config.data_dir),
            config,
            publish,
            provider: None,
            record: None,
            key: None,
            kept: Kept::Sealed,
            trouble: None,
            late_key: None,
            due: None,
        }
    }

    /// Runs until every [`crate::Identity`] is gone.
    pub(crate) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            let due = self.due;
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => return,
                },
                () = until(due) => self.renew_if_due().await,
                key = arrival(&mut self.late_key) => {
                    self.late_key = None;
                    self.unlocked(key);
                }
            }
        }
    }

    /// A caller that is gone does not need its reply.
    async fn obey(&mut self, command: Command) {
        match command {
            Command::Restore { reply } => {
                let restored = self.restore().await;
                let _ = reply.send(restored);
            }
            Command::Adopt {
                provider,
                record,
                reply,
            } => {
                let session = self.adopt(*provider, *record).await;
                let _ = reply.send(session);
            }
            Command::Refresh { reply } => {
                let result = self.refresh().await;
                let _ = reply.send(result);
            }
            Command::IdToken { renewed, reply } => {
                let token = self.id_token(renewed).await;
                let _ = reply.send(token);
            }
            Command::Nudge => {
                let no_key = matches!(
                    *self.publish.borrow(),
                    Status::KeyringLocked | Status::KeyringMissing
                );
                if no_key && self.late_key.is_none() {
                    self.restore().await;
                } else if self.trouble.is_some() {
                    let _ = self.refresh().await;
                } else {
                    self.renew_if_due().await;
                }
            }
            Command::SignOut { reply } => {
                let signed_out = self.sign_out().await;
                let _ = reply.send(signed_out);
            }
        }
    }

    async fn adopt(&mut self, provider: Provider, record: Record) -> Session {
        self.provider = Some(provider);
        self.late_key = None;
        // A new sign-in is a moment at which the person expects a prompt.
        if self.key.is_none() {
            self.kept = Kept::Sealed;
        }
        self.proven(record).await
    }

    async fn renew_if_due(&mut self) {
        if self.due.is_some_and(|due| due <= Timestamp::now()) {
            let _ = self.refresh().await;
        }
    }

    async fn refresh(&mut self) -> Result<Session, RefreshError> {
        self.due = None;
        let record = self.record.clone().ok_or(RefreshError::SignedOut)?;
        let tokens = record.tokens.as_ref().ok_or(RefreshError::Revoked)?;
        if tokens.refresh.is_none() {
            return self.without_refresh_token(&record, tokens.fresh_until);
        }
        let mut provider = match self.take_provider().await {
            Ok(provider) => provider,
            Err(error) => return Err(self.failed(error)),
        };
        let renewal = provider.refresh(&record).await;
        self.provider = Some(provider);
        match renewal {
            Ok(Renewal::Proven(record)) => Ok(self.proven(record).await),
            Ok(Renewal::Unproven(record, error)) => {
                self.keep(record).await;
                Err(self.failed(error))
            }
            Err(RefreshError::Provider(error)) => Err(self.failed(error)),
            Err(error) => {
                self.ended(record).await;
                Err(error)
            }
        }
    }

    async fn id_token(&mut self, renewed: bool) -> Result<String, RefreshError> {
        if renewed || self.due.is_some_and(|due| due <= Timestamp::now()) {
            self.refresh().await?;
        }
        let record = self.record.as_ref().ok_or(RefreshError::SignedOut)?;
        let tokens = record.tokens.as_ref().ok_or(RefreshError::Revoked)?;
        Ok(tokens.id.clone())
    }

    /// Such a sign-in holds until it runs out, and then the person is needed.
    fn without_refresh_token(
        &mut self,
        record: &Record,
        fresh_until: Timestamp,
    ) -> Result<Session, RefreshError> {
        if fresh_until > Timestamp::now() {
            self.due = Some(fresh_until);
            self.trouble = None;
            self.publish_session();
            return Ok(Session {
                person: record.person.clone(),
                fresh_until,
                kept: self.kept,
            });
        }
        self.publish(Status::Expired {
            person: record.person.clone(),
        });
        Err(RefreshError::Expired)
    }

    async fn take_provider(&mut self) -> Result<Provider, ProviderError> {
        match self.provider.take() {
            Some(provider) => Ok(provider),
            None => Provider::discover(&(&self.config).into()).await,
        }
    }

    /// The provider vouches for the record.
    async fn proven(&mut self, record: Record) -> Session {
        let tokens = record
            .tokens
            .as_ref()
            .expect("a proven record carries the tokens it came with");
        let (person, fresh_until) = (record.person.clone(), tokens.fresh_until);
        self.due = Some(tokens.refresh_at());
        self.trouble = None;
        self.keep(record).await;
        self.publish_session();
        Session {
            person,
            fresh_until,
            kept: self.kept,
        }
    }

    /// The provider no longer accepts the session; the person stays known.
    async fn ended(&mut self, mut record: Record) {
        record.tokens = None;
        self.trouble = None;
        self.keep(record).await;
        self.publish_session();
    }

    fn failed(&mut self, error: ProviderError) -> RefreshError {
        let now = Timestamp::now();
        let (since, tries) = self
            .trouble
            .as_ref()
            .map_or((now, 0), |trouble| (trouble.since, trouble.tries));
        // 30 s, 1, 2, 4, … minutes, at most 30.
        let wait_s = (FIRST_RETRY_S << tries.min(10)).min(LAST_RETRY_S);
        self.trouble = Some(Trouble {
            since,
            cause: Some(error.clone()),
            tries: tries + 1,
        });
        self.due = Some(now + SignedDuration::from_secs(wait_s));
        self.provider = None;
        self.publish_session();
        RefreshError::Provider(error)
    }

    async fn sign_out(&mut self) -> SignedOut {
        let tokens = self.record.take().and_then(|record| record.tokens);
        let signed_out = self.withdraw(tokens).await;
        self.due = None;
        self.trouble = None;
        self.late_key = None;
        self.key = None;
        self.kept = Kept::Sealed;
        if let Err(error) = self.vault.remove() {
            tracing::warn!(%error, "the sealed session can't be removed");
        }
        if let Err(trouble) = within(self.keyring.forget()).await {
            tracing::info!(
                ?trouble,
                "the session's key stays in the keyring; it opens nothing any more"
            );
        }
        self.publish(Status::SignedOut);
        signed_out
    }

    async fn withdraw(&mut self, tokens: Option<Tokens>) -> SignedOut {
        let Some(tokens) = tokens else {
            return SignedOut {
                revocation: Revocation::Nothing,
                end_session: None,
            };
        };
        match self.take_provider().await {
            Ok(provider) => SignedOut {
                revocation: provider.revoke(&tokens).await,
                end_session: provider.end_session(Some(&tokens.id), None),
            },
            Err(error) => SignedOut {
                revocation: Revocation::Failed(error),
                end_session: None,
            },
        }
    }

    fn publish_session(&self) {
        let Some(record) = &self.record else {
            return self.publish(Status::SignedOut);
        };
        let (person, kept) = (record.person.clone(), self.kept);
        let status = match (&record.tokens, &self.trouble) {
            (None, _) => Status::Revoked { person },
            (Some(_), Some(trouble)) => Status::Offline {
                person,
                since: trouble.since,
                cause: trouble.cause.clone(),
                kept,
            },
            (Some(tokens), None) => Status::SignedIn {
                person,
                fresh_until: tokens.fresh_until,
                kept,
            },
        };
        self.publish(status);
    }

    fn publish(&self, status: Status) {
        self.publish.send_if_modified(|current| {
            let changed = *current != status;
            *current = status;
            changed
        });
    }
}

/// Sleeps until a time of day; for ever if there is none.
async fn until(due: Option<Timestamp>) {
    let Some(due) = due else {
        return std::future::pending().await;
    };
    let wait = due.duration_since(Timestamp::now());
    tokio::time::sleep(Duration::try_from(wait).unwrap_or(Duration::ZERO)).await;
}

/// The late answer of the keyring, if one is awaited.
async fn arrival(late: &mut Option<Reply<Option<Key>>>) -> Result<Option<Key>, KeyringTrouble> {
    match late {
        Some(reply) => reply.await.unwrap_or(Err(KeyringTrouble::Locked)),
        None => std::future::pending().await,
    }
}
