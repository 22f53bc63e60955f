//! Telling people's browsers by Web Push.
//!
//! A message waits in a bounded queue and is sent by one owner of it, a few at
//! once, so that no request of a person waits for a push service. A browser
//! that is gone is forgotten. *Source*: RFC 8030, RFC 8291, RFC 8292.

mod seal;
mod services;
mod vapid;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use platen_domain::UserId;
use platen_ledger::{Ledger, LedgerError, PushAddress};
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use tokio::sync::mpsc;
use url::Url;

pub use services::PushServices;
use vapid::Vapid;

use crate::Language;
use crate::portal::PushSubscription;

/// A burst of documents of a whole lecture hall; what is beyond is dropped, as
/// the portal shows it all the same.
const QUEUE: usize = 1000;
/// Requests under way at once.
const AT_ONCE: usize = 8;
const ATTEMPTS: u32 = 3;
/// Before the second attempt; four times that before the third.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// A push service that asks for a longer pause is not asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const DEADLINE: Duration = Duration::from_secs(15);
/// A day: a document is released by then, or has expired.
const LIFE_S: u32 = 24 * 3600;

/// What a browser shows, in its language.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Message {
    /// One of the titles of the rules.
    pub title: String,
    /// A sentence or two.
    pub body: String,
    /// What it replaces on the screen.
    pub tag: String,
    /// Where a click leads, from the site's root.
    pub url: String,
    /// Whether it concerns something that the person must mend.
    pub urgent: bool,
}

/// The sender's handle; clones share it.
#[derive(Clone)]
pub struct Push {
    ledger: Ledger,
    vapid: Arc<Vapid>,
    services: Arc<PushServices>,
    queue: mpsc::Sender<Sending>,
}

/// The sender's work; whoever runs the server owns it.
pub struct PushWork {
    ledger: Ledger,
    vapid: Arc<Vapid>,
    http: reqwest::Client,
    queue: mpsc::Receiver<Sending>,
}

struct Sending {
    address: PushAddress,
    url: Url,
    body: Vec<u8>,
    urgent: bool,
}

/// How one attempt ended.
enum Attempt {
    Done,
    /// The browser is gone for good.
    Gone,
    /// Again, after this pause if the service names one.
    Again(Option<Duration>),
    Refused(StatusCode),
}

/// Why nothing can be pushed.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The site's key can't be read or made.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The machine's certificates can't be read.
    #[error("web push can't be set up")]
    Http(#[from] reqwest::Error),
}

