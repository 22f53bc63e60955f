//! Clients that keep in step: what they cost, how soon they know, what becomes of
//! them when the server falls.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use platen_domain::{AccountId, DocumentId, PageFacts, PageRun, Size};
use platen_sync::wire::{
    Action, Answered, Answers, Batch, Facts, HEADER, NewDocument, Operation, View,
};
use reqwest::Client;
use rustix::process::{Pid, Signal, kill_process};
use uuid::Uuid;

use crate::Result;
use crate::devices::secret;
use crate::fleet::{Ask, Fleet};
use crate::measure::{Times, run};
use crate::waiting::{memory_kb, raise_open_files};
use crate::web::{client, done, with_token};

/// Changes of one person, one after the other.
const CHANGES: usize = 300;
/// Changes of everybody.
const ROUNDS: usize = 5;
/// Documents that wait for a verdict at the same time, where they do.
const CROWD: usize = 16;
const IDLE: Duration = Duration::from_secs(60);
/// Lets what a change set off come to rest.
const REST: Duration = Duration::from_secs(2);
/// What a view weighs, about, for the plain server.
const VIEW_BYTES: usize = 3_000;
/// The same of a line that tells of a shared account.
const LINE_BYTES: usize = 200;

/// Prints what `count` clients cost, and how soon they know what.
///
/// In the end the server is killed, and whoever runs this has to start it again on
/// the same port.
pub(crate) async fn measure(
    url: &str,
    reference: &str,
    pid: u32,
    count: usize,
    idle: bool,
) -> Result<()> {
    let count = count.min(raise_open_files()?);
    let mut site = Site::find(url, count).await?;
    let plain = round_trips(reference).await?;
    println!("{}", plain.line("a round trip, plain server", None));
    let alone = site.verdicts(1, CHANGES).await?;
    println!("{}", alone.line("a verdict, nobody waits", Some(&plain)));
    let (before, started) = (memory_kb(pid)?, Instant::now());
    let mut fleet = Fleet::start(url, count, Ask::View).await?;
    let took = started.elapsed();
    tokio::time::sleep(REST).await;
    say_memory(count, took, before, memory_kb(pid)?);
    if idle {
        self::idle(&fleet, pid).await?;
        say_memory(count, took, before, memory_kb(pid)?);
    }
    let own = site.own_changes(&mut fleet).await?;
    println!(
        "{}",
        own.line(
            "a change of one’s own, sent until it is shown",
            Some(&plain)
        )
    );
    let among = site.verdicts(1, CHANGES).await?;
    let what = format!("a verdict, {count} wait");
    println!("{}", among.line(&what, Some(&plain)));
    let crowd = site.verdicts(CROWD, CHANGES * 4).await?;
    let what = format!("a verdict, {count} wait, {CROWD} at once");
    println!("{}", crowd.line(&what, None));
    tokio::time::sleep(REST).await;
    let mut all = Vec::new();
    let received = fleet.traffic.received.load(Ordering::Relaxed);
    for _ in 0..ROUNDS {
        let since = Instant::now();
        site.place(0, site.pool).await?;
        all.extend(fleet.all(since).await?.into_iter().map(|at| at - since));
        tokio::time::sleep(REST).await;
    }
    let received = fleet.traffic.received.load(Ordering::Relaxed) - received;
    let each = received / (ROUNDS * count) as u64;
    let what = format!("a change of a shared account, read by all, {each} bytes each");
    say_all(&what, all);
    fall(url, pid, &mut fleet).await
}

