//! Sign-in for a server's pages: the person's own browser goes to the provider
//! and comes back to the server's address.
//!
//! What has to be remembered between the two is given to the server as a
//! [`WebPending`], to be kept by it for one use by one browser.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use openidconnect::{AuthorizationCode, Nonce, PkceCodeVerifier, RedirectUrl};
use platen_domain::Person;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::Url;

use crate::error::{ProviderError, SignInError};
use crate::party::{Party, Secret};
use crate::provider::Provider;
use crate::scopes::Scopes;
use crate::sign_in::refused;
use crate::verify::{Refusal, Token};

/// How long a provider's description is taken for true.
const DESCRIPTION_LIFETIME: Duration = Duration::from_secs(3600);
/// How long an old description serves while the provider is down.
const DESCRIPTION_LIMIT: Duration = Duration::from_secs(24 * 3600);
/// A provider that did not answer is left alone for this long, so that people
/// who wait don't wait one after the other.
const PAUSE: Duration = Duration::from_secs(3);
/// Tokens of strangers can name any key; for them the keys are not read again
/// more often.
const KEYS_PAUSE: Duration = Duration::from_secs(60);

/// What has to be known to sign people in at a server.
#[derive(Clone, Debug)]
pub struct WebSignInConfig {
    /// The provider, exactly as it names itself; plain http only on loopback.
    pub issuer: Url,
    /// The client that the site has registered for the server.
    pub client_id: String,
    /// Its secret; none: a public client.
    pub client_secret: Option<Secret>,
    /// Scopes beside `openid`.
    pub scopes: Scopes,
    /// The claim that lists a person's groups, usually `groups`.
    pub groups_claim: String,
    /// Where the provider sends the browser after sign-in.
    pub redirect: Url,
    /// Where it sends the browser after sign-out.
    pub after_sign_out: Url,
    /// Clients whose ID tokens let somebody in: those of the tray app.
    pub tray_clients: BTreeSet<String>,
}

/// Signs people in for a server.
#[derive(Debug)]
pub struct WebSignIn {
    config: WebSignInConfig,
    party: Party,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    provider: Option<(Arc<Provider>, Instant)>,
    failed: Option<(ProviderError, Instant)>,
    keys_read: Option<Instant>,
}

/// A sign-in that begins.
pub struct WebRequest {
    /// Where the browser has to go.
    pub url: Url,
    /// Comes back with the answer.
    pub state: String,
    /// What to remember until then.
    pub pending: WebPending,
}

/// What the server keeps of a sign-in under way; secrets, and so without `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct WebPending {
    nonce: String,
    verifier: String,
}

/// What the browser came back with, as it stands in the address.
#[derive(Clone, Default)]
pub struct WebAnswer {
    /// The code, if it went well.
    pub code: Option<String>,
    /// The provider's error code, if not.
    pub error: Option<String>,
    /// The provider's own words.
    pub description: Option<String>,
    /// Who answers.
    pub issuer: Option<String>,
}

/// Somebody whom the provider vouches for.
pub struct WebPerson {
    /// Who.
    pub person: Person,
    /// Whether the provider said what the person is called; if not, the name is what
    /// the person signs in with.
    pub name_known: bool,
    /// Whether the provider said which groups the person is in; if not, there
    /// are none.
    pub groups_known: bool,
    /// The person's address of mail, if the provider has verified it.
    pub verified_email: Option<String>,
    /// The ID token, for [`WebSignIn::end_session`].
    pub id_token: String,
}

impl WebSignIn {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(config: WebSignInConfig) -> Self {
        let party = Party {
            issuer: config.issuer.clone(),
            client_id: config.client_id.clone(),
            client_secret: config.client_secret.clone(),
            scopes: config.scopes.clone(),
            groups_claim: config.groups_claim.clone(),
        };
        Self {
            config,
            party,
            known: Mutex::default(),
        }
    }

    /// Prepares a sign-in.
    ///
    /// *Errors*: the provider can't be relied on.
    /// *Source*: OpenID Connect Core 1.0, section 3.1.2.1; RFC 7636 (S256).
    pub async fn begin(&self) -> Result<WebRequest, ProviderError> {
        let provider = self.provider().await?;
        let request = provider.authorize(&self.redirect());
        Ok(WebRequest {
            url: request.url,
            state: request.state.secret().clone(),
            pending: WebPending {
                nonce: request.nonce.secret().clone(),
                verifier: request.verifier.secret().clone(),
            },
        })
    }

