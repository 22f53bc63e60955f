//! Clients that wait for what they show, each with one connection, as the tray app
//! does: it asks, the server lets it wait, it reads the answer and asks again.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use platen_sync::engine::LONGEST_PAUSE_MS;
use platen_sync::wire::HEADER;
use reqwest::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::Result;
use crate::devices::secret;
use crate::waiting::SOURCES;

/// Connections that are made at once in the beginning.
const AT_ONCE: usize = 200;
/// How long a change may take to reach everybody.
const PATIENCE: Duration = Duration::from_secs(120);
/// The first bound of a pause, as the engine has it. Units: milliseconds.
const FIRST_PAUSE_MS: u64 = 1_000;
const READ: usize = 4_096;

/// What clients ask.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    /// Our server, for the view.
    View,
    /// The plain one, for so many bytes at a time, of an answer that goes on.
    Events(usize),
    /// The plain one, for so many bytes.
    Answers(usize),
}

/// What all of them together did.
#[derive(Default)]
pub(crate) struct Traffic {
    pub(crate) sent: AtomicU64,
    pub(crate) received: AtomicU64,
    /// Tries that came to nothing.
    pub(crate) failures: AtomicU64,
}

/// Clients that wait until they are dropped.
pub(crate) struct Fleet {
    pub(crate) count: usize,
    pub(crate) traffic: Arc<Traffic>,
    hears: mpsc::UnboundedReceiver<(usize, Instant)>,
    clients: JoinSet<Result<()>>,
}

impl Fleet {
    /// Connects all of them; each has an answer.
    pub(crate) async fn start(url: &str, count: usize, ask: Ask) -> Result<Self> {
        let place = Url::parse(url)?;
        let port = place.port().ok_or("the URL has no port")?;
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        let traffic = Arc::new(Traffic::default());
        let (heard, hears) = mpsc::unbounded_channel();
        let started = Instant::now();
        let mut clients = JoinSet::new();
        for number in 0..count {
            let client = Client {
                number,
                port,
                ask,
                secret: secret(number),
                traffic: traffic.clone(),
                heard: heard.clone(),
            };
            clients.spawn(client.run(turns.clone()));
        }
        let mut fleet = Self {
            count,
            traffic,
            hears,
            clients,
        };
        fleet.all(started).await?;
        Ok(fleet)
    }

    /// When each of them heard something after `since`.
    pub(crate) async fn all(&mut self, since: Instant) -> Result<Vec<Instant>> {
        let mut times: Vec<Option<Instant>> = vec![None; self.count];
        let mut missing = self.count;
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while missing > 0 {
            let (number, at) = tokio::select! {
                next = tokio::time::timeout_at(deadline, self.hears.recv()) => match next {
                    Ok(Some(next)) => next,
                    _ => return Err(format!("{missing} clients heard nothing").into()),
                },
                Some(ended) = self.clients.join_next() => {
                    ended??;
                    return Err("a client ended".into());
                }
            };
            if at >= since && times[number].is_none() {
                times[number] = Some(at);
                missing -= 1;
            }
        }
        Ok(times.into_iter().flatten().collect())
    }

    /// When this one heard something after `since`.
    pub(crate) async fn one(&mut self, wanted: usize, since: Instant) -> Result<Instant> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            match tokio::time::timeout_at(deadline, self.hears.recv()).await {
                Ok(Some((number, at))) if number == wanted && at >= since => return Ok(at),
                Ok(Some(_)) => {}
                _ => return Err(format!("client {wanted} heard nothing").into()),
            }
        }
    }
}

struct Client {
    number: usize,
    port: u16,
    ask: Ask,
    secret: String,
    traffic: Arc<Traffic>,
    heard: mpsc::UnboundedSender<(usize, Instant)>,
}

impl Client {
    async fn run(self, turns: Arc<Semaphore>) -> Result<()> {
        let mut turn = Some(turns.acquire_owned().await?);
        let mut failures = 0;
        loop {
            let ended = self.stay(&mut turn, &mut failures).await;
            if turn.is_some() {
                // Nothing is wrong with the server in the beginning.
                return ended.map_err(Into::into);
            }
            self.traffic.failures.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(pause(failures)).await;
            failures += 1;
        }
    }

