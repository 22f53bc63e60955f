//! The requests that Platen makes of cupsd.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use ipp::{model::DelimiterTag, value::IppValue};

use crate::{
    change::FinishingChange,
    connection::Connections,
    error::SpoolerError,
    job::Job,
    queue::{self, Queue},
    released::Released,
    wire::{Attributes, Operation, Request, Value},
};

/// A document's name as a program gave it; each document of a job has its own.
const DOCUMENT_NAME: &str = "document-name-supplied";

/// Sockets on which cupsd listens, by habit of the system; the last is macOS'.
/// *Source*: cups, config-scripts/cups-network.m4; `/var` leads to `/private/var` there.
const SOCKETS: &[&str] = &[
    "/run/cups/cups.sock",
    "/var/run/cups/cups.sock",
    "/private/var/run/cupsd",
];

/// Where cupsd is and for whom it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CupsConfig {
    /// cupsd's local socket.
    pub socket: PathBuf,
    /// The name of the user whose process this is: cupsd checks it.
    pub user: String,
    /// Queues that are managed although no gate is before them.
    pub queues: Option<Vec<String>>,
}

impl CupsConfig {
    /// The socket that `CUPS_SERVER` names, else the first that exists, else the
    /// usual one.
    #[must_use]
    pub fn from_environment(user: impl Into<String>) -> Self {
        let named = std::env::var_os("CUPS_SERVER")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        let found = || {
            SOCKETS
                .iter()
                .map(Path::new)
                .find(|path| path.exists())
                .unwrap_or(Path::new(SOCKETS[0]))
                .to_owned()
        };
        Self {
            socket: named.unwrap_or_else(found),
            user: user.into(),
            queues: None,
        }
    }
}

/// cupsd, asked in the name of one user. Cheap to clone; clones share a few
/// connections.
///
/// Every request has a deadline of 20 s, and every answer a largest size.
/// Nothing is connected before the first request.
/// *Cancel safety*: a dropped request may or may not have reached cupsd.
#[derive(Clone)]
pub struct Cups {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) config: CupsConfig,
    pub(crate) connections: Connections,
    pub(crate) released: Released,
}

impl Cups {
    /// Whether a job can be moved, printed otherwise than submitted, and given an
    /// approval.
    pub const CHANGES_JOBS: bool = true;
    /// Whether managed queues hold their jobs by themselves: behind the gate they do,
    /// which macOS does not have.
    pub const QUEUES_HOLD: bool = !cfg!(target_os = "macos");

    /// Prepares to talk to cupsd; no request is made yet, so it may be down.
    #[must_use]
    pub fn connect(config: CupsConfig) -> Self {
        let connections = Connections::new(config.socket.clone(), &config.user);
        Self {
            shared: Arc::new(Shared {
                config,
                connections,
                released: Released::default(),
            }),
        }
    }

    /// The queues, managed or not, in cupsd's order.
    ///
    /// *Errors*: cupsd can't be reached or refuses; an empty list is none.
    /// *Source*: CUPS-Get-Printers, cups.org "CUPS Implementation of IPP".
    pub async fn queues(&self) -> Result<Vec<Queue>, SpoolerError> {
        let request = self
            .server(Operation::CupsGetPrinters)
            .requesting(queue::REQUESTED);
        let response = match self.shared.connections.call(request).await {
            Err(SpoolerError::NotFound) => return Ok(Vec::new()),
            answer => answer?,
        };
        let configured = self.shared.config.queues.as_deref();
        Ok(response
            .groups(DelimiterTag::PrinterAttributes)
            .filter_map(|group| Queue::from_attributes(group, configured))
            .collect())
    }

    /// The user's jobs that are not finished, oldest first, in whatever queue.
    ///
    /// *Source*: RFC 8011, section 4.2.6 (Get-Jobs).
    pub async fn open_jobs(&self) -> Result<Vec<Job>, SpoolerError> {
        let request = self
            .server(Operation::GetJobs)
            .keyword(
                DelimiterTag::OperationAttributes,
                "which-jobs",
                "not-completed",
            )
            .boolean("my-jobs", true)
            .requesting(&["all"]);
        let response = match self.shared.connections.call(request).await {
            Err(SpoolerError::NotFound) => return Ok(Vec::new()),
            answer => answer?,
        };
        let mut jobs: Vec<Job> = response
            .groups(DelimiterTag::JobAttributes)
            .filter_map(|group| self.own(group))
            .collect();
        jobs.sort_by_key(|job| job.id);
        Ok(jobs)
    }

    /// One job, finished or not.
    ///
    /// *Errors*: `NotFound` also for a job of somebody else.
    /// *Source*: RFC 8011, section 4.3.4 (Get-Job-Attributes).
    pub async fn job(&self, job_id: i32) -> Result<Job, SpoolerError> {
        let request = self
            .about(Operation::GetJobAttributes, job_id)
            .requesting(&["all"]);
        let response = self.shared.connections.call(request).await?;
        response
            .groups(DelimiterTag::JobAttributes)
            .find_map(|group| self.own(group))
            .ok_or(SpoolerError::NotFound)
    }

