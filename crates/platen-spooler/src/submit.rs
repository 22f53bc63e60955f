//! Handing a document to a queue.

use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, SizeHint};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use ipp::{model::DelimiterTag, value::IppValue};
use platen_domain::{Sides, Size};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::UnixStream;
use uuid::Uuid;

use crate::{
    connection::{DEADLINE, MAX_RESPONSE_BYTES, status_error, within},
    cups::{Cups, cut, printer_uri},
    error::SpoolerError,
    job::{Job, MARK},
    wire::{Operation, Request, Response},
};

/// What is read of the file at once.
const PIECE_BYTES: usize = 64 * 1024;
/// cupsd writes what it receives to its disk; slower than this it hangs.
const SLOWEST_BYTES_PER_S: u64 = 1 << 20;
/// `job-name` is a name. *Source*: RFC 8011, section 5.1.3.
const LONGEST_NAME_BYTES: usize = 255;

/// A job to be made, held until it is released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// The queue.
    pub queue: String,
    /// Whose job it is to be, if cupsd believes it.
    pub owner: String,
    /// What people see of it.
    pub name: String,
    /// What [`Job::mark`] will say of it.
    pub mark: Uuid,
    /// How often; at least one.
    pub copies: u32,
    /// One-sided or two-sided.
    pub sides: Sides,
    /// Without colour.
    pub monochrome: bool,
    /// The paper, if it has a name; none leaves it to the queue.
    pub media: Option<Size>,
}

impl Cups {
    /// Makes a held job of the file at `document`, which is read piece by piece,
    /// and shows it as it is then. It carries no banner pages.
    ///
    /// Where the queue believes names, the job is its owner's; where it wants
    /// them proven, it is this process's own user's. A job whose document could
    /// not be sent is removed again.
    /// *Errors*: `NotFound` for an unknown queue, `Refused` for a format that it
    /// does not take, `Storage` when the file can't be read.
    /// *Cancel safety*: a dropped call may leave a held job with its mark.
    /// *Source*: RFC 8011, sections 4.2.4 (Create-Job) and 4.3.1 (Send-Document).
    pub async fn submit(&self, new: &NewJob, document: &Path) -> Result<Job, SpoolerError> {
        let number = match self.create(new, false).await {
            Err(SpoolerError::NotPermitted(_)) => self.create(new, true).await?,
            answer => answer?,
        };
        if let Err(problem) = self.send(number, document).await {
            // Held and empty it harms nobody; its mark tells whose it was.
            let _removed = self.purge(number).await;
            return Err(problem);
        }
        self.any_job(number).await
    }

    /// One job, finished or not, whoever's it is.
    ///
    /// *Errors*: `NotFound` also for a job whose owner this user may not know.
    /// *Source*: RFC 8011, section 4.3.4 (Get-Job-Attributes).
    pub async fn any_job(&self, job_id: i32) -> Result<Job, SpoolerError> {
        let request = self
            .about(Operation::GetJobAttributes, job_id)
            .requesting(&["all"]);
        let response = self.shared.connections.call(request).await?;
        response
            .groups(DelimiterTag::JobAttributes)
            .find_map(Job::from_attributes)
            .ok_or(SpoolerError::NotFound)
    }

    /// The jobs of all people in `queue` that are not finished.
    ///
    /// *Errors*: `NotFound` for an unknown queue.
    /// *Source*: RFC 8011, section 4.2.6 (Get-Jobs).
    pub async fn all_open_jobs(&self, queue: &str) -> Result<Vec<Job>, SpoolerError> {
        let request = self
            .at(Operation::GetJobs, queue, &self.shared.config.user)
            .keyword(
                DelimiterTag::OperationAttributes,
                "which-jobs",
                "not-completed",
            )
            .requesting(&["all"]);
        let response = self.shared.connections.call(request).await?;
        Ok(response
            .groups(DelimiterTag::JobAttributes)
            .filter_map(Job::from_attributes)
            .collect())
    }

    fn at(&self, operation: Operation, queue: &str, user: &str) -> Request {
        Request::printer(operation, user, printer_uri(queue))
    }

