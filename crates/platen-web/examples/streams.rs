//! Measures what idle pages that wait for changes cost: memory for each, and how
//! long a change takes to reach all of them.
//!
//! `cargo run --release -p platen-web --example streams -- 20000` (two file
//! descriptors for each are needed: `ulimit -n`).

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use platen_domain::{Access, Account, AccountId, Kind, Person, Points, UserId};
use platen_ledger::{Ledger, Session, SessionKind};
use platen_web::{Central, CentralConfig, central_router};
use ring::digest::{SHA256, digest};
use url::Url;
use uuid::Uuid;

/// Streams of one person: a desk, a laptop, a phone.
const PAGES_EACH: usize = 3;
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args()
        .nth(1)
        .map_or(Ok(2000), |text| text.parse())?;
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("ledger.db");
    let ledger = tokio::task::spawn_blocking(move || Ledger::open(&path)).await??;
    for person in 0..count.div_ceil(PAGES_EACH) {
        sign_in(&ledger, person).await?;
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let central = Central::new(
        ledger.clone(),
        CentralConfig {
            public_url: Url::parse(&format!("http://{address}"))?,
            zone: TimeZone::UTC,
            administrators: Default::default(),
            identity: None,
            upload_limit_bytes: 0,
        },
    );
    let app = central_router(Arc::new(central)).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });

    let before = resident_bytes()?;
    let streams = tokio::task::spawn_blocking(move || open(address, count)).await??;
    let each = (resident_bytes()? - before) / count;
    println!("{count} streams: {each} bytes each");

    let started = Instant::now();
    ledger.save_account(account()).await?;
    let mut delays = tokio::task::spawn_blocking(move || hear(streams, started)).await??;
    delays.sort_unstable();
    let at = |share: usize| delays[(count * share / 100).min(count - 1)].as_millis();
    println!(
        "a change reached half of them in {} ms, 99 % in {} ms",
        at(50),
        at(99)
    );
    Ok(())
}

async fn sign_in(ledger: &Ledger, number: usize) -> Result<(), Box<dyn Error>> {
    let now = Timestamp::now();
    let session = Session {
        id: Uuid::new_v4(),
        kind: SessionKind::Browser,
        person: Person {
            id: UserId::new(format!("https://id.example.edu#{number}")),
            name: format!("Person {number}"),
            login: format!("person{number}@example.edu"),
            groups: ["students", "library"].map(String::from).into(),
        },
        administrator: false,
        device: "Firefox".into(),
        address: "192.0.2.1".into(),
        logout: None,
        made_at: now,
        seen_at: now,
        expires_at: now + SignedDuration::from_hours(12),
        ended_at: None,
    };
    let digest = digest(&SHA256, secret(number).as_bytes());
    ledger
        .open_session(digest.as_ref().try_into()?, session)
        .await?;
    Ok(())
}

fn secret(number: usize) -> String {
    format!("secret-{number}")
}

/// Plain sockets without buffers of their own: what grows is the server.
fn open(address: SocketAddr, count: usize) -> std::io::Result<Vec<TcpStream>> {
    let port = address.port();
    let mut streams = Vec::with_capacity(count);
    for number in 0..count {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let secret = secret(number / PAGES_EACH);
        write!(
            stream,
            "GET /events HTTP/1.1\r\nhost: {address}\r\ncookie: platen-{port}={secret}\r\n\r\n"
        )?;
        await_change(&mut stream)?;
        streams.push(stream);
    }
    Ok(streams)
}

fn hear(streams: Vec<TcpStream>, started: Instant) -> std::io::Result<Vec<Duration>> {
    let hear = |mut stream| {
        await_change(&mut stream)?;
        Ok(started.elapsed())
    };
    streams.into_iter().map(hear).collect()
}

fn await_change(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut text = Vec::new();
    let mut part = [0; 2048];
    while !text.windows(5).any(|five| five == b"data:") {
        match stream.read(&mut part)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => text.extend_from_slice(&part[..read]),
        }
    }
    Ok(())
}

/// *Source*: proc(5), `statm`: pages that are in memory.
fn resident_bytes() -> Result<usize, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/statm")?;
    let pages: usize = text.split(' ').nth(1).ok_or("no number")?.parse()?;
    Ok(pages * 4096)
}

fn account() -> Account {
    Account {
        id: AccountId(Uuid::new_v4()),
        name: "Print Quota".into(),
        code: "quota".into(),
        enabled: true,
        start: None,
        expiry: None,
        kind: Kind::Individual,
        limit: None,
        exceed_by: Points::ZERO,
        access: Access::Everyone,
        on_clients: true,
        archived: false,
        version: 0,
    }
}
