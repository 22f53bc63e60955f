//! The handle that the rest of the program holds.

use tokio::sync::{mpsc, oneshot, watch};
use url::Url;

use crate::IdentityConfig;
use crate::error::{RefreshError, SignInError};
use crate::keeper::{Command, Keeper};
use crate::portal_link::{self, PortalLinkError};
use crate::sign_in::PendingSignIn;
use crate::status::{Restored, Revocation, Session, SignedOut, Status};

/// More than one person can ask for before the first is answered.
const QUEUE: usize = 16;

/// Who is signed in, and how to change that. Clones share one session; its
/// task ends when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Identity {
    config: Option<IdentityConfig>,
    keeper: mpsc::Sender<Command>,
    status: watch::Receiver<Status>,
}

impl Identity {
    /// Starts signed out; nothing is read or asked yet.
    ///
    /// Has to be called inside a tokio runtime, which carries the session's task.
    #[must_use]
    pub fn new(config: IdentityConfig) -> Self {
        let (keeper, commands) = mpsc::channel(QUEUE);
        let (publish, status) = watch::channel(Status::SignedOut);
        tokio::spawn(Keeper::new(config.clone(), publish).run(commands));
        Self {
            config: Some(config),
            keeper,
            status,
        }
    }

    /// An identity without an issuer: every sign-in is refused, and the status
    /// is [`Status::NotConfigured`]. The person is [`crate::local_user`].
    #[must_use]
    pub fn not_configured() -> Self {
        let (keeper, _) = mpsc::channel(1);
        let (_, status) = watch::channel(Status::NotConfigured);
        Self {
            config: None,
            keeper,
            status,
        }
    }

    /// Takes up the session of an earlier run, without any network. The renewal
    /// that may be due follows by itself; see [`Identity::status`].
    pub async fn restore(&self) -> Restored {
        self.ask(|reply| Command::Restore { reply })
            .await
            .unwrap_or(Restored::Nothing)
    }

    /// Prepares a sign-in: asks the provider to describe itself and opens a
    /// loopback port for the browser's answer.
    ///
    /// *Errors*: the provider can't be relied on, or none is configured.
    pub async fn begin_sign_in(&self) -> Result<PendingSignIn, SignInError> {
        let config = self.config.as_ref().ok_or(SignInError::NotConfigured)?;
        PendingSignIn::begin(config, self.keeper.clone()).await
    }

    /// A single-use address at which a browser is signed in at the site's
    /// `server`, and then led to `path`. The ID token goes to that server, by
    /// TLS or on loopback, and nowhere else.
    ///
    /// *Errors*: nobody is signed in, or the server can't be reached or refuses.
    pub async fn portal_link(&self, server: &Url, path: &str) -> Result<Url, PortalLinkError> {
        let token = self.id_token(false).await?;
        match portal_link::ask(server, path, &token).await {
            // It has run out meanwhile, or the clocks differ.
            Err(PortalLinkError::NotTrusted) => {
                let token = self.id_token(true).await?;
                portal_link::ask(server, path, &token).await
            }
            other => other,
        }
    }

    /// The ID token, for a server that knows people by it; `renewed`: not the one
    /// before, which it did not take.
    ///
    /// *Errors*: nobody is signed in, or the sign-in can't be renewed.
    pub async fn id_token(&self, renewed: bool) -> Result<String, RefreshError> {
        let asked = self.ask(|reply| Command::IdToken { renewed, reply }).await;
        asked.unwrap_or(Err(RefreshError::SignedOut))
    }

    /// Renews the session now.
    ///
    /// *Errors*: as the status then says; temporary ones are tried again by
    /// themselves, later and later.
    /// *Cancel safety*: the renewal goes on when this is dropped.
    pub async fn refresh(&self) -> Result<Session, RefreshError> {
        if self.config.is_none() {
            return Err(RefreshError::SignedOut);
        }
        self.ask(|reply| Command::Refresh { reply })
            .await
            .unwrap_or(Err(RefreshError::Closing))
    }

    /// Renews the session if it is due or offline, and asks a keyring again that
    /// was locked or missing. To be called when the machine wakes up or
    /// the network comes back: a timer sleeps with the machine.
    pub fn nudge(&self) {
        // A full queue means that something is being done already.
        let _ = self.keeper.try_send(Command::Nudge);
    }

    /// Withdraws the tokens at the provider, and forgets file and key whatever
    /// the provider says.
    ///
    /// *Source*: RFC 7009; OpenID Connect RP-Initiated Logout 1.0.
    pub async fn sign_out(&self) -> SignedOut {
        self.ask(|reply| Command::SignOut { reply })
            .await
            .unwrap_or(SignedOut {
                revocation: Revocation::Nothing,
                end_session: None,
            })
    }

    /// Who is signed in, as it changes.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.keeper.send(command(reply)).await.ok()?;
        answer.await.ok()
    }
}
