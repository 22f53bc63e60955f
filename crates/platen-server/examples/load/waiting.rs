//! Very many clients that wait for news: what they cost, and how soon all know.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use platen_domain::UserId;
use platen_ledger::{Actor, Ledger, Settings};
use reqwest::Url;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::Result;
use crate::measure::Times;
use crate::seed::{open, session_secret};
use crate::web::{client, cookie, done};

/// Loopback addresses that clients come from: each has 28,000 ports.
pub(crate) const SOURCES: usize = 8;
/// Connections that are made at once.
const AT_ONCE: usize = 200;
const PATIENCE: Duration = Duration::from_secs(120);
/// Changes that are told, one after the other.
const ROUNDS: usize = 5;

/// Open files that a program has beside its clients.
const OTHER_FILES: u64 = 400;

/// Allows as many open files as the system does; gives how many clients that
/// leaves room for.
///
/// *Source*: setrlimit(2).
pub(crate) fn raise_open_files() -> Result<usize> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let current = maximum;
    setrlimit(Resource::Nofile, Rlimit { current, maximum })?;
    let room = maximum.map_or(u64::MAX, |most| most.saturating_sub(OTHER_FILES));
    Ok(usize::try_from(room).unwrap_or(usize::MAX))
}

/// What tells all of them.
enum Teller {
    /// A change of the site's settings, by another process.
    Ledger(Box<Ledger>),
    /// The reference's own page.
    Page(String),
}

/// Prints what `count` clients cost the process `pid`, and how soon they know
/// of a change.
pub(crate) async fn measure(url: &str, pid: u32, count: usize, place: &str) -> Result<()> {
    // The system may allow fewer open files than that, here and in the server.
    let count = count.min(raise_open_files()?);
    let teller = match place {
        "-" => Teller::Page(format!("{url}/tell")),
        place => Teller::Ledger(Box::new(open(place).await?)),
    };
    // As a server does, whose changes are told in full to the others.
    let _listens = match &teller {
        Teller::Ledger(ledger) => Some(ledger.news()),
        Teller::Page(_) => None,
    };
    let before = memory_kb(pid)?;
    let started = Instant::now();
    let (heard, mut hears) = mpsc::channel(count * 2);
    let clients = connect(url, count, heard).await?;
    // Each is told once at the start.
    collect(&mut hears, count).await?;
    let took = started.elapsed();
    let after = memory_kb(pid)?;
    println!(
        "{count} clients wait after {:.1} s\t{:.1} kB of private memory each ({} MB before, {} MB with them)",
        took.as_secs_f64(),
        (after as f64 - before as f64) / count as f64,
        before / 1_000,
        after / 1_000,
    );
    let mut all = Vec::new();
    for round in 0..ROUNDS {
        let told = Instant::now();
        tell(&teller, round).await?;
        let arrivals = collect(&mut hears, count).await?;
        all.extend(
            arrivals
                .into_iter()
                .map(|at| at.saturating_duration_since(told)),
        );
    }
    let times = Times::new(all, Duration::from_secs(1));
    println!(
        "a change is known to all of them\tmedian {:.0} ms\t99 % {:.0} ms\tthe last {:.0} ms",
        times.percentile(50.0),
        times.percentile(99.0),
        times.percentile(100.0),
    );
    drop(clients);
    Ok(())
}

async fn tell(teller: &Teller, round: usize) -> Result<()> {
    match teller {
        Teller::Page(url) => done(client()?.get(url)).await.map(drop),
        Teller::Ledger(ledger) => {
            let desk = ledger.desk(Actor {
                id: UserId::local("load"),
                name: "load".to_owned(),
                address: "127.0.0.1".to_owned(),
            });
            let hours = 30 + u32::try_from(round)?;
            let edit = move |settings: &mut Settings| settings.hold_hours = hours;
            desk.edit_settings(edit, Timestamp::now()).await?;
            Ok(())
        }
    }
}

/// When each of `count` different clients heard something.
async fn collect(
    hears: &mut mpsc::Receiver<(usize, Instant)>,
    count: usize,
) -> Result<Vec<Instant>> {
    let mut seen = BTreeSet::new();
    let mut times = Vec::with_capacity(count);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while times.len() < count {
        let next = tokio::time::timeout_at(deadline, hears.recv()).await;
        let Ok(Some((client, at))) = next else {
            return Err(format!("{} of {count} clients heard nothing", count - times.len()).into());
        };
        if seen.insert(client) {
            times.push(at);
        }
    }
    Ok(times)
}

async fn connect(
    url: &str,
    count: usize,
    heard: mpsc::Sender<(usize, Instant)>,
) -> Result<JoinSet<Result<()>>> {
    let place = Url::parse(url)?;
    let port = place.port().ok_or("the URL has no port")?;
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut clients = JoinSet::new();
    for number in 0..count {
        let turn = turns.clone().acquire_owned().await?;
        while let Some(ended) = clients.try_join_next() {
            ended??;
        }
        let cookie = cookie(url, &session_secret(number))?;
        let heard = heard.clone();
        clients.spawn(async move {
            let mut stream = open_stream(port, number, &cookie).await?;
            drop(turn);
            listen(&mut stream, number, heard).await
        });
    }
    Ok(clients)
}

async fn open_stream(port: u16, number: usize, cookie: &str) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let source = Ipv4Addr::new(127, 0, 0, 2 + u8::try_from(number % SOURCES)?);
    socket.bind(SocketAddr::V4(SocketAddrV4::new(source, 0)))?;
    let target = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
    let mut stream = socket.connect(SocketAddr::V4(target)).await?;
    let request = format!(
        "GET /events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nAccept: \
         text/event-stream\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    Ok(stream)
}

async fn listen(
    stream: &mut TcpStream,
    number: usize,
    heard: mpsc::Sender<(usize, Instant)>,
) -> Result<()> {
    let mut part = [0; 2_048];
    loop {
        let size = stream.read(&mut part).await?;
        if size == 0 {
            return Err("the server closed a stream".into());
        }
        let text = &part[..size];
        if text.starts_with(b"HTTP/1.1 ") && !text.starts_with(b"HTTP/1.1 200") {
            let text = String::from_utf8_lossy(text).into_owned();
            return Err(format!("a stream was refused: {text}").into());
        }
        if text.windows(7).any(|word| word == b"changed") {
            heard.send((number, Instant::now())).await?;
        }
    }
}

/// Memory that a process shares with nobody.
pub(crate) fn memory_kb(pid: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let of = |name: &str| -> u64 {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
            .unwrap_or(0)
    };
    Ok(of("Private_Dirty:") + of("Private_Clean:"))
}
