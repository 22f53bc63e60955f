//! Import and export as CSV. A file is looked through line by line before
//! anything is written, then written as a whole or not at all.
//! *Source*: rules.md R-33.

pub(super) mod accounts;
pub(super) mod sheet;
pub(super) mod users;

use askama::Template;
use axum::extract::{FromRequest as _, Multipart, Path, Request};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::ToSpan as _;
use platen_ledger::{LedgerError, Refusal};

use self::sheet::Mistake;
use super::fields::Fields;
use super::frame::{Ask, Frame, Here, page, page_with};
use super::show;
use super::stop::Stop;
use crate::flash::see_other_with_notice;
use crate::session::{digest_of, fresh_secret};
use crate::words::console::{Fill as _, TransferWords};

/// The largest file: two hundred thousand lines of accounts or users.
pub(super) const FILE_LIMIT_BYTES: usize = 16 * 1024 * 1024;
/// What a form adds to its file.
pub(super) const UPLOAD_LIMIT_BYTES: usize = FILE_LIMIT_BYTES + 16 * 1024;
/// Mistakes that are shown; more nobody mends by hand.
const MISTAKES_SHOWN: usize = 100;
/// How long a preview waits for its yes.
const PREVIEW_MINUTES: i32 = 30;
/// What a preview's secret stands for.
const PURPOSE: &str = "import";

/// What a file is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Accounts,
    Users,
}

impl Kind {
    fn read(word: &str) -> Option<Self> {
        match word {
            "accounts" => Some(Self::Accounts),
            "users" => Some(Self::Users),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Users => "users",
        }
    }
}

#[derive(Template)]
#[template(path = "console/transfer.html")]
struct TransferPage {
    frame: Frame,
    w: &'static TransferWords,
    /// What is wrong with the file of one of them.
    fault: Option<(Kind, String)>,
}

#[derive(Template)]
#[template(path = "console/transfer_mistakes.html")]
struct MistakesPage {
    frame: Frame,
    w: &'static TransferWords,
    kind: Kind,
    mistakes: Vec<Mistake>,
    more: bool,
    summary: String,
}

#[derive(Template)]
#[template(path = "console/transfer_preview.html")]
struct PreviewPage {
    frame: Frame,
    w: &'static TransferWords,
    kind: Kind,
    counts: Counts,
    token: String,
}

/// What a file would do, or did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    created: u64,
    updated: u64,
    same: u64,
    /// Users who have not signed in yet: their groups wait for them.
    waiting: u64,
}

impl Counts {
    fn told(&self, w: &TransferWords, kind: Kind) -> String {
        match kind {
            Kind::Accounts => {
                w.imported_accounts
                    .with_all(&[&self.created, &self.updated, &self.same])
            }
            Kind::Users => w
                .imported_users
                .with_all(&[&self.waiting, &self.updated, &self.same]),
        }
    }
}

impl TransferPage {
    /// Kind, name and explanation of what can be exported and imported.
    fn parts(&self) -> [(&'static str, &'static str, &'static str); 2] {
        let w = self.w;
        [
            ("accounts", w.accounts, w.accounts_text),
            ("users", w.users, w.users_text),
        ]
    }

    fn columns(&self, kind: &str) -> Vec<(&'static str, &'static str)> {
        let w = self.w;
        if kind == "users" {
            let meanings = [w.col_login, w.col_user_name, w.col_user_groups];
            return users::COLUMNS.into_iter().zip(meanings).collect();
        }
        let meanings = [
            w.col_code,
            w.col_name,
            w.col_status,
            w.col_start,
            w.col_expiry,
            w.col_type,
            w.col_limit,
            w.col_exceed,
            w.col_access,
            w.col_groups,
            w.col_users,
            w.col_on_client,
        ];
        accounts::COLUMNS.into_iter().zip(meanings).collect()
    }

    fn fault(&self, kind: &str) -> Option<&str> {
        let (at, text) = self.fault.as_ref()?;
        (at.name() == kind).then_some(text.as_str())
    }
}

impl MistakesPage {
    fn title(&self) -> &'static str {
        title(self.w, self.kind)
    }
}

