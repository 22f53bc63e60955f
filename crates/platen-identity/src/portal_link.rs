//! A way into the site's server without signing in there again.

use std::fmt::{Display, Formatter};

use openidconnect::HttpRequest;
use platen_words::{ENGLISH, Speech, fill};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::RefreshError;
use crate::http::{Http, HttpError, is_safe};

/// Why there is no way into the server's portal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortalLinkError {
    /// Nobody is signed in, or the sign-in can't be renewed.
    SignIn(#[from] RefreshError),
    /// No answer: network, name or server is down.
    Unreachable {
        /// The server's host.
        host: String,
    },
    /// Plain http to another machine would show the sign-in to the network.
    Insecure {
        /// The server's host.
        host: String,
    },
    /// The server does not take this sign-in.
    NotTrusted,
    /// The server answers something else.
    Faulty {
        /// The server's host.
        host: String,
        /// What it answers.
        what: String,
    },
}

impl PortalLinkError {
    /// What a person reads.
    #[must_use]
    pub fn sentence(&self, speech: &Speech) -> String {
        let words = &speech.sign_in;
        match self {
            Self::SignIn(error) => error.sentence(speech),
            Self::Unreachable { host } => fill(words.server_unreachable, &[host]),
            Self::Insecure { host } => fill(words.server_insecure, &[host]),
            Self::NotTrusted => words.server_not_trusted.to_owned(),
            Self::Faulty { host, what } => fill(words.server_faulty, &[host, what]),
        }
    }
}

impl Display for PortalLinkError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.sentence(&ENGLISH))
    }
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
