//! Callers in programs of their own, as several servers on one database are.
//!
//! The bench starts itself again with what to do in its environment. A worker
//! says that it is ready, begins when its input has a line, and tells what it
//! found in one line; other lines of its output are none of ours.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use platen_ledger::Ledger;

use crate::Result;
use crate::measure::{self, Measured};
use crate::ours::{self, Placing};

const TASK: &str = "PLATEN_LEDGER_BENCH_WORKER";
/// The test that runs the bench, by which a worker finds its way back here.
const TEST: &str = "tests::everything_is_measured_and_every_sum_agrees";
/// Begins a worker's lines.
const SAYS: &str = "worker:";

/// Does a worker's work, if this program was started for it.
pub(crate) async fn is_done() -> Result<bool> {
    let Ok(task) = std::env::var(TASK) else {
        return Ok(false);
    };
    let [callers, time_ms, url] = task.splitn(3, ' ').collect::<Vec<_>>()[..] else {
        return Err("a worker's task is incomplete".into());
    };
    let (callers, time_ms): (usize, u64) = (callers.parse()?, time_ms.parse()?);
    let ledger = Ledger::connect(url).await?;
    let hot = ours::hot(&ledger).await?.id;
    let placing = (0..callers)
        .map(|number| Placing::new(&ledger, vec![hot], number))
        .collect();
    println!("\n{SAYS} ready");
    std::io::stdin().read_line(&mut String::new())?;
    let measured = measure::run(placing, Duration::from_millis(time_ms)).await?;
    let waits: Vec<String> = measured
        .waits
        .iter()
        .map(|wait| wait.as_nanos().to_string())
        .collect();
    let elapsed = measured.elapsed.as_nanos();
    println!(
        "\n{SAYS} {} {elapsed} {}",
        measured.operations,
        waits.join(" ")
    );
    Ok(true)
}

/// Lets so many workers place documents on the hot account at once.
pub(crate) async fn run(
    url: &str,
    workers: usize,
    callers: usize,
    time: Duration,
) -> Result<Measured> {
    let task = format!("{callers} {} {url}", time.as_millis());
    let working = tokio::task::spawn_blocking(move || {
        let mut started = Vec::new();
        for _ in 0..workers {
            started.push(Worker::start(&task)?);
        }
        for worker in &mut started {
            worker.begin()?;
        }
        let (mut operations, mut waits, mut longest) = (0, Vec::new(), Duration::ZERO);
        for worker in &mut started {
            let told = worker.line()?;
            let mut numbers = told.split_whitespace().map(str::parse::<u64>);
            let mut number = || numbers.next().ok_or("a worker told too little");
            operations += number()??;
            longest = longest.max(Duration::from_nanos(number()??));
            for wait in numbers {
                waits.push(Duration::from_nanos(wait?));
            }
        }
        Ok(Measured::new(operations, longest, waits))
    });
    working.await?
}

/// Killed when the bench gives up.
struct Worker {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Worker {
    fn start(task: &str) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        if cfg!(test) {
            command.args(["--exact", TEST, "--nocapture"]);
        }
        let mut child = command
            .env(TASK, task)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().ok_or("a worker has no output")?);
        let mut worker = Self { child, output };
        worker.line()?;
        Ok(worker)
    }

    fn begin(&mut self) -> Result<()> {
        let input = self.child.stdin.as_mut().ok_or("a worker has no input")?;
        Ok(writeln!(input)?)
    }

    /// The next line that is meant for the bench.
    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        while self.output.read_line(&mut line)? > 0 {
            if let Some(said) = line.strip_prefix(SAYS) {
                return Ok(said.to_owned());
            }
            line.clear();
        }
        Err("a worker ended before its time".into())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It has ended unless something went wrong.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
