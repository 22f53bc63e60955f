//! A stream of jobs: what the job language frames, counted one after another.
//!
//! Each job may be in a language of its own. What it asks for itself wins over
//! what the job language asks. *Source*: HP PJL Technical Reference Manual,
//! chapter 4.

use crate::limits::Budget;
use crate::pjl::{Entered, JobLanguage, Settings, blanks, end_of_language};
use crate::printed::{MIXED_SIDES, Printing, repeat, warn};
use crate::report::{Format, JudgedBy, PageReport, Problem, Report, Ticket};
use crate::{detect, pcl, pclxl};
use std::ops::Range;

/// Jobs in one stream, at most: each costs a look for its language.
const MAX_JOBS: usize = 100_000;

/// Counts every job of a stream; `other` counts a document, which may be alone
/// in the stream, in none of the languages that end by themselves.
pub(crate) fn count(
    stream: &[u8],
    first: Option<Format>,
    budget: &Budget,
    other: impl Fn(Range<usize>, Format, bool) -> Result<Report, Problem>,
) -> Result<Report, Problem> {
    let mut language = JobLanguage::default();
    let mut first = first;
    let mut whole: Option<Report> = None;
    let mut at = 0;
    for _ in 0..MAX_JOBS {
        budget.check()?;
        let (entered, used) = language.read(&stream[at..]);
        at += used;
        let body = &stream[at..];
        if blanks(body) == body.len() {
            return whole.ok_or(Problem::NoPages);
        }
        let (report, used) = match language_of(body, entered, first.take())? {
            (Format::Pcl, _) => printed(
                pcl::print(body, language.settings(), budget)?,
                Format::Pcl,
                budget,
            )?,
            (Format::PclXl, _) => printed(
                pclxl::print(body, language.settings(), budget)?,
                Format::PclXl,
                budget,
            )?,
            (format, start) => {
                let end = end_of_language(body);
                let alone = whole.is_none() && is_over(&body[end..]);
                (
                    Some(other(at + start.min(end)..at + end, format, alone)?),
                    end,
                )
            }
        };
        at += used.clamp(1, body.len());
        if let Some(mut report) = report {
            settle(&mut report, language.settings());
            whole = Some(match whole {
                None => report,
                Some(whole) => join(whole, report, budget)?,
            });
        }
    }
    Err(Problem::limit("jobs"))
}

/// The language at the start of `body`, and where in it it begins.
fn language_of(
    body: &[u8],
    entered: Option<Entered>,
    known: Option<Format>,
) -> Result<(Format, usize), Problem> {
    match entered {
        Some(Entered::Pcl) => Ok((Format::Pcl, 0)),
        Some(Entered::PclXl) => Ok((Format::PclXl, 0)),
        Some(Entered::Other) => detect::language(body).ok_or(Problem::UnknownFormat),
        None => known
            .map(|format| (format, 0))
            .or_else(|| detect::language(body))
            // Printers take what names no language for PCL.
            .or_else(|| detect::may_be_pcl(body).then_some((Format::Pcl, 0)))
            .ok_or(Problem::UnknownFormat),
    }
}

fn printed(
    printing: Printing,
    format: Format,
    budget: &Budget,
) -> Result<(Option<Report>, usize), Problem> {
    let used = printing.used;
    let report = match printing.pages.is_empty() {
        true => None,
        false => Some(printing.into_report(format, budget)?),
    };
    Ok((report, used))
}

/// Whether nothing but the job language's farewell follows.
fn is_over(rest: &[u8]) -> bool {
    let (entered, used) = JobLanguage::default().read(rest);
    let rest = &rest[used..];
    entered.is_none() && blanks(rest) == rest.len()
}

/// Gives a job what the job language asks for and the job itself does not.
fn settle(report: &mut Report, settings: &Settings) {
    let ticket = &mut report.ticket;
    let copies = ticket.copies.or(settings.copies).unwrap_or(1);
    let copies = copies.saturating_mul(settings.quantity.unwrap_or(1));
    ticket.copies = Some(copies).filter(|copies| *copies > 1);
    ticket.sides = ticket.sides.or(settings.sides());
    ticket.monochrome = ticket.monochrome.or(settings.monochrome);
}

/// Two jobs as one: what they don't agree on is written into their pages.
fn join(mut first: Report, mut second: Report, budget: &Budget) -> Result<Report, Problem> {
    if first.ticket.copies != second.ticket.copies {
        for report in [&mut first, &mut second] {
            let times = report.ticket.copies.take().unwrap_or(1);
            let once = std::mem::take(&mut report.pages);
            repeat(&mut report.pages, &once, times, budget)?;
        }
    }
    if first.ticket.monochrome != second.ticket.monochrome {
        for report in [&mut first, &mut second] {
            if report.ticket.monochrome.take() == Some(true) {
                report.pages.iter_mut().for_each(bleach);
            }
        }
    }
    let agree = first.ticket.sides == second.ticket.sides;
    for warning in &second.warnings {
        warn(&mut first.warnings, warning);
    }
    if !agree {
        warn(&mut first.warnings, MIXED_SIDES);
    }
    first.ticket = Ticket {
        sides: first.ticket.sides.filter(|_| agree),
        ..first.ticket
    };
    repeat(&mut first.pages, &second.pages, 1, budget)?;
    Ok(first)
}

fn bleach(page: &mut PageReport) {
    page.colour = false;
    page.judged_by = JudgedBy::Declared;
}

#[cfg(test)]
mod tests;
