//! Watches over a worker: passes its answers on line by line, answers for the
//! document that ended it, and goes on with the next one in a new worker.

use super::answer;
use super::arguments::{Arguments, Style};
use super::worker::Note;
use crate::limits::Limits;
use crate::report::Problem;
use crate::system::{self, End, Leash};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// The worker's limit is one on processor time, and others may use it, too.
const WAIT_FOR_PROCESSOR: u32 = 3;
/// The worker ends itself in time; this is what it is given to do so.
const GRACE: Duration = Duration::from_secs(1);
/// Lines on their way; an answer is one line, or a few.
const LINES_WAITING: usize = 64;

/// Runs workers over all files.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let mut worst = 0;
    let mut next = 0;
    if arguments.style == Style::Person && pass_on(answer::HEADER.as_bytes()).is_err() {
        return ExitCode::from(super::UNREADABLE);
    }
    while next < arguments.files.len() {
        let run = match Worker::start(arguments, next) {
            Ok(worker) => worker.watch(&arguments.limits),
            Err(error) => {
                // There is nothing left to tell it to.
                let _ = writeln!(std::io::stderr(), "platen-estimate: {error}");
                return ExitCode::from(super::UNREADABLE);
            }
        };
        let Ok(run) = run else {
            // Nobody reads the answers any more.
            return ExitCode::from(super::UNREADABLE);
        };
        worst = worst.max(run.worst);
        next += run.answered;
        if let Some(file) = arguments.files.get(next) {
            let result = Err(run.end);
            worst = worst.max(answer::status(&result));
            if pass_on(answer::render(file, &result, arguments).as_bytes()).is_err() {
                return ExitCode::from(super::UNREADABLE);
            }
            next += 1;
        }
    }
    ExitCode::from(worst)
}

/// What became of a worker.
struct Run {
    /// Files that it answered for.
    answered: usize,
    /// The worst exit status among them.
    worst: u8,
    /// What to say of the file that it did not answer for, if one is left.
    end: Problem,
}

struct Worker {
    child: Child,
    lines: Receiver<Vec<u8>>,
    _leash: Leash,
}

impl Worker {
    /// Starts a worker for the files from `first` on: the same program with the
    /// same words, less the files that have their answer.
    fn start(arguments: &Arguments, first: usize) -> std::io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--worker").args(&arguments.option_words);
        command.arg("--").args(&arguments.files[first..]);
        let mut child = command
            .stdin(Stdio::inherit())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let leash = Leash::of(Some(child.id()));
        let stdout = child.stdout.take();
        let (sender, lines) = sync_channel(LINES_WAITING);
        // Ends with the worker's output, or when nobody takes its lines.
        std::thread::spawn(move || {
            let Some(stdout) = stdout else { return };
            let mut stdout = BufReader::with_capacity(1 << 16, stdout);
            loop {
                let mut line = Vec::new();
                match stdout.read_until(b'\n', &mut line) {
                    Ok(1..) if line.ends_with(b"\n") => {
                        line.pop();
                        if sender.send(line).is_err() {
                            return;
                        }
                    }
                    _ => return,
                }
            }
        });
        Ok(Self {
            child,
            lines,
            _leash: leash,
        })
    }

    /// Passes on what it says until it ends or is too slow.
    ///
    /// An answer is passed on when it is complete: a worker that ends in the
    /// middle of one leaves no half of it behind.
    fn watch(mut self, limits: &Limits) -> std::io::Result<Run> {
        let mut run = Run {
            answered: 0,
            worst: 0,
            end: Problem::Damaged,
        };
        let mut deadline: Option<Instant> = None;
        let mut answer: Vec<u8> = Vec::new();
        loop {
            let line = match deadline {
                // It waits for its input, for as long as that takes.
                None => self
                    .lines
                    .recv()
                    .map_err(|_| RecvTimeoutError::Disconnected),
                Some(deadline) => self
                    .lines
                    .recv_timeout(deadline.saturating_duration_since(Instant::now())),
            };
            match line {
                Ok(line) => match Note::read(&line) {
                    Some(Note::Begun(bytes)) => {
                        let wait = limits
                            .time_for(bytes)
                            .saturating_mul(WAIT_FOR_PROCESSOR)
                            .saturating_add(GRACE);
                        deadline = Instant::now().checked_add(wait);
                    }
                    Some(Note::Done(status)) => {
                        if let Err(error) = pass_on(&answer) {
                            self.end()?;
                            return Err(error);
                        }
                        answer.clear();
                        run.answered += 1;
                        run.worst = run.worst.max(status);
                        deadline = None;
                    }
                    None => {
                        if !answer.is_empty() {
                            answer.push(b'\n');
                        }
                        answer.extend_from_slice(&line);
                    }
                },
                Err(RecvTimeoutError::Timeout) => {
                    self.end()?;
                    run.end = Problem::limit("time");
                    return Ok(run);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    run.end = explain(self.child.wait()?);
                    return Ok(run);
                }
            }
        }
    }

    fn end(&mut self) -> std::io::Result<()> {
        // Already gone is as good as killed.
        let _ = self.child.kill();
        self.child.wait().map(drop)
    }
}

/// What ended a process before its answer.
pub(crate) fn explain(status: ExitStatus) -> Problem {
    match system::end(status) {
        End::Memory => Problem::limit("memory"),
        End::Time => Problem::limit("time"),
        End::Crash | End::OfItself => Problem::Damaged,
    }
}

fn pass_on(answer: &[u8]) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(answer)?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}
