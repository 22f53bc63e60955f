//! What `platen-estimate` says of print options, against cups-filters and an
//! IPP Everywhere printer that get the same ones: the pages that arrive at the
//! printer are read one by one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use platen_lab::{Cupsd, CupsdOptions, Print, Printer, Scratch, SystemBus, finish, wait_for};
use platen_tests::documents::{Page, labelled};
use platen_tests::rig::programs;
use serde_json::Value;

/// Each prints its share one after the other, a second or so a job.
const PRINTERS: [&str; 5] = ["Ash", "Beech", "Cedar", "Elm", "Fir"];
const PLENTY: Duration = Duration::from_secs(60);

/// Documents by name, with what their pages are.
const DOCUMENTS: [(&str, &[Page]); 4] = [
    ("one.pdf", &[Page::A4]),
    (
        "five.pdf",
        &[Page::A4, Page::Colour, Page::A4, Page::A4, Page::Colour],
    ),
    (
        "twelve.pdf",
        &[
            Page::Colour,
            Page::A4,
            Page::A4,
            Page::A4,
            Page::A4,
            Page::Colour,
            Page::A4,
            Page::A4,
            Page::A4,
            Page::A4,
            Page::A4,
            Page::Colour,
        ],
    ),
    (
        "mixed.pdf",
        &[Page::A4, Page::A3, Page::Colour, Page::A3, Page::A4],
    ),
];

/// Two pages that ask for three copies of themselves.
const COPIES: &str = "%!PS-Adobe-3.0\n%%Pages: 2\n<< /NumCopies 3 >> setpagedevice\n\
    /Helvetica findfont 40 scalefont setfont\n\
    %%Page: 1 1\n1 0 0 setrgbcolor 200 500 moveto (colour) show showpage\n\
    %%Page: 2 2\n0 setgray 200 500 moveto (grey) show showpage\n%%EOF\n";

/// Documents and options: copies, sides in every spelling, number-up, ranges,
/// sets, booklets, reversed output, scaling, mixed sizes, and several at once.
const SAMPLES: [(&str, &str); 33] = [
    ("five.pdf", ""),
    ("five.pdf", "copies=3"),
    ("five.pdf", "sides=two-sided-long-edge"),
    ("five.pdf", "sides=two-sided-short-edge copies=2"),
    ("five.pdf", "Duplex=DuplexNoTumble"),
    ("five.pdf", "Duplex=DuplexTumble copies=2 Collate=true"),
    ("five.pdf", "sides=two-sided-long-edge Duplex=None"),
    ("twelve.pdf", "number-up=2"),
    ("twelve.pdf", "number-up=9"),
    ("twelve.pdf", "number-up=4 sides=two-sided-long-edge"),
    ("twelve.pdf", "number-up=16 copies=2"),
    ("twelve.pdf", "page-ranges=2-5,9"),
    ("twelve.pdf", "page-ranges=10-"),
    ("twelve.pdf", "number-up=2 page-ranges=2-3"),
    ("five.pdf", "page-set=odd"),
    ("twelve.pdf", "page-set=even sides=two-sided-long-edge"),
    ("five.pdf", "page-set=even page-ranges=1-3"),
    ("twelve.pdf", "number-up=4 page-set=even"),
    ("twelve.pdf", "page-ranges=1-7 page-set=even copies=2"),
    ("one.pdf", "booklet=on sides=two-sided-short-edge"),
    ("five.pdf", "booklet=on sides=two-sided-short-edge"),
    ("twelve.pdf", "booklet=on"),
    (
        "twelve.pdf",
        "booklet=on booklet-signature=8 sides=two-sided-short-edge",
    ),
    ("five.pdf", "booklet=shuffle-only"),
    ("five.pdf", "OutputOrder=Reverse sides=two-sided-long-edge"),
    ("mixed.pdf", "media=A4 sides=two-sided-long-edge"),
    ("mixed.pdf", "media=Letter fit-to-page number-up=2"),
    ("mixed.pdf", "PageSize=A4 print-scaling=fill copies=2"),
    ("twelve.pdf", "print-color-mode=monochrome number-up=6"),
    ("copies.ps", ""),
    ("copies.ps", "copies=2 sides=two-sided-long-edge"),
    ("copies.ps", "number-up=2 page-ranges=2-"),
    ("five.pdf", "raw number-up=2 page-ranges=1 copies=2"),
];

