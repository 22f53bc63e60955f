//! Documents that people bring to the server themselves.
//!
//! A document's bytes go into a private file, are counted by the analyser in a
//! process of its own, and then into the ledger in parts under the document's
//! new id; the document itself comes last, in one step with its verdict. A crash
//! on the way leaves a file that the next start removes, or parts without a
//! document that the ledger sweeps: nothing half, and nothing charged.
//! *Source*: rules.md.

mod quota;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use platen_domain::{DocumentId, Person, Size};
use platen_estimate::isolated::{Analyser, Failure};
use platen_ledger::{Document, Facts, Ledger, LedgerError, NewDocument, Reserve};
use tokio::sync::Semaphore;
use uuid::Uuid;

use self::quota::{Quota, too_many_at_once};
use super::content::{self, ContentError};
use super::{Central, private};
use crate::facts::{self, Finish, set_finish};
use crate::from_ledger::{answer, ledger_error};
use crate::names::shown_name;
use crate::portal::{PortalError, Reason, Trouble, Upload, UploadRoom, Uploaded};

/// Each analysis is a process of its own; more of them than cores only wait for
/// each other.
const ANALYSES_AT_ONCE: usize = 4;
/// What a document's queue is called that was never in one.
const QUEUE: &str = "";
/// No spooler has it yet.
const NO_JOB: i32 = 0;
const FILE_PREFIX: &str = "upload-";

/// Takes documents in.
pub struct Uploads {
    analyser: Analyser,
    scratch: PathBuf,
    analyses: Semaphore,
    quota: Arc<Quota>,
    in_use: File,
}

impl Drop for Uploads {
    fn drop(&mut self) {
        // Closing would not do where a program is just being started, which has the file
        // open as well for a moment.
        let _ = self.in_use.unlock();
    }
}

/// Why a document can't be priced.
enum Unpriced {
    /// For a person: the document's own fault.
    Document(String),
    /// The server's.
    Server,
}

impl Uploads {
    /// Counts documents with `analyser`, and keeps them in `scratch` until they
    /// are counted: a directory of the server's own, from which whatever a crash
    /// left there is removed, unless another process is at work in it.
    ///
    /// *Errors*: the directory can't be made, read or locked.
    pub fn new(analyser: Analyser, scratch: PathBuf) -> std::io::Result<Self> {
        // Nobody else reads what people print.
        private::make_directory(&scratch)?;
        let in_use = private::open(&scratch.join("in-use"))?;
        if in_use.try_lock().is_ok() {
            clear(&scratch)?;
            in_use.unlock()?;
        }
        // As long as this is open, no process that starts clears anything away.
        in_use.lock_shared()?;
        Ok(Self {
            analyser,
            scratch,
            analyses: Semaphore::new(ANALYSES_AT_ONCE),
            quota: Arc::default(),
            in_use,
        })
    }

    /// Room for what a person brings with one request.
    ///
    /// *Errors*: [`Trouble::TooManyAtOnce`] where he brings several already.
    pub(crate) fn room(&self, person: &Person) -> Result<UploadRoom, PortalError> {
        let turn = self.quota.turn(&person.id).ok_or_else(too_many_at_once)?;
        Ok(UploadRoom::new(self.scratch.clone(), turn))
    }

    /// A new private file.
    fn file(&self) -> std::io::Result<tempfile::NamedTempFile> {
        tempfile::Builder::new()
            .prefix(FILE_PREFIX)
            .tempfile_in(&self.scratch)
    }

    /// Counts, prices and judges a document, and keeps it.
    ///
    /// *Errors*: [`PortalError::Refused`] where the person keeps too much here;
    /// the ledger's; after one of them nothing is kept or charged.
    /// *Source*: rules.md.
    pub(crate) async fn take_in(
        &self,
        central: &Central,
        person: &Person,
        upload: Upload,
    ) -> Result<Uploaded, PortalError> {
        let ledger = &central.ledger;
        let (now, today) = (central.now(), central.today());
        self.quota.check_kept(ledger, person, now, today).await?;
        let id = DocumentId(Uuid::new_v4());
        let new = NewDocument {
            id,
            user: person.id.clone(),
            queue: QUEUE.to_owned(),
            job_id: NO_JOB,
            name: shown_name(&upload.name),
            submitted_at: now,
        };
        let counted = self.count(&upload.file).await;
        if let Err(Unpriced::Server) = counted {
            return Err(PortalError::Trouble(Trouble::AnalyserAway));
        }
        let digest = content::store(ledger, id, &upload.file, now)
            .await
            .map_err(content_error)?;
        let placed = match counted {
            Ok(mut facts) => {
                facts.digests = vec![digest];
                set_finish(&mut facts, finish(&upload));
                let ask = Reserve {
                    id,
                    person: person.clone(),
                    account: upload.account,
                    facts,
                    lease: None,
                };
                let outcome = ledger.place(new, ask, now, today).await;
                outcome.map(|outcome| Ok(answer(outcome)))
            }
            Err(Unpriced::Document(problem)) => hold_unreadable(ledger, new, &problem, now)
                .await
                .map(|()| Err(Reason::text(&problem))),
            Err(Unpriced::Server) => Err(LedgerError::Closed),
        };
        match placed {
            Ok(outcome) => {
                tracing::info!(document.id = %id.0, "a document was uploaded");
                Ok(Uploaded { id, outcome })
            }
            Err(error) => {
                // What is left of it otherwise, the sweep removes.
                if let Err(error) = ledger.drop_content(id).await {
                    tracing::warn!(%error, "the content of a refused document stays for a while");
                }
                Err(ledger_error(error))
            }
        }
    }

