//! Spool files: metafiles and device settings, a record each.
//!
//! *Source*: MS-EMFSPOOL, sections 2.2.1 to 2.2.3.2 and 2.2.3.5.

use super::bytes::Bytes;
use super::devmode::DevMode;
use super::{Header, judge};
use crate::limits::Budget;
use crate::report::{Format, JudgedBy, PageReport, Problem, Report, Ticket, unknown_pages};

const VERSION: u32 = 0x0001_0000;
/// A4, for pages of which nothing is known.
const SHEET_PT: (f64, f64) = (595.0, 842.0);

/// A page, as the records tell of it.
struct Found<'d> {
    /// None when there is none where it should be.
    metafile: Option<&'d [u8]>,
    monochrome: bool,
    settings: DevMode,
}

/// What a walk over the records finds.
struct Walk<'d> {
    pages: Vec<Found<'d>>,
    /// PostScript that is put in between, which may do anything.
    injected: bool,
    torn: bool,
}

/// Counts the pages of a spool file.
pub(super) fn count(document: &[u8], budget: &Budget) -> Result<Report, Problem> {
    let Walk {
        pages: found,
        injected,
        torn,
    } = walk(document, budget)?;
    let mut pages = Vec::new();
    let mut late = false;
    let mut judged: Option<(&[u8], PageReport)> = None;
    let alike = |wish: fn(&DevMode) -> Option<u32>| {
        let first = found.first().and_then(|page| wish(&page.settings));
        let all = found.iter().all(|page| wish(&page.settings) == first);
        (all, first)
    };
    let (copies_alike, copies) = alike(|settings| settings.copies);
    let (mono_alike, mono) = alike(|settings| settings.monochrome.map(u32::from));
    for page in &found {
        let mut report = match (&judged, page.metafile) {
            // The same metafile, printed again.
            (Some((metafile, report)), Some(again)) if std::ptr::eq(*metafile, again) => *report,
            _ => read(page, budget, &mut late),
        };
        judged = page.metafile.map(|metafile| (metafile, report));
        if page.monochrome || (!mono_alike && page.settings.monochrome == Some(true)) {
            report.colour = false;
            report.judged_by = JudgedBy::Declared;
        }
        let times = if copies_alike {
            1
        } else {
            page.settings.copies.unwrap_or(1)
        };
        for _ in 0..times {
            pages.push(report);
            budget.allow_pages(pages.len())?;
        }
    }
    let sides = found.first().and_then(|page| page.settings.sides);
    let sides_alike = found.iter().all(|page| page.settings.sides == sides);
    let mut warnings = Vec::new();
    warnings.extend(unknown_pages(&pages, ""));
    if late {
        warnings.push("Looking at all pages would take more than it may.".into());
    }
    if injected {
        warnings.push("It holds PostScript, whose pages are not counted.".into());
    }
    if torn {
        warnings.push("The document is cut off; only its whole pages are counted.".into());
    }
    if !sides_alike {
        warnings.push("Its pages ask for different sides of the paper.".into());
    }
    if pages.is_empty() && torn {
        return Err(Problem::Damaged);
    }
    Ok(Report {
        format: Format::Emf,
        pages,
        ticket: Ticket {
            copies: copies.filter(|_| copies_alike),
            sides: sides.filter(|_| sides_alike),
            monochrome: mono.filter(|mono| mono_alike && *mono == 1).map(|_| true),
        },
        warnings,
    })
}

/// Finds the pages. Newer writers put the metafile first and then a record
/// that points back to it; without any such record each metafile is a page.
fn walk<'d>(document: &'d [u8], budget: &Budget) -> Result<Walk<'d>, Problem> {
    let file = Bytes(document);
    if file.u32(0) != Some(VERSION) {
        return Err(Problem::UnknownFormat);
    }
    let mut at = match file.size(4) {
        Some(size) if size >= 16 && size <= document.len() => aligned(size),
        _ => return Err(Problem::UnknownFormat),
    };
    let mut settings = DevMode::default();
    let (mut pages, mut bare) = (Vec::new(), Vec::new());
    let mut injected = false;
    let mut torn = false;
    while at < document.len() {
        budget.step()?;
        let data = (|| {
            let size = file.size(at.checked_add(4)?)?;
            let from = at.checked_add(8)?;
            document.get(from..from.checked_add(size)?)
        })();
        let (Some(kind), Some(data)) = (file.u32(at), data) else {
            torn = true;
            break;
        };
        let page = |metafile, monochrome| Found {
            metafile,
            monochrome,
            settings,
        };
        match kind {
            // Form metafiles are as good as any.
            0x1 | 0x9 => pages.push(page(Some(data), false)),
            0xa | 0xb => pages.push(page(Some(data), true)),
            0xc => bare.push(page(Some(data), false)),
            0xd | 0xe => pages.push(page(pointed_at(file, at), kind == 0xe)),
            0x3 => settings = DevMode::read(data),
            0x14 => injected = true,
            0x2 | 0x4..=0x8 | 0xf..=0x13 | 0x15 => {}
            _ if at == aligned(file.size(4).unwrap_or(0)) => return Err(Problem::UnknownFormat),
            _ => {
                torn = true;
                break;
            }
        }
        budget.allow_pages(pages.len().max(bare.len()))?;
        at = aligned(at + 8 + data.len());
    }
    if pages.is_empty() {
        pages = bare;
    }
    Ok(Walk {
        pages,
        injected,
        torn,
    })
}

/// The metafile to which a page's record points back.
fn pointed_at<'d>(file: Bytes<'d>, at: usize) -> Option<&'d [u8]> {
    let back = usize::try_from(file.u64(at.checked_add(8)?)?).ok()?;
    let start = at.checked_sub(back)?;
    // To the record, or, as some writers have it, to its metafile.
    let content = if matches!(file.u32(start)?, 0x1 | 0x9..=0xc) && !is_metafile(file, start) {
        let size = file.size(start.checked_add(4)?)?;
        let from = start.checked_add(8)?;
        file.0.get(from..from.checked_add(size)?)?
    } else {
        file.0.get(start..at)?
    };
    (!content.is_empty()).then_some(content)
}

fn is_metafile(file: Bytes<'_>, at: usize) -> bool {
    file.from(at)
        .is_some_and(|metafile| Header::read(metafile.0).is_some())
}

/// Judges a page; when the time is over it is only measured.
fn read(page: &Found<'_>, budget: &Budget, late: &mut bool) -> PageReport {
    let header = page
        .metafile
        .and_then(|metafile| Some((metafile, Header::read(metafile)?)));
    let paper = page.settings.paper_pt;
    let size_pt = match (&paper, &header) {
        (Some(paper), _) => *paper,
        (None, Some((_, header))) => header.size_pt(),
        (None, None) => SHEET_PT,
    };
    let judged = header.and_then(|(metafile, header)| {
        if *late {
            return None;
        }
        let judged = judge(metafile, &header, size_pt, budget).ok();
        *late = judged.is_none();
        judged
    });
    let (colour, judged_by) = judged.unwrap_or((true, JudgedBy::Unknown));
    PageReport {
        width_pt: size_pt.0,
        height_pt: size_pt.1,
        colour,
        judged_by,
    }
}

fn aligned(at: usize) -> usize {
    at.saturating_add(3) & !3
}
