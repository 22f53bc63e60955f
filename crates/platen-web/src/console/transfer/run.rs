//! Writing what was previewed: at once where it is short, else in the background
//! with a page that shows how far it has come.

use std::sync::Arc;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use platen_ledger::{Import, ImportRun, LedgerError, Refusal};
use uuid::Uuid;

use super::super::fields::Fields;
use super::super::frame::{Ask, Frame, Here, page};
use super::super::show::{self, Show};
use super::super::stop::Stop;
use super::kept::{self, Preview};
use super::sheet::Mistake;
use super::{Counts, Kind, PURPOSE, Planned, mistaken, plan, refused};
use crate::central::Central;
use crate::flash::{see_other, see_other_with_notice};
use crate::language::Language;
use crate::session::digest_of;
use crate::words::console::{Fill as _, TransferWords};

#[derive(Template)]
#[template(path = "console/import_run.html")]
struct RunPage {
    frame: Frame,
    w: &'static TransferWords,
    run: ImportRun,
    kind: Kind,
}

impl RunPage {
    fn title(&self) -> &'static str {
        match self.kind {
            Kind::Accounts => self.w.importing_accounts,
            Kind::Users => self.w.importing_users,
        }
    }

    fn come(&self) -> String {
        come(self.w, &self.frame.show, &self.run)
    }

    fn told(&self) -> String {
        Counts::of(&self.run).told(&self.frame.show, self.kind)
    }

    /// Why it was broken off, if it was.
    fn trouble(&self) -> Option<&str> {
        let trouble = self.run.trouble.as_deref()?;
        Some(match trouble {
            ImportRun::SERVER_WENT_DOWN => self.w.server_went_down,
            told => told,
        })
    }
}

/// How many lines are written.
pub(super) fn come(w: &TransferWords, show: &Show, run: &ImportRun) -> String {
    w.lines_written
        .with_all(&[&show.number(run.done), &show.number(run.total)])
}

/// Writes what was previewed.
pub(in crate::console) async fn apply(
    ask: Ask,
    kind: Path<String>,
    fields: Fields,
) -> Result<Response, Stop> {
    let kind = Kind::read(&kind).ok_or(Stop::Gone)?;
    let w = &ask.words().transfer;
    let Some(text) = previewed(&ask, kind, fields.get("token")).await? else {
        return refused(&ask, kind, w.expired.to_owned()).await;
    };
    let planned = match plan(&ask, kind, &text).await? {
        Ok(planned) => planned,
        Err(mistakes) => return mistaken(&ask, kind, mistakes),
    };
    match begin(&ask, &planned).await {
        Ok(Begun::Ended(counts)) => {
            let to = format!("/console/{}", kind.name());
            Ok(see_other_with_notice(&to, &counts.told(&ask.show(), kind)))
        }
        Ok(Begun::UnderWay(id)) => Ok(see_other(&format!("/console/imports/{id}"))),
        Err(LedgerError::Refused(Refusal::Row { row, why })) => {
            let mistake = Mistake {
                line: line_of(planned.lines(), row),
                text: show::refusal(ask.admin.language, &why),
                value: String::new(),
            };
            mistaken(&ask, kind, vec![mistake])
        }
        Err(LedgerError::Refused(refusal)) => {
            let why = show::refusal(ask.admin.language, &refusal);
            refused(&ask, kind, w.refused.with(why)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The file that a preview kept, if it is of this kind and of this person.
async fn previewed(ask: &Ask, kind: Kind, token: &str) -> Result<Option<String>, Stop> {
    let (central, digest) = (&ask.central, digest_of(token));
    let taken = central.ledger.take_ticket(digest, PURPOSE, central.now());
    let preview = taken.await?.as_deref().and_then(Preview::read);
    let own =
        |preview: &Preview| preview.kind == kind && preview.person == ask.admin.session.person.id;
    match preview.filter(own) {
        Some(preview) => kept::take(central, preview.file).await.map(Some),
        None => Ok(None),
    }
}

/// What became of an import at first.
enum Begun {
    /// It was short.
    Ended(Counts),
    /// It goes on by itself.
    UnderWay(Uuid),
}

async fn begin(ask: &Ask, planned: &Planned) -> Result<Begun, LedgerError> {
    let (desk, now) = (ask.desk(), ask.central.now());
    let mut import = match planned {
        Planned::Accounts(plan) => desk.begin_accounts(plan.specs.clone(), now).await?,
        Planned::Users(plan) => desk.begin_people(plan.people.clone(), now).await?,
    };
    match import.step(now).await {
        Ok(false) => Ok(Begun::Ended(Counts::of(import.run()))),
        Ok(true) => {
            let id = import.run().id;
            let rest = Rest {
                central: ask.central.clone(),
                import,
                lines: planned.lines().to_vec(),
                language: ask.admin.language,
            };
            // Whoever stops the server breaks it off, and the ledger finds out.
            tokio::spawn(rest.write());
            Ok(Begun::UnderWay(id))
        }
        Err(error) => {
            import.break_off(&error.to_string(), now).await?;
            Err(error)
        }
    }
}

/// What is left of a long import.
struct Rest {
    central: Arc<Central>,
    import: Import,
    /// Where its rows stand in the file.
    lines: Vec<u64>,
    language: Language,
}

impl Rest {
    async fn write(mut self) {
        let error = loop {
            match self.import.step(self.central.now()).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => break error,
            }
        };
        let why = self.why(&error);
        if let Err(error) = self.import.break_off(&why, self.central.now()).await {
            tracing::warn!(%error, "the end of an import was not written down");
        }
    }

    /// Why it goes no further, as who began it reads it.
    fn why(&self, error: &LedgerError) -> String {
        let w = &self.language.console().transfer;
        match error {
            LedgerError::Refused(Refusal::Row { row, why }) => {
                let why = show::refusal(self.language, why);
                w.line_refused.with2(line_of(&self.lines, *row), why)
            }
            LedgerError::Refused(refusal) => show::refusal(self.language, refusal),
            error => {
                tracing::error!(%error, "an import was broken off");
                w.ledger_away.to_owned()
            }
        }
    }
}

/// Where the row stands that the ledger counts from one.
fn line_of(lines: &[u64], row: usize) -> u64 {
    lines.get(row.saturating_sub(1)).copied().unwrap_or(1)
}

/// How far a long import has come, or how it ended.
pub(in crate::console) async fn show(ask: Ask, id: Path<String>) -> Result<Response, Stop> {
    let id = Uuid::try_parse(&id).map_err(|_| Stop::Gone)?;
    let run = ask.central.ledger.import(id).await?.ok_or(Stop::Gone)?;
    page(&RunPage {
        frame: ask.frame(Here::Transfer),
        w: &ask.words().transfer,
        kind: Kind::of(run.kind),
        run,
    })
}
