//! Analysis in a process of its own, with an end to its time and memory.
//!
//! A document that crashes, swells or stalls the analyser takes that process
//! with it and nothing else.

use crate::cli::options::write_option;
use crate::limits::Limits;
use crate::report::{Analysis, Problem};
use crate::runs::Wire;
use crate::system::{self, End, Leash};
use crate::text::TextPage;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

/// More output than 50,000 pages that all differ can make.
const MAX_OUTPUT_BYTES: u64 = 4 << 20;
/// Its limit is one on processor time, and others may be using the processor.
const WAIT_FOR_PROCESSOR: u32 = 3;
/// The process ends itself in time; this is what it is given to do so.
const GRACE: Duration = Duration::from_secs(1);

/// Runs the analyser.
#[derive(Clone, Debug)]
pub struct Analyser {
    program: PathBuf,
    limits: Limits,
}

/// Why there is no analysis.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The document is the reason; a person can be told so.
    #[error(transparent)]
    Document(Problem),
    /// The analyser could not be run at all.
    #[error("the document analyser could not be run")]
    Start(#[source] std::io::Error),
    /// The analyser answered something that is no answer.
    #[error("the document analyser gave no answer")]
    Answer,
}

impl Analyser {
    /// An analyser that runs `program`, the `platen-estimate` binary.
    #[must_use]
    pub fn new(program: PathBuf, limits: Limits) -> Self {
        Self { program, limits }
    }

    /// Analyses a file; plain text is laid out as `options`, the job's, say.
    ///
    /// # Errors
    /// [`Failure::Document`] when the document can't be counted within the
    /// limits, a crash included; the others when the analyser itself is at fault.
    ///
    /// *Cancel safety*: dropping the future kills the process.
    /// *Source*: rules.md R-13.
    pub async fn analyse(
        &self,
        file: &Path,
        options: &BTreeMap<String, String>,
    ) -> Result<Analysis, Failure> {
        let of_text = options
            .iter()
            .filter(|(name, _)| TextPage::reads(name))
            .flat_map(|(name, value)| ["-o".to_owned(), write_option(name, value)]);
        let mut program = Command::new(&self.program);
        program
            .arg("--runs")
            .arg("--time-ms")
            .arg(self.limits.time.as_millis().to_string())
            .arg("--memory-bytes")
            .arg(self.limits.memory_bytes.to_string())
            .arg("--max-pages")
            .arg(self.limits.max_pages.to_string())
            .arg("--document-bytes")
            .arg(self.limits.document_bytes.to_string())
            .args(of_text)
            .arg("--")
            .arg(file)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        system::on_no_screen(&mut program);
        let mut child = program.spawn().map_err(Failure::Start)?;
        let _leash = Leash::of(child.id());
        let length = tokio::fs::metadata(file).await.map_or(0, |file| file.len());
        let deadline = self
            .limits
            .time_for(length)
            .saturating_mul(WAIT_FOR_PROCESSOR)
            .saturating_add(GRACE);
        let answer = tokio::time::timeout(deadline, collect(&mut child)).await;
        let Ok(answer) = answer else {
            // Already gone is as good as killed.
            let _ = child.kill().await;
            return Err(Failure::Document(Problem::limit("time")));
        };
        let (output, status) = answer.map_err(Failure::Start)?;
        match serde_json::from_slice::<Wire>(&output)
            .ok()
            .and_then(Wire::into_result)
        {
            Some(Ok(analysis)) => Ok(analysis),
            Some(Err(problem)) => Err(Failure::Document(problem)),
            None => Err(explain(status, output.len())),
        }
    }
}

async fn collect(child: &mut Child) -> std::io::Result<(Vec<u8>, ExitStatus)> {
    let mut output = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout
            .take(MAX_OUTPUT_BYTES + 1)
            .read_to_end(&mut output)
            .await?;
    }
    if output.len() as u64 > MAX_OUTPUT_BYTES {
        child.kill().await?;
    }
    Ok((output, child.wait().await?))
}

/// What ended a process that did not answer.
fn explain(status: ExitStatus, output: usize) -> Failure {
    if output as u64 > MAX_OUTPUT_BYTES {
        Failure::Document(Problem::limit("output"))
    } else if system::end(status) == End::OfItself {
        Failure::Answer
    } else {
        Failure::Document(crate::cli::parent::explain(status))
    }
}