    /// Asks over one connection until it breaks.
    async fn stay<T>(&self, turn: &mut Option<T>, failures: &mut u32) -> std::io::Result<()> {
        let mut stream = self.connect().await?;
        // Who comes back wants to see where things stand, changed or not.
        let mut version = 0;
        let mut kept = Vec::new();
        loop {
            let request = self.request(version);
            stream.write_all(request.as_bytes()).await?;
            let sent = request.len() as u64;
            self.traffic.sent.fetch_add(sent, Ordering::Relaxed);
            let answer = Answer::read(&mut stream, &mut kept).await?;
            let size = answer.size as u64;
            self.traffic.received.fetch_add(size, Ordering::Relaxed);
            match answer.status {
                200 if answer.goes_on => {
                    while let Some(message) = part(&mut stream, &mut kept).await? {
                        let size = message.len() as u64;
                        self.traffic.received.fetch_add(size, Ordering::Relaxed);
                        version = version_in(&message).unwrap_or(version);
                        (*failures, *turn) = (0, None);
                        let _ = self.heard.send((self.number, Instant::now()));
                    }
                }
                200 => {
                    version = answer.version;
                    (*failures, *turn) = (0, None);
                    // Nobody may be there to hear it any more.
                    let _ = self.heard.send((self.number, answer.at));
                }
                204 => {}
                status => return Err(std::io::Error::other(format!("status {status}"))),
            }
        }
    }

    async fn connect(&self) -> std::io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        let source = 2 + (self.number % SOURCES) as u8;
        let source = SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, source), 0);
        socket.bind(SocketAddr::V4(source))?;
        let target = SocketAddrV4::new(Ipv4Addr::LOCALHOST, self.port);
        let stream = socket.connect(SocketAddr::V4(target)).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    fn request(&self, version: u64) -> String {
        let Self { port, secret, .. } = self;
        let path = match self.ask {
            Ask::View => format!("/sync/view?after={version}&changes=true"),
            Ask::Events(bytes) => format!("/events?bytes={bytes}"),
            Ask::Answers(bytes) => format!("/poll?after={version}&bytes={bytes}"),
        };
        format!(
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer \
             {secret}\r\n{HEADER}: 1\r\n\r\n"
        )
    }
}

/// Anything up to a bound that doubles, as the engine pauses.
fn pause(failures: u32) -> Duration {
    let bound = (FIRST_PAUSE_MS << failures.min(6)).min(LONGEST_PAUSE_MS);
    let (random, _) = Uuid::new_v4().as_u64_pair();
    Duration::from_millis((random % bound).max(100))
}

struct Answer {
    status: u16,
    version: u64,
    /// What it says comes one after the other.
    goes_on: bool,
    size: usize,
    /// When the last byte was read.
    at: Instant,
}

impl Answer {
    /// Reads one answer; `kept` is used again and empty in between.
    async fn read(stream: &mut TcpStream, kept: &mut Vec<u8>) -> std::io::Result<Self> {
        // Nothing is held while nothing comes.
        stream.readable().await?;
        let head = loop {
            more(stream, kept).await?;
            if let Some(end) = kept.windows(4).position(|part| part == b"\r\n\r\n") {
                break kept.drain(..end + 4).collect::<Vec<_>>();
            }
        };
        let text = std::str::from_utf8(&head).map_err(|_| invalid())?;
        let status = text.get(9..12).and_then(|status| status.parse().ok());
        let field = |wanted: &str| {
            text.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case(wanted).then(|| value.trim())
            })
        };
        let goes_on = field("transfer-encoding").is_some();
        let length = field("content-length").and_then(|length| length.parse().ok());
        let body = take(stream, kept, length.unwrap_or(0)).await?;
        Ok(Self {
            status: status.ok_or_else(invalid)?,
            version: version_in(&body).unwrap_or(0),
            goes_on,
            size: head.len() + body.len(),
            at: Instant::now(),
        })
    }
}

fn invalid() -> std::io::Error {
    std::io::ErrorKind::InvalidData.into()
}

fn version_in(message: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(message).ok()?;
    let (_, rest) = text.split_once("\"version\":")?;
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    rest[..end].parse().ok()
}

/// The next part of an answer that goes on; none: it has ended. *Source*: RFC 9112,
/// section 7.1.
async fn part(stream: &mut TcpStream, kept: &mut Vec<u8>) -> std::io::Result<Option<Vec<u8>>> {
    let end = loop {
        if let Some(end) = kept.windows(2).position(|part| part == b"\r\n") {
            break end;
        }
        more(stream, kept).await?;
    };
    let size = std::str::from_utf8(&kept[..end]).map_err(|_| invalid())?;
    let size = usize::from_str_radix(size, 16).map_err(|_| invalid())?;
    kept.drain(..end + 2);
    let mut part = take(stream, kept, size + 2).await?;
    part.truncate(size);
    Ok((size > 0).then_some(part))
}

async fn take(
    stream: &mut TcpStream,
    kept: &mut Vec<u8>,
    length: usize,
) -> std::io::Result<Vec<u8>> {
    while kept.len() < length {
        more(stream, kept).await?;
    }
    let rest = kept.split_off(length);
    Ok(std::mem::replace(kept, rest))
}

async fn more(stream: &mut TcpStream, kept: &mut Vec<u8>) -> std::io::Result<()> {
    if kept.is_empty() {
        *kept = Vec::new();
        stream.readable().await?;
    }
    kept.reserve(READ);
    match stream.read_buf(kept).await? {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}