    /// Reads a document again whose content is here.
    ///
    /// *Errors*: its content is gone; the ledger's.
    pub(crate) async fn read_again(
        &self,
        central: &Central,
        person: &Person,
        known: &Document,
    ) -> Result<(), PortalError> {
        let ledger = &central.ledger;
        let file = self.file().map_err(no_room)?;
        let digest = content::fetch_content(ledger, known.id, file.path())
            .await
            .map_err(content_error)?
            .ok_or(PortalError::NotFound)?;
        let (now, today) = (central.now(), central.today());
        match self.count(file.path()).await {
            Ok(mut facts) => {
                facts.digests = vec![digest];
                let ask = Reserve {
                    id: known.id,
                    person: person.clone(),
                    account: None,
                    facts,
                    lease: None,
                };
                ledger
                    .reserve(ask, now, today)
                    .await
                    .map_err(ledger_error)?;
            }
            Err(Unpriced::Document(problem)) => {
                let marked = ledger.mark_unreadable(known.id, problem, now).await;
                marked.map_err(ledger_error)?;
            }
            Err(Unpriced::Server) => {
                return Err(PortalError::Trouble(Trouble::AnalyserAway));
            }
        }
        Ok(())
    }

    async fn count(&self, file: &Path) -> Result<Facts, Unpriced> {
        // Never closed.
        let Ok(_turn) = self.analyses.acquire().await else {
            return Err(Unpriced::Server);
        };
        let analysis = match self.analyser.analyse(file, &BTreeMap::new()).await {
            Ok(analysis) => analysis,
            Err(Failure::Document(problem)) => return Err(Unpriced::Document(problem.to_string())),
            Err(failure) => {
                tracing::error!(error = %failure, "the analyser could not be run");
                return Err(Unpriced::Server);
            }
        };
        let passage = analysis.format.passage();
        let mut facts = Facts {
            ticket: analysis.ticket,
            passage,
            ..Facts::default()
        };
        let asked = platen_domain::JobOptions::default();
        facts.finishing = asked.finishing(&asked, &facts.ticket, passage);
        if !facts::add(&mut facts, analysis, passage) {
            return Err(Unpriced::Document(TOO_MANY_COPIES.to_owned()));
        }
        if passage != platen_domain::Passage::AsIs {
            facts.finishing.media = paper(&facts);
        }
        Ok(facts)
    }
}

/// Keeps what can't be read, as the site's policy says. *Source*: rules.md R-13.
async fn hold_unreadable(
    ledger: &Ledger,
    new: NewDocument,
    problem: &str,
    now: jiff::Timestamp,
) -> Result<(), LedgerError> {
    let id = new.id;
    ledger.submit(new).await?;
    ledger.mark_unreadable(id, problem.to_owned(), now).await?;
    Ok(())
}

/// For whoever reads it; the pages translate what they recognise.
const TOO_MANY_COPIES: &str =
    "The document asks for more copies than can be counted. Print it in smaller parts.";

/// The paper that the whole document is on, where it has a name that printers
/// know: it is asked for, so that what is printed is what was priced.
fn paper(facts: &Facts) -> Option<Size> {
    let mut sizes = facts.documents.iter().flatten().map(|run| run.page.size);
    let first = sizes.next()?;
    first.common_name()?;
    sizes
        .all(|size| size.same_paper(first))
        .then(|| first.upright())
}

fn finish(upload: &Upload) -> Finish {
    Finish {
        copies: upload.finishing.copies,
        sides: upload.finishing.sides,
        monochrome: upload.finishing.monochrome,
    }
}

fn content_error(error: ContentError) -> PortalError {
    match error {
        ContentError::Ledger(error) => ledger_error(error),
        ContentError::File(error) => no_room(error),
    }
}

fn no_room(error: std::io::Error) -> PortalError {
    tracing::error!(%error, "a document could not be written");
    PortalError::Trouble(Trouble::NoRoom)
}

/// Removes what a process left that went down: documents on their way in or to a
/// printer.
fn clear(scratch: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(scratch)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if ["upload-", "print-"]
            .iter()
            .any(|ours| name.starts_with(ours))
        {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