    /// Checks what the browser came back with.
    ///
    /// *Errors*: everything in [`SignInError`].
    /// *Source*: OpenID Connect Core 1.0, sections 3.1.2.5 to 3.1.3.7; RFC 9207.
    pub async fn finish(
        &self,
        pending: WebPending,
        answer: WebAnswer,
    ) -> Result<WebPerson, SignInError> {
        let mut provider = Provider::clone(&*self.provider().await?);
        provider.check_answerer(answer.issuer.as_deref())?;
        let code = match (answer.code, answer.error) {
            (Some(code), None) => code,
            (_, Some(error)) => return Err(refused(&error, answer.description)),
            (None, None) => return Err(refused("the answer is empty", None)),
        };
        let exchanged = provider
            .exchange(
                AuthorizationCode::new(code),
                PkceCodeVerifier::new(pending.verifier),
                self.redirect(),
                &Nonce::new(pending.nonce),
            )
            .await;
        // It may have read new keys meanwhile.
        self.keep(provider).await;
        let (record, verified_email) = exchanged?;
        Ok(WebPerson {
            person: record.person,
            name_known: true,
            groups_known: true,
            verified_email,
            id_token: record.tokens.map(|tokens| tokens.id).unwrap_or_default(),
        })
    }

    /// Where the browser ends the provider's own session; none if the provider
    /// offers nothing of the kind or does not answer.
    ///
    /// *Source*: OpenID Connect RP-Initiated Logout 1.0, section 2.
    pub async fn end_session(&self, id_token: Option<&str>) -> Option<Url> {
        let provider = self.provider().await.ok()?;
        provider.end_session(id_token, Some(&self.config.after_sign_out))
    }

    /// Who holds an ID token that the provider gave to one of the trusted
    /// clients.
    ///
    /// *Errors*: it is not believed, it has run out, or the provider can't be
    /// relied on. *Source*: OpenID Connect Core 1.0, section 3.1.3.7.
    pub async fn holder(&self, id_token: &str) -> Result<WebPerson, ProviderError> {
        let untrusted = || ProviderError::Untrusted {
            what: "it is not an identity that Platen can check".into(),
        };
        let token: Token = id_token.parse().map_err(|_| untrusted())?;
        let clients = &self.config.tray_clients;
        let mut provider = self.provider().await?;
        let mut held = provider.holder(&token, clients, Timestamp::now());
        if matches!(held, Err(Refusal::UnknownKey))
            && let Some(fresh) = self.with_fresh_keys(&provider).await?
        {
            provider = fresh;
            held = provider.holder(&token, clients, Timestamp::now());
        }
        let (subject, said) = held.map_err(|refusal| match refusal {
            Refusal::UnknownKey => ProviderError::WrongKey,
            Refusal::Final(error) => error,
        })?;
        Ok(WebPerson {
            name_known: said.knows_name(),
            groups_known: said.knows_groups(),
            verified_email: said.verified_email().map(str::to_owned),
            person: said.into_person(provider.issuer(), &subject),
            id_token: id_token.to_owned(),
        })
    }

    fn redirect(&self) -> RedirectUrl {
        RedirectUrl::from_url(self.config.redirect.clone())
    }

    async fn provider(&self) -> Result<Arc<Provider>, ProviderError> {
        let mut known = self.known.lock().await;
        let age = known.provider.as_ref().map(|(_, at)| at.elapsed());
        if let Some((provider, _)) = &known.provider
            && age < Some(DESCRIPTION_LIFETIME)
        {
            return Ok(provider.clone());
        }
        if let Some((error, at)) = &known.failed
            && at.elapsed() < PAUSE
        {
            return old_or(&known, age, error.clone());
        }
        match Provider::discover(&self.party).await {
            Ok(provider) => {
                let provider = Arc::new(provider);
                known.provider = Some((provider.clone(), Instant::now()));
                known.failed = None;
                Ok(provider)
            }
            Err(error) => {
                known.failed = Some((error.clone(), Instant::now()));
                old_or(&known, age, error)
            }
        }
    }

    async fn keep(&self, provider: Provider) {
        if let Some((kept, _)) = &mut self.known.lock().await.provider {
            *kept = Arc::new(provider);
        }
    }

    /// The provider with keys read again, unless that was done of late.
    async fn with_fresh_keys(
        &self,
        provider: &Provider,
    ) -> Result<Option<Arc<Provider>>, ProviderError> {
        let mut known = self.known.lock().await;
        if known.keys_read.is_some_and(|at| at.elapsed() < KEYS_PAUSE) {
            return Ok(None);
        }
        known.keys_read = Some(Instant::now());
        let mut fresh = provider.clone();
        fresh.fetch_keys().await?;
        let fresh = Arc::new(fresh);
        if let Some((kept, _)) = &mut known.provider {
            *kept = fresh.clone();
        }
        Ok(Some(fresh))
    }
}

/// A description that is not too old serves while the provider is down.
fn old_or(
    known: &Known,
    age: Option<Duration>,
    error: ProviderError,
) -> Result<Arc<Provider>, ProviderError> {
    match &known.provider {
        Some((provider, _)) if error.is_temporary() && age < Some(DESCRIPTION_LIMIT) => {
            Ok(provider.clone())
        }
        _ => Err(error),
    }
}
