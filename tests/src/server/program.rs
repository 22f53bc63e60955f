//! A program that uses the Accounts API, with a credential that an administrator made for it in
//! the console.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::web::WebClient;

/// One admitted program.
pub struct ApiProgram {
    /// Where the server is, without a slash at the end.
    pub server: String,
    /// Whose site it is, in the paths.
    pub customer: String,
    /// The Client ID.
    pub id: String,
    /// The Client Secret.
    pub secret: String,
    http: reqwest::Client,
}

impl ApiProgram {
    /// Has it admitted by the administrator of the server at `url`.
    ///
    /// # Errors
    /// When provider or server refuse.
    pub async fn admitted(url: &str) -> Result<Self> {
        let admin = WebClient::sign_in(url, "admin").await?;
        let made = admin.done("/console/api", &[("name", "Finance")]).await?;
        let page = match made.location {
            Some(next) => admin.get(&next).await?,
            None => made,
        };
        let customer = between(&page.text, "<code>", "</code>")?;
        Ok(Self {
            server: url.to_owned(),
            customer: customer.to_owned(),
            id: value_of(&page.text, "client-id")?.to_owned(),
            secret: value_of(&page.text, "client-secret")?.to_owned(),
            http: reqwest::Client::builder().no_proxy().build()?,
        })
    }

    /// Exchanges its credential for an access token.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn token(&self) -> Result<String> {
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", "cloudprint:billing-accounts"),
        ];
        let request = self
            .http
            .post(format!("{}/oauth/token", self.server))
            .form(&form);
        let answer = request
            .basic_auth(&self.id, Some(&self.secret))
            .send()
            .await?;
        let answer: Value = answer.error_for_status()?.json().await?;
        let token = answer["access_token"].as_str().context("no token")?;
        Ok(token.to_owned())
    }

    /// Sends JSON and gives the answer.
    ///
    /// # Errors
    /// When it is not a good one.
    pub async fn ask(&self, token: &str, method: &str, path: &str, body: &Value) -> Result<Value> {
        let url = format!("{}/{}{path}", self.server, self.customer);
        let request = self.http.request(method.parse()?, url).bearer_auth(token);
        let request = match body {
            Value::Null => request,
            body => request.header("if-match", "*").json(body),
        };
        let answer = request.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{method} {path}: {status} {text}");
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}

fn between<'text>(text: &'text str, before: &str, after: &str) -> Result<&'text str> {
    let found = text
        .split_once(before)
        .and_then(|(_, rest)| rest.split_once(after));
    found
        .map(|(found, _)| found)
        .with_context(|| format!("no {before} in {text}"))
}

/// The value of the input with this id.
fn value_of<'text>(text: &'text str, id: &str) -> Result<&'text str> {
    let input = between(text, &format!("<input id=\"{id}\""), ">")?;
    between(input, "value=\"", "\"")
}