/// The same of the plain server, as far as it goes; `goes_on`: with events in answers that
/// go on, else with whole answers.
pub(crate) async fn plain(url: &str, pid: u32, count: usize, goes_on: bool) -> Result<()> {
    let (ask, what) = match goes_on {
        true => (Ask::Events(LINE_BYTES), "an event, read by all"),
        false => (Ask::Answers(VIEW_BYTES), "an answer, read by all"),
    };
    let count = count.min(raise_open_files()?);
    let (before, started) = (memory_kb(pid)?, Instant::now());
    let mut fleet = Fleet::start(url, count, ask).await?;
    let took = started.elapsed();
    tokio::time::sleep(REST).await;
    say_memory(count, took, before, memory_kb(pid)?);
    let mut all = Vec::new();
    for _ in 0..ROUNDS {
        let since = Instant::now();
        done(client()?.get(format!("{url}/tell"))).await?;
        all.extend(fleet.all(since).await?.into_iter().map(|at| at - since));
        tokio::time::sleep(REST).await;
    }
    say_all(what, all);
    Ok(())
}

fn say_memory(count: usize, took: Duration, before: u64, after: u64) {
    println!(
        "{count} clients wait after {:.1} s\t{:.1} kB of private memory each ({} MB before, {} \
         MB with them)",
        took.as_secs_f64(),
        (after as f64 - before as f64) / count as f64,
        before / 1_000,
        after / 1_000,
    );
}

fn say_all(what: &str, all: Vec<Duration>) {
    let times = Times::new(all, Duration::from_secs(1));
    println!(
        "{what}\tmedian {:.0} ms\t99 % {:.0} ms\tthe last {:.0} ms",
        times.percentile(50.0),
        times.percentile(99.0),
        times.percentile(100.0),
    );
}

async fn round_trips(url: &str) -> Result<Times> {
    let client = client()?;
    let url = url.to_owned();
    run(1, CHANGES * 4, REST, move |_| {
        let request = client.get(&url);
        async move { done(request).await.map(drop) }
    })
    .await
}

/// Waits, and prints what that took.
async fn idle(fleet: &Fleet, pid: u32) -> Result<()> {
    let traffic = || {
        let read = |of: &std::sync::atomic::AtomicU64| of.load(Ordering::Relaxed);
        (read(&fleet.traffic.sent), read(&fleet.traffic.received))
    };
    let (before, used) = (traffic(), processor(pid)?);
    tokio::time::sleep(IDLE).await;
    let (after, used) = (traffic(), processor(pid)? - used);
    let hourly = 3_600.0 / IDLE.as_secs_f64() / fleet.count as f64;
    println!(
        "idle\t{:.0} bytes an hour sent by each, {:.0} received\t{:.1} % of a processor for all",
        (after.0 - before.0) as f64 * hourly,
        (after.1 - before.1) as f64 * hourly,
        used.as_secs_f64() / IDLE.as_secs_f64() * 100.0,
    );
    Ok(())
}

/// What a process used of the processor. *Source*: proc(5).
fn processor(pid: u32) -> Result<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, rest) = text.rsplit_once(')').ok_or("no such process")?;
    let ticks = |at: usize| rest.split_whitespace().nth(at)?.parse::<u64>().ok();
    let both = ticks(11).zip(ticks(12)).ok_or("no such process")?;
    Ok(Duration::from_millis((both.0 + both.1) * 10))
}

/// Kills the server and waits until everybody is in step with its successor.
async fn fall(url: &str, pid: u32, fleet: &mut Fleet) -> Result<()> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    kill_process(pid.ok_or("no such process")?, Signal::KILL)?;
    let fallen = Instant::now();
    let client = client()?;
    while done(client.get(format!("{url}/readyz"))).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let back = Instant::now();
    let away = fleet.traffic.failures.load(Ordering::Relaxed);
    let all = fleet.all(fallen).await?;
    let failures = fleet.traffic.failures.load(Ordering::Relaxed) - away;
    let outage = (back - fallen).as_secs_f64();
    let all = all
        .into_iter()
        .map(|at| at.saturating_duration_since(back))
        .collect();
    say_all(
        &format!("killed, away for {outage:.1} s, then {failures} tries in vain; in step again"),
        all,
    );
    Ok(())
}

