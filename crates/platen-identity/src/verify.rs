//! Whether an ID token may be believed.

use jiff::Timestamp;
use openidconnect::core::{
    CoreGenderClaim, CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IdToken, IdTokenClaims,
    IdTokenVerifier, IssuerUrl, Nonce, SignatureVerificationError,
};

use crate::claims::SiteClaims;
use crate::error::ProviderError;

/// How far two honest clocks may be apart.
const LEEWAY_S: i64 = 120;

pub(crate) type Token = IdToken<
    SiteClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Claims = IdTokenClaims<SiteClaims, CoreGenderClaim>;

/// What the token has to fit.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a IssuerUrl,
    pub(crate) client_id: &'a ClientId,
    pub(crate) algorithms: &'a [CoreJwsSigningAlgorithm],
    pub(crate) keys: &'a CoreJsonWebKeySet,
    pub(crate) nonce: NonceRule<'a>,
    /// The one that came with it.
    pub(crate) access_token: Option<&'a AccessToken>,
    pub(crate) now: Timestamp,
}

/// Which nonce a token has to carry.
#[derive(Clone, Copy)]
pub(crate) enum NonceRule<'a> {
    /// After sign-in: exactly this one.
    Required(&'a Nonce),
    /// After a refresh: this one or none (OpenID Connect Core 1.0, section 12.2).
    IfPresent(&'a Nonce),
    /// Of a token that somebody else asked for.
    Any,
}

/// Why it is not believed.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// No published key fits; fresh keys may.
    UnknownKey,
    Final(ProviderError),
}

/// Checks signature, issuer, audience, times, nonce and access token hash.
///
/// *Source*: OpenID Connect Core 1.0, sections 3.1.3.7, 3.1.3.8 and 12.2.
pub(crate) fn verify<'t>(token: &'t Token, expected: &Expected<'_>) -> Result<&'t Claims, Refusal> {
    let verifier: IdTokenVerifier<'_, CoreJsonWebKey> = IdTokenVerifier::new_public_client(
        expected.client_id.clone(),
        expected.issuer.clone(),
        expected.keys.clone(),
    )
    .set_allowed_algs(
        expected
            .algorithms
            .iter()
            .filter(|algorithm| is_asymmetric(algorithm))
            .cloned(),
    )
    // The times are checked below, with leeway and with a sentence of their own.
    .set_time_fn(Default::default);

    let nonce = expected.nonce;
    let claims = token
        .claims(&verifier, move |found: Option<&Nonce>| nonce.check(found))
        .map_err(|error| refusal(&error, expected.issuer))?;

    check_times(
        claims.issue_time().timestamp(),
        claims.expiration().timestamp(),
        expected.now.as_second(),
    )
    .map_err(Refusal::Final)?;
    if claims
        .authorized_party()
        .is_some_and(|party| **party != **expected.client_id)
    {
        return Err(untrusted("it was made for another program"));
    }
    if let (Some(hash), Some(access_token)) = (claims.access_token_hash(), expected.access_token) {
        let actual = token
            .signing_alg()
            .ok()
            .zip(token.signing_key(&verifier).ok())
            .and_then(|(algorithm, key)| {
                AccessTokenHash::from_token(access_token, algorithm, key).ok()
            });
        if actual.as_ref() != Some(hash) {
            return Err(untrusted("its two halves do not belong together"));
        }
    }
    Ok(claims)
}

impl NonceRule<'_> {
    fn check(self, found: Option<&Nonce>) -> Result<(), String> {
        let fits = match (self, found) {
            (Self::Required(expected) | Self::IfPresent(expected), Some(found)) => {
                expected.secret() == found.secret()
            }
            (Self::Required(_), None) => false,
            (Self::IfPresent(_), None) | (Self::Any, _) => true,
        };
        if fits { Ok(()) } else { Err("nonce".into()) }
    }
}

/// A public client holds no secret, so a symmetric signature proves nothing.
fn is_asymmetric(algorithm: &CoreJwsSigningAlgorithm) -> bool {
    use CoreJwsSigningAlgorithm as Alg;
    !matches!(
        algorithm,
        Alg::HmacSha256 | Alg::HmacSha384 | Alg::HmacSha512 | Alg::None
    )
}

/// The token was made a moment ago, so times that don't fit mean that a clock
/// is off.
fn check_times(issued_s: i64, expires_s: i64, now_s: i64) -> Result<(), ProviderError> {
    if now_s - expires_s >= LEEWAY_S || issued_s - now_s > LEEWAY_S {
        return Err(ProviderError::ClockOff {
            ahead_s: now_s - issued_s,
        });
    }
    Ok(())
}

fn refusal(error: &ClaimsVerificationError, issuer: &IssuerUrl) -> Refusal {
    use ClaimsVerificationError as Claim;
    use SignatureVerificationError as Signature;
    tracing::warn!(%error, "an ID token was refused");
    match error {
        Claim::InvalidIssuer(_) => Refusal::Final(ProviderError::WrongIssuer {
            expected: issuer.to_string(),
            found: "something else".into(),
        }),
        Claim::InvalidAudience(_) => untrusted("it was made for another program"),
        Claim::InvalidNonce(_) => untrusted("it belongs to another sign-in"),
        Claim::SignatureVerification(Signature::NoMatchingKey) => Refusal::UnknownKey,
        Claim::SignatureVerification(Signature::NoSignature) => untrusted("it is not signed"),
        Claim::SignatureVerification(
            Signature::DisallowedAlg(_) | Signature::UnsupportedAlg(_),
        ) => untrusted("it is signed in a way that was not agreed on"),
        Claim::SignatureVerification(_) => Refusal::Final(ProviderError::WrongKey),
        _ => untrusted("it is not an identity that Platen can check"),
    }
}

fn untrusted(what: &str) -> Refusal {
    Refusal::Final(ProviderError::Untrusted { what: what.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_be_two_minutes_apart_and_not_more() {
        let (issued_s, expires_s) = (10_000, 10_600);
        for (now_s, ahead_s) in [
            (10_000 - 120, None),
            (10_000 - 121, Some(-121)),
            (10_600 + 119, None),
            (10_600 + 120, Some(720)),
        ] {
            let expected =
                ahead_s.map_or(Ok(()), |ahead_s| Err(ProviderError::ClockOff { ahead_s }));
            assert_eq!(
                check_times(issued_s, expires_s, now_s),
                expected,
                "now {now_s}"
            );
        }
    }

    #[test]
    fn a_refreshed_token_may_leave_the_nonce_out_but_not_change_it() {
        let (ours, other) = (Nonce::new("ours".into()), Nonce::new("other".into()));
        assert!(NonceRule::Required(&ours).check(Some(&ours)).is_ok());
        assert!(NonceRule::Required(&ours).check(None).is_err());
        assert!(NonceRule::Required(&ours).check(Some(&other)).is_err());
        assert!(NonceRule::IfPresent(&ours).check(None).is_ok());
        assert!(NonceRule::IfPresent(&ours).check(Some(&other)).is_err());
    }
}