impl PreviewPage {
    fn title(&self) -> &'static str {
        title(self.w, self.kind)
    }

    fn is_of_users(&self) -> bool {
        self.kind == Kind::Users
    }

    fn does_nothing(&self) -> bool {
        self.counts.created + self.counts.updated + self.counts.waiting == 0
    }
}

fn title(w: &'static TransferWords, kind: Kind) -> &'static str {
    match kind {
        Kind::Accounts => w.preview_accounts,
        Kind::Users => w.preview_users,
    }
}

pub(super) async fn overview(ask: Ask) -> Result<Response, Stop> {
    page(&TransferPage {
        frame: ask.frame(Here::Transfer),
        w: &ask.words().transfer,
        fault: None,
    })
}

fn refused(ask: &Ask, kind: Kind, text: String) -> Result<Response, Stop> {
    page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        &TransferPage {
            frame: ask.frame(Here::Transfer),
            w: &ask.words().transfer,
            fault: Some((kind, text)),
        },
    )
}

/// Looks a file through and says what it would do, or what is wrong with it.
pub(super) async fn preview(
    ask: Ask,
    kind: Path<String>,
    request: Request,
) -> Result<Response, Stop> {
    let kind = Kind::read(&kind).ok_or(Stop::Gone)?;
    let w = &ask.words().transfer;
    let text = match received(request).await {
        Ok(bytes) if bytes.is_empty() => return refused(&ask, kind, w.no_file.to_owned()),
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => text,
            _ => return refused(&ask, kind, w.not_text.to_owned()),
        },
        Err(Stop::TooLarge) => {
            let megabytes = FILE_LIMIT_BYTES / 1024 / 1024;
            return refused(&ask, kind, w.too_large.with(megabytes));
        }
        Err(stop) => return Err(stop),
    };
    let counts = match plan(&ask, kind, &text).await? {
        Ok(planned) => planned.counts(),
        Err(mistakes) => return mistaken(&ask, kind, mistakes),
    };
    let (token, digest) = fresh_secret();
    let payload = format!("{}\n{}\n{text}", kind.name(), ask.admin.session.person.id);
    let until = ask.central.now() + PREVIEW_MINUTES.minutes();
    ask.central
        .ledger
        .put_ticket(digest, PURPOSE, payload, until)
        .await?;
    page(&PreviewPage {
        frame: ask.frame(Here::Transfer),
        w,
        kind,
        counts,
        token,
    })
}

