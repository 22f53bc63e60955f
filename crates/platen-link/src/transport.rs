//! HTTP to the server, and what its answers mean.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use platen_sync::engine::Trouble;
use platen_sync::wire::{
    Answers, Balances, CONTENT_TYPE, Down, Enrolled, Enrolment, Failure, Fault, HEADER,
    LINES_CONTENT_TYPE, Protocols, View, limit,
};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE as CONTENT_TYPE_HEADER, HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use url::Url;

/// The server answers a waiting request after 50 seconds.
const VIEW_TIMEOUT: Duration = Duration::from_secs(65);
const TIMEOUT: Duration = Duration::from_secs(20);
/// An answer in lines begins at once; where one takes longer than this, something in
/// between keeps it until it is whole.
const LONGEST_HEAD: Duration = Duration::from_millis(if cfg!(test) { 300 } else { 8_000 });
/// How long such answers are then not asked for.
const KEPT_FOR: Duration = Duration::from_secs(3_600);
/// A connection that went away while a request waits is noticed by these.
const KEEPALIVE: Duration = Duration::from_secs(15);
const PROBES: u32 = 3;
/// *Source*: RFC 6585, section 6: a network that wants a sign-in first.
const NETWORK_AUTHENTICATION_REQUIRED: u16 = 511;

/// What came of a request for the server's state.
pub(crate) enum Seen {
    /// Nothing newer.
    Same,
    New(Box<View>),
}

/// The server, as requests reach it.
pub(crate) struct Transport {
    http: Client,
    server: Url,
    /// When an answer in lines was last found to be kept.
    kept: Mutex<Option<Instant>>,
}

impl Transport {
    /// `proxy`: by way of it, whatever the system says.
    ///
    /// *Errors*: the computer's certificates can't be read, or the proxy's address
    /// is none.
    pub(crate) fn new(server: Url, proxy: Option<&Url>) -> Result<Self, reqwest::Error> {
        let http = crate::http(&server, proxy)?
            .redirect(reqwest::redirect::Policy::none())
            .tcp_keepalive(KEEPALIVE)
            .tcp_keepalive_interval(KEEPALIVE / 3)
            .tcp_keepalive_retries(PROBES)
            .pool_max_idle_per_host(1)
            .build()?;
        Ok(Self {
            http,
            server,
            kept: Mutex::default(),
        })
    }

    pub(crate) async fn enrol(
        &self,
        id_token: &str,
        enrolment: &Enrolment,
    ) -> Result<Enrolled, Trouble> {
        let body = serde_json::to_string(enrolment).expect("texts always have a JSON form");
        let request = self.http.post(self.address("sync/enrolment"));
        let request = request.header(CONTENT_TYPE_HEADER, CONTENT_TYPE).body(body);
        let (_, body) = ask(request.timeout(TIMEOUT), id_token).await?;
        Enrolled::from_json(&body).map_err(|fault| garbled(&fault))
    }

    /// Asks for the server's state; `balances` is told of changes of shared pools, as
    /// they come. A proxy that keeps an answer until it is whole costs a minute once.
    pub(crate) async fn view(
        &self,
        token: &str,
        after: Option<u64>,
        wait: bool,
        balances: impl Fn(Box<Balances>),
    ) -> Result<Seen, Trouble> {
        let mut address = self.address("sync/view");
        if let Some(after) = after {
            let changes = !self.is_kept();
            let query = format!("after={after}&wait={wait}&changes={changes}");
            address.set_query(Some(&query));
        }
        let timeout = if wait { VIEW_TIMEOUT } else { TIMEOUT };
        let request = self.http.get(address).timeout(timeout);
        let sent = Instant::now();
        let mut response = send(request, token).await?;
        let kind = response.headers().get(CONTENT_TYPE_HEADER);
        if response.status() == StatusCode::OK
            && kind.is_some_and(|kind| kind.as_bytes() == LINES_CONTENT_TYPE.as_bytes())
        {
            if sent.elapsed() > LONGEST_HEAD {
                tracing::info!("something on the way to the print server keeps its answers");
                *self.lock_kept() = Some(Instant::now());
            }
            let mut seen = Seen::Same;
            let line = |line: &[u8]| {
                match Down::from_json(line).map_err(|fault| garbled(&fault))? {
                    Down::Balances(told) => balances(told),
                    Down::View(view) => seen = Seen::New(view),
                    // A newer server may have more to say.
                    Down::Unknown => {}
                }
                Ok(())
            };
            each_line(&mut response, line).await?;
            return Ok(seen);
        }
        let (status, body) = whole(response).await?;
        if status == StatusCode::NO_CONTENT {
            return Ok(Seen::Same);
        }
        let view = View::from_json(&body);
        view.map(|view| Seen::New(Box::new(view)))
            .map_err(|fault| garbled(&fault))
    }

