//! A person's browser at the portal, without the drawing.

use anyhow::{Context, Result, bail};

/// Follows a single-use link and then asks as a browser would.
pub struct PortalClient {
    http: reqwest::Client,
    origin: String,
    cookie: String,
}

/// A page as it came.
#[derive(Clone, Debug)]
pub struct Page {
    /// HTTP's status.
    pub status: u16,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// The body.
    pub text: String,
}

impl PortalClient {
    /// Enters through `link`, which is used up by it.
    ///
    /// # Errors
    /// When the link is not taken.
    pub async fn enter(link: &str) -> Result<Self> {
        // Another test of this process may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let response = http.get(link).send().await?;
        let cookie = response
            .headers()
            .get("set-cookie")
            .and_then(|cookie| cookie.to_str().ok())
            .and_then(|cookie| cookie.split(';').next())
            .context("the link gave no session")?
            .to_owned();
        let url = reqwest::Url::parse(link)?;
        Ok(Self {
            http,
            origin: url.origin().ascii_serialization(),
            cookie,
        })
    }

    /// Asks for a page.
    ///
    /// # Errors
    /// When the portal does not answer.
    pub async fn get(&self, path: &str) -> Result<Page> {
        let request = self.http.get(format!("{}{path}", self.origin));
        page(request.header("cookie", &self.cookie).send().await?).await
    }

    /// Sends a form.
    ///
    /// # Errors
    /// When the portal does not answer.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Page> {
        let request = self
            .http
            .post(format!("{}{path}", self.origin))
            .header("cookie", &self.cookie)
            .header("origin", &self.origin)
            .header("sec-fetch-site", "same-origin")
            .form(form);
        page(request.send().await?).await
    }

    /// Sends a form that must be accepted.
    ///
    /// # Errors
    /// When the portal refuses, with its page.
    pub async fn done(&self, path: &str, form: &[(&str, &str)]) -> Result<()> {
        let page = self.post(path, form).await?;
        if page.status >= 400 {
            bail!(
                "the portal refused {path} with {}: {}",
                page.status,
                page.text
            );
        }
        Ok(())
    }
}

async fn page(response: reqwest::Response) -> Result<Page> {
    let location = response
        .headers()
        .get("location")
        .and_then(|location| location.to_str().ok())
        .map(str::to_owned);
    Ok(Page {
        status: response.status().as_u16(),
        location,
        text: response.text().await?,
    })
}