/// The file of the form, read up to its limit.
async fn received(request: Request) -> Result<Vec<u8>, Stop> {
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| Stop::Unreadable)?;
    let too_large_or = |error: axum::extract::multipart::MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Stop::TooLarge
        } else {
            Stop::Unreadable
        }
    };
    while let Some(mut field) = form.next_field().await.map_err(too_large_or)? {
        if field.name() != Some("file") {
            continue;
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(too_large_or)? {
            if bytes.len() + chunk.len() > FILE_LIMIT_BYTES {
                return Err(Stop::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        return Ok(bytes);
    }
    Ok(Vec::new())
}

/// A file that was understood.
enum Planned {
    Accounts(accounts::Plan),
    Users(users::Plan),
}

impl Planned {
    fn counts(&self) -> Counts {
        let (created, updated, same, waiting) = match self {
            Self::Accounts(plan) => (plan.created, plan.updated, plan.same, 0),
            Self::Users(plan) => (0, plan.updated, plan.same, plan.waiting),
        };
        Counts {
            created,
            updated,
            same,
            waiting,
        }
    }

    /// Where the row stands that the ledger counts from one.
    fn line_of(&self, row: usize) -> u64 {
        let lines = match self {
            Self::Accounts(plan) => &plan.lines,
            Self::Users(plan) => &plan.lines,
        };
        lines.get(row.saturating_sub(1)).copied().unwrap_or(1)
    }
}

async fn plan(ask: &Ask, kind: Kind, text: &str) -> Result<Result<Planned, Vec<Mistake>>, Stop> {
    let w = &ask.words().transfer;
    Ok(match kind {
        Kind::Accounts => {
            let stored = ask.central.ledger.accounts().await?;
            accounts::plan(text, &stored, w).map(Planned::Accounts)
        }
        Kind::Users => users::plan(ask, text).await?.map(Planned::Users),
    })
}

fn mistaken(ask: &Ask, kind: Kind, mut mistakes: Vec<Mistake>) -> Result<Response, Stop> {
    let w = &ask.words().transfer;
    let mut lines: Vec<u64> = mistakes.iter().map(|mistake| mistake.line).collect();
    lines.dedup();
    let summary = match lines.len() {
        1 => w.mistakes_one.to_owned(),
        many => w.mistakes_many.with(ask.show().number(many as u64)),
    };
    let more = mistakes.len() > MISTAKES_SHOWN;
    mistakes.truncate(MISTAKES_SHOWN);
    page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        &MistakesPage {
            frame: ask.frame(Here::Transfer),
            w,
            kind,
            mistakes,
            more,
            summary,
        },
    )
}

/// Writes what was previewed, as a whole or not at all.
pub(super) async fn apply(ask: Ask, kind: Path<String>, fields: Fields) -> Result<Response, Stop> {
    let kind = Kind::read(&kind).ok_or(Stop::Gone)?;
    let w = &ask.words().transfer;
    let now = ask.central.now();
    let digest = digest_of(fields.get("token"));
    let payload = ask.central.ledger.take_ticket(digest, PURPOSE, now).await?;
    let Some(text) = payload
        .as_deref()
        .and_then(|payload| opened(&ask, kind, payload))
    else {
        return refused(&ask, kind, w.expired.to_owned());
    };
    let planned = match plan(&ask, kind, text).await? {
        Ok(planned) => planned,
        Err(mistakes) => return mistaken(&ask, kind, mistakes),
    };
    match write(&ask, &planned).await {
        Ok(counts) => {
            let notice = counts.told(w, kind);
            let to = format!("/console/{}", kind.name());
            Ok(see_other_with_notice(&to, &notice))
        }
        Err(LedgerError::Refused(Refusal::Row { row, why })) => {
            let mistake = Mistake {
                line: planned.line_of(row),
                text: show::refusal(ask.admin.language, &why),
                value: String::new(),
            };
            mistaken(&ask, kind, vec![mistake])
        }
        Err(LedgerError::Refused(refusal)) => {
            let why = show::refusal(ask.admin.language, &refusal);
            refused(&ask, kind, w.refused.with(why))
        }
        Err(error) => Err(error.into()),
    }
}

async fn write(ask: &Ask, planned: &Planned) -> Result<Counts, LedgerError> {
    let (desk, now) = (ask.desk(), ask.central.now());
    match planned {
        Planned::Accounts(plan) => {
            let done = desk.import_accounts(plan.specs.clone(), now).await?;
            Ok(Counts {
                created: done.created.len() as u64,
                updated: done.updated.len() as u64,
                same: done.unchanged.len() as u64,
                waiting: 0,
            })
        }
        Planned::Users(plan) => {
            desk.import_people(plan.people.clone(), now).await?;
            Ok(planned.counts())
        }
    }
}

/// The file that a preview kept, if it is of this kind and of this person.
fn opened<'a>(ask: &Ask, kind: Kind, payload: &'a str) -> Option<&'a str> {
    let (name, rest) = payload.split_once('\n')?;
    let (person, text) = rest.split_once('\n')?;
    let own = person == ask.admin.session.person.id.as_str();
    (name == kind.name() && own).then_some(text)
}
