//! What is said of one file: JSON, a row of a table, or the client's form.

use super::arguments::{Arguments, Style};
use crate::report::{Format, PageReport, Problem, Report};
use crate::runs::{Wire, WireTicket};
use platen_domain::layout::lay_out;
use platen_domain::price::price;
use platen_domain::{JobOptions, PageFacts, PaperUse, Passage, Points, PointsError, Size};
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

/// Above the rows of the table.
pub(super) const HEADER: &str = "   pages  colour   sides  sheets     points  file";

#[derive(Serialize)]
struct JsonCounted<'r> {
    file: &'r str,
    format: Format,
    pages: &'r [PageReport],
    sides: u64,
    sheets: u64,
    colour_sides: u64,
    /// Decimal text, as everywhere in Platen: no reader makes it a float.
    points: Option<String>,
    by_size: Vec<JsonPaper>,
    ticket: WireTicket,
    warnings: Vec<&'r str>,
}

#[derive(Serialize)]
struct JsonPaper {
    paper: String,
    width_mm: f64,
    height_mm: f64,
    sides: u64,
    colour_sides: u64,
    sheets: u64,
}

#[derive(Serialize)]
struct JsonProblem<'r> {
    file: &'r str,
    error: String,
    #[serde(flatten)]
    problem: &'r Problem,
}

/// The exit status that this answer calls for.
pub(super) fn status(result: &Result<Report, Problem>) -> u8 {
    match result {
        Ok(_) => 0,
        Err(problem) if problem.is_limit() => 3,
        Err(_) => super::UNREADABLE,
    }
}

/// The answer, without a line's end.
pub(super) fn render(
    path: &Path,
    result: &Result<Report, Problem>,
    arguments: &Arguments,
) -> String {
    let file = path.to_string_lossy();
    let json = match (arguments.style, result) {
        (Style::Runs, Ok(report)) => serde_json::to_string(&Wire::from(&report.analysis())),
        (Style::Runs, Err(problem)) => serde_json::to_string(&Wire::Refused(problem.clone())),
        (Style::Person, Err(problem)) => return row(["-"; 5], &file, [problem.to_string()]),
        (Style::Json, Err(problem)) => problem_json(&file, problem),
        (style, Ok(report)) => match (Printed::of(report, arguments), style) {
            (Err(_), Style::Json) => problem_json(&file, &Problem::limit("points")),
            (Err(overflow), _) => return row(["-"; 5], &file, [overflow.to_string()]),
            (Ok(printed), Style::Json) => printed.json(&file, report),
            (Ok(printed), _) => return printed.row(&file, report),
        },
    };
    json.unwrap_or_else(|error| error.to_string())
}

fn problem_json(file: &str, problem: &Problem) -> serde_json::Result<String> {
    serde_json::to_string(&JsonProblem {
        file,
        error: problem.to_string(),
        problem,
    })
}

/// What printing a document takes.
struct Printed {
    papers: Vec<PaperUse>,
    points: Option<Points>,
    warnings: Vec<String>,
}

impl Printed {
    fn of(report: &Report, arguments: &Arguments) -> Result<Self, PointsError> {
        let options = &arguments.options;
        let passage = match options.raw {
            Some(true) => Passage::AsIs,
            _ => report.format.passage(),
        };
        let mut finishing = options.finishing(&JobOptions::default(), &report.ticket, passage);
        let of_pages = passage.repeats_of_pages(&report.ticket, finishing.copies);
        let documents = [pages_in_turn(report, of_pages)];
        let repeats = passage.repeats(&report.ticket);
        finishing.copies = finishing.copies.saturating_mul(repeats);
        let papers = lay_out(&documents, &finishing).by_size(finishing.copies);
        let points = match &arguments.card {
            Some(card) => Some(price(card, &documents, &finishing)?.total),
            None => None,
        };
        let mut warnings = [report.warnings.clone(), arguments.warnings.clone()].concat();
        if papers.is_empty() {
            warnings.push("The options choose none of its pages.".to_owned());
        }
        if options.spreads_pictures && report.format.is_picture() {
            warnings.push(
                "CUPS may spread the picture over several pages (scaling, natural-scaling, ppi), \
                 which is not counted."
                    .to_owned(),
            );
        }
        Ok(Self {
            papers,
            points,
            warnings,
        })
    }

    fn sum(&self, one: impl Fn(&PaperUse) -> u64) -> u64 {
        self.papers.iter().map(one).fold(0, u64::saturating_add)
    }

    fn json(&self, file: &str, report: &Report) -> serde_json::Result<String> {
        serde_json::to_string(&JsonCounted {
            file,
            format: report.format,
            pages: &report.pages,
            sides: self.sum(|paper| paper.sides),
            sheets: self.sum(|paper| paper.sheets),
            colour_sides: self.sum(|paper| paper.colour_sides),
            points: self.points.map(|points| points.to_string()),
            by_size: self.papers.iter().map(json_paper).collect(),
            ticket: WireTicket::from(&report.ticket),
            warnings: self.warnings.iter().map(String::as_str).collect(),
        })
    }

    fn row(&self, file: &str, report: &Report) -> String {
        let colour = report.pages.iter().filter(|page| page.colour).count();
        let cells = [
            report.pages.len().to_string(),
            colour.to_string(),
            self.sum(|paper| paper.sides).to_string(),
            self.sum(|paper| paper.sheets).to_string(),
            self.points
                .map_or_else(|| "-".to_owned(), |points| points.to_string()),
        ];
        row(cells, file, self.warnings.iter().cloned())
    }
}

/// The pages, each as often in a row as the filters make it. Copies that would
/// be more than anybody prints are left at that.
fn pages_in_turn(report: &Report, repeats: u32) -> Vec<PageFacts> {
    const MOST_PAGES: usize = 10_000_000;
    let pages = report.facts();
    let repeats = (repeats as usize)
        .min(MOST_PAGES / pages.len().max(1))
        .max(1);
    pages
        .into_iter()
        .flat_map(|page| std::iter::repeat_n(page, repeats))
        .collect()
}

fn json_paper(paper: &PaperUse) -> JsonPaper {
    let millimetres = |hundredths: u32| f64::from(hundredths) / 100.0;
    let size: Size = paper.size.upright();
    let (width_mm, height_mm) = (millimetres(size.width), millimetres(size.height));
    JsonPaper {
        paper: size
            .common_name()
            .map_or_else(|| format!("{width_mm}x{height_mm}mm"), str::to_owned),
        width_mm,
        height_mm,
        sides: paper.sides,
        colour_sides: paper.colour_sides,
        sheets: paper.sheets,
    }
}

/// A row of the table, remarks below it. Names may hold anything, control
/// sequences of the terminal among them.
fn row(
    cells: [impl std::fmt::Display; 5],
    file: &str,
    remarks: impl IntoIterator<Item = String>,
) -> String {
    let [pages, colour, sides, sheets, points] = cells;
    let name: String = file
        .chars()
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect();
    let mut row = format!("{pages:>8}{colour:>8}{sides:>8}{sheets:>8}{points:>11}  {name}");
    for remark in remarks {
        // Writing to a string does not fail.
        let _ = write!(row, "\n          {remark}");
    }
    row
}
