//! One sign-in on its way through the browser.

use std::time::Duration;

use openidconnect::{AuthorizationCode, RedirectUrl};
use platen_words::Speech;
use tokio::sync::{mpsc, oneshot};
use url::Url;

use crate::IdentityConfig;
use crate::error::SignInError;
use crate::keeper::Command;
use crate::loopback::{Answer, Browser, Loopback};
use crate::page::Ending;
use crate::provider::{Provider, Request};
use crate::session::Record;
use crate::status::Session;

/// A sign-in that waits for its browser: open [`PendingSignIn::url`], then
/// call [`PendingSignIn::finish`].
pub struct PendingSignIn {
    /// The page of the provider that the person's browser has to open.
    pub url: Url,
    provider: Provider,
    request: Request,
    loopback: Loopback,
    redirect: RedirectUrl,
    keeper: mpsc::Sender<Command>,
    speech: &'static Speech,
}

impl PendingSignIn {
    pub(crate) async fn begin(
        config: &IdentityConfig,
        keeper: mpsc::Sender<Command>,
    ) -> Result<Self, SignInError> {
        // Described anew each time: a site may have changed its provider.
        let provider = Provider::discover(&config.into()).await?;
        let opened = Loopback::open(config.redirect.as_ref(), config.speech).await;
        let loopback = opened.map_err(|error| {
            tracing::warn!(%error, "no loopback port");
            SignInError::Listener
        })?;
        let redirect =
            RedirectUrl::new(loopback.redirect_uri()).map_err(|_| SignInError::Listener)?;
        let request = provider.authorize(&redirect);
        Ok(Self {
            url: request.url.clone(),
            provider,
            request,
            loopback,
            redirect,
            keeper,
            speech: config.speech,
        })
    }

    /// Waits for the browser, checks its answer, keeps the session, and shows
    /// the person in the browser how it ended.
    ///
    /// *Errors*: everything in [`SignInError`]; an earlier session stays as it was.
    /// *Cancel safety*: dropping it ends the sign-in and closes the port.
    /// *Source*: RFC 8252, section 4.1.
    pub async fn finish(self, timeout: Duration) -> Result<Session, SignInError> {
        let Self {
            provider,
            request,
            loopback,
            redirect,
            keeper,
            speech,
            ..
        } = self;
        let state = request.state.secret().clone();
        let (answer, browser) = tokio::time::timeout(timeout, loopback.answer(&state))
            .await
            .map_err(|_| SignInError::Timeout)?
            .map_err(|_| SignInError::Listener)?;
        let outcome = match take_up(provider, request, redirect, answer).await {
            Ok((provider, record)) => adopt(&keeper, provider, record).await,
            Err(error) => Err(error),
        };
        show(browser, &outcome, speech).await;
        outcome
    }
}

async fn take_up(
    mut provider: Provider,
    request: Request,
    redirect: RedirectUrl,
    answer: Answer,
) -> Result<(Provider, Record), SignInError> {
    let code = match answer {
        Answer::Code { code, issuer } => {
            provider.check_answerer(issuer.as_deref())?;
            code
        }
        Answer::Error {
            error,
            description,
            issuer,
        } => {
            provider.check_answerer(issuer.as_deref())?;
            return Err(refused(&error, description));
        }
    };
    let (record, _) = provider
        .exchange(
            AuthorizationCode::new(code),
            request.verifier,
            redirect,
            &request.nonce,
        )
        .await?;
    Ok((provider, record))
}

/// A refusal in the browser, as the provider words it.
pub(crate) fn refused(error: &str, description: Option<String>) -> SignInError {
    if error == "access_denied" {
        return SignInError::Cancelled;
    }
    let text = description.unwrap_or_else(|| error.to_owned());
    SignInError::Refused {
        what: text.chars().filter(|c| !c.is_control()).take(200).collect(),
    }
}

async fn adopt(
    keeper: &mpsc::Sender<Command>,
    provider: Provider,
    record: Record,
) -> Result<Session, SignInError> {
    let (reply, answer) = oneshot::channel();
    keeper
        .send(Command::Adopt {
            provider: Box::new(provider),
            record: Box::new(record),
            reply,
        })
        .await
        .map_err(|_| SignInError::Closing)?;
    answer.await.map_err(|_| SignInError::Closing)
}

async fn show(browser: Browser, outcome: &Result<Session, SignInError>, speech: &Speech) {
    let ending = match outcome {
        Ok(session) => Ending::SignedIn {
            name: session.person.name.clone(),
        },
        Err(error) => Ending::Failed {
            sentence: error.sentence(speech),
        },
    };
    browser.show(&ending).await;
}
