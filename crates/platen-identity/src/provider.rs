//! One provider, as it described itself, and what can be asked of it.

mod fault;
mod types;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKeySet,
};
use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    HttpRequest, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, PostLogoutRedirectUrl, RedirectUrl, RefreshToken, RequestTokenError,
    SubjectIdentifier, TokenResponse, UserInfoClaims, UserInfoError,
};
use url::Url;

use self::fault::{faulty, from_discovery, from_http, from_token, words};
use self::types::{Metadata, OpenIdClient, Reply};
use crate::claims::{Said, SiteClaims};
use crate::error::{ProviderError, RefreshError, SignInError};
use crate::http::{Http, is_safe};
use crate::party::Party;
use crate::scopes::ask_for_consent;
use crate::session::{Record, Tokens};
use crate::status::Revocation;
use crate::verify::{Expected, NonceRule, Refusal, Token, verify};

/// For a provider that names no lifetime (RFC 6749, section 5.1 recommends to).
const UNSTATED_LIFETIME: Duration = Duration::from_secs(300);
/// A lifetime is believed up to this.
const LIFETIME_LIMIT: Duration = Duration::from_secs(30 * 24 * 3600);

/// What the browser's way through the provider starts with.
pub(crate) struct Request {
    pub(crate) url: Url,
    pub(crate) state: CsrfToken,
    pub(crate) nonce: Nonce,
    pub(crate) verifier: PkceCodeVerifier,
}

/// A provider that has described itself.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    party: Party,
    metadata: Metadata,
    http: Http,
}

impl Provider {
    /// Reads the provider's description and keys.
    ///
    /// *Source*: OpenID Connect Discovery 1.0, section 4.
    pub(crate) async fn discover(party: &Party) -> Result<Self, ProviderError> {
        if !is_safe(&party.issuer) {
            return Err(ProviderError::Insecure { host: party.host() });
        }
        let http = Http::new(&party.issuer).map_err(|error| from_http(party, &error))?;
        let issuer = IssuerUrl::new(party.issuer_text())
            .map_err(|_| faulty(party, "its address is not valid"))?;
        let metadata = Metadata::discover_async(issuer, &http)
            .await
            .map_err(|error| from_discovery(party, error))?;
        if !is_safe(metadata.authorization_endpoint().url()) {
            return Err(ProviderError::Insecure { host: party.host() });
        }
        Ok(Self {
            party: party.clone(),
            metadata,
            http,
        })
    }

