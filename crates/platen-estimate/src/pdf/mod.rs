//! PDF: pages, their boxes, and colour by following what is drawn.
//!
//! The content streams are followed with their colours, clips and
//! transformations, and a page is colour as soon as something is certain to
//! show chroma inside its box. `content` follows operators; the other files each
//! know one kind of object. Nothing is rasterised, but for pages that hold
//! something of which it is doubtful whether it shows: `render` draws them small.

mod annotation;
mod calculator;
mod content;
mod function;
mod image;
mod layers;
mod mask;
mod objects;
mod order;
mod painting;
mod path;
mod predictor;
mod render;
mod rows;
mod samples;
mod settings;
mod shading;
mod space;
mod state;
mod stream;
mod text;

use crate::colour::VISIBLE_CHROMA;
use crate::geometry::{Bounds, Matrix};
use crate::limits::Budget;
use crate::report::{Format, JudgedBy, PageReport, Problem, Report, Ticket, unknown_pages};
use content::{Document, Painter, State, Stop};
use hayro_syntax::object::{Array, MaybeRef, Rect, Stream};
use hayro_syntax::page::Page;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf, PdfData};
use render::{Renderer, Request};
use std::sync::Arc;

/// A page that could not be judged is taken for colour.
const UNKNOWN: (bool, JudgedBy) = (true, JudgedBy::Unknown);

/// Counts the pages of a PDF.
pub(crate) fn count(document: PdfData, budget: &Budget) -> Result<Report, Problem> {
    let pdf = Arc::new(Pdf::new(document).map_err(|error| match error {
        LoadPdfError::Decryption(
            DecryptionError::PasswordProtected | DecryptionError::UnsupportedAlgorithm,
        ) => Problem::Encrypted,
        LoadPdfError::Decryption(_) | LoadPdfError::Invalid => Problem::Damaged,
    })?);
    let mut renderer = Renderer::new(pdf.clone());
    budget.allow_pages(pdf.pages().len())?;
    let order = order::printing_order(&pdf, budget.max_pages);
    budget.allow_pages(order.len())?;
    let shared = Document::new(pdf.xref(), budget);
    let mut judged = Vec::with_capacity(pdf.pages().len());
    let mut limit = None;
    for (index, page) in pdf.pages().iter().enumerate() {
        let (width_pt, height_pt) = size(page);
        let (colour, judged_by) = match &limit {
            None => judge(page, index, &shared, &mut renderer).unwrap_or_else(|problem| {
                limit = Some(problem);
                UNKNOWN
            }),
            Some(_) => UNKNOWN,
        };
        judged.push(PageReport {
            width_pt,
            height_pt,
            colour,
            judged_by,
        });
    }
    let pages: Vec<PageReport> = order
        .iter()
        .filter_map(|index| judged.get(*index).copied())
        .collect();
    let within = match limit {
        Some(Problem::LimitReached { what }) => format!(" within the limit on {what}"),
        _ => String::new(),
    };
    let warnings = unknown_pages(&pages, &within).into_iter().collect();
    Ok(Report {
        format: Format::Pdf,
        pages,
        ticket: Ticket::default(),
        warnings,
    })
}

impl From<Rect> for Bounds {
    fn from(Rect { x0, y0, x1, y1 }: Rect) -> Self {
        Self { x0, y0, x1, y1 }
    }
}

/// The page as printed: crop box within media box, rotated, in user units.
fn size(page: &Page<'_>) -> (f64, f64) {
    let (width, height) = page.render_dimensions();
    let unit = unit(page);
    (f64::from(width) * unit, f64::from(height) * unit)
}

/// The length of the page's unit. *Units*: points.
fn unit(page: &Page<'_>) -> f64 {
    page.raw()
        .get::<f64>("UserUnit")
        .filter(|unit| unit.is_finite() && *unit > 0.0)
        .unwrap_or(1.0)
}

fn judge<'a>(
    page: &Page<'a>,
    index: usize,
    shared: &Document<'_, 'a>,
    renderer: &mut Renderer,
) -> Result<(bool, JudgedBy), Problem> {
    let budget = shared.budget;
    budget.check()?;
    let clip = Bounds::from(page.intersected_crop_box()).under(Matrix::IDENTITY);
    let clip = if clip.has_area() { clip } else { Bounds::ALL };
    let mut painter = Painter::new(shared);
    let drawn = contents(page, budget)
        .ok_or(Stop::Unreadable)
        .and_then(|content| {
            let start = State::new(Matrix::IDENTITY, clip);
            painter.run(&content, page.resources(), start, 0)
        });
    let of_page = painter.in_doubt;
    painter.in_doubt = false;
    let drawn = drawn.and_then(|()| annotation::draw(&mut painter, page, clip));
    let of_annotations = painter.in_doubt;
    match drawn {
        Ok(()) if painter.too_large || !budget.may_draw() => Ok(UNKNOWN),
        Ok(()) if of_page || of_annotations => {
            let request = Request {
                page: index,
                scale: render::scale(unit(page)),
                annotations: false,
            };
            let with_annotations = Request {
                annotations: true,
                ..request
            };
            let mut verdict = (false, JudgedBy::Pixels);
            if of_page || painter.left_out {
                verdict = look(renderer, request, budget);
            }
            if of_annotations && verdict == (false, JudgedBy::Pixels) {
                verdict = look(renderer, with_annotations, budget);
                // What shows may be what does not print.
                if painter.left_out && verdict.0 {
                    verdict = UNKNOWN;
                }
            }
            Ok(verdict)
        }
        Ok(()) => Ok((false, JudgedBy::Drawn)),
        Err(Stop::Colour) => Ok((true, JudgedBy::Drawn)),
        Err(Stop::Pixels) => Ok((true, JudgedBy::Pixels)),
        Err(Stop::Unreadable) => Ok(UNKNOWN),
        Err(Stop::Problem(problem)) => Err(problem),
    }
}

/// Judges a page by a rendering.
fn look(renderer: &mut Renderer, request: Request, budget: &Budget) -> (bool, JudgedBy) {
    match renderer.look(request, budget) {
        Some(seen) if f64::from(seen.chroma) > VISIBLE_CHROMA => (true, JudgedBy::Pixels),
        Some(seen) if !seen.incomplete => (false, JudgedBy::Pixels),
        _ => UNKNOWN,
    }
}

/// The page's content, its parts joined by white space. What can't be decoded
/// is left out, as viewers do; none when a part exceeds the limit.
fn contents(page: &Page<'_>, budget: &Budget) -> Option<Vec<u8>> {
    if let Some(single) = page.raw().get::<Stream<'_>>("Contents") {
        return stream::decode(&single, budget);
    }
    let mut joined = Vec::new();
    let parts = page.raw().get::<Array<'_>>("Contents").unwrap_or_default();
    for part in parts.raw_iter() {
        let part = match part {
            MaybeRef::Ref(reference) => page.xref().get::<Stream<'_>>(reference.into()),
            MaybeRef::NotRef(object) => object.into_stream(),
        };
        if let Some(data) = part.and_then(|part| stream::decode(&part, budget)) {
            joined.extend_from_slice(&data);
            joined.push(b' ');
        }
        if joined.len() > budget.inflated_bytes {
            return None;
        }
    }
    Some(joined)
}

#[cfg(test)]
mod tests;
