//! Documents that people bring: a form for several files, answered file by
//! file. *Source*: rules.md R-23.

use std::path::Path;

use askama::Template;
use axum::extract::multipart::{Field, Multipart, MultipartRejection};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use platen_domain::{AccountId, Sides, Verdict};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;

use super::frame::{Frame, Here, Visit};
use super::{Refusal, document, render, see_other, show};
use crate::portal::{FinishingChange, Upload, UploadRoom, Uploaded};
use crate::words::{Words, fill};

/// Files of one form at most; each is analysed on its own.
const FILES: usize = 20;
/// Letters of a name that are kept.
const NAME_LENGTH: usize = 200;
/// A field that is no file is a few letters long.
const FIELD_BYTES: usize = 256;
/// Sent by the script, which asks for one file at a time and shows the answer.
const BY_SCRIPT: &str = "x-platen-upload";

#[derive(Template)]
#[template(path = "portal/upload.html")]
struct UploadPage<'a> {
    frame: &'a Frame,
    limit: u64,
    results: Vec<FileResult>,
    wishes: &'a Wishes,
    problem: Option<&'a str>,
}

/// What became of one file.
struct FileResult {
    name: String,
    tone: &'static str,
    icon: &'static str,
    text: String,
}

/// What the form says of all its files.
struct Wishes {
    account: Option<AccountId>,
    /// As it was typed.
    copies: String,
    sides: Option<Sides>,
    monochrome: bool,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            account: None,
            copies: "1".to_owned(),
            sides: Some(Sides::OneSided),
            monochrome: false,
        }
    }
}

impl Wishes {
    /// Whether the list of accounts shows this one as chosen.
    fn has_chosen(&self, account: &crate::AccountChoice) -> bool {
        match self.account {
            Some(chosen) => chosen == account.id,
            None => account.active,
        }
    }
}

/// What a file that was not taken is told with.
type Fault = String;

pub(crate) async fn page(visit: Visit) -> Result<Response, Refusal> {
    let frame = Frame::load(&visit, Here::Upload).await?;
    let limit = limit(&frame)?;
    let wishes = Wishes::default();
    Ok(show_form(
        StatusCode::OK,
        &frame,
        limit,
        Vec::new(),
        &wishes,
        None,
    ))
}

pub(crate) async fn take(
    visit: Visit,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Refusal> {
    let frame = Frame::load(&visit, Here::Upload).await?;
    let limit = limit(&frame)?;
    let mut wishes = Wishes::default();
    let asked = match form {
        Ok(form) => take_all(&visit, &frame, limit, form, &mut wishes).await,
        Err(_) => Err(Refusal::bad_input(|w| w.form_unreadable)),
    };
    let by_script = headers.contains_key(BY_SCRIPT);
    let answer = match asked {
        Ok(taken) if taken.all_well && !by_script => {
            visit.tell(&taken.sentences());
            see_other("/")
        }
        Ok(taken) => {
            let status = if taken.all_well {
                StatusCode::OK
            } else {
                StatusCode::UNPROCESSABLE_ENTITY
            };
            show_form(status, &frame, limit, taken.results, &wishes, None)
        }
        Err(refusal) => {
            let text = refusal.text(frame.w);
            show_form(
                refusal.status,
                &frame,
                limit,
                Vec::new(),
                &wishes,
                Some(&text),
            )
        }
    };
    Ok(answer)
}

fn limit(frame: &Frame) -> Result<u64, Refusal> {
    frame
        .upload_limit
        .ok_or_else(|| Refusal::not_found(|w| w.upload_off))
}

fn show_form(
    status: StatusCode,
    frame: &Frame,
    limit: u64,
    results: Vec<FileResult>,
    wishes: &Wishes,
    problem: Option<&str>,
) -> Response {
    let page = UploadPage {
        frame,
        limit,
        results,
        wishes,
        problem,
    };
    render(status, &page)
}

/// What became of all files.
#[derive(Default)]
struct Taken {
    results: Vec<FileResult>,
    all_well: bool,
}

impl Taken {
    fn sentences(&self) -> String {
        let sentences = (self.results.iter()).map(|file| format!("{}: {}", file.name, file.text));
        sentences.collect::<Vec<_>>().join(" ")
    }
}

/// Reads the form as it comes: the fields that hold for all files come first.
async fn take_all(
    visit: &Visit,
    frame: &Frame,
    limit: u64,
    mut form: Multipart,
    wishes: &mut Wishes,
) -> Result<Taken, Refusal> {
    let mut taken = Taken {
        all_well: true,
        ..Taken::default()
    };
    // Before anything is read: what waits for its turn takes no room.
    let room = visit.portal().upload_room().await?;
    let broken = |_| Refusal::bad_input(|w| w.upload_broken_off);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("file") if field.file_name().is_some_and(|name| !name.is_empty()) => {
                if taken.results.len() == FILES {
                    let text = fill(frame.w.upload_too_many, &[&FILES.to_string()]);
                    return Err(Refusal::bad_value(text));
                }
                let finishing = finishing_of(wishes)?;
                check_account(frame, wishes)?;
                let result =
                    take_file(visit, &room, (frame.w, limit), field, (wishes, finishing)).await?;
                taken.all_well &= result.1;
                taken.results.push(result.0);
            }
            Some("file") => {}
            Some(name) => {
                let name = name.to_owned();
                set(wishes, &name, &text_of(field).await?);
            }
            None => return Err(Refusal::bad_input(|w| w.form_unreadable)),
        }
    }
    if taken.results.is_empty() {
        return Err(Refusal::bad_input(|w| w.upload_none));
    }
    Ok(taken)
}

