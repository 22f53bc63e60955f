//! Import and export as CSV. A file is looked through as a whole before anything
//! is written; then it is written a few hundred lines at a time, and repeating a
//! file that was broken off completes it.
//! *Source*: rules.md R-33.

pub(super) mod accounts;
mod kept;
pub(super) mod run;
pub(super) mod sheet;
pub(super) mod users;

use askama::Template;
use axum::extract::{FromRequest as _, Multipart, Path, Request};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::ToSpan as _;
use platen_ledger::{ImportKind, ImportRun};

use self::sheet::Mistake;
use super::frame::{Ask, Frame, Here, page, page_with};
use super::show::Show;
use super::stop::Stop;
use crate::session::fresh_secret;
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

    const fn of(kind: ImportKind) -> Self {
        match kind {
            ImportKind::Accounts => Self::Accounts,
            ImportKind::People => Self::Users,
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
    /// Those that are being written now.
    under_way: Vec<ImportRun>,
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
    const fn of(run: &ImportRun) -> Self {
        Self {
            created: run.created,
            updated: run.updated,
            same: run.unchanged,
            waiting: run.waiting,
        }
    }

    fn told(&self, show: &Show, kind: Kind) -> String {
        let w = &show.words().transfer;
        let [created, updated, same, waiting] =
            [self.created, self.updated, self.same, self.waiting].map(|count| show.number(count));
        match kind {
            Kind::Accounts => w.imported_accounts.with_all(&[&created, &updated, &same]),
            Kind::Users => w.imported_users.with_all(&[&waiting, &updated, &same]),
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

    fn name_of(&self, run: &ImportRun) -> &'static str {
        match run.kind {
            ImportKind::Accounts => self.w.accounts,
            ImportKind::People => self.w.users,
        }
    }

    fn come(&self, run: &ImportRun) -> String {
        run::come(self.w, &self.frame.show, run)
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
        under_way: ask.central.ledger.imports_under_way().await?,
        fault: None,
    })
}

async fn refused(ask: &Ask, kind: Kind, text: String) -> Result<Response, Stop> {
    page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        &TransferPage {
            frame: ask.frame(Here::Transfer),
            w: &ask.words().transfer,
            under_way: ask.central.ledger.imports_under_way().await?,
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
        Ok(bytes) if bytes.is_empty() => return refused(&ask, kind, w.no_file.to_owned()).await,
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => text,
            _ => return refused(&ask, kind, w.not_text.to_owned()).await,
        },
        Err(Stop::TooLarge) => {
            let megabytes = FILE_LIMIT_BYTES / 1024 / 1024;
            return refused(&ask, kind, w.too_large.with(megabytes)).await;
        }
        Err(stop) => return Err(stop),
    };
    let counts = match plan(&ask, kind, &text).await? {
        Ok(planned) => planned.counts(),
        Err(mistakes) => return mistaken(&ask, kind, mistakes),
    };
    let (token, digest) = fresh_secret();
    let file = kept::put(&ask.central, text).await?;
    let payload = kept::Preview {
        kind,
        person: ask.admin.session.person.id.clone(),
        file,
    };
    let until = ask.central.now() + PREVIEW_MINUTES.minutes();
    ask.central
        .ledger
        .put_ticket(digest, PURPOSE, payload.written(), until)
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

    /// The line of each row.
    fn lines(&self) -> &[u64] {
        match self {
            Self::Accounts(plan) => &plan.lines,
            Self::Users(plan) => &plan.lines,
        }
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
