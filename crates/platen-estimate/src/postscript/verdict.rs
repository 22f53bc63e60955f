//! What running a document and reading its comments say together.

use super::device::DEFAULT_SIZE;
use super::interpreter::Interpreter;
use super::object::{Done, Fail};
use super::page::{Evidence, Printed};
use super::structure::{Structure, is_encapsulated};
use crate::limits::Budget;
use crate::report::{Format, JudgedBy, PageReport, Problem, Report, Ticket};
use platen_domain::Sides;

/// Counts the pages of a PostScript document.
pub(crate) fn count(document: &[u8], budget: &Budget) -> Result<Report, Problem> {
    let (printed, ended) = run(document, budget);
    let needs_comments = ended.is_err() || printed.iter().any(|page| page.size.is_none());
    let structure = if needs_comments {
        // A document that used up its time is still counted.
        Structure::read(document, budget).or_else(|_| Structure::read_head(document))?
    } else {
        Structure::default()
    };
    let mut warnings = Vec::new();
    let mut pages: Vec<_> = printed
        .iter()
        .enumerate()
        .map(|(at, page)| (report_of(page, structure.size(at)), page.copies))
        .collect();
    if let Err(cut) = ended {
        let total = structure.pages().unwrap_or(0).max(pages.len());
        if total == 0 || (cut == "pages" && total > budget.max_pages) {
            return match cut {
                "error" => Err(Problem::NoPages),
                limit => Err(Problem::limit(limit)),
            };
        }
        budget.allow_pages(total)?;
        warnings.push(cut_short(cut, pages.len(), total, structure.pages()));
        while pages.len() < total {
            let (width_pt, height_pt) = structure.size(pages.len()).unwrap_or(DEFAULT_SIZE);
            let page = PageReport {
                width_pt,
                height_pt,
                colour: true,
                judged_by: JudgedBy::Unknown,
            };
            pages.push((page, 1));
        }
    }
    if pages
        .iter()
        .any(|(page, _)| page.judged_by == JudgedBy::Unknown)
    {
        warnings.push(
            "Colour can't be told on every page of this PostScript; such pages are counted as colour."
                .into(),
        );
    }
    let ticket = ticket_of(&printed, &mut warnings);
    Ok(Report {
        format: Format::PostScript,
        pages: repeated(pages, ticket.copies, budget)?,
        ticket,
        warnings,
    })
}

/// Runs the document; gives the pages printed, and why it didn't reach its end.
fn run(document: &[u8], budget: &Budget) -> (Vec<Printed>, Result<(), &'static str>) {
    let mut machine = match Interpreter::new(document, budget) {
        Ok(machine) => machine,
        Err(_) => return (Vec::new(), Err("memory")),
    };
    let result = machine.run_document().and_then(|()| finish(&mut machine));
    let ended = match result {
        Ok(()) | Err(Fail::Quit) => Ok(()),
        Err(Fail::Limit(limit)) => Err(limit),
        Err(Fail::Stop | Fail::Error(_)) => Err("error"),
    };
    (machine.pages.printed, ended)
}

/// A document may leave its only page to whoever includes it.
fn finish(machine: &mut Interpreter<'_>) -> Done {
    machine.leave_device()?;
    let leaves_page = machine.pages.current.marked || is_encapsulated(machine.files.document);
    if machine.pages.printed.is_empty() && leaves_page {
        machine.finish_marked_page()?;
    }
    Ok(())
}

fn cut_short(cut: &str, seen: usize, total: usize, declared: Option<usize>) -> String {
    let why = match cut {
        "error" => "The document ends in an error of its own".to_owned(),
        limit => format!("Running the document reached the limit on {limit}"),
    };
    let how = match declared {
        Some(_) if total > seen => "by what it declares",
        _ => "by what was printed until then",
    };
    format!("{why}; the page count, {total}, is an estimate {how}.")
}

fn report_of(page: &Printed, declared: Option<(f64, f64)>) -> PageReport {
    let (width_pt, height_pt) = page.size.or(declared).unwrap_or(DEFAULT_SIZE);
    let Evidence {
        drawn,
        pixels,
        unsure,
        ..
    } = page.seen;
    let (colour, judged_by) = match (drawn, pixels, unsure) {
        (true, _, _) => (true, JudgedBy::Drawn),
        (_, true, _) => (true, JudgedBy::Pixels),
        (_, _, true) => (true, JudgedBy::Unknown),
        _ => (false, JudgedBy::Drawn),
    };
    PageReport {
        width_pt,
        height_pt,
        colour,
        judged_by,
    }
}

/// What holds for the whole document.
fn ticket_of(printed: &[Printed], warnings: &mut Vec<String>) -> Ticket {
    let Some(first) = printed.first() else {
        return Ticket::default();
    };
    let alike = |same: fn(&Printed, &Printed) -> bool| printed.iter().all(|page| same(page, first));
    let same_sides = alike(|a, b| a.duplex == b.duplex);
    if !same_sides {
        warnings.push(
            "The document prints some pages on one side and others on two; that is not followed."
                .into(),
        );
    }
    let sides = first
        .duplex
        .filter(|_| same_sides)
        .map(|sides| match sides {
            (false, _) => Sides::OneSided,
            (true, false) => Sides::TwoSidedLongEdge,
            (true, true) => Sides::TwoSidedShortEdge,
        });
    Ticket {
        copies: (first.copies > 1 && alike(|a, b| a.copies == b.copies)).then_some(first.copies),
        sides,
        monochrome: alike(|a, _| a.grey_device).then_some(true),
    }
}

/// Pages with copies of their own are repeated, unless all have the same.
fn repeated(
    pages: Vec<(PageReport, u32)>,
    copies: Option<u32>,
    budget: &Budget,
) -> Result<Vec<PageReport>, Problem> {
    if copies.is_some() || pages.iter().all(|(_, copies)| *copies == 1) {
        return Ok(pages.into_iter().map(|(page, _)| page).collect());
    }
    let mut all = Vec::new();
    for (page, copies) in pages {
        let count = all.len().saturating_add(copies as usize);
        budget.allow_pages(count)?;
        all.resize(count, page);
    }
    Ok(all)
}
