//! The Rates Card as a grid: sizes × black and white or colour × one-sided or
//! two-sided, for printing and for copying. *Source*: rules.md.

mod grid;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::ToSpan as _;
use jiff::civil::Date;
use platen_domain::Points;
use platen_ledger::site::CardSpec;
use platen_ledger::{CardPreview, LedgerError, Refusal};

use self::grid::{COLUMNS, Column, Grid};
use super::fields::{Faults, Fields};
use super::frame::{Ask, Frame, Here, page, page_with};
use super::stop::Stop;
use crate::flash::see_other_with_notice;
use crate::words::console::{Fill as _, RateWords};

/// How far back a change is tried: what was printed in this time is priced
/// again.
const PREVIEWED_DAYS: i32 = 30;

#[derive(Template)]
#[template(path = "console/rates.html")]
struct RatesPage {
    frame: Frame,
    w: &'static RateWords,
    grid: Grid,
    faults: Faults,
    /// The version in force; none before there is a card.
    in_force: Option<u64>,
    conflict: bool,
    preview: Option<Previewed>,
}

struct Previewed {
    since: Date,
    until: Date,
    result: CardPreview,
}

impl Previewed {
    /// What it would have been more or less.
    fn difference(&self) -> Points {
        let difference = self.result.would_be.minus(self.result.charged);
        difference.unwrap_or(Points::ZERO)
    }
}

#[derive(Default)]
struct Filled {
    faults: Faults,
    conflict: bool,
    preview: Option<Previewed>,
}

impl RatesPage {
    fn new(ask: &Ask, grid: Grid, in_force: Option<u64>, filled: Filled) -> Self {
        Self {
            frame: ask.frame(Here::Rates),
            w: &ask.words().rates,
            grid,
            faults: filled.faults,
            in_force,
            conflict: filled.conflict,
            preview: filled.preview,
        }
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    /// What a cell is, for those who don't see where it stands.
    fn cell(&self, row: &str, column: &Column) -> String {
        let w = self.w;
        let row = if row.is_empty() { w.new_size } else { row };
        w.cell.with2(row, self.column(column))
    }

    fn column(&self, column: &Column) -> String {
        let w = self.w;
        w.column.with_all(&[
            &if column.copy { w.copy } else { w.print },
            &if column.colour { w.colour } else { w.mono },
            &if column.duplex { w.duplex } else { w.simplex },
        ])
    }

    fn mistakes(&self) -> String {
        match self.faults.len() {
            1 => self.w.mistakes_one.to_owned(),
            many => self.w.mistakes.with(many),
        }
    }
}

pub(super) async fn card(ask: Ask) -> Result<Response, Stop> {
    let card = ask.central.ledger.rate_card().await?;
    let in_force = card.as_ref().map(|card| card.version);
    let grid = Grid::of(card.as_ref(), &ask.show());
    page(&RatesPage::new(&ask, grid, in_force, Filled::default()))
}

pub(super) async fn change(ask: Ask, fields: Fields) -> Result<Response, Stop> {
    let mut grid = Grid::read(&fields);
    let card = ask.central.ledger.rate_card().await?;
    let in_force = card.as_ref().map(|card| card.version);
    let deed = fields.get("do");
    if deed == "add" || deed.starts_with("remove") {
        grid.resize(deed);
        return page(&RatesPage::new(&ask, grid, in_force, Filled::default()));
    }
    let spec = match grid.card(&ask.show()) {
        Ok(spec) => spec,
        Err(faults) => {
            let filled = Filled {
                faults,
                ..Filled::default()
            };
            let page = RatesPage::new(&ask, grid, in_force, filled);
            return page_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    if deed == "preview" {
        let preview = Some(preview(&ask, spec).await?);
        let filled = Filled {
            preview,
            ..Filled::default()
        };
        return page(&RatesPage::new(&ask, grid, in_force, filled));
    }
    let desk = ask.desk();
    let saved = desk.put_card(spec, Some(grid.version), ask.central.now());
    let card = match saved.await {
        Err(LedgerError::Refused(Refusal::Changed)) => return conflict(&ask, grid).await,
        saved => saved?,
    };
    let w = &ask.words().rates;
    let notice = if Some(card.version) == in_force {
        w.unchanged.to_owned()
    } else {
        w.saved.with(card.version)
    };
    Ok(see_other_with_notice("/console/rates", &notice))
}

/// Somebody else saved rates meanwhile: shows what was typed, to be saved in place
/// of those.
async fn conflict(ask: &Ask, mut grid: Grid) -> Result<Response, Stop> {
    let card = ask.central.ledger.rate_card().await?;
    let in_force = card.map(|card| card.version);
    grid.version = in_force.unwrap_or(0);
    let filled = Filled {
        conflict: true,
        ..Filled::default()
    };
    let page = RatesPage::new(ask, grid, in_force, filled);
    page_with(StatusCode::CONFLICT, &page)
}

async fn preview(ask: &Ask, spec: CardSpec) -> Result<Previewed, Stop> {
    let until = ask.central.today();
    let since = until.saturating_sub(PREVIEWED_DAYS.days());
    let zone = &ask.central.config.zone;
    // The days are the site's; a day that can't be placed is the beginning of time.
    let start = since
        .to_zoned(zone.clone())
        .map_or(jiff::Timestamp::MIN, |start| start.timestamp());
    let ledger = &ask.central.ledger;
    let result = ledger.card_preview(spec, start, ask.central.now()).await?;
    Ok(Previewed {
        since,
        until,
        result,
    })
}