    /// Holds a job until it is released. *Source*: RFC 8011, section 4.3.5.
    pub async fn hold(&self, job_id: i32) -> Result<(), SpoolerError> {
        let request = self.about(Operation::HoldJob, job_id).value(
            DelimiterTag::OperationAttributes,
            "job-hold-until",
            ipp::value::IppKeyword::new("indefinite")
                .map(IppValue::Keyword)
                .map_err(SpoolerError::Unsendable)?,
        );
        self.done(request).await
    }

    /// Lets a held job print. *Errors*: `NotPossible` when it isn't held.
    /// *Source*: RFC 8011, section 4.3.6.
    pub async fn release(&self, job_id: i32) -> Result<(), SpoolerError> {
        self.mend_document_names(job_id).await?;
        self.done(self.about(Operation::ReleaseJob, job_id)).await?;
        self.shared.released.add(job_id);
        Ok(())
    }

    /// Takes the spaces out of documents' names, of which cupsd makes options: Debian's
    /// 2.4.2-3+deb12u10 dies of an option with a space in it. The job's own name stays.
    ///
    /// *Source*: RFC 3380, section 8 (Set-Job-Attributes); measured.
    async fn mend_document_names(&self, job_id: i32) -> Result<(), SpoolerError> {
        let request = self
            .about(Operation::GetJobAttributes, job_id)
            .requesting(&[DOCUMENT_NAME]);
        let response = self.shared.connections.call(request).await?;
        let group = response.groups(DelimiterTag::JobAttributes).next();
        let names: Vec<&str> = group
            .into_iter()
            .flat_map(|it| it.each(DOCUMENT_NAME))
            .filter_map(Value::text)
            .collect();
        let breaks = |c: char| c.is_ascii_whitespace() || c.is_ascii_control();
        if !names.iter().any(|name| name.contains(breaks)) {
            return Ok(());
        }
        // There is one attribute for each document, and a request replaces the first.
        for name in names {
            let name = name.replace(breaks, "_");
            let name = cut(&name, ipp::value::IPP_NAME_LENGTH);
            let value =
                IppValue::new_name_without_language(name).map_err(SpoolerError::Unsendable)?;
            let request = self.about(Operation::SetJobAttributes, job_id);
            let request = request.value(DelimiterTag::JobAttributes, DOCUMENT_NAME, value);
            self.done(request).await?;
        }
        Ok(())
    }

    /// Cancels a job and leaves the reason where its owner can read it.
    ///
    /// Cancel-Job's own message is thrown away by cupsd, so the reason is first
    /// set as `job-printer-state-message`, cut at 1023 bytes.
    /// *Errors*: `NotPossible` when it is finished already.
    pub async fn cancel(&self, job_id: i32, reason: &str) -> Result<(), SpoolerError> {
        let message = cut(reason, ipp::value::IPP_STRING_MAX_LENGTH);
        let request = self.about(Operation::SetJobAttributes, job_id).text(
            DelimiterTag::JobAttributes,
            "job-printer-state-message",
            message,
        );
        self.done(request).await?;
        self.done(self.about(Operation::CancelJob, job_id)).await
    }

    /// Removes a finished job with its documents, so that nobody restarts it.
    ///
    /// *Source*: CUPS 2.4, `purge-job` of Cancel-Job.
    pub async fn purge(&self, job_id: i32) -> Result<(), SpoolerError> {
        let request = self.about(Operation::CancelJob, job_id);
        match self.done(request.boolean("purge-job", true)).await {
            Err(SpoolerError::NotFound) => Ok(()),
            answer => answer,
        }
    }

    /// Brings a cancelled job back, held.
    ///
    /// *Errors*: `DocumentsGone` when cupsd has not kept its files
    /// (`PreserveJobFiles`); `NotPossible` when it is not finished.
    /// *Source*: RFC 8011, section 4.3.7 (Restart-Job).
    pub async fn restart_held(&self, job_id: i32) -> Result<(), SpoolerError> {
        let request = self.about(Operation::RestartJob, job_id).keyword(
            DelimiterTag::OperationAttributes,
            "job-hold-until",
            "indefinite",
        );
        match self.done(request).await {
            Err(SpoolerError::NotPossible(message)) => {
                let finished = self.job(job_id).await?.state.is_finished();
                Err(if finished {
                    SpoolerError::DocumentsGone
                } else {
                    SpoolerError::NotPossible(message)
                })
            }
            answer => answer,
        }
    }

