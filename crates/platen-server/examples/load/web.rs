//! Asking a server as a browser or a program does.

use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, COOKIE};
use reqwest::{Client, RequestBuilder, Url};

use crate::Result;

/// A client that keeps its connections.
pub(crate) fn client() -> Result<Client> {
    Ok(Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?)
}

/// The cookie of the session with this secret, at a server on loopback.
pub(crate) fn cookie(url: &str, secret: &str) -> Result<String> {
    let url = Url::parse(url)?;
    let port = url.port().ok_or("the URL has no port")?;
    Ok(format!("platen-{port}={secret}"))
}

/// A page for whoever has that cookie.
pub(crate) fn page(client: &Client, url: &str, path: &str, cookie: &str) -> RequestBuilder {
    client
        .get(format!("{url}{path}"))
        .header(COOKIE, cookie)
        .header(ACCEPT_ENCODING, "gzip")
}

/// With a program's token.
pub(crate) fn with_token(request: RequestBuilder, token: &str) -> RequestBuilder {
    request.header(AUTHORIZATION, format!("Bearer {token}"))
}

/// Sends it, which must work, and gives the body's size as it came.
pub(crate) async fn done(request: RequestBuilder) -> Result<usize> {
    let response = request.send().await?;
    let status = response.status();
    let path = response.url().path().to_owned();
    let body = response.bytes().await?;
    if !status.is_success() {
        let text = String::from_utf8_lossy(&body[..body.len().min(500)]).into_owned();
        return Err(format!("{path} answered {status}: {text}").into());
    }
    Ok(body.len())
}
