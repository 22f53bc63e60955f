//! Lists and packages over HTTPS, never longer than they may be.

use std::io::{Seek as _, SeekFrom};
use std::path::Path;
use std::time::Duration;

use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response, StatusCode};
use tokio::io::AsyncWriteExt as _;
use url::Url;

use crate::error::FetchError;
use crate::list::ReleaseFile;
use crate::private;

/// A list or signature is a few kB.
const LIST_TIMEOUT: Duration = Duration::from_secs(60);
/// A package may take its time on a slow line, but not for ever.
const FILE_TIMEOUT: Duration = Duration::from_secs(6 * 3600);
/// A line on which nothing comes for so long is dead.
const SILENCE: Duration = Duration::from_secs(60);
/// A mirror may point to a mirror.
const MOST_REDIRECTS: usize = 5;

/// A client that speaks HTTPS alone, wherever it is sent, and keeps no connection.
pub(crate) fn client(http: ClientBuilder) -> Result<Client, reqwest::Error> {
    http.https_only(true)
        .redirect(Policy::limited(MOST_REDIRECTS))
        .referer(false)
        .read_timeout(SILENCE)
        .pool_max_idle_per_host(0)
        .build()
}

/// A whole answer of at most `most` bytes.
pub(crate) async fn small(http: &Client, url: &Url, most: u64) -> Result<Vec<u8>, FetchError> {
    let request = http.get(url.clone()).timeout(LIST_TIMEOUT);
    let mut response = request.send().await.map_err(FetchError::Unreachable)?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status().as_u16()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(FetchError::Unreachable)? {
        if length(bytes.len()) + length(chunk.len()) > most {
            return Err(FetchError::TooLarge { most });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What is to be done with what is there of a file already.
enum Begun {
    /// The answer goes on from here.
    Continued,
    /// The answer is the whole file.
    Anew,
}

/// Fetches a package into `part`, going on where an earlier attempt ended. Whether it is
/// the right one is not asked here.
///
/// *Errors*: [`FetchError`]; what came stays for the next attempt where it may be good.
pub(crate) async fn file(
    http: &Client,
    wanted: &ReleaseFile,
    part: &Path,
) -> Result<(), FetchError> {
    let whole = wanted.size;
    let mut there = private::open(part)?;
    let mut got = there.metadata()?.len();
    if got > whole {
        there.set_len(0)?;
        got = 0;
    }
    if got == whole {
        return Ok(());
    }
    let mut request = http.get(wanted.url.clone()).timeout(FILE_TIMEOUT);
    if got > 0 {
        request = request.header(RANGE, format!("bytes={got}-"));
    }
    let mut response = request.send().await.map_err(FetchError::Unreachable)?;
    match begun(&response, got, whole) {
        Some(Begun::Continued) => {}
        Some(Begun::Anew) => {
            there.set_len(0)?;
            got = 0;
        }
        None => {
            // Where a part is refused, the whole is asked for the next time.
            there.set_len(0)?;
            return Err(FetchError::Status(response.status().as_u16()));
        }
    }
    there.seek(SeekFrom::Start(got))?;
    let mut there = tokio::fs::File::from_std(there);
    let came = loop {
        match response.chunk().await {
            Ok(Some(chunk)) if got + length(chunk.len()) > whole => {
                there.set_len(0).await?;
                return Err(FetchError::TooLarge { most: whole });
            }
            Ok(Some(chunk)) => {
                there.write_all(&chunk).await?;
                got += length(chunk.len());
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    there.flush().await?;
    there.sync_all().await?;
    match came {
        Ok(()) if got == whole => Ok(()),
        Err(error) if got == 0 => Err(FetchError::Unreachable(error)),
        _ => Err(FetchError::CutOff { got, whole }),
    }
}

/// *Source*: RFC 9110, sections 15.3.7 and 14.4.
fn begun(response: &Response, got: u64, whole: u64) -> Option<Begun> {
    match response.status() {
        StatusCode::OK => Some(Begun::Anew),
        StatusCode::PARTIAL_CONTENT if got > 0 => {
            let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
            let range = range.strip_prefix("bytes ")?;
            let wanted = format!("{got}-{}/{whole}", whole - 1);
            (range == wanted).then_some(Begun::Continued)
        }
        _ => None,
    }
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