    /// Moves a job to another queue; a held one stays held.
    ///
    /// *Errors*: `NotFound` for an unknown queue. *Source*: CUPS-Move-Job.
    pub async fn move_to(&self, job_id: i32, queue: &str) -> Result<(), SpoolerError> {
        let uri = printer_uri(queue);
        let request = self.about(Operation::CupsMoveJob, job_id).uri(
            DelimiterTag::JobAttributes,
            "job-printer-uri",
            &uri,
        );
        self.done(request).await
    }

    /// Changes how a job is printed. PPD spellings that say otherwise (`Duplex`,
    /// `ColorModel`) are taken away, since the filters would follow them.
    ///
    /// *Source*: RFC 3380, section 8 (Set-Job-Attributes).
    pub async fn set_options(
        &self,
        job_id: i32,
        change: &FinishingChange,
    ) -> Result<(), SpoolerError> {
        if *change == FinishingChange::default() {
            return Ok(());
        }
        let job = self.job(job_id).await?;
        let present = |name: &&&str| job.options.contains_key(**name);
        let mut request = self.about(Operation::SetJobAttributes, job_id);
        if let Some(sides) = change.sides {
            request = request.keyword(DelimiterTag::JobAttributes, "sides", sides.keyword());
            for name in platen_domain::options::DUPLEX_OPTIONS
                .iter()
                .filter(present)
            {
                request = request.delete(name);
            }
        }
        if let Some(monochrome) = change.monochrome {
            let mode = if monochrome { "monochrome" } else { "color" };
            request = request.keyword(DelimiterTag::JobAttributes, "print-color-mode", mode);
            for name in ["ColorModel"].iter().filter(present) {
                request = request.delete(name);
            }
        }
        for (name, number) in [("copies", change.copies), ("number-up", change.number_up)] {
            if let Some(number) = number {
                let number = i32::try_from(number.max(1)).unwrap_or(i32::MAX);
                let value = IppValue::Integer(number);
                request = request.value(DelimiterTag::JobAttributes, name, value);
            }
        }
        self.done(request).await
    }

    /// Attaches an approval, which reaches the gate as the option
    /// `platen-approval`. A long one, of a print on a lease, goes as several
    /// values, between which cupsd puts commas.
    pub async fn set_approval(&self, job_id: i32, approval: &str) -> Result<(), SpoolerError> {
        let values: Result<Vec<_>, _> = parts(approval)
            .into_iter()
            .map(IppValue::new_text_without_language)
            .collect();
        let values = values.map_err(SpoolerError::Unsendable)?;
        let request = self.about(Operation::SetJobAttributes, job_id).value(
            DelimiterTag::JobAttributes,
            "platen-approval",
            IppValue::Array(values),
        );
        self.done(request).await
    }

    pub(crate) fn server(&self, operation: Operation) -> Request {
        Request::server(operation, &self.shared.config.user)
    }

    pub(crate) fn about(&self, operation: Operation, job_id: i32) -> Request {
        Request::job(operation, &self.shared.config.user, job_id)
    }

    /// Sends a request whose answer says nothing but that it is done.
    pub(crate) async fn done(&self, request: Request) -> Result<(), SpoolerError> {
        self.shared.connections.call(request).await.map(drop)
    }

    /// Whether a job with these attributes is the user's. cupsd hides the name
    /// from others, so a missing one is somebody else's.
    pub(crate) fn owns(&self, attributes: &Attributes) -> bool {
        attributes.text("job-originating-user-name") == Some(&self.shared.config.user)
    }

    fn own(&self, attributes: &Attributes) -> Option<Job> {
        self.owns(attributes)
            .then(|| Job::from_attributes(attributes))
            .flatten()
    }
}

/// Parts of a text that each fit into one value.
fn parts(mut text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    while !text.is_empty() {
        let part = cut(text, ipp::value::IPP_STRING_MAX_LENGTH);
        parts.push(part);
        text = &text[part.len()..];
    }
    parts
}

/// As much of a text as fits, whole characters only.
pub(crate) fn cut(text: &str, limit_bytes: usize) -> &str {
    let mut end = limit_bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// How a request names a queue.
pub(crate) fn printer_uri(queue: &str) -> String {
    format!("ipp://localhost/printers/{}", percent_encoded(queue))
}

/// *Source*: RFC 3986, section 2.1.
fn percent_encoded(name: &str) -> String {
    use std::fmt::Write as _;
    name.bytes().fold(String::new(), |mut uri, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            write!(uri, "%{byte:02X}").expect("writing to a string succeeds");
        }
        uri
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queue_names_survive_in_a_uri() {
        assert_eq!(percent_encoded("sec-1_a"), "sec-1_a");
        assert_eq!(percent_encoded("Büro 2"), "B%C3%BCro%202");
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        assert_eq!(cut("äöü", 3), "ä");
        assert_eq!(cut("short", 1023), "short");
    }
}
