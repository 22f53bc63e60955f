//! A rate card as programs write it. *Source*: rules.md.

use platen_domain::{Points, PrintRates, RateRow, Size};
use platen_ledger::site::CardSpec;
use utoipa::ToSchema;

use super::finish;
use crate::api::fields::{Fields, points_from_zero, text};
use crate::api::json::Json;
use crate::api::problem::{self, Problem};
use crate::api::schemas::{Paper, PointsFromZero};

/// Papers on a rate card at most.
const MOST_PAPERS: usize = 100;

/// Points for one printed side.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SidePointsAsk)]
#[expect(dead_code, reason = "describes what is read")]
struct SidePointsAsk {
    /// One side of the sheet is printed.
    simplex: PointsFromZero,
    /// Both sides of the sheet are printed.
    duplex: PointsFromZero,
}

/// Points for one printed side of a paper.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RatesAsk)]
#[expect(dead_code, reason = "describes what is read")]
struct RatesAsk {
    /// Without colour.
    mono: SidePointsAsk,
    /// With colour.
    colour: SidePointsAsk,
}

/// What one paper costs.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PaperRatesAsk)]
#[expect(dead_code, reason = "describes what is read")]
struct PaperRatesAsk {
    name: Paper,
    print: RatesAsk,
    /// As printing if left out.
    #[schema(required = false)]
    copy: RatesAsk,
}

/// What any other paper costs.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OtherRatesAsk)]
#[expect(dead_code, reason = "describes what is read")]
struct OtherRatesAsk {
    print: RatesAsk,
    /// As printing if left out.
    #[schema(required = false)]
    copy: RatesAsk,
}

/// A rate card.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RateCardAsk)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) struct RateCardAsk {
    /// The papers with rates of their own; none twice.
    #[schema(max_items = 100)]
    sizes: Vec<PaperRatesAsk>,
    other: OtherRatesAsk,
}

/// No points for anything; a placeholder for what is missing.
const FREE: PrintRates = PrintRates {
    mono_simplex: Points::ZERO,
    mono_duplex: Points::ZERO,
    colour_simplex: Points::ZERO,
    colour_duplex: Points::ZERO,
};

fn read_side(fields: &mut Fields<'_>, name: &str) -> (Points, Points) {
    let Some(value) = fields.take(name) else {
        fields.fault(name, "This is missing.");
        return Default::default();
    };
    fields.within(name, value, |side| {
        let simplex = side.required("simplex", points_from_zero);
        (simplex, side.required("duplex", points_from_zero))
    })
}

fn read_rates(fields: &mut Fields<'_>, name: &str) -> Option<PrintRates> {
    let value = fields.take(name)?;
    Some(fields.within(name, value, |rates| {
        let (mono_simplex, mono_duplex) = read_side(rates, "mono");
        let (colour_simplex, colour_duplex) = read_side(rates, "colour");
        PrintRates {
            mono_simplex,
            mono_duplex,
            colour_simplex,
            colour_duplex,
        }
    }))
}

/// Printing and copying.
fn read_both(fields: &mut Fields<'_>) -> (PrintRates, PrintRates) {
    let print = read_rates(fields, "print").unwrap_or_else(|| {
        fields.fault("print", "This is missing.");
        FREE
    });
    let copy = read_rates(fields, "copy").unwrap_or(print);
    (print, copy)
}

fn paper(json: &Json) -> Result<Option<(String, Size)>, String> {
    let name = text(json)?;
    let size = Size::from_media_name(&name)
        .ok_or("This must be a paper such as A4, Letter or iso_a4_210x297mm.")?;
    Ok(Some((name, size)))
}

/// Reads a rate card.
///
/// *Errors*: fields that are wrong, or one paper twice.
pub(crate) fn rate_card(json: &Json) -> Result<CardSpec, Problem> {
    let mut fields = Fields::new(json, "");
    let mut rows: Vec<RateRow> = Vec::new();
    match fields.take("sizes") {
        Some(Json::List(sizes)) if sizes.len() <= MOST_PAPERS => {
            for (place, value) in sizes.iter().enumerate() {
                let row = fields.element("sizes", place, value, |row| {
                    let paper = row.required("name", paper);
                    let (print, copy) = read_both(row);
                    paper.map(|(name, size)| RateRow {
                        name,
                        size,
                        print,
                        copy,
                    })
                });
                rows.extend(row);
            }
        }
        Some(Json::List(_)) => {
            fields.fault("sizes", format!("There are {MOST_PAPERS} at most."));
        }
        Some(other) => {
            fields.fault(
                "sizes",
                format!("This must be a list, not {}.", other.kind()),
            );
        }
        None => fields.fault("sizes", "This is missing."),
    }
    let (other_print, other_copy) = match fields.take("other") {
        Some(value) => fields.within("other", value, read_both),
        None => {
            fields.fault("other", "This is missing.");
            (FREE, FREE)
        }
    };
    finish(fields)?;
    for (place, row) in rows.iter().enumerate() {
        if let Some(same) = rows[..place].iter().find(|it| it.size.same_paper(row.size)) {
            let detail = format!("“{}” is the same paper as “{}”.", row.name, same.name);
            let refusal = Problem::new(problem::Kind::Conflict, detail);
            return Err(refusal.at(&format!("/sizes/{place}/name")));
        }
    }
    Ok(CardSpec {
        rows,
        other_print,
        other_copy,
    })
}