    async fn create(&self, new: &NewJob, proven: bool) -> Result<i32, SpoolerError> {
        let job = DelimiterTag::JobAttributes;
        let user = if proven {
            &self.shared.config.user
        } else {
            &new.owner
        };
        let integer = |number: u32| {
            let number = i32::try_from(number.max(1)).unwrap_or(i32::MAX);
            IppValue::Integer(number)
        };
        let colour = if new.monochrome {
            "monochrome"
        } else {
            "color"
        };
        let mut request = self
            .at(Operation::CreateJob, &new.queue, user)
            .name("job-name", cut(&new.name, LONGEST_NAME_BYTES))
            .keyword(job, "job-hold-until", "indefinite")
            .keyword(job, "job-sheets", "none")
            .keyword(job, "sides", new.sides.keyword())
            .keyword(job, "print-color-mode", colour)
            .value(job, "copies", integer(new.copies))
            .value(job, "number-up", integer(1))
            .text(job, MARK, &new.mark.to_string());
        if let Some(name) = new.media.and_then(Size::common_name) {
            request = request.keyword(job, "media", name);
        }
        if !proven {
            request = request.unproven();
        }
        let response = self.shared.connections.call(request).await?;
        response
            .groups(job)
            .find_map(|group| group.integer("job-id"))
            .ok_or(SpoolerError::Malformed("it names no job"))
    }

    async fn send(&self, job_id: i32, document: &Path) -> Result<(), SpoolerError> {
        let file = tokio::fs::File::open(document)
            .await
            .map_err(SpoolerError::Storage)?;
        let length = file.metadata().await.map_err(SpoolerError::Storage)?.len();
        let request = self
            .about(Operation::SendDocument, job_id)
            .mime("document-format", "application/octet-stream")
            .boolean("last-document", true);
        let body = DocumentBody {
            preamble: Some(request.encode()?),
            file,
            left: length,
            piece: BytesMut::new(),
        };
        let deadline = DEADLINE + Duration::from_secs(length / SLOWEST_BYTES_PER_S);
        within(deadline, self.exchange_document(body)).await
    }

    /// A connection of its own: its body is a stream, and it is used once.
    async fn exchange_document(&self, body: DocumentBody) -> Result<(), SpoolerError> {
        let connections = &self.shared.connections;
        let stream = UnixStream::connect(connections.socket())
            .await
            .map_err(SpoolerError::Unreachable)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(SpoolerError::Interrupted)?;
        let request = http::Request::post("/")
            .header(http::header::HOST, "localhost")
            .header(http::header::CONTENT_TYPE, "application/ipp")
            .header(http::header::AUTHORIZATION, connections.authorization())
            .body(body)
            .map_err(|_| SpoolerError::NotPermitted("the user name is not usable".into()))?;
        let answered = async {
            let response = sender
                .send_request(request)
                .await
                .map_err(SpoolerError::Interrupted)?;
            if let Some(problem) = status_error(response.status()) {
                return Err(problem);
            }
            let body = Limited::new(response.into_body(), MAX_RESPONSE_BYTES);
            let body = body
                .collect()
                .await
                .map_err(|_| SpoolerError::Malformed("it broke off"))?;
            Response::decode(&body.to_bytes())
                .map_err(|_| SpoolerError::Malformed("it is not IPP"))?
                .checked()
                .map(drop)
        };
        let driven = async {
            // What ends the connection is told to the sender too.
            let _ended = connection.await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            answer = answered => answer,
            () = driven => Err(SpoolerError::Malformed("it broke off")),
        }
    }
}

/// An IPP request and after it the file that it is about.
struct DocumentBody {
    preamble: Option<Bytes>,
    file: tokio::fs::File,
    left: u64,
    piece: BytesMut,
}

impl Body for DocumentBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let this = &mut *self;
        if let Some(preamble) = this.preamble.take() {
            return Poll::Ready(Some(Ok(Frame::data(preamble))));
        }
        if this.left == 0 {
            return Poll::Ready(None);
        }
        let most = this.left.min(PIECE_BYTES as u64) as usize;
        this.piece.resize(most, 0);
        let mut room = ReadBuf::new(&mut this.piece);
        ready!(Pin::new(&mut this.file).poll_read(context, &mut room))?;
        let read = room.filled().len();
        if read == 0 {
            return Poll::Ready(Some(Err(std::io::ErrorKind::UnexpectedEof.into())));
        }
        this.left -= read as u64;
        let piece = this.piece.split_to(read).freeze();
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        let preamble = self.preamble.as_ref().map_or(0, Bytes::len) as u64;
        SizeHint::with_exact(preamble + self.left)
    }
}
