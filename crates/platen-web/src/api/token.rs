//! Access tokens: what they say, and who believes them.
//!
//! *Source*: rules.md R-32; RFC 9068 (JWT access tokens), RFC 8725 (best
//! practice).

use jiff::Timestamp;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use super::signing;

/// The one scope that there is.
pub(crate) const SCOPE: &str = "cloudprint:billing-accounts";

/// How long a token lasts.
pub(crate) const LIFE_SECONDS: i64 = 15 * 60;

/// The name of the key among the site's secrets.
pub(crate) const SECRET_NAME: &str = "api-token";

/// *Source*: RFC 9068, section 2.1: no other token of ours is taken for one.
const TYPE: &str = "at+jwt";

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    aud: String,
    /// The credential.
    pub(crate) sub: Uuid,
    client_id: Uuid,
    pub(crate) scope: String,
    iat: i64,
    exp: i64,
    jti: Uuid,
}

/// Makes and checks tokens for one site.
pub(crate) struct Tokens {
    issuer: String,
    audience: String,
    signing: EncodingKey,
    checking: DecodingKey,
    validation: Validation,
}

impl Tokens {
    /// Tokens of the site `customer` at `public_url`, under a secret key.
    pub(crate) fn new(public_url: &Url, customer: Uuid, secret: &[u8]) -> Self {
        signing::install();
        let issuer = public_url.as_str().trim_end_matches('/').to_owned();
        let audience = format!("{issuer}/{customer}");
        let mut validation = Validation::new(signing::ALGORITHM);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[&audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = 0;
        Self {
            issuer,
            audience,
            signing: EncodingKey::from_secret(secret),
            checking: DecodingKey::from_secret(secret),
            validation,
        }
    }

    /// A token for the credential; none if it can't be signed, which is not to
    /// be expected.
    pub(crate) fn issue(&self, credential: Uuid, now: Timestamp) -> Option<String> {
        let mut header = Header::new(signing::ALGORITHM);
        header.typ = Some(TYPE.to_owned());
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: credential,
            client_id: credential,
            scope: SCOPE.to_owned(),
            iat: now.as_second(),
            exp: now.as_second() + LIFE_SECONDS,
            jti: Uuid::now_v7(),
        };
        encode(&header, &claims, &self.signing).ok()
    }

    /// What a token says, if it is one of ours and still good.
    pub(crate) fn check(&self, token: &str) -> Option<Claims> {
        let checked = decode::<Claims>(token, &self.checking, &self.validation).ok()?;
        (checked.header.typ.as_deref() == Some(TYPE)).then_some(checked.claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use ring::hmac;
    use serde_json::{Value, json};

    const SECRET: &[u8] = b"a secret of thirty-two bytes, no";

    fn tokens() -> Tokens {
        let url = "https://print.example.edu/".parse().unwrap();
        Tokens::new(&url, Uuid::nil(), SECRET)
    }

    fn good() -> Value {
        let now = Timestamp::now().as_second();
        json!({
            "iss": "https://print.example.edu",
            "aud": format!("https://print.example.edu/{}", Uuid::nil()),
            "sub": Uuid::nil(), "client_id": Uuid::nil(), "scope": SCOPE,
            "iat": now, "exp": now + 60, "jti": Uuid::nil(),
        })
    }

    /// A token by hand, signed with `secret` whatever its header says.
    fn forge(header: &Value, claims: &Value, secret: &[u8]) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let tag = hmac::sign(&key, message.as_bytes());
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
    }

    fn header() -> Value {
        json!({"alg": "HS256", "typ": "at+jwt"})
    }

    #[test]
    fn token_of_ours_is_believed() {
        let credential = Uuid::now_v7();
        let token = tokens().issue(credential, Timestamp::now()).unwrap();
        let claims = tokens().check(&token).unwrap();
        assert_eq!((claims.sub, claims.scope.as_str()), (credential, SCOPE));
        assert_eq!(claims.exp - claims.iat, 900);
        // The forger of these tests makes tokens that differ in nothing else.
        assert!(tokens().check(&forge(&header(), &good(), SECRET)).is_some());
    }

    #[test]
    fn token_with_anything_wrong_is_not_believed() {
        let with = |name: &str, value: Value| {
            let mut claims = good();
            claims[name] = value;
            forge(&header(), &claims, SECRET)
        };
        let without = |name: &str| {
            let mut claims = good();
            claims.as_object_mut().unwrap().remove(name);
            forge(&header(), &claims, SECRET)
        };
        let headed = |alg: Value| forge(&json!({"alg": alg, "typ": "at+jwt"}), &good(), SECRET);
        let ours = tokens().issue(Uuid::nil(), Timestamp::now()).unwrap();
        let [head, body, tag] = ours.split('.').collect::<Vec<_>>().try_into().unwrap();
        let none = headed(json!("none"));
        let unsigned = none.rsplit_once('.').unwrap().0;
        let now = Timestamp::now().as_second();
        for (what, token) in [
            ("nothing", String::new()),
            ("no token", "a.b.c".to_owned()),
            ("alg none, signed", none.clone()),
            ("alg none, unsigned", format!("{unsigned}.")),
            ("alg None", headed(json!("None"))),
            ("HS384", headed(json!("HS384"))),
            ("HS512", headed(json!("HS512"))),
            ("RS256", headed(json!("RS256"))),
            ("EdDSA", headed(json!("EdDSA"))),
            ("no alg", forge(&json!({"typ": "at+jwt"}), &good(), SECRET)),
            (
                "another type",
                forge(&json!({"alg": "HS256", "typ": "JWT"}), &good(), SECRET),
            ),
            ("no type", forge(&json!({"alg": "HS256"}), &good(), SECRET)),
            ("another key", forge(&header(), &good(), b"another secret")),
            ("an empty key", forge(&header(), &good(), b"")),
            ("expired", with("exp", json!(now - 1))),
            ("expires as a text", with("exp", json!("never"))),
            ("never expires", without("exp")),
            ("another issuer", with("iss", json!("https://evil.example"))),
            ("no issuer", without("iss")),
            (
                "another site",
                with(
                    "aud",
                    json!(format!("https://print.example.edu/{}", Uuid::max())),
                ),
            ),
            ("no audience", without("aud")),
            ("no subject", without("sub")),
            ("no signature", format!("{head}.{body}.")),
            ("cut", format!("{head}.{body}")),
            (
                "a changed body",
                format!("{head}.{}.{tag}", {
                    let claims = with("scope", json!("everything"));
                    claims.split('.').nth(1).unwrap().to_owned()
                }),
            ),
            (
                "a changed header",
                format!("{}.{body}.{tag}", {
                    let other = headed(json!("HS512"));
                    other.split('.').next().unwrap().to_owned()
                }),
            ),
        ] {
            assert_eq!(tokens().check(&token), None, "{what}: {token}");
        }
    }

    #[test]
    fn token_of_a_past_moment_has_expired() {
        let past = Timestamp::now() - jiff::SignedDuration::from_secs(LIFE_SECONDS + 1);
        let token = tokens().issue(Uuid::nil(), past).unwrap();
        assert_eq!(tokens().check(&token), None);
    }
}
