//! Where clients ask a site's gate for the receipts of leases, as systemd would listen there.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use anyhow::{Context as _, Result};

/// A socket whose every connection gets a gate of its own.
#[derive(Debug)]
pub(crate) struct GateSocket {
    path: PathBuf,
    ended: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl GateSocket {
    /// Listens in `directory`, the gate's, and has `program` answer.
    ///
    /// # Errors
    /// When the socket can't be made.
    pub(crate) fn start(directory: &Path, program: PathBuf) -> Result<Self> {
        let path = directory.join("gate.sock");
        let listener = UnixListener::bind(&path)
            .with_context(|| format!("listening on {}", path.display()))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666))?;
        let ended = Arc::new(AtomicBool::new(false));
        let directory = directory.to_owned();
        let listening = std::thread::spawn({
            let ended = ended.clone();
            move || {
                for stream in listener.incoming() {
                    if ended.load(Ordering::Relaxed) {
                        return;
                    }
                    let answered = stream
                        .map_err(Into::into)
                        .and_then(|stream| answer(stream, &program, &directory));
                    if let Err(problem) = answered {
                        eprintln!("the gate's socket: {problem:#}");
                    }
                }
            }
        });
        Ok(Self {
            path,
            ended,
            listening: Some(listening),
        })
    }
}

impl Drop for GateSocket {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the thread, which then sees that it has ended.
        let _woken = UnixStream::connect(&self.path);
        if let Some(listening) = self.listening.take() {
            let _joined = listening.join();
        }
    }
}

fn answer(stream: UnixStream, program: &Path, directory: &Path) -> Result<()> {
    let input = OwnedFd::from(stream.try_clone()?);
    let status = Command::new(program)
        .arg("receipt")
        .env("PLATEN_GATE_DIR", directory)
        .stdin(Stdio::from(input))
        .stdout(Stdio::from(OwnedFd::from(stream)))
        .status()
        .with_context(|| format!("starting {}", program.display()))?;
    anyhow::ensure!(status.success(), "{status}");
    Ok(())
}
