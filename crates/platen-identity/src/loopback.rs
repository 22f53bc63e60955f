//! The browser's way back: one answer on a loopback port.
//!
//! A browser may open spare connections, ask for an icon, or be led here by a
//! hostile page; only a request that carries our `state` ends the wait.
//! *Source*: RFC 8252, section 7.3; RFC 6749, sections 4.1.2 and 10.12.

use std::net::Ipv4Addr;
use std::time::Duration;

use platen_words::Speech;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::Url;

use crate::page::{Ending, page};

/// A request line with a long code, and a browser's headers.
const REQUEST_LIMIT_BYTES: usize = 32 << 10;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// A browser opens a handful; more are somebody else's.
const CONNECTION_LIMIT: usize = 32;

/// Where the browser comes back to, but for the port.
const USUAL: &str = "http://127.0.0.1/callback";

/// What the provider sent through the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Code {
        code: String,
        issuer: Option<String>,
    },
    Error {
        error: String,
        description: Option<String>,
        issuer: Option<String>,
    },
}

/// The open connection of the browser that brought the answer: it is shown how
/// the sign-in ended.
#[derive(Debug)]
pub(crate) struct Browser(TcpStream, &'static Speech);

impl Browser {
    /// Shows the last page. A browser that is gone misses nothing.
    pub(crate) async fn show(mut self, ending: &Ending) {
        let _ = timeout(
            REQUEST_TIMEOUT,
            respond(&mut self.0, "200 OK", &page(self.1, ending)),
        )
        .await;
    }
}

/// The loopback port of one sign-in.
#[derive(Debug)]
pub(crate) struct Loopback {
    listener: TcpListener,
    redirect: Url,
    speech: &'static Speech,
}

impl Loopback {
    /// At the port of the address `wanted`; without one, at any that is free. Its pages
    /// are in the language of `speech`.
    ///
    /// *Errors*: the port is taken.
    pub(crate) async fn open(
        wanted: Option<&Url>,
        speech: &'static Speech,
    ) -> std::io::Result<Self> {
        let usual = Url::parse(USUAL).expect("it is an address");
        let mut redirect = wanted.cloned().unwrap_or(usual);
        let port = redirect.port().unwrap_or(0);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let port = listener.local_addr()?.port();
        redirect
            .set_port(Some(port))
            .map_err(|()| std::io::ErrorKind::InvalidInput)?;
        Ok(Self {
            listener,
            redirect,
            speech,
        })
    }

    pub(crate) fn redirect_uri(&self) -> String {
        self.redirect.to_string()
    }

    /// Waits for the answer that carries this state.
    ///
    /// *Cancel safety*: dropping it closes the port and every connection.
    pub(crate) async fn answer(self, state: &str) -> std::io::Result<(Answer, Browser)> {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if connections.len() < CONNECTION_LIMIT => {
                    let (stream, _) = accepted?;
                    let (path, state) = (self.redirect.path().to_owned(), state.to_owned());
                    connections.spawn(async move {
                        let served = serve(stream, (&path, &state), self.speech);
                        timeout(REQUEST_TIMEOUT, served).await.ok().flatten()
                    });
                }
                Some(served) = connections.join_next() => {
                    if let Ok(Some(found)) = served {
                        return Ok(found);
                    }
                }
            }
        }
    }
}

async fn serve(
    mut stream: TcpStream,
    (path, state): (&str, &str),
    speech: &'static Speech,
) -> Option<(Answer, Browser)> {
    let target = read_target(&mut stream).await?;
    match read_answer(&target, path, state) {
        Ok(answer) => Some((answer, Browser(stream, speech))),
        Err(status) => {
            let sentence = speech.sign_in.page_old_address.to_owned();
            let ended = page(speech, &Ending::Failed { sentence });
            let _ = respond(&mut stream, status, &ended).await;
            None
        }
    }
}

/// The target of a GET request, once its headers are complete.
async fn read_target(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        if request.len() >= REQUEST_LIMIT_BYTES {
            return None;
        }
        let mut chunk = [0; 4096];
        let length = stream.read(&mut chunk).await.ok()?;
        if length == 0 {
            return None;
        }
        request.extend_from_slice(&chunk[..length]);
    }
    let line = request.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    (words.next()? == "GET").then_some(())?;
    words.next().map(str::to_owned)
}