    /// Whether something in between keeps answers, as far as that is known.
    fn is_kept(&self) -> bool {
        let mut kept = self.lock_kept();
        *kept = kept.filter(|since| since.elapsed() < KEPT_FOR);
        kept.is_some()
    }

    fn lock_kept(&self) -> MutexGuard<'_, Option<Instant>> {
        // Every change is complete at each step.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn operations(&self, token: &str, batch: String) -> Result<Answers, Trouble> {
        let request = self.http.post(self.address("sync/operations"));
        let request = request
            .header(CONTENT_TYPE_HEADER, CONTENT_TYPE)
            .body(batch);
        let (_, body) = ask(request.timeout(TIMEOUT), token).await?;
        Answers::from_json(&body).map_err(|fault| garbled(&fault))
    }

    fn address(&self, path: &str) -> Url {
        let mut address = self.server.clone();
        let base = address.path().trim_end_matches('/').to_owned();
        address.set_path(&format!("{base}/{path}"));
        address
    }
}

/// Asks, and reads an answer that is the server's.
async fn ask(request: RequestBuilder, token: &str) -> Result<(StatusCode, Vec<u8>), Trouble> {
    whole(send(request, token).await?).await
}

/// Asks, and gives the beginning of an answer that is the server's.
async fn send(request: RequestBuilder, token: &str) -> Result<Response, Trouble> {
    let request = request
        .header(HEADER, Protocols::OURS.to_string())
        .header(AUTHORIZATION, format!("Bearer {token}"));
    let response = request.send().await.map_err(|error| trouble(&error))?;
    if is_ours(response.headers()) {
        return Ok(response);
    }
    Err(of_others(response.status(), response.headers()))
}

async fn whole(mut response: Response) -> Result<(StatusCode, Vec<u8>), Trouble> {
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| trouble(&error))? {
        add(&mut body, &chunk)?;
    }
    if status == StatusCode::OK || status == StatusCode::NO_CONTENT {
        return Ok((status, body));
    }
    match Failure::from_json(&body) {
        Ok(failure) => Err(Trouble::Failed(failure)),
        Err(_) => Err(Trouble::Unavailable {
            retry_after_s: retry_after(response.headers()),
        }),
    }
}

/// Takes in each line of an answer as it comes.
async fn each_line(
    response: &mut Response,
    mut take: impl FnMut(&[u8]) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let mut kept = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| trouble(&error))? {
        // No line ends in what was there before.
        let mut from = kept.len();
        add(&mut kept, &chunk)?;
        while let Some(end) = kept[from..].iter().position(|byte| *byte == b'\n') {
            take(&kept[..from + end])?;
            kept.drain(..=from + end);
            from = 0;
        }
    }
    // A line that breaks off is one that did not come.
    kept.is_empty().then_some(()).ok_or(Trouble::Unreachable)
}

fn add(body: &mut Vec<u8>, chunk: &[u8]) -> Result<(), Trouble> {
    if body.len() + chunk.len() > limit::DOWN_BYTES {
        return Err(garbled(&Fault::TooLarge {
            most: limit::DOWN_BYTES,
        }));
    }
    body.extend_from_slice(chunk);
    Ok(())
}

fn garbled(fault: &Fault) -> Trouble {
    tracing::error!(%fault, "the print server’s answer makes no sense");
    Trouble::Garbled
}

/// An answer that says which versions of the protocol its sender speaks.
fn is_ours(headers: &HeaderMap) -> bool {
    let said = headers.get(HEADER).and_then(|value| value.to_str().ok());
    said.is_some_and(|said| said.parse::<Protocols>().is_ok())
}

/// What stands before a server says that the server is away; a captive portal says
/// anything.
fn of_others(status: StatusCode, headers: &HeaderMap) -> Trouble {
    if status.is_server_error() && status.as_u16() != NETWORK_AUTHENTICATION_REQUIRED {
        return Trouble::Unavailable {
            retry_after_s: retry_after(headers),
        };
    }
    Trouble::NotOurs
}

/// *Source*: RFC 9110, section 10.2.3; a date is not waited for.
fn retry_after(headers: &HeaderMap) -> Option<u32> {
    let said = headers.get(RETRY_AFTER)?;
    said.to_str().ok()?.trim().parse().ok()
}

fn trouble(error: &reqwest::Error) -> Trouble {
    tracing::debug!(?error, "no answer of the print server");
    if is_about_certificates(error) {
        Trouble::Certificate
    } else {
        Trouble::Unreachable
    }
}