/// What is asked of our server.
struct Site {
    url: String,
    web: Client,
    quota: AccountId,
    pool: AccountId,
    /// The next operation's number on each device.
    next: Vec<u64>,
    turn: usize,
}

impl Site {
    async fn find(url: &str, count: usize) -> Result<Self> {
        let web = client()?;
        let request = web.get(format!("{url}/sync/view")).header(HEADER, "1");
        let answer = with_token(request, &secret(0)).send().await?;
        let view = View::from_json(&answer.error_for_status()?.bytes().await?)?;
        let named = |name: &str| {
            let mut accounts = view.accounts.iter();
            let account = accounts.find(|account| account.name == name);
            account.map(|account| account.id).ok_or("no such account")
        };
        Ok(Self {
            quota: named("Print Quota")?,
            pool: named("Campus Pool")?,
            url: url.to_owned(),
            web,
            next: vec![1; count],
            turn: 0,
        })
    }

    /// Somebody else each time, so that nobody runs out of points.
    const fn somebody(&mut self) -> usize {
        self.turn = (self.turn + 1) % self.next.len();
        self.turn
    }

    fn placing(&mut self, number: usize, account: AccountId) -> reqwest::RequestBuilder {
        let page = PageFacts {
            size: Size::A4,
            colour: false,
        };
        let operation = Operation {
            id: Uuid::now_v7(),
            sequence: self.next[number],
            made_at: Timestamp::now(),
            action: Action::Place {
                document: NewDocument {
                    id: DocumentId(Uuid::now_v7()),
                    queue: "Platen-Secure".to_owned(),
                    job_id: 7,
                    name: "Lecture notes.pdf".to_owned(),
                    submitted_at: Timestamp::now(),
                },
                facts: Facts {
                    documents: vec![vec![PageRun { count: 1, page }]],
                    digests: vec![[7; 32]],
                    format: "pdf".to_owned(),
                    ..Facts::default()
                },
                account: Some(account),
            },
        };
        self.next[number] += 1;
        let json = operation.to_json();
        let (batch, _) = Batch::of(operation.sequence - 1, [json.as_str()]);
        let request = self.web.post(format!("{}/sync/operations", self.url));
        let request = request.header(HEADER, "1").body(batch.json().to_owned());
        with_token(request, &secret(number))
    }

    async fn place(&mut self, number: usize, account: AccountId) -> Result<()> {
        verdict(self.placing(number, account)).await
    }

    /// How long it takes from somebody's change until he is shown it.
    async fn own_changes(&mut self, fleet: &mut Fleet) -> Result<Times> {
        let mut times = Vec::new();
        for _ in 0..CHANGES {
            let number = self.somebody();
            let request = self.placing(number, self.quota);
            let since = Instant::now();
            let (told, answered) = tokio::join!(fleet.one(number, since), verdict(request));
            answered?;
            times.push(told? - since);
        }
        let all = times.iter().sum();
        Ok(Times::new(times, all))
    }

    /// How long verdicts take.
    async fn verdicts(&mut self, callers: usize, count: usize) -> Result<Times> {
        let mut requests = Vec::new();
        for _ in 0..count {
            let number = self.somebody();
            requests.push(std::sync::Mutex::new(Some(
                self.placing(number, self.quota),
            )));
        }
        let requests = std::sync::Arc::new(requests);
        run(callers, count, Duration::from_secs(60), move |number| {
            let request = requests[number].lock().ok().and_then(|mut one| one.take());
            async move { verdict(request.ok_or("asked twice")?).await }
        })
        .await
    }
}

async fn verdict(request: reqwest::RequestBuilder) -> Result<()> {
    let answer = request.send().await?.error_for_status()?;
    let answers = Answers::from_json(&answer.bytes().await?)?;
    match answers.answers.first().map(|answer| &answer.result) {
        Some(Answered::Done(done)) if done.verdict.is_some() => Ok(()),
        other => Err(format!("no verdict: {other:?}").into()),
    }
}
