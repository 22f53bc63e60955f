//! A way into the site's server without signing in there again.

use openidconnect::HttpRequest;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::RefreshError;
use crate::http::{Http, HttpError, is_safe};

/// Why there is no way into the server's portal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortalLinkError {
    /// Nobody is signed in, or the sign-in can't be renewed.
    #[error(transparent)]
    SignIn(#[from] RefreshError),
    /// No answer: network, name or server is down.
    #[error(
        "The print server {host} can't be reached. Check the network connection and try again."
    )]
    Unreachable {
        /// The server's host.
        host: String,
    },
    /// Plain http to another machine would show the sign-in to the network.
    #[error(
        "The print server {host} is not reached through https. Please tell your administrator."
    )]
    Insecure {
        /// The server's host.
        host: String,
    },
    /// The server does not take this sign-in.
    #[error(
        "The print server does not accept your sign-in. Sign out and in again, and tell your administrator if that does not help."
    )]
    NotTrusted,
    /// The server answers something else.
    #[error("The print server {host} answers {what}. Please try again later.")]
    Faulty {
        /// The server's host.
        host: String,
        /// What it answers.
        what: String,
    },
}

#[derive(Serialize)]
struct Wanted<'a> {
    to: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    link: Url,
}

/// Shows `server` the ID token and takes the link that it answers.
///
/// *Source*: RFC 6750, section 2.1.
pub(crate) async fn ask(server: &Url, path: &str, token: &str) -> Result<Url, PortalLinkError> {
    let host = || server.host_str().unwrap_or("that is configured").to_owned();
    let faulty = |what: &str| PortalLinkError::Faulty {
        host: host(),
        what: what.to_owned(),
    };
    if !is_safe(server) {
        return Err(PortalLinkError::Insecure { host: host() });
    }
    let address = server
        .join("/enter")
        .map_err(|_| faulty("under no address"))?;
    let body = serde_json::to_vec(&Wanted { to: path }).expect("a text always has a JSON form");
    let request: HttpRequest = openidconnect::http::Request::post(address.as_str())
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(body)
        .map_err(|_| faulty("under no address"))?;
    let http = Http::new(server).map_err(|_| PortalLinkError::Unreachable { host: host() })?;
    let answer = http.send(request).await.map_err(|error| match error {
        HttpError::Unreachable(_) => PortalLinkError::Unreachable { host: host() },
        HttpError::Insecure(host) => PortalLinkError::Insecure { host },
        HttpError::TooLarge | HttpError::Request(_) => faulty("too much"),
    })?;
    let status = answer.status().as_u16();
    match status {
        200 => {}
        401 | 403 => return Err(PortalLinkError::NotTrusted),
        _ => return Err(faulty(&format!("with error {status}"))),
    }
    let answer: Answer = serde_json::from_slice(answer.body()).map_err(|_| faulty("no link"))?;
    // Whatever it says, the browser goes nowhere else.
    if answer.link.origin() != server.origin() {
        return Err(faulty("with the address of another server"));
    }
    Ok(answer.link)
}
