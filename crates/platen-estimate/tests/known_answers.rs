//! Small documents of every language whose pages are known.
//!
//! `tests/fixtures/known/truth.tsv` names them: file, format, pages, colour as
//! run lengths (`C1,G2`), page sizes in points with counts, and `estimate`
//! where the count may be wrong as long as the report says so. `make.sh` there
//! makes those that other programs wrote.

use platen_estimate::{Format, Limits, Report, estimate};
use std::collections::BTreeMap;
use std::path::Path;

/// How far a size may lie from the table's. *Units*: points.
const NEAR_PT: f64 = 1.5;

struct Known<'t> {
    file: &'t str,
    format: &'t str,
    colour: Vec<bool>,
    sizes: &'t str,
    estimate: bool,
}

fn known(line: &str) -> Known<'_> {
    let cells: Vec<&str> = line.split('\t').collect();
    let colour: Vec<bool> = cells[3]
        .split(',')
        .flat_map(|run| {
            let count = run[1..].parse().expect("a count");
            std::iter::repeat_n(run.starts_with('C'), count)
        })
        .collect();
    assert_eq!(cells[2].parse(), Ok(colour.len()), "{line}");
    Known {
        file: cells[0],
        format: cells[1],
        colour,
        sizes: cells[4],
        estimate: cells[5] == "estimate",
    }
}

#[test]
fn every_known_document_is_counted_and_judged_right() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/known");
    let table = std::fs::read_to_string(directory.join("truth.tsv")).unwrap();
    let faults: Vec<String> = table
        .lines()
        .skip(1)
        .map(known)
        .filter_map(|known| {
            let document = std::fs::read(directory.join(known.file)).unwrap();
            let fault = fault(&known, &document)?;
            Some(format!("{}: {fault}", known.file))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is wrong with the answer, if anything.
fn fault(known: &Known<'_>, document: &[u8]) -> Option<String> {
    let report = match estimate(document, &Limits::default()) {
        Ok(report) => report,
        Err(problem) => return Some(problem.to_string()),
    };
    if report.format != format(known.format) {
        return Some(format!("read as {:?}", report.format));
    }
    if known.estimate && !report.warnings.is_empty() {
        return None;
    }
    let colour: Vec<bool> = report.pages.iter().map(|page| page.colour).collect();
    if colour != known.colour {
        return Some(format!("{colour:?} instead of {:?}", known.colour));
    }
    if !known.sizes.is_empty() {
        return sizes(known.sizes, &report);
    }
    None
}

/// Sizes are compared as a set: which page has which is settled by the order of colour.
fn sizes(expected: &str, report: &Report) -> Option<String> {
    let mut left: BTreeMap<&str, usize> = expected
        .split(',')
        .map(|run| {
            let (size, count) = run.split_once('*').expect("a size and a count");
            (size, count.parse().expect("a count"))
        })
        .collect();
    for page in &report.pages {
        let near = |size: &str| {
            let (width, height) = size.split_once('x').expect("two sides");
            let off =
                |wanted: &str, got: f64| (wanted.parse::<f64>().expect("a length") - got).abs();
            off(width, page.width_pt) <= NEAR_PT && off(height, page.height_pt) <= NEAR_PT
        };
        let Some((_, count)) = left
            .iter_mut()
            .find(|(size, count)| **count > 0 && near(size))
        else {
            return Some(format!("a page of {} × {}", page.width_pt, page.height_pt));
        };
        *count -= 1;
    }
    None
}

fn format(name: &str) -> Format {
    match name {
        "pdf" | "pclm" => Format::Pdf,
        "ps" | "eps" => Format::PostScript,
        "text" => Format::Text,
        "jpeg" => Format::Jpeg,
        "png" => Format::Png,
        "tiff" => Format::Tiff,
        "pwg" => Format::Pwg,
        "urf" => Format::Urf,
        "cups-raster" => Format::CupsRaster,
        "pcl" => Format::Pcl,
        "pxl" => Format::PclXl,
        "xps" => Format::Xps,
        "emf" => Format::Emf,
        other => panic!("no format {other}"),
    }
}
