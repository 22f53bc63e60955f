//! The values of options, each as CUPS takes it; an error says what it takes.

use crate::finishing::{Booklet, PageSet, Sides};
use crate::size::Size;

type Read<T> = Result<T, &'static str>;

/// *Source*: RFC 8011, section 5.2.5.
pub(super) fn copies(value: &str) -> Read<u32> {
    whole(value)
        .filter(|copies| (1..=1_000_000).contains(copies))
        .ok_or("a whole number, at least 1")
}

pub(super) fn sides(value: &str) -> Read<Sides> {
    Sides::from_keyword(&value.to_ascii_lowercase())
        .ok_or("one-sided, two-sided-long-edge or two-sided-short-edge")
}

/// *Source*: Adobe PPD 4.3, section 5.8; cups-filters' other spellings.
pub(super) fn duplex(value: &str) -> Read<Sides> {
    match value.to_ascii_lowercase().as_str() {
        "duplexnotumble" | "longedge" | "true" | "on" | "yes" => Ok(Sides::TwoSidedLongEdge),
        "duplextumble" | "shortedge" => Ok(Sides::TwoSidedShortEdge),
        "none" | "false" | "off" | "no" => Ok(Sides::OneSided),
        _ => Err("DuplexNoTumble, DuplexTumble or None"),
    }
}

/// CUPS takes any other number for 1. *Source*: cups-filters 1.28, measured.
pub(super) fn number_up(value: &str) -> Read<u32> {
    whole(value)
        .filter(|pages| matches!(pages, 1..=4 | 6 | 8..=10 | 12 | 15 | 16))
        .ok_or("1, 2, 3, 4, 6, 8, 9, 10, 12, 15 or 16")
}

/// `1-3,5` as pairs, first and last inclusive; `4-` is to the end, `5-4` is
/// nothing, as CUPS has it.
pub(super) fn page_ranges(value: &str) -> Read<Vec<(u32, u32)>> {
    value
        .split(',')
        .map(|range| {
            let (first, last) = match range.split_once('-') {
                Some((first, "")) => (whole(first)?, u32::MAX),
                Some(("", last)) => (1, whole(last)?),
                Some((first, last)) => (whole(first)?, whole(last)?),
                None => (whole(range)?, whole(range)?),
            };
            // CUPS counts from one and lets a range begin before.
            Some((first.max(1), last))
        })
        .collect::<Option<Vec<_>>>()
        .ok_or("pages and ranges such as 1-3,5,8-")
}

pub(super) fn page_set(value: &str) -> Read<PageSet> {
    match value.to_ascii_lowercase().as_str() {
        "all" => Ok(PageSet::All),
        "even" => Ok(PageSet::Even),
        "odd" => Ok(PageSet::Odd),
        _ => Err("all, even or odd"),
    }
}

/// Whether two pages share a side; none is no booklet.
pub(super) fn booklet(value: &str) -> Read<Option<bool>> {
    match value.to_ascii_lowercase().as_str() {
        "shuffle-only" => Ok(Some(false)),
        word => match switch(word) {
            Ok(on) => Ok(on.then_some(true)),
            Err(_) => Err("on, off or shuffle-only"),
        },
    }
}

/// cups-filters 1.28 fails on one that is no multiple of four.
pub(super) fn signature(value: &str) -> Read<u32> {
    whole(value)
        .filter(|pages| (4..=Booklet::MOST_SIGNATURE).contains(pages) && pages.is_multiple_of(4))
        .ok_or("a multiple of 4, at most 1000")
}

pub(super) fn reverse(value: &str) -> Read<bool> {
    match value.to_ascii_lowercase().as_str() {
        "reverse" | "reverse-order" | "reverse-order-face-up" | "reverse-order-face-down" => {
            Ok(true)
        }
        "normal" | "same-order" | "same-order-face-up" | "same-order-face-down" => Ok(false),
        _ => Err("normal or reverse"),
    }
}

/// Names of colour models are a printer's own; these are grey.
pub(super) fn is_grey_model(value: &str) -> bool {
    let model = value.to_ascii_lowercase();
    ["gray", "grey", "mono", "black"]
        .iter()
        .any(|name| model.contains(name))
        || matches!(model.as_str(), "k" | "w")
}

/// None is `auto`. *Source*: PWG 5100.13, section 5.2.3 (`print-color-mode`).
pub(super) fn colour_mode(value: &str) -> Read<Option<bool>> {
    match value {
        "monochrome" | "auto-monochrome" | "process-monochrome" | "bi-level"
        | "process-bi-level" => Ok(Some(true)),
        "color" | "highlight" => Ok(Some(false)),
        "auto" => Ok(None),
        _ => Err("color, monochrome or auto"),
    }
}

pub(super) fn media(value: &str) -> Read<Size> {
    value
        .split(',')
        .find_map(Size::from_media_name)
        .ok_or("a paper such as A4, Letter or iso_a4_210x297mm")
}

/// How many of the two banners there are.
pub(super) fn banners<'text>(sheets: impl Iterator<Item = &'text str>) -> u32 {
    let named = sheets
        .take(2)
        .filter(|sheet| !sheet.is_empty() && *sheet != "none")
        .count();
    u32::try_from(named).expect("at most two were counted")
}

/// *Units*: percent.
pub(super) fn scaling(value: &str) -> Read<u32> {
    whole(value).ok_or("a whole number of percent")
}

pub(super) fn switch(value: &str) -> Read<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" => Ok(true),
        "false" | "off" | "no" => Ok(false),
        _ => Err("true or false"),
    }
}

fn whole(text: &str) -> Option<u32> {
    text.trim().parse().ok()
}