impl Push {
    /// Prepares to push in the name of the site at `site`, to `services` alone.
    ///
    /// *Errors*: [`PushError`].
    pub async fn new(
        ledger: Ledger,
        site: &Url,
        services: PushServices,
    ) -> Result<(Self, PushWork), PushError> {
        // Another part of the program may have installed it before: the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(DEADLINE)
            .user_agent(concat!("Platen/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let vapid = Arc::new(Vapid::of(&ledger, site).await?);
        let (sender, queue) = mpsc::channel(QUEUE);
        let push = Self {
            ledger: ledger.clone(),
            vapid: vapid.clone(),
            services: Arc::new(services),
            queue: sender,
        };
        let work = PushWork {
            ledger,
            vapid,
            http,
            queue,
        };
        Ok((push, work))
    }

    /// What browsers subscribe with.
    #[must_use]
    pub fn public_key(&self) -> String {
        self.vapid.public_key()
    }

    /// Whether this is an address of a service that may be called, with keys
    /// that can be encrypted for.
    #[must_use]
    pub fn accepts(&self, subscription: &PushSubscription) -> bool {
        self.services.allowed(&subscription.endpoint).is_some()
            && seal::seal(b"", &subscription.key, &subscription.auth).is_ok()
    }

    /// Queues a message for every browser of a person, each in its language;
    /// none where nothing is to be said.
    ///
    /// *Errors*: the addresses can't be read.
    pub async fn tell(
        &self,
        user: &UserId,
        say: impl Fn(Language) -> Option<Message>,
    ) -> Result<(), LedgerError> {
        for address in self.ledger.push_addresses(user).await? {
            let language = Language::ALL
                .into_iter()
                .find(|language| language.tag() == address.language);
            let Some(message) = say(language.unwrap_or_default()) else {
                continue;
            };
            // The list may have become shorter since it was stored.
            let Some(url) = self.services.allowed(&address.endpoint) else {
                continue;
            };
            let Ok(text) = serde_json::to_vec(&message) else {
                continue;
            };
            let Ok(body) = seal::seal(&text, &address.key, &address.auth) else {
                tracing::warn!("a message for a browser could not be encrypted");
                continue;
            };
            let sending = Sending {
                address,
                url,
                body,
                urgent: message.urgent,
            };
            if self.queue.try_send(sending).is_err() {
                tracing::warn!("too many messages wait for push services; one was dropped");
            }
        }
        Ok(())
    }
}

impl PushWork {
    /// Sends what is queued until every [`Push`] is dropped and all is sent.
    pub async fn run(mut self) {
        let mut under_way = FuturesUnordered::new();
        loop {
            tokio::select! {
                next = self.queue.recv(), if under_way.len() < AT_ONCE => match next {
                    Some(sending) => under_way.push(deliver(
                        self.ledger.clone(),
                        self.vapid.clone(),
                        self.http.clone(),
                        sending,
                    )),
                    None => break,
                },
                Some(()) = under_way.next() => {}
            }
        }
        while under_way.next().await.is_some() {}
    }
}

async fn deliver(ledger: Ledger, vapid: Arc<Vapid>, http: reqwest::Client, sending: Sending) {
    let mut pause = FIRST_PAUSE;
    for _ in 0..ATTEMPTS {
        match attempt(&vapid, &http, &sending).await {
            Attempt::Done => return,
            Attempt::Gone => {
                let endpoint = &sending.address.endpoint;
                let removed = ledger.remove_push(endpoint, None, Timestamp::now()).await;
                if let Err(error) = removed {
                    tracing::warn!(%error, "a browser that is gone could not be forgotten");
                }
                return;
            }
            Attempt::Refused(status) => {
                tracing::warn!(%status, "a push service refused a message");
                return;
            }
            Attempt::Again(asked) => {
                let wait = asked.unwrap_or(pause);
                if wait > LONGEST_PAUSE {
                    return;
                }
                tokio::time::sleep(wait).await;
                pause *= 4;
            }
        }
    }
    tracing::warn!(
        host = sending.url.host_str(),
        "a push service could not be reached"
    );
}

/// *Source*: RFC 8030, sections 5 and 8.4.
async fn attempt(vapid: &Vapid, http: &reqwest::Client, sending: &Sending) -> Attempt {
    let Some(authorization) = vapid.authorization(&sending.url, Timestamp::now()) else {
        return Attempt::Again(None);
    };
    let request = http
        .post(sending.url.clone())
        .header(AUTHORIZATION, authorization)
        .header(CONTENT_ENCODING, "aes128gcm")
        .header(CONTENT_TYPE, "application/octet-stream")
        .header("ttl", LIFE_S.to_string())
        .header("urgency", if sending.urgent { "high" } else { "normal" })
        .body(sending.body.clone());
    let Ok(response) = request.send().await else {
        return Attempt::Again(None);
    };
    let status = response.status();
    if status.is_success() {
        return Attempt::Done;
    }
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => Attempt::Gone,
        StatusCode::TOO_MANY_REQUESTS => {
            let seconds = response.headers().get(RETRY_AFTER);
            let seconds = seconds.and_then(|value| value.to_str().ok()?.trim().parse().ok());
            Attempt::Again(seconds.map(Duration::from_secs))
        }
        _ if status.is_server_error() => Attempt::Again(None),
        _ => Attempt::Refused(status),
    }
}