#[test]
fn estimates_are_what_arrives_at_the_printer() -> Result<()> {
    let estimator = programs()?.join("platen-estimate");
    let scratch = Scratch::new("layout")?;
    let bus = SystemBus::start(&scratch.join("bus"))?;
    let options = CupsdOptions {
        environment: bus.env(),
        ..CupsdOptions::default()
    };
    let cupsd = Cupsd::start(&scratch.join("cups"), options)?;
    let printers = PRINTERS
        .iter()
        .map(|name| Printer::start(&scratch.join(name), name, &bus))
        .collect::<Result<Vec<_>>>()?;
    for printer in &printers {
        printer.add_to(&cupsd)?;
    }
    for (name, pages) in DOCUMENTS {
        std::fs::write(scratch.join(name), labelled(pages))?;
    }
    std::fs::write(scratch.join("copies.ps"), COPIES)?;
    for (number, (document, options)) in SAMPLES.iter().enumerate() {
        let title = format!("sample-{number}");
        let mut words = vec!["-t", title.as_str()];
        words.extend(options.split_whitespace().flat_map(|option| ["-o", option]));
        let queue = PRINTERS[number % PRINTERS.len()];
        cupsd.lp(queue, &scratch.join(document), &words)?;
    }
    let mut wrong = Vec::new();
    for (number, (document, options)) in SAMPLES.iter().enumerate() {
        let printer = &printers[number % PRINTERS.len()];
        let print = printed(printer, &format!("sample-{number}"))?;
        let expected = Taken::of_print(&print)?;
        let found = Taken::estimated(&estimator, &scratch.join(document), options)?;
        if found != expected {
            wrong.push(format!(
                "{document} [{options}]: estimated {found:?}, printed {expected:?}"
            ));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

fn printed(printer: &Printer, title: &str) -> Result<Print> {
    wait_for(&format!("{title} to be printed"), PLENTY, || {
        let prints = printer.prints()?;
        Ok(prints.into_iter().find(|print| print.name == title))
    })
}

/// What a job takes.
#[derive(Debug, PartialEq, Eq)]
struct Taken {
    sides: u64,
    colour_sides: u64,
    sheets: u64,
}

impl Taken {
    /// Reads the pages that arrived: a page without text is blank, and the text
    /// of a coloured page says so.
    fn of_print(print: &Print) -> Result<Self> {
        let mut read = Command::new("pdftotext");
        let text = finish(read.arg("-raw").arg(&print.file).arg("-"))?;
        let mut pages: Vec<&str> = text.split('\x0c').collect();
        // Every page ends with a form feed.
        pages.pop();
        ensure!(
            pages.len() == print.pages as usize && print.impressions == print.pages * print.copies,
            "{print:?} and {} pages of text",
            pages.len()
        );
        let copies = u64::from(print.copies);
        let count = |wanted: &dyn Fn(&str) -> bool| {
            pages.iter().filter(|page| wanted(page)).count() as u64 * copies
        };
        let two_sided = print.sides.starts_with("two-sided");
        let per_copy = if two_sided {
            pages.len().div_ceil(2)
        } else {
            pages.len()
        };
        let monochrome = print.colour_mode == "monochrome";
        Ok(Self {
            sides: count(&|page| !page.trim().is_empty()),
            colour_sides: count(&|page| page.contains("colour") && !monochrome),
            sheets: per_copy as u64 * copies,
        })
    }

    fn estimated(estimator: &Path, document: &Path, options: &str) -> Result<Self> {
        let mut estimate = Command::new(PathBuf::from(estimator));
        let text = finish(estimate.args(["--json", "-o", options]).arg(document))?;
        let answer: Value = serde_json::from_str(&text)?;
        let number = |name: &str| answer[name].as_u64().with_context(|| format!("{answer}"));
        Ok(Self {
            sides: number("sides")?,
            colour_sides: number("colour_sides")?,
            sheets: number("sheets")?,
        })
    }
}