fn set(wishes: &mut Wishes, name: &str, value: &str) {
    match name {
        // What is no account fails the check.
        "account" if !value.is_empty() => {
            wishes.account = Some(AccountId(value.parse().unwrap_or_default()));
        }
        "copies" => value.clone_into(&mut wishes.copies),
        "sides" => wishes.sides = Sides::from_keyword(value),
        "colour" => wishes.monochrome = value == "mono",
        _ => {}
    }
}

fn finishing_of(wishes: &Wishes) -> Result<FinishingChange, Refusal> {
    Ok(FinishingChange {
        copies: document::copies_in(Some(wishes.copies.trim()))?,
        sides: wishes
            .sides
            .ok_or_else(|| Refusal::bad_input(|w| w.sides_bad))?,
        monochrome: wishes.monochrome,
    })
}

fn check_account(frame: &Frame, wishes: &Wishes) -> Result<(), Refusal> {
    let Some(chosen) = wishes.account else {
        return Ok(());
    };
    let known = frame.view.accounts.iter().any(|one| one.id == chosen);
    known
        .then_some(())
        .ok_or_else(|| Refusal::bad_input(|w| w.account_missing))
}

async fn text_of(mut field: Field<'_>) -> Result<String, Refusal> {
    let unreadable = || Refusal::bad_input(|w| w.form_unreadable);
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|_| unreadable())? {
        if bytes.len() + chunk.len() > FIELD_BYTES {
            return Err(unreadable());
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| unreadable())
}

/// Takes one file in and says what became of it, and whether that is well.
async fn take_file(
    visit: &Visit,
    room: &UploadRoom,
    (words, limit): (&'static Words, u64),
    field: Field<'_>,
    (wishes, finishing): (&Wishes, FinishingChange),
) -> Result<(FileResult, bool), Refusal> {
    let name = name_of(field.file_name().unwrap_or_default(), words);
    let file = match spool(room, field, limit, (&name, words)).await? {
        Ok(file) => file,
        Err(fault) => return Ok((bad(name, fault), false)),
    };
    let upload = Upload {
        name: name.clone(),
        account: wishes.account,
        finishing,
        file: file.path().to_owned(),
    };
    Ok(match visit.portal().upload(upload).await {
        Ok(uploaded) => {
            let text = words.uploaded(&uploaded);
            let (tone, icon, well) = look(&uploaded);
            let result = FileResult {
                name,
                tone,
                icon,
                text,
            };
            (result, well)
        }
        Err(error) => (bad(name, words.portal_error(&error)), false),
    })
}

fn bad(name: String, text: Fault) -> FileResult {
    FileResult {
        name,
        tone: "over",
        icon: "over",
        text,
    }
}

fn look(uploaded: &Uploaded) -> (&'static str, &'static str, bool) {
    match &uploaded.outcome {
        Ok(answer) => match answer.verdict {
            Verdict::Ready { .. } => ("good", "good", true),
            Verdict::Warning { .. } => ("low", "low", true),
            Verdict::Declined { .. } => ("over", "stopped", false),
        },
        Err(_) => ("low", "low", false),
    }
}

/// Writes a file to the disk as it comes, so that no document is in memory.
async fn spool(
    room: &UploadRoom,
    mut field: Field<'_>,
    limit: u64,
    (name, words): (&str, &Words),
) -> Result<Result<NamedTempFile, Fault>, Refusal> {
    let failed = |error: std::io::Error| {
        tracing::error!(%error, "an upload can't be written to the disk");
        Refusal::bad_input(|w| w.went_wrong)
    };
    let file = room.file().map_err(failed)?;
    let mut writer = tokio::fs::File::from_std(file.reopen().map_err(failed)?);
    let mut size = 0u64;
    // What is too large is read to its end: the other files come after it.
    while let Some(chunk) = field
        .chunk()
        .await
        .map_err(|_| Refusal::bad_input(|w| w.upload_broken_off))?
    {
        size += chunk.len() as u64;
        if size > limit.saturating_mul(2) {
            break;
        }
        if size <= limit {
            writer.write_all(&chunk).await.map_err(failed)?;
        }
    }
    writer.flush().await.map_err(failed)?;
    Ok(if size > limit {
        Err(fill(words.upload_too_large, &[name, &words.bytes(&limit)]))
    } else if size == 0 {
        Err(fill(words.upload_empty, &[name]))
    } else {
        Ok(file)
    })
}

/// The last part of whatever path a browser sent, without what nobody sees.
fn name_of(sent: &str, words: &Words) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible = last.chars().filter(|letter| !letter.is_control());
    let name: String = visible.take(NAME_LENGTH).collect();
    match Path::new(name.trim()).file_name() {
        Some(_) => name.trim().to_owned(),
        None => words.unnamed_file.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::ENGLISH;

    #[test]
    fn names_of_files_lose_their_folders_and_what_is_invisible() {
        for (sent, name) in [
            ("thesis.pdf", "thesis.pdf"),
            ("C:\\Users\\a\\thesis.pdf", "thesis.pdf"),
            ("../../etc/passwd", "passwd"),
            ("a\u{0}b\n.pdf", "ab.pdf"),
            ("..", "Document"),
            ("   ", "Document"),
        ] {
            assert_eq!(name_of(sent, &ENGLISH), name, "{sent:?}");
        }
        assert_eq!(name_of(&"x".repeat(999), &ENGLISH).len(), NAME_LENGTH);
    }
}
