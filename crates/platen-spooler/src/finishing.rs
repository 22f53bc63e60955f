//! From a job's options to what decides its price.
//!
//! Options reach cupsd in several spellings; which of them wins was measured on
//! CUPS 2.4.2 with cups-filters 1.28. *Source*: rules.md R-11.

use platen_domain::{Finishing, PageSet, Sides, Size};

use crate::{job::Job, queue::QueueDefaults};

/// Names under which PPDs know duplex printing.
pub(crate) const DUPLEX_OPTIONS: &[&str] =
    &["Duplex", "EFDuplex", "ARDuplex", "KD03Duplex", "JCLDuplex"];

/// What the job will be printed like, its queue's defaults filled in.
///
/// A value that makes no sense counts as not given.
#[must_use]
pub fn finishing(job: &Job, defaults: &QueueDefaults) -> Finishing {
    let option = |name: &str| job.options.get(name).map(String::as_str);
    Finishing {
        copies: job.copies.or(defaults.copies).unwrap_or(1),
        sides: sides(option).or(defaults.sides).unwrap_or_default(),
        number_up: option("number-up")
            .and_then(|text| text.parse().ok())
            .filter(|number| *number > 0)
            .or(defaults.number_up)
            .unwrap_or(1),
        ranges: option("page-ranges").map(page_ranges).unwrap_or_default(),
        page_set: match option("page-set") {
            Some("even") => PageSet::Even,
            Some("odd") => PageSet::Odd,
            _ => PageSet::All,
        },
        monochrome: monochrome(option)
            .or_else(|| defaults.colour_mode.as_deref().and_then(is_monochrome))
            .unwrap_or(false),
        media: media(option).or(job.media_size).or(defaults.media),
        banners: banners(if job.sheets.is_empty() {
            &defaults.sheets
        } else {
            &job.sheets
        }),
    }
}

/// `sides` wins over every PPD spelling of duplex.
fn sides<'a>(option: impl Fn(&str) -> Option<&'a str>) -> Option<Sides> {
    option("sides").and_then(Sides::from_keyword).or_else(|| {
        DUPLEX_OPTIONS
            .iter()
            .find_map(|name| option(name))
            .and_then(|duplex| match duplex.to_ascii_lowercase().as_str() {
                "duplexnotumble" => Some(Sides::TwoSidedLongEdge),
                "duplextumble" => Some(Sides::TwoSidedShortEdge),
                "none" | "false" => Some(Sides::OneSided),
                _ => None,
            })
    })
}

/// `ColorModel` wins over `print-color-mode`, which `lp` sends with the queue's
/// default even when the user chose a colour model.
fn monochrome<'a>(option: impl Fn(&str) -> Option<&'a str>) -> Option<bool> {
    let Some(model) = option("ColorModel") else {
        return option("print-color-mode").and_then(is_monochrome);
    };
    let model = model.to_ascii_lowercase();
    Some(
        ["gray", "grey", "mono", "black", "fastgray", "kgray"]
            .iter()
            .any(|name| model.contains(name))
            || matches!(model.as_str(), "k" | "w" | "sgray"),
    )
}

/// *Source*: PWG 5100.13, section 5.2.3 (`print-color-mode`).
fn is_monochrome(keyword: &str) -> Option<bool> {
    match keyword {
        "monochrome" | "auto-monochrome" | "process-monochrome" | "bi-level"
        | "process-bi-level" => Some(true),
        "color" | "highlight" => Some(false),
        _ => None,
    }
}

/// `1-3,5` as pairs, first and last inclusive; `4-` is to the end.
fn page_ranges(text: &str) -> Vec<(u32, u32)> {
    text.split(',')
        .filter_map(|range| {
            let (first, last) = match range.split_once('-') {
                Some((first, "")) => (first.parse().ok()?, u32::MAX),
                Some(("", last)) => (1, last.parse().ok()?),
                Some((first, last)) => (first.parse().ok()?, last.parse().ok()?),
                None => {
                    let only: u32 = range.parse().ok()?;
                    (only, only)
                }
            };
            (1 <= first && first <= last).then_some((first, last))
        })
        .collect()
}

/// A PPD's `PageSize` wins over `media`, which may also name a tray or a type.
fn media<'a>(option: impl Fn(&str) -> Option<&'a str>) -> Option<Size> {
    let size_in = |text: &str| text.split(',').find_map(Size::from_media_name);
    option("PageSize")
        .and_then(size_in)
        .or_else(|| option("PageRegion").and_then(size_in))
        .or_else(|| option("media").and_then(size_in))
}

fn banners(sheets: &[String]) -> u32 {
    let named = sheets
        .iter()
        .take(2)
        .filter(|sheet| !sheet.is_empty() && *sheet != "none")
        .count();
    u32::try_from(named).expect("at most two were counted")
}

#[cfg(test)]
mod tests;