    /// Where the browser has to go, and the secrets that tie its answer to us.
    ///
    /// *Source*: OpenID Connect Core 1.0, section 3.1.2.1; RFC 7636 (S256).
    pub(crate) fn authorize(&self, redirect: &RedirectUrl) -> Request {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = self.client().set_redirect_uri(redirect.clone());
        let scopes = self.party.scopes.of(self.metadata.scopes_supported());
        let consent = ask_for_consent(&self.party.issuer, &scopes);
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge)
            .add_scopes(scopes);
        if consent {
            request = request.add_prompt(CoreAuthPrompt::Consent);
        }
        let (url, state, nonce) = request.url();
        Request {
            url,
            state,
            nonce,
            verifier,
        }
    }

    /// Whether the browser's answer came from this provider.
    ///
    /// *Source*: RFC 9207, section 2.4.
    pub(crate) fn check_answerer(&self, named: Option<&str>) -> Result<(), ProviderError> {
        let required = self
            .metadata
            .additional_metadata()
            .authorization_response_iss_parameter_supported;
        match named {
            Some(issuer) if issuer == self.metadata.issuer().as_str() => Ok(()),
            None if !required => Ok(()),
            other => Err(ProviderError::WrongIssuer {
                expected: self.metadata.issuer().to_string(),
                found: other.unwrap_or("nothing").chars().take(200).collect(),
            }),
        }
    }

    /// Turns the browser's code into a checked sign-in, and the person's address of mail
    /// if the provider has verified it.
    pub(crate) async fn exchange(
        &mut self,
        code: AuthorizationCode,
        verifier: PkceCodeVerifier,
        redirect: RedirectUrl,
        nonce: &Nonce,
    ) -> Result<(Record, Option<String>), SignInError> {
        let client = self.client().set_redirect_uri(redirect);
        let http = self.http.clone();
        let reply = client
            .exchange_code(code)
            .map_err(|_| faulty(&self.party, "it names no token endpoint"))?
            .set_pkce_verifier(verifier)
            .request_async(&http)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(answer) => SignInError::Refused {
                    what: words(&answer),
                },
                other => from_token(&self.party, &other).into(),
            })?;
        let received = Timestamp::now();
        let token = reply
            .id_token()
            .cloned()
            .ok_or_else(|| faulty(&self.party, "it sent no identity"))?;
        let (subject, said) = self
            .believe(&token, &reply, NonceRule::Required(nonce), received)
            .await?;
        let issuer = self.metadata.issuer().to_string();
        let verified_email = said.verified_email().map(str::to_owned);
        let record = Record {
            person: said.into_person(&issuer, &subject),
            client_id: self.party.client_id.clone(),
            nonce: nonce.secret().clone(),
            tokens: Some(tokens(&reply, None, token.to_string(), received)),
            issuer,
            subject,
        };
        Ok((record, verified_email))
    }

    /// Renews a sign-in. On success and on [`Renewal::Unproven`] the old
    /// refresh token is spent, so the record has to be kept either way.
    ///
    /// *Source*: RFC 6749, section 6; OpenID Connect Core 1.0, section 12.
    pub(crate) async fn refresh(&mut self, record: &Record) -> Result<Renewal, RefreshError> {
        let old = record.tokens.as_ref().ok_or(RefreshError::Revoked)?;
        let refresh_token = RefreshToken::new(old.refresh.clone().ok_or(RefreshError::Expired)?);
        let http = self.http.clone();
        let reply: Reply = self
            .client()
            .exchange_refresh_token(&refresh_token)
            .map_err(|_| faulty(&self.party, "it names no token endpoint"))?
            .request_async(&http)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(answer)
                    if matches!(answer.error(), CoreErrorResponseType::InvalidGrant) =>
                {
                    RefreshError::Revoked
                }
                RequestTokenError::ServerResponse(answer) => {
                    faulty(&self.party, &words(&answer)).into()
                }
                other => from_token(&self.party, &other).into(),
            })?;
        let received = Timestamp::now();
        let id_text = reply
            .id_token()
            .map_or_else(|| old.id.clone(), ToString::to_string);
        let mut renewed = record.clone();
        renewed.tokens = Some(tokens(&reply, old.refresh.clone(), id_text, received));
        let Some(token) = reply.id_token().cloned() else {
            return Ok(Renewal::Proven(renewed));
        };
        let nonce = Nonce::new(record.nonce.clone());
        match self
            .believe(&token, &reply, NonceRule::IfPresent(&nonce), received)
            .await
        {
            Ok((subject, said)) if subject == record.subject => {
                renewed.person = said.into_person(&record.issuer, &subject);
                Ok(Renewal::Proven(renewed))
            }
            Ok(_) => Ok(Renewal::Unproven(
                renewed,
                ProviderError::Untrusted {
                    what: "it names another person".into(),
                },
            )),
            Err(error) => Ok(Renewal::Unproven(renewed, error)),
        }
    }

    /// Withdraws the sign-in at the provider.
    ///
    /// *Source*: RFC 7009, section 2.
    pub(crate) async fn revoke(&self, tokens: &Tokens) -> Revocation {
        let Some(endpoint) = &self.metadata.additional_metadata().revocation_endpoint else {
            return Revocation::NotOffered;
        };
        // Withdrawing the refresh token withdraws what was made from it.
        let (token, hint) = match &tokens.refresh {
            Some(refresh) => (refresh, "refresh_token"),
            None => (&tokens.access, "access_token"),
        };
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token)
            .append_pair("token_type_hint", hint)
            .append_pair("client_id", &self.party.client_id)
            .finish();
        let request: Result<HttpRequest, _> = openidconnect::http::Request::post(endpoint.as_str())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.into_bytes());
        let Ok(request) = request else {
            return Revocation::Failed(faulty(&self.party, "its revocation address is not valid"));
        };
        match self.http.send(request).await {
            Ok(answer) if answer.status().is_success() => Revocation::Done,
            Ok(answer) => Revocation::Failed(faulty(
                &self.party,
                &format!("it answers {}", answer.status()),
            )),
            Err(error) => Revocation::Failed(from_http(&self.party, &error)),
        }
    }

    /// Where the browser ends the provider's own session.
    ///
    /// *Source*: OpenID Connect RP-Initiated Logout 1.0, section 2.
    pub(crate) fn end_session(&self, id_token: Option<&str>, back: Option<&Url>) -> Option<Url> {
        let endpoint = self
            .metadata
            .additional_metadata()
            .end_session_endpoint
            .clone()?;
        if !is_safe(endpoint.url()) {
            return None;
        }
        let mut request = LogoutRequest::from(endpoint)
            .set_client_id(ClientId::new(self.party.client_id.clone()));
        if let Some(token) = id_token.and_then(|token| token.parse::<Token>().ok()) {
            request = request.set_id_token_hint(&token);
        }
        if let Some(back) = back {
            let back = PostLogoutRedirectUrl::from_url(back.clone());
            request = request.set_post_logout_redirect_uri(back);
        }
        Some(request.http_get_url())
    }

    /// Who holds an ID token that one of `clients` was given, with the keys
    /// that are known.
    ///
    /// *Source*: OpenID Connect Core 1.0, section 3.1.3.7.
    pub(crate) fn holder(
        &self,
        token: &Token,
        clients: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<(String, Said), Refusal> {
        let mut refusal = Refusal::Final(ProviderError::Untrusted {
            what: "no program is trusted".into(),
        });
        for client in clients {
            let client_id = ClientId::new(client.clone());
            match verify(token, &self.expected(&client_id, NonceRule::Any, None, now)) {
                Ok(claims) => {
                    let said = Said::in_id_token(claims, &self.party.groups_claim);
                    return Ok((claims.subject().to_string(), said));
                }
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    /// The issuer, as the provider spells it.
    pub(crate) fn issuer(&self) -> &str {
        self.metadata.issuer().as_str()
    }

    /// Checks an ID token, with fresh keys if it names an unknown one, and
    /// asks the user info endpoint for what it leaves out.
    async fn believe(
        &mut self,
        token: &Token,
        reply: &Reply,
        nonce: NonceRule<'_>,
        now: Timestamp,
    ) -> Result<(String, Said), ProviderError> {
        let checked = match self.check(token, reply, nonce, now) {
            Err(Refusal::UnknownKey) => {
                self.fetch_keys().await?;
                self.check(token, reply, nonce, now)
            }
            other => other,
        };
        let (subject, mut said) = checked.map_err(|refusal| match refusal {
            Refusal::UnknownKey => ProviderError::WrongKey,
            Refusal::Final(error) => error,
        })?;
        if said.is_thin()
            && let Some(more) = self
                .user_info(reply.access_token().clone(), subject.clone())
                .await?
        {
            said = said.or(more);
        }
        Ok((subject.to_string(), said))
    }

    fn check(
        &self,
        token: &Token,
        reply: &Reply,
        nonce: NonceRule<'_>,
        now: Timestamp,
    ) -> Result<(SubjectIdentifier, Said), Refusal> {
        let client_id = ClientId::new(self.party.client_id.clone());
        let expected = self.expected(&client_id, nonce, Some(reply.access_token()), now);
        let claims = verify(token, &expected)?;
        Ok((
            claims.subject().clone(),
            Said::in_id_token(claims, &self.party.groups_claim),
        ))
    }

    fn expected<'a>(
        &'a self,
        client_id: &'a ClientId,
        nonce: NonceRule<'a>,
        access_token: Option<&'a AccessToken>,
        now: Timestamp,
    ) -> Expected<'a> {
        Expected {
            issuer: self.metadata.issuer(),
            client_id,
            algorithms: self.metadata.id_token_signing_alg_values_supported(),
            keys: self.metadata.jwks(),
            nonce,
            access_token,
            now,
        }
    }

    /// Reads the provider's keys again: it may have new ones.
    pub(crate) async fn fetch_keys(&mut self) -> Result<(), ProviderError> {
        let http = self.http.clone();
        let keys = CoreJsonWebKeySet::fetch_async(self.metadata.jwks_uri(), &http)
            .await
            .map_err(|error| from_discovery(&self.party, error))?;
        self.metadata = self.metadata.clone().set_jwks(keys);
        Ok(())
    }

    async fn user_info(
        &self,
        access_token: AccessToken,
        subject: SubjectIdentifier,
    ) -> Result<Option<Said>, ProviderError> {
        let client = self.client();
        let Ok(request) = client.user_info(access_token, Some(subject)) else {
            return Ok(None);
        };
        let http = self.http.clone();
        let info: UserInfoClaims<SiteClaims, CoreGenderClaim> = request
            .request_async(&http)
            .await
            .map_err(|error| match error {
                UserInfoError::Request(error) => from_http(&self.party, &error),
                UserInfoError::ClaimsVerification(_) => ProviderError::Untrusted {
                    what: "it names another person".into(),
                },
                _ => faulty(&self.party, "it tells nothing about the person"),
            })?;
        Ok(Some(Said::at_user_info(&info, &self.party.groups_claim)))
    }

    fn client(&self) -> OpenIdClient {
        let secret = self.party.client_secret.as_ref();
        let client = Client::from_provider_metadata(
            self.metadata.clone(),
            ClientId::new(self.party.client_id.clone()),
            secret.map(|secret| ClientSecret::new(secret.0.clone())),
        );
        // Basic, unless the provider says that it takes the form alone.
        let offered = self.metadata.token_endpoint_auth_methods_supported();
        let form_alone = offered.is_some_and(|methods| {
            methods.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
        });
        client.set_auth_type(if form_alone {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        })
    }
}

/// What a refresh brought.
pub(crate) enum Renewal {
    /// New tokens, and the provider vouches for the person.
    Proven(Record),
    /// New tokens, but what came with them is not believed.
    Unproven(Record, ProviderError),
}

fn tokens(reply: &Reply, old_refresh: Option<String>, id: String, received: Timestamp) -> Tokens {
    let lifetime = reply
        .expires_in()
        .unwrap_or(UNSTATED_LIFETIME)
        .min(LIFETIME_LIMIT);
    Tokens {
        access: reply.access_token().secret().clone(),
        // A provider that does not rotate repeats nothing: the old one stays good.
        refresh: reply
            .refresh_token()
            .map(|token| token.secret().clone())
            .or(old_refresh),
        id,
        received,
        fresh_until: received
            + SignedDuration::try_from(lifetime).unwrap_or(SignedDuration::from_secs(300)),
    }
}