fn read_answer(target: &str, path: &str, state: &str) -> Result<Answer, &'static str> {
    let url = Url::parse("http://127.0.0.1/")
        .and_then(|base| base.join(target))
        .map_err(|_| "400 Bad Request")?;
    if url.path() != path {
        return Err("404 Not Found");
    }
    let get = |name: &str| {
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    if get("state").is_none_or(|found| !same(found.as_bytes(), state.as_bytes())) {
        return Err("400 Bad Request");
    }
    let issuer = get("iss");
    match (get("code"), get("error")) {
        (Some(code), None) => Ok(Answer::Code { code, issuer }),
        (_, Some(error)) => Ok(Answer::Error {
            error,
            description: get("error_description"),
            issuer,
        }),
        (None, None) => Err("400 Bad Request"),
    }
}

/// Compares without telling by its time how much fits.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}

async fn respond(stream: &mut TcpStream, status: &str, html: &str) -> std::io::Result<()> {
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\n\
         Connection: close\r\n\r\n{html}",
        html.len()
    );
    stream.write_all(response.as_bytes()).await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use platen_words::ENGLISH;

    use super::*;

    #[test]
    fn only_a_callback_with_our_state_is_an_answer() {
        for (target, expected) in [
            (
                "/callback?state=s&code=c",
                Ok(Answer::Code {
                    code: "c".into(),
                    issuer: None,
                }),
            ),
            (
                "/callback?code=c%2B&iss=https%3A%2F%2Fi&state=s",
                Ok(Answer::Code {
                    code: "c+".into(),
                    issuer: Some("https://i".into()),
                }),
            ),
            (
                "/callback?state=s&error=access_denied",
                Ok(Answer::Error {
                    error: "access_denied".into(),
                    description: None,
                    issuer: None,
                }),
            ),
            ("/callback?state=other&code=c", Err("400 Bad Request")),
            ("/callback?code=c", Err("400 Bad Request")),
            ("/callback?state=s", Err("400 Bad Request")),
            ("/favicon.ico?state=s&code=c", Err("404 Not Found")),
        ] {
            assert_eq!(read_answer(target, "/callback", "s"), expected, "{target}");
        }
    }

    #[tokio::test]
    async fn address_that_the_site_registered_is_used_with_its_port_or_any() {
        for (wanted, start) in [
            (None, "http://127.0.0.1:"),
            (Some("http://localhost/"), "http://localhost:"),
        ] {
            let wanted = wanted.map(|text| Url::parse(text).unwrap());
            let loopback = Loopback::open(wanted.as_ref(), &ENGLISH).await.unwrap();
            let redirect = loopback.redirect_uri();
            assert!(redirect.starts_with(start), "{redirect}");
            let port = loopback.listener.local_addr().unwrap().port();
            assert_eq!(Url::parse(&redirect).unwrap().port(), Some(port));
        }

        // A socket that does not listen keeps the port from everybody who asks for any.
        let kept = tokio::net::TcpSocket::new_v4().unwrap();
        kept.set_reuseaddr(true).unwrap();
        kept.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let port = kept.local_addr().unwrap().port();
        let fixed = Url::parse(&format!("http://127.0.0.1:{port}/back")).unwrap();
        let loopback = Loopback::open(Some(&fixed), &ENGLISH).await.unwrap();
        assert_eq!(loopback.redirect_uri(), fixed.as_str());
        let second = Loopback::open(Some(&fixed), &ENGLISH).await;
        assert!(second.is_err(), "taken");

        assert!(read_answer("/?state=s&code=c", "/", "s").is_ok());
    }

    #[tokio::test]
    async fn an_idle_connection_and_a_stranger_do_not_end_the_wait() {
        let loopback = Loopback::open(None, &ENGLISH).await.unwrap();
        let address = loopback.listener.local_addr().unwrap();
        let waiting =
            tokio::spawn(async move { loopback.answer("s").await.map(|(answer, _)| answer) });

        let _idle = TcpStream::connect(address).await.unwrap();
        let mut stranger = TcpStream::connect(address).await.unwrap();
        stranger
            .write_all(b"GET /callback?state=x&code=evil HTTP/1.1\r\n\r\n")
            .await
            .unwrap();
        let mut text = String::new();
        stranger.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("HTTP/1.1 400"), "{text}");

        let mut browser = TcpStream::connect(address).await.unwrap();
        browser
            .write_all(b"GET /callback?state=s&co")
            .await
            .unwrap();
        browser
            .write_all(b"de=good HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        let answer = timeout(REQUEST_TIMEOUT, waiting)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        assert_eq!(
            answer,
            Answer::Code {
                code: "good".into(),
                issuer: None
            }
        );
    }
}
