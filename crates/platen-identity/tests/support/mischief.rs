//! A hand-made provider that lies in one way at a time.
//!
//! What a certified provider can do is tested against one; this is for what
//! none would ever do.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use platen_identity::{Identity, Session, SignInError};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use super::PATIENCE;
use super::browser::{Browser, Wish};

/// How it misbehaves; the default is a good provider.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lies {
    pub(crate) issuer_in_description: Option<&'static str>,
    pub(crate) issuer_in_token: Option<&'static str>,
    pub(crate) issuer_in_answer: Option<&'static str>,
    pub(crate) audience: Option<&'static str>,
    pub(crate) authorized_party: Option<&'static str>,
    pub(crate) nonce: Option<&'static str>,
    pub(crate) access_token_hash: Option<&'static str>,
    pub(crate) subject_after_refresh: Option<&'static str>,
    pub(crate) unsigned: bool,
    pub(crate) symmetric: bool,
    pub(crate) signs_with_unpublished_key: bool,
    pub(crate) signs_with_unknown_key_id: bool,
    /// Publishes its real key only when asked the second time.
    pub(crate) rotates_keys: bool,
    pub(crate) clock_s: i64,
    pub(crate) description_status: Option<u16>,
    pub(crate) description_bytes: usize,
    pub(crate) description_redirects: bool,
    pub(crate) token_status: Option<u16>,
}

/// What it has been asked so far.
#[derive(Debug, Default)]
struct Seen {
    nonce: String,
    key_requests: usize,
    refresh_tokens: Vec<String>,
}

struct Inner {
    issuer: String,
    lies: Mutex<Lies>,
    seen: Mutex<Seen>,
    published: EcdsaKeyPair,
    hidden: EcdsaKeyPair,
}

/// A running liar; it ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Mischief(Arc<Inner>);

impl Mischief {
    pub(crate) async fn start(lies: Lies) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let this = Self(Arc::new(Inner {
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            lies: Mutex::new(lies),
            seen: Mutex::default(),
            published: key(),
            hidden: key(),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/elsewhere", get(describe))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(this.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        this
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.0.issuer
    }

    pub(crate) fn now_lies(&self, lies: Lies) {
        *self.0.lies.lock().unwrap() = lies;
    }

    pub(crate) fn key_requests(&self) -> usize {
        self.0.seen.lock().unwrap().key_requests
    }

    pub(crate) fn refresh_tokens(&self) -> Vec<String> {
        self.0.seen.lock().unwrap().refresh_tokens.clone()
    }

    /// Signs in; the browser's way through the pages is cut short.
    pub(crate) async fn sign_in(
        &self,
        identity: &Identity,
    ) -> (Result<Session, SignInError>, String) {
        let pending = identity.begin_sign_in().await.unwrap();
        let asked = |name: &str| {
            pending
                .url
                .query_pairs()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .unwrap()
        };
        self.0.seen.lock().unwrap().nonce = asked("nonce");
        let mut back: url::Url = asked("redirect_uri").parse().unwrap();
        back.query_pairs_mut()
            .append_pair("code", "code")
            .append_pair("state", &asked("state"));
        if let Some(issuer) = self.lies().issuer_in_answer {
            back.query_pairs_mut().append_pair("iss", issuer);
        }
        let browser = tokio::spawn(async move { Browser::new().walk(back, Wish::Cancel).await });
        let outcome = pending.finish(PATIENCE).await;
        (outcome, browser.await.unwrap())
    }

    fn lies(&self) -> Lies {
        self.0.lies.lock().unwrap().clone()
    }

    fn id_token(&self, refreshed: bool) -> String {
        let lies = self.lies();
        let now = i64::try_from(
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap()
                .as_secs(),
        )
        .unwrap();
        let issued = now + lies.clock_s;
        let honest_nonce = self.0.seen.lock().unwrap().nonce.clone();
        let mut claims = json!({
            "iss": lies.issuer_in_token.unwrap_or(&self.0.issuer),
            "aud": lies.audience.unwrap_or("platen"),
            "sub": lies.subject_after_refresh.filter(|_| refreshed).unwrap_or("17"),
            "iat": issued, "exp": issued + 600,
            "nonce": lies.nonce.unwrap_or(&honest_nonce),
            "name": "Alice Archer", "preferred_username": "alice", "groups": ["students"],
        });
        if let Some(party) = lies.authorized_party {
            claims["azp"] = json!(party);
        }
        if let Some(hash) = lies.access_token_hash {
            claims["at_hash"] = json!(hash);
        }
        let (algorithm, key) = match () {
            () if lies.unsigned => ("none", None),
            () if lies.symmetric => ("HS256", None),
            () if lies.signs_with_unpublished_key => ("ES256", Some(&self.0.hidden)),
            () => ("ES256", Some(&self.0.published)),
        };
        let id = if lies.signs_with_unknown_key_id {
            "nobody's"
        } else {
            "one"
        };
        let header = json!({"alg": algorithm, "kid": id, "typ": "JWT"});
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let signature = match key {
            Some(key) => key
                .sign(&SystemRandom::new(), signed.as_bytes())
                .unwrap()
                .as_ref()
                .to_vec(),
            None if lies.symmetric => {
                // The old trick: the public key taken for a shared secret.
                let secret = ring::hmac::Key::new(
                    ring::hmac::HMAC_SHA256,
                    self.0.published.public_key().as_ref(),
                );
                ring::hmac::sign(&secret, signed.as_bytes())
                    .as_ref()
                    .to_vec()
            }
            None => Vec::new(),
        };
        format!("{signed}.{}", BASE64.encode(signature))
    }
}

async fn describe(State(this): State<Mischief>, uri: axum::http::Uri) -> Response {
    let lies = this.lies();
    if let Some(status) = lies.description_status {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    if lies.description_redirects && uri.path() != "/elsewhere" {
        return Redirect::temporary("/elsewhere").into_response();
    }
    let base = &this.0.issuer;
    Json(json!({
        "issuer": lies.issuer_in_description.unwrap_or(base),
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "jwks_uri": format!("{base}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
        "padding": " ".repeat(lies.description_bytes),
    }))
    .into_response()
}

async fn keys(State(this): State<Mischief>) -> Json<Value> {
    let requests = {
        let mut seen = this.0.seen.lock().unwrap();
        seen.key_requests += 1;
        seen.key_requests
    };
    let id = if this.lies().rotates_keys && requests == 1 {
        "an old one"
    } else {
        "one"
    };
    let point = this.0.published.public_key().as_ref();
    Json(json!({"keys": [{
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id,
        "x": BASE64.encode(&point[1..33]), "y": BASE64.encode(&point[33..65]),
    }]}))
}

async fn token(State(this): State<Mischief>, Form(form): Form<Vec<(String, String)>>) -> Response {
    if let Some(status) = this.lies().token_status {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    let old = form
        .into_iter()
        .find(|(name, _)| name == "refresh_token")
        .map(|(_, token)| token);
    let count = {
        let mut seen = this.0.seen.lock().unwrap();
        seen.refresh_tokens.extend(old.clone());
        seen.refresh_tokens.len()
    };
    Json(json!({
        "access_token": "access", "token_type": "Bearer", "expires_in": 600,
        "refresh_token": format!("refresh {count}"),
        "id_token": this.id_token(old.is_some()),
    }))
    .into_response()
}

fn key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap()
}

fn encode(json: &Value) -> String {
    BASE64.encode(json.to_string())
}
