//! Who sends, as push services are told. *Source*: RFC 8292.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use platen_ledger::{Ledger, LedgerError};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use url::Url;

/// Under which the ledger keeps the key, for all servers of the site: browsers
/// subscribe with its public half, so it must never change.
const SECRET: &str = "web-push";
/// At most a day. *Source*: RFC 8292, section 2.
const TOKEN_LIFE_S: i64 = 12 * 3600;

/// The site's key.
pub(super) struct Vapid {
    pair: EcdsaKeyPair,
    /// Whom a push service may turn to.
    subject: String,
    random: SystemRandom,
}

impl Vapid {
    /// The key that the ledger keeps, made if there is none.
    ///
    /// *Errors*: the ledger; what it keeps is no key.
    pub(super) async fn of(ledger: &Ledger, site: &Url) -> Result<Self, LedgerError> {
        let random = SystemRandom::new();
        let fresh = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        let fresh = fresh.map_err(no_key)?.as_ref().to_vec();
        let kept = ledger.site_secret(SECRET, fresh).await?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &kept, &random);
        Ok(Self {
            pair: pair.map_err(no_key)?,
            subject: site.origin().ascii_serialization(),
            random,
        })
    }

    /// What browsers subscribe with.
    pub(super) fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.public_key())
    }

    /// The header that goes to the push service of `endpoint`.
    pub(super) fn authorization(&self, endpoint: &Url, now: Timestamp) -> Option<String> {
        let header = serde_json::json!({ "typ": "JWT", "alg": "ES256" });
        let claims = serde_json::json!({
            "aud": endpoint.origin().ascii_serialization(),
            "exp": now.as_second().saturating_add(TOKEN_LIFE_S),
            "sub": self.subject,
        });
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&self.random, signed.as_bytes()).ok()?;
        let signature = URL_SAFE_NO_PAD.encode(signature);
        let key = self.public_key();
        Some(format!("vapid t={signed}.{signature}, k={key}"))
    }
}

/// Only a broken source of randomness or a broken store comes to this.
fn no_key<E>(_: E) -> LedgerError {
    LedgerError::Corrupt {
        detail: "the key for web push can't be used".into(),
    }
}