fn is_about_certificates(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return matches!(error, rustls::Error::InvalidCertificate(_));
    }
    // An input and output error shows what is in it, but not as its source.
    let inner = error.downcast_ref::<std::io::Error>();
    match inner.and_then(std::io::Error::get_ref) {
        Some(inner) => is_about_certificates(inner),
        None => error.source().is_some_and(is_about_certificates),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers one request after the other with these bytes in lines, the head after this
    /// while, and keeps what was asked.
    async fn server(wait: Duration, body: String) -> (Transport, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its number").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let mut request = vec![0; 64 << 10];
                let read = connection.read(&mut request).await.expect("a request");
                let text = String::from_utf8_lossy(&request[..read]);
                let line = text.lines().next().unwrap_or_default().to_owned();
                noted.lock().expect("whole").push(line);
                tokio::time::sleep(wait).await;
                let head = format!(
                    "HTTP/1.1 200 OK\r\n{HEADER}: 1\r\nContent-Type: {LINES_CONTENT_TYPE}\r\n\
                     Connection: close\r\n\r\n"
                );
                let _ = connection.write_all(head.as_bytes()).await;
                let _ = connection.write_all(body.as_bytes()).await;
                let _ = connection.shutdown().await;
                while matches!(connection.read(&mut request).await, Ok(read) if read > 0) {}
            }
        });
        let server = format!("http://127.0.0.1:{port}").parse().expect("a URL");
        (Transport::new(server, None).expect("a transport"), asked)
    }

    /// What comes of an answer with these bytes in lines; and the versions told, a whole
    /// view's last.
    async fn told(body: String) -> (Result<(), Trouble>, Vec<u64>) {
        let (transport, _) = server(Duration::ZERO, body).await;
        let versions = Mutex::new(Vec::new());
        let hear = |balances: Box<Balances>| {
            versions.lock().expect("whole").push(balances.version);
        };
        let seen = transport.view("secret", Some(7), true, hear).await;
        let mut versions = versions.into_inner().expect("whole");
        let seen = seen.map(|seen| match seen {
            Seen::Same => {}
            Seen::New(view) => versions.push(view.version),
        });
        (seen, versions)
    }

    fn line(base: u64) -> String {
        let balances = Balances {
            protocol: 1,
            base,
            version: base + 1,
            pools: Vec::new(),
        };
        balances.to_json()
    }

    fn view(version: u64) -> String {
        let view = serde_json::json!({
            "protocol": 1, "version": version, "server_time": "2026-12-01T08:00:00Z",
            "user": {"id": "local:ana", "name": "Ana", "login": "ana"}, "accounts": [],
            "documents": [], "leases": [], "applied": 0,
        });
        view.to_string()
    }

    #[tokio::test]
    async fn lines_are_taken_as_they_come_and_only_whole() {
        let (first, second) = (line(7), line(8));
        assert_eq!(
            told(format!("{first}\n{second}\n")).await,
            (Ok(()), vec![8, 9])
        );
        assert_eq!(told(String::new()).await, (Ok(()), vec![]));
        assert_eq!(
            told(format!("{first}\n{}\n", view(12))).await,
            (Ok(()), vec![8, 12])
        );
        let broken = told(format!("{first}\n{}", &second[..20])).await;
        assert_eq!(broken, (Err(Trouble::Unreachable), vec![8]));
        // What only a newer version knows.
        let more = format!("{first}\n{{\"weather\":\"rain\"}}\n{{}}\n{second}\n");
        assert_eq!(told(more).await, (Ok(()), vec![8, 9]));
        let garbage = told(format!("{first}\nno JSON\n{second}\n")).await;
        assert_eq!(garbage, (Err(Trouble::Garbled), vec![8]));
        let endless = told(format!("{first}\n{}", "x".repeat(9 << 20))).await;
        assert_eq!(endless, (Err(Trouble::Garbled), vec![8]));
    }

    /// Behind a proxy that keeps answers, everything is told in time all the same.
    #[tokio::test]
    async fn answers_that_are_kept_are_not_asked_for_again() {
        for (wait, then) in [(Duration::ZERO, true), (LONGEST_HEAD * 2, false)] {
            let (transport, asked) = server(wait, String::new()).await;
            for _ in 0..2 {
                let seen = transport.view("secret", Some(7), true, |_| {}).await;
                assert!(matches!(seen, Ok(Seen::Same)));
            }
            let path =
                |changes| format!("GET /sync/view?after=7&wait=true&changes={changes} HTTP/1.1");
            assert_eq!(*asked.lock().expect("whole"), [path(true), path(then)]);
        }
    }
}
