//! A computer with the print client, as the server sees it: enrolled with an ID token of the
//! provider's, asking for points to use without network.

use anyhow::{Context, Result, ensure};
use reqwest::header::AUTHORIZATION;
use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::ServerRig;
use super::web::{Form, MOST_STEPS, WebClient};

/// Nobody listens there: the code is in the address that the provider leads to.
const REDIRECT: &str = "http://127.0.0.1:9/callback";
/// For the flow's proof key (RFC 7636), and its SHA-256 in base64url.
const VERIFIER: &str = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv";
const CHALLENGE: &str = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM";
/// Thirty-two zeros in base64.
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// One enrolled device.
pub struct EnrolledDevice {
    web: WebClient,
    token: String,
    sequence: u64,
}

impl ServerRig {
    /// The identifier of the account that a search finds first.
    ///
    /// # Errors
    /// When there is none.
    pub async fn account(&self, search: &str) -> Result<String> {
        let admin = self.sign_in("admin").await?;
        let path = format!("/console/accounts?search={search}");
        let list = admin.get(&path).await?.text;
        let id = list.split_once("id=\"usage-").map(|(_, rest)| &rest[..36]);
        Ok(id.context("no such account")?.to_owned())
    }

    /// An ID token of `login`'s, and by which identifier the server knows him.
    ///
    /// # Errors
    /// When provider or server refuse.
    pub async fn identity(&self, login: &str) -> Result<(String, String)> {
        let web = WebClient::new(&self.url())?;
        let token = id_token(&web, self.provider().issuer(), login).await?;
        let body = json!({
            "device": id(0xf, u32::from_be_bytes([0, 0, 0, login.as_bytes()[0]])),
            "name": "nothing", "key": KEY,
        });
        let enrolled = ask(&web, &token, "/sync/enrolment", &body).await?;
        let user = enrolled["user"].as_str().context("no user")?.to_owned();
        Ok((token, user))
    }

    /// Sets up a device of `login`'s that people call `name`; `number` makes its identity.
    ///
    /// # Errors
    /// When provider or server refuse.
    pub async fn device(&self, login: &str, name: &str, number: u32) -> Result<EnrolledDevice> {
        let web = WebClient::new(&self.url())?;
        let token = id_token(&web, self.provider().issuer(), login).await?;
        let body = json!({
            "device": id(0xd, number), "name": name, "system": "Debian", "key": KEY,
        });
        let enrolled = ask(&web, &token, "/sync/enrolment", &body).await?;
        let token = enrolled["token"].as_str().context("no token")?.to_owned();
        Ok(EnrolledDevice {
            web,
            token,
            sequence: 1,
        })
    }
}

impl EnrolledDevice {
    /// Asks for what it shows, and has an answer that goes on; its first part is read.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn wait_for_news(&self) -> Result<reqwest::Response> {
        let view = self.request(Method::GET, "/sync/view?wait=false");
        let view: Value = serde_json::from_str(&self.web.send(view).await?.text)?;
        let version = view["version"].as_u64().context("no version")?;
        let path = format!("/sync/view?changes=true&after={version}");
        let waiting = self.web.open(self.request(Method::GET, &path)).await?;
        ensure!(waiting.status() == 200, "{waiting:?}");
        Ok(waiting)
    }

    /// Delivers an operation, and gives what became of it.
    ///
    /// # Errors
    /// When the server refuses the request as a whole.
    pub async fn deliver(&mut self, number: u32, action: &Value) -> Result<Value> {
        let body = json!({
            "acknowledged": 0,
            "operations": [{
                "id": id(0x0b, number), "sequence": self.sequence,
                "made_at": "2026-11-29T10:00:01Z", "action": action,
            }],
        });
        let answers = ask(&self.web, &self.token, "/sync/operations", &body).await?;
        self.sequence += 1;
        Ok(answers["answers"][0]["result"].clone())
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        with_token(self.web.request(method, path), &self.token)
    }

    /// Asks for points of the account with this identifier; `number` makes the lease's, which is
    /// given.
    ///
    /// # Errors
    /// When the server does not grant them.
    pub async fn lease(&mut self, account: &str, points: u32, number: u32) -> Result<String> {
        let lease = id(0x1e, number);
        let action = json!({
            "kind": "ask_lease", "account": account, "points": points.to_string(),
            "lease": lease,
        });
        let answer = self.deliver(number, &action).await?;
        ensure!(
            answer["lease"].is_object(),
            "no points were granted: {answer}"
        );
        Ok(lease)
    }
}

/// An identifier that differs by kind and number.
fn id(kind: u32, number: u32) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

fn with_token(request: reqwest::RequestBuilder, token: &str) -> reqwest::RequestBuilder {
    request
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .header("platen-protocol", "1")
}

async fn ask(web: &WebClient, token: &str, path: &str, body: &Value) -> Result<Value> {
    let request = with_token(web.request(Method::POST, path), token).body(body.to_string());
    let page = web.send(request).await?;
    ensure!(page.status == 200, "{path}: {} {}", page.status, page.text);
    Ok(serde_json::from_str(&page.text)?)
}

/// Signs in as the print client does, up to the ID token.
async fn id_token(web: &WebClient, issuer: &str, login: &str) -> Result<String> {
    let fields = [
        ("client_id", "platen"),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid email profile groups"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("state", "s"),
        ("nonce", "n"),
    ];
    let mut at = Url::parse_with_params(&format!("{issuer}/auth"), fields)?;
    let mut page = web.visit(Method::GET, &at, None).await?;
    for _ in 0..MOST_STEPS {
        if at.as_str().starts_with(REDIRECT) {
            break;
        }
        if let Some(next) = &page.location {
            at = at.join(next)?;
            if !at.as_str().starts_with(REDIRECT) {
                page = web.visit(Method::GET, &at, None).await?;
            }
            continue;
        }
        let form = Form::find(&page.text).with_context(|| format!("no form at {at}"))?;
        at = at.join(&form.action)?;
        page = web
            .visit(Method::POST, &at, Some(form.filled_in(login)))
            .await?;
    }
    let mut pairs = at.query_pairs();
    let code = pairs.find(|(name, _)| name == "code");
    let code = code
        .with_context(|| format!("no code at {at}"))?
        .1
        .into_owned();
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", "platen"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    // A program asks, and not a page.
    let http = reqwest::Client::builder().no_proxy().build()?;
    let asked = http.post(format!("{issuer}/token")).form(&fields);
    let answer = asked.send().await?.error_for_status()?.text().await?;
    let answer: Value = serde_json::from_str(&answer)?;
    let token = answer["id_token"].as_str();
    Ok(token.context("the provider gave no ID token")?.to_owned())
}
