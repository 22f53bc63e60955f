//! An ID token as the tray app gets it: by its own client, on loopback.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tokio::net::TcpListener;

use super::{Browser, shared_provider};

/// Signs `login` in at the shared provider with the tray app's client.
pub(crate) async fn id_token(login: &str) -> String {
    id_token_of(login, "openid email profile groups").await
}

/// The same with what these scopes let the token say.
pub(crate) async fn id_token_of(login: &str, scopes: &str) -> String {
    let issuer = shared_provider().issuer().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let redirect = format!("http://127.0.0.1:{port}/callback");
    let verifier = "v".repeat(43);
    let hash = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
    let challenge = URL_SAFE_NO_PAD.encode(hash);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", "platen")
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", &redirect)
        .append_pair("scope", scopes)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .append_pair("state", "s")
        .append_pair("nonce", "n")
        .finish();
    let browser = Browser::new(&format!("http://127.0.0.1:{port}"));
    let start = browser.get(&format!("{issuer}/auth?{query}")).await;
    let back = browser.at_provider(start, login).await;
    drop(listener);
    let back = reqwest::Url::parse(back.location().unwrap()).unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap();
    let form = BTreeMap::from([
        ("grant_type", "authorization_code"),
        ("client_id", "platen"),
        ("code", &code.1),
        ("redirect_uri", &redirect),
        ("code_verifier", &verifier),
    ]);
    let request = browser
        .request("POST", &format!("{issuer}/token"))
        .form(&form);
    let seen = browser.send(request).await.expect(200);
    let json: Value = serde_json::from_str(&seen.text).unwrap();
    json["id_token"].as_str().unwrap().to_owned()
}
